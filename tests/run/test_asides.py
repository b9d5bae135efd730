"""Cases that mostly wait, beside others on a camera whose time is real; and alone again where they did not pass."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from conformance.catalogue import Safety
from conformance.suites import all_cases
from fixtures.asides import order

from .conftest import Outcome, simulated

_LEASES = ("II/token/expired", "IV.9999/every-one", "A5/lease")
_LIFE_S = "12"


def _judged(folder: Path, thermoproof: Callable[..., Outcome], *cases: str, options: tuple[str, ...] = ()) -> Outcome:
    with simulated(folder, "--keep-alive", _LIFE_S, *options) as camera:
        arguments = ("run", *camera.in_real_time, "--profile", "simulated", "--set", f"keep_alive_s={_LIFE_S}")
        return thermoproof(*arguments, *(word for case in cases for word in ("--select", case)))


def _row(run: dict[str, Any], case: str) -> dict[str, Any]:
    row: dict[str, Any] = next(each for each in run["cases"] if each["id"] == case)
    return row


def _between(outcome: Outcome, first: str, then: str) -> float:
    """Seconds from the first event `first` of a record to the first `then`."""
    events = [json.loads(line) for line in (outcome.folder / "run.jsonl").read_text().splitlines()]
    at = [
        next(datetime.fromisoformat(each["at"]) for each in events if each["event"] == name) for name in (first, then)
    ]
    return (at[1] - at[0]).total_seconds()


def test_cases_that_wait_run_beside_others(tmp_path: Path, thermoproof: Callable[..., Outcome]) -> None:
    outcome = _judged(tmp_path, thermoproof, *_LEASES, "III.35/set/*")
    assert outcome.code == 0, outcome.text
    run = outcome.run
    waited = [_row(run, case) for case in _LEASES]
    assert [row["verdict"] for row in waited] == ["pass"] * len(_LEASES)
    assert sum(row["duration_s"] for row in waited) > _between(outcome, "profile", "end"), "one after the other"
    for row in waited:
        assert row["exchanges"] > 0
        assert '"cmdtype":35' not in row["transcript"], "what others sent meanwhile is not part of it"
    others = [row for row in run["cases"] if row["id"] not in _LEASES]
    assert others
    assert not any('"cmdtype":9999' in row["transcript"] for row in others)


def test_what_did_not_pass_beside_others_is_judged_again_alone(
    tmp_path: Path, thermoproof: Callable[..., Outcome]
) -> None:
    defect = ("--mutant", "IV.9999/heartbeat-revives-the-dead")
    outcome = _judged(tmp_path, thermoproof, "IV.9999/every-one", "A5/lease", options=defect)
    run = outcome.run
    assert outcome.code == 1, outcome.text
    assert _row(run, "IV.9999/every-one")["verdict"] == "fail"
    assert _row(run, "A5/lease")["verdict"] == "pass"


def test_what_did_not_pass_in_company_is_judged_again_alone(
    tmp_path: Path, thermoproof: Callable[..., Outcome]
) -> None:
    defect = ("--mutant", "III.35/brightness-not-stored")
    outcome = _judged(
        tmp_path, thermoproof, "II/token/expired", "A5/lease", "III.35/set/there-and-back", options=defect
    )
    assert outcome.code == 1, outcome.text
    failed = _row(outcome.run, "III.35/set/there-and-back")
    assert failed["verdict"] == "fail"
    assert outcome.run["cases"][0] == failed, "it comes before what waits"
    assert _between(outcome, "profile", "case") - failed["duration_s"] > float(_LIFE_S), "judged while others waited"


def test_cases_that_wait_write_nothing() -> None:
    waiting = [case for case in all_cases() if case.apart]
    assert waiting
    assert not [case.id for case in waiting if case.writes or case.stimuli]


@pytest.mark.parametrize("name", ["clock", "second-password", "pair:9", "pair:11", "pair:15", "pair:29"])
def test_what_waiting_cases_live_on_is_written_after_them(name: str) -> None:
    last = max(order(case) for case in all_cases() if case.apart)
    writing = [case for case in all_cases() if name in case.writes]
    assert writing
    assert all(order(case) > last for case in writing)


def test_claims_are_probed_first_and_what_cannot_be_undone_is_done_last() -> None:
    places = {case.id: order(case) for case in all_cases()}
    assert {places[case.id] for case in all_cases() if case.clause == "P"} == {0}
    destructive = [places[case.id] for case in all_cases() if case.safety is Safety.DESTRUCTIVE]
    assert min(destructive) > max(places[case.id] for case in all_cases() if case.safety is Safety.DISRUPTIVE)
