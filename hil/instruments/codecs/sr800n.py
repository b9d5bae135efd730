"""CI Systems SR-800N: the binary protocol of document 6057060, sections 2 and 3.

115200 8N1. `AA 01 <size: 2> <service> <parameters> <check sum>`, big-endian; a parameter is `<id: 2> <size: 2>
<value>`; the sum of the whole frame is 0 modulo 256. Service 6 carries values (a command of ours, or the instrument's
reply), service 8 asks for them. A set has no answer. A parameter that the instrument does not know comes back with size
0.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from hil.instruments.errors import BadChecksum, BadReply, InstrumentFault
from hil.instruments.exchange import Exchange, silent
from hil.instruments.values import plausible, shown

__all__ = [
    "EMITTER_TEMPERATURE",
    "GET",
    "HIGHEST_SET_POINT",
    "LOWEST_SET_POINT",
    "MODE",
    "MODEL",
    "MODE_ABSOLUTE",
    "MODE_DIFFERENTIAL",
    "SERIAL_NUMBER",
    "SET",
    "SET_POINT_ABSOLUTE",
    "SET_POINT_CURRENT",
    "SOFTWARE_VERSION",
    "STABLE",
    "TEMPERATURE",
    "Parameter",
    "ask",
    "ask_all",
    "build",
    "parameters",
    "set_value",
]

T = TypeVar("T")

SYNC: Final = 0xAA
ADDRESS: Final = 1
SET: Final = 6
GET: Final = 8
MODE_ABSOLUTE: Final = 1
MODE_DIFFERENTIAL: Final = 2
_SETTABLE: Final = frozenset({0x07F0, 0x07F1, 0x07F2})  # mode, set point absolute, set point differential
_LARGEST: Final = 1016  # service, data (up to 1014) and check sum


@dataclass(frozen=True, slots=True)
class Parameter(Generic[T]):
    """A parameter of the instrument: its code, its name in the document, and how its value is read and written."""

    code: int
    name: str
    read: Callable[[bytes], T]
    write: Callable[[T], bytes] | None = None


def _degc(value: bytes) -> float:
    number = _float(value)
    return plausible(number)


def _float(value: bytes) -> float:
    if len(value) != 4:
        raise BadReply(f"{shown(value)} is not a floating point number of 4 bytes")
    (number,) = struct.unpack(">f", value)
    if not math.isfinite(number):
        raise BadReply(f"{shown(value)} is not a finite number")
    return float(number)


def _whole_number(value: bytes) -> int:
    # The document has one byte; some firmware sends a word or a floating point number.
    if len(value) == 4 and value[0]:
        number = _float(value)
        if number != int(number):
            raise BadReply(f"{shown(value)} is not a whole number")
        return int(number)
    if len(value) not in (1, 2, 4):
        raise BadReply(f"{shown(value)} is not a whole number of 1, 2 or 4 bytes")
    return int.from_bytes(value, "big")


def _stable(value: bytes) -> bool:
    number = _whole_number(value)
    if number not in (0, 1):
        raise BadReply(f"{number} is neither stable (1) nor unstable (0)")
    return number == 1


def _mode(value: bytes) -> int:
    number = _whole_number(value)
    if number not in (MODE_ABSOLUTE, MODE_DIFFERENTIAL):
        raise BadReply(f"{number} is neither the absolute (1) nor the differential (2) mode")
    return number


def _text(value: bytes) -> str:
    return value.split(b"\0", 1)[0].decode("ascii", "replace").strip()


def _packed(value: float) -> bytes:
    return struct.pack(">f", value)


SERIAL_NUMBER: Final = Parameter(0x0065, "serial number", _text)
SOFTWARE_VERSION: Final = Parameter(0x0066, "software version", _text)
STABLE: Final = Parameter(0x07D5, "temperature is stable", _stable)
TEMPERATURE: Final = Parameter(0x07D7, "current temperature", _degc)
EMITTER_TEMPERATURE: Final = Parameter(0x07D8, "emitter temperature", _degc)
MODE: Final = Parameter(0x07F0, "operation mode", _mode, lambda value: bytes([value]))
SET_POINT_ABSOLUTE: Final = Parameter(0x07F1, "set point (absolute)", _degc, _packed)
SET_POINT_CURRENT: Final = Parameter(0x07F3, "current set point", _degc)
MODEL: Final = Parameter(0x07F8, "blackbody model", _text)
LOWEST_SET_POINT: Final = Parameter(0x0834, "absolute set point minimum", _degc)
HIGHEST_SET_POINT: Final = Parameter(0x0835, "absolute set point maximum", _degc)


_NAMES: Final = {
    parameter.code: parameter.name
    for parameter in (
        SERIAL_NUMBER,
        SOFTWARE_VERSION,
        STABLE,
        TEMPERATURE,
        EMITTER_TEMPERATURE,
        MODE,
        SET_POINT_ABSOLUTE,
        SET_POINT_CURRENT,
        MODEL,
        LOWEST_SET_POINT,
        HIGHEST_SET_POINT,
    )
}


def _name(code: int) -> str:
    return f"the {_NAMES.get(code, 'parameter')} ({code:04X})"


def build(service: int, values: Sequence[tuple[int, bytes]]) -> bytes:
    """A frame with the given parameters, each a code and its value (none when it is asked for)."""
    data = b"".join(struct.pack(">HH", code, len(value)) + value for code, value in values)
    frame = struct.pack(">BBHB", SYNC, ADDRESS, len(data) + 2, service) + data
    return frame + bytes([-sum(frame) & 0xFF])


def parameters(frame: bytes) -> tuple[int, dict[int, bytes]]:
    """The service and the parameters of a whole frame; BadChecksum or BadReply when it is damaged."""
    if sum(frame) & 0xFF:
        raise BadChecksum(f"the check sum of {shown(frame)} is wrong")
    found: dict[int, bytes] = {}
    rest = frame[5:-1]
    while rest:
        if len(rest) < 4:
            raise BadReply(f"{shown(frame)} ends within a parameter")
        code, size = struct.unpack(">HH", rest[:4])
        if len(rest) < 4 + size:
            raise BadReply(f"{shown(frame)} ends within a parameter")
        found[code] = rest[4 : 4 + size]
        rest = rest[4 + size :]
    return frame[4], found


def whole(buffer: bytes) -> slice | None:
    """The framer: where the frame at the beginning of `buffer` ends."""
    if buffer[0] != SYNC:
        raise BadReply(f"a frame begins with AA, not {shown(buffer)}", reply=buffer)
    if len(buffer) < 4:
        return None
    size = int.from_bytes(buffer[2:4], "big")
    if not 2 <= size <= _LARGEST:
        raise BadReply(f"a frame cannot have {size} bytes", reply=buffer)
    return slice(0, 4 + size) if len(buffer) >= 4 + size else None


def set_value(parameter: Parameter[T], value: T) -> Exchange[None]:
    """The command that sets a parameter, without an answer."""
    assert parameter.write is not None
    return silent(build(SET, [(parameter.code, parameter.write(value))]))


def ask(parameter: Parameter[T]) -> Exchange[T]:
    """Asks for one parameter."""
    values = ask_all(parameter.code)
    return Exchange(values.request, lambda reply: _one(values.decode(reply), parameter), values.frame)


def _one(values: Mapping[int, bytes], parameter: Parameter[T]) -> T:
    try:
        return parameter.read(values[parameter.code])
    except BadReply as error:
        raise BadReply(f"{parameter.name}: {error.sentence}") from error


def ask_all(*codes: int) -> Exchange[dict[int, bytes]]:
    """Asks for several parameters in one frame; returns the packed values by code.

    The reply must have each of them: InstrumentFault for one that the instrument does not know, BadReply for a missing
    one.
    """
    request = build(GET, [(code, b"") for code in codes])

    def frame(buffer: bytes) -> slice | None:
        start = 0
        while start < len(buffer):
            found = whole(buffer[start:])
            if found is None:
                return None
            end = start + found.stop
            if not _confirms_a_set(buffer[start:end], codes):
                return slice(start, end)
            start = end
        return None

    def decode(reply: bytes) -> dict[int, bytes]:
        if reply == request:
            raise BadReply("the line echoes every request; switch off the echo of the adapter")
        service, found = parameters(reply)
        if service not in (SET, GET):
            raise BadReply(f"service {service} is not the answer to a question")
        for code in codes:
            if code not in found:
                raise BadReply(f"the reply lacks {_name(code)}")
            if not found[code]:
                raise InstrumentFault(f"it does not know {_name(code)}")
        return found

    return Exchange(request, decode, frame)


def _confirms_a_set(frame: bytes, codes: Sequence[int]) -> bool:
    """Whether a frame is the late confirmation of an earlier set, of which some versions send one."""
    try:
        service, found = parameters(frame)
    except BadReply:
        return False
    return service == SET and bool(found) and _SETTABLE.issuperset(found) and not any(code in found for code in codes)
