"""IV.524, turning an alarm off: its output and its sound stop (R80)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from conformance.catalogue import Safety
from conformance.dut.device import Device
from conformance.rules.case import Case, cases
from conformance.steps.linkage import EVENTS, happen, linkage_of

_ALARM = next(event for event in EVENTS if event.number == 21)


class _TurnOff(NamedTuple):
    """A message of 524, and what is on after it."""

    message: Mapping[str, int]
    left: Mapping[str, bool]


@cases(
    Case(
        f"IV.524/turns-off/{label}",
        f"What an alarm set off is turned off: {label}",
        Safety.REVERSIBLE,
        requirement="IV.524/effect",
        capabilities=("measurement", "temperature-alarm", "alarm-output"),
        stimuli=("clock",),
        writes=("pair:21", "pair:3"),
        waits_s=20,
        data=turn_off,
    )
    for label, turn_off in (
        ("sound", _TurnOff({"type": 0}, {"output": True, "sound": False})),
        ("output", _TurnOff({"type": 1}, {"output": False, "sound": True})),
        ("both", _TurnOff({"type": 2}, {"output": False, "sound": False})),
        ("without-type", _TurnOff({}, {"output": False, "sound": True})),
    )
)
async def test_what_was_set_off_is_turned_off(case: Case[_TurnOff], dut: Device) -> None:
    """R80; the document does not say whether the flash goes with the output."""
    left = case.data.left
    sound = {**linkage_of(_ALARM, "sound"), "audio_playvalue": 60}
    await _ALARM.apply_settings(dut, **linkage_of(_ALARM, "output"), **sound)
    await happen(dut, _ALARM)
    await dut.succeeds(524, case.data.message)
    state = await dut.stimulus.do("state")
    found = {name: state.get(name) for name in left}
    dut.demand(found == left, f"{left}", f"{found}")
    await dut.succeeds(524, {"type": 2})
