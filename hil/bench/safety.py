"""The safe state of an instrument: set point at ambient, output off, relays open; each is verified by reading back."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from hil.bench.model import Station
from hil.instruments import Blackbody, Instrument, InstrumentError, InstrumentFault, Relay, connect, drivers
from hil.instruments.base import BlackbodyDriver

__all__ = ["make_all_safe", "make_safe", "rescue"]

_PAUSE_S: Final = 0.25
_SET_POINT_TOLERANCE_K: Final = 0.5


def make_safe(instrument: Instrument, ambient_degc: float) -> None:
    """Brings an instrument to its safe state. Raises InstrumentError where it does not reach it."""
    if isinstance(instrument, Blackbody):
        instrument.safe(ambient_degc)
        if isinstance(instrument, BlackbodyDriver):
            _see_cool(instrument, ambient_degc)
    if isinstance(instrument, Relay):
        instrument.safe()
        closed = [channel for channel in instrument.channels if instrument.read_back(channel)]
        if closed:
            raise InstrumentFault(f"relay {_listed(closed)} is still driven", instrument=instrument.name)


def _see_cool(blackbody: BlackbodyDriver, ambient_degc: float) -> None:
    if blackbody.has_output_switch and blackbody.output():
        raise InstrumentFault("its output is still on", instrument=blackbody.name)
    wanted, aimed = blackbody.limits.nearest(ambient_degc), blackbody.read_set_point()
    if abs(aimed - wanted) > _SET_POINT_TOLERANCE_K:
        raise InstrumentFault(
            f"the set point {wanted:g} °C was sent, but the instrument still reports {aimed:g} °C",
            instrument=blackbody.name,
        )


def _listed(channels: Sequence[int]) -> str:
    return ", ".join(str(channel) for channel in channels)


def rescue(station: Station, ambient_degc: float) -> None:
    """Opens the port of an instrument again and brings it to its safe state, even if it does not start properly."""
    instrument = connect(station.driver, station.url, name=station.name, ask=_nobody, rescue=True, **station.options)
    try:
        make_safe(instrument, ambient_degc)
    except InstrumentError as error:
        # The error at its start is the cause; whatever fails afterwards follows from it.
        cause = getattr(instrument, "unstarted", None)
        if cause is None:
            raise
        raise cause from error
    finally:
        instrument.close()


def _nobody(sentence: str) -> str:
    raise EOFError


def make_all_safe(
    stations: Mapping[str, Station],
    ambient_degc: float,
    patience_s: float,
    bring: Callable[[Station, float], None] = rescue,
) -> dict[str, str]:
    """Rescues every instrument, and tries again for `patience_s` seconds; returns the reason for each one left unsafe.

    A port may stay taken for a while after its process has died, because a server has not noticed yet.
    """
    # Instruments that heat come first.
    waiting = sorted(stations.values(), key=lambda station: "Blackbody" not in drivers()[station.driver].roles)
    began = time.monotonic()
    reasons: dict[str, str] = {}
    while waiting:
        for station in list(waiting):
            try:
                bring(station, ambient_degc)
            except Exception as error:
                # Whatever the error is, even one of this program: it must not leave the other instruments as they are.
                known = isinstance(error, InstrumentError)
                reasons[station.name] = str(error) if known else f"{type(error).__name__}: {error}"
                if not station.url:
                    waiting.remove(station)  # there is no operator who could work it by hand
            else:
                reasons.pop(station.name, None)
                waiting.remove(station)
        if not waiting or time.monotonic() - began >= patience_s:
            return reasons
        time.sleep(_PAUSE_S)
    return reasons
