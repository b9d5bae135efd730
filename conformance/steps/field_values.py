"""Values of single fields of a set (chapter III): which fields and values there are, and how one of them is sent.

A value of the catalogue is known by the path of its field and its label; what it is may depend on the image sizes of
the device, so it is looked up anew for the device under test.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from conformance import checks
from conformance.catalogue import Command, Field, values
from conformance.catalogue.json_types import Json, JsonMapping, JsonObject
from conformance.client import HttpClient
from conformance.dut.device import Device
from conformance.rules.verdict import CaseNotApplicable
from conformance.steps.image_sizes import sizes_of
from conformance.steps.pairs import CATALOGUE, Pair

__all__ = [
    "FieldValue",
    "capabilities_of_field",
    "freed_by",
    "has_illegal_value",
    "illegal_value_is_refused",
    "judged_fields",
    "label_of_field",
    "legal_value",
    "partial_set",
    "settable_fields",
    "value_of_label",
]


class FieldValue(NamedTuple):
    """A value of the catalogue for a field of a request: the path of the field, and the label of the value."""

    path: str
    label: str


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
"""Fields that only mean something together: a case that sets one sends the others too."""
_ADDRESS_CODES = {"ipaddr": 10014, "dns1": 10014, "dns2": 10014, "netmask": 10016, "gateway": 10017}
"""By field: the code for an illegal address of its kind (R31)."""


def settable_fields(command: Command) -> Iterator[Field]:
    """Every field of a request that can be given a value, arrays and objects included."""
    for top in command.envelope + command.request:
        for field in top.walk():
            if not field.read_only and not field.path.endswith("[]"):
                yield field


def judged_fields(command: Command) -> Iterator[Field]:
    """The settable fields whose range the document states: those of an example alone are left out."""
    for field in settable_fields(command):
        if field.source != "example" or capabilities_of_field(field):
            yield field


def label_of_field(field: Field) -> str:
    """The path of a field below the message, as ids of cases name it."""
    return field.path.removeprefix("message.").replace("[]", "")


def capabilities_of_field(field: Field) -> tuple[str, ...]:
    """The capability that a field belongs to apart from its command: the fire areas 3 and 4 have one."""
    return ("fire.areas-3-4",) if field.path.startswith(("message.area3", "message.area4")) else ()


def freed_by(pair: Pair, path: str, shown: JsonMapping) -> str | None:
    """The reading that lets this device leave out the field at `path` or give it another range, or None.

    What such a device does with a value is only observed.
    """
    return pair.hides(path, shown) or ("R48" if pair.renamed(path) else None)


async def illegal_value_is_refused(
    dut: Device, command: Command, illegal: FieldValue, client: HttpClient | None = None
) -> None:
    """Judge that a set with an illegal value is refused and changes nothing."""
    path, label = illegal
    field = command.request_field(path)
    pair, before = await Pair.of(dut, command)
    value = value_of_label(_violations(command.cmdtype, path, _sizes(dut)), label)
    message = partial_set(pair.command, path, value.payload, before, dut)
    reply = await pair.send(message, client=client)
    free = freed_by(pair, path, before)
    if reply.ok and (free is not None or (label == "null" and not field.required)):
        # R153: null may be read as absent; then the rest of the message was a legal set.
        dut.judgement.observe(free or "R153", f"{label} accepted")
        await pair.is_still(before, but=message)
        return
    only = _ADDRESS_CODES.get(field.name) if label.startswith("bad-format") and command.cmdtype == 9 else None
    # For an address of another type or null, the general code is right as well.
    readings = ("R31",) if only else ("R22", "R23") if label == "null" else ("R22",)
    if only and field.name.startswith("dns"):
        # R31 is about the address, the mask and the gateway: a name server is also a field like any other (R22).
        readings = ("R31", "R22")
    if command.cmdtype == 9 and field.name in _ADDRESS_CODES and not only:
        readings = (*readings, "R31")
    dut.check(checks.refused(CATALOGUE, reply, *readings, only=only))
    await pair.is_still(before)


def has_illegal_value(dut: Device, command: Command, illegal: FieldValue) -> bool:
    """Whether the value exists with the sizes of this device, which can make two values one."""
    return any(value.label == illegal.label for value in _violations(command.cmdtype, illegal.path, _sizes(dut)))


def legal_value(dut: Device, command: Command, legal: FieldValue) -> Json:
    """The payload of a legal value, with the sizes of this device. Raises CaseNotApplicable where there is none."""
    return value_of_label(_legals(command.cmdtype, legal.path, _sizes(dut)), legal.label).payload


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
    return tuple(sizes_of(dut).items())


def value_of_label(found: tuple[values.Value, ...], label: str) -> values.Value:
    """The value of that label. Raises CaseNotApplicable where there is none."""
    for value in found:
        if value.label == label:
            return value
    raise CaseNotApplicable(f"with the sizes and limits of this device there is no value {label}")


def partial_set(command: Command, path: str, payload: Json, before: JsonMapping, dut: Device) -> JsonObject:
    """A set of the top field of `path` and the fields that belong to it; of an address, with the rest as it is."""
    whole = values.request_with(command, path, payload, dut.sizes)["message"]
    top = path.split(".")[1].removesuffix("[]")
    names = {top}
    for group in _TOGETHER:
        if top in group:
            names.update(group)
    if command.cmdtype == 9 and top in ("ipaddr", "netmask", "gateway"):
        own: JsonObject = {name: before[name] for name in ("ipaddr", "netmask", "gateway") if name in before}
        return {**own, top: whole[top]}
    if command.cmdtype == 23 and isinstance(whole["params"], list) and not path.endswith("ratio"):
        # The product decides which sizes a stream has (R49): a size must not be the reason of a refusal here.
        for entry in whole["params"]:
            if isinstance(entry, dict):
                entry.pop("ratio", None)
    return {name: content for name, content in whole.items() if name in names}
