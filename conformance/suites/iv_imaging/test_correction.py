"""Command 529: the correction of the detector (NUC) is done, and temperatures come back after it."""

from __future__ import annotations

from conformance import checks
from conformance.catalogue import Safety, load
from conformance.dut.device import Device
from conformance.rules.case import Case, case
from conformance.steps import waiting
from conformance.steps.capabilities import capabilities_of

_COMMAND = load().commands[529]


@case(
    "IV.529/nuc",
    "Command 529 must correct the detector",
    _COMMAND.safety,
    requirement="IV.529/done",
    capabilities=capabilities_of(529),
    command=_COMMAND,
    quick=True,
)
async def test_a_correction_is_done(case: Case, dut: Device) -> None:
    await dut.succeeds(529, {})


@case(
    "IV.529/matrix",
    "Temperatures must come back after a correction",
    Safety.REVERSIBLE,
    requirement="IV.529/done",
    capabilities=capabilities_of(529, 530),
    waits_s=5,
)
async def test_after_a_correction_there_are_temperatures(case: Case, dut: Device) -> None:
    await dut.succeeds(529, {})
    reply = await waiting.ask_when_ready(dut, 530, {"type": 0})
    dut.check(checks.success(reply))
