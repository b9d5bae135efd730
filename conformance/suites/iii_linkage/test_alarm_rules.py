"""III.3, alarms of rules: the thresholds, the alarm condition and the alarm_time decide when an object alarms."""

from __future__ import annotations

from conformance.catalogue import Safety
from conformance.dut.device import Device
from conformance.rules.case import Case, case, cases
from conformance.steps import alarm_rules
from conformance.steps.alarm_thresholds import Comparison, judge_threshold, threshold_cases
from conformance.steps.alarms import ALARM_NEEDS

_SAFE = Safety.REVERSIBLE


@cases(threshold_cases("III.3/alarm", "III.3/thresholds"))
async def test_a_rule_compares_its_own_threshold(case: Case[Comparison], dut: Device) -> None:
    await judge_threshold(dut, case.data)


@case(
    "III.3/alarm/max-and-min/either",
    "A rule of type max and min must alarm for each of its two thresholds alone",
    _SAFE,
    requirement="III.3/thresholds",
    **ALARM_NEEDS,
    waits_s=12,
)
async def test_a_rule_alarms_for_each_threshold_alone(case: Case, dut: Device) -> None:
    await alarm_rules.judge_each_threshold_alone(dut)


@case(
    "III.3/alarm/alarm-time",
    "A rule must alarm when its condition has lasted for alarm_time, and not before",
    _SAFE,
    requirement="III.3/alarm-time",
    **ALARM_NEEDS,
    waits_s=12,
)
async def test_a_rule_alarms_after_its_alarm_time(case: Case, dut: Device) -> None:
    await alarm_rules.judge_alarm_time(dut)


@case(
    "III.3/alarm/alarm-time/too-short",
    "A rule whose condition ends before alarm_time must not alarm",
    _SAFE,
    requirement="III.3/alarm-time",
    **ALARM_NEEDS,
    waits_s=9,
)
async def test_a_rule_does_not_alarm_before_its_alarm_time(case: Case, dut: Device) -> None:
    await alarm_rules.judge_short_alarm(dut)
