"""What every emulated instrument is: bytes in, bytes out, and a clock; servers put it on a wire."""

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

    `receive` takes what came in and returns what goes out; `unsolicited` returns what it says by itself. Both are
    called by a server; tests may hold `lock` to change several things at once.
    """

    ending: ClassVar[bytes] = b""
    """What ends a line of a text reply; empty for binary frames."""
    checksum: ClassVar[int] = 0
    """How many bytes at the end of a reply check it."""
    longest: ClassVar[int] = 512
    """How much of an unfinished request is kept."""

    def __init__(self, clock: Clock | None = None) -> None:
        self.clock: Clock = clock if clock is not None else time.monotonic
        self.faults = Faults()
        self.lock = threading.RLock()
        self.requests: list[bytes] = []
        self._pending = b""

    def receive(self, data: bytes) -> bytes:
        """Takes bytes off the wire and returns what is answered."""
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
        """What it says unasked since it was last looked at; most say nothing."""
        return b""

    @abstractmethod
    def split(self, pending: bytes) -> tuple[bytes, bytes]:
        """The first whole request of `pending` (empty when there is none yet), and the rest."""

    @abstractmethod
    def answer(self, request: bytes) -> bytes:
        """What it answers to one request, by the book; nothing where it does not answer."""


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
        """What the target radiates as now."""
        with self.lock:
            self.update()
            return self.physics.true()

    def trip(self) -> None:
        """Makes the cut-out act now."""
        with self.lock:
            self.update()
            self.physics.trip()
