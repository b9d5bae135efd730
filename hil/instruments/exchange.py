"""One request and its reply as values: the bytes to send, where the reply ends, what it means. No I/O.

Every codec consists of functions that return an Exchange, and `Link.perform` carries one out. So a test can compare the
bytes of every command with the manual without a port.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

__all__ = ["Exchange", "Framer", "lines", "silent"]

T = TypeVar("T")

Framer = Callable[[bytes], "slice | None"]
"""Finds the first whole reply in the bytes so far: None while more is needed, BadReply where it cannot be one."""


@dataclass(frozen=True, slots=True)
class Exchange(Generic[T]):
    """A request, and how its reply is found and read.

    `frame` is None where the instrument does not answer; `decode` then gets no bytes. `keeps_input`: bytes that have
    already arrived belong to this reply (of an instrument that only answers commands it refuses).
    """

    request: bytes
    decode: Callable[[bytes], T]
    frame: Framer | None = None
    keeps_input: bool = False


def silent(request: bytes) -> Exchange[None]:
    """A command without an answer."""
    return Exchange(request, _nothing)


def _nothing(reply: bytes) -> None:
    return None


_TERMINATORS = b"\r\n"


def lines(skip: re.Pattern[bytes] | None = None) -> Framer:
    """A framer for one line that ends with CR, LF or both.

    It skips empty lines, and lines that `skip` matches as a whole: echoes, unsolicited readings.
    """

    def frame(buffer: bytes) -> slice | None:
        start = 0
        for end, byte in enumerate(buffer):
            if byte not in _TERMINATORS:
                continue
            line = buffer[start:end].strip()
            if line and not (skip is not None and skip.fullmatch(line)):
                return slice(start, end + 1)
            start = end + 1
        return None

    return frame
