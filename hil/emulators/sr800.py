"""Emulated CI Systems blackbodies: the SR-800N in binary, the SR-800R in ASCII. Both heat and cool at all times."""

from __future__ import annotations

import re
import struct
from typing import Final

from hil.emulators.emulator import BlackbodyEmulator
from hil.emulators.physics import Clock, Thermal

__all__ = ["Sr800NEmulator", "Sr800REmulator"]

_STABLE_WITHIN: Final = 0.05
_GET: Final = 8
_SET: Final = 6


class Sr800NEmulator(BlackbodyEmulator):
    """Answers a question about parameters with a set of them; an unknown parameter comes back empty."""

    checksum = 1

    def __init__(
        self,
        clock: Clock | None = None,
        *,
        low: float = -40.0,
        high: float = 150.0,
        thermal: Thermal | None = None,
        seed: int = 0,
    ) -> None:
        super().__init__(clock, thermal=thermal, seed=seed)
        self.low = low
        self.high = high
        self.mode = 1
        self.unknown: set[int] = set()
        """Parameters that this version of the instrument does not know."""
        self.physics.switch(True)

    def split(self, pending: bytes) -> tuple[bytes, bytes]:
        start = pending.find(b"\xaa")
        pending = pending[start:] if start >= 0 else b""
        if len(pending) < 4:
            return b"", pending
        end = 4 + int.from_bytes(pending[2:4], "big")
        return (pending[:end], pending[end:]) if len(pending) >= end else (b"", pending)

    def answer(self, request: bytes) -> bytes:
        if sum(request) & 0xFF or len(request) < 6:
            return b""
        asked = []
        rest = request[5:-1]
        while len(rest) >= 4:
            code, size = struct.unpack(">HH", rest[:4])
            value, rest = rest[4 : 4 + size], rest[4 + size :]
            if request[4] == _SET:
                self._take(code, value)
            elif request[4] == _GET:
                asked.append((code, self._value(code)))
        return self._frame(asked) if asked else b""

    def _take(self, code: int, value: bytes) -> None:
        if code == 0x07F0 and value in (b"\x01", b"\x02"):
            self.mode = value[0]
        elif code == 0x07F1 and len(value) == 4:
            (wanted,) = struct.unpack(">f", value)
            if self.low <= wanted <= self.high:
                self.physics.command(wanted)

    def _value(self, code: int) -> bytes:
        if code in self.unknown:
            return b""
        match code:
            case 0x0064:
                return struct.pack(">I", 0x210)
            case 0x0065:
                return b"N0815".ljust(20, b"\0")
            case 0x0066:
                return b"2.10".ljust(20, b"\0")
            case 0x07D5:
                return bytes([self.physics.stable(_STABLE_WITHIN)])
            case 0x07D7 | 0x07D8:
                return self._degrees(self.physics.indicated())
            case 0x07F0:
                return bytes([self.mode])
            case 0x07F1 | 0x07F3:
                return self._degrees(self.physics.set_point)
            case 0x07F8:
                return b"7D".ljust(20, b"\0")
            case 0x0834:
                return struct.pack(">f", self.low)
            case 0x0835:
                return struct.pack(">f", self.high)
            case _:
                return b""

    def _degrees(self, degc: float) -> bytes:
        return struct.pack(">f", degc * 1.8 + 32 if self.faults.wrong_unit else degc)

    @staticmethod
    def _frame(values: list[tuple[int, bytes]]) -> bytes:
        data = b"".join(struct.pack(">HH", code, len(value)) + value for code, value in values)
        frame = b"\xaa\x01" + struct.pack(">HB", len(data) + 2, _SET) + data
        return frame + bytes([(256 - sum(frame)) % 256])


class Sr800REmulator(BlackbodyEmulator):
    """Answers questions, and commands that it refuses; it does not answer commands that it obeys."""

    ending = b"\r\n"

    def __init__(
        self,
        clock: Clock | None = None,
        *,
        low: float = -40.0,
        high: float = 150.0,
        thermal: Thermal | None = None,
        seed: int = 0,
    ) -> None:
        super().__init__(clock, thermal=thermal, seed=seed)
        self.low = low
        self.high = high
        self.mode = 2
        self.physics.switch(True)

    def split(self, pending: bytes) -> tuple[bytes, bytes]:
        match = re.match(rb"[^\r]*\r\n?", pending)
        return (match[0], pending[match.end() :]) if match else (b"", pending)

    def answer(self, request: bytes) -> bytes:
        keyword, _, operand = request.decode("ascii", "replace").strip().upper().partition(" ")
        match keyword:
            case "GETTEMPERATURE":
                return self._degrees(self.physics.indicated())
            case "GETTARGETTEMPERATURE":
                return self._degrees(self.physics.set_point)
            case "SETMODE":
                if operand.strip() not in ("1", "2"):
                    return b"*InvalidOperand*\r\n"
                self.mode = int(operand)
            case "SETTEMPERATURE":
                if not re.fullmatch(r"[+-]?\d+\.?\d*", operand.strip()) or not self.low <= float(operand) <= self.high:
                    return b"*InvalidOperand*\r\n"
                self.physics.command(float(operand))
            case _:
                return b"*InvalidCommand*\r\n"
        return b""

    def _degrees(self, degc: float) -> bytes:
        value = degc * 1.8 + 32 if self.faults.wrong_unit else degc
        return f"{self.faults.number(f'{value:.3f}')}\r\n".encode("ascii")
