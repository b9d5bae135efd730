"""The modem lines of an RS-232 port as inputs whose edges are stamped, and as two outputs.

Inputs: CTS, DSR, RI, CD; outputs: DTR, RTS. On Linux the kernel waits for a change (TIOCMIWAIT), and its counters
(TIOCGICOUNT) show edges that came too fast to be read. Elsewhere, and on ports that cannot wait, the lines are polled
if the caller accepts the coarser stamps. Pseudo terminals and sockets have no modem lines.
"""

from __future__ import annotations

import queue
import struct
import threading
import time
from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal, Protocol

from hil.instruments.errors import InstrumentError, LinkLost, Refused
from hil.instruments.roles import Edge, Identity
from hil.instruments.transport import LineSettings, open_port

__all__ = ["LINES", "KernelLines", "LineSource", "ModemLines", "PolledLines"]

LINES: Final = ("cts", "dsr", "ri", "cd")
OUTPUTS: Final[Mapping[int, str]] = {1: "dtr", 2: "rts"}
_NS: Final = 1_000_000_000


class LineSource(Protocol):
    """The source of changes of the lines; `resolution_ns` is 0 where the kernel waits for them."""

    resolution_ns: int

    def levels(self) -> Mapping[str, bool]:
        """The lines as they are now."""

    def counts(self) -> Mapping[str, int] | None:
        """How often each line has changed since a fixed moment; None where nothing counts."""

    def wait_change(self) -> None:
        """Returns when a line has changed, or may have; may block for ever."""


class KernelLines:
    """The lines of a port of this host, with the kernel waiting. Only on Linux; Refused elsewhere."""

    resolution_ns = 0

    def __init__(self, port: Any) -> None:
        self._port = port
        try:
            import fcntl
            import termios
        except ImportError as error:
            raise Refused("only Linux can wait for modem lines; choose the method 'poll'") from error
        if not hasattr(termios, "TIOCMIWAIT") or not hasattr(termios, "TIOCGICOUNT"):
            raise Refused("this system cannot wait for modem lines; choose the method 'poll'")
        self._ioctl = fcntl.ioctl
        self._termios = termios
        self._mask = termios.TIOCM_CTS | termios.TIOCM_DSR | termios.TIOCM_RI | termios.TIOCM_CD
        try:
            self._descriptor = port.fileno()
            self.counts()
        except (OSError, AttributeError, ValueError) as error:
            raise Refused("this port does not count changes of its modem lines; choose the method 'poll'") from error

    def levels(self) -> Mapping[str, bool]:
        return _levels(self._port)

    def counts(self) -> Mapping[str, int]:
        # struct serial_icounter_struct: cts, dsr, rng, dcd, then seven more and nine reserved, all of them int.
        packed = self._ioctl(self._descriptor, self._termios.TIOCGICOUNT, bytes(80))
        return dict(zip(LINES, struct.unpack_from("4i", packed), strict=True))

    def wait_change(self) -> None:
        self._ioctl(self._descriptor, self._termios.TIOCMIWAIT, self._mask)


class PolledLines:
    """The lines of any pyserial port, read every `period_s` s: an edge is up to one period older than its stamp."""

    def __init__(self, port: Any, period_s: float = 0.001) -> None:
        if not 0 < period_s <= 1:
            raise Refused(f"the polling period of modem lines must lie in 0..1 s, not {period_s:g} s")
        self._port = port
        self._period_s = period_s
        self.resolution_ns = round(period_s * _NS)

    def levels(self) -> Mapping[str, bool]:
        return _levels(self._port)

    def counts(self) -> None:
        return None

    def wait_change(self) -> None:
        time.sleep(self._period_s)


def _levels(port: Any) -> dict[str, bool]:
    return {line: bool(getattr(port, line)) for line in LINES}


class ModemLines:
    """Edge inputs and two outputs on one port. A thread waits for `source` to report changes and stamps them."""

    lines: Sequence[str] = LINES
    channels: Sequence[int] = tuple(OUTPUTS)

    def __init__(self, port: Any, source: LineSource, name: str = "modem lines") -> None:
        self._port = port
        self._source = source
        self._name = name
        self._edges: queue.SimpleQueue[Edge | InstrumentError] = queue.SimpleQueue()
        self._kept: list[Edge] = []
        self._lost: InstrumentError | None = None
        self._closed = threading.Event()
        self._looking = threading.Lock()
        self._levels: Mapping[str, bool] = self._now()
        self._counts = source.counts()
        self._looked_ns = time.monotonic_ns()
        self._thread: threading.Thread | None = None

    @property
    def name(self) -> str:
        """The name in its errors."""
        return self._name

    @property
    def resolution_ns(self) -> int:
        """The polling period; 0 where the kernel waits."""
        return self._source.resolution_ns

    def identify(self) -> Identity:
        """Modem lines have no identity; this says how edges are found."""
        self._now()
        how = f"polled every {self.resolution_ns / 1e6:g} ms" if self.resolution_ns else "waited for by the kernel"
        return Identity("RS-232 modem lines", how)

    def level(self, line: str) -> bool:
        """Whether `line` is active (positive voltage) now."""
        self._require(line)
        return self._now()[line]

    def arm(self) -> None:
        """Forgets earlier edges and keeps every change from now on."""
        self._look(time.monotonic_ns(), waited=False)
        while not self._edges.empty():
            self._take(self._edges.get())
        self._kept.clear()
        if self._thread is None:
            self._thread = threading.Thread(target=self._watch, name=self._name, daemon=True)
            self._thread.start()

    def wait_edge(self, line: str, active: bool | None, timeout_s: float) -> Edge | None:
        """The next change of `line` (to `active`, unless None); None when there was none within `timeout_s`."""
        self._require(line)
        if self._thread is None:
            raise Refused("it is not armed, so that earlier edges are lost; call arm() first", instrument=self._name)
        deadline = time.monotonic() + timeout_s
        while True:
            for edge in self._kept:
                if edge.line == line and active in (None, edge.active):
                    self._kept.remove(edge)
                    return edge
            if self._lost is not None:
                raise LinkLost(self._lost.sentence, instrument=self._name) from self._lost.__cause__
            try:
                self._take(self._edges.get(timeout=max(0.0, deadline - time.monotonic())))
            except queue.Empty:
                # The kernel misses a change in the moment between two waits; this look finds it.
                self._look(time.monotonic_ns(), waited=False)
                if self._edges.empty():
                    return None

    def set(self, channel: int, closed: bool) -> None:
        """Drives DTR (1) or RTS (2) active; a dry contact from there to an input needs no supply of its own."""
        if channel not in OUTPUTS:
            raise Refused("its outputs are 1 (DTR) and 2 (RTS)", instrument=self._name)
        try:
            setattr(self._port, OUTPUTS[channel], closed)
        except OSError as error:
            raise LinkLost(f"the port has no modem lines: {error}", instrument=self._name) from error

    def read_back(self, channel: int) -> bool | None:
        """The level that was set; the line itself is not measured."""
        if channel not in OUTPUTS:
            raise Refused("its outputs are 1 (DTR) and 2 (RTS)", instrument=self._name)
        return bool(getattr(self._port, OUTPUTS[channel]))

    def safe(self) -> None:
        """Makes both outputs inactive."""
        for channel in OUTPUTS:
            self.set(channel, False)

    def close(self) -> None:
        """Closes the port; a thread that waits in the kernel ends with the process."""
        self._closed.set()
        try:
            self._port.close()
        except Exception:  # noqa: S110 - a lost port may fail to close in any way
            pass

    @classmethod
    def open(
        cls,
        url: str,
        *,
        method: Literal["wait", "poll"] = "wait",
        period_s: float = 0.001,
        name: str = "modem lines",
    ) -> ModemLines:
        """The modem lines of the port at `url`.

        Raises Refused where it cannot wait; the error names the other method.
        """
        port = open_port(url, LineSettings())
        try:
            source: LineSource = KernelLines(port) if method == "wait" else PolledLines(port, period_s)
            return cls(port, source, name)
        except InstrumentError as error:
            port.close()
            error.instrument = name
            raise

    def _now(self) -> Mapping[str, bool]:
        try:
            return self._source.levels()
        except (OSError, TypeError, ValueError) as error:
            raise LinkLost(f"the port has no modem lines, or is gone: {error}", instrument=self._name) from error

    def _watch(self) -> None:
        try:
            while not self._closed.is_set():
                self._look(time.monotonic_ns(), waited=False)
                self._source.wait_change()
                self._look(time.monotonic_ns(), waited=True)
        except (InstrumentError, OSError, TypeError, ValueError) as error:
            lost = LinkLost(f"the port is gone: {error}", instrument=self._name)
            lost.__cause__ = error
            self._edges.put(lost)

    def _look(self, stamp: int, *, waited: bool) -> None:
        # Where nobody waited for the change, it may be as old as our last look.
        with self._looking:
            levels, counts = self._now(), self._source.counts()
            resolution = self.resolution_ns if waited else stamp - self._looked_ns
            for line in LINES:
                for active, missed in self._changes(line, levels[line], counts):
                    self._edges.put(Edge(line, active, stamp, resolution, missed))
            self._levels, self._counts, self._looked_ns = levels, counts, stamp

    def _changes(self, line: str, level: bool, counts: Mapping[str, int] | None) -> list[tuple[bool, int]]:
        # Of changes too fast to be seen one by one, two or three are reported: a pulse is two edges.
        made = int(level != self._levels[line])
        if counts is not None and self._counts is not None:
            made = max(made, counts[line] - self._counts[line])
        reported = made if made < 3 else 2 + made % 2
        return [(level if place % 2 == 0 else not level, made - 1) for place in reversed(range(reported))]

    def _take(self, item: Edge | InstrumentError) -> None:
        if isinstance(item, Edge):
            self._kept.append(item)
        else:
            self._lost = item

    def _require(self, line: str) -> None:
        if line not in LINES:
            raise Refused(f"its lines are {', '.join(LINES)}, not {line}", instrument=self._name)
