"""Push 1000 and 1009: which temperature of an object is compared with which threshold, and which one is pushed."""

from __future__ import annotations

from conformance.catalogue import Safety
from conformance.dut.device import Device
from conformance.rules.case import Case, case, cases
from conformance.rules.verdict import CaseInconclusive
from conformance.steps.alarm_thresholds import (
    NEAR_K,
    TRIES,
    Comparison,
    alarms_meanwhile,
    judge_threshold,
    passed_threshold,
    silence,
    threshold_cases,
)
from conformance.steps.alarms import ALARM_NEEDS, FAR_K, keyword_of, prepare_alarm
from conformance.steps.push_content import entries


@cases(threshold_cases("VI.1000/near", "VI.1000/near"))
async def test_an_alarm_compares_its_own_threshold(case: Case[Comparison], dut: Device) -> None:
    await judge_threshold(dut, case.data)


@case(
    "VI.1009/temperature",
    "The temperature that 1009 reports for a high alarm must be above the threshold",
    Safety.REVERSIBLE,
    **ALARM_NEEDS,
    waits_s=9,
)
async def test_the_temperature_of_an_alarm_is_the_one_that_alarmed(case: Case, dut: Device) -> None:
    await prepare_alarm(dut)
    for _ in range(TRIES):
        spans = await silence(dut)
        threshold = round(passed_threshold(spans, "maximum", 1), 1)
        mark = dut.control.pushes.mark()
        came, seen = await alarms_meanwhile(dut, high_temp=threshold, temp_mod=0.0)
        if not came:
            continue
        points = [
            point
            for push in dut.control.pushes.since(mark)
            if push.cmdtype == 1009
            for point in entries(push, "alarm_points")
            if point.get("temp_flag") == 1 and isinstance(point.get("temperature"), int | float)
        ]
        dut.demand(
            bool(points), "a push 1009 with a point of high temperature", "no such push", keyword=keyword_of(1009)
        )
        for point in points:
            expected = f"temperature: above {threshold} degC, at most {seen['maximum'].high}"
            found = point["temperature"]
            dut.demand(
                threshold <= found + NEAR_K and found <= seen["maximum"].high + FAR_K,
                expected,
                f"temperature: {found} degC",
            )
        return
    raise CaseInconclusive("no alarm came whose temperature could be judged (VI.1000)")
