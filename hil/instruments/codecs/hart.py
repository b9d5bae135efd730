"""Hart Scientific and Fluke 9132, 9133 and the family that speaks `s=`, `t`, `u`.

ASCII, a command ends with CR. `name=value` sets and has no answer, `name` alone asks. While the sample period is not 0,
readings come unsolicited (`t: 125.745 C`); with full duplex each command is echoed. The codec skips both.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final, TypeVar

from hil.instruments.codecs.scpi import text
from hil.instruments.errors import BadReply
from hil.instruments.exchange import Exchange, lines, silent
from hil.instruments.roles import Identity
from hil.instruments.values import shown, temperature

__all__ = [
    "HALF_DUPLEX",
    "STOP_STREAM",
    "UNIT_TO_CELSIUS",
    "ask_set_point",
    "ask_temperature",
    "ask_unit",
    "ask_version",
    "set_point",
]

T = TypeVar("T")

# An echo is a bare word, with or without a value; an unsolicited reading begins like the answer to `t`.
_ECHO: Final = rb"(?:s|t|u|sa|du|\*ver)(?:=[^:]*)?"
_ECHOED: Final = re.compile(_ECHO, re.IGNORECASE)
_ECHOED_OR_STREAMED: Final = re.compile(_ECHO + rb"|t\s*:.*", re.IGNORECASE | re.DOTALL)

_LABELLED: Final = re.compile(r"([A-Za-z]+)\s*[:=]\s*(.*)", re.DOTALL)
_NAMES: Final = {"set": ("setpoint", "spt"), "t": ("temperature",), "u": ("units",)}

STOP_STREAM: Final = silent(b"sa=0\r")
HALF_DUPLEX: Final = silent(b"du=h\r")
UNIT_TO_CELSIUS: Final = silent(b"u=c\r")


def set_point(degc: float) -> Exchange[None]:
    """The set point, to a hundredth of a degree."""
    return silent(f"s={degc:.2f}\r".encode("ascii"))


def ask_set_point() -> Exchange[float]:
    """`set: 150.00 C`."""
    return _ask(b"s", "set", temperature, _ECHOED_OR_STREAMED)


def ask_temperature() -> Exchange[float]:
    """`t: 149.98 C`; an unsolicited reading after the question is as good as the answer."""
    return _ask(b"t", "t", temperature, _ECHOED)


def ask_unit() -> Exchange[str]:
    """`u: c`."""
    return _ask(b"u", "u", _unit, _ECHOED_OR_STREAMED)


def ask_version() -> Exchange[Identity]:
    """`ver.9132,2.00`."""

    def decode(reply: bytes) -> Identity:
        words = text(reply)
        match = re.fullmatch(r"ver\.?\s*:?\s*([^,]+),\s*(.+)", words, re.IGNORECASE)
        if match is None:
            raise BadReply(f"{shown(words)} is not a version (ver.model,firmware)")
        return Identity("Hart", match[1].strip(), firmware=match[2].strip())

    return Exchange(b"*ver\r", decode, lines(_ECHOED_OR_STREAMED))


def _unit(value: str) -> str:
    word = value.upper().removeprefix("°").removeprefix("DEG").strip()
    if word not in ("C", "CELSIUS", "F", "FAHRENHEIT"):
        raise BadReply(f"{shown(value)} is not a unit of temperature (c or f)")
    return word[0]


def _ask(word: bytes, label: str, read: Callable[[str], T], skip: re.Pattern[bytes]) -> Exchange[T]:
    def decode(reply: bytes) -> T:
        words = text(reply)
        match = _LABELLED.fullmatch(words)
        if match is None:
            try:
                return read(words)  # a related instrument that only prints the value
            except BadReply as error:
                raise BadReply(f"{shown(words)} does not begin with {label}:") from error
        name = match[1].lower()
        if not any(word.startswith(name) and name.startswith(word[:1]) for word in _NAMES[label]):
            raise BadReply(f"{shown(words)} does not begin with {label}:")
        return read(match[2].strip())

    return Exchange(word + b"\r", decode, lines(skip))
