"""The drivers by the names that a bench file uses, with the options of each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from hil.instruments.base import SerialInstrument
from hil.instruments.codecs.register_map import BUILT_IN, RegisterMap
from hil.instruments.errors import InstrumentError, Refused
from hil.instruments.fluke418x import Fluke418x
from hil.instruments.hart import Hart913x
from hil.instruments.lcus import LcusBoard
from hil.instruments.manual import ManualBlackbody
from hil.instruments.modbus_blackbody import ModbusBlackbody
from hil.instruments.modbus_board import ModbusBoard
from hil.instruments.modem_lines import ModemLines
from hil.instruments.numato import NumatoBoard
from hil.instruments.roles import Instrument, SetPointLimits
from hil.instruments.sr800n import Sr800N
from hil.instruments.sr800r import Sr800R
from hil.instruments.transport import LineSettings, Link, Transcript, open_link

__all__ = ["LINE_OPTIONS", "Driver", "connect", "drivers"]

LINE_OPTIONS: Final = ("baudrate", "bytesize", "parity", "stopbits", "timeout_s", "gap_s")
_LIMITS: Final = {"low": "lowest set point in °C", "high": "highest set point in °C"}


@dataclass(frozen=True, slots=True)
class Driver:
    """A kind of instrument.

    `roles` are the names of the protocols that it fulfils. `line` are the settings of its port by default. `options`
    are its other options, each with a sentence; `required` are those without a default. `make` builds the driver from a
    link and the options, and sends nothing.
    """

    name: str
    title: str
    roles: frozenset[str]
    line: LineSettings | None
    options: Mapping[str, str]
    make: Callable[[Link, Mapping[str, Any]], SerialInstrument] | None = None
    required: frozenset[str] = field(default=frozenset())


def drivers() -> Mapping[str, Driver]:
    """Every driver by its name."""
    return _DRIVERS


def connect(
    driver: str,
    url: str = "",
    *,
    name: str = "",
    ask: Callable[[str], str] | None = None,
    transcript: Transcript | None = None,
    rescue: bool = False,
    **options: Any,
) -> Instrument:
    """Opens the instrument at `url` and brings it to a known state.

    `name` stands in its errors; `ask` reaches the operator of a manual one. `options` are those of the driver and of
    its line (baudrate, bytesize, parity, stopbits, timeout_s, gap_s). `rescue` returns an instrument even if it does
    not start properly; use it only to bring the instrument to its safe state. Raises Refused for an unknown driver or
    option, LinkLost when the port cannot be opened, and any InstrumentError of its first replies.
    """
    chosen = _DRIVERS.get(driver)
    if chosen is None:
        raise Refused(f"there is no driver {driver}; there are {', '.join(_DRIVERS)}", instrument=name)
    name = name or (f"{driver} at {url}" if url else driver)
    try:
        _require_known(chosen, options)
        if chosen.name == "manual":
            return _manual(ask, options, name)
        if chosen.line is None:
            return ModemLines.open(url, name=name, **options)
        line = replace(chosen.line, **{key: options[key] for key in LINE_OPTIONS if key in options})
        link = open_link(url, line, name, transcript=transcript)
        assert chosen.make is not None
        return _started(chosen.make, link, options, rescue)
    except InstrumentError as error:
        error.instrument = error.instrument or name
        raise


def _started(
    make: Callable[[Link, Mapping[str, Any]], SerialInstrument], link: Link, options: Mapping[str, Any], rescue: bool
) -> Instrument:
    try:
        instrument = make(link, options)
        try:
            instrument.start()
        except InstrumentError as error:
            if not rescue:
                raise
            instrument.unstarted = error
    except BaseException:
        link.close()
        raise
    return instrument


def _require_known(driver: Driver, options: Mapping[str, Any]) -> None:
    known = [*driver.options, *(LINE_OPTIONS if driver.line is not None else ())]
    unknown = sorted(set(options) - set(known))
    if unknown:
        raise Refused(f"the driver {driver.name} has no option {', '.join(unknown)}; it has {', '.join(known)}")
    missing = sorted(driver.required - set(options))
    if missing:
        raise Refused(f"the driver {driver.name} needs {' and '.join(missing)}")


def _limits(options: Mapping[str, Any]) -> SetPointLimits | None:
    if "low" not in options and "high" not in options:
        return None
    try:
        return SetPointLimits(float(options["low"]), float(options["high"]))
    except KeyError as error:
        raise Refused("the limits of a set point need both low and high") from error


def _some_limits(options: Mapping[str, Any]) -> SetPointLimits:
    limits = _limits(options)
    assert limits is not None  # both are required options
    return limits


def _only(options: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {key: options[key] for key in names if key in options}


def _manual(ask: Callable[[str], str] | None, options: Mapping[str, Any], name: str) -> ManualBlackbody:
    if ask is None:
        raise Refused("a manual blackbody needs an operator, and this run has none")
    return ManualBlackbody(ask, limits=_some_limits(options), name=name, **_only(options, "model"))


def _modbus_blackbody(link: Link, options: Mapping[str, Any]) -> SerialInstrument:
    given = options["registers"]
    if isinstance(given, str):
        if given not in BUILT_IN:
            raise Refused(f"there is no register map {given}; there are {', '.join(BUILT_IN)}")
        given = BUILT_IN[given]
    if not isinstance(given, Mapping):
        raise Refused("registers must be a mapping, or the name of a known map")
    return ModbusBlackbody(link, RegisterMap.from_data({**given, **_only(options, *_LIMITS)}), **_only(options, "unit"))


_MODBUS_GAP_S: Final = 0.004  # 3.5 characters at 9600 baud

_ALL: Final = (
    Driver(
        "fluke-418x",
        "Fluke 4180, 4181 and relatives, SCPI-like",
        frozenset({"Blackbody"}),
        LineSettings(),
        {**_LIMITS, "emissivity": "the emissivity of its apparent temperature, 0.9..1"},
        lambda link, options: Fluke418x(link, limits=_limits(options), **_only(options, "emissivity")),
    ),
    Driver(
        "sr-800n",
        "CI Systems SR-800N, binary",
        frozenset({"Blackbody"}),
        LineSettings(115200),
        _LIMITS,
        lambda link, options: Sr800N(link, limits=_limits(options)),
    ),
    Driver(
        "sr-800r",
        "CI Systems SR-800R, ASCII",
        frozenset({"Blackbody"}),
        LineSettings(gap_s=0.05),
        _LIMITS,
        lambda link, options: Sr800R(link, limits=_some_limits(options)),
        frozenset(_LIMITS),
    ),
    Driver(
        "hart-913x",
        "Hart Scientific and Fluke 9132, 9133 and relatives (s=, t, u)",
        frozenset({"Blackbody"}),
        LineSettings(2400),
        {**_LIMITS, "model": "9132 or 9133"},
        lambda link, options: Hart913x(link, limits=_limits(options), model=str(options.get("model", ""))),
    ),
    Driver(
        "modbus-blackbody",
        "any blackbody whose controller speaks Modbus RTU",
        frozenset({"Blackbody"}),
        LineSettings(gap_s=_MODBUS_GAP_S),
        {**_LIMITS, "registers": "the register map, or the name of a known one", "unit": "its address, 1..247"},
        _modbus_blackbody,
        frozenset({"registers"}),
    ),
    Driver(
        "manual",
        "a blackbody that a person sets and reads",
        frozenset({"Blackbody"}),
        None,
        {**_LIMITS, "model": "what it is"},
        None,
        frozenset(_LIMITS),
    ),
    Driver(
        "modbus-board",
        "relay and input boards, Modbus RTU (Waveshare and clones)",
        frozenset({"Relay", "DigitalInput"}),
        LineSettings(gap_s=_MODBUS_GAP_S),
        {"unit": "its address, 1..247", "relays": "how many relays", "inputs": "how many inputs"},
        lambda link, options: ModbusBoard(link, **_only(options, "unit", "relays", "inputs")),
    ),
    Driver(
        "numato",
        "Numato relay and GPIO modules, ASCII over USB",
        frozenset({"Relay", "DigitalInput"}),
        LineSettings(19200),
        {"relays": "how many relays", "gpios": "how many pins"},
        lambda link, options: NumatoBoard(link, **_only(options, "relays", "gpios")),
    ),
    Driver(
        "lcus",
        "LCUS relay boards with a CH340, 4-byte commands",
        frozenset({"Relay"}),
        LineSettings(timeout_s=0.5, gap_s=0.02),
        {"relays": "how many relays, 1..8", "answers": "whether its firmware reports its states"},
        lambda link, options: LcusBoard(link, **_only(options, "relays", "answers")),
    ),
    Driver(
        "modem-lines",
        "modem lines of an RS-232 port: CTS, DSR, RI, CD as edge inputs, DTR, RTS as outputs",
        frozenset({"EdgeInput", "Relay"}),
        None,
        {"method": "wait (Linux) or poll", "period_s": "the polling period in seconds"},
    ),
)

_DRIVERS: Final[Mapping[str, Driver]] = {driver.name: driver for driver in _ALL}
