"""A bench in use: its instruments by name, one cause when it breaks, and a safe state at every end.

`Bench` gives references, boards and lines to the procedures. Each call to an instrument runs in a thread. The first
failure breaks the bench: every instrument is brought to its safe state at once, and from then on every use of the bench
raises that same cause. So one broken instrument gives one cause, not a failure for each case after it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, Final, ParamSpec, Self, TypeVar

from hil.bench.errors import BenchBroken
from hil.bench.guardian import PATIENCE_S
from hil.bench.handles import DigitalInputHandle, EdgeInputHandle, RelayHandle
from hil.bench.interlock import common_limits
from hil.bench.model import BenchFile, Contact
from hil.bench.rack import Connect, Rack, in_words
from hil.bench.reference import BenchClock, Reference
from hil.bench.threads import in_thread
from hil.instruments import (
    BadReply,
    Blackbody,
    DigitalInput,
    EdgeInput,
    Identity,
    InstrumentError,
    NoReply,
    Refused,
    Relay,
)
from hil.instruments import connect as connect_instrument

__all__ = ["Bench", "RealClock"]

T = TypeVar("T")
P = ParamSpec("P")

_ATTEMPTS: Final = 3
"""How often a question is asked before its silence breaks the bench."""


class RealClock:
    """The host's own time."""

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    def monotonic(self) -> float:
        return time.monotonic()


class Bench:
    """The instruments of a bench file, from `open` to `close`.

    `ask` reaches the operator of a manual instrument. `connect` opens an instrument (as hil.instruments.connect).
    A `simulated` bench lives and dies with its run and needs neither a lock nor a guardian. `folder` is where locks and
    marks are kept, by default this user's. `patience_s` is for how long the guardian of a dead run tries to reach an
    instrument. `retries` are the failures after which a question was asked again.
    """

    def __init__(
        self,
        file: BenchFile,
        clock: BenchClock | None = None,
        *,
        ask: Callable[[str], str] | None = None,
        connect: Connect = connect_instrument,
        simulated: bool = False,
        folder: Path | None = None,
        patience_s: float = PATIENCE_S,
    ) -> None:
        self.file = file
        self.clock: BenchClock = clock if clock is not None else RealClock()
        self.simulated = simulated
        self.ask = ask
        self.retries: list[str] = []
        self._rack = Rack(file, ask=ask, connect=connect, simulated=simulated, folder=folder, patience_s=patience_s)
        self._references: dict[str, Reference] = {}
        self._remembered: dict[type[Any], Any] = {}
        self._broken = ""
        self._closing: asyncio.Future[dict[str, str]] | None = None

    @property
    def broken(self) -> str:
        """The one cause why the bench can no longer be relied on; empty while it can."""
        return self._broken

    @property
    def identities(self) -> Mapping[str, Identity]:
        """The identities that the instruments report, by name."""
        return self._rack.identities

    @property
    def notices(self) -> tuple[str, ...]:
        """A sentence for each instrument that an earlier run left without its safe state."""
        return tuple(mark.left() for mark in self._rack.left.values())

    async def open(self) -> None:
        """Locks the bench, starts its guardian, connects and identifies every instrument.

        Raises BenchBroken for the first that cannot be used (BenchBusy where another run holds it); whatever was
        connected until then is brought to its safe state and let go.
        """
        try:
            await self._rack.hold()
        except BenchBroken as error:
            self._latch(str(error))
            raise
        try:
            for name, station in self.file.stations.items():
                await self._rack.connect(name)
                instrument = self._rack.instruments[name]
                if isinstance(instrument, Blackbody):
                    common_limits(instrument.limits, station.limits, name)
                    self._references[name] = Reference(self, station, instrument, self.file.settling, self.clock)
        except InstrumentError as error:
            self._latch(str(error))
            await self.close()
            raise BenchBroken(self._broken) from error
        except BaseException:
            await self.close()
            raise

    async def close(self) -> tuple[str, ...]:
        """Brings every instrument to its safe state and lets it go.

        Returns a sentence for each instrument that did not reach its safe state. Such an instrument is marked on this
        host, and the next run and `bench check` report it.
        """
        self._latch("the bench is closed")
        return in_words(await self._let_go())

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.close()

    async def query(self, question: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Asks an instrument: calls `question`, a method of its role, in a thread.

        A question without an answer, or with a damaged one, is asked again. Raises what `command` raises.
        """
        return await self._call(partial(question, *args, **kwargs), attempts=_ATTEMPTS)

    async def command(self, order: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Commands an instrument: calls `order`, a method of its role, once and in a thread.

        Raises Refused for what is not allowed: nothing was sent and nothing is broken. The first failure of an
        instrument raises BenchBroken, once every other instrument is safe, and so does every later call.
        """
        return await self._call(partial(order, *args, **kwargs), attempts=1)

    async def _call(self, function: Callable[[], T], *, attempts: int) -> T:
        self._require_sound()
        while True:
            attempts -= 1
            try:
                return await in_thread(function)
            except Refused:
                raise
            except InstrumentError as error:
                if attempts and isinstance(error, NoReply | BadReply):
                    self.retries.append(str(error))
                    continue
                self._latch(str(error))
                # Nothing will use the bench any more: it must not stay hot for the rest of a run that may take hours.
                await self._let_go()
                raise BenchBroken(self._broken) from error

    def remembered(self, kind: type[T]) -> T:
        """The one `kind()` that lives as long as this bench: what its users remember from one case to the next."""
        found: T = self._remembered.setdefault(kind, kind())
        return found

    def references(self) -> list[Reference]:
        """Every reference of the bench, in the order of its file. Raises BenchBroken."""
        self._require_sound()
        return list(self._references.values())

    def reference(self, name: str | None = None) -> Reference:
        """The reference `name`, or the only one; Refused where there is none, or where several could be meant."""
        return self._chosen("reference", self._references, name)[1]

    def relay(self, name: str | None = None) -> RelayHandle:
        """The relay board `name`, or the only one; Refused as for `reference`."""
        boards = {key: each for key, each in self._rack.instruments.items() if isinstance(each, Relay)}
        return RelayHandle(self, *self._chosen("relay board", boards, name))

    def digital_input(self, name: str | None = None) -> DigitalInputHandle:
        """The input board `name`, or the only one; Refused as for `reference`."""
        boards = {key: each for key, each in self._rack.instruments.items() if isinstance(each, DigitalInput)}
        return DigitalInputHandle(self, *self._chosen("input board", boards, name))

    def edge_input(self, name: str | None = None) -> EdgeInputHandle:
        """The edge input `name`, or the only one; Refused as for `reference`."""
        ports = {key: each for key, each in self._rack.instruments.items() if isinstance(each, EdgeInput)}
        return EdgeInputHandle(self, *self._chosen("edge input", ports, name))

    async def drive(self, contact: Contact, active: bool) -> None:
        """Makes active, or inactive, what is wired to the contact of a relay."""
        if isinstance(contact.channel, str):
            raise Refused(f"{contact} is a modem line, which cannot be driven", instrument=contact.station)
        await self.relay(contact.station).set(contact.channel, active != contact.inverted)

    async def sense(self, contact: Contact) -> bool:
        """Whether the thing that is wired to an input, or to a modem line, is active."""
        if isinstance(contact.channel, str):
            level = await self.edge_input(contact.station).level(contact.channel)
        else:
            level = await self.digital_input(contact.station).read_input(contact.channel)
        return level != contact.inverted

    async def _let_go(self) -> dict[str, str]:
        if self._closing is None:
            # Once begun, the release goes on to its end, even if the task that waits for it is cancelled.
            self._closing = asyncio.ensure_future(self._rack.release())
        return await asyncio.shield(self._closing)

    def _latch(self, cause: str) -> None:
        self._broken = self._broken or cause

    def _require_sound(self) -> None:
        if not self._broken and not self._rack.guarded:
            self._latch("the guardian of the bench has ended: nothing would make the bench safe if this run died")
        if self._broken:
            raise BenchBroken(self._broken)

    def _chosen(self, what: str, found: Mapping[str, T], name: str | None) -> tuple[str, T]:
        """The one of `found` that is called `name`, or the only one, with its name."""
        self._require_sound()
        chosen = next(iter(found)) if name is None and len(found) == 1 else name
        if chosen is None:
            raise Refused(f"it is not clear which {what} is meant: the bench has {', '.join(found) or 'none'}")
        if chosen not in found:
            raise Refused(f"the bench has no {what} {chosen}; it has {', '.join(found) or 'none'}")
        return chosen, found[chosen]
