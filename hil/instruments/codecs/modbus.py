"""Modbus RTU: the eight functions that relay boards and temperature controllers need.

`<unit> <function> <data> <CRC: 2, low byte first>`; CRC-16 with polynomial A001, start FFFF. Numbers are big-endian.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from typing import Final, TypeVar

from hil.instruments.errors import BadChecksum, BadReply, InstrumentFault, Refused
from hil.instruments.exchange import Exchange, Framer
from hil.instruments.values import shown

__all__ = [
    "append_crc",
    "crc16",
    "read_coils",
    "read_holding_registers",
    "read_input_registers",
    "read_inputs",
    "write_coil",
    "write_coils",
    "write_register",
    "write_registers",
]

T = TypeVar("T")

READ_COILS: Final = 1
READ_INPUTS: Final = 2
READ_HOLDING: Final = 3
READ_INPUT_REGISTERS: Final = 4
WRITE_COIL: Final = 5
WRITE_REGISTER: Final = 6
WRITE_COILS: Final = 15
WRITE_REGISTERS: Final = 16
_READS: Final = (READ_COILS, READ_INPUTS, READ_HOLDING, READ_INPUT_REGISTERS)
_EXCEPTIONS: Final = {
    1: "illegal function",
    2: "illegal data address",
    3: "illegal data value",
    4: "device failure",
    5: "acknowledge",
    6: "device busy",
}


def crc16(data: bytes) -> int:
    """The checksum of a frame without its last two bytes."""
    crc = 0xFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0xA001 if crc & 1 else 0)
    return crc


def append_crc(frame: bytes) -> bytes:
    """`frame` with its checksum."""
    return frame + crc16(frame).to_bytes(2, "little")


def read_coils(unit: int, address: int, count: int) -> Exchange[tuple[bool, ...]]:
    """The states of `count` relays from `address` on (function 1)."""
    return _read(unit, READ_COILS, address, count, _bits(count), (count + 7) // 8)


def read_inputs(unit: int, address: int, count: int) -> Exchange[tuple[bool, ...]]:
    """The states of `count` inputs from `address` on (function 2)."""
    return _read(unit, READ_INPUTS, address, count, _bits(count), (count + 7) // 8)


def read_holding_registers(unit: int, address: int, count: int) -> Exchange[bytes]:
    """`count` registers from `address` on, 2 bytes each (function 3)."""
    return _read(unit, READ_HOLDING, address, count, bytes, 2 * count)


def read_input_registers(unit: int, address: int, count: int) -> Exchange[bytes]:
    """`count` input registers from `address` on, 2 bytes each (function 4)."""
    return _read(unit, READ_INPUT_REGISTERS, address, count, bytes, 2 * count)


def write_coil(unit: int, address: int, on: bool) -> Exchange[None]:
    """Switches one relay (function 5); the reply repeats the request."""
    return _write_one(unit, WRITE_COIL, address, 0xFF00 if on else 0)


def write_register(unit: int, address: int, value: int) -> Exchange[None]:
    """Sets one register to 0..65535 (function 6); the reply repeats the request."""
    return _write_one(unit, WRITE_REGISTER, address, value)


def write_coils(unit: int, address: int, states: Sequence[bool]) -> Exchange[None]:
    """Switches several relays at once (function 15)."""
    mask = sum(1 << place for place, on in enumerate(states) if on)
    return _write_many(unit, WRITE_COILS, address, len(states), mask.to_bytes((len(states) + 7) // 8, "little"))


def write_registers(unit: int, address: int, data: bytes) -> Exchange[None]:
    """Sets several registers, 2 bytes each (function 16)."""
    return _write_many(unit, WRITE_REGISTERS, address, len(data) // 2, data)


def _head(unit: int, function: int, address: int) -> bytes:
    if not 1 <= unit <= 247 or not 0 <= address <= 0xFFFF:
        raise Refused(f"a Modbus unit is 1..247 and an address 0..65535, not {unit} and {address}")
    return struct.pack(">BBH", unit, function, address)


def _read(unit: int, function: int, address: int, count: int, unpack: Callable[[bytes], T], size: int) -> Exchange[T]:
    request = append_crc(_head(unit, function, address) + struct.pack(">H", count))

    def decode(reply: bytes) -> T:
        data = _checked(reply)[3:]
        if reply[2] != size or len(data) != size:
            raise BadReply(f"{shown(reply)} carries {reply[2]} bytes where {size} were asked for")
        return unpack(data)

    return Exchange(request, decode, _framer(request))


def _write_one(unit: int, function: int, address: int, value: int) -> Exchange[None]:
    request = append_crc(_head(unit, function, address) + struct.pack(">H", value))

    def decode(reply: bytes) -> None:
        _checked(reply)
        if reply != request:
            raise BadReply(f"{shown(reply)} does not repeat the request {shown(request)}")

    return Exchange(request, decode, _framer(request))


def _write_many(unit: int, function: int, address: int, count: int, data: bytes) -> Exchange[None]:
    request = append_crc(_head(unit, function, address) + struct.pack(">HB", count, len(data)) + data)

    def decode(reply: bytes) -> None:
        if _checked(reply) != request[:6]:
            raise BadReply(f"{shown(reply)} does not confirm the request {shown(request)}")

    return Exchange(request, decode, _framer(request))


def _bits(count: int) -> Callable[[bytes], tuple[bool, ...]]:
    return lambda data: tuple(bool(data[place // 8] >> place % 8 & 1) for place in range(count))


def _checked(frame: bytes) -> bytes:
    body = frame[:-2]
    if frame != append_crc(body):
        raise BadChecksum(f"the checksum of {shown(frame)} is wrong")
    if body[1] & 0x80:
        raise InstrumentFault(
            f"it refuses function {body[1] & 0x7F:02d} with exception {body[2]} ({_EXCEPTIONS.get(body[2], 'unknown')})"
        )
    return body


def _framer(request: bytes) -> Framer:
    unit, function = request[0], request[1]

    def frame(buffer: bytes) -> slice | None:
        if len(buffer) < 3:
            return None
        if buffer[0] != unit or buffer[1] & 0x7F != function:
            raise BadReply(f"{shown(buffer)} is no reply of unit {unit} to function {function:02d}", reply=buffer)
        if function in _READS and request.startswith(buffer[: len(request)]):
            # So far it is our own question. A reply may begin like it, but then its checksum comes sooner.
            if len(buffer) >= len(request):
                raise BadReply("the line echoes every request; switch off the echo of the adapter", reply=buffer)
            return slice(0, len(buffer)) if append_crc(buffer[:-2]) == buffer else None
        answered = 5 + buffer[2] if function in _READS else 8
        size = 5 if buffer[1] & 0x80 else answered
        return slice(0, size) if len(buffer) >= size else None

    return frame
