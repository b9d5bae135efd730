"""The errors between this host and an instrument.

InstrumentError
 |-- Refused            refused by this host, nothing was sent: out of range, or impossible for instrument or host
 |-- NoReply            no reply came in time, or only a part of one
 |-- BadReply           the reply is not one of such an instrument; a value that is not a number is an example
 |    `-- BadChecksum   the frame was damaged on the way
 |-- InstrumentFault    the instrument itself reports an error: error queue, cut-out, exception reply
 `-- LinkLost           the port cannot be opened, or is gone
"""

from __future__ import annotations

from typing import Final

__all__ = ["BadChecksum", "BadReply", "InstrumentError", "InstrumentFault", "LinkLost", "NoReply", "Refused"]

_SHOWN_BYTES: Final = 200


class InstrumentError(Exception):
    """One sentence for a person, about `instrument`; `request` and `reply` are the bytes on the wire."""

    def __init__(self, sentence: str, *, instrument: str = "", request: bytes = b"", reply: bytes = b"") -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.instrument = instrument
        self.request = request
        self.reply = reply[:_SHOWN_BYTES]

    def __str__(self) -> str:
        return f"{self.instrument}: {self.sentence}" if self.instrument else self.sentence


class Refused(InstrumentError):
    """This host refuses: the value is out of range, or the instrument or this host cannot do it. Nothing was sent."""


class NoReply(InstrumentError):
    """No reply came in time, or only a part of one."""


class BadReply(InstrumentError):
    """The reply is not one of such an instrument."""


class BadChecksum(BadReply):
    """The frame was damaged on the way."""


class InstrumentFault(InstrumentError):
    """The instrument itself reports that something is wrong."""


class LinkLost(InstrumentError):
    """The port cannot be opened, or the connection has ended; `__cause__` is what the system said."""
