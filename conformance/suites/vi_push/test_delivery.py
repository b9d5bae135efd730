"""Chapter VI: pushes come to every session that is logged in and to nobody else, and a session that ends is told so."""

from __future__ import annotations

from typing import Any

from conformance import checks
from conformance.catalogue import Safety, load
from conformance.client import ControlClient, LinkError, ReplyTimeout
from conformance.dut.device import Device
from conformance.rules.case import Case, case, cases
from conformance.rules.verdict import CaseInconclusive
from conformance.steps.alarms import of_object, settle
from conformance.steps.causes import CAUSES, Cause, caused

_CATALOGUE = load()
_SAFE = Safety.REVERSIBLE


def _is(cause: Cause) -> Any:
    """Which pushes may be of this cause: a 1000 may come from elsewhere."""
    return of_object if cause.number == 1000 else None


# To whom


@cases(
    Case(
        f"VI.{cause.number}/delivered/{cause.label}",
        f"{_CATALOGUE.pushes[cause.number].title} must be sent to every session that is logged in, and to nobody else",
        _SAFE,
        requirement=f"VI.{cause.number}/delivery",
        **cause.facts,
        data=cause,
    )
    for cause in CAUSES
    if cause.label not in ("type-2", "type-3", "address")
)
async def test_every_session_is_told_and_nobody_else(case: Case[Any], dut: Device) -> None:
    """R95: a connection that never logged in, or has logged out again, is told nothing."""
    cause: Cause = case.data
    gone, user = await _another(dut, cause, "gone")
    left = 0
    if gone is not None:
        await gone.logout(user)
        left = gone.pushes.mark()
    silent = [(await dut.open("stranger"), 0, "has not logged in")]
    if gone is not None:
        silent.append((gone, left, "has logged out"))
    others = await _others(dut, cause)
    async with caused(dut, cause) as mark:
        await dut.push(cause.number, since=mark, match=_is(cause))
        for who, client in others.items():
            told = await _receives(dut, client, cause)
            dut.demand(told, f"push {cause.number} on every session that is logged in (R95)", f"not on {who}")
        await settle(dut, 1, *others.values(), *(client for client, _, _ in silent))
        for client, since, who in silent:
            came = sorted({push.cmdtype for push in client.pushes.since(since)})
            dut.demand(not came, f"no push to a connection that {who} (R95)", f"pushes {came}")


async def _others(dut: Device, cause: Cause) -> dict[str, ControlClient]:
    """The further sessions that a device lets in beside the run's own, of as many accounts as are known."""
    found = {}
    if dut.profile["second_user"] or not dut.context.forces_out:
        found["the second one"] = await dut.logged_in("other", second=bool(dut.profile["second_user"]))
    if cause.number != 1005 and _knows_operator(dut):
        found["the operator's"] = await _operator(dut)
    return found


async def _another(dut: Device, cause: Cause, name: str) -> tuple[ControlClient | None, str]:
    """A session that may end without ending the run's own, and its account; none where a device lets none in (R12)."""
    if dut.profile["second_user"]:
        return await dut.logged_in(name, second=True), dut.profile["second_user"]
    if cause.number != 1005 and _knows_operator(dut):
        return await _operator(dut, name), dut.profile["operator_user"]
    if dut.context.forces_out:
        return None, ""
    return await dut.logged_in(name), dut.profile["admin_user"]


def _knows_operator(dut: Device) -> bool:
    return bool(dut.profile["operator_user"] and dut.profile["operator_password"])


async def _operator(dut: Device, name: str = "operator") -> ControlClient:
    client = await dut.open(name)
    user, password = dut.profile["operator_user"], dut.profile["operator_password"]
    if not (await client.login(user, password, dut.context.cipher)).ok:
        raise CaseInconclusive("preamble: the operator's login is refused")
    return client


async def _receives(dut: Device, client: ControlClient, cause: Cause) -> bool:
    try:
        await dut.hear(client, cause.number, timeout=dut.profile["push_tolerance_s"], match=_is(cause))
    except (ReplyTimeout, LinkError):
        return False
    return True


# A session that ends


_REPEATED = 10020
"""The code of later firmware for a password that repeats itself (R14)."""


@case(
    "VI.1001/forced",
    "A session whose token ends must receive 1001 first",
    Safety.DISRUPTIVE,
    requirement="VI.1001/cause",
    parameters=("second_password|operator_password",),
    waits_s=2,
)
async def test_a_forced_logout_is_told(case: Case, dut: Device) -> None:
    """R12, R155: whether another login or a changed password ends a session is open; an end without 1001 is not."""
    user, password = dut.profile["second_user"], dut.profile["second_password"]
    cipher = dut.context.cipher
    if user:
        old = await dut.logged_in("old", second=True)
        new = await dut.logged_in("new", second=True)
        message = {"username": user, "oldpassword": cipher.encrypt(password), "newpassword": cipher.encrypt(password)}
        reply = await dut.ask(503, message, client=new)
        if reply.retcode == _REPEATED:
            dut.judgement.observe("R14", str(_REPEATED))
        else:
            dut.check(checks.success(reply))
    else:
        # Whether an operator may set a password is the device's business.
        old = await _operator(dut, "old")
        await _operator(dut, "new")
    told = await _told(dut, old)
    try:
        alive = (await dut.ask(505, {}, client=old)).ok
    except LinkError:
        alive = False
    dut.judgement.observe("R12", "both live on" if alive else "the old session ends")
    dut.demand(
        alive or told,
        "1001 before a token dies (R12)",
        f"{'told' if told else 'not told'}, token {'alive' if alive else 'dead'}",
    )
    if told and alive:
        dut.demand(False, "a session that was told 1001 is over", "its token still works")


async def _told(dut: Device, client: ControlClient) -> bool:
    try:
        message = await dut.hear(client, 1001, timeout=dut.profile["push_tolerance_s"] / 2)
    except (ReplyTimeout, LinkError):
        return False
    dut.check(checks.pushed(dut.catalogue, message, dut.sizes))
    return True
