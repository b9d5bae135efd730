"""Boards and lines of a bench as coroutines: each call runs in a thread, and its failure breaks the bench."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from hil.instruments.roles import DigitalInput, Edge, EdgeInput, Relay

__all__ = ["DigitalInputHandle", "EdgeInputHandle", "RelayHandle"]


class Caller(Protocol):
    """What a handle needs of the bench."""

    async def call(self, station: str, function: str, *arguments: Any) -> Any: ...


class RelayHandle:
    """A relay board."""

    def __init__(self, bench: Caller, name: str, board: Relay) -> None:
        self._bench, self.name, self._board = bench, name, board

    @property
    def channels(self) -> Sequence[int]:
        """The relays, as printed on the board."""
        return self._board.channels

    async def set(self, channel: int, closed: bool) -> None:
        """Closes or opens a contact."""
        await self._bench.call(self.name, "set", channel, closed)

    async def read_back(self, channel: int) -> bool | None:
        """Whether the board says that it drives the contact closed; None where it tells nothing."""
        driven: bool | None = await self._bench.call(self.name, "read_back", channel)
        return driven


class DigitalInputHandle:
    """A board with inputs."""

    def __init__(self, bench: Caller, name: str, board: DigitalInput) -> None:
        self._bench, self.name, self._board = bench, name, board

    @property
    def inputs(self) -> Sequence[int]:
        """The inputs, as printed on the board."""
        return self._board.inputs

    async def read_input(self, channel: int) -> bool:
        """Whether the input is active now."""
        active: bool = await self._bench.call(self.name, "read_input", channel)
        return active


class EdgeInputHandle:
    """Lines whose changes are stamped."""

    def __init__(self, bench: Caller, name: str, port: EdgeInput) -> None:
        self._bench, self.name, self._port = bench, name, port

    @property
    def lines(self) -> Sequence[str]:
        """The names of the lines."""
        return self._port.lines

    @property
    def resolution_ns(self) -> int:
        """What watching adds to the uncertainty of a stamp, in nanoseconds."""
        return self._port.resolution_ns

    async def arm(self) -> None:
        """Forgets earlier edges; from now on changes are kept."""
        await self._bench.call(self.name, "arm")

    async def wait_edge(self, line: str, active: bool | None, timeout_s: float) -> Edge | None:
        """The next change of `line` (to `active`, unless None); None when there was none within `timeout_s`."""
        edge: Edge | None = await self._bench.call(self.name, "wait_edge", line, active, timeout_s)
        return edge

    async def level(self, line: str) -> bool:
        """Whether `line` is active now."""
        active: bool = await self._bench.call(self.name, "level", line)
        return active
