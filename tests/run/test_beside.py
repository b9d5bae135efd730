"""Waiting cases run beside others on a camera whose time is real; a case that does not pass is judged again alone."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import pytest_asyncio

from conformance.catalogue import Safety, load
from conformance.client import LinkError
from conformance.dut.device import Device
from conformance.dut.session import RunSession
from conformance.dut.target import Target
from conformance.rules.case import Case
from conformance.rules.verdict import CaseFailed, Verdict
from conformance.suites import all_cases
from fixtures.profiles import load_profile
from fixtures.run.bench import RunBench
from fixtures.run.beside import WaitingCases
from fixtures.run.embedded import EmbeddedCamera
from fixtures.run.order import phase

from .conftest import Outcome, simulated

Body = Callable[..., Awaitable[None]]


@pytest_asyncio.fixture
async def session(tmp_path: Path) -> AsyncIterator[RunSession]:
    """An open run on a camera whose clock nobody advances."""
    camera = await asyncio.to_thread(EmbeddedCamera, seed=0)
    ready = camera.ready
    target = Target(ready["host"], ready["control_port"], ready["http_port"])
    profile = load_profile(load(), "simulated", ()).with_parameters(public_key=ready["public_key"])
    session = RunSession.of(load(), profile, target, tmp_path, Safety.DESTRUCTIVE)
    try:
        await session.open()
        yield session
        await session.close()
    finally:
        await asyncio.to_thread(camera.stop)


def _item(name: str, body: Body, **facts: Any) -> Any:
    """As much of pytest's item as a waiting case needs."""
    case = Case(
        name,
        name,
        Safety.REVERSIBLE,
        requirement="IV.9999/lease",
        clause="IV.9999",
        **{"beside_group": "session", **facts},
    )
    return SimpleNamespace(obj=body, callspec=SimpleNamespace(params={"case": case}), case=case)


def _waiting(session: RunSession) -> WaitingCases:
    return WaitingCases(session, RunBench("none"), strict=False)


def _meeting(count: int) -> Body:
    """The body of a case; it ends when `count` cases are in it at the same time."""
    barrier = asyncio.Barrier(count)

    async def body(case: Case[Any], dut: Device) -> None:
        await dut.succeeds(505, {})
        async with asyncio.timeout(20):
            await barrier.wait()

    return body


@pytest.mark.asyncio
async def test_cases_that_wait_run_at_once_each_with_its_own_session_and_transcript(session: RunSession) -> None:
    waiting_cases, body = _waiting(session), _meeting(2)
    one, other = _item("one", body), _item("other", body)
    mark = session.link.transcript.mark()
    await waiting_cases.begin([one, other])
    results = [await waiting_cases.result(each.case) for each in (one, other)]
    assert [result and result.judgement.verdict for result in results] == [Verdict.PASS] * 2
    for result in results:
        assert result is not None
        texts = [entry.payload for entry in result.exchanges if entry.direction == ">"]
        assert sum(b'"cmdtype":501' in text for text in texts) == 1, "a login of its own"
        assert sum(b'"cmdtype":505' in text for text in texts) == 1, "nothing of the other's"
    assert not any(b'"cmdtype":505' in entry.payload for entry in session.link.transcript.since(mark))


@pytest.mark.asyncio
async def test_reports_run_one_after_the_other(session: RunSession) -> None:
    inside, most = 0, 0

    async def body(case: Case[Any], dut: Device) -> None:
        nonlocal inside, most
        inside += 1
        most = max(most, inside)
        await dut.succeeds(505, {})
        inside -= 1

    items = [_item(name, body, beside_group="report") for name in ("one", "other", "third")]
    waiting_cases = _waiting(session)
    await waiting_cases.begin(items)
    assert all([await waiting_cases.result(each.case) for each in items])
    assert most == 1


@pytest.mark.asyncio
async def test_no_more_sessions_are_opened_than_the_device_admits(session: RunSession) -> None:
    """The simulated camera admits ten, of which four are left to the case in its turn."""
    waiting_cases, body = _waiting(session), _meeting(2)
    items = [_item("one", body, sessions=3), _item("other", body, sessions=3), _item("large", body, sessions=7)]
    await waiting_cases.begin(items)
    assert await waiting_cases.result(items[2].case) is None, "it is judged in its turn"
    assert all([await waiting_cases.result(each.case) for each in items[:2]])


@pytest.mark.asyncio
@pytest.mark.parametrize("failure", [CaseFailed("no"), RuntimeError("our own fault"), ConnectionResetError()])
async def test_what_did_not_pass_beside_others_has_no_result(session: RunSession, failure: Exception) -> None:
    async def fails(case: Case[Any], dut: Device) -> None:
        dut.demand(not isinstance(failure, CaseFailed), "something", "something else")
        raise failure

    async def passes(case: Case[Any], dut: Device) -> None:
        await dut.succeeds(505, {})

    items = [_item("one", fails), _item("other", passes)]
    waiting_cases = _waiting(session)
    await waiting_cases.begin(items)
    assert await waiting_cases.result(items[0].case) is None
    assert await waiting_cases.result(items[1].case) is not None
    assert await waiting_cases.result(items[1].case) is None, "a result is given only once"


@pytest.mark.asyncio
async def test_what_still_waits_when_a_run_ends_is_broken_off_and_logged_out(session: RunSession) -> None:
    began = asyncio.Barrier(3)

    async def waits(case: Case[Any], dut: Device) -> None:
        await began.wait()
        await asyncio.sleep(3600)

    items = [_item("one", waits), _item("other", waits)]
    waiting_cases = _waiting(session)
    await waiting_cases.begin(items)
    await began.wait()
    assert waiting_cases.has_neighbours
    await waiting_cases.close()
    assert not waiting_cases.has_neighbours
    # Nothing keeps the device's sessions occupied: as many can log in as before.
    async with contextlib.AsyncExitStack() as stack:
        for number in range(9):
            client = await stack.enter_async_context(await session.link.connect(f"session {number}"))
            assert (await session.link.login(client)).ok


@pytest.mark.asyncio
async def test_a_camera_that_was_given_up_is_not_waited_for_beside_others(session: RunSession) -> None:
    session.lost = "the camera does not come back"
    beside = session.beside()
    try:
        with pytest.raises(LinkError, match="does not come back"):
            await beside.live_control()
    finally:
        await beside.leave()


def _between(outcome: Outcome, first: str, then: str) -> float:
    """Seconds from the first event `first` of a record to the first `then`."""
    events = [json.loads(line) for line in (outcome.folder / "run.jsonl").read_text().splitlines()]
    began, ended = (next(each["at"] for each in events if each["event"] == name) for name in (first, then))
    return (datetime.fromisoformat(ended) - datetime.fromisoformat(began)).total_seconds()


def test_what_did_not_pass_beside_others_is_judged_again_alone(
    tmp_path: Path, thermoproof: Callable[..., Outcome]
) -> None:
    life_s, failing = 12, "III.35/set/there-and-back"
    with simulated(tmp_path, "--keep-alive", str(life_s), "--mutant", "III.35/brightness-not-stored") as camera:
        arguments = ("run", *camera.in_real_time, "--profile", "simulated", "--set", f"keep_alive_s={life_s}")
        selected = (word for case in ("II/token/expired", "A5/lease", failing) for word in ("--select", case))
        outcome = thermoproof(*arguments, *selected)
    assert outcome.code == 1, outcome.text
    failed, *others = outcome.run["cases"]
    assert (failed["id"], failed["verdict"]) == (failing, "fail")
    assert [row["verdict"] for row in others] == ["pass", "pass"]
    assert _between(outcome, "profile", "case") - failed["duration_s"] > life_s, "judged while the others still waited"


def test_cases_that_wait_write_nothing() -> None:
    waiting = [case for case in all_cases() if case.beside_group]
    assert waiting
    assert not [case.id for case in waiting if case.writes or case.stimuli]


@pytest.mark.parametrize("name", ["clock", "second-password", "pair:9", "pair:11", "pair:15", "pair:29"])
def test_what_waiting_cases_depend_on_is_written_after_them(name: str) -> None:
    last = max(phase(case) for case in all_cases() if case.beside_group)
    writing = [case for case in all_cases() if name in case.writes]
    assert writing
    assert all(phase(case) > last for case in writing)
