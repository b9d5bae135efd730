"""SCPI-like commands over a serial line: a Query can be asked, a Control and a Switch can be asked and set."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from hil.instruments.errors import BadReply, Refused
from hil.instruments.exchange import Exchange, lines, silent
from hil.instruments.values import shown

__all__ = ["Control", "Query", "QueuedError", "Switch", "command", "queued_error", "text"]

T = TypeVar("T")

# A converter or an adapter may echo a command; no reply begins with the header of a command.
_ECHO: Final = re.compile(rb"(?:\*[A-Z]{3}|SOUR|OUTP|UNIT|SYST|PROG)\b.*", re.IGNORECASE | re.DOTALL)


def text(reply: bytes) -> str:
    """A reply as text, without its terminator."""
    try:
        return reply.decode("ascii").strip()
    except UnicodeDecodeError as error:
        raise BadReply(f"{shown(reply)} is not text") from error


def command(words: str) -> Exchange[None]:
    """A command without an answer, ended with CR."""
    return silent(words.encode("ascii") + b"\r")


@dataclass(frozen=True, slots=True)
class Query(Generic[T]):
    """A value that can be asked for: the header of its command, and how to read the answer."""

    header: str
    read: Callable[[str], T]

    def ask(self, argument: str = "") -> Exchange[T]:
        """The question; `argument` is MIN, MAX or DEF where the instrument accepts these."""
        words = f"{self.header}? {argument}".rstrip()
        return Exchange(words.encode("ascii") + b"\r", self._decode, lines(_ECHO))

    def _decode(self, reply: bytes) -> T:
        return self.read(text(reply))


@dataclass(frozen=True, slots=True)
class Control(Query[float]):
    """A number that can be asked for and set: its range (None: the model's) and its decimals."""

    low: float | None = None
    high: float | None = None
    decimals: int = 2

    def to(self, value: float) -> Exchange[None]:
        """The command that sets `value`; Refused outside the range."""
        low = self.low if self.low is not None else float("-inf")
        high = self.high if self.high is not None else float("inf")
        if not low <= value <= high or value in (float("inf"), float("-inf")):
            raise Refused(f"{self.header} {value:g} is outside {low:g}..{high:g}")
        return command(f"{self.header} {value:.{self.decimals}f}")


@dataclass(frozen=True, slots=True)
class Switch(Query[bool]):
    """A state that can be asked for, and set to 0 or 1."""

    def to(self, on: bool) -> Exchange[None]:
        """The command that sets the state."""
        return command(f"{self.header} {int(on)}")


@dataclass(frozen=True, slots=True)
class QueuedError:
    """An entry of the instrument's error queue; `code` is None where the entry has no code."""

    code: int | None
    text: str

    def __str__(self) -> str:
        return self.text if self.code is None else f"{self.code} {self.text}".strip()


def queued_error(reply: str) -> QueuedError | None:
    """The entry in an answer to SYST:ERR?; None when the queue is empty."""
    match = re.fullmatch(r"\s*([+-]?\d+)?\s*,?\s*\"?(.*?)\"?\s*", reply, re.DOTALL)
    assert match is not None  # the text may be anything
    code = int(match[1]) if match[1] else None
    if code == 0 or (code is None and re.fullmatch(r"no\s*errors?|", match[2], re.IGNORECASE)):
        return None
    return QueuedError(code, match[2])
