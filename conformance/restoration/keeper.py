"""Restoration: a run leaves the device as it found it.

A case declares the things it writes (`writes` of a case), by name:

    pair:1                                               the configuration that set command 1 changes
    presets, cruise-groups, linescans, dead-pixels       lists that are changed entry by entry
    clock, recording, ptz                                what the device does at the moment
    second-password                                      registered by `conformance.dut`: only a login finds it out

Before the first case writes a thing, the keeper reads it, and its value goes to the journal: a line in a file of the
run, forced to the disk (fsync) before anything is sent that could change the device. Each thing is saved once in a run,
so that the journal holds what the run found and not what an earlier case left.

After each case, the keeper restores what the case declared. It reads the thing and writes only what differs from the
saved value, then reads it again: the state that the device shows decides, and not the return code of the write. What
still differs is written a second time, alone and in the form of the document, because a device may mix up the fields of
one message. At the end of a run everything that was saved is looked at once more, whatever came in between.

The journal outlives the run. A run that was killed, or whose camera went away, is finished by `thermoproof restore`,
which does the same from the file. A run that restored everything closes its journal with a line that says so.

A thing that cannot be restored is broken: no later case may write it, and the error says why. `NotKept`: the device
accepted the former values and does not show them, which is its fault. `NotUnderstood`: its answer is malformed, so
there is no value to save or to compare. Any other `RestoreError`: the device refused a command, or still differs
without having accepted the values. Secrets are never saved: a get masks a password, and the mask must not be written
back.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Final

from conformance.catalogue.json_types import Json
from conformance.catalogue.model import Catalogue
from conformance.client.errors import LinkError, LocalError, RemoteError, ReplyTimeout
from conformance.restoration.device_state import DeviceClock, PtzMovement, Recordings
from conformance.restoration.journal import Journal
from conformance.restoration.keepsake import Keepsake, NotKept, NotUnderstood, RestoreError, Speaker
from conformance.restoration.lists import CRUISE_GROUPS, PRESETS, DeadPixels, LineScans
from conformance.restoration.pairs import PairKeepsake

__all__ = ["Keeper"]

_TRIES: Final = 2
"""How often a thing is written before it counts as not restored, and how often everything is tried at the end."""

_THING_S: Final = 60.0
"""How long reading and writing one thing may take: a hostile device may list a million entries."""

_SILENCES: Final = 3
"""After so many things in a row that the device did not answer, it is left alone."""


class Keeper:
    """Saves things before they are changed, and restores them.

    `journal` is None where nothing outlives the process (tests). `now` gives the host's time, which moves along where a
    run moves the clock of the simulated camera. `saved` holds the saved value of each thing; `broken` holds, for each
    thing that is not as it was, the reason.
    """

    def __init__(
        self, catalogue: Catalogue, journal: Journal | None, now: Callable[[], datetime] = datetime.now
    ) -> None:
        self._catalogue = catalogue
        self._journal = journal
        self._keepsakes: dict[str, Keepsake] = {
            "presets": PRESETS,
            "cruise-groups": CRUISE_GROUPS,
            "linescans": LineScans(catalogue),
            "dead-pixels": DeadPixels(),
            "clock": DeviceClock(now),
            "recording": Recordings(),
            "ptz": PtzMovement(),
        }
        self.saved: dict[str, Json] = {}
        self.broken: dict[str, str] = {}

    def register(self, thing: str, keepsake: Keepsake) -> None:
        """Add a thing whose keepsake needs more than the catalogue and a speaker."""
        self._keepsakes[thing] = keepsake

    async def save(self, thing: str, speaker: Speaker, case: str) -> None:
        """Read `thing` and write it to the journal, once per run. Raises RestoreError when it cannot be read."""
        if thing in self.saved:
            return
        async with _understood(thing):
            value = await self._keepsake(thing).read(speaker)
        if self._journal is not None:
            self._journal.save(thing, value, case)
        self.saved[thing] = value

    def refuse_broken(self, thing: str) -> None:
        """Raise RestoreError if an earlier case left `thing` changed: nothing more may be written to it."""
        if thing in self.broken:
            raise RestoreError(f"not run: an earlier case left {thing} changed ({self.broken[thing]})")

    async def restore(self, thing: str, speaker: Speaker) -> None:
        """Write the saved value, unless the device shows it already, and verify it.

        Raises NotKept, NotUnderstood or RestoreError when the device is not as it was.
        """
        value = self.saved[thing]
        async with _understood(thing):
            keepsake = self._keepsake(thing)
            accepted = None
            for _ in range(_TRIES):
                present = await keepsake.read(speaker)
                if not keepsake.differs(value, present):
                    return
                accepted = await keepsake.write(speaker, value, present)
            left = keepsake.differs(value, await keepsake.read(speaker))
        if left:
            raise (NotKept if accepted else RestoreError)(f"{thing} differs from what was saved: {'; '.join(left[:5])}")

    async def restore_all(self, session: Callable[[], Awaitable[Speaker]]) -> dict[str, str]:
        """Restore everything that was saved; returns what could not be restored, and why. Never raises.

        Some things need others first (a cruise group needs its presets), so that a failure is tried once more at the
        end. A device that does not answer three times in a row is left alone.
        """
        problems, silences = dict.fromkeys(self.saved, "not tried: the camera does not answer"), 0
        for _ in range(_TRIES):
            for thing in list(problems):
                if silences >= _SILENCES:
                    return problems
                try:
                    await self.restore(thing, await session())
                    del problems[thing]
                    silences = 0
                except RestoreError as error:
                    problems[thing] = str(error)
                except (LinkError, ReplyTimeout) as error:
                    problems[thing] = f"{thing}: {error}"
                    silences += 1
                except RemoteError as error:
                    problems[thing] = f"{thing}: {error}"
        return problems

    def _keepsake(self, thing: str) -> Keepsake:
        """The keepsake of `thing`, a new one for each use of a pair. Raises LookupError or ValueError."""
        kind, _, number = thing.partition(":")
        return PairKeepsake(self._catalogue, int(number)) if kind == "pair" else self._keepsakes[thing]


@asynccontextmanager
async def _understood(thing: str) -> AsyncIterator[None]:
    """Turn what a malformed answer makes of our code into NotUnderstood: a device may show anything.

    An answer that takes for ever counts as malformed too.
    """
    try:
        async with asyncio.timeout(_THING_S):
            yield
    except TimeoutError:
        raise NotUnderstood(f"{thing}: not read and written within {_THING_S:g} s") from None
    except (LookupError, TypeError, ValueError, AttributeError, ArithmeticError, LocalError) as error:
        # A LocalError: what the device shows became a message of ours that the catalogue forbids.
        raise NotUnderstood(f"{thing}: what is shown cannot be understood: {type(error).__name__}: {error}") from error
