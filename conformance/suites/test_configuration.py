"""Chapter III: every get shows its whole configuration, every set is kept, every refused set changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

from conformance import checks
from conformance.case import Case, cases
from conformance.catalogue import Command, Field, Safety, load, values
from conformance.catalogue.sizes import DOCUMENT_SIZES
from conformance.checks import Result
from conformance.restore import writable
from conformance.verdict import CaseInconclusive
from fixtures.device import Device

_CATALOGUE = load()
_PAIRS = tuple(_CATALOGUE.pairs())

# Fields that only mean something together: a case that sets one sends the others too.
_TOGETHER = (
    ("emiss_mode", "emiss"),
    ("record_flag", "record_delay"),
    ("light_flag", "light_hold"),
    ("output_flag", "output_hold"),
    ("alarm_out_flag", "alarm_out_delay"),
    ("ipaddr", "netmask", "gateway"),
    ("flag", "serverport"),
    ("audio_playtype", "audio_playvalue"),
)


def _wide(command: Command) -> tuple[str, ...]:
    return (command.capability,) if command.capability else ()


def _gets(label: str, title: str, *, quick: bool = False) -> Iterator[Case]:
    for _, get in _PAIRS:
        yield Case(
            f"{get.clause}/get/{label}",
            f"{get.clause}/get",
            title.replace("{title}", get.title),
            get.clause,
            Safety.READ_ONLY,
            capabilities=_wide(get),
            quick=quick,
            command=get,
        )


@cases(_gets("present", "{title}: the whole configuration is shown", quick=True))
async def test_a_get_shows_the_whole_configuration(case: Case, dut: Device) -> None:
    await dut.get(case.subject.cmdtype)


@cases(_gets("default-0", "{title}: default 0 shows the same as no default"))
async def test_default_0_shows_present_values(case: Case, dut: Device) -> None:
    command = case.subject
    plain = await dut.get(command.cmdtype)
    asked = await dut.get(command.cmdtype, {"default": 0})
    found = checks.differences(_steady(command.reply), plain, asked)
    dut.check(_compared("default 0 shows the present values (R57)", found))


@cases(_gets("factory", "{title}: default 1 shows factory values"))
async def test_default_1_shows_factory_values(case: Case, dut: Device) -> None:
    await dut.get(case.subject.cmdtype, {"default": 1})


def _sets(label: str, requirement: str, title: str, **facts: Any) -> Iterator[Case]:
    for command, _ in _PAIRS:
        yield _set_case(command, label, requirement, title, **facts)


def _set_case(command: Command, label: str, requirement: str, title: str, **facts: Any) -> Case:
    return Case(
        f"{command.clause}/set/{label}",
        f"{command.clause}/{requirement}",
        title.replace("{title}", command.title),
        command.clause,
        command.safety,
        capabilities=_wide(command) + tuple(facts.pop("capabilities", ())),
        writes=(f"pair:{command.cmdtype}",),
        command=command,
        **facts,
    )


@cases(_sets("echo", "set", "{title}: what was got can be set and is shown again", quick=True))
async def test_what_was_got_can_be_set(case: Case, dut: Device) -> None:
    command, get = _pair(case)
    before = await dut.get(get.cmdtype)
    message = writable(dut.catalogue, command, before)
    await dut.succeeds(command.cmdtype, message, legal=False)
    after = await dut.get(get.cmdtype)
    dut.check(_compared("the values that were set", checks.shows(command.request, message, after)))


def _settable(command: Command) -> Iterator[Field]:
    """Every field of a set that a value can be put into, arrays and objects included."""
    for top in command.request:
        for field in top.walk():
            if not field.read_only and not field.path.endswith("[]"):
                yield field


def _label(field: Field) -> str:
    return field.path.removeprefix("message.").replace("[]", "")


def _wide_field(field: Field) -> tuple[str, ...]:
    return ("fire.areas-3-4",) if field.path.startswith(("message.area3", "message.area4")) else ()


# Members that a device need not support: only H.264 so far, and the sizes of the product (III.23).
_BY_PROJECT = frozenset({"message.params[].encodec", "message.params[].ratio"})
_UNSUPPORTED = (10002, 10008)
# What an empty list does here is not said (R162 for the days; entries told apart by their type for the others).
_NEVER_EMPTY = frozenset({"message.params", "message.store", "message.effect_day", "message.effect_day[].period"})


def _legal_values() -> Iterator[Case]:
    for command, _ in _PAIRS:
        for field in _settable(command):
            if field.secret or (field.source == "example" and not _wide_field(field)):
                continue
            for value in values.legals_in(command, field):
                if value.label == "empty" and field.path in _NEVER_EMPTY:
                    continue
                yield _set_case(
                    command,
                    f"{_label(field)}/{value.label}",
                    "legal",
                    f"{command.title}: {field.name} takes {checks.short(value.payload, 40)}",
                    capabilities=_wide_field(field),
                    data=(field.path, value.label),
                )


@cases(_legal_values())
async def test_a_legal_value_is_kept(case: Case, dut: Device) -> None:
    command, get = _pair(case)
    path, label = case.data
    value = _named(_legals(command.cmdtype, path, _sizes(dut)), label)
    before = await dut.get(get.cmdtype)
    message = _partial(command, path, value.payload, before, dut)
    reply = await dut.ask(command.cmdtype, message)
    after = await dut.get(get.cmdtype)
    if (path in _BY_PROJECT) and reply.retcode in _UNSUPPORTED:
        dut.demand(True, "kept, or refused as not supported", checks.describe(reply))
        dut.check(_compared("a refused set changes nothing", checks.differences(_steady(get.reply), before, after)))
        return
    if not dut.check(checks.success(reply)):
        return
    dut.check(_compared("the value that was set", checks.shows(command.request, message, after)))
    others = tuple(each for each in get.reply if each.name not in message)
    dut.check(_compared("the other fields as they were", checks.differences(_steady(others), before, after)))


def _illegal_values() -> Iterator[Case]:
    for command, _ in _PAIRS:
        for field in _settable(command):
            if field.source == "example":
                continue
            for value in values.violations(field, None, command.constraints):
                yield _set_case(
                    command,
                    f"{_label(field)}/{value.label}",
                    "illegal",
                    f"{command.title}: {field.name} refuses {checks.short(value.payload, 40)}",
                    data=(field.path, value.label),
                )


@cases(_illegal_values())
async def test_an_illegal_value_is_refused_and_changes_nothing(case: Case, dut: Device) -> None:
    command, get = _pair(case)
    path, label = case.data
    field = command.request_field(path)
    value = _named(_violations(command.cmdtype, path, _sizes(dut)), label)
    before = await dut.get(get.cmdtype)
    message = _partial(command, path, value.payload, before, dut)
    reply = await dut.ask(command.cmdtype, message, legal=False)
    after = await dut.must(get.cmdtype)
    if label == "null" and not field.required and reply.ok:
        # R153: null may be taken as absent; then what was sent beside it was a legal set.
        dut.judgement.observe("R153", "null taken as absent")
        others = tuple(each for each in get.reply if each.name not in message)
        dut.check(_compared("the other fields as they were", checks.differences(_steady(others), before, after)))
        return
    dut.check(checks.refused(dut.catalogue, reply, *_codes_for(command, field, label)))
    dut.check(_compared("a refused set changes nothing", checks.differences(_steady(get.reply), before, after)))


def _codes_for(command: Command, field: Field, label: str) -> tuple[str, ...]:
    if label == "null" and field.required:
        return ("R22", "R23")
    network = {"ipaddr", "netmask", "gateway", "dns1", "dns2"}
    return ("R22", "R31") if command.cmdtype == 9 and field.name in network else ("R22",)


def _missing_fields() -> Iterator[Case]:
    for command, _ in _PAIRS:
        for field in _settable(command):
            if field.required:
                yield _set_case(
                    command,
                    f"{_label(field)}/missing",
                    "missing",
                    f"{command.title}: {field.name} must be there",
                    data=(field.path, "missing"),
                )


@cases(_missing_fields())
async def test_a_missing_required_field_is_refused(case: Case, dut: Device) -> None:
    command, get = _pair(case)
    path, _ = case.data
    before = await dut.get(get.cmdtype)
    whole = {"message": values.request(command, dut.sizes)["message"]}
    message = values.without(whole, path)["message"]
    top = path.split(".")[1].removesuffix("[]")
    partial = {top: message[top]} if top in message else {}
    reply = await dut.ask(command.cmdtype, partial, legal=False)
    dut.check(checks.refused(dut.catalogue, reply, "R23", *(() if partial else ("R20",))))
    after = await dut.get(get.cmdtype)
    dut.check(_compared("a refused set changes nothing", checks.differences(_steady(get.reply), before, after)))


@cases(_sets("message-null", "empty", "{title}: a null message is refused"))
async def test_a_null_message_is_refused(case: Case, dut: Device) -> None:
    command, get = _pair(case)
    before = await dut.get(get.cmdtype)
    await dut.is_refused(command.cmdtype, None, "R20", null=True)
    after = await dut.get(get.cmdtype)
    dut.check(_compared("a refused set changes nothing", checks.differences(_steady(get.reply), before, after)))


@cache
def _legals(cmdtype: int, path: str, sizes: tuple[tuple[str, int], ...]) -> tuple[values.Value, ...]:
    command = _CATALOGUE.commands[cmdtype]
    return values.legals_in(command, command.request_field(path), dict(sizes))


@cache
def _violations(cmdtype: int, path: str, sizes: tuple[tuple[str, int], ...]) -> tuple[values.Value, ...]:
    command = _CATALOGUE.commands[cmdtype]
    return values.violations(command.request_field(path), dict(sizes), command.constraints)


def _sizes(dut: Device) -> tuple[tuple[str, int], ...]:
    """The device's sizes, the document's where it does not say."""
    return tuple({**DOCUMENT_SIZES, **dut.sizes}.items())


def _pair(case: Case) -> tuple[Command, Command]:
    command = case.subject
    assert command.pair is not None
    return command, _CATALOGUE.commands[command.pair]


def _named(found: tuple[values.Value, ...], label: str) -> values.Value:
    """The value of that label with this device's own sizes; a size can make two of them one."""
    for value in found:
        if value.label == label:
            return value
    raise CaseInconclusive(f"with this device's sizes there is no value {label}")


def _partial(command: Command, path: str, payload: Any, before: dict[str, Any], dut: Device) -> dict[str, Any]:
    """A set of just the top field of `path` and what belongs to it, the rest of its address kept as it is."""
    whole = values.request_with(command, path, payload, dut.sizes)["message"]
    top = path.split(".")[1].removesuffix("[]")
    names = {top}
    for group in _TOGETHER:
        if top in group:
            names.update(group)
    if command.cmdtype == 9 and top in ("ipaddr", "netmask", "gateway"):
        own: dict[str, Any] = {name: before[name] for name in ("ipaddr", "netmask", "gateway") if name in before}
        return {**own, top: whole[top]}
    return {name: content for name, content in whole.items() if name in names}


def _steady(fields: tuple[Field, ...]) -> tuple[Field, ...]:
    """Fields that do not change by themselves."""
    return tuple(field for field in fields if not field.read_only)


def _compared(expected: str, found: list[str]) -> Result:
    result = Result(expected, "as expected")
    for difference in found:
        result.fail(expected, difference, "read-back")
    return result
