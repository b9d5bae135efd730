"""A client for the camera's protocol: codec and session without I/O, thin transports, cipher, transcript.

What needs a large library (websockets, httpx, cryptography) or the catalogue is loaded when it is first asked for.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from conformance.client.codec import Limits, PushMessage, Reply, decode, encode
from conformance.client.errors import (
    CipherError,
    ClientError,
    ConnectError,
    LinkError,
    LinkLost,
    LocalError,
    LocalMessageError,
    RemoteError,
    RemoteProtocolError,
    ReplyTimeout,
)
from conformance.client.inbox import PushInbox
from conformance.client.session import KEEP, OMIT, Answer, Lease, Pushed, Session, State, Stray, Why
from conformance.client.signer import Signer
from conformance.client.transcript import Exchange, Transcript, render

if TYPE_CHECKING:
    from conformance.client.cipher import Cipher, PasswordCipher, clear_text
    from conformance.client.http import Download, HttpClient, RawAnswer, UploadAnswer
    from conformance.client.selfcheck import check_request
    from conformance.client.video import VideoStream, split_access_units, video_header
    from conformance.client.websocket import ControlClient, PendingReply

__all__ = [
    "KEEP",
    "OMIT",
    "Answer",
    "Cipher",
    "CipherError",
    "ClientError",
    "ConnectError",
    "ControlClient",
    "Download",
    "Exchange",
    "HttpClient",
    "Lease",
    "Limits",
    "LinkError",
    "LinkLost",
    "LocalError",
    "LocalMessageError",
    "PasswordCipher",
    "PendingReply",
    "PushInbox",
    "PushMessage",
    "Pushed",
    "RawAnswer",
    "RemoteError",
    "RemoteProtocolError",
    "Reply",
    "ReplyTimeout",
    "Session",
    "Signer",
    "State",
    "Stray",
    "Transcript",
    "UploadAnswer",
    "VideoStream",
    "Why",
    "check_request",
    "clear_text",
    "decode",
    "encode",
    "render",
    "split_access_units",
    "video_header",
]

_LATER: Final = {
    "Cipher": "cipher",
    "ControlClient": "websocket",
    "Download": "http",
    "HttpClient": "http",
    "PasswordCipher": "cipher",
    "PendingReply": "websocket",
    "RawAnswer": "http",
    "UploadAnswer": "http",
    "VideoStream": "video",
    "check_request": "selfcheck",
    "clear_text": "cipher",
    "split_access_units": "video",
    "video_header": "video",
}


def __getattr__(name: str) -> Any:
    if name not in _LATER:
        raise AttributeError(f"module {__name__} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_LATER[name]}"), name)
    globals()[name] = value
    return value
