"""Modem lines in memory, which a pseudo terminal does not have: in place of the port and of the kernel's wait."""

from __future__ import annotations

import queue
from collections.abc import Mapping
from typing import Final

__all__ = ["EmulatedModemLines"]

_LINES: Final = ("cts", "dsr", "ri", "cd")


class EmulatedModemLines:
    """A port with modem lines, and the source of their changes; `drive` applies a level from outside.

    `wiring` connects an output (dtr, rts) to an input, as a loop-back does.
    """

    resolution_ns = 0

    def __init__(self, wiring: Mapping[str, str] | None = None) -> None:
        self._levels = dict.fromkeys(_LINES, False)
        self._counts = dict.fromkeys(_LINES, 0)
        self._wiring = dict(wiring or {})
        self._outputs = {"dtr": False, "rts": False}
        self._changes: queue.SimpleQueue[OSError | None] = queue.SimpleQueue()

    def drive(self, line: str, active: bool) -> None:
        """Applies a level to an input and ends the wait for a change."""
        self._apply(line, active)
        self._changes.put(None)

    def pulse(self, line: str) -> None:
        """A pulse that is over before anyone can look: two changes, but only one end of a wait."""
        level = self._levels[line]
        self._apply(line, not level)
        self._apply(line, level)
        self._changes.put(None)

    def pull(self) -> None:
        """Pulls the cable of the converter: the port is gone."""
        self._changes.put(OSError(5, "Input/output error"))

    def levels(self) -> Mapping[str, bool]:
        """The inputs as they are now."""
        return dict(self._levels)

    def counts(self) -> Mapping[str, int]:
        """How often each input has changed."""
        return dict(self._counts)

    def wait_change(self) -> None:
        """Returns after the next change."""
        error = self._changes.get()
        if error is not None:
            raise error

    def close(self) -> None:
        """Does nothing: it holds no port."""

    @property
    def dtr(self) -> bool:
        """The output DTR."""
        return self._outputs["dtr"]

    @dtr.setter
    def dtr(self, active: bool) -> None:
        self._put("dtr", active)

    @property
    def rts(self) -> bool:
        """The output RTS."""
        return self._outputs["rts"]

    @rts.setter
    def rts(self, active: bool) -> None:
        self._put("rts", active)

    def _put(self, output: str, active: bool) -> None:
        self._outputs[output] = active
        if output in self._wiring:
            self.drive(self._wiring[output], active)

    def _apply(self, line: str, active: bool) -> None:
        if self._levels[line] != active:
            self._levels[line] = active
            self._counts[line] += 1
