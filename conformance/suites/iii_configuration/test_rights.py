"""III, rights (R27): every set is refused to an account without the right to configure."""

from __future__ import annotations

from conformance import checks
from conformance.dut.device import Device
from conformance.rules.case import Case, cases
from conformance.steps.accounts import OPERATOR, operator
from conformance.steps.capabilities import capabilities_of
from conformance.steps.pairs import PAIRS
from conformance.steps.rights import present_values


@cases(
    Case(
        f"{command.clause}/right/operator",
        f"{command.title}: a set is refused to an account without the right to configure",
        command.safety,
        requirement=f"{command.clause}/right",
        capabilities=capabilities_of(command),
        parameters=OPERATOR,
        writes=(f"pair:{command.cmdtype}",),
        quick=command.cmdtype == 29,
        command=command,
    )
    for command, _ in PAIRS
)
async def test_an_operator_may_not_configure(case: Case, dut: Device) -> None:
    command = case.subject
    message = await present_values(dut, command)
    reply = await dut.ask(command.cmdtype, message, client=await operator(dut), legal=False)
    dut.check(checks.refused(dut.catalogue, reply, "R27"))
