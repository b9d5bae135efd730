"""IV, questions about temperatures, pictures and distances: each is answered in full."""

from __future__ import annotations

from conformance.catalogue.json_types import JsonObject
from conformance.dut.device import Device
from conformance.rules.case import Case, cases
from conformance.steps.questions import judge_answer, questions


@cases(questions("iv_imaging"))
async def test_a_question_is_answered_in_full(case: Case[JsonObject], dut: Device) -> None:
    await judge_answer(dut, case)
