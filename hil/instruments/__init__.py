"""The instruments of the bench, over any pyserial url. A test asks for a role, never for a class."""

from __future__ import annotations

from hil.instruments.errors import BadChecksum, BadReply, InstrumentError, InstrumentFault, LinkLost, NoReply, Refused
from hil.instruments.registry import Driver, connect, drivers
from hil.instruments.roles import Blackbody, DigitalInput, Edge, EdgeInput, Identity, Instrument, Relay, SetPointLimits
from hil.instruments.transport import LineSettings, Link, Transcript, WireEntry

__all__ = [
    "BadChecksum",
    "BadReply",
    "Blackbody",
    "DigitalInput",
    "Driver",
    "Edge",
    "EdgeInput",
    "Identity",
    "Instrument",
    "InstrumentError",
    "InstrumentFault",
    "LineSettings",
    "Link",
    "LinkLost",
    "NoReply",
    "Refused",
    "Relay",
    "SetPointLimits",
    "Transcript",
    "WireEntry",
    "connect",
    "drivers",
]
