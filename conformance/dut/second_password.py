"""The password of the account that cases may spoil, as a thing to be restored: cases change it, and a run may be killed
in between. It is the second account; where the profile has none, the operator's.

No password is ever written into the journal. The journal says only that the account had the profile's password; a case
may have changed it to one of two others that everybody knows: the temporary one, and the default after a reset (R65).
"""

from __future__ import annotations

from typing import Final

from conformance.client import ControlClient
from conformance.dut.link import Link
from conformance.restoration import RestoreError, Speaker

__all__ = ["SECOND_PASSWORD", "TEMPORARY_PASSWORD", "SecondPassword"]

SECOND_PASSWORD: Final = "second-password"
"""The name of this thing among those that a case writes."""

TEMPORARY_PASSWORD: Final = "Changed-4711"
"""The password that cases set for a while."""

_OWN, _NONE = "the profile's", "no second account"
_NO_RIGHT = 10007
"""The return code of a device that lets only an administrator change a password (R27)."""


class SecondPassword:
    """The password of that account: found out by logging in, restored by command 503.

    Its value in the journal is a word for the password, never the password.
    """

    def __init__(self, link: Link) -> None:
        self._link = link
        self._user, own = link.profile.spare_account
        known = {_OWN: own, "temporary": TEMPORARY_PASSWORD, "default": link.profile["default_password"]}
        self._passwords = {word: password for word, password in known.items() if password}

    async def read(self, speaker: Speaker) -> str:
        """The word of the password that logs in. Raises RestoreError when none does."""
        if not self._user:
            return _NONE
        for word in self._passwords:
            client = await self._login(word)
            if client is not None:
                await client.logout(self._user)
                await client.close()
                return word
        raise RestoreError("the second account logs in with none of the passwords it may have")

    async def write(self, speaker: Speaker, value: str, present: str) -> None:
        """Change the `present` password to `value`, in the account's own session, or over `speaker` where a device
        allows it to an administrator alone.
        """
        client = await self._login(present)
        if client is None:
            raise RestoreError("the second account does not log in any more")
        old, new = (self._link.cipher.encrypt(self._passwords[word]) for word in (present, value))
        message = {"username": self._user, "oldpassword": old, "newpassword": new}
        reply = await client.request(503, message)
        if reply.retcode == _NO_RIGHT:
            reply = await speaker.request(503, message)
        await client.close()
        if not reply.ok:
            raise RestoreError(f"command 503 answered {reply.retcode}")

    def differs(self, saved: str, present: str) -> list[str]:
        """What is not as it was, for people; empty when it is restored."""
        return [] if saved == present else [f"the second account has the {present} password"]

    async def _login(self, word: str) -> ControlClient | None:
        client = await self._link.connect("password")
        reply = await client.login(self._user, self._passwords[word], self._link.cipher)
        if reply.ok:
            return client
        await client.close()
        return None
