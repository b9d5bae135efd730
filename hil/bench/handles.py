"""Boards and lines of a bench as coroutines: each call runs in a thread, and a failure of it breaks the bench."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ParamSpec, Protocol, TypeVar

from hil.instruments.roles import DigitalInput, Edge, EdgeInput, Relay

__all__ = ["DigitalInputHandle", "EdgeInputHandle", "RelayHandle"]


P = ParamSpec("P")
T = TypeVar("T")


class Caller(Protocol):
    """The part of a bench that handles and references use to speak to an instrument."""

    async def query(self, question: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Asks, again where no answer comes."""

    async def command(self, order: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Commands, once."""


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
        await self._bench.command(self._board.set, channel, closed)

    async def read_back(self, channel: int) -> bool | None:
        """Whether the board reports that it drives the contact closed; None where it reports nothing."""
        return await self._bench.query(self._board.read_back, channel)


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
        return await self._bench.query(self._board.read_input, channel)


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
        """Forgets earlier edges and keeps every change from now on."""
        await self._bench.command(self._port.arm)

    async def wait_edge(self, line: str, active: bool | None, timeout_s: float) -> Edge | None:
        """The next change of `line` (to `active`, unless None); None when there was none within `timeout_s`."""
        return await self._bench.command(self._port.wait_edge, line, active, timeout_s)

    async def level(self, line: str) -> bool:
        """Whether `line` is active now."""
        return await self._bench.query(self._port.level, line)
