"""IV, rights (R27): functions of the system that change what the device keeps, without the right to configure."""

from __future__ import annotations

from conformance.dut.device import Device
from conformance.rules.case import Case, cases
from conformance.steps.rights import function_right_cases, is_refused_to_operator


@cases(function_right_cases("iv_system"))
async def test_an_operator_should_not_change_what_is_kept(case: Case, dut: Device) -> None:
    await is_refused_to_operator(dut, case.subject)
