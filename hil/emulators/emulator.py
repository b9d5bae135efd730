"""The base of every emulated instrument: bytes in, bytes out, and a clock; a server puts it on a wire."""

from __future__ import annotations

import threading
import time
from abc import ABC, abstractmethod
from typing import ClassVar

from hil.emulators.faults import Faults
from hil.emulators.physics import BlackbodyPhysics, Clock, Thermal

__all__ = ["BlackbodyEmulator", "Emulator"]


class Emulator(ABC):
    """An instrument without a wire.

    `receive` takes the bytes that came in and returns the answer; `unsolicited` returns what the instrument sends by
    itself. A server calls both; a test may hold `lock` to change several things at once.
    """

    ending: ClassVar[bytes] = b""
    """The end of a line of a text reply; empty for binary frames."""
    checksum: ClassVar[int] = 0
    """The number of check bytes at the end of a reply."""
    longest: ClassVar[int] = 512
    """How many bytes of an unfinished request are kept."""

    def __init__(self, clock: Clock | None = None) -> None:
        self.clock: Clock = clock if clock is not None else time.monotonic
        self.faults = Faults()
        self.lock = threading.RLock()
        self.requests: list[bytes] = []
        self._pending = b""

    def receive(self, data: bytes) -> bytes:
        """Takes bytes off the wire and returns the answer."""
        with self.lock:
            self._pending = (self._pending + data)[-self.longest :]
            out = b""
            while True:
                request, self._pending = self.split(self._pending)
                if not request:
                    return out
                self.requests.append(request)
                reply = self.answer(request)
                out += self.faults.applied(request, reply, ending=self.ending, checksum=self.checksum)

    def unsolicited(self) -> bytes:
        """The bytes that it has sent by itself since the last call; most instruments send none."""
        return b""

    @abstractmethod
    def split(self, pending: bytes) -> tuple[bytes, bytes]:
        """Splits `pending` into its first whole request (empty while there is none) and the rest."""

    @abstractmethod
    def answer(self, request: bytes) -> bytes:
        """The answer to one request as the manual says; empty where the instrument does not answer."""


class BlackbodyEmulator(Emulator):
    """An emulated blackbody: physics that follow the clock."""

    def __init__(self, clock: Clock | None = None, *, thermal: Thermal | None = None, seed: int = 0) -> None:
        super().__init__(clock)
        self.physics = BlackbodyPhysics(thermal, seed=seed)
        self._began_s = self.clock()

    def receive(self, data: bytes) -> bytes:
        with self.lock:
            self.update()
            return super().receive(data)

    def update(self) -> None:
        """Brings the physics up to the clock."""
        with self.lock:
            self.physics.advance_to(self.clock() - self._began_s)

    def true_degc(self) -> float:
        """The temperature in degC as which the target radiates now."""
        with self.lock:
            self.update()
            return self.physics.true()

    def trip(self) -> None:
        """Triggers the cut-out now."""
        with self.lock:
            self.update()
            self.physics.trip()
