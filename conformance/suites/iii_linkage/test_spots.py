"""III.19, hot and cold spots: one that is switched off, or outside its schedule, does not alarm."""

from __future__ import annotations

from typing import NamedTuple

from conformance.catalogue import Safety
from conformance.catalogue.json_types import JsonObject
from conformance.dut.device import Device
from conformance.rules.case import Case, cases
from conformance.steps.alarms import EXCLUDED, is_of_object, judge_no_push, wait_for_pushes
from conformance.steps.causes import set_tracking, spot_passed


class _Off(NamedTuple):
    """A spot (`hot` or `cold`), how it is switched off in words, and the settings that do so."""

    spot: str
    how: str
    settings: JsonObject


_OFF = [
    _Off(spot, how, settings)
    for spot, flag in (("hot", "high_flag"), ("cold", "low_flag"))
    for how, settings in (
        ("tracking-off", {"trace_flag": 0}),
        ("spot-off", {flag: 0}),
        ("excluded", {"effect_day": EXCLUDED}),
    )
]
_TITLES = {
    "tracking-off": "while tracking is off",
    "spot-off": "while it is off itself",
    "excluded": "outside its schedule",
}


@cases(
    Case(
        f"III.19/{off.spot}-spot/{off.how}",
        f"A {off.spot} spot must not alarm {_TITLES[off.how]}",
        Safety.REVERSIBLE,
        requirement="III.19/switches",
        capabilities=("measurement", "tracking"),
        writes=("pair:19",),
        waits_s=9,
        data=off,
    )
    for off in _OFF
)
async def test_a_spot_that_is_off_does_not_alarm(case: Case[_Off], dut: Device) -> None:
    off = case.data
    await set_tracking(dut)
    await wait_for_pushes(dut, 2)
    mark = dut.control.pushes.mark()
    await set_tracking(dut, **{**spot_passed(off.spot), **off.settings})
    await judge_no_push(dut, 1000, mark, off.how.replace("-", " "), match=lambda push: not is_of_object(push))
