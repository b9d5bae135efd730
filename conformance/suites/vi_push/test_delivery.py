"""VI, delivery: pushes come to every session that is logged in alone; a session whose token ends receives 1001."""

from __future__ import annotations

from collections.abc import Callable

from conformance import checks
from conformance.catalogue import Safety
from conformance.client import ControlClient, LinkError, PushMessage, ReplyTimeout
from conformance.dut.device import Device
from conformance.rules.case import Case, case, cases
from conformance.steps.accounts import has_operator, operator, passwords
from conformance.steps.alarms import is_of_object, wait_for_pushes
from conformance.steps.causes import CAUSES, Cause, provoke
from conformance.steps.heartbeats import is_answered

_SAFE = Safety.REVERSIBLE


def _is_of(cause: Cause) -> Callable[[PushMessage], bool] | None:
    """Which pushes of its number are of this cause: a 1000 may also be that of a spot."""
    return is_of_object if cause.number == 1000 else None


# To whom


@cases(
    Case(
        f"VI.{cause.number}/delivered/{cause.label}",
        f"Push {cause.number} must be sent to every session that is logged in, and to nobody else",
        _SAFE,
        requirement=f"VI.{cause.number}/delivery",
        **cause.facts(),
        data=cause,
    )
    for cause in CAUSES
    if cause.label not in ("type-2", "type-3", "address")
)
async def test_every_session_receives_a_push_and_nobody_else(case: Case[Cause], dut: Device) -> None:
    """R95: a connection that never logged in, or has logged out again, receives nothing."""
    cause = case.data
    gone, user = await _another(dut, cause, "gone")
    left = 0
    if gone is not None:
        await gone.logout(user)
        left = gone.pushes.mark()
    silent = [(await dut.open("stranger"), 0, "has not logged in")]
    if gone is not None:
        silent.append((gone, left, "has logged out"))
    others = await _others(dut, cause)
    async with provoke(dut, cause) as mark:
        await dut.push(cause.number, since=mark, match=_is_of(cause))
        for who, client in others.items():
            received = await _receives(dut, client, cause)
            dut.demand(received, f"push {cause.number} on every session that is logged in (R95)", f"no push on {who}")
        await wait_for_pushes(dut, 1, *others.values(), *(client for client, _, _ in silent))
        for client, since, who in silent:
            came = sorted({push.cmdtype for push in client.pushes.since(since)})
            dut.demand(not came, f"no push to a connection that {who} (R95)", f"pushes {came}")


async def _others(dut: Device, cause: Cause) -> dict[str, ControlClient]:
    """Further sessions beside the run's own, of as many accounts as the profile knows and the device lets in."""
    found = {}
    if dut.profile["second_user"] or not dut.facts.forces_out:
        found["the second one"] = await dut.logged_in("other", second=bool(dut.profile["second_user"]))
    if cause.number != 1005 and has_operator(dut):
        found["the operator's"] = await operator(dut)
    return found


async def _another(dut: Device, cause: Cause, name: str) -> tuple[ControlClient | None, str]:
    """A session that can end without the run's own, and its account; None where the device lets no other in (R12)."""
    if dut.profile["second_user"]:
        return await dut.logged_in(name, second=True), dut.profile["second_user"]
    if cause.number != 1005 and has_operator(dut):
        return await operator(dut, name), dut.profile["operator_user"]
    if dut.facts.forces_out:
        return None, ""
    return await dut.logged_in(name), dut.profile["admin_user"]


async def _receives(dut: Device, client: ControlClient, cause: Cause) -> bool:
    try:
        await dut.hear(client, cause.number, timeout=dut.profile["push_tolerance_s"], match=_is_of(cause))
    except (ReplyTimeout, LinkError):
        return False
    return True


# A session that ends


_REPEATED = 10020
"""The code of later firmware for a new password that equals the old one (R14)."""


@case(
    "VI.1001/forced",
    "A session whose token ends must receive 1001 first",
    Safety.DISRUPTIVE,
    requirement="VI.1001/cause",
    parameters=("second_password|operator_password",),
    waits_s=2,
)
async def test_a_forced_logout_is_pushed(case: Case, dut: Device) -> None:
    """It is open whether another login or a changed password ends a session (R12, R155), but its end needs 1001."""
    user, password = dut.profile["second_user"], dut.profile["second_password"]
    if user:
        old = await dut.logged_in("old", second=True)
        new = await dut.logged_in("new", second=True)
        reply = await dut.ask(503, passwords(dut, user, password, password), client=new)
        if reply.retcode == _REPEATED:
            dut.judgement.observe("R14", str(_REPEATED))
        else:
            dut.check(checks.success(reply))
    else:
        # An operator need not have the right to set a password, so it only logs in twice.
        old = await operator(dut, "old")
        await operator(dut, "new")
    informed = await _receives_1001(dut, old)
    alive = await is_answered(dut, old)
    dut.judgement.observe("R12", "both live on" if alive else "the old session ends")
    dut.demand(
        alive or informed,
        "1001 before a token dies (R12)",
        f"{'1001' if informed else 'no 1001'}, token {'alive' if alive else 'dead'}",
    )
    if informed and alive:
        dut.demand(False, "a session that received 1001 is over", "its token still works")


async def _receives_1001(dut: Device, client: ControlClient) -> bool:
    try:
        message = await dut.hear(client, 1001, timeout=dut.profile["push_tolerance_s"] / 2)
    except (ReplyTimeout, LinkError):
        return False
    dut.check(checks.pushed(dut.catalogue, message, dut.sizes))
    return True
