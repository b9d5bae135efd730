"""Rights (R27): commands sent by the account without the right to configure.

A set sends the values that the device shows, so that a device that obeys is not changed.
"""

from __future__ import annotations

from conformance import checks
from conformance.catalogue import Command, values
from conformance.catalogue.json_types import JsonObject
from conformance.client import HttpClient
from conformance.dut.device import Device
from conformance.restoration import writable
from conformance.rules.verdict import CaseInconclusive

__all__ = ["LINK_COMMANDS", "http_operator", "present_values"]

LINK_COMMANDS = (9, 11)
"""Sets that act on the link itself, even with the values that it has."""


async def present_values(dut: Device, command: Command) -> JsonObject:
    """The message of a set that sends what its get shows."""
    assert command.pair is not None
    before = await dut.must(command.pair)
    return {
        **values.request(command, dut.sizes, only_required=True)["message"],
        **writable(dut.catalogue, command, before),
    }


async def http_operator(dut: Device) -> HttpClient:
    """An HTTP client that the account without the right to configure has logged in."""
    http = dut.plain_http()
    reply = await http.login(dut.profile["operator_user"], dut.profile["operator_password"], dut.link.cipher)
    if not reply.ok:
        raise CaseInconclusive(f"preamble: the operator's login over HTTP answered {checks.describe(reply)}")
    return http
