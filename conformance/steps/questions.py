"""Commands of chapter IV whose legal request only asks: each is asked, and its whole reply is judged."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from conformance import checks
from conformance.catalogue import Command, load, values
from conformance.catalogue.formats import DATETIME
from conformance.catalogue.json_types import JsonObject
from conformance.dut.device import Device
from conformance.rules.case import Case
from conformance.steps import stored_files as stored
from conformance.steps import waiting
from conformance.steps.capabilities import capabilities_of
from conformance.steps.folders import FOLDERS
from conformance.steps.legal_requests import end_period

__all__ = ["judge_answer", "questions"]

_CATALOGUE = load()

_KINDS_OF_FILES = tuple((name, {"videotype": kind.video, "datatype": kind.data}) for name, kind in stored.KINDS.items())

_QUESTIONS: dict[int, tuple[tuple[str, JsonObject], ...]] = {
    505: (("reply", {}),),
    507: (("reply", {}),),
    510: (("reply", {}),),
    513: _KINDS_OF_FILES,
    514: _KINDS_OF_FILES,
    515: tuple((f"temperature-{kind}", {"query_temp_type": kind}) for kind in (1, 2, 3)),
    520: (("reply", {}),),
    522: (("reply", {}),),
    523: tuple((f"type-{kind}", {"type": kind}) for kind in (1, 2, 3)),
    528: (("reply", {}),),
    530: tuple((f"type-{kind}", {"type": kind}) for kind in (0, 1)),
    531: (("reply", {}),),
}
"""By number of a command: the names of its questions, and what each changes of a legal message."""


def questions(folder: str) -> Iterator[Case[JsonObject]]:
    """A case for each question of the commands of a folder of the suites."""
    for number, variants in _QUESTIONS.items():
        command = _CATALOGUE.commands[number]
        if FOLDERS[number] != folder:
            continue
        for label, changes in variants:
            yield Case(
                f"{command.clause}/{label}",
                f"Command {number} must be answered in full: {command.title}" + (f" ({label})" if changes else ""),
                requirement=f"{command.clause}/reply",
                capabilities=capabilities_of(number),
                quick=True,
                command=command,
                data=changes,
            )


async def judge_answer(dut: Device, case: Case[JsonObject]) -> None:
    """Ask the command of the case, and judge its reply with every field of it."""
    command = case.subject
    reply = await waiting.ask_when_ready(dut, command.cmdtype, {**_message(command, dut), **case.data})
    if dut.check(checks.success(reply)):
        dut.conforms(command, reply)


def _message(command: Command, dut: Device) -> JsonObject:
    """A legal message. Periods end now, because an answer without entries is legal and shows nothing."""
    message: JsonObject = values.request(command, dut.sizes)["message"]
    now = _device_time(dut)
    end_period(message, now)
    if "report" in message:
        message["report"] = 0
    return message


def _device_time(dut: Device) -> datetime:
    """The device's time as 500 showed it at the start of the run; the host's where it showed none."""
    try:
        return datetime.strptime(str(dut.facts.general.get("datetime")), DATETIME)
    except ValueError:
        return datetime.now()
