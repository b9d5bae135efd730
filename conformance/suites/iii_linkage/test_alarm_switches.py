"""III.3, III.17, III.21, switches: an alarm that is off, shielded or outside its schedule is not pushed."""

from __future__ import annotations

from datetime import datetime, timedelta

from conformance.catalogue import Safety
from conformance.catalogue.json_types import Json
from conformance.dut.device import Device
from conformance.rules.case import Case, case
from conformance.rules.verdict import CaseInconclusive
from conformance.steps import device_time
from conformance.steps.alarms import (
    ALARM_NEEDS,
    ALWAYS,
    EXCLUDED,
    is_of_object,
    judge_no_push,
    object_alarms,
    object_box,
    pass_threshold,
    prepare_alarm,
    rule_met,
    schedule_of,
    set_rule,
    switch_alarms_on,
    wait_for_pushes,
)

_SAFE = Safety.REVERSIBLE


async def _require_alarm(dut: Device, **rule: Json) -> None:
    """Make sure that this alarm is pushed while it is on; otherwise inconclusive: silence would prove nothing."""
    mark = dut.control.pushes.mark()
    await pass_threshold(dut, **rule)
    await wait_for_pushes(dut, dut.profile["push_tolerance_s"])
    if not object_alarms(dut, mark):
        raise CaseInconclusive("this alarm is not pushed even while it is on (VI.1000)")
    await set_rule(dut)
    await wait_for_pushes(dut, 2)


@case(
    "III.3/alarm/off",
    "A rule whose alarm is off must not alarm",
    _SAFE,
    requirement="III.3/alarm-flag",
    **ALARM_NEEDS,
    waits_s=8,
    quick=True,
)
async def test_a_rule_that_is_off_does_not_alarm(case: Case, dut: Device) -> None:
    await prepare_alarm(dut)
    await _require_alarm(dut)
    mark = dut.control.pushes.mark()
    await pass_threshold(dut, alarm_flag=0)
    await judge_no_push(dut, 1000, mark, "the rule's alarm_flag is 0", match=is_of_object)


@case(
    "III.21/alarm/off",
    "An object must not alarm while the temperature alarm is off",
    _SAFE,
    requirement="III.21/alarm-flag",
    **ALARM_NEEDS,
    waits_s=8,
    quick=True,
)
async def test_no_object_alarms_while_alarms_are_off(case: Case, dut: Device) -> None:
    await prepare_alarm(dut)
    await _require_alarm(dut)
    await switch_alarms_on(dut, alarm_flag=0)
    mark = dut.control.pushes.mark()
    await pass_threshold(dut)
    await judge_no_push(dut, 1000, mark, "alarm_flag of command 21 is 0", match=is_of_object)


@case(
    "III.17/alarm/shielded",
    "An object that is wholly shielded must not alarm",
    _SAFE,
    requirement="III.17/alarm",
    capabilities=(*ALARM_NEEDS["capabilities"], "shielding"),
    writes=(*ALARM_NEEDS["writes"], "pair:17"),
    waits_s=8,
)
async def test_a_shielded_object_does_not_alarm(case: Case, dut: Device) -> None:
    at = await prepare_alarm(dut)
    await dut.must(17, {"rects": []}, legal=False)
    await _require_alarm(dut)
    left, top, right, bottom = object_box(dut)
    area = {"x": left - 8, "y": top - 8, "w": right - left + 17, "h": bottom - top + 17}
    await dut.must(17, {"rects": [area]})
    await dut.clock.sleep(1)
    mark = dut.control.pushes.mark()
    # Not the lowest possible threshold, because a shielded object may read 0 (R175).
    await set_rule(dut, **rule_met(1, 1, at))
    await judge_no_push(dut, 1000, mark, "the whole object is shielded (R175)", match=is_of_object)


# Schedules


@case(
    "III.21/effect-day/excluded",
    "An object must alarm at a time that the schedule includes, and not at one that it excludes",
    _SAFE,
    requirement="III.21/effect-day",
    **ALARM_NEEDS,
    waits_s=12,
    quick=True,
)
async def test_the_schedule_excludes_now(case: Case, dut: Device) -> None:
    await prepare_alarm(dut)
    await _require_alarm(dut)
    await switch_alarms_on(dut, effect_day=EXCLUDED)
    mark = dut.control.pushes.mark()
    await pass_threshold(dut)
    await judge_no_push(dut, 1000, mark, "no day of effect_day has this hour", match=is_of_object)
    await set_rule(dut)
    await switch_alarms_on(dut, effect_day=ALWAYS)
    await wait_for_pushes(dut, 2)
    mark = dut.control.pushes.mark()
    await pass_threshold(dut)
    await dut.push(1000, since=mark, match=is_of_object)


@case(
    "III.21/effect-day/weekday",
    "An object must alarm on the day of the week that the schedule names, and on no other",
    _SAFE,
    requirement="III.21/effect-day",
    capabilities=ALARM_NEEDS["capabilities"],
    writes=(*ALARM_NEEDS["writes"], "clock"),
    waits_s=40,
)
async def test_the_schedule_knows_the_day(case: Case, dut: Device) -> None:
    """It is open which number is Monday (R162): it is found out on a Monday, and must hold on the Thursday after."""
    await prepare_alarm(dut)
    await _require_alarm(dut)
    await _go_to(dut, datetime(2030, 6, 3, 12))
    monday = None
    for number in (1, 2, 7, 3, 4, 5, 6):
        if await _alarms_on(dut, {number}):
            monday = number
            break
    if not dut.demand(monday is not None, "an alarm on one of the seven days", "no alarm on any", check="schedule"):
        return
    assert monday is not None
    dut.judgement.observe("R162", f"Monday is day {monday}")
    others = set(range(1, 8)) - {monday}
    dut.demand(not await _alarms_on(dut, others), f"no alarm on a Monday without day {monday}", "an alarm")
    await _go_to(dut, datetime(2030, 6, 6, 12))
    thursday = (monday + 2) % 7 + 1
    dut.demand(await _alarms_on(dut, {thursday}), f"an alarm on a Thursday with day {thursday}", "no alarm")
    dut.demand(not await _alarms_on(dut, {monday}), f"no alarm on a Thursday with day {monday} alone", "an alarm")


async def _go_to(dut: Device, moment: datetime) -> None:
    """Set the device's clock so that it shows that day, far from midnight in any zone (R165)."""
    await dut.must(506, {"datetime": f"{moment:%Y-%m-%d %H:%M:%S}"})
    shown = await device_time.read(dut)
    if abs(shown - moment) > timedelta(hours=9):
        await dut.must(506, {"datetime": f"{moment - (shown - moment):%Y-%m-%d %H:%M:%S}"})


async def _alarms_on(dut: Device, days: set[int]) -> bool:
    """Whether an object that crosses its threshold now alarms when only `days` are in force."""
    await set_rule(dut)
    await switch_alarms_on(dut, effect_day=schedule_of(days))
    await wait_for_pushes(dut, 2)
    mark = dut.control.pushes.mark()
    await pass_threshold(dut)
    await wait_for_pushes(dut, dut.profile["push_tolerance_s"])
    return bool(object_alarms(dut, mark))
