"""Commands 501 to 503 with more than one account: a password opens its own account, a change changes it alone, and a
logout ends the session that asks.
"""

from __future__ import annotations

from typing import Any

import pytest

from conformance import checks
from conformance.case import Case, case, cases
from conformance.catalogue import Safety
from conformance.client import Reply
from conformance.restore import SECOND_PASSWORD, TEMPORARY_PASSWORD
from conformance.verdict import CaseInconclusive
from fixtures.device import Device

_SAFE = Safety.REVERSIBLE
_SECOND = ("second_user", "second_password")
_OPERATOR = ("operator_user", "operator_password")
_WHO = {"admin": ("admin_user", "admin_password"), "operator": _OPERATOR}


async def _login(dut: Device, user: str, password: str) -> Reply:
    client = await dut.open(user or "nobody")
    return await client.login(user, password, dut.context.cipher)


def _change(dut: Device, old: str, new: str) -> dict[str, str]:
    cipher = dut.context.cipher
    sealed = {"oldpassword": cipher.encrypt(old), "newpassword": cipher.encrypt(new)}
    return {"username": dut.profile["second_user"], **sealed}


# 501, 502


@cases(
    Case(
        f"IV.501/password-of-{who}",
        "IV.501/exact-password",
        f"The password of the {who} account does not open another",
        "IV.501",
        _SAFE,
        parameters=(*_SECOND, parameters[1]),
        data=parameters[1],
    )
    for who, parameters in _WHO.items()
)
async def test_a_password_opens_its_own_account_only(case: Case, dut: Device) -> None:
    user, own, others = dut.profile["second_user"], dut.profile["second_password"], dut.profile[case.data]
    if own == others:
        raise CaseInconclusive("the two accounts have the same password")
    dut.check(checks.refused(dut.catalogue, await _login(dut, user, others), "R28"))
    # One good login gives the failed one back.
    dut.demand((await _login(dut, user, own)).ok, "its own password logs in", "refused")


@case(
    "IV.502/earlier-session",
    "IV.502/others",
    "A logout ends the session that asks, not the latest one",
    "IV.502",
    _SAFE,
    parameters=_SECOND,
)
async def test_a_logout_ends_the_session_that_asks(case: Case, dut: Device) -> None:
    first = await dut.logged_in("first", second=True)
    # Where a login ends the earlier ones of its account (R12), another one would log this one out.
    latest = dut.control if dut.context.forces_out else await dut.logged_in("latest")
    token = first.token
    await dut.succeeds(502, {"username": first.user}, client=first)
    await dut.succeeds(505, {}, client=latest)
    reply = await dut.ask(505, {}, client=first, token=token)
    dut.check(checks.refused(dut.catalogue, reply, "R25"))


# 503


def _changing(label: str, requirement: str, title: str, **facts: Any) -> pytest.MarkDecorator:
    return case(
        f"IV.503/{label}",
        f"IV.503/{requirement}",
        title,
        "IV.503",
        Safety.DISRUPTIVE,
        parameters=(*_SECOND, *facts.pop("parameters", ())),
        writes=(SECOND_PASSWORD,),
        **facts,
    )


@_changing("wrong-old-password-not-set", "wrong-old", "With a wrong old password the new one is not set")
async def test_a_refused_password_is_not_set(case: Case, dut: Device) -> None:
    user, own = dut.profile["second_user"], dut.profile["second_password"]
    client = await dut.logged_in(second=True)
    reply = await dut.ask(503, _change(dut, "surely-wrong", TEMPORARY_PASSWORD), client=client)
    dut.check(checks.refused(dut.catalogue, reply, "R26"))
    refused = await _login(dut, user, TEMPORARY_PASSWORD)
    dut.demand(not refused.ok, "the new password does not log in", checks.describe(refused))
    same = await _login(dut, user, own)
    dut.demand(same.ok, "the password logs in as before", checks.describe(same))


@_changing("same-password", "same", "A password changed to itself logs in as before, or is refused")
async def test_a_password_is_changed_to_itself(case: Case, dut: Device) -> None:
    user, own = dut.profile["second_user"], dut.profile["second_password"]
    client = await dut.logged_in(second=True)
    reply = await dut.ask(503, _change(dut, own, own), client=client)
    # Later firmware refuses a password that repeats itself (R14).
    dut.judgement.observe("503", f"the same password again: {reply.retcode}")
    dut.demand(reply.retcode in dut.catalogue.return_codes, "a known code", checks.describe(reply))
    same = await _login(dut, user, own)
    if dut.demand(same.ok, "the password logs in as before", checks.describe(same)):
        return
    await _repaired(dut, "")


@_changing("not-ascii", "letters", "A password that is not ASCII logs in as it is, or is refused")
async def test_a_password_keeps_its_letters(case: Case, dut: Device) -> None:
    user, own, new = dut.profile["second_user"], dut.profile["second_password"], "Grüße-4711-热"
    client = await dut.logged_in(second=True)
    reply = await dut.ask(503, _change(dut, own, new), client=client)
    if not reply.ok:
        dut.judgement.observe("503", f"a password that is not ASCII: {reply.retcode}")
        dut.demand((await _login(dut, user, own)).ok, "the old password logs in as before", "refused")
        return
    again = await _login(dut, user, new)
    dut.demand(again.ok, "the new password logs in", checks.describe(again))
    await _repaired(dut, new, new.encode("ascii", "ignore").decode(), new[:8])


async def _repaired(dut: Device, *words: str) -> None:
    """The password is made what it was, whichever of `words` the device has made of it."""
    user, own = dut.profile["second_user"], dut.profile["second_password"]
    for word in words:
        client = await dut.open("repair")
        if (await client.login(user, word, dut.context.cipher)).ok:
            await dut.ask(503, _change(dut, word, own), client=client, legal=False)
            return


@_changing("others", "others", "A change of one password leaves those of the others", parameters=_OPERATOR)
async def test_a_change_leaves_the_other_passwords(case: Case, dut: Device) -> None:
    client = await dut.logged_in(second=True)
    await dut.must(503, _change(dut, dut.profile["second_password"], TEMPORARY_PASSWORD), client=client)
    for user, password in _WHO.values():
        if dut.profile[password] and dut.profile[password] != TEMPORARY_PASSWORD:
            reply = await _login(dut, dut.profile[user], dut.profile[password])
            dut.demand(reply.ok, f"the {user} logs in as before", checks.describe(reply))
