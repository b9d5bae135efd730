"""IV, tokens (R25): every command of storage that needs a token is refused without a valid one."""

from __future__ import annotations

from conformance.dut.device import Device
from conformance.rules.case import Case, cases
from conformance.steps.tokens import invalid_token_cases, is_refused_with_invalid_token


@cases(invalid_token_cases("IV", "iv_storage"))
async def test_without_a_valid_token_every_command_is_refused(case: Case[str], dut: Device) -> None:
    await is_refused_with_invalid_token(dut, case.subject, case.data)
