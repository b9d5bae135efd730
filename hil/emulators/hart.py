"""An emulated Hart Scientific or Fluke 9132 or 9133: streams from the start, echoes, ends lines with CR and LF."""

from __future__ import annotations

import re
from typing import Final

from hil.emulators.emulator import BlackbodyEmulator
from hil.emulators.physics import Clock, Thermal

__all__ = ["Hart913xEmulator"]

_RANGES: Final = {"9132": (50.0, 500.0), "9133": (-22.0, 150.0)}


class Hart913xEmulator(BlackbodyEmulator):
    """Starts with a reading every second, full duplex, line feeds and degC; heats and cools at all times."""

    ending = b"\r"

    def __init__(
        self, clock: Clock | None = None, *, model: str = "9132", thermal: Thermal | None = None, seed: int = 0
    ) -> None:
        super().__init__(clock, thermal=thermal, seed=seed)
        self.model = model
        self.low, self.high = _RANGES[model]
        self.sample_s = 1
        self.full_duplex = True
        self.line_feed = True
        self.unit = "C"
        self.ignores: set[str] = set()
        """Commands that this unit ignores, as a defective or foreign one does: names without values."""
        self._told_s = self.clock()
        self.physics.switch(True)

    def split(self, pending: bytes) -> tuple[bytes, bytes]:
        match = re.match(rb"[^\r\n]*[\r\n]+", pending)
        return (match[0], pending[match.end() :]) if match else (b"", pending)

    def unsolicited(self) -> bytes:
        with self.lock:
            now = self.clock()
            if not self.sample_s or now - self._told_s < self.sample_s or self.faults.no_reply:
                return b""
            self._told_s = now
            self.update()
            return self._line(self._temperature())

    def answer(self, request: bytes) -> bytes:
        words = request.decode("ascii", "replace")
        while "\b" in words:
            words = re.sub(r"[^\b]?\b", "", words, count=1)
        words = "".join(words.split()).lower()
        echo = f"{words}\r\n".encode("ascii") if self.full_duplex else b""
        name, equals, value = words.partition("=")
        if name in self.ignores:
            return echo
        if equals:
            self._set(name, value)
            return echo
        answer = self._ask(name)
        return echo + (self._line(answer) if answer else b"")

    def _set(self, name: str, value: str) -> None:
        if name == "sa" and value.isdigit():
            self.sample_s = int(value)
        elif name == "du" and value[:1] in ("f", "h"):
            self.full_duplex = value[0] == "f"
        elif name == "lf":
            self.line_feed = value == "on"
        elif name == "u" and value in ("c", "f"):
            self.unit = value.upper()
        elif name == "s" and re.fullmatch(r"[+-]?\d+\.?\d*(e[+-]?\d+)?", value):
            wanted = float(value)
            degc = (wanted - 32) / 1.8 if self._unit() == "F" else wanted
            if self.low <= degc <= self.high:
                self.physics.command(degc)

    def _ask(self, name: str) -> str:
        match name:
            case "s" | "setpoint":
                return f"set: {self._degrees(self.physics.set_point)} {self._unit()}"
            case "t" | "temperature":
                return self._temperature()
            case "u" | "units":
                return f"u: {self._unit().lower()}"
            case "sa":
                return f"sa: {self.sample_s}"
            case "*ver":
                return f"ver.{self.model},2.00"
            case _:
                return ""

    def _temperature(self) -> str:
        return f"t: {self._degrees(self.physics.indicated())} {self._unit()}"

    def _unit(self) -> str:
        return "F" if self.faults.wrong_unit else self.unit

    def _degrees(self, degc: float) -> str:
        return self.faults.number(f"{degc * 1.8 + 32 if self._unit() == 'F' else degc:.2f}")

    def _line(self, text: str) -> bytes:
        return text.encode("ascii") + (b"\r\n" if self.line_feed else b"\r")
