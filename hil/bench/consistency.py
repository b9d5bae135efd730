"""The contradictions in a bench file: with itself, or with what its drivers and boards can do."""

from __future__ import annotations

from collections.abc import Iterator

from hil.bench.model import BenchFile, Calibration, Contact, Station, rising
from hil.bench.schema import did_you_mean
from hil.instruments import InstrumentError, drivers
from hil.instruments.codecs.register_map import BUILT_IN, RegisterMap
from hil.instruments.registry import LINE_OPTIONS

__all__ = ["problems_of"]


def problems_of(file: BenchFile) -> list[str]:
    """A sentence for each contradiction; it names the key."""
    found: list[str] = []
    for station in file.stations.values():
        found += [f"instruments.{station.name}{problem}" for problem in _of_station(station)]
    found += _shared_ports(file)
    found += _of_wiring(file)
    settling = file.settling
    if settling.period_s > settling.window_s / 3:
        found.append(
            f"settling.period_s: a window of {settling.window_s:g} s must hold at least 4 readings; shorten the period"
        )
    if settling.window_s > settling.timeout_s:
        found.append("settling.timeout_s: it must be at least as long as the window")
    for place, limit in enumerate(file.accuracy.errors):
        if limit.low is not None and limit.high is not None and limit.low >= limit.high:
            found.append(f"accuracy.errors[{place}]: low ({limit.low:g}) must lie below high ({limit.high:g})")
    return found


def _of_station(station: Station) -> Iterator[str]:
    known = drivers()
    if station.driver not in known:
        near = did_you_mean(station.driver, known)
        yield f".driver: there is no driver {station.driver}{near or '; there are ' + ', '.join(known)}"
        return
    driver = known[station.driver]
    manual = driver.name == "manual"
    if manual and station.url:
        yield ".url: a manual instrument has no url; remove the key"
    if not manual and not station.url:
        yield ".url is missing"
    options = [*driver.options, *(LINE_OPTIONS if driver.line is not None else ())]
    for option in station.options:
        if option not in options:
            near = did_you_mean(option, options)
            hint = near or f"; it has {', '.join(options)}"
            yield f".options.{option}: the driver {driver.name} has no such option{hint}"
    for option in sorted(driver.required - set(station.options)):
        yield f".options.{option} is missing: the driver {driver.name} needs it"
    if ("low" in station.options) != ("high" in station.options) and not driver.required & {"low", "high"}:
        yield ".options: give both low and high, or neither"
    if driver.name == "hart-913x" and "low" not in station.options and "model" not in station.options:
        yield ".options: the driver hart-913x needs model, or low and high"
    yield from _of_registers(station)
    if "Blackbody" not in driver.roles:
        for key in ("calibration", "geometry", "limits"):
            if getattr(station, key) is not None:
                yield f".{key}: only a blackbody has this key, and a {driver.name} is not one"
    if station.calibration is not None:
        yield from (f".calibration{problem}" for problem in _of_calibration(station.calibration))


def _of_registers(station: Station) -> Iterator[str]:
    registers = station.options.get("registers")
    if station.driver != "modbus-blackbody" or registers is None:
        return
    if isinstance(registers, str):
        if registers not in BUILT_IN:
            near = did_you_mean(registers, BUILT_IN)
            yield f".options.registers: there is no map {registers}{near or '; there are ' + ', '.join(BUILT_IN)}"
            return
        registers = BUILT_IN[registers]
    limits = {key: station.options[key] for key in ("low", "high") if key in station.options}
    try:
        RegisterMap.from_data({**registers, **limits})
    except InstrumentError as error:
        yield f".options.registers: {error.sentence}"


def _of_calibration(calibration: Calibration) -> Iterator[str]:
    if not rising(calibration.points):
        yield ".points: each point must lie above the one before"
    if calibration.due <= calibration.date:
        yield f".due: it must lie after the date of the calibration, {calibration.date}"


def _shared_ports(file: BenchFile) -> Iterator[str]:
    seen: dict[str, str] = {}
    for station in file.stations.values():
        if station.url and station.url in seen:
            other = seen[station.url]
            yield f"instruments.{station.name}.url: {station.url} is the port of {other} already; use a port of its own"
        seen.setdefault(station.url, station.name)


def _of_wiring(file: BenchFile) -> Iterator[str]:
    wiring = file.wiring
    if wiring.alarm_in is not None:
        yield from _of_contact(file, wiring.alarm_in, "wiring.alarm_in", output=True)
    if wiring.alarm_out is not None:
        yield from _of_contact(file, wiring.alarm_out, "wiring.alarm_out", output=False)
    for place, wire in enumerate(wiring.loopbacks):
        yield from _of_contact(file, wire.relay, f"wiring.loopbacks[{place}].relay", output=True)
        yield from _of_contact(file, wire.input, f"wiring.loopbacks[{place}].input", output=False)


def _of_contact(file: BenchFile, contact: Contact, path: str, *, output: bool) -> Iterator[str]:
    station = file.stations.get(contact.station)
    if station is None:
        near = did_you_mean(contact.station, file.stations)
        yield f"{path}.instrument: there is no {contact.station}{near or '; there are ' + ', '.join(file.stations)}"
        return
    driver = drivers().get(station.driver)
    if driver is None:
        return
    line = isinstance(contact.channel, str)
    role = "Relay" if output else "EdgeInput" if line else "DigitalInput"
    if role not in driver.roles:
        what = {"Relay": "relays", "EdgeInput": "modem lines", "DigitalInput": "numbered inputs"}[role]
        yield f"{path}: {contact.station} ({driver.name}) has no {what}"
    elif output and line:
        yield f"{path}.channel: expected the number of a relay, found {contact.channel!r}"
    elif line and contact.channel not in ("cts", "dsr", "ri", "cd"):
        yield f"{path}.channel: expected one of cts, dsr, ri, cd, found {contact.channel!r}"
