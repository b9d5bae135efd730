"""Chapter III, value by value: each legal value of each field is kept, each illegal one refused and without effect."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

from conformance import checks
from conformance.catalogue import Command, Field, values
from conformance.catalogue.sizes import DOCUMENT_SIZES
from conformance.dut.device import Device
from conformance.rules.case import Case, cases
from conformance.rules.verdict import CaseNotApplicable
from conformance.steps.pairs import CATALOGUE, PAIRS, Pair, capabilities_of, compared, set_case

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
# Members that a device need not support: only H.264 so far, and the sizes of the product (III.23).
_BY_PROJECT = frozenset({"message.params[].encodec", "message.params[].ratio"})
_UNSUPPORTED = (10002, 10008)
_NO_DHCP = 10019  # where no server answers (R14)
# What an empty list does here is not said (R162 for the days; entries told apart by their type for the others).
_NEVER_EMPTY = frozenset({"message.params", "message.store", "message.effect_day", "message.effect_day[].period"})
# Each kind of address has a code of its own (R31).
_ADDRESS_CODES = {"ipaddr": 10014, "dns1": 10014, "dns2": 10014, "netmask": 10016, "gateway": 10017}


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


def _legal_values() -> Iterator[Case[Any]]:
    for command, _ in PAIRS:
        for field in _settable(command):
            if field.secret or (field.source == "example" and not _wide_field(field)):
                continue
            for value in values.legals_in(command, field):
                if value.label == "empty" and field.path in _NEVER_EMPTY:
                    continue
                yield set_case(
                    command,
                    f"{_label(field)}/{value.label}",
                    "legal",
                    f"{field.name} takes {checks.short(value.payload, 40)}",
                    capabilities=_wide_field(field),
                    data=(field.path, value.label),
                )


@cases(_legal_values())
async def test_a_legal_value_is_kept(case: Case[Any], dut: Device) -> None:
    path, label = case.data
    pair, before = await Pair.of(dut, case.subject)
    value = _named(_legals(case.subject.cmdtype, path, _sizes(dut)), label)
    message = _partial(pair.command, path, value.payload, before, dut)
    reply = await pair.send(message)
    free = _free(pair, path, before)
    if free is not None or (path in _BY_PROJECT and reply.retcode in _UNSUPPORTED):
        dut.judgement.observe(free or "R49", f"{_label(pair.command.request_field(path))}: {reply.retcode}")
        await pair.is_still(before, but=message if reply.ok else None)
        return
    if pair.command.cmdtype == 9 and reply.retcode == _NO_DHCP:
        dut.judgement.observe("R14", f"{_label(pair.command.request_field(path))}: {reply.retcode}")
        await pair.is_still(before)
        return
    if dut.check(checks.success(reply)):
        after = await pair.read()
        dut.check(compared("the value that was set", pair.shows(message, after)))
        await pair.is_still(before, but=message)


def _free(pair: Pair, path: str, shown: dict[str, Any]) -> str | None:
    """The reading that lets this device do without the field at `path`, or by another range: only observed then."""
    return pair.hides(path, shown) or ("R48" if pair.renamed(path) else None)


def _illegal_values() -> Iterator[Case[Any]]:
    for command, _ in PAIRS:
        for field in _settable(command):
            if field.source == "example" and not _wide_field(field):
                continue
            for value in values.violations(field, None, command.constraints):
                yield set_case(
                    command,
                    f"{_label(field)}/{value.label}",
                    "illegal",
                    f"{field.name} refuses {checks.short(value.payload, 40)}",
                    capabilities=_wide_field(field),
                    data=(field.path, value.label),
                )


@cases(_illegal_values())
async def test_an_illegal_value_is_refused_and_changes_nothing(case: Case[Any], dut: Device) -> None:
    await _is_refused(dut, case.subject, *case.data)


async def _is_refused(dut: Device, command: Command, path: str, label: str, **how: Any) -> None:
    field = command.request_field(path)
    pair, before = await Pair.of(dut, command)
    value = _named(_violations(command.cmdtype, path, _sizes(dut)), label)
    message = _partial(pair.command, path, value.payload, before, dut)
    reply = await pair.send(message, **how)
    free = _free(pair, path, before)
    if reply.ok and (free is not None or (label == "null" and not field.required)):
        # R153: null may be taken as absent; then what was sent beside it was a legal set.
        dut.judgement.observe(free or "R153", f"{label} taken")
        await pair.is_still(before, but=message)
        return
    only = _ADDRESS_CODES.get(field.name) if label.startswith("bad-format") and command.cmdtype == 9 else None
    # Where an illegal address is of another type or null, the general code will do as well.
    readings = ("R31",) if only else ("R22", "R23") if label == "null" else ("R22",)
    if only and field.name.startswith("dns"):
        # R31 speaks of the address, the mask and the gateway: a name server is a field like any other as well (R22).
        readings = ("R31", "R22")
    if command.cmdtype == 9 and field.name in _ADDRESS_CODES and not only:
        readings = (*readings, "R31")
    dut.check(checks.refused(CATALOGUE, reply, *readings, only=only))
    await pair.is_still(before)


# What one transport does with them, the other does: JSON is read before the fields are.
_ELSEWHERE = frozenset({"null", "wrong-type-array", "wrong-type-object", "wrong-type-fraction", "2-64"})


def _one_of_each(command: Command) -> tuple[tuple[str, str], ...]:
    """One illegal value of each kind (above its range, of another type ...), each in the first field that has it."""
    found: dict[str, str] = {}
    for field in _settable(command):
        if field.source != "example" and not _wide_field(field):
            for value in values.violations(field, None, command.constraints):
                if value.label not in _ELSEWHERE:
                    found.setdefault(value.label, field.path)
    return tuple((path, label) for label, path in found.items())


@cases(
    Case(
        f"A5/illegal/{command.cmdtype}",
        f"{command.title}: illegal values are refused over HTTP too, and change nothing",
        command.safety,
        requirement="A5/illegal",
        capabilities=("http.login", *capabilities_of(command)),
        writes=(f"pair:{command.cmdtype}",),
        command=command,
        data=_one_of_each(command),
    )
    for command, _ in PAIRS
)
async def test_an_illegal_value_is_refused_over_http(case: Case[Any], dut: Device) -> None:
    for path, label in case.data:
        # This device's own sizes can make two values one.
        if any(value.label == label for value in _violations(case.subject.cmdtype, path, _sizes(dut))):
            await _is_refused(dut, case.subject, path, label, client=await dut.http())


def _missing_fields() -> Iterator[Case[Any]]:
    for command, _ in PAIRS:
        for field in _settable(command):
            if field.required:
                yield set_case(
                    command,
                    f"{_label(field)}/missing",
                    "missing",
                    f"{field.name} must be there",
                    data=field.path,
                )


@cases(_missing_fields())
async def test_a_missing_required_field_is_refused(case: Case[Any], dut: Device) -> None:
    path: str = case.data
    pair, before = await Pair.of(dut, case.subject)
    whole = {"message": values.request(pair.command, dut.sizes)["message"]}
    message = values.without(whole, path)["message"]
    top = path.split(".")[1].removesuffix("[]")
    partial = {top: message[top]} if top in message else {}
    reply = await pair.send(partial)
    dut.check(checks.refused(CATALOGUE, reply, "R23", *(() if partial else ("R20",))))
    await pair.is_still(before)


@cache
def _legals(cmdtype: int, path: str, sizes: tuple[tuple[str, int], ...]) -> tuple[values.Value, ...]:
    command = CATALOGUE.commands[cmdtype]
    return values.legals_in(command, command.request_field(path), dict(sizes))


@cache
def _violations(cmdtype: int, path: str, sizes: tuple[tuple[str, int], ...]) -> tuple[values.Value, ...]:
    command = CATALOGUE.commands[cmdtype]
    return values.violations(command.request_field(path), dict(sizes), command.constraints)


def _sizes(dut: Device) -> tuple[tuple[str, int], ...]:
    """The device's sizes, the document's where it does not say."""
    return tuple({**DOCUMENT_SIZES, **dut.sizes}.items())


def _named(found: tuple[values.Value, ...], label: str) -> values.Value:
    """The value of that label with this device's own sizes; a size can make two of them one."""
    for value in found:
        if value.label == label:
            return value
    raise CaseNotApplicable(f"with the sizes and limits of this device there is no value {label}")


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
    if command.cmdtype == 23 and isinstance(whole["params"], list) and not path.endswith("ratio"):
        # Which sizes a stream has is the product's (R49): not a reason to refuse anything else.
        for entry in whole["params"]:
            if isinstance(entry, dict):
                entry.pop("ratio", None)
    return {name: content for name, content in whole.items() if name in names}
