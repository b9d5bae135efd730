"""IV, rights (R27): functions that change what the device keeps, asked by an account without the right to configure."""

from __future__ import annotations

from conformance import checks
from conformance.catalogue import load, values
from conformance.catalogue.model import Keyword
from conformance.dut.device import Device
from conformance.rules.case import Case, cases
from conformance.steps import device_time
from conformance.steps.accounts import OPERATOR, operator
from conformance.steps.capabilities import capabilities_of

_CATALOGUE = load()
_CHANGING = {506: "clock", 518: "pair:5", 527: "dead-pixels", 602: "presets", 607: "cruise-groups", 612: "linescans"}
"""By command: what it changes, in the words of restoration."""


@cases(
    Case(
        f"IV.{number}/right/operator",
        f"{_CATALOGUE.commands[number].title}: refused to an account without the right to configure",
        _CATALOGUE.commands[number].safety,
        requirement="II/rights-functions",
        capabilities=capabilities_of(number),
        parameters=OPERATOR,
        writes=(changed,),
        command=_CATALOGUE.commands[number],
    )
    for number, changed in _CHANGING.items()
)
async def test_an_operator_should_not_change_what_is_kept(case: Case, dut: Device) -> None:
    """R27 is about configuration commands, and does not say whether these functions are some: hence SHOULD."""
    command = case.subject
    request = values.request(command, dut.sizes)
    extra = {key: content for key, content in request.items() if key != "message"}
    message = request["message"]
    if command.cmdtype == 506:
        message = {"datetime": dut.clock.now().strftime(device_time.FORMAT)}
    reply = await dut.ask(command.cmdtype, message, client=await operator(dut), extra=extra)
    seen = checks.describe(reply)
    dut.demand(reply.retcode == 10007, "refused with 10007 (R27)", seen, keyword=Keyword.SHOULD)
