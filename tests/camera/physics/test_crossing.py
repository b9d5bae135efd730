"""Rules that alarm: types, conditions, duration, once for each crossing; and the times at which alarms are in force."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from fixtures.camera.alarms.crossing import AlarmType, Condition, Crossing, RuleWatch, compare, temp_flag
from fixtures.camera.physics.measured import Measured, MeasuredObject
from fixtures.camera.physics.regions import Shape
from fixtures.camera.settings.schedule import in_force
from tests.camera.physics.conftest import rule

MONDAY, SUNDAY = datetime(2026, 3, 2, 12, 0, 0), datetime(2026, 3, 8, 12, 0, 0)
ABOVE, BELOW, MATCHING, BOTH = Condition


def watch(**changes: Any) -> RuleWatch:
    return RuleWatch(rule(**{"high_temp": 60.0, "low_temp": 10.0, "avg_temp": 40.0, "alarm_time": 0, **changes}))


def alarms(watched: RuleWatch, maximum: float, minimum: float, average: float, now: float = 0.0) -> bool:
    measured = Measured(maximum, minimum, average)
    reading = MeasuredObject(1, "furnace", Shape.POINT, ((1, 1),), watched.rule, measured)
    return watched.update(reading, now, allowed=True)


@pytest.mark.parametrize(
    ("condition", "below", "at", "above"),
    [
        (ABOVE, False, False, True),
        (BELOW, True, False, False),
        (MATCHING, False, True, False),
        (BOTH, True, False, True),
    ],
)
def test_a_condition_compares_with_its_threshold(condition: Condition, below: bool, at: bool, above: bool) -> None:
    met = [compare(condition, value, 60.0, 0.5, 0.0) for value in (58.0, 60.0, 62.0)]
    assert met == [below, at, above]


@pytest.mark.parametrize(
    ("kind", "condition", "quiet", "alarming"),
    [
        (1, ABOVE, (59, 20, 30), (61, 20, 30)),
        (1, BELOW, (61, 20, 30), (59, 20, 30)),
        (2, BELOW, (59, 11, 30), (59, 9, 30)),
        (2, ABOVE, (59, 9, 30), (59, 11, 30)),
        (3, ABOVE, (99, 0, 39), (50, 30, 41)),
        (3, BELOW, (99, 0, 41), (50, 30, 39)),
        (3, MATCHING, (99, 0, 41), (99, 0, 40.3)),
        (4, ABOVE, (59, 0, 30), (61, 20, 30)),
        (4, BELOW, (61, 20, 30), (59, 9, 30)),
        (4, BOTH, (59, 11, 30), (59, 9, 30)),
        (4, BOTH, (59, 11, 30), (61, 20, 30)),
        (4, MATCHING, (70, 20, 30), (60.2, 20, 30)),
        (5, ABOVE, (109, 10, 30), (111, 10, 30)),
    ],
)
def test_each_type_looks_at_its_own_temperature(
    kind: int, condition: Condition, quiet: tuple[float, ...], alarming: tuple[float, ...]
) -> None:
    assert not alarms(watch(alarm_type=kind, alarm_condition=int(condition)), *quiet)
    assert alarms(watch(alarm_type=kind, alarm_condition=int(condition)), *alarming)


def test_a_slope_is_kelvin_per_minute_over_some_seconds() -> None:
    watched = watch(alarm_type=6, alarm_condition=1, rate_temp=30.0)
    slow = [alarms(watched, 0, 0, 20 + 0.4 * second, float(second)) for second in range(20)]
    assert not any(slow)
    fast = [alarms(watched, 0, 0, 28 + 0.6 * second, 20.0 + second) for second in range(20)]
    assert fast.count(True) == 1


def test_an_alarm_counts_once_until_it_went_back() -> None:
    watched = watch()
    assert alarms(watched, 61, 20, 30)
    assert not alarms(watched, 62, 20, 30)
    assert not alarms(watched, 59.9, 20, 30)
    assert not alarms(watched, 61, 20, 30)
    assert not alarms(watched, 59.7, 20, 30)
    assert alarms(watched, 61, 20, 30)


def test_a_condition_has_to_last_without_a_break() -> None:
    crossing = Crossing()
    assert not crossing.update(True, 0.0, 10)
    assert not crossing.update(True, 9.9, 10)
    assert not crossing.update(False, 9.95, 10)
    assert not crossing.update(True, 10.0, 10)
    assert not crossing.update(True, 19.9, 10)
    assert crossing.update(True, 20.0, 10)
    assert not crossing.update(True, 99.0, 10)


def test_what_lasted_while_it_was_not_in_force_counts_as_soon_as_it_is() -> None:
    crossing = Crossing()
    assert not crossing.update(True, 0.0, 5, allowed=False)
    assert not crossing.update(True, 60.0, 5, allowed=False)
    assert crossing.update(True, 61.0, 5)


def test_the_flag_of_a_push_follows_the_type_of_the_rule() -> None:
    assert [temp_flag(AlarmType(kind)) for kind in (1, 2, 3, 4)] == [1, 2, 0, 3]


def day(number: int, *periods: tuple[str, str]) -> dict[str, Any]:
    return {"day": number, "period": [{"start": start, "end": end} for start, end in periods]}


@pytest.mark.parametrize(
    ("days", "moment", "expected"),
    [
        ([day(1, ("00:00:00", "23:59:59"))], MONDAY, True),
        ([day(7, ("00:00:00", "23:59:59"))], MONDAY, False),
        ([day(7, ("00:00:00", "23:59:59"))], SUNDAY, True),
        ([day(1, ("08:00:00", "09:00:00"), ("11:00:00", "13:00:00"))], MONDAY, True),
        ([day(1, ("08:00:00", "09:00:00"))], MONDAY, False),
        ([day(1, ("12:00:00", "12:00:00"))], MONDAY, True),
        ([day(1, ("13:00:00", "11:00:00"))], MONDAY, False),
        ([day(1)], MONDAY, False),
        ([], MONDAY, False),
    ],
)
def test_a_schedule_covers_its_days_and_hours(days: list[dict[str, Any]], moment: datetime, expected: bool) -> None:
    assert in_force({"effect_day": days}, moment) is expected


def test_the_last_second_of_a_day_belongs_to_it() -> None:
    days = [day(1, ("00:00:00", "23:59:59"))]
    assert in_force({"effect_day": days}, datetime(2026, 3, 2, 23, 59, 59, 999_999))


def test_without_a_schedule_an_alarm_is_always_in_force() -> None:
    assert in_force({}, MONDAY)
