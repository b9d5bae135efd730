"""Push 1000: which of several rules alarms, how often an alarm is sent, and how long it has to last before."""

from __future__ import annotations

from conformance.catalogue import Safety
from conformance.catalogue.json_types import JsonObject
from conformance.dut.device import Device
from conformance.rules.case import Case, case, cases
from conformance.steps import alarm_rules
from conformance.steps.alarms import (
    ALARM_NEEDS,
    heat_object,
    is_of_object,
    judge_no_push,
    keyword_of,
    object_alarms,
    pass_threshold,
    prepare_alarm,
    set_rule,
    set_rules,
    wait_for_pushes,
)
from conformance.steps.push_content import content, judge_config

_SAFE = Safety.REVERSIBLE


# Several rules


@cases(
    Case(
        f"VI.1000/rules/{label}",
        f"The {label} of three rules must alarm if it is the only one that is enabled and passed",
        _SAFE,
        requirement="VI.1000/rules",
        **ALARM_NEEDS,
        waits_s=8,
        data=place,
    )
    for label, place in (("first", 0), ("last", 2))
)
async def test_a_rule_alarms_for_itself(case: Case[int], dut: Device) -> None:
    await prepare_alarm(dut)
    changes: list[JsonObject] = [
        {"rule_name": "disabled", "alarm_flag": 0, "high_temp": -39.0},
        {"rule_name": "not passed"},
    ]
    changes.insert(case.data, {"high_temp": -40.0})
    mark = dut.control.pushes.mark()
    rules = await set_rules(dut, *changes)
    await dut.push(1000, since=mark, match=is_of_object)
    await wait_for_pushes(dut, dut.profile["push_tolerance_s"])
    for push in object_alarms(dut, mark):
        await judge_config(dut, push, rules[case.data])
        name = content(push).get("name")
        dut.demand(
            name not in ("disabled", "not passed"), "the alarm of the rule that was passed", f"the alarm of {name!r}"
        )


@case(
    "VI.1000/max-and-min/either",
    "An alarm of type max and min must be sent for each of its two thresholds alone",
    _SAFE,
    requirement="VI.1000/condition",
    **ALARM_NEEDS,
    waits_s=12,
)
async def test_each_threshold_alone_is_pushed(case: Case, dut: Device) -> None:
    await alarm_rules.judge_each_threshold_alone(dut)


# How often


@cases(
    Case(
        f"VI.{number}/once",
        f"An alarm that lasts must send {number} once",
        _SAFE,
        **ALARM_NEEDS,
        waits_s=10,
        quick=number == 1000,
        data=number,
    )
    for number in (1000, 1009)
)
async def test_a_lasting_alarm_is_sent_once(case: Case[int], dut: Device) -> None:
    """R163: a device may repeat the push of a lasting alarm at an interval of its own, but not at every moment."""
    number = case.data
    match = is_of_object if number == 1000 else None
    await prepare_alarm(dut)
    mark = dut.control.pushes.mark()
    await pass_threshold(dut)
    if await dut.push(number, since=mark, match=match, keyword=keyword_of(number)) is None:
        return
    await wait_for_pushes(dut, 3)
    came = object_alarms(dut, mark, number)
    dut.demand(len(came) == 1, f"one push {number} for one crossing", f"{len(came)} pushes within 3 s")
    await wait_for_pushes(dut, 6)
    again = len(object_alarms(dut, mark, number))
    dut.judgement.observe("R163", f"a lasting alarm is pushed {again} times in 9 s")


@case(
    "VI.1000/again",
    "An alarm must be sent again after its object went back and crossed the threshold again",
    _SAFE,
    **ALARM_NEEDS,
    waits_s=9,
)
async def test_a_second_crossing_is_sent_again(case: Case, dut: Device) -> None:
    await prepare_alarm(dut)
    for _ in range(3):
        mark = dut.control.pushes.mark()
        await pass_threshold(dut)
        await dut.push(1000, since=mark, match=is_of_object)
        await set_rule(dut)
        await wait_for_pushes(dut, 2)


@case(
    "VI.1000/again/heat",
    "An object must send 1000 each time it becomes hot, and not when it cools",
    _SAFE,
    requirement="VI.1000/again",
    **ALARM_NEEDS,
    stimuli=("heat", "clock"),
    waits_s=20,
)
async def test_each_heating_is_sent(case: Case, dut: Device) -> None:
    await prepare_alarm(dut)
    await set_rule(dut, high_temp=150.0)
    await dut.clock.sleep(1)
    try:
        for _ in range(2):
            mark = dut.control.pushes.mark()
            await heat_object(dut, 300)
            await wait_for_pushes(dut, 3)
            await dut.push(1000, since=mark, match=is_of_object)
            cooled = dut.control.pushes.mark()
            await dut.stimulus.do("cool", name="bench")
            await judge_no_push(dut, 1000, cooled, "the object has cooled", match=is_of_object, seconds=5)
    finally:
        await dut.stimulus.do("cool", name="bench")
        await dut.clock.sleep(1)


# How long it has to last


@case(
    "VI.1000/alarm-time",
    "An alarm must be sent when it has lasted for alarm_time, and not before",
    _SAFE,
    **ALARM_NEEDS,
    waits_s=12,
)
async def test_an_alarm_is_pushed_after_its_alarm_time(case: Case, dut: Device) -> None:
    await alarm_rules.judge_alarm_time(dut)


@case(
    "VI.1000/alarm-time/too-short",
    "An alarm that ends before alarm_time must not be sent",
    _SAFE,
    requirement="VI.1000/alarm-time",
    **ALARM_NEEDS,
    waits_s=9,
)
async def test_a_short_alarm_is_not_pushed(case: Case, dut: Device) -> None:
    await alarm_rules.judge_short_alarm(dut)


@case(
    "VI.1000/alarm-time/heat",
    "An object must send 1000 if it stays hot for alarm_time, and not if it cools before",
    _SAFE,
    requirement="VI.1000/alarm-time",
    **ALARM_NEEDS,
    stimuli=("heat", "clock"),
    waits_s=120,
)
async def test_an_object_stays_hot_before_it_alarms(case: Case, dut: Device) -> None:
    await prepare_alarm(dut)
    await set_rule(dut, high_temp=150.0, alarm_time=30)
    await dut.clock.sleep(1)
    mark = dut.control.pushes.mark()
    try:
        await heat_object(dut, 300)
        await dut.clock.sleep(20)
        await dut.stimulus.do("cool", name="bench")
        await judge_no_push(dut, 1000, mark, "hot for 20 s, and alarm_time is 30 s", match=is_of_object, seconds=30)
        await heat_object(dut, 300)
        await judge_no_push(dut, 1000, mark, "hot for 27 s, and alarm_time is 30 s", match=is_of_object, seconds=27)
        await wait_for_pushes(dut, 6)
        await dut.push(1000, since=mark, match=is_of_object)
    finally:
        await dut.stimulus.do("cool", name="bench")
        await dut.clock.sleep(1)
