"""One request and its reply, as values: what goes out, where the reply ends, what it means. No I/O.

Every codec is made of functions that return an Exchange; `Link.perform` carries one out. A test can therefore hold
the bytes of every command against the manual without a port.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

__all__ = ["Exchange", "Framer", "lines", "silent"]

T = TypeVar("T")

Framer = Callable[[bytes], "slice | None"]
"""Where the first whole reply is in what has come so far; None while more is needed; BadReply where none can be."""


@dataclass(frozen=True, slots=True)
class Exchange(Generic[T]):
    """A request, and how its reply is found and read.

    `frame` is None where the instrument answers nothing; `decode` is then given no bytes. `keeps_input`: what has
    already come in belongs to this reply (an instrument that only speaks up about a command it refused).
    """

    request: bytes
    decode: Callable[[bytes], T]
    frame: Framer | None = None
    keeps_input: bool = False


def silent(request: bytes) -> Exchange[None]:
    """A command that is never answered."""
    return Exchange(request, _nothing)


def _nothing(reply: bytes) -> None:
    return None


_TERMINATORS = b"\r\n"


def lines(skip: re.Pattern[bytes] | None = None) -> Framer:
    """A framer for one line that ends with CR, LF or both.

    Empty lines are passed over, and so are those that `skip` matches as a whole: echoes, unsolicited readings.
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
