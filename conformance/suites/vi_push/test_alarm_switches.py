"""Push 1000: what is switched off is not pushed, be it the alarm of a rule, or of the hottest or coldest spot."""

from __future__ import annotations

from conformance.catalogue import Safety
from conformance.catalogue.json_types import JsonObject
from conformance.dut.device import Device
from conformance.rules.case import Case, case
from conformance.steps.alarms import judge_no_push, prepare_alarm, set_rules
from conformance.steps.causes import set_tracking, spot_passed

_PASSED = {"high_temp": -40.0, "avg_temp": -40.0}


@case(
    "VI.1000/switched-off",
    "Rules and hot and cold spots that are switched off must not send 1000 while their thresholds are passed",
    Safety.REVERSIBLE,
    requirement="VI.1000/switches",
    capabilities=("measurement", "temperature-alarm", "tracking"),
    writes=("pair:3", "pair:21", "pair:19"),
    waits_s=9,
)
async def test_what_is_switched_off_sends_nothing(case: Case, dut: Device) -> None:
    """Tracking is on, so that each spot is off by its own switch."""
    await set_tracking(dut)
    await prepare_alarm(dut)
    mark = dut.control.pushes.mark()
    passed: JsonObject = {**spot_passed("hot"), **spot_passed("cold"), "high_flag": 0, "low_flag": 0}
    await set_tracking(dut, **passed)
    await set_rules(dut, *({"alarm_type": kind, **_PASSED, "alarm_flag": 0} for kind in (1, 3)))
    await judge_no_push(dut, 1000, mark, "every alarm_flag, high_flag and low_flag is 0")
