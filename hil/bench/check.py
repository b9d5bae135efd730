"""Checks a bench: which instruments answer, what they show, and whether the wires are where the file says."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable
from pathlib import Path

from hil.bench.certificates import check_calibration
from hil.bench.errors import BenchBroken
from hil.bench.interlock import common_limits
from hil.bench.loopback import check_wiring
from hil.bench.model import BenchFile, Station
from hil.bench.rack import Connect, Rack
from hil.bench.report import Report, Seen
from hil.bench.threads import in_thread
from hil.instruments import Blackbody, DigitalInput, EdgeInput, Identity, Instrument, InstrumentError, Refused, Relay
from hil.instruments import connect as connect_instrument

__all__ = ["check_bench", "run_check"]


async def check_bench(
    file: BenchFile,
    *,
    certify: bool = False,
    today: dt.date | None = None,
    ask: Callable[[str], str] | None = None,
    connect: Connect = connect_instrument,
    simulated: bool = False,
    folder: Path | None = None,
) -> Report:
    """Checks every instrument and every wire, and goes on after one that fails.

    The check switches relays for the loop-backs and leaves them open. It asks blackbodies and does not set them, unless
    an earlier run left them hot. With `certify`, whatever forbids a certificate is an error instead of a warning.
    """
    report = Report(file.name, file.path, certify)
    day = today if today is not None else dt.datetime.now().astimezone().date()
    for station in file.stations.values():
        check_calibration(report, station, day, certify=certify)
    rack = Rack(file, ask=ask, connect=connect, simulated=simulated, folder=folder)
    try:
        await rack.hold()
    except BenchBroken as error:
        report.error("bench", str(error))
        return report
    unsafe: dict[str, str] = {}
    try:
        for name, mark in rack.left.items():
            report.warning(name, mark.left())
        for station in file.stations.values():
            await _check_instrument(report, rack, station)
        await check_wiring(report, rack)
    finally:
        unsafe = await rack.release(cool=False)
    for name, reason in unsafe.items():
        report.error(name, f"it is not in its safe state: {reason}")
    return report


async def _check_instrument(report: Report, rack: Rack, station: Station) -> None:
    try:
        identity = await rack.connect(station.name)
    except InstrumentError as error:
        report.error(station.name, error.sentence)
        return
    instrument = rack.instruments[station.name]
    state: list[str] = []
    for looks, role in ((_blackbody, Blackbody), (_relays, Relay), (_inputs, DigitalInput), (_lines, EdgeInput)):
        if isinstance(instrument, role):
            try:
                await in_thread(looks, report, station, instrument, state)
            except InstrumentError as error:
                report.error(station.name, error.sentence)
    report.seen.append(_seen(station, identity, state))


def _seen(station: Station, identity: Identity, state: list[str]) -> Seen:
    return Seen(station.name, station.driver, station.url, str(identity), tuple(state))


def _blackbody(report: Report, station: Station, blackbody: Instrument, state: list[str]) -> None:
    assert isinstance(blackbody, Blackbody)
    blackbody.check()
    state.append(f"{blackbody.read():.2f} °C")
    try:
        state.append(f"set point {blackbody.read_set_point():g} °C")
    except Refused:
        pass  # one that is worked by hand has no set point before the first command
    for word, value in (("output", blackbody.output()), ("stable", blackbody.stable())):
        if value is not None:
            state.append(f"{word} {'on' if value else 'off'}" if word == "output" else ("not " * (not value)) + word)
    limits = blackbody.limits
    common_limits(limits, station.limits, station.name)
    if station.limits is not None and (station.limits.low < limits.low or station.limits.high > limits.high):
        report.warning(
            station.name,
            f"the file allows {station.limits.low:g}..{station.limits.high:g} °C, the instrument "
            f"only {limits.low:g}..{limits.high:g} °C: set points beyond that are refused",
        )


def _relays(report: Report, station: Station, board: Instrument, state: list[str]) -> None:
    assert isinstance(board, Relay)
    driven = {channel: board.read_back(channel) for channel in board.channels}
    closed = [str(channel) for channel, value in driven.items() if value]
    if closed:
        report.error(station.name, f"relay {', '.join(closed)} stays closed although every relay was opened")
    elif driven:
        known = "open" if None not in driven.values() else "sent the command to open, which the board does not confirm"
        state.append(f"{len(driven)} relays, {known}")


def _inputs(report: Report, station: Station, board: Instrument, state: list[str]) -> None:
    assert isinstance(board, DigitalInput)
    active = [str(channel) for channel in board.inputs if board.read_input(channel)]
    if board.inputs:
        state.append(f"{len(board.inputs)} inputs, active: {', '.join(active) or 'none'}")


def _lines(report: Report, station: Station, port: Instrument, state: list[str]) -> None:
    assert isinstance(port, EdgeInput)
    active = [line for line in port.lines if port.level(line)]
    state.append(f"lines {', '.join(port.lines)}, active: {', '.join(active) or 'none'}")


def run_check(file: BenchFile, *, certify: bool, ask: Callable[[str], str]) -> Report:
    """`check_bench` for callers without an event loop."""
    return asyncio.run(check_bench(file, certify=certify, ask=ask))
