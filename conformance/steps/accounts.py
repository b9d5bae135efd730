"""The account that cases of passwords and of the lock may spoil for a while: the second one, or else the operator's."""

from __future__ import annotations

from conformance import checks
from conformance.client import ControlClient, Reply
from conformance.dut.device import Device
from conformance.rules.verdict import CaseInconclusive, CaseNotApplicable

__all__ = ["NO_RIGHT", "OPERATOR", "SPARE", "as_user", "change_password", "login", "operator", "passwords", "spare"]

SPARE = ("second_user|operator_user", "second_password|operator_password")
"""What such a case needs of the profile."""

OPERATOR = ("operator_user", "operator_password")
"""What a case of an account without the right to configure needs of the profile."""

NO_RIGHT = 10007


def spare(dut: Device) -> tuple[str, str]:
    """The name and the password of the account to spoil, so that the run's own is never near its lock."""
    user, password = dut.profile.spare_account
    if not user:
        raise CaseNotApplicable("the profile knows no account but the administrator's with its password")
    return user, password


async def login(dut: Device, user: str, password: str) -> Reply:
    """The reply to a login over a connection of its own."""
    client = await dut.open(user or "nobody")
    return await client.login(user, password, dut.link.cipher)


async def as_user(dut: Device, user: str, password: str) -> ControlClient:
    """A session of that account."""
    client = await dut.open(user)
    reply = await client.login(user, password, dut.link.cipher)
    if not reply.ok:
        raise CaseInconclusive(f"preamble: the login of {user} answered {checks.describe(reply)}")
    return client


async def operator(dut: Device) -> ControlClient:
    """A session of the account without the right to configure."""
    return await as_user(dut, dut.profile["operator_user"], dut.profile["operator_password"])


def passwords(dut: Device, user: str, old: str, new: str) -> dict[str, str]:
    """A message of command 503."""
    cipher = dut.link.cipher
    return {"username": user, "oldpassword": cipher.encrypt(old), "newpassword": cipher.encrypt(new)}


async def change_password(dut: Device, user: str, old: str, new: str) -> Reply:
    """The reply to a change by the account itself or, where its rights do not reach that far, by the administrator.

    Not applicable where neither may.
    """
    message = passwords(dut, user, old, new)
    reply = await dut.ask(503, message, client=await as_user(dut, user, old))
    if reply.retcode == NO_RIGHT:
        reply = await dut.ask(503, message)
        if reply.retcode == NO_RIGHT:
            raise CaseNotApplicable("neither the account nor the administrator may change this password")
    return reply
