"""Commands 501 to 503 with more than one account: a password opens its own account only, a change changes no other, and
a logout ends the session that asks.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import pytest

from conformance import checks
from conformance.catalogue import Safety
from conformance.catalogue.json_types import JsonObject
from conformance.dut.device import Device
from conformance.dut.second_password import SECOND_PASSWORD, TEMPORARY_PASSWORD
from conformance.rules.case import Case, case, cases
from conformance.rules.verdict import CaseInconclusive, CaseNotApplicable
from conformance.steps.accounts import NO_RIGHT, SPARE, as_user, change_password, login, operator, passwords, spare
from conformance.steps.restart import restart

_SAFE = Safety.REVERSIBLE


class _Account(NamedTuple):
    """The parameters of the profile that name an account and its password."""

    user: str
    password: str


_OPERATOR = _Account("operator_user", "operator_password")
_REPEATED = 10020
"""The return code of later firmware for a new password that equals the old one (R14)."""
_WHO = {"admin": _Account("admin_user", "admin_password"), "operator": _OPERATOR}


# 501, 502


@cases(
    Case(
        f"IV.501/password-of-{who}",
        f"The password of the {who} account must not open another account",
        _SAFE,
        requirement="IV.501/exact-password",
        parameters=(*SPARE, *account),
        data=account,
    )
    for who, account in _WHO.items()
)
async def test_a_password_opens_its_own_account_only(case: Case[_Account], dut: Device) -> None:
    user, own = spare(dut)
    other, others = dut.profile[case.data.user], dut.profile[case.data.password]
    if user == other:
        raise CaseNotApplicable("the profile knows no third account")
    if own == others:
        raise CaseInconclusive("the two accounts have the same password")
    dut.check(checks.refused(dut.catalogue, await login(dut, user, others), "R28"))
    # A good login resets the count of failed ones.
    dut.demand((await login(dut, user, own)).ok, "its own password logs in", "refused")


@case(
    "IV.502/earlier-session",
    "A logout must end the session that asks, not the latest one",
    _SAFE,
    requirement="IV.502/others",
    parameters=SPARE,
)
async def test_a_logout_ends_the_session_that_asks(case: Case, dut: Device) -> None:
    first = await as_user(dut, *spare(dut))
    # On a device whose login ends earlier sessions of its account (R12), a second login would end this one.
    latest = dut.control if dut.facts.forces_out else await as_user(dut, *spare(dut))
    token = first.token
    await dut.succeeds(502, {"username": first.user}, client=first)
    await dut.succeeds(505, {}, client=latest)
    reply = await dut.ask(505, {}, client=first, token=token)
    dut.check(checks.refused(dut.catalogue, reply, "R25"))


# 503


def _changing(
    label: str, requirement: str, title: str, *, parameters: tuple[str, ...] = (), waits_s: float = 0.0
) -> pytest.MarkDecorator:
    """Declares a case that changes the password of the spare account."""
    return case(
        f"IV.503/{label}",
        title,
        Safety.DISRUPTIVE,
        requirement=f"IV.503/{requirement}",
        parameters=(*SPARE, *parameters),
        writes=(SECOND_PASSWORD,),
        waits_s=waits_s,
    )


@case(
    "IV.503/change",
    "A changed password must log in, and the old one must not",
    Safety.DISRUPTIVE,
    parameters=SPARE,
    writes=(SECOND_PASSWORD,),
)
async def test_a_changed_password_logs_in(case: Case, dut: Device) -> None:
    (user, old), new = spare(dut), TEMPORARY_PASSWORD
    await _judge_change(dut, user, old, new)
    try:
        dut.check(checks.success(await login(dut, user, new)))
        dut.check(checks.refused(dut.catalogue, await login(dut, user, old), "R28"))
    finally:
        back = await dut.open("back")
        if not (await back.login(user, new, dut.link.cipher)).ok:
            raise CaseInconclusive("the new password does not log in, so it could not be changed back")
        await back.logout(user)
        await _judge_change(dut, user, new, old)
    dut.check(checks.success(await login(dut, user, old)))


async def _judge_change(dut: Device, user: str, old: str, new: str) -> None:
    """Judge that the password is changed with success."""
    dut.check(checks.success(await change_password(dut, user, old, new)))


def _require_right(code: int | None) -> None:
    """Not applicable where the account may not even change its own password."""
    if code == NO_RIGHT:
        raise CaseNotApplicable("the account may not change its own password")


_LONG = "Changed-4711-and-longer-than-most"


@_changing("after-a-restart", "kept", "A restart must keep a changed password", waits_s=10)
async def test_a_changed_password_outlives_a_restart(case: Case, dut: Device) -> None:
    user, own = spare(dut)
    await _judge_change(dut, user, own, TEMPORARY_PASSWORD)
    await restart(dut)
    reply = await login(dut, user, TEMPORARY_PASSWORD)
    dut.demand(reply.ok, "the password of before the restart logs in (R166)", checks.describe(reply))


@_changing("whole", "whole", "Every character of a new password must count")
async def test_every_character_of_a_new_password_counts(case: Case, dut: Device) -> None:
    user, own = spare(dut)
    reply = await change_password(dut, user, own, _LONG)
    if not reply.ok:
        dut.judgement.observe("503", f"a password of {len(_LONG)} characters: {reply.retcode}")
        dut.demand((await login(dut, user, own)).ok, "the old password logs in as before", "refused")
        return
    try:
        for end in (8, 16, len(_LONG) - 1):
            for word in (_LONG[:end], _LONG[:end] + "#" * (len(_LONG) - end)):
                refused = await login(dut, user, word)
                dut.check(checks.refused(dut.catalogue, refused, "R28"))
                # A good login resets the count of failed ones.
                whole = await login(dut, user, _LONG)
                dut.demand(whole.ok, "the whole new password logs in", checks.describe(whole))
    finally:
        await _restore(dut, _LONG, *(_LONG[:end] for end in (32, 16, 8)))


@cases(
    Case(
        f"IV.503/wrong-old-password{label}",
        f"A wrong old password{title} must change nothing",
        Safety.DISRUPTIVE,
        requirement="IV.503/wrong-old",
        parameters=SPARE,
        data=wrong,
    )
    for label, title, wrong in (
        ("", "", lambda _: "surely-wrong"),
        ("-prefix", " that is the beginning of the right one", lambda password: password[:-1]),
        ("-last", " that is wrong in its last character", lambda password: password[:-1] + "#"),
        ("-case", " in the other case", lambda password: password.swapcase()),
    )
)
async def test_a_wrong_old_password_is_refused(case: Case[Callable[[str], str]], dut: Device) -> None:
    user, password = spare(dut)
    client = await as_user(dut, user, password)
    # The new one is the present one: a device that does not compare the old one is found and not harmed.
    reply = await dut.ask(503, passwords(dut, user, case.data(password), password), client=client)
    _require_right(reply.retcode)
    dut.check(checks.refused(dut.catalogue, reply, "R26"))
    dut.check(checks.success(await (await dut.open("still")).login(user, password, dut.link.cipher)))


class _Malformed(NamedTuple):
    """A field that is left out of a change (empty: none), fields that are changed, and the readings that refuse it."""

    left_out: str
    changed: JsonObject
    readings: tuple[str, ...]


@cases(
    Case(
        f"IV.503/{label}",
        f"A change of a password with {title} must be refused",
        Safety.DISRUPTIVE,
        requirement="IV.503/message",
        parameters=SPARE,
        data=malformed,
    )
    for label, title, malformed in (
        (
            "unknown-user",
            "an unknown user",
            _Malformed("", {"username": "nobody-of-that-name"}, ("R24", "R26", "R27")),
        ),
        ("without-username", "no user name", _Malformed("username", {}, ("R23", "R24"))),
        ("without-oldpassword", "no old password", _Malformed("oldpassword", {}, ("R23", "R26"))),
        ("without-newpassword", "no new password", _Malformed("newpassword", {}, ("R23", "R26"))),
        ("oldpassword-number", "a number as old password", _Malformed("", {"oldpassword": 5}, ("R22", "R26"))),
    )
)
async def test_a_malformed_change_is_refused(case: Case[_Malformed], dut: Device) -> None:
    malformed = case.data
    user, password = spare(dut)
    message: JsonObject = {**passwords(dut, user, password, password), **malformed.changed}
    message.pop(malformed.left_out, None)
    # An account that has no right to change any password may be refused for that first (R150).
    mine = await as_user(dut, user, password)
    may = () if dut.profile["second_user"] else ("R27",)
    reply = await dut.ask(503, message, client=mine, legal=False)
    dut.check(checks.refused(dut.catalogue, reply, *malformed.readings, *may))
    dut.check(checks.success(await login(dut, user, password)))


@case(
    "IV.503/right/operator",
    "An account without the right to configure must not change the administrator's password",
    Safety.DISRUPTIVE,
    requirement="IV.503/right",
    parameters=(*_OPERATOR, "admin_password"),
)
async def test_an_operator_may_not_change_the_administrators_password(case: Case, dut: Device) -> None:
    """The new password is the present one, so that a device that obeys is not harmed.

    A device may refuse the repetition before it looks at the rights (R14): it is asked again with another old password.
    """
    user, password = dut.profile["admin_user"], dut.profile["admin_password"]
    client = await operator(dut)
    reply = await dut.ask(503, passwords(dut, user, password, password), client=client)
    if reply.retcode == _REPEATED:
        dut.judgement.observe("R14", str(_REPEATED))
        reply = await dut.ask(503, passwords(dut, user, "surely-wrong", password), client=client)
    dut.check(checks.refused(dut.catalogue, reply, "R27", "R26"))


@_changing("wrong-old-password-not-set", "wrong-old", "A change with a wrong old password must not set the new one")
async def test_a_refused_password_is_not_set(case: Case, dut: Device) -> None:
    user, own = spare(dut)
    client = await as_user(dut, user, own)
    reply = await dut.ask(503, passwords(dut, user, "surely-wrong", TEMPORARY_PASSWORD), client=client)
    _require_right(reply.retcode)
    dut.check(checks.refused(dut.catalogue, reply, "R26"))
    refused = await login(dut, user, TEMPORARY_PASSWORD)
    dut.demand(not refused.ok, "the new password does not log in", checks.describe(refused))
    same = await login(dut, user, own)
    dut.demand(same.ok, "the password logs in as before", checks.describe(same))


@_changing("same-password", "same", "A password that is changed to itself must log in as before or be refused")
async def test_a_password_is_changed_to_itself(case: Case, dut: Device) -> None:
    user, own = spare(dut)
    reply = await change_password(dut, user, own, own)
    # Later firmware refuses a password that repeats itself (R14).
    dut.judgement.observe("503", f"the same password again: {reply.retcode}")
    dut.demand(reply.retcode in dut.catalogue.return_codes, "a documented code", checks.describe(reply))
    same = await login(dut, user, own)
    if dut.demand(same.ok, "the password logs in as before", checks.describe(same)):
        return
    await _restore(dut, "")


@_changing("not-ascii", "letters", "A password that is not ASCII must log in as it is or be refused")
async def test_a_password_keeps_its_letters(case: Case, dut: Device) -> None:
    (user, own), new = spare(dut), "Grüße-4711-热"
    reply = await change_password(dut, user, own, new)
    if not reply.ok:
        dut.judgement.observe("503", f"a password that is not ASCII: {reply.retcode}")
        dut.demand((await login(dut, user, own)).ok, "the old password logs in as before", "refused")
        return
    again = await login(dut, user, new)
    dut.demand(again.ok, "the new password logs in", checks.describe(again))
    await _restore(dut, new, new.encode("ascii", "ignore").decode(), new[:8])


async def _restore(dut: Device, *words: str) -> None:
    """Change the password back to what it was, whichever of `words` the device has made of it."""
    user, own = spare(dut)
    for word in words:
        client = await dut.open("repair")
        if (await client.login(user, word, dut.link.cipher)).ok:
            await dut.ask(503, passwords(dut, user, word, own), client=client, legal=False)
            return


@_changing(
    "others",
    "others",
    "A change of one password must not change those of other accounts",
    parameters=("admin_password",),
)
async def test_a_change_leaves_the_other_passwords(case: Case, dut: Device) -> None:
    mine, own = spare(dut)
    await _judge_change(dut, mine, own, TEMPORARY_PASSWORD)
    for account in _WHO.values():
        user, password = dut.profile[account.user], dut.profile[account.password]
        if user != mine and password and password != TEMPORARY_PASSWORD:
            reply = await login(dut, user, password)
            dut.demand(reply.ok, f"the {account.user} logs in as before", checks.describe(reply))
