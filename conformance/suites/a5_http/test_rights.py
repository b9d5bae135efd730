"""Appendix V, rights (R27): every set is refused over HTTP to an account without the right to configure."""

from __future__ import annotations

from conformance import checks
from conformance.catalogue import Safety, load
from conformance.dut.device import Device
from conformance.rules.case import Case, case
from conformance.steps.accounts import OPERATOR
from conformance.steps.capabilities import offers
from conformance.steps.pairs import LINK_COMMANDS
from conformance.steps.rights import http_operator, present_values

_SETS = tuple(command for command, _ in load().pairs() if command.cmdtype not in LINK_COMMANDS)


@case(
    "A5/right/operator",
    "Every set over HTTP must be refused to an account without the right to configure",
    Safety.REVERSIBLE,
    requirement="A5/right",
    capabilities=("http.login",),
    parameters=OPERATOR,
    writes=tuple(f"pair:{command.cmdtype}" for command in _SETS),
)
async def test_an_operator_may_not_configure_over_http(case: Case, dut: Device) -> None:
    http = await http_operator(dut)
    for command in _SETS:
        if offers(dut, command):
            message = await present_values(dut, command)
            reply = await dut.ask(command.cmdtype, message, client=http, legal=False)
            dut.check(checks.refused(dut.catalogue, reply, "R27"))
