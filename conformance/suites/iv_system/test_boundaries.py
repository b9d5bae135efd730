"""Chapter IV, every request field of a function and of the head: legal values are taken, illegal ones refused and
without effect, required ones missed. Generated from the catalogue.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from conformance import checks
from conformance.catalogue import Command, Field, Safety, load, values
from conformance.catalogue.sizes import DOCUMENT_SIZES
from conformance.client import Reply
from conformance.dut.device import Device
from conformance.rules.case import Case, cases
from conformance.rules.verdict import CaseNotApplicable
from conformance.steps import device_time, ptz_lists, waiting
from conformance.steps.capabilities import capabilities_of

_CATALOGUE = load()

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
"""What each command may change, if it does what it should refuse."""

_JUDGED = tuple(
    command
    for number, command in sorted(_CATALOGUE.commands.items())
    if 505 <= number <= 617 and command.envelope + command.request
)
_LEGAL = frozenset({506, 513, 514, 515, 517, 521, 523, 524, 527, 530, 531, 602, 607, 612})
"""Commands whose legal values are sent here; the others' take part in cases of their own."""

_NOT_ALONE = frozenset({"subtype", "message.cruise_groups[].presets[].index"})
"""Fields whose legal values mean something only beside others, or name what has to exist."""

# The examples of the document send these although its tables forbid them (R69, R70), or a device may compare times as
# the text they are: what it does with them is noted.
_OPEN = {
    (513, "message.pageindex", "below-min"): "R69",
    (514, "message.videotype", "outside-enum-below"): "R70",
    **{
        (number, f"message.{name}", "bad-format-february-30"): "R168"
        for number, names in ((513, ("starttime", "endtime")), (515, ("query_start_time", "query_end_time")))
        for name in names
    },
}


def _fields(command: Command) -> Iterator[Field]:
    for top in command.envelope + command.request:
        for field in top.walk():
            if not field.read_only and not field.path.endswith("[]"):
                yield field


def _label(field: Field) -> str:
    return field.path.removeprefix("message.").replace("[]", "")


def _case(command: Command, label: str, requirement: str, title: str, **facts: Any) -> Case[Any]:
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
        **facts,
    )


def _also(number: int) -> tuple[str, ...]:
    """A cruise group needs presets; whatever may begin to move is asked by 617."""
    needed = ("ptz.preset",) if number in range(607, 611) else ()
    return (*needed, "ptz") if "ptz" in _WRITES.get(number, ()) and number != 600 else needed


def _legal_values() -> Iterator[Case[Any]]:
    for command in _JUDGED:
        if command.cmdtype not in _LEGAL:
            continue
        for field in _fields(command):
            if field.type == "array" or field.path in _NOT_ALONE:
                continue
            for value in values.legals(field):
                title = f"{field.name} takes {checks.short(value.payload, 40)}"
                label = f"{_label(field)}/{value.label}"
                yield _case(command, label, "field-legal", title, data=(field.path, value.label))


@cases(_legal_values())
async def test_a_legal_value_is_taken(case: Case[Any], dut: Device) -> None:
    command = case.subject
    path, label = case.data
    field = _own(dut, command.request_field(path))
    value = _named(values.legals(field, _sizes(dut)), label)
    if field.name in _ADDED and await _known(dut, field.name, value.payload):
        return
    request = values.with_value(await _stage(dut, command), path, value.payload)
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
    """Whether somebody's preset or group stands at that index: then it is set again as it is, which moves nothing."""
    query, key, field, change = _ADDED[name]
    entry = (await ptz_lists.entries(dut, query, key, field)).get(index)
    if entry is not None:
        await dut.succeeds(change, {key: [entry]})
    return entry is not None


def _span_an_hour(message: dict[str, Any], moment: str, *, ends: bool) -> None:
    """Let the period of a query begin, or end, at `moment`: how long a period a device looks through is open (R168)."""
    start, end = ("starttime", "endtime") if "starttime" in message else ("query_start_time", "query_end_time")
    hour = timedelta(hours=-1 if ends else 1)
    message[start if ends else end] = _text(datetime.strptime(moment, device_time.FORMAT) + hour)


def _illegal_values() -> Iterator[Case[Any]]:
    for command in _JUDGED:
        first = True
        for field in _fields(command):
            for value in values.violations(field, None, command.constraints):
                title = f"{field.name} refuses {checks.short(value.payload, 40)}"
                label = f"{_label(field)}/{value.label}"
                facts = {"data": (field.path, value.label), "quick": first}
                yield _case(command, label, "field-illegal", title, **facts)
                first = False


@cases(_illegal_values())
async def test_an_illegal_value_is_refused_and_changes_nothing(case: Case[Any], dut: Device) -> None:
    command = case.subject
    path, label = case.data
    field = _own(dut, command.request_field(path))
    value = _named(values.violations(field, _sizes(dut), command.constraints), label)
    request = values.with_value(await _stage(dut, command), path, value.payload)
    before = await _state(dut, command.cmdtype)
    reply = await _ask(dut, command.cmdtype, request)
    optional = label == "null" and not field.required
    if reading := _OPEN.get((command.cmdtype, path, label)) or ("R153" if optional and reply.ok else None):
        dut.judgement.observe(
            reading, f"{command.cmdtype} {field.name} {checks.short(value.payload, 40)}: {reply.retcode}"
        )
        dut.demand(reply.retcode in dut.catalogue.return_codes, "a documented code", checks.describe(reply))
        return
    # An empty object in the place of an array may be missed for what should be inside (R73).
    missing = ("R23",) if label in ("null", "wrong-type-object") else ()
    dut.check(checks.refused(dut.catalogue, reply, "R22", *missing))
    _unchanged(dut, before, await _state(dut, command.cmdtype))


def _missing_fields() -> Iterator[Case[Any]]:
    for command in _JUDGED:
        for field in _fields(command):
            if field.required:
                label = f"{_label(field)}/missing"
                yield _case(command, label, "field-missing", f"{field.name} must be there", data=field.path)


@cases(_missing_fields())
async def test_a_missing_required_field_is_refused(case: Case[Any], dut: Device) -> None:
    command = case.subject
    request = values.without(await _stage(dut, command), case.data)
    before = await _state(dut, command.cmdtype)
    reply = await _ask(dut, command.cmdtype, request)
    empty = not request.get("message")
    dut.check(checks.refused(dut.catalogue, reply, "R23", *(("R20",) if empty else ())))
    _unchanged(dut, before, await _state(dut, command.cmdtype))


@cases(
    _case(command, "message-null", "message-null", "a null message is refused")
    for command in _JUDGED
    if any(field.required for field in command.request)
)
async def test_a_null_message_is_refused(case: Case, dut: Device) -> None:
    number = case.subject.cmdtype
    request = {**await _stage(dut, case.subject), "message": None}
    before = await _state(dut, number)
    dut.check(checks.refused(dut.catalogue, await _ask(dut, number, request), "R20", "R23"))
    _unchanged(dut, before, await _state(dut, number))


# Legal requests


async def _ask(dut: Device, number: int, request: dict[str, Any]) -> Reply:
    extra = {key: value for key, value in request.items() if key != "message"} or None
    null = request.get("message") is None
    return await waiting.ask_when_ready(dut, number, request.get("message"), extra=extra, legal=False, null=null)


async def _stage(dut: Device, command: Command) -> dict[str, Any]:
    """A request of `command` that the device has to obey as it stands now; what it acts on is made first."""
    prepare = _PREPARED.get(command.cmdtype)
    if prepare is not None:
        return {"message": await prepare(dut)}
    request = values.request(command, dut.sizes)
    message = request["message"]
    if command.cmdtype in (513, 514, 515):
        now = await device_time.read(dut)
        for start, end in (("starttime", "endtime"), ("query_start_time", "query_end_time")):
            if start in message:
                message.update({start: _text(now - timedelta(hours=1)), end: _text(now)})
        if "year" in message:
            message.update(year=now.year, month=now.month)
    if command.cmdtype == 515:
        message["report"] = 0
    if command.cmdtype == 506:
        message["datetime"] = _text(await device_time.read(dut))
    if command.cmdtype == 509:
        # To stop what does not run; with stream 0 every subtype but 4 is wrong anyway (R131).
        request.update(subtype=3, message={"record_stream": 1})
    if command.cmdtype == 516:
        message["push_report"] = 0
    if command.cmdtype == 517:
        message["interval"] = 1
    if command.cmdtype == 600:
        message.update(ptz_command=12, ptz_action=1, ptz_param1=5)
    if command.cmdtype == 615:
        message.update(trace_index=dut.profile["ptz_traces"], trace_record_action=1)
    if command.cmdtype == 616:
        message.update(trace_index=dut.profile["ptz_traces"], trace_action=1)
    return request


def _text(moment: datetime) -> str:
    return moment.strftime(device_time.FORMAT)


async def _new_preset(dut: Device) -> dict[str, Any]:
    present = await ptz_lists.entries(dut, 601, "presets", "index")
    (index,) = ptz_lists.free(present, dut.profile["ptz_presets"])
    return ptz_lists.preset((index, "north", 0))


async def _old_preset(dut: Device) -> dict[str, Any]:
    (index,) = await ptz_lists.add_preset(dut)
    return ptz_lists.preset((index, "south", 0))


async def _preset_to_delete(dut: Device) -> dict[str, Any]:
    (index,) = await ptz_lists.add_preset(dut)
    return {"presets": [{"index": index}]}


async def _preset_to_approach(dut: Device) -> dict[str, Any]:
    (index,) = await ptz_lists.add_preset(dut)
    return {"index": index}


async def _new_group(dut: Device) -> dict[str, Any]:
    (stop,) = await ptz_lists.add_preset(dut)
    present = await ptz_lists.entries(dut, 606, "cruise_groups", "cruise_index")
    (index,) = ptz_lists.free(present, dut.profile["ptz_cruise_groups"])
    return ptz_lists.group(index, "round", [{"index": stop, "name": f"p{stop}", "param": 0, "duration": 10}])


async def _old_group(dut: Device) -> dict[str, Any]:
    index, stops = await ptz_lists.add_group(dut, 1)
    return ptz_lists.group(index, "again", stops)


async def _group_to_delete(dut: Device) -> dict[str, Any]:
    index, _ = await ptz_lists.add_group(dut, 1)
    return {"cruise_groups": [{"cruise_index": index}]}


async def _group_to_stop(dut: Device) -> dict[str, Any]:
    index, _ = await ptz_lists.add_group(dut, 1)
    return {"cruise_index": index, "cruise_action": 1}


async def _scan_to_change(dut: Device) -> dict[str, Any]:
    last = dut.profile["ptz_linescans"]
    shown = (await ptz_lists.entries(dut, 611, "linescan_groups", "linescan_index")).get(last, {})
    settings = values.request(dut.catalogue.commands[612])["message"]
    return {key: shown.get(key, value) for key, value in {**settings, "linescan_index": last}.items()}


async def _scan_to_stop(dut: Device) -> dict[str, Any]:
    return {"linescan_index": dut.profile["ptz_linescans"], "linescan_action": 1}


_PREPARED: dict[int, Callable[[Device], Awaitable[dict[str, Any]]]] = {
    602: _new_preset,
    603: _preset_to_delete,
    604: _old_preset,
    605: _preset_to_approach,
    607: _new_group,
    608: _group_to_delete,
    609: _old_group,
    610: _group_to_stop,
    612: _scan_to_change,
    613: _scan_to_stop,
}


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


async def _state(dut: Device, number: int) -> Any:
    """What the device shows of the things that command `number` changes; None where nothing shows them."""
    if number == 506:
        return round((await device_time.read(dut) - dut.clock.now()).total_seconds())
    if number == 509:
        state = await dut.must(509, {"record_stream": 0}, extra={"subtype": 4})
        return {key: state.get(key) for key in ("status", "allrecord", "delay_status", "capture_status")}
    return [await dut.must(each) for each in _SHOWN_BY.get(number, ())]


def _unchanged(dut: Device, before: Any, after: Any) -> None:
    same = abs(before - after) <= 5 if isinstance(before, int) else before == after
    dut.demand(same, "a refused request changes nothing", f"{checks.short(before)} -> {checks.short(after)}")


def _own(dut: Device, field: Field) -> Field:
    """The field with the device's own limit (R90)."""
    limit = ptz_lists.LIMITS.get(field.name)
    return field if limit is None else replace(field, maximum=dut.profile[limit])


def _sizes(dut: Device) -> dict[str, int]:
    return {**DOCUMENT_SIZES, **dut.sizes}


def _named(found: tuple[values.Value, ...], label: str) -> values.Value:
    for value in found:
        if value.label == label:
            return value
    raise CaseNotApplicable(f"with the sizes and limits of this device there is no value {label}")
