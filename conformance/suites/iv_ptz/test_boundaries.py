"""IV, boundaries of every request field of the commands of the PTZ, generated from the catalogue."""

from __future__ import annotations

from conformance.dut.device import Device
from conformance.rules.case import Case, cases
from conformance.steps import boundaries
from conformance.steps.field_values import FieldValue

_FOLDER = "iv_ptz"


@cases(boundaries.legal_values(_FOLDER))
async def test_a_legal_value_is_accepted(case: Case[FieldValue], dut: Device) -> None:
    await boundaries.judge_legal_value(dut, case)


@cases(boundaries.illegal_values(_FOLDER))
async def test_an_illegal_value_is_refused_and_changes_nothing(case: Case[FieldValue], dut: Device) -> None:
    await boundaries.judge_illegal_value(dut, case)


@cases(boundaries.missing_fields(_FOLDER))
async def test_a_missing_required_field_is_refused(case: Case[str], dut: Device) -> None:
    await boundaries.judge_missing_field(dut, case)


@cases(boundaries.null_messages(_FOLDER))
async def test_a_null_message_is_refused(case: Case, dut: Device) -> None:
    await boundaries.judge_null_message(dut, case)
