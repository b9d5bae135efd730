"""III.29, login limit: an account may fail to log in as often as allow_count says."""

from __future__ import annotations

from conformance import checks
from conformance.catalogue import Safety
from conformance.client import Reply
from conformance.dut.device import Device
from conformance.rules.case import Case, case
from conformance.steps.accounts import SPARE, spare
from conformance.steps.capabilities import capabilities_of


async def _login(dut: Device, password: str) -> Reply:
    client = await dut.open("login")
    reply = await client.login(spare(dut)[0], password, dut.link.cipher)
    dut.check(checks.envelope(reply.request, reply))
    return reply


@case(
    "III.29/set/allow_count/counts",
    "A failed login must count against the allow_count that is set",
    Safety.REVERSIBLE,
    requirement="III.29/counts",
    capabilities=capabilities_of(29),
    parameters=SPARE,
    writes=("pair:29",),
)
async def test_a_failed_login_counts_against_what_is_set(case: Case, dut: Device) -> None:
    right = spare(dut)[1]
    left = []
    for allowed in (9, 4):
        await dut.must(29, {"allow_count": allowed})
        reply = await _login(dut, "surely-wrong")
        left.append((reply.message or {}).get("count"))
        good = await _login(dut, right)
        dut.demand(good.ok, "a right password logs in after one failure", checks.describe(good))
    first, second = left
    dut.demand(
        isinstance(first, int) and isinstance(second, int) and first - second == 5,
        "5 attempts less with an allow_count of 4 than with 9 (R28)",
        f"{first} and {second} left",
    )


_FAILURES = 4


@case(
    f"III.29/set/allow_count/locks-{_FAILURES}",
    f"After {_FAILURES} failures, as allow_count says, the right password must be refused until the lock ends",
    Safety.REVERSIBLE,
    requirement="III.29/lock",
    capabilities=capabilities_of(29),
    parameters=(*SPARE, "lockout_s"),
    writes=("pair:29",),
    waits_s=300,
)
async def test_an_account_locks_after_what_is_set(case: Case, dut: Device) -> None:
    right = spare(dut)[1]
    await dut.must(29, {"allow_count": _FAILURES})
    try:
        for number in range(1, _FAILURES + 1):
            # R157 leaves open whether the failure that locks answers 10009, with count 0, or 10010.
            readings = ("R28",) if number < _FAILURES else ("R28", "R29")
            dut.check(checks.refused(dut.catalogue, await _login(dut, "surely-wrong"), *readings))
        dut.check(checks.refused(dut.catalogue, await _login(dut, right), "R29"))
    finally:
        await dut.clock.sleep(dut.profile["lockout_s"] + 1)
    good = await _login(dut, right)
    dut.demand(good.ok, "a right password logs in after the lock (R157)", checks.describe(good))
