"""VI, content: the time of a push is the device's own, its place that of the object, its name the rule's."""

from __future__ import annotations

from datetime import datetime, timedelta

from conformance.catalogue import Safety
from conformance.catalogue.formats import DATETIME
from conformance.checks import short
from conformance.dut.device import Device
from conformance.rules.case import Case, case, cases
from conformance.steps import device_time
from conformance.steps.alarms import (
    ALARM_NEEDS,
    corners,
    is_of_object,
    keyword_of,
    pass_threshold,
    prepare_alarm,
    set_rule,
    wait_for_pushes,
)
from conformance.steps.causes import CAUSES, Cause, provoke
from conformance.steps.image_sizes import output_size
from conformance.steps.push_content import content, entries

_SAFE = Safety.REVERSIBLE

# Time


_TIMES = {1000: "time", 1005: "time", 1009: "alarm_time", 1011: "time"}
_BEIJING = timedelta(hours=8)
_QUARTER = timedelta(minutes=15)
_SET_TO = datetime(2031, 3, 4, 15, 16, 17)


def _cause(number: int) -> Cause:
    """1009 has the cause of 1000."""
    return next(cause for cause in CAUSES if cause.number == (1000 if number == 1009 else number))


@cases(
    Case(
        f"VI.{number}/time",
        f"Push {number} must have the time that command 506 has set",
        _SAFE,
        **_cause(number).facts(capabilities=("measurement",) if number != 1005 else (), writes=("pair:15", "clock")),
        data=number,
    )
    for number in _TIMES
)
async def test_a_push_has_the_time_that_was_set(case: Case[int], dut: Device) -> None:
    """Pushes may differ from 500 by the zone (R165), which is set so that it is known: zone 0 is 8 hours (R141)."""
    number, name = case.data, _TIMES[case.data]
    await dut.must(15, {"time_zone": 0})
    await dut.must(506, {"datetime": f"{_SET_TO:{DATETIME}}"})
    async with provoke(dut, _cause(number)) as mark:
        push = await dut.push(number, since=mark, match=is_of_object, keyword=keyword_of(number))
        if push is None:
            return
        now, text = await device_time.read(dut), content(push).get(name)
        waited = 2 + dut.profile["push_tolerance_s"]
        try:
            late = now - datetime.strptime(str(text), DATETIME)
        except ValueError:
            return  # its form was judged with the field table
        # 500 may show the time of the zone while the push has the time that was set.
        off = min((timedelta(0), _BEIJING, -_BEIJING, _whole(now - _SET_TO)), key=lambda zone: abs(late - zone))
        if off:
            dut.judgement.observe("R165", f"pushes are {off.total_seconds() / 3600:g} h off 500")
        expected = f"{name}: the device's time, {now}, or that of its zone, within {waited:g} s"
        dut.demand(abs(late - off) <= timedelta(seconds=waited), expected, short(text), check="time")


def _whole(shift: timedelta) -> timedelta:
    """A shift in whole quarters of an hour, as zones are."""
    return round(shift / _QUARTER) * _QUARTER


# Place and name


@case(
    "VI.1009/place",
    "Push 1009 must have the place of the object, its x across and its y down",
    _SAFE,
    **ALARM_NEEDS,
    waits_s=5,
)
async def test_the_place_of_an_alarm_is_that_of_its_object(case: Case, dut: Device) -> None:
    """The object is wide, low and at the lower left, so that exchanged axes give another place."""
    width, height = output_size(dut)
    left, top, right, bottom = width // 16, height * 12 // 16, width * 6 // 16, height * 14 // 16
    await prepare_alarm(dut)
    mark = dut.control.pushes.mark()
    await pass_threshold(dut, points=corners((left, top, right, bottom)))
    push = await dut.push(1009, since=mark, keyword=keyword_of(1009))
    if push is None:
        return
    for point in entries(push, "alarm_points"):
        edges = [point.get(each) for each in "xywh"]
        if not all(isinstance(edge, int | float) for edge in edges):
            continue  # judged with the field table
        x, y, w, h = (float(edge) for edge in edges if edge is not None)
        # In pixels, or in the 8192 steps of R127.
        there = [
            (left - width / 50 <= x * across and (x + w) * across <= right + width / 50)
            and (top - width / 50 <= y * down and (y + h) * down <= bottom + width / 50)
            for across, down in ((1.0, 1.0), (width / 8192, height / 8192))
        ]
        dut.demand(any(there), f"a place within ({left}, {top}) to ({right}, {bottom})", short(point))
    await set_rule(dut)


_LONG = "north gate 12 west 3"
"""As long as the name of a rule may be."""


@case(
    "VI.1000/name",
    "An alarm that names its rule must have the whole name",
    _SAFE,
    **ALARM_NEEDS,
    waits_s=5,
)
async def test_the_name_of_an_alarm_is_whole(case: Case, dut: Device) -> None:
    """Only an example shows the name (R122): it may be missing or another one, but not a part of the rule's."""
    await prepare_alarm(dut)
    mark = dut.control.pushes.mark()
    await pass_threshold(dut, rule_name=_LONG)
    push = await dut.push(1000, since=mark, match=is_of_object)
    assert push is not None
    found = content(push).get("name")
    part = isinstance(found, str) and bool(found) and found != _LONG and found.strip() in _LONG
    dut.demand(not part, f"name {_LONG!r}, or another one", f"name {found!r}")
    dut.judgement.observe("R122", f"name is {'the rule' if found == _LONG else 'not the rule'}'s")
    await set_rule(dut)
    await wait_for_pushes(dut, 1)
