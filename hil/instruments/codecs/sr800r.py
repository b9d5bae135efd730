"""CI Systems SR-800R: words and numbers in ASCII, 9600 8N1.

A command is a keyword, a space and an operand, ended with CR. A set has no answer; a value comes with three decimals
and CR LF. The instrument answers a command that it refuses with *InvalidCommand* or *InvalidOperand*, even a set.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final, TypeVar

from hil.instruments.codecs.scpi import text
from hil.instruments.errors import InstrumentFault
from hil.instruments.exchange import Exchange, lines, silent
from hil.instruments.values import temperature

__all__ = ["ask_target_temperature", "ask_temperature", "set_absolute_mode", "set_temperature", "took"]

T = TypeVar("T")

# An echo, or the confirmation of a set, which only some versions send.
_ECHO: Final = re.compile(rb"(?:GET|SET)[A-Z]+.*|\*?(?:OK|ACK|DONE)\*?", re.IGNORECASE | re.DOTALL)
_REFUSED: Final = re.compile(r"\*\s*(Invalid\w+)\s*\*", re.IGNORECASE)


def _value(read: Callable[[str], T]) -> Callable[[bytes], T]:
    def decode(reply: bytes) -> T:
        words = text(reply)
        refused = _REFUSED.fullmatch(words)
        if refused is not None:
            raise InstrumentFault(f"it refuses a command: {refused[1]}")
        return read(words)

    return decode


def _ask(keyword: bytes, *, keeps_input: bool = False) -> Exchange[float]:
    return Exchange(keyword + b"\r", _value(temperature), lines(_ECHO), keeps_input)


def set_absolute_mode() -> Exchange[None]:
    """Absolute mode: the set point is the temperature of the emitter, not its difference to a target plate."""
    return silent(b"SETMODE 1\r")


def set_temperature(degc: float) -> Exchange[None]:
    """The set point, to a thousandth of a degree."""
    operand = f"{degc:.3f}".rstrip("0")
    return silent(f"SETTEMPERATURE {operand + '0' if operand.endswith('.') else operand}\r".encode("ascii"))


def ask_temperature() -> Exchange[float]:
    """The temperature of the emitter in degC."""
    return _ask(b"GETTEMPERATURE")


def took() -> Exchange[float]:
    """As `ask_temperature`, directly after a set: a refusal of the set comes before the value and is raised."""
    return _ask(b"GETTEMPERATURE", keeps_input=True)


def ask_target_temperature() -> Exchange[float]:
    """The set point that the instrument works towards, in degC."""
    return _ask(b"GETTARGETTEMPERATURE")
