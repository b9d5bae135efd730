"""Emulated relay boards with protocols of their own: Numato's words, LCUS's four bytes."""

from __future__ import annotations

import re
from typing import Final, Literal

from hil.emulators.emulator import Emulator
from hil.emulators.physics import Clock

__all__ = ["LcusEmulator", "NumatoEmulator"]

_DIGITS: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


class NumatoEmulator(Emulator):
    """Echoes each character, answers, and prints its prompt; after `gpio notify on` it reports edges by itself."""

    ending = b"\n\r"

    def __init__(self, clock: Clock | None = None, *, relays: int = 8, gpios: int = 8) -> None:
        super().__init__(clock)
        self.relays = [False] * relays
        self.pins = [False] * gpios
        self.directions = 0
        self.notifies = False
        self._news: list[bytes] = []

    def split(self, pending: bytes) -> tuple[bytes, bytes]:
        match = re.match(rb"[^\r]*\r", pending)
        return (match[0], pending[match.end() :]) if match else (b"", pending)

    def answer(self, request: bytes) -> bytes:
        echo = request.strip()
        words = echo.decode("ascii", "replace").split()
        said = self._do(words)
        return echo + b"\n\r" + (said.encode("ascii") + b"\n\r" if said else b"") + b">"

    def unsolicited(self) -> bytes:
        with self.lock:
            news, self._news = b"".join(self._news), []
            return news

    def drive(self, pin: int, high: bool) -> None:
        """Applies a level to a pin from outside."""
        with self.lock:
            before = self._mask(self.pins)
            self.pins[pin] = high
            if self.notifies and before != self._mask(self.pins):
                self._news.append(f"# {self._mask(self.pins):x} {before:x} {self.directions:x}\n\r".encode("ascii"))

    def closed(self, relay: int) -> bool:
        """Whether the contact of relay 0.. is closed."""
        with self.lock:
            return self.relays[relay]

    def _do(self, words: list[str]) -> str:
        match words:
            case ["ver"]:
                return "00000008"
            case ["id", "get"]:
                return "00000000"
            case ["relay", ("on" | "off") as state, relay] if self._known(relay, self.relays):
                self.relays[_DIGITS.index(relay)] = state == "on"
                return ""
            case ["relay", "read", relay] if self._known(relay, self.relays):
                return "on" if self.relays[_DIGITS.index(relay)] else "off"
            case ["relay", "readall"]:
                return f"{self._mask(self.relays):0{max(2, len(self.relays) // 4)}x}"
            case ["relay", "writeall", mask] if re.fullmatch(r"[0-9A-Fa-f]+", mask):
                self.relays = [bool(int(mask, 16) >> place & 1) for place in range(len(self.relays))]
                return ""
            case ["gpio", "read", pin] if self._known(pin, self.pins):
                return str(int(self.pins[_DIGITS.index(pin)]))
            case ["gpio", "iodir", mask] if re.fullmatch(r"[0-9A-Fa-f]+", mask):
                self.directions = int(mask, 16)
                return ""
            case ["gpio", "notify", ("on" | "off") as state]:
                self.notifies = state == "on"
                return f"gpio notify {'enabled' if self.notifies else 'disabled'}"
            case _:
                return "Invalid command"

    @staticmethod
    def _known(index: str, of: list[bool]) -> bool:
        return index in _DIGITS[: len(of)]

    @staticmethod
    def _mask(states: list[bool]) -> int:
        return sum(1 << place for place, on in enumerate(states) if on)


class LcusEmulator(Emulator):
    """Obeys four-byte commands without an answer; `firmware` says how it reports its states: text, bytes or mute."""

    ending = b"\r\n"

    def __init__(
        self, clock: Clock | None = None, *, relays: int = 2, firmware: Literal["text", "bytes", "mute"] = "text"
    ) -> None:
        super().__init__(clock)
        self.relays = [False] * relays
        self.firmware = firmware

    def split(self, pending: bytes) -> tuple[bytes, bytes]:
        while pending and pending[0] not in (0xA0, 0xFF):
            pending = pending[1:]
        size = 1 if pending[:1] == b"\xff" else 4
        return (pending[:size], pending[size:]) if len(pending) >= size else (b"", pending)

    def answer(self, request: bytes) -> bytes:
        if request == b"\xff":
            return self._states()
        _, relay, state, check = request
        if check == sum(request[:3]) & 0xFF and 1 <= relay <= len(self.relays) and state in (0, 1):
            self.relays[relay - 1] = state == 1
        return b""

    def closed(self, relay: int) -> bool:
        """Whether the contact of relay 1.. is closed."""
        with self.lock:
            return self.relays[relay - 1]

    def _states(self) -> bytes:
        if self.firmware == "mute":
            return b""
        if self.firmware == "bytes":
            return bytes(self.relays)
        words = ("ON" if on else "OFF" for on in self.relays)
        return "".join(f"CH{place}:{word} \r\n" for place, word in enumerate(words, 1)).encode("ascii")
