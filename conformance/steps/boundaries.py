"""Every request field of the commands 505 to 617, generated from the catalogue.

Legal values are accepted, illegal ones are refused and change nothing, and a request without a required field is
refused. An illegal request is a legal one with one illegal value, in a state of the device in which the legal one would
be obeyed (`legal_request`), so that the value is the only reason to refuse it. What the command could change is read
before and after (`_state`). Each folder of the suites has the cases of its own commands (`FOLDERS`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TypeVar

from conformance import checks
from conformance.catalogue import Command, Field, Safety, load, values
from conformance.catalogue.formats import DATETIME
from conformance.catalogue.json_types import Json, JsonObject
from conformance.client import Reply
from conformance.dut.device import Device
from conformance.rules.case import Case
from conformance.steps import device_time, ptz_lists, waiting
from conformance.steps import stored_files as stored
from conformance.steps.capabilities import capabilities_of
from conformance.steps.field_values import FieldValue, label_of_field, settable_fields, value_of_label
from conformance.steps.folders import FOLDERS
from conformance.steps.image_sizes import sizes_of
from conformance.steps.legal_requests import device_text, legal_request
from conformance.steps.titles import json_of

__all__ = [
    "illegal_values",
    "judge_illegal_value",
    "judge_legal_value",
    "judge_missing_field",
    "judge_null_message",
    "legal_values",
    "missing_fields",
    "null_messages",
]

_CATALOGUE = load()
_Data = TypeVar("_Data")


_WRITES: dict[int, tuple[str, ...]] = {
    506: ("clock",),
    509: ("recording",),
    518: ("pair:5",),
    527: ("dead-pixels",),
    600: ("ptz",),
    602: ("presets",),
    603: ("presets",),
    604: ("presets",),
    605: ("presets", "ptz"),
    607: ("cruise-groups", "presets"),
    608: ("cruise-groups", "presets"),
    609: ("cruise-groups", "presets"),
    610: ("cruise-groups", "presets", "ptz"),
    612: ("linescans",),
    613: ("linescans", "ptz"),
    615: ("ptz",),
    616: ("ptz",),
}
"""What each command may change if it obeys a request that it has to refuse."""

_LEGAL = frozenset({506, 513, 514, 515, 517, 521, 523, 524, 527, 530, 531, 602, 607, 612})
"""Commands whose legal values are judged here; those of the others have cases of their own."""

_NOT_ALONE = frozenset({"subtype", "message.cruise_groups[].presets[].index"})
"""Fields whose legal values have a meaning only beside others, or name an entry that has to exist."""

_OPEN = {
    (513, "message.pageindex", "below-min"): "R69",
    (514, "message.videotype", "outside-enum-below"): "R70",
    **{
        (number, f"message.{name}", "bad-format-february-30"): "R168"
        for number, names in ((513, ("starttime", "endtime")), (515, ("query_start_time", "query_end_time")))
        for name in names
    },
}
"""Values that are observed, not judged, by the reading that leaves them open: the examples of the document send them
although its tables forbid them (R69, R70), or a device may compare times as text (R168).
"""


def _judged(folder: str) -> Iterator[Command]:
    """The commands of a folder of the suites whose requests have fields."""
    for number, command in sorted(_CATALOGUE.commands.items()):
        if 505 <= number <= 617 and FOLDERS[number] == folder and command.envelope + command.request:
            yield command


def _case(
    command: Command, label: str, requirement: str, title: str, *, data: _Data, quick: bool = False
) -> Case[_Data]:
    writes = _WRITES.get(command.cmdtype, ())
    safety = command.safety
    if writes and safety is Safety.READ_ONLY:
        safety = Safety.REVERSIBLE
    return Case(
        f"{command.clause}/field/{label}",
        f"{command.title}: {title}",
        safety,
        requirement=f"{command.clause}/{requirement}",
        capabilities=(*capabilities_of(command.cmdtype), *_also(command.cmdtype)),
        writes=writes,
        command=command,
        data=data,
        quick=quick,
    )


def _also(number: int) -> tuple[str, ...]:
    """Capabilities beside the command's own: a cruise group needs presets; where the PTZ may move, 617 is asked."""
    needed = ("ptz.preset",) if number in range(607, 611) else ()
    return (*needed, "ptz") if "ptz" in _WRITES.get(number, ()) and number != 600 else needed


def legal_values(folder: str) -> Iterator[Case[FieldValue]]:
    """A case for each legal value of the fields of a folder's commands."""
    for command in _judged(folder):
        if command.cmdtype not in _LEGAL:
            continue
        for field in settable_fields(command):
            if field.type == "array" or field.path in _NOT_ALONE:
                continue
            for value in values.legals(field):
                title = f"{label_of_field(field)} accepts {json_of(value.payload)}"
                label = f"{label_of_field(field)}/{value.label}"
                yield _case(command, label, "field-legal", title, data=FieldValue(field.path, value.label))


async def judge_legal_value(dut: Device, case: Case[FieldValue]) -> None:
    """Judge that the command of the case accepts the value."""
    command = case.subject
    path, label = case.data
    field = _own(dut, command.request_field(path))
    value = value_of_label(values.legals(field, sizes_of(dut)), label)
    if field.name in _ADDED and await _known(dut, field.name, value.payload):
        return
    request = values.with_value(await legal_request(dut, command), path, value.payload)
    if path.endswith(("starttime", "endtime", "start_time", "end_time")):
        _span_an_hour(request["message"], value.payload, ends=path.endswith(("endtime", "end_time")))
    reply = await _ask(dut, command.cmdtype, request)
    if path == "message.cursor_type" and value.payload == 1 and not reply.ok:
        # "Currently only the infrared image is supported" (IV.521).
        dut.check(checks.refused(dut.catalogue, reply, "R22"))
        return
    if dut.check(checks.success(reply)):
        dut.conforms(command, reply)


_ADDED = {
    "index": (601, "presets", "index", 604),
    "cruise_index": (606, "cruise_groups", "cruise_index", 609),
}


async def _known(dut: Device, name: str, index: int) -> bool:
    """Whether the index is in use: then the preset or group there is set again as it is, which changes nothing."""
    query, key, field, change = _ADDED[name]
    entry = (await ptz_lists.entries(dut, query, key, field)).get(index)
    if entry is not None:
        await dut.succeeds(change, {key: [entry]})
    return entry is not None


def _span_an_hour(message: JsonObject, moment: str, *, ends: bool) -> None:
    """Let the period of a query begin, or end, at `moment`; a longer period than an hour may be refused (R168)."""
    start, end = ("starttime", "endtime") if "starttime" in message else ("query_start_time", "query_end_time")
    hour = timedelta(hours=-1 if ends else 1)
    message[start if ends else end] = device_text(datetime.strptime(moment, DATETIME) + hour)


def illegal_values(folder: str) -> Iterator[Case[FieldValue]]:
    """A case for each illegal value of the fields of a folder's commands."""
    for command in _judged(folder):
        first = True
        for field in settable_fields(command):
            for value in values.violations(field, None, command.constraints):
                title = f"{label_of_field(field)} refuses {json_of(value.payload)}"
                label = f"{label_of_field(field)}/{value.label}"
                data = FieldValue(field.path, value.label)
                yield _case(command, label, "field-illegal", title, data=data, quick=first)
                first = False


async def judge_illegal_value(dut: Device, case: Case[FieldValue]) -> None:
    """Judge that the command of the case refuses the value and changes nothing."""
    command = case.subject
    path, label = case.data
    field = _own(dut, command.request_field(path))
    value = value_of_label(values.violations(field, sizes_of(dut), command.constraints), label)
    request = values.with_value(await legal_request(dut, command), path, value.payload)
    before = await _state(dut, command.cmdtype)
    reply = await _ask(dut, command.cmdtype, request)
    optional = label == "null" and not field.required
    if reading := _OPEN.get((command.cmdtype, path, label)) or ("R153" if optional and reply.ok else None):
        dut.judgement.observe(
            reading, f"{command.cmdtype} {field.name} {checks.short(value.payload, 40)}: {reply.retcode}"
        )
        dut.demand(reply.retcode in dut.catalogue.return_codes, "a documented code", checks.describe(reply))
        return
    # For an empty object in the place of an array a device may report the fields inside as missing (R73).
    missing = ("R23",) if label in ("null", "wrong-type-object") else ()
    dut.check(checks.refused(dut.catalogue, reply, "R22", *missing))
    _unchanged(dut, before, await _state(dut, command.cmdtype))


def missing_fields(folder: str) -> Iterator[Case[str]]:
    """A case for each required field of a folder's commands; its data is the path of the field."""
    for command in _judged(folder):
        for field in settable_fields(command):
            if field.required:
                label = f"{label_of_field(field)}/missing"
                title = f"a request without {label_of_field(field)} is refused"
                yield _case(command, label, "field-missing", title, data=field.path)


async def judge_missing_field(dut: Device, case: Case[str]) -> None:
    """Judge that the command of the case refuses a request without the field and changes nothing."""
    command = case.subject
    request = values.without(await legal_request(dut, command), case.data)
    before = await _state(dut, command.cmdtype)
    reply = await _ask(dut, command.cmdtype, request)
    empty = not request.get("message")
    dut.check(checks.refused(dut.catalogue, reply, "R23", *(("R20",) if empty else ())))
    _unchanged(dut, before, await _state(dut, command.cmdtype))


def null_messages(folder: str) -> Iterator[Case[None]]:
    """A case for each of a folder's commands whose message has required fields."""
    for command in _judged(folder):
        if any(field.required for field in command.request):
            yield _case(command, "message-null", "message-null", "a null message is refused", data=None)


async def judge_null_message(dut: Device, case: Case) -> None:
    """Judge that the command of the case refuses a null message and changes nothing."""
    number = case.subject.cmdtype
    request = {**await legal_request(dut, case.subject), "message": None}
    before = await _state(dut, number)
    dut.check(checks.refused(dut.catalogue, await _ask(dut, number, request), "R20", "R23"))
    _unchanged(dut, before, await _state(dut, number))


async def _ask(dut: Device, number: int, request: JsonObject) -> Reply:
    extra = {key: value for key, value in request.items() if key != "message"} or None
    null = request.get("message") is None
    return await waiting.ask_when_ready(dut, number, request.get("message"), extra=extra, legal=False, null=null)


# What must not change


_SHOWN_BY: dict[int, tuple[int, ...]] = {
    518: (6,),
    527: (528,),
    **dict.fromkeys((602, 603, 604), (601,)),
    **dict.fromkeys((607, 608, 609), (606,)),
    612: (611,),
    615: (614,),
    **dict.fromkeys((600, 605, 610, 613, 616), (617,)),
}
"""The query that shows what a command changes."""


async def _state(dut: Device, number: int) -> Json:
    """What the device shows of what command `number` changes; an empty list where no query shows it."""
    if number == 506:
        return round((await device_time.read(dut) - dut.clock.now()).total_seconds())
    if number == 509:
        state = await dut.must(509, {"record_stream": 0}, extra={"subtype": 4})
        return {key: state.get(key) for key in stored.RUNNING}
    return [await dut.must(each) for each in _SHOWN_BY.get(number, ())]


def _unchanged(dut: Device, before: Json, after: Json) -> None:
    same = abs(before - after) <= 5 if isinstance(before, int) else before == after
    dut.demand(same, f"{checks.short(before)}, as before the refused request", checks.short(after))


def _own(dut: Device, field: Field) -> Field:
    """The field with the device's own limit, where the profile knows one (R90)."""
    limit = ptz_lists.LIMITS.get(field.name)
    return field if limit is None else replace(field, maximum=dut.profile[limit])
