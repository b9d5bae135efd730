"""Opens a websocket to one device and to no other, and says why it ended.

No proxy, no redirect, no compression, no log of frames (the log would contain tokens).
"""

from __future__ import annotations

import logging
from typing import Final

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus, InvalidURI
from websockets.frames import CloseCode

from conformance.client.errors import ConnectError, LinkLost, LocalError, RemoteError, RemoteProtocolError

__all__ = ["end_of_link", "host_in_url", "open_websocket"]

_silent: Final = logging.getLogger("conformance.client.frames")
_silent.addHandler(logging.NullHandler())
_silent.propagate = False
_silent.setLevel(logging.CRITICAL + 1)

_CLOSE_TIMEOUT_S: Final = 1.0
_FRAMES_WAITING: Final = 4096  # beyond it the device has to wait, so that our memory is bounded
_REASONS: Final = {
    CloseCode.MESSAGE_TOO_BIG: ("too-large", "a message of at most {limit} bytes was expected, found a longer one"),
    CloseCode.INVALID_DATA: ("invalid-utf8", "UTF-8 was expected in a text frame, found other bytes"),
    CloseCode.PROTOCOL_ERROR: ("bad-websocket", "the websocket protocol (RFC 6455) was expected, found a violation"),
}


class _Direct(connect):
    """Connects to the given host and follows no redirect."""

    def process_redirect(self, exc: Exception) -> Exception | str:
        return exc


class _Connection(ClientConnection):
    """Cuts off a device that does not end a connection after the close frame of one side, even while nobody sends."""

    _doomed = False

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if not self._doomed and self.protocol.close_expected():
            self._doomed = True
            self.loop.call_later(_CLOSE_TIMEOUT_S, self.transport.abort)


def host_in_url(host: str) -> str:
    """A host name or address as urls write it (IPv6 in brackets)."""
    return f"[{host}]" if ":" in host and not host.startswith("[") else host


async def open_websocket(host: str, port: int, path: str, *, max_bytes: int, timeout: float) -> ClientConnection:
    """An open websocket to ws://host:port/path; messages above `max_bytes` end it, `timeout` in seconds.

    Raises ConnectError (with the HTTP status where the handshake was refused), LocalError for an impossible url.
    """
    url = f"ws://{host_in_url(host)}:{port}{path}"
    try:
        return await _Direct(
            url,
            compression=None,
            ping_interval=None,
            proxy=None,
            max_size=max_bytes,
            max_queue=_FRAMES_WAITING,
            open_timeout=timeout,
            close_timeout=_CLOSE_TIMEOUT_S,
            create_connection=_Connection,
            logger=_silent,
        )
    except InvalidURI:
        raise LocalError(f"a websocket url was expected, found {url!a}") from None
    except InvalidStatus as error:
        status = error.response.status_code
        raise ConnectError(f"{url}: a websocket was expected, found HTTP status {status}", status=status) from None
    except TimeoutError:
        raise ConnectError(f"{url}: no websocket was opened within {timeout:g} s") from None
    except (OSError, InvalidHandshake) as error:
        raise ConnectError(f"{url}: no websocket was opened: {ascii(str(error))[1:-1][:200]}") from None


def end_of_link(name: str, error: ConnectionClosed, limit: int) -> RemoteError:
    """Why the connection `name` ended: we closed it upon a fault, the device closed it, or it was lost."""
    sent, received = error.sent, error.rcvd
    if sent is not None and not (received is not None and error.rcvd_then_sent) and sent.code in _REASONS:
        reason, sentence = _REASONS[CloseCode(sent.code)]
        cause = error.__cause__
        data = cause.object if isinstance(cause, UnicodeDecodeError) else b""
        return RemoteProtocolError(f"{name}: {sentence.format(limit=limit)}", reason=reason, data=data)
    if received is None:
        return LinkLost(
            f"{name}: the connection ended without a websocket close frame", code=int(CloseCode.ABNORMAL_CLOSURE)
        )
    reason = received.reason
    said = f" saying {reason[:123]!a}" if reason else ""
    return LinkLost(
        f"{name}: the device closed the connection with code {received.code}{said}", code=received.code, reason=reason
    )
