"""A pytest plugin for runs of the tests: a fault of the simulated bench at a set time, and what is left at its end.

The environment says which: TWIN_FAULT (`never-settles`, `trip`, `pull`), TWIN_FAULT_AT (bench seconds), TWIN_LEFT (the
file in which it reports how the bench was left).
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

from hil.emulators import BlackbodyEmulator, ModbusBoardEmulator, NumatoEmulator
from hil.twin import Twin

_start, _stop = Twin.start, Twin.stop


async def _started(twin: Twin) -> None:
    await _start(twin)
    fault = os.environ.get("TWIN_FAULT", "")
    low = twin.emulators["low"]
    assert isinstance(low, BlackbodyEmulator)
    faults: dict[str, Callable[[], None]] = {
        "never-settles": lambda: setattr(low.physics, "never_stable", True),
        "trip": low.trip,
        "pull": twin.servers["low"].pull,
    }
    if fault:
        twin.at(float(os.environ.get("TWIN_FAULT_AT", "0")), faults[fault])


async def _stopped(twin: Twin) -> None:
    left = os.environ.get("TWIN_LEFT")
    if left:
        Path(left).write_text(json.dumps({name: _left(each) for name, each in twin.emulators.items()}))
    await _stop(twin)


def _left(emulator: object) -> object:
    if isinstance(emulator, BlackbodyEmulator):
        return {"output": emulator.physics.output, "set_point": emulator.physics.set_point}
    if isinstance(emulator, ModbusBoardEmulator):
        return [channel for channel, closed in emulator.coils.items() if closed]
    return [n for n, closed in enumerate(emulator.relays) if closed] if isinstance(emulator, NumatoEmulator) else None


Twin.start = _started  # type: ignore[method-assign]
Twin.stop = _stopped  # type: ignore[method-assign]
