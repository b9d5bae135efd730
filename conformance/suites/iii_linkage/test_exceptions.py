"""III.25, III.27, III.29, exceptions: what is pushed while the handling of an exception is off is observed."""

from __future__ import annotations

from conformance import checks
from conformance.catalogue import Safety
from conformance.catalogue.json_types import JsonObject
from conformance.dut.device import Device
from conformance.rules.case import Case, cases
from conformance.steps.alarms import wait_for_pushes
from conformance.steps.causes import CAUSES, Cause


def _command(cause: Cause) -> int:
    """The command that handles this exception."""
    return int(cause.writes[0].removeprefix("pair:"))


@cases(
    Case(
        f"III.{_command(cause)}/flag-off/{cause.label}",
        f"Push {cause.number} ({cause.label}) may be sent or not while the handling of its exception is off",
        Safety.REVERSIBLE,
        requirement=f"III.{_command(cause)}/flag",
        **cause.facts(),
        data=cause,
    )
    for cause in CAUSES
    if cause.number in (1002, 1003, 1004, 1005, 1008) and cause.label not in ("type-2", "type-3")
)
async def test_an_exception_that_is_switched_off_is_observed(case: Case[Cause], dut: Device) -> None:
    """R174: it is open whether the flag of 25 to 30 switches the push, or only what it sets off."""
    cause = case.data
    number = _command(cause)
    mark = dut.control.pushes.mark()
    off: JsonObject = {"flag": 0}
    await dut.succeeds(number, {"store": [{"type": kind, **off} for kind in (1, 2, 3)]} if number == 25 else off)
    try:
        await cause.begin(dut)
        await wait_for_pushes(dut, 5)
    finally:
        await cause.end(dut)
    came = [push for push in dut.control.pushes.since(mark) if push.cmdtype == cause.number]
    dut.judgement.observe("R174", f"flag 0 of {number}: {'pushed nevertheless' if came else 'no push'}")
    for push in came:
        dut.check(checks.pushed(dut.catalogue, push, dut.sizes))
