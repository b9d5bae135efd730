"""Rights (R27): commands sent by the account without the right to configure.

A set sends the values that the device shows, so that a device that obeys is not changed.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance import checks
from conformance.catalogue import Command, load, values
from conformance.catalogue.formats import DATETIME
from conformance.catalogue.json_types import JsonObject
from conformance.catalogue.model import Keyword
from conformance.client import HttpClient
from conformance.dut.device import Device
from conformance.restoration import writable
from conformance.rules.case import Case
from conformance.rules.verdict import CaseInconclusive
from conformance.steps.accounts import NO_RIGHT, OPERATOR, operator
from conformance.steps.capabilities import capabilities_of
from conformance.steps.folders import FOLDERS

__all__ = ["function_right_cases", "http_operator", "is_refused_to_operator", "present_values"]


async def present_values(dut: Device, command: Command) -> JsonObject:
    """The message of a set that sends what its get shows."""
    assert command.pair is not None
    before = await dut.must(command.pair)
    return {
        **values.request(command, dut.sizes, only_required=True)["message"],
        **writable(command, before),
    }


async def http_operator(dut: Device) -> HttpClient:
    """An HTTP client that the account without the right to configure has logged in."""
    http = dut.plain_http()
    reply = await http.login(dut.profile["operator_user"], dut.profile["operator_password"], dut.link.cipher)
    if not reply.ok:
        raise CaseInconclusive(f"preamble: the operator's login over HTTP answered {checks.describe(reply)}")
    return http


_CHANGING = {506: "clock", 518: "pair:5", 527: "dead-pixels", 602: "presets", 607: "cruise-groups", 612: "linescans"}
"""By command of chapter IV: what it changes, in the words of restoration."""


def function_right_cases(folder: str) -> Iterator[Case[None]]:
    """A case for each function of a folder of the suites that changes what the device keeps."""
    for number, changed in _CHANGING.items():
        command = load().commands[number]
        if FOLDERS[number] == folder:
            yield Case(
                f"IV.{number}/right/operator",
                f"Command {number} should be refused to an account without the right to configure: {command.title}",
                command.safety,
                requirement="II/rights-functions",
                capabilities=capabilities_of(number),
                parameters=OPERATOR,
                writes=(changed,),
                command=command,
            )


async def is_refused_to_operator(dut: Device, command: Command) -> None:
    """Judge that a function is refused to the account without the right to configure.

    R27 is about configuration commands, and it is not said whether these functions are some: hence SHOULD.
    """
    request = values.request(command, dut.sizes)
    extra = {key: content for key, content in request.items() if key != "message"}
    message = request["message"]
    if command.cmdtype == 506:
        message = {"datetime": dut.clock.now().strftime(DATETIME)}
    reply = await dut.ask(command.cmdtype, message, client=await operator(dut), extra=extra)
    seen = checks.describe(reply)
    dut.demand(reply.retcode == NO_RIGHT, f"refused with {NO_RIGHT} (R27)", seen, keyword=Keyword.SHOULD)
