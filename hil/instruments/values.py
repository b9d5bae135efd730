"""Numbers and temperatures in the forms that instruments print; everything else is an error."""

from __future__ import annotations

import math
import re
from typing import Final

from hil.instruments.errors import BadReply

__all__ = ["ABSOLUTE_ZERO_DEGC", "decimal", "flag", "plausible", "shown", "temperature"]

ABSOLUTE_ZERO_DEGC: Final = -273.15
_HOTTEST_DEGC: Final = 3500.0
_NUMBER: Final = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?")
_COMMA: Final = re.compile(r"[+-]?\d+,\d+([eE][+-]?\d+)?")
_WITH_UNIT: Final = re.compile(r"(?P<number>.*?)\s*(?:°|deg)?\s*(?P<unit>[CFK])?", re.IGNORECASE | re.DOTALL)


def shown(data: bytes | str) -> str:
    """`data` for a person: text in quotes with escapes, other bytes in hexadecimal."""
    if isinstance(data, str):
        return repr(data[:80])
    if data and all(byte in b"\r\n\t" or 0x20 <= byte < 0x7F for byte in data[:80]):
        return repr(data[:80].decode("ascii"))
    return data[:32].hex(" ").upper() or "nothing"


def decimal(text: str) -> float:
    """The finite number that `text` prints, with a decimal point.

    Raises BadReply where it is not a number, and for a decimal comma, because 1,234 has two meanings.
    """
    text = text.strip()
    if _COMMA.fullmatch(text):
        raise BadReply(f"{shown(text)} has a decimal comma; set the instrument's decimal format to a point")
    if not _NUMBER.fullmatch(text):
        raise BadReply(f"{shown(text)} is not a number")
    value = float(text)
    if not math.isfinite(value):
        raise BadReply(f"{shown(text)} is not a finite number")
    return value


def plausible(degc: float) -> float:
    """Returns `degc` if it can be a temperature. Raises BadReply otherwise (SCPI's 9.91E37 stands for no value)."""
    if not ABSOLUTE_ZERO_DEGC <= degc <= _HOTTEST_DEGC:
        raise BadReply(f"{degc:g} °C is not a possible temperature")
    return degc


def temperature(text: str) -> float:
    """The temperature in degC that `text` prints, with or without the unit after the number.

    Raises BadReply for another unit, for text that is not a number, and for an impossible temperature.
    """
    match = _WITH_UNIT.fullmatch(text.strip())
    assert match is not None  # every text matches: the number may be anything
    unit = (match["unit"] or "C").upper()
    number = decimal(match["number"])
    if unit != "C":
        raise BadReply(f"{shown(text.strip())} is in °{unit}, but °C was expected; set the instrument's unit to °C")
    return plausible(number)


_STATES: Final = {"0": False, "OFF": False, "1": True, "ON": True}


def flag(text: str) -> bool:
    """A state printed as 0 or 1, sometimes with a sign, or as OFF or ON. Raises BadReply for anything else."""
    value = text.strip()
    state = _STATES.get(value.upper().removeprefix("+"))
    if state is None:
        raise BadReply(f"{shown(value)} is neither 0 nor 1")
    return state
