"""Appendix V, values: illegal values are refused over HTTP too, and change nothing."""

from __future__ import annotations

from conformance.catalogue import Command, values
from conformance.dut.device import Device
from conformance.rules.case import Case, cases
from conformance.steps.capabilities import capabilities_of
from conformance.steps.field_values import (
    FieldValue,
    has_illegal_value,
    illegal_value_is_refused,
    judged_fields,
)
from conformance.steps.pairs import PAIRS

# A device reads JSON before the fields, whichever the transport: these are judged over the websocket alone.
_OF_JSON = frozenset({"null", "wrong-type-array", "wrong-type-object", "wrong-type-fraction", "2-64"})


def _one_of_each(command: Command) -> tuple[FieldValue, ...]:
    """One illegal value of each kind (above its range, of another type ...), each in the first field that has it."""
    found: dict[str, str] = {}
    for field in judged_fields(command):
        for value in values.violations(field, None, command.constraints):
            if value.label not in _OF_JSON:
                found.setdefault(value.label, field.path)
    return tuple(FieldValue(path, label) for label, path in found.items())


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
async def test_an_illegal_value_is_refused_over_http(case: Case[tuple[FieldValue, ...]], dut: Device) -> None:
    for illegal in case.data:
        if has_illegal_value(dut, case.subject, illegal):
            await illegal_value_is_refused(dut, case.subject, illegal, await dut.http())
