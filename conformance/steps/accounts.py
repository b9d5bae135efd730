"""Accounts: sessions of the operator, and the account whose password and lock a case may change for a while."""

from __future__ import annotations

from conformance import checks
from conformance.client import ControlClient, Reply
from conformance.dut.device import Device
from conformance.rules.verdict import CaseInconclusive, CaseNotApplicable

__all__ = [
    "NO_RIGHT",
    "OPERATOR",
    "SPARE",
    "as_user",
    "change_password",
    "has_operator",
    "login",
    "operator",
    "passwords",
    "spare",
]

SPARE = ("second_user|operator_user", "second_password|operator_password")
"""The parameters of a case that uses the spare account: the second one, or else the operator's."""

OPERATOR = ("operator_user", "operator_password")
"""The parameters of a case that uses the account without the right to configure."""

NO_RIGHT = 10007
"""The return code for an account without the right."""


def spare(dut: Device) -> tuple[str, str]:
    """The name and the password of the spare account, so that the run's own account is never near its lock.

    Raises CaseNotApplicable where the profile has none.
    """
    user, password = dut.profile.spare_account
    if not user:
        raise CaseNotApplicable("the profile has no account with its password but the administrator's")
    return user, password


async def login(dut: Device, user: str, password: str) -> Reply:
    """The reply to a login over a new connection."""
    client = await dut.open(user or "nobody")
    return await client.login(user, password, dut.link.cipher)


async def as_user(dut: Device, user: str, password: str, name: str = "") -> ControlClient:
    """A new session of that account, in the transcript under `name`. Raises CaseInconclusive where it is refused."""
    client = await dut.open(name or user)
    reply = await client.login(user, password, dut.link.cipher)
    if not reply.ok:
        raise CaseInconclusive(f"preamble: the login of {user} answered {checks.describe(reply)}")
    return client


def has_operator(dut: Device) -> bool:
    """Whether the profile has the account without the right to configure, with its password."""
    return all(dut.profile[name] for name in OPERATOR)


async def operator(dut: Device, name: str = "operator") -> ControlClient:
    """A new session of the account without the right to configure, in the transcript under `name`.

    Raises CaseInconclusive where its login is refused.
    """
    return await as_user(dut, dut.profile["operator_user"], dut.profile["operator_password"], name)


def passwords(dut: Device, user: str, old: str, new: str) -> dict[str, str]:
    """The message of command 503."""
    cipher = dut.link.cipher
    return {"username": user, "oldpassword": cipher.encrypt(old), "newpassword": cipher.encrypt(new)}


async def change_password(dut: Device, user: str, old: str, new: str) -> Reply:
    """The reply to a change of password by the account itself or, where it lacks the right, by the administrator.

    Raises CaseNotApplicable where the administrator lacks it too.
    """
    message = passwords(dut, user, old, new)
    reply = await dut.ask(503, message, client=await as_user(dut, user, old))
    if reply.retcode == NO_RIGHT:
        reply = await dut.ask(503, message)
        if reply.retcode == NO_RIGHT:
            raise CaseNotApplicable("neither the account nor the administrator may change this password")
    return reply
