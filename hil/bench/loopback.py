"""Whether the wires of a bench are where its file says: each relay is closed and opened, and its input watched."""

from __future__ import annotations

import time

from hil.bench.model import Contact, Loopback
from hil.bench.rack import Rack
from hil.bench.report import Report
from hil.bench.threads import in_thread
from hil.instruments import DigitalInput, EdgeInput, Instrument, InstrumentError, Relay

__all__ = ["check_wiring"]


async def check_wiring(report: Report, rack: Rack) -> None:
    """Verifies every loop-back at both levels, and that every contact named in the file exists."""
    wiring = rack.file.wiring
    for contact, output in ((wiring.alarm_in, True), (wiring.alarm_out, False)):
        if contact is None or contact.station not in rack.identities:
            continue
        if not _is_there(rack.instruments[contact.station], contact, output=output):
            report.error("wiring", _absent(contact, output=output))
    for wire in wiring.loopbacks:
        absent = [contact.station for contact in (wire.relay, wire.input) if contact.station not in rack.identities]
        if absent:
            report.error("wiring", f"{wire} cannot be verified: {' and '.join(dict.fromkeys(absent))} failed")
            continue
        sides = ((wire.relay, True), (wire.input, False))
        missing = [
            _absent(contact, output=output)
            for contact, output in sides
            if not _is_there(rack.instruments[contact.station], contact, output=output)
        ]
        if missing:
            report.error("wiring", f"{wire}: {' and '.join(missing)}")
            continue
        try:
            problem = await in_thread(_verify, rack, wire)
        except InstrumentError as error:
            report.error("wiring", f"{wire} cannot be verified: {error}")
        else:
            if problem:
                report.error("wiring", f"{wire}: {problem}")
            else:
                report.wires.append(str(wire))


def _absent(contact: Contact, *, output: bool) -> str:
    return f"{contact.station} has no {'relay' if output else 'input'} {contact.channel}"


def _is_there(instrument: Instrument, contact: Contact, *, output: bool) -> bool:
    if output:
        return isinstance(instrument, Relay) and contact.channel in instrument.channels
    if isinstance(contact.channel, str):
        return isinstance(instrument, EdgeInput) and contact.channel in instrument.lines
    return isinstance(instrument, DigitalInput) and contact.channel in instrument.inputs


def _verify(rack: Rack, wire: Loopback) -> str:
    """The problem of a wire as a sentence; empty where there is none."""
    relay = rack.instruments[wire.relay.station]
    assert isinstance(relay, Relay)
    assert isinstance(wire.relay.channel, int)
    seen: dict[bool, bool] = {}
    others: dict[bool, dict[int | str, bool]] = {}
    try:
        # Open, closed and open again: a level that merely happens to be right is not enough.
        for closed in (False, True, False):
            relay.set(wire.relay.channel, closed)
            time.sleep(rack.file.wiring.settle_s)
            level = _level(rack.instruments[wire.input.station], wire.input.channel) != wire.input.inverted
            if closed in seen and seen[closed] != level:
                return "the input does not return to its first level when the relay opens again"
            seen[closed] = level
            others[closed] = _all_levels(rack.instruments[wire.input.station])
    finally:
        relay.set(wire.relay.channel, False)
    return _judged(wire, seen, others)


def _judged(wire: Loopback, seen: dict[bool, bool], others: dict[bool, dict[int | str, bool]]) -> str:
    wanted = {closed: closed != wire.relay.inverted for closed in (False, True)}
    if seen == wanted:
        return ""
    if seen[True] != seen[False]:
        return "the input follows the relay inverted; if it is wired that way, set `inverted: true` for one of the two"
    stuck = "active" if seen[True] else "inactive"
    followers = [str(channel) for channel in others[True] if others[True][channel] != others[False][channel]]
    if followers:
        return (
            f"the input stays {stuck}, and input {', '.join(followers)} follows instead: the wire is on the wrong one"
        )
    return f"the input stays {stuck} whether the relay is closed or open: is the wire there, and does the contact move?"


def _level(instrument: Instrument, channel: int | str) -> bool:
    if isinstance(channel, str):
        assert isinstance(instrument, EdgeInput)
        return instrument.level(channel)
    assert isinstance(instrument, DigitalInput)
    return instrument.read_input(channel)


def _all_levels(instrument: Instrument) -> dict[int | str, bool]:
    levels: dict[int | str, bool] = {}
    if isinstance(instrument, DigitalInput):
        levels |= {channel: instrument.read_input(channel) for channel in instrument.inputs}
    if isinstance(instrument, EdgeInput):
        levels |= {line: instrument.level(line) for line in instrument.lines}
    return levels
