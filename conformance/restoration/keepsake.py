"""What restoration is made of: a keepsake for each kind of thing, the client it speaks through, and its errors.

RestoreError           a thing could not be restored
 |-- NotKept           the device accepted the former values, and does not show them
 `-- NotUnderstood     what the device shows is malformed
"""

from __future__ import annotations

from typing import Protocol

from conformance.catalogue.json_types import Json, JsonMapping
from conformance.client.codec import Reply

__all__ = ["Keepsake", "NotKept", "NotUnderstood", "Recalled", "RestoreError", "Speaker", "succeeded"]


class RestoreError(Exception):
    """A thing could not be restored; the message says what still differs, or which command failed."""


class NotKept(RestoreError):
    """The device accepted the former values, written in the form of the document, and does not show them."""


class NotUnderstood(RestoreError):
    """The device's answer is malformed, so that there is no value to save or to restore."""


class Speaker(Protocol):
    """What restoration needs of a client."""

    async def request(
        self, cmdtype: int, message: Json = ..., *, legal: bool = ..., extra: JsonMapping | None = ...
    ) -> Reply:
        """The reply to a command; with `legal=False` the message may be one that the catalogue forbids."""
        ...


class Recalled:
    """A speaker that remembers one reply: the last of the device, after which nothing was sent to it.

    The first request is answered from memory if it is the one that this reply answered. Every other request is sent.
    """

    def __init__(self, speaker: Speaker, reply: Reply | None) -> None:
        self._speaker = speaker
        self._reply = reply if reply is not None and reply.ok else None

    async def request(
        self, cmdtype: int, message: Json = None, *, legal: bool = True, extra: JsonMapping | None = None
    ) -> Reply:
        """The reply to a command, remembered or from the device."""
        known, self._reply = self._reply, None
        asked = {} if known is None else known.request
        if known is not None and extra is None and asked.get("cmdtype") == cmdtype and asked.get("message") == message:
            return known
        return await self._speaker.request(cmdtype, message, legal=legal, extra=extra)


class Keepsake(Protocol):
    """How one kind of thing is read, written and compared. Its values are JSON, because they go to the journal."""

    async def read(self, speaker: Speaker) -> Json:
        """The present value. Raises RestoreError when the device does not give it."""
        ...

    async def write(self, speaker: Speaker, value: Json, present: Json) -> bool | None:
        """Write the saved `value`, as far as the `present` one differs from it.

        True says that the device accepted a message whose values it must show from then on. Raises RestoreError when
        the device refuses.
        """
        ...

    def differs(self, saved: Json, present: Json) -> list[str]:
        """What is not as it was saved, in words; empty when nothing is left to restore."""
        ...


def succeeded(reply: Reply, command: int) -> Reply:
    """The reply itself. Raises RestoreError when its return code is not success."""
    if not reply.ok:
        raise RestoreError(f"command {command} answered {reply.retcode} ({reply.retmsg})")
    return reply
