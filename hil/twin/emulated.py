"""The emulated instrument for a station of a bench file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from hil.bench.errors import BenchFileError
from hil.bench.model import Station
from hil.emulators import (
    BlackbodyEmulator,
    Clock,
    Emulator,
    Fluke418xEmulator,
    Hart913xEmulator,
    LcusEmulator,
    ModbusBlackbodyEmulator,
    ModbusBoardEmulator,
    NumatoEmulator,
    Sr800NEmulator,
    Sr800REmulator,
    Thermal,
)
from hil.instruments.codecs.register_map import BUILT_IN, RegisterMap

__all__ = ["Board", "contact_closed", "drive_input", "emulator_of"]

Board = ModbusBoardEmulator | NumatoEmulator | LcusEmulator
"""The emulated boards with relays."""

_NOISE_K: Final = 0.008
_HOTTEST_4180: Final = 120.0


def emulator_of(station: Station, clock: Clock, *, ambient: float, seed: int) -> Emulator:
    """The instrument of `station`, in the time of `clock`. Raises BenchFileError for one without an emulator."""
    make = _MAKERS.get(station.driver)
    if make is None:
        raise BenchFileError(
            f"{station.name}: a {station.driver} cannot be simulated; {', '.join(_MAKERS)} and modem-lines can"
        )
    return make(station, clock, Thermal(ambient=ambient, noise=_NOISE_K), seed)


def contact_closed(board: Board, channel: int) -> bool:
    """Whether the contact of a relay is closed; `channel` as printed on the board."""
    return board.closed(channel)


def drive_input(board: Emulator, channel: int, active: bool) -> None:
    """Applies a level to an input; `channel` as printed on the board. Does nothing for a board without inputs."""
    if isinstance(board, ModbusBoardEmulator | NumatoEmulator):
        board.drive(channel, active)


def _fluke(station: Station, clock: Clock, thermal: Thermal, seed: int) -> BlackbodyEmulator:
    highest = station.limits.high if station.limits is not None else station.options.get("high", _HOTTEST_4180 + 1)
    model = "4180" if highest <= _HOTTEST_4180 else "4181"
    return Fluke418xEmulator(clock, model=model, thermal=thermal, seed=seed)


def _hart(station: Station, clock: Clock, thermal: Thermal, seed: int) -> BlackbodyEmulator:
    model = "9133" if "9133" in str(station.options.get("model", "9132")) else "9132"
    return Hart913xEmulator(clock, model=model, thermal=thermal, seed=seed)


def _sr800n(station: Station, clock: Clock, thermal: Thermal, seed: int) -> BlackbodyEmulator:
    return Sr800NEmulator(clock, thermal=thermal, seed=seed, **_ends(station.options))


def _sr800r(station: Station, clock: Clock, thermal: Thermal, seed: int) -> BlackbodyEmulator:
    return Sr800REmulator(clock, thermal=thermal, seed=seed, **_ends(station.options))


def _modbus_blackbody(station: Station, clock: Clock, thermal: Thermal, seed: int) -> BlackbodyEmulator:
    given = station.options["registers"]
    data = BUILT_IN[given] if isinstance(given, str) else given
    registers = RegisterMap.from_data({**data, **_ends(station.options)})
    unit = station.options.get("unit", 1)
    return ModbusBlackbodyEmulator(registers, clock, unit=unit, thermal=thermal, seed=seed)


def _modbus_board(station: Station, clock: Clock, thermal: Thermal, seed: int) -> Emulator:
    return ModbusBoardEmulator(clock, **_only(station.options, "unit", "relays", "inputs"))


def _numato(station: Station, clock: Clock, thermal: Thermal, seed: int) -> Emulator:
    return NumatoEmulator(clock, **_only(station.options, "relays", "gpios"))


def _lcus(station: Station, clock: Clock, thermal: Thermal, seed: int) -> Emulator:
    relays = station.options.get("relays", 1)
    return LcusEmulator(clock, relays=relays, firmware="text" if station.options.get("answers", True) else "mute")


def _ends(options: Mapping[str, Any]) -> dict[str, float]:
    return {key: float(options[key]) for key in ("low", "high") if key in options}


def _only(options: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {key: options[key] for key in names if key in options}


_MAKERS: Final[Mapping[str, Callable[[Station, Clock, Thermal, int], Emulator]]] = {
    "fluke-418x": _fluke,
    "hart-913x": _hart,
    "sr-800n": _sr800n,
    "sr-800r": _sr800r,
    "modbus-blackbody": _modbus_blackbody,
    "modbus-board": _modbus_board,
    "numato": _numato,
    "lcus": _lcus,
}
