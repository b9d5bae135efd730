"""A client for the camera's protocol: codec and session without I/O, thin transports, cipher, transcript.

The way of a message: `codec` turns it into text and back, `session` says what an arriving frame is and what state the
session is in, `websocket` and `http` carry it, `transcript` keeps it as evidence. Nothing here judges the device: what
it does wrong is an error of `errors` or a frame kept for the checks.

    codec, session, signer, cipher, access_units, selfcheck   without I/O
    websocket, http, video                                    the three transports
    account, settings                                         what the two clients of commands have in common
    inbox, unexpected, pending                                what has arrived, or is awaited
    transcript, redaction                                     the evidence, without secrets

The public names are listed in `__init__.pyi`.
"""

from __future__ import annotations

from conformance.client.lazy import lazy_import

__getattr__, __all__ = lazy_import(__name__, __file__)
