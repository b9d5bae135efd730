"""An emulated Fluke 4180 or 4181."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable
from typing import Final

from hil.emulators.emulator import BlackbodyEmulator
from hil.emulators.physics import Clock, Thermal

__all__ = ["Fluke418xEmulator"]

_RANGES: Final = {"4180": (-15.0, 120.0), "4181": (35.0, 500.0)}
_QUEUE: Final = 16


class Fluke418xEmulator(BlackbodyEmulator):
    """Follows the operators manual: it does not answer a command that it refuses, but queues an error."""

    ending = b"\r"

    def __init__(
        self,
        clock: Clock | None = None,
        *,
        model: str = "4181",
        thermal: Thermal | None = None,
        seed: int = 0,
    ) -> None:
        super().__init__(clock, thermal=thermal, seed=seed)
        self.model = model
        self.unit = "C"
        self.errors: deque[str] = deque(maxlen=_QUEUE)
        self.stability_limit = 0.4 if model == "4181" else 0.1
        self.emissivity = 0.95
        self.scan_rate = 100.0
        self.line_feed = False
        self.decimal_comma = False
        self.beep = True
        self._low, self._high = _RANGES[model]
        self._queries: dict[str, Callable[[], str]] = {
            "*IDN?": lambda: f"FLUKE,{self.model},B3C002,1.10",
            "SYST:ERR?": lambda: self.errors.popleft() if self.errors else '0,"No error"',
            "SYST:COD:VERS?": lambda: "1.10",
            "SYST:COMM:SER:LIN?": lambda: str(int(self.line_feed)),
            "SYST:DEC:FORM?": lambda: str(int(self.decimal_comma)),
            "UNIT:TEMP?": lambda: self._unit(),
            "SOUR:SPO?": lambda: self._degrees(self.physics.set_point, 2),
            "SOUR:SPO? MIN": lambda: self._degrees(self._low, 2),
            "SOUR:SPO? MAX": lambda: self._degrees(self._high, 2),
            "SOUR:SENS:DATA?": lambda: self._degrees(self.physics.indicated(), 2),
            "SOUR:SENS:BLOC?": lambda: self._degrees(self.physics.indicated() * 1.02, 2),
            "OUTP:STAT?": lambda: str(int(self.physics.output)),
            "OUTP:DATA?": lambda: self._number(self._heating(), 1),
            "SOUR:STAB:TEST?": lambda: str(int(self.physics.stable(self.stability_limit))),
            "SOUR:STAB:DAT?": lambda: self._number(self.physics.variation(), 3),
            "SOUR:STAB:LIM?": lambda: self._number(self.stability_limit, 2),
            "SOUR:STAB:BEEP?": lambda: str(int(self.beep)),
            "SOUR:RATE?": lambda: self._number(self.scan_rate, 2),
            "SOUR:EMIS?": lambda: self._number(self.emissivity, 3),
            "SOUR:CAL:EMIS?": lambda: self._number(0.95, 3),
            "SOUR:CAL:WAV?": lambda: "0",
            "SOUR:CAL:DATE?": lambda: "2007,1,18",
            "SOUR:CAL:PAR2?": lambda: self._number(0.20, 2),
            "SOUR:PROT:TRIP?": lambda: str(int(self.physics.tripped)),
            "SOUR:PROT:HCUT?": lambda: self._degrees(self._high + 25, 0),
            "PROG:SEL?": lambda: "3",
            "PROG:STAT?": lambda: "0",
        }

    def split(self, pending: bytes) -> tuple[bytes, bytes]:
        match = re.match(rb"[^\r\n]*[\r\n]+", pending)
        return (match[0], pending[match.end() :]) if match else (b"", pending)

    def answer(self, request: bytes) -> bytes:
        words = " ".join(request.decode("ascii", "replace").upper().split())
        if not words:
            return b""
        if "?" in words:
            query = self._queries.get(words)
            if query is None:
                self.errors.append('-113,"Undefined header"')
                return b""
            return query().encode("ascii") + (b"\r\n" if self.line_feed else b"\r")
        self._command(*words.partition(" ")[::2])
        return b""

    def _command(self, header: str, argument: str) -> None:
        if header == "*CLS":
            self.errors.clear()
        elif header == "SOUR:PROT:CLEAR":
            self.physics.clear_trip()
        elif header == "UNIT:TEMP" and argument in ("C", "F"):
            self.unit = argument
        elif header in ("OUTP:STAT", "SYST:DEC:FORM", "SYST:COMM:SER:LIN", "SOUR:STAB:BEEP"):
            self._switch(header, argument)
        elif header in ("SOUR:SPO", "SOUR:STAB:LIM", "SOUR:RATE", "SOUR:EMIS"):
            self._set(header, argument)
        elif header.startswith("SOUR:CAL"):
            self.errors.append('-203,"Command protected"')
        else:
            self.errors.append('-113,"Undefined header"')

    def _switch(self, header: str, argument: str) -> None:
        if argument not in ("0", "1"):
            self.errors.append('-224,"Illegal parameter value"')
            return
        on = argument == "1"
        if header == "OUTP:STAT":
            if on and self.physics.tripped:
                self.errors.append('-200,"Cutout"')
            self.physics.switch(on)
        elif header == "SYST:DEC:FORM":
            self.decimal_comma = on
        elif header == "SYST:COMM:SER:LIN":
            self.line_feed = on
        else:
            self.beep = on

    def _set(self, header: str, argument: str) -> None:
        match = re.fullmatch(r"([+-]?\d+\.?\d*(?:E[+-]?\d+)?)\s*[A-Z]*", argument)
        if match is None:
            self.errors.append('-104,"Data type error"')
            return
        value = float(match[1])
        if header == "SOUR:SPO" and self._unit() == "F":
            value = (value - 32) / 1.8
        low, high = {
            "SOUR:SPO": (self._low, self._high),
            "SOUR:STAB:LIM": (0.01, 5.0),
            "SOUR:RATE": (0.1, 500.0),
            "SOUR:EMIS": (0.9, 1.0),
        }[header]
        if not low <= value <= high:
            self.errors.append('-222,"Data out of range"')
        elif header == "SOUR:SPO":
            self.physics.command(value)
        elif header == "SOUR:STAB:LIM":
            self.stability_limit = value
        elif header == "SOUR:RATE":
            self.scan_rate = value
            self.physics.set_ramp(value)
        else:
            self.emissivity = value

    def _unit(self) -> str:
        return "F" if self.faults.wrong_unit else self.unit

    def _degrees(self, degc: float, decimals: int) -> str:
        return self._number(degc * 1.8 + 32 if self._unit() == "F" else degc, decimals)

    def _number(self, value: float, decimals: int) -> str:
        text = f"{value:.{decimals}f}"
        return text.replace(".", ",") if self.decimal_comma else self.faults.number(text)

    def _heating(self) -> float:
        if not self.physics.output:
            return 0.0
        return min(100.0, max(0.0, 5.0 + 10.0 * (self.physics.set_point - self.physics.controlled())))
