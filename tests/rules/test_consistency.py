"""A device may follow a tolerated reading, but not now one and now another."""

from __future__ import annotations

from typing import Any

import pytest

from conformance import checks
from conformance.catalogue import load
from conformance.client.codec import PushMessage
from conformance.rules.consistency import ChosenReadings
from conformance.rules.judgement import Judgement
from conformance.rules.verdict import Observation, Severity, Verdict

CATALOGUE = load()


def _judge(chosen_readings: ChosenReadings, case: str, *choices: Observation) -> Judgement:
    judgement = Judgement(case=case, chosen_readings=chosen_readings)
    for choice in choices:
        judgement.choose(choice)
    return judgement


def _shown(cmdtype: int, **message: Any) -> list[Observation]:
    fields = CATALOGUE.commands[cmdtype].reply
    return checks.conforms(fields, message, {}, what=f"reply of {cmdtype}").choices


def test_a_choice_is_observed_once_and_a_contradiction_is_a_minor_finding_that_names_both() -> None:
    chosen_readings = ChosenReadings(CATALOGUE)
    first = _judge(chosen_readings, "A", *_shown(20, record_time=10))
    again = _judge(chosen_readings, "B", *_shown(20, record_time=11))
    other = _judge(chosen_readings, "C", *_shown(20, record_delay=10))
    assert [each.found for each in first.observations] == ["record_time"]
    assert (again.observations, again.verdict) == ([], Verdict.PASS)
    assert (other.verdict, other.severity) == (Verdict.FAIL, Severity.MINOR)
    assert "record_time, as in A" in other.expected()
    assert "message.record_delay" in other.expected()
    assert other.observed() == "record_delay"


def test_a_contradiction_is_said_once() -> None:
    chosen_readings = ChosenReadings(CATALOGUE)
    names = [
        _shown(20, record_time=1),
        _shown(20, record_delay=1),
        _shown(20, record_delay=1),
        _shown(20, record_time=1),
    ]
    assert [_judge(chosen_readings, "X", *each).verdict for each in names].count(Verdict.FAIL) == 1


def test_another_field_may_follow_another_reading() -> None:
    chosen_readings = ChosenReadings(CATALOGUE)
    judgement = _judge(chosen_readings, "A", *_shown(500, control_url="x", ir_rtsp_url="y"))
    assert judgement.verdict is Verdict.PASS
    assert {each.found for each in judgement.observations} == {"control_url", "ir_rtsp_url"}


@pytest.mark.parametrize(("shown", "verdict"), [(("80", 80), Verdict.FAIL), (("80", ""), Verdict.PASS)])
def test_a_type_is_a_choice_only_for_what_both_types_can_hold(shown: tuple[Any, Any], verdict: Verdict) -> None:
    chosen_readings = ChosenReadings(CATALOGUE)
    verdicts = [_judge(chosen_readings, "A", *_shown(46, serverport=each)).verdict for each in shown]
    assert verdicts == [Verdict.PASS, verdict]


@pytest.mark.parametrize(("modes", "fails"), [((0, 1, 0), 0), ((1, 2), 0), ((2, 1, 0), 1), ((0, 1, 2), 1)])
def test_a_mode_that_both_numberings_know_is_no_choice(modes: tuple[int, ...], fails: int) -> None:
    chosen_readings = ChosenReadings(CATALOGUE)
    verdicts = [_judge(chosen_readings, "A", *_shown(40, mode=each)).verdict for each in modes]
    assert verdicts.count(Verdict.FAIL) == fails


def test_a_push_keeps_its_fields_where_they_were() -> None:
    chosen_readings = ChosenReadings(CATALOGUE)
    verdicts = []
    for frame in ({"content": {"status": 0}}, {"status": 0}):
        message = PushMessage(1006, {}, {"action": "notify", "cmdtype": 1006, "sequence": 1, **frame}, "")
        verdicts.append(_judge(chosen_readings, "A", *checks.pushed(CATALOGUE, message, {}).choices).verdict)
    assert verdicts == [Verdict.PASS, Verdict.FAIL]


def test_what_a_reading_leaves_free_every_time_is_never_held() -> None:
    chosen_readings = ChosenReadings(CATALOGUE)
    judgement = _judge(chosen_readings, "A", Observation("R01", "null"), Observation("R01", "missing"))
    assert judgement.verdict is Verdict.PASS


def test_what_holds_for_the_run_can_be_asked_for() -> None:
    chosen_readings = ChosenReadings(CATALOGUE)
    assert chosen_readings.known("R105") is None
    _judge(chosen_readings, "A", Observation("R105", "tcp"))
    assert chosen_readings.known("R105") == "tcp"
