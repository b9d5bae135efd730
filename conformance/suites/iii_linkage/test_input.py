"""III.47, external input: disabled, or outside its schedule, it does not alarm."""

from __future__ import annotations

from conformance.catalogue import Safety
from conformance.dut.device import Device
from conformance.rules.case import Case, cases
from conformance.steps.alarms import OUTSIDE_SCHEDULE, SwitchedOff, judge_no_push, wait_for_pushes
from conformance.steps.causes import set_external_input


@cases(
    Case(
        f"III.47/{label}",
        title,
        Safety.REVERSIBLE,
        requirement=f"III.47/{row}",
        capabilities=("external-input",),
        stimuli=("alarm-input", "clock"),
        writes=("pair:47",),
        waits_s=40,
        data=off,
    )
    for label, row, title, off in (
        (
            "alarm/off",
            "alarm-flag",
            "A disabled input must not send a push",
            SwitchedOff({"flag": 0}, "flag of command 47 is 0"),
        ),
        (
            "effect-day/excluded",
            "effect-day",
            "An input must not send a push outside its schedule",
            OUTSIDE_SCHEDULE,
        ),
    )
)
async def test_an_input_that_is_off_does_not_alarm(case: Case[SwitchedOff], dut: Device) -> None:
    await set_external_input(dut, **case.data.settings)
    await wait_for_pushes(dut, 1)
    mark = dut.control.pushes.mark()
    try:
        await dut.stimulus.do("alarm-input", closed=True)
        await judge_no_push(dut, 1010, mark, case.data.why, seconds=15)
    finally:
        await dut.stimulus.do("alarm-input", closed=False)
        await dut.clock.sleep(1)
