"""IV.508, restart: it keeps the configuration of every command."""

from __future__ import annotations

from conformance.catalogue import Safety
from conformance.dut.device import Device
from conformance.rules.case import Case, case
from conformance.steps.pairs import change_all, everywhere, snapshot, unchanged
from conformance.steps.restart import restart


@case(
    "IV.508/keeps-everything",
    "A restart must keep what was changed in every configuration",
    Safety.DISRUPTIVE,
    requirement="IV.508/restart",
    writes=everywhere(but=(9, 11)),
)
async def test_a_restart_keeps_every_configuration(case: Case, dut: Device) -> None:
    await change_all(dut)
    before = await snapshot(dut)
    await restart(dut)
    await unchanged(dut, before, "what was set before the restart (R166)")
