"""Thresholds and beginnings of the ramps: no reading of the document may let an alarm come before its ramp begins."""

from __future__ import annotations

import pytest

from hil.procedures.trip import CONDITIONS, TYPES, Alarm, alarms

THRESHOLD, MARGIN = 60.0, 3.0


def test_every_type_is_ramped_with_every_condition() -> None:
    assert len({str(alarm) for alarm in alarms()}) == len(TYPES) * len(CONDITIONS)


@pytest.mark.parametrize("alarm", [alarm for alarm in alarms() if alarm.kind <= 4], ids=str)
def test_the_condition_does_not_hold_where_the_ramp_begins(alarm: Alarm) -> None:
    fields = alarm.fields(THRESHOLD, 0.0)
    start = alarm.start(THRESHOLD, MARGIN)
    high, low, tolerance = fields["high_temp"], fields["low_temp"], fields["temp_mod"]
    thresholds = {1: [high], 2: [low], 3: [fields["avg_temp"]], 4: [high, low]}[alarm.kind]
    for threshold in thresholds:
        away = start - threshold
        holds = {1: away > 0, 2: away < 0, 3: abs(away) <= tolerance, 4: abs(away) > tolerance}[alarm.condition]
        # Types 4 above, below and both mean one threshold each: above the high one, below the low one.
        if alarm.kind == 4 and (alarm.condition, threshold) in ((1, low), (2, high), (4, low), (4, high)):
            holds = start > high or start < low
        assert not holds


@pytest.mark.parametrize("alarm", [alarm for alarm in alarms() if alarm.judged], ids=str)
def test_a_judged_alarm_trips_within_its_ramp(alarm: Alarm) -> None:
    start, end = alarm.start(THRESHOLD, MARGIN), THRESHOLD + alarm.sign * MARGIN
    assert min(start, end) < THRESHOLD + alarm.nominal_k < max(start, end)


def test_an_alarm_compares_what_its_type_names() -> None:
    shown = (61.0, 58.0, 59.5)
    assert [Alarm(kind, 1).compared(shown) for kind in range(1, 6)] == [61.0, 58.0, 59.5, 61.0, 3.0]
    assert Alarm(4, 2).compared(shown) == 58.0
