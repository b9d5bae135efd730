"""The password of the account that cases may spoil, as a thing to be put back: cases change it, and a run may be killed
in between. It is the second account; where the profile has none, the operator's.

No password is ever written into the journal. It says only that the account had the profile's password; what a case may
have made of it are two others that everybody knows: the temporary one below, and the default after a reset (R65).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.client import ControlClient
from conformance.restoration.keeper import TEMPORARY_PASSWORD, Keepsake, RestoreError

if TYPE_CHECKING:
    from conformance.dut.context import RunContext

__all__ = ["second_password"]

_OWN, _NONE = "the profile's", "no second account"
_NO_RIGHT = 10007


def second_password(context: RunContext) -> Keepsake:
    """How the password of that account is found out, by logging in, and made what it was, by command 503."""

    user, own = context.profile.spare_account

    def words() -> dict[str, str]:
        profile = context.profile
        known = {
            _OWN: own,
            "temporary": TEMPORARY_PASSWORD,
            "default": profile["default_password"],
        }
        return {name: word for name, word in known.items() if word}

    async def login(name: str) -> ControlClient | None:
        client = await context.connect("password")
        reply = await client.login(user, words()[name], context.cipher)
        if reply.ok:
            return client
        await client.close()
        return None

    async def read(speaker: Any) -> str:
        if not user:
            return _NONE
        for name in words():
            client = await login(name)
            if client is not None:
                await client.logout(user)
                await client.close()
                return name
        raise RestoreError("the second account logs in with none of the passwords it may have")

    async def write(speaker: Any, value: Any, present: Any) -> None:
        client = await login(present)
        if client is None:
            raise RestoreError("the second account does not log in any more")
        sealed = {name: context.cipher.encrypt(words()[each]) for name, each in (("old", present), ("new", value))}
        message = {"username": user, "oldpassword": sealed["old"], "newpassword": sealed["new"]}
        reply = await client.request(503, message)
        if reply.retcode == _NO_RIGHT:
            reply = await speaker.request(503, message)
        await client.close()
        if not reply.ok:
            raise RestoreError(f"command 503 answered {reply.retcode}")

    def differs(saved: Any, present: Any) -> list[str]:
        return [] if saved == present else [f"the second account has the {present} password"]

    return Keepsake(read, write, differs)
