"""II, rights (R27): an account without the right to configure is refused over either transport, and may read."""

from __future__ import annotations

from conformance import checks
from conformance.catalogue import Safety, load
from conformance.catalogue.json_types import JsonObject
from conformance.catalogue.model import Keyword
from conformance.dut.device import Device
from conformance.rules.case import Case, case
from conformance.steps.accounts import OPERATOR, operator
from conformance.steps.capabilities import offers
from conformance.steps.rights import http_operator, present_values

_CATALOGUE = load()


@case(
    "II/rights/over-http",
    "An account without the right to configure must not have it over HTTP either",
    Safety.REVERSIBLE,
    requirement="II/rights-kept",
    clause="II.2",
    capabilities=("http.login",),
    parameters=OPERATOR,
    writes=("pair:29",),
)
async def test_rights_are_the_same_over_http(case: Case, dut: Device) -> None:
    message = await present_values(dut, _CATALOGUE.commands[29])
    http = await http_operator(dut)
    dut.check(checks.refused(dut.catalogue, await dut.ask(29, message, client=http, legal=False), "R27"))


_COMMON = (1, 5, 15, 29, 35)


@case(
    "II/rights/after-an-administrator",
    "A set that an administrator has just sent must be refused to an account without the right to configure",
    Safety.REVERSIBLE,
    requirement="II/rights-kept",
    clause="II.2",
    parameters=OPERATOR,
    writes=tuple(f"pair:{number}" for number in _COMMON),
)
async def test_rights_are_not_those_of_another_session(case: Case, dut: Device) -> None:
    """The account logs in once before the administrator's sets and once after them."""
    early = await operator(dut)
    accepted: dict[int, JsonObject] = {}
    for command, _ in dut.catalogue.pairs():
        if command.cmdtype in _COMMON and offers(dut, command):
            message = accepted[command.cmdtype] = await present_values(dut, command)
            await dut.must(command.cmdtype, message, legal=False)
            reply = await dut.ask(command.cmdtype, message, client=early, legal=False)
            dut.check(checks.refused(dut.catalogue, reply, "R27"))
    late = await operator(dut)
    for number, message in accepted.items():
        dut.check(checks.refused(dut.catalogue, await dut.ask(number, message, client=late, legal=False), "R27"))


@case(
    "II/rights/reads",
    "An account without the right to configure should be allowed to read",
    requirement="II/rights-reads",
    clause="II.2",
    parameters=OPERATOR,
)
async def test_an_operator_may_look(case: Case, dut: Device) -> None:
    client = await operator(dut)
    await dut.succeeds(500, {}, client=client)
    for _, get in dut.catalogue.pairs():
        if offers(dut, get):
            reply = await dut.ask(get.cmdtype, {}, client=client)
            dut.demand(
                reply.ok, f"retcode 0 from command {get.cmdtype}", checks.describe(reply), keyword=Keyword.SHOULD
            )
