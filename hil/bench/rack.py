"""The instruments of a bench while this process holds them: locked, guarded, connected, and made safe at the end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path

from hil.bench.guardian import PATIENCE_S, Guardian, Plan
from hil.bench.lock import BenchLock
from hil.bench.model import BenchFile
from hil.bench.safety import make_all_safe, make_safe
from hil.bench.state import Mark
from hil.bench.threads import in_thread
from hil.instruments import Blackbody, Identity, Instrument, InstrumentError, Relay
from hil.instruments import connect as connect_instrument

__all__ = ["Connect", "Rack", "in_words"]

Connect = Callable[..., Instrument]

_RESCUE_S = 5.0


class Rack:
    """Call `hold` first, then `connect` for each instrument, and `release` at the end, whatever has happened.

    `simulated` instruments live in this process and die with it, and need neither lock nor guardian. `folder` is where
    locks and marks are kept; `patience_s` is for how long the guardian of a dead run tries to reach an instrument.
    """

    def __init__(
        self,
        file: BenchFile,
        *,
        ask: Callable[[str], str] | None = None,
        connect: Connect = connect_instrument,
        simulated: bool = False,
        folder: Path | None = None,
        patience_s: float = PATIENCE_S,
    ) -> None:
        self.file = file
        self.instruments: dict[str, Instrument] = {}
        self.identities: dict[str, Identity] = {}
        self._recovered: set[str] = set()
        self._ask = ask
        self._patience_s = patience_s
        self._connect = connect
        self._lock = None if simulated else BenchLock(file, folder)
        self._guardian: Guardian | None = None

    @property
    def left(self) -> Mapping[str, Mark]:
        """The marks of instruments that earlier runs left without their safe state, by name."""
        return self._lock.left if self._lock is not None else {}

    @property
    def guarded(self) -> bool:
        """Whether a guardian watches the run, or none is needed."""
        return self._lock is None or (self._guardian is not None and self._guardian.alive)

    async def hold(self) -> None:
        """Takes the locks and starts the guardian; raises BenchBusy or BenchBroken."""
        if self._lock is None:
            return
        await in_thread(self._lock.acquire)
        try:
            self._guardian = await in_thread(Guardian, Plan.of(self.file, self._lock.folder, self._patience_s))
        except BaseException:
            self._lock.release(self._still_left())
            raise

    async def connect(self, name: str) -> Identity:
        """Opens the port of an instrument and asks for its identity.

        A relay board, and an instrument that an earlier run left unsafe, is brought to its safe state first. Raises
        InstrumentError; an instrument whose port was opened before it failed is among `instruments` all the same.
        """
        station = self.file.stations[name]
        instrument = await in_thread(
            self._connect, station.driver, station.url, name=name, ask=self._ask, **station.options
        )
        self.instruments[name] = instrument
        if name in self.left or isinstance(instrument, Relay):
            await in_thread(make_safe, instrument, self.file.ambient.degc)
            self._recovered.add(name)
        identity = await in_thread(instrument.identify)
        self.identities[name] = identity
        return identity

    async def release(self, *, cool: bool = True) -> dict[str, str]:
        """Makes every instrument safe, closes it, and releases the locks; returns the reason for each unsafe one.

        Without `cool` a blackbody is left as it was found, because nothing was set, unless an earlier run had left it
        unsafe.
        """
        unsafe = dict(self._still_left())
        names = [name for name in self.instruments if cool or self._is_to_be_made_safe(name)]
        reasons = await asyncio.gather(*(self._made_safe(name) for name in names))
        unsafe |= {name: reason for name, reason in zip(names, reasons, strict=True) if reason}
        await asyncio.gather(*(in_thread(instrument.close) for instrument in self.instruments.values()))
        self.instruments.clear()
        if self._lock is not None:
            self._lock.mark_unsafe(unsafe)
        if self._guardian is not None:
            await in_thread(self._guardian.dismiss)
            self._guardian = None
        if self._lock is not None:
            self._lock.release(unsafe)
        return unsafe

    def _is_to_be_made_safe(self, name: str) -> bool:
        left_unsafe = name in self.left and name not in self._recovered
        return left_unsafe or not isinstance(self.instruments[name], Blackbody)

    def _still_left(self) -> dict[str, str]:
        # An instrument that could not even be connected is still as the earlier run left it.
        return {name: mark.reason or mark.left() for name, mark in self.left.items() if name not in self.instruments}

    async def _made_safe(self, name: str) -> str:
        instrument = self.instruments[name]
        try:
            await in_thread(make_safe, instrument, self.file.ambient.degc)
        except InstrumentError as error:
            reason = str(error)
        except Exception as error:
            # An error of this program must not leave the other instruments as they are.
            reason = f"{type(error).__name__}: {error}"
        else:
            return ""
        station = self.file.stations[name]
        if self._lock is None or not station.url:
            return reason
        # Where this connection is lost, a new one may still reach the instrument.
        await in_thread(instrument.close)
        again = await in_thread(make_all_safe, {name: station}, self.file.ambient.degc, _RESCUE_S)
        return again.get(name, "")


def in_words(unsafe: Mapping[str, str]) -> tuple[str, ...]:
    """A sentence for each instrument that is not in its safe state."""
    return tuple(f"{name} is not in its safe state: {reason}" for name, reason in unsafe.items())
