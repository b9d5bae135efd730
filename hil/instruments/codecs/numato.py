"""Numato relay and GPIO modules: words in ASCII over USB CDC; the baud rate does not matter.

A command ends with CR. The module echoes every character, then prints the answer and a prompt: the reply ends with `>`.
Relays and pins from 10 on are written as letters from A on (not hexadecimal: they go beyond F).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final, TypeVar

from hil.instruments.errors import BadReply, InstrumentFault, Refused
from hil.instruments.exchange import Exchange
from hil.instruments.values import shown

__all__ = [
    "ask_id",
    "ask_version",
    "index",
    "read_all_relays",
    "read_gpio",
    "read_relay",
    "set_directions",
    "set_relay",
    "write_all_relays",
]

T = TypeVar("T")

_PROMPT: Final = b">"
_NOTICE: Final = re.compile(r"#\s*[0-9A-Fa-f]+\s.*")  # an edge reported unasked, while `gpio notify` is on
_REFUSED: Final = re.compile(r"(invalid|unknown|error|command not)", re.IGNORECASE)


def index(channel: int) -> str:
    """How a relay or pin is written: 0..9, then A..Z."""
    if not 0 <= channel <= 35:
        raise Refused(f"there is no relay or pin {channel}")
    return str(channel) if channel < 10 else chr(ord("A") + channel - 10)


def set_relay(channel: int, closed: bool) -> Exchange[None]:
    """`relay on 0`."""
    return _command(f"relay {'on' if closed else 'off'} {index(channel)}", _no_answer)


def read_relay(channel: int) -> Exchange[bool]:
    """`relay read 0` -> on or off."""
    return _command(f"relay read {index(channel)}", _word(("off", "on")))


def read_all_relays(count: int) -> Exchange[tuple[bool, ...]]:
    """`relay readall` -> hexadecimal, the lowest bit is relay 0."""

    def read(answer: str) -> tuple[bool, ...]:
        if not re.fullmatch(r"[0-9A-Fa-f]+", answer):
            raise BadReply(f"{shown(answer)} is not hexadecimal")
        mask = int(answer, 16)
        if mask >> count:
            raise BadReply(f"{shown(answer)} names more than {count} relays")
        return tuple(bool(mask >> place & 1) for place in range(count))

    return _command("relay readall", read)


def write_all_relays(mask: int, count: int) -> Exchange[None]:
    """`relay writeall 00`, with a digit for four relays, two at least."""
    return _command(f"relay writeall {mask:0{max(2, count // 4)}x}", _no_answer)


def read_gpio(channel: int) -> Exchange[bool]:
    """`gpio read 0` -> 0 or 1."""
    return _command(f"gpio read {index(channel)}", _word(("0", "1")))


def set_directions(inputs: int, count: int) -> Exchange[None]:
    """`gpio iodir ff`: a set bit makes a pin an input."""
    return _command(f"gpio iodir {inputs:0{max(2, count // 4)}x}", _no_answer)


def ask_version() -> Exchange[str]:
    """`ver` -> the firmware."""
    return _command("ver", str)


def ask_id() -> Exchange[str]:
    """`id get` -> the identifier that its owner gave it."""
    return _command("id get", str)


def _command(words: str, read: Callable[[str], T]) -> Exchange[T]:
    request = words.encode("ascii") + b"\r"

    def decode(reply: bytes) -> T:
        answers = []
        for raw in re.split(rb"[\r\n]+", reply.removesuffix(_PROMPT)):
            line = raw.decode("ascii", "replace").strip().removeprefix(">").strip()
            if line and line.lower() != words.lower() and not _NOTICE.fullmatch(line):
                answers.append(line)
        if len(answers) > 1:
            raise BadReply(f"{shown(' / '.join(answers))} is more than one answer to {words!r}")
        answer = answers[0] if answers else ""
        if _REFUSED.match(answer):
            raise InstrumentFault(f"it refuses {words!r}: {answer}")
        return read(answer)

    def frame(buffer: bytes) -> slice | None:
        # A prompt that stands before the echo ends an earlier reply.
        start = max(buffer.find(words.encode("ascii")), 0)
        end = buffer.find(_PROMPT, start)
        if end < 0 or not buffer[start:end].strip(b"\r\n >"):
            return None
        return slice(start, end + 1)

    return Exchange(request, decode, frame)


def _no_answer(answer: str) -> None:
    if answer:
        raise BadReply(f"{shown(answer)} answers a command that has no answer")


def _word(words: tuple[str, str]) -> Callable[[str], bool]:
    def read(answer: str) -> bool:
        if answer.lower() not in words:
            raise BadReply(f"{shown(answer)} is neither {words[0]} nor {words[1]}")
        return answer.lower() == words[1]

    return read
