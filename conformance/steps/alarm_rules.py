"""What a rule for an object sets (III.3) and its push shows (VI.1000): both thresholds of type 4, and alarm_time."""

from __future__ import annotations

from conformance.dut.device import Device
from conformance.steps.alarms import (
    is_of_object,
    judge_no_push,
    object_alarms,
    pass_threshold,
    prepare_alarm,
    set_rule,
    wait_for_pushes,
)

__all__ = ["judge_alarm_time", "judge_each_threshold_alone", "judge_short_alarm"]


async def judge_each_threshold_alone(dut: Device) -> None:
    """Judge that a rule of type 4 alarms for each of its thresholds alone: one push per crossing (R163)."""
    await prepare_alarm(dut)
    both = {"alarm_type": 4, "alarm_condition": 4}
    came = {}
    for name, threshold in (("high", {"high_temp": -40.0}), ("low", {"low_temp": 2000.0})):
        await set_rule(dut, **both)
        await wait_for_pushes(dut, 2)
        mark = dut.control.pushes.mark()
        await set_rule(dut, **both, **threshold)
        await wait_for_pushes(dut, dut.profile["push_tolerance_s"])
        came[name] = bool(object_alarms(dut, mark))
    dut.judgement.observe("R163", f"type 4, one threshold alone: {'pushed' if came['high'] else 'no push'}")
    seen = ", ".join(f"{'an alarm' if each else 'no alarm'} for the {name} threshold" for name, each in came.items())
    dut.demand(all(came.values()), "an alarm for each threshold that is passed alone", seen)


async def judge_alarm_time(dut: Device) -> None:
    """Judge that an alarm is pushed once it has lasted for alarm_time, and not before."""
    await prepare_alarm(dut)
    mark = dut.control.pushes.mark()
    # Long enough that twice the time cannot be mistaken for a late push.
    await pass_threshold(dut, alarm_time=8)
    await judge_no_push(dut, 1000, mark, "it lasts 6.5 s, and alarm_time is 8 s", match=is_of_object, seconds=6.5)
    await dut.clock.sleep(2)
    await dut.push(1000, since=mark, match=is_of_object)


async def judge_short_alarm(dut: Device) -> None:
    """Judge that an alarm that ends before alarm_time is not pushed."""
    await prepare_alarm(dut)
    mark = dut.control.pushes.mark()
    await pass_threshold(dut, alarm_time=4)
    await dut.clock.sleep(1.5)
    await set_rule(dut, alarm_time=4)
    await judge_no_push(dut, 1000, mark, "it lasted 1.5 s, and alarm_time is 4 s", match=is_of_object, seconds=6)
