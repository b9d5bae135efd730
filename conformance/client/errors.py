"""What can go wrong between this client and a device, and who is at fault.

ClientError
 |-- LocalError                 our fault: never a verdict on the device
 |    |-- LocalMessageError     a message of ours that the catalogue or JSON forbids
 |    `-- CipherError           a password that cannot be encrypted, or an unusable key
 `-- RemoteError                the device's fault, or the network's
      |-- RemoteProtocolError   it sent something that no device may send
      |-- LinkError
      |    |-- ConnectError     no connection could be opened
      |    `-- LinkLost         the connection ended
      `-- ReplyTimeout          nothing came in time
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from conformance.catalogue.json_types import JsonMapping

__all__ = [
    "CLIPPED_BYTES",
    "CipherError",
    "ClientError",
    "ConnectError",
    "LinkError",
    "LinkLost",
    "LocalError",
    "LocalMessageError",
    "RemoteError",
    "RemoteProtocolError",
    "ReplyTimeout",
]

CLIPPED_BYTES: Final = 4096
"""How much of a malformed frame an error carries."""


class ClientError(Exception):
    """Anything that prevents a request from getting its reply."""


class LocalError(ClientError):
    """Our fault: the harness was used wrongly or is broken."""


class LocalMessageError(LocalError):
    """A message of ours is not what the catalogue allows; `problems` lists every reason."""

    def __init__(self, sentence: str, problems: Sequence[str] = ()) -> None:
        super().__init__(sentence)
        self.problems: list[str] = list(problems) or [sentence]


class CipherError(LocalError):
    """A password cannot be encrypted for the device."""


class RemoteError(ClientError):
    """The fault of the device, or of the network."""


class RemoteProtocolError(RemoteError):
    """The device sent something that the protocol does not allow.

    `reason` is one of: not-json, not-object, duplicate-key, not-a-number, number-too-long, number-too-large,
    lone-surrogate, invalid-utf8, too-large, too-deep, too-many-values, too-many-violations, binary-frame,
    bad-envelope, bad-websocket, bad-http, bad-url, off-host. `data` is the beginning of what was received, `status` the
    HTTP status where there was one, and `frame` the object that a lenient reader would have read, if any: it shows
    which request was meant.
    """

    def __init__(
        self,
        sentence: str,
        *,
        reason: str,
        data: bytes = b"",
        status: int | None = None,
        frame: JsonMapping | None = None,
    ) -> None:
        super().__init__(sentence)
        self.reason = reason
        self.data = data[:CLIPPED_BYTES]
        self.status = status
        self.frame = frame

    def drop_traceback(self) -> None:
        """Forgets where it was raised: a kept error must not keep the megabytes of the frames on its traceback."""
        self.__traceback__ = self.__context__ = self.__cause__ = None


class LinkError(RemoteError):
    """There is no connection."""


class ConnectError(LinkError):
    """No connection could be opened; `status` is the HTTP status of a refused websocket handshake."""

    def __init__(self, sentence: str, *, status: int | None = None) -> None:
        super().__init__(sentence)
        self.status = status


class LinkLost(LinkError):
    """The connection ended; `code` and `reason` are those of the websocket close frame (1006: none came)."""

    def __init__(self, sentence: str, *, code: int | None = None, reason: str = "") -> None:
        super().__init__(sentence)
        self.code = code
        self.reason = reason


class ReplyTimeout(RemoteError):
    """The expected frame or answer did not come in time."""
