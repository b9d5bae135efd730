"""Command 504: the password of the named account, and no other, becomes the default one."""

from __future__ import annotations

from typing import NamedTuple

from conformance import checks
from conformance.catalogue import Safety
from conformance.catalogue.json_types import JsonObject
from conformance.dut.device import Device
from conformance.dut.second_password import SECOND_PASSWORD
from conformance.rules.case import Case, case, cases
from conformance.rules.verdict import CaseInconclusive, CaseNotApplicable
from conformance.steps.accounts import SPARE, change_password, login, operator, spare


@case(
    "IV.504/reset",
    "A password that is reset must be the default one",
    Safety.DESTRUCTIVE,
    parameters=(*SPARE, "default_password"),
    writes=(SECOND_PASSWORD,),
)
async def test_a_reset_password_is_the_default(case: Case, dut: Device) -> None:
    (user, own), default = spare(dut), dut.profile["default_password"]
    await dut.succeeds(504, {"username": user})
    reply = await login(dut, user, default)
    dut.check(checks.success(reply))
    try:
        if own != default:
            dut.check(checks.refused(dut.catalogue, await login(dut, user, own), "R28"))
    finally:
        if own != default and reply.ok:
            await _restore(dut, user, default, own)


async def _restore(dut: Device, user: str, present: str, wanted: str) -> None:
    """Change the password of `user` back to `wanted`."""
    reply = await change_password(dut, user, present, wanted)
    if not reply.ok:
        raise CaseInconclusive(f"preamble: the password could not be changed: {checks.describe(reply)}")


@case(
    "IV.504/others",
    "A reset of one password must not change those of other accounts",
    Safety.DESTRUCTIVE,
    parameters=(*SPARE, "default_password", "admin_password"),
    writes=(SECOND_PASSWORD,),
)
async def test_a_reset_leaves_the_other_passwords(case: Case, dut: Device) -> None:
    """An account that has the default password already shows nothing about a reset, so another one is judged."""
    (user, own), default = spare(dut), dut.profile["default_password"]
    admin = (dut.profile["admin_user"], dut.profile["admin_password"])
    reset, other = ((user, own), admin) if admin[1] != default else (admin, (user, own))
    if other[1] == default:
        raise CaseNotApplicable("every account has the default password")
    await dut.succeeds(504, {"username": reset[0]})
    reply = await login(dut, *other)
    dut.demand(reply.ok, f"{other[0]} logs in as before", checks.describe(reply))
    if reset[1] != default:
        await _restore(dut, user, default, own)


class _Malformed(NamedTuple):
    """A message of a reset, and the readings of which one has to refuse it."""

    message: JsonObject
    readings: tuple[str, ...]


@cases(
    Case(
        f"IV.504/{label}",
        f"A reset with {title} must be refused",
        Safety.DESTRUCTIVE,
        requirement="IV.504/message",
        parameters=SPARE,
        data=malformed,
    )
    for label, title, malformed in (
        ("unknown-user", "an unknown user", _Malformed({"username": "nobody-of-that-name"}, ("R24", "R33"))),
        ("without-username", "no user name", _Malformed({}, ("R23", "R20", "R24"))),
        ("username-number", "a number as user name", _Malformed({"username": 5}, ("R22", "R24"))),
    )
)
async def test_a_malformed_reset_is_refused(case: Case[_Malformed], dut: Device) -> None:
    reply = await dut.ask(504, case.data.message, legal=False)
    dut.check(checks.refused(dut.catalogue, reply, *case.data.readings))
    dut.check(checks.success(await login(dut, *spare(dut))))


@case(
    "IV.504/right/operator",
    "An account without the right to configure must not reset another account's password",
    Safety.DESTRUCTIVE,
    requirement="IV.504/right",
    parameters=("operator_user", "operator_password", "default_password", "second_password|admin_password"),
    writes=(SECOND_PASSWORD,),
)
async def test_an_operator_may_not_reset_passwords(case: Case, dut: Device) -> None:
    """The administrator's is reset only if it is the default one: a device that obeys must not lock us out."""
    who = "second" if dut.profile["second_user"] and dut.profile["second_password"] else "admin"
    user, own, default = dut.profile[f"{who}_user"], dut.profile[f"{who}_password"], dut.profile["default_password"]
    if who == "admin" and own != default:
        raise CaseNotApplicable("a reset would lose the administrator's password")
    client = await operator(dut)
    reply = await dut.ask(504, {"username": user}, client=client)
    dut.check(checks.refused(dut.catalogue, reply, "R27"))
    if reply.ok and own != default:
        await _restore(dut, user, default, own)
    if who == "second":
        dut.check(checks.success(await login(dut, user, own)))
