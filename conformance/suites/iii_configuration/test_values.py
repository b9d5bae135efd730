"""III, value by value: each legal value of each field is kept, each illegal one is refused and changes nothing."""

from __future__ import annotations

from collections.abc import Iterator

from conformance import checks
from conformance.catalogue import values
from conformance.dut.device import Device
from conformance.rules.case import Case, cases
from conformance.steps.field_values import (
    FieldValue,
    capabilities_of_field,
    freed_by,
    illegal_value_is_refused,
    judged_fields,
    label_of_field,
    legal_value,
    partial_set,
    settable_fields,
)
from conformance.steps.pairs import CATALOGUE, PAIRS, Pair, compared, set_case
from conformance.steps.titles import json_of

_BY_PRODUCT = frozenset({"message.params[].encodec", "message.params[].ratio"})
"""Members that a device need not support: codecs other than H.264, and sizes that the product lacks (III.23)."""
_UNSUPPORTED = (10002, 10008)
_NO_DHCP = 10019
"""The code where no server answers (R14)."""
# The document does not say what an empty list means here: R162 for the days; the others have entries known by type.
_NEVER_EMPTY = frozenset({"message.params", "message.store", "message.effect_day", "message.effect_day[].period"})


def _legal_values() -> Iterator[Case[FieldValue]]:
    for command, _ in PAIRS:
        for field in judged_fields(command):
            if field.secret:
                continue
            for value in values.legals_in(command, field):
                if value.label == "empty" and field.path in _NEVER_EMPTY:
                    continue
                yield set_case(
                    command,
                    f"{label_of_field(field)}/{value.label}",
                    "legal",
                    f"{label_of_field(field)} accepts {json_of(value.payload)}",
                    capabilities=capabilities_of_field(field),
                    data=FieldValue(field.path, value.label),
                )


@cases(_legal_values())
async def test_a_legal_value_is_kept(case: Case[FieldValue], dut: Device) -> None:
    path = case.data.path
    pair, before = await Pair.of(dut, case.subject)
    payload = legal_value(dut, case.subject, case.data)
    message = partial_set(pair.command, path, payload, before, dut)
    reply = await pair.send(message)
    free = freed_by(pair, path, before)
    if free is not None or (path in _BY_PRODUCT and reply.retcode in _UNSUPPORTED):
        dut.judgement.observe(free or "R49", f"{label_of_field(pair.command.request_field(path))}: {reply.retcode}")
        await pair.is_still(before, but=message if reply.ok else None)
        return
    if pair.command.cmdtype == 9 and reply.retcode == _NO_DHCP:
        dut.judgement.observe("R14", f"{label_of_field(pair.command.request_field(path))}: {reply.retcode}")
        await pair.is_still(before)
        return
    if dut.check(checks.success(reply)):
        after = await pair.read()
        dut.check(compared("the value that was set", pair.shows(message, after)))
        await pair.is_still(before, but=message)


def _illegal_values() -> Iterator[Case[FieldValue]]:
    for command, _ in PAIRS:
        for field in judged_fields(command):
            for value in values.violations(field, None, command.constraints):
                yield set_case(
                    command,
                    f"{label_of_field(field)}/{value.label}",
                    "illegal",
                    f"{label_of_field(field)} refuses {json_of(value.payload)}",
                    capabilities=capabilities_of_field(field),
                    data=FieldValue(field.path, value.label),
                )


@cases(_illegal_values())
async def test_an_illegal_value_is_refused_and_changes_nothing(case: Case[FieldValue], dut: Device) -> None:
    await illegal_value_is_refused(dut, case.subject, case.data)


def _missing_fields() -> Iterator[Case[str]]:
    for command, _ in PAIRS:
        for field in settable_fields(command):
            if field.required:
                yield set_case(
                    command,
                    f"{label_of_field(field)}/missing",
                    "missing",
                    f"a set without {label_of_field(field)} is refused",
                    data=field.path,
                )


@cases(_missing_fields())
async def test_a_missing_required_field_is_refused(case: Case[str], dut: Device) -> None:
    path = case.data
    pair, before = await Pair.of(dut, case.subject)
    whole = {"message": values.request(pair.command, dut.sizes)["message"]}
    message = values.without(whole, path)["message"]
    top = path.split(".")[1].removesuffix("[]")
    partial = {top: message[top]} if top in message else {}
    reply = await pair.send(partial)
    dut.check(checks.refused(CATALOGUE, reply, "R23", *(() if partial else ("R20",))))
    await pair.is_still(before)
