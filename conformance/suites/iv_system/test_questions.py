"""IV, questions about versions and the log: each is answered in full."""

from __future__ import annotations

from conformance import checks
from conformance.catalogue.json_types import JsonObject
from conformance.dut.device import Device
from conformance.rules.case import Case, case, cases
from conformance.steps.questions import judge_answer, questions


@cases(questions("iv_system"))
async def test_a_question_is_answered_in_full(case: Case[JsonObject], dut: Device) -> None:
    await judge_answer(dut, case)


@case("IV.505/steady", "The versions and the serial number must stay the same", waits_s=2)
async def test_the_versions_stay_the_same(case: Case, dut: Device) -> None:
    first = await dut.get(505)
    await dut.clock.sleep(2)
    again = await dut.get(505)
    dut.demand(first == again, f"{checks.short(first)}, as 2 s before", checks.short(again))
