"""Requests with a token that is missing, invalid or no longer alive (R25, II.5)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from conformance import checks
from conformance.catalogue import Command, Group, Safety, load, values
from conformance.client import OMIT, ControlClient, HttpClient
from conformance.client.session import TokenChoice
from conformance.dut.device import Device
from conformance.rules.case import Case
from conformance.steps.capabilities import capabilities_of, offers
from conformance.steps.folders import FOLDERS

__all__ = [
    "GARBAGE_TOKEN",
    "INVALID_TOKENS",
    "TOKEN_TITLES",
    "every_read_is_refused",
    "invalid_token_cases",
    "is_refused_with_invalid_token",
]

_HEARTBEAT = 9999

GARBAGE_TOKEN = "0123456789abcdef0123456789abcdef"
"""A token of the right length that no login has returned."""

INVALID_TOKENS: Final[dict[str, TokenChoice]] = {"missing": OMIT, "empty": "", "garbage": GARBAGE_TOKEN}
"""By label: tokens that no device may accept."""

TOKEN_TITLES: Final = {
    "missing": "without a token",
    "empty": "with an empty token",
    "garbage": "with an unknown token",
}
"""The same in words that follow "a request"."""


def invalid_token_cases(head: str, folder: str | None = None) -> Iterator[Case[str]]:
    """The cases of every command that needs a token and whose clause begins with `head`; their data is the label of
    the token. With `folder`, only those of the commands of chapter IV that this folder of the suites judges.
    """
    for command in load().commands.values():
        if not command.token or command.cmdtype == _HEARTBEAT or command.clause.partition(".")[0] != head:
            continue
        if folder is not None and FOLDERS[command.cmdtype] != folder:
            continue
        for label, words in TOKEN_TITLES.items():
            yield Case(
                f"{command.clause}/token/{label}",
                f"{command.title}: a request {words} is refused",
                command.safety,
                requirement=f"{command.clause}/token",
                capabilities=capabilities_of(command),
                writes=(f"pair:{command.cmdtype}",) if command.group is Group.SET else (),
                quick=label == "missing" and command.cmdtype in (2, 500, 600),
                command=command,
                data=label,
            )


async def is_refused_with_invalid_token(dut: Device, command: Command, label: str) -> None:
    """Judge that a right request of `command` with an invalid token is refused."""
    request = values.request(command, dut.sizes)
    extra = {key: content for key, content in request.items() if key != "message"}
    client = await dut.open()
    # A device may look at the message first (R150), so it has to be right: 1 is a mode however it counts them (R53).
    message = {"mode": 1} if command.cmdtype == 39 else request["message"]
    # legal=False: the invalid token is the stimulus.
    token = INVALID_TOKENS[label]
    reply = await dut.ask(command.cmdtype, message, client=client, token=token, extra=extra, legal=False)
    dut.check(checks.refused(dut.catalogue, reply, "R25"))


async def every_read_is_refused(dut: Device, client: ControlClient | HttpClient, token: TokenChoice) -> None:
    """Judge that every command that needs a token and changes nothing is refused with `token`."""
    for command in dut.catalogue.commands.values():
        reads = command.safety is Safety.READ_ONLY and command.token and command.cmdtype != _HEARTBEAT
        if reads and offers(dut, command):
            message = values.request(command, dut.sizes)["message"]
            reply = await dut.ask(command.cmdtype, message, client=client, token=token, legal=False)
            dut.check(checks.refused(dut.catalogue, reply, "R25"))
