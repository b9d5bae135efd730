"""IV.9999, the life of a token (R08, R11): a heartbeat prolongs it, and without one the token dies."""

from __future__ import annotations

import contextlib

from conformance import checks
from conformance.catalogue import Safety
from conformance.client import ControlClient, ReplyTimeout
from conformance.dut.device import Device
from conformance.rules.case import Case, case, cases
from conformance.steps.accounts import OPERATOR, operator
from conformance.steps.heartbeats import (
    heartbeat,
    http_token_lives_by_heartbeats,
    is_answered,
    token_lives,
    wait_until,
)
from conformance.steps.tokens import GARBAGE_TOKEN


@cases(
    Case(
        f"IV.9999/{action}",
        f"A heartbeat sent as {action} must be accepted",
        requirement="IV.9999/heartbeat",
        data=action,
        quick=True,
    )
    for action in ("notify", "request")
)
async def test_a_heartbeat_is_accepted(case: Case[str], dut: Device) -> None:
    client = await dut.logged_in()
    answer = await heartbeat(dut, client, case.data)
    if answer is not None:
        dut.check(checks.success(answer))
    await dut.succeeds(505, {}, client=client)


@case("IV.9999/wrong-token", "A heartbeat with a wrong token must be refused, if it is answered")
async def test_a_heartbeat_with_a_wrong_token_is_no_success(case: Case, dut: Device) -> None:
    client = await dut.open()
    with contextlib.suppress(ReplyTimeout):
        reply = await client.request(9999, {}, token=GARBAGE_TOKEN, legal=False)
        dut.check(checks.refused(dut.catalogue, reply, "R25"))
    await dut.succeeds(500, {}, client=client)


@case(
    "IV.9999/lease",
    "A token must live for the keep-alive time, live on by heartbeats, and die without them",
    Safety.REVERSIBLE,
    waits_s=125,
    beside_group="session",
    sessions=6,
)
async def test_a_token_lives_by_heartbeats(case: Case, dut: Device) -> None:
    life = dut.profile["keep_alive_s"]
    start = dut.clock.now()
    silent, by_notify, by_request, young, busy = await _sessions(dut, 5)
    await wait_until(dut, start, life * 0.6)
    if by_notify is not None:
        await dut.beat(by_notify)
    if by_request is not None:
        await heartbeat(dut, by_request, "request")
    if busy is not None:
        await dut.succeeds(505, {}, client=busy)
    await wait_until(dut, start, life - 1.5)
    if young is not None:
        dut.check(token_lives(await dut.ask(505, {}, client=young), f"{life - 1:g} s after its login"))
    await wait_until(dut, start, life + 5)
    if by_notify is not None:
        dut.check(token_lives(await dut.ask(505, {}, client=by_notify), "by a heartbeat sent as notify"))
    if by_request is not None:
        dut.check(token_lives(await dut.ask(505, {}, client=by_request), "by a heartbeat sent as request"))
    if busy is not None:
        alive = await is_answered(dut, busy)
        dut.judgement.observe("R11", "other traffic keeps a token alive" if alive else "heartbeats alone keep it alive")
    assert silent is not None
    dead = silent.token
    if silent.closed:
        dut.judgement.observe("R11", "the websocket of a dead token is closed")
        silent = await dut.open("after")
    reply = await dut.ask(505, {}, client=silent, token=dead, legal=False)
    dut.check(checks.refused(dut.catalogue, reply, "R25"))


async def _sessions(dut: Device, count: int) -> list[ControlClient | None]:
    """That many sessions at once; where a second login of an account ends the first (R12), one of each account."""
    if not dut.facts.forces_out:
        return [await dut.logged_in(f"session-{number}") for number in range(count)]
    found: list[ControlClient | None] = [await dut.logged_in("second")]
    if all(dut.profile[name] for name in OPERATOR):
        found.append(await operator(dut))
    return (found + [None] * count)[:count]


@case(
    "IV.9999/lease-over-http",
    "A token of HTTP must die after the keep-alive time, unless a heartbeat was accepted over HTTP",
    Safety.REVERSIBLE,
    requirement="IV.9999/lease",
    capabilities=("http.login",),
    waits_s=125,
    beside_group="session",
    sessions=3,
)
async def test_a_token_over_http_lives_by_heartbeats(case: Case, dut: Device) -> None:
    await http_token_lives_by_heartbeats(dut)
