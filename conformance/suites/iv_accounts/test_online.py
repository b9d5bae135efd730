"""IV.501, logins: no more sessions than max_connectios allows are online (R32, R156)."""

from __future__ import annotations

from conformance.catalogue import Safety
from conformance.dut.device import Device
from conformance.rules.case import Case, case
from conformance.steps.online import no_more_are_online_than_allowed


@case(
    "IV.501/online",
    "The device must not let more sessions be online than max_connectios allows",
    Safety.DISRUPTIVE,
    writes=("pair:11",),
    quick=True,
)
async def test_no_more_sessions_than_allowed_are_online(case: Case, dut: Device) -> None:
    await no_more_are_online_than_allowed(dut)
