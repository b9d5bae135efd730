"""Push 1010: the external input, as normally open and as normally closed."""

from __future__ import annotations

from conformance.catalogue import Safety
from conformance.dut.device import Device
from conformance.rules.case import Case, case
from conformance.rules.verdict import CaseNotApplicable
from conformance.steps.alarms import judge_no_push, wait_for_pushes
from conformance.steps.causes import set_external_input
from conformance.steps.push_content import judge_files, judge_time

_SAFE = Safety.REVERSIBLE


_SHAKEN_S = 11
"""Seconds after which an input has settled: it may have to stay the same for up to 10 s (III.47, R163)."""


@case(
    "VI.1010/kind",
    "A contact must alarm as one of the two kinds of input, and not as the other",
    _SAFE,
    requirement="VI.1010/cause",
    capabilities=("external-input",),
    writes=("pair:47",),
    waits_s=40,
    quick=True,
)
async def test_the_kind_of_the_input_is_pushed(case: Case, dut: Device) -> None:
    """In any position of the contact: open alarms where closed is normal, and closed where open is normal (III.47)."""
    came = {kind: await _alarms_as(dut, kind) for kind in (0, 1)}
    kinds = [kind for kind, alarms in came.items() if alarms]
    expected = "an alarm as one kind of input, whether the contact is open or closed"
    if not kinds:
        raise CaseNotApplicable("the contact alarms as neither kind of input: without a bench nothing can be judged")
    if dut.demand(len(kinds) == 1, expected, f"alarms by kind: {came}"):
        again = await _alarms_as(dut, kinds[0])
        dut.demand(again, "an alarm again after the contact was at rest", "no alarm")


async def _alarms_as(dut: Device, kind: int) -> bool:
    """Whether the contact alarms as that kind of input, after it was the other kind and disabled."""
    await set_external_input(dut, type=1 - kind, flag=0)
    await wait_for_pushes(dut, 2)
    mark = dut.control.pushes.mark()
    await set_external_input(dut, type=kind)
    await wait_for_pushes(dut, _SHAKEN_S)
    if not any(push.cmdtype == 1010 for push in dut.control.pushes.since(mark)):
        return False
    push = await dut.push(1010, since=mark)
    assert push is not None
    await judge_time(dut, push, waited_s=_SHAKEN_S)
    await judge_files(dut, push)
    return True


@case(
    "VI.1010/normally-closed",
    "A normally closed input must send 1010 when its contact opens, and not when it closes",
    _SAFE,
    requirement="VI.1010/cause",
    capabilities=("external-input",),
    stimuli=("alarm-input", "clock"),
    writes=("pair:47",),
    waits_s=40,
)
async def test_a_normally_closed_input_is_pushed(case: Case, dut: Device) -> None:
    try:
        await dut.stimulus.do("alarm-input", closed=True)
        await set_external_input(dut, type=1)
        await wait_for_pushes(dut, 12)
        mark = dut.control.pushes.mark()
        await dut.stimulus.do("alarm-input", closed=False)
        await dut.clock.sleep(12)
        await dut.push(1010, since=mark)
        mark = dut.control.pushes.mark()
        await dut.stimulus.do("alarm-input", closed=True)
        await judge_no_push(dut, 1010, mark, "the contact has closed", seconds=12)
    finally:
        await dut.stimulus.do("alarm-input", closed=False)
