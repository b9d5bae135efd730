"""Fluke 4180 and 4181: the commands of chapter "Digital Communication Interface" of the operators manual.

9600 8N1, no flow control; a command ends with CR or LF, a reply with CR, and LF too if SYST:COMM:SER:LIN is 1. The
instrument does not answer a command that it refuses: the error goes to its queue. This program never writes anything
under SOUR:CAL.
"""

from __future__ import annotations

from typing import Final

from hil.instruments.codecs.scpi import Control, Query, Switch, command, queued_error
from hil.instruments.errors import BadReply
from hil.instruments.roles import Identity
from hil.instruments.values import decimal, flag, shown, temperature

__all__ = [
    "APPARENT_EMISSIVITY",
    "BLOCK_TEMPERATURE",
    "CALIBRATION_DATE",
    "CALIBRATION_EMISSIVITY",
    "CLEAR",
    "CLEAR_TRIP",
    "DECIMAL_COMMA",
    "ERROR",
    "HEATER_OUTPUT",
    "IDENTITY",
    "IS_STABLE",
    "OUTPUT",
    "SCAN_RATE",
    "SET_POINT",
    "STABILITY",
    "STABILITY_BEEP",
    "STABILITY_LIMIT",
    "TEMPERATURE",
    "TRIPPED",
    "UNIT",
    "UNIT_TO_CELSIUS",
]


def _identity(reply: str) -> Identity:
    fields = [field.strip().strip('"') for field in reply.split(",")]
    if len(fields) < 2 or not all(fields[:2]):
        raise BadReply(f"{shown(reply)} is not an identity (maker,model,serial,firmware)")
    return Identity(*fields[:4])


def _unit(reply: str) -> str:
    word = reply.upper().strip("\"'")
    if word not in ("C", "CEL", "CELSIUS", "F", "FAR", "FAHRENHEIT"):
        raise BadReply(f"{shown(reply)} is not a unit of temperature (C or F)")
    return word[0]


def _date(reply: str) -> tuple[int, int, int]:
    fields = reply.split(",")
    if len(fields) != 3 or not all(field.strip().isdigit() for field in fields):
        raise BadReply(f"{shown(reply)} is not a date (year,month,day)")
    year, month, day = (int(field) for field in fields)
    return year, month, day


IDENTITY: Final = Query("*IDN", _identity)
CLEAR: Final = command("*CLS")
ERROR: Final = Query("SYST:ERR", queued_error)

SET_POINT: Final = Control("SOUR:SPO", temperature)
TEMPERATURE: Final = Query("SOUR:SENS:DATA", temperature)  # apparent, calibrated radiometrically: the value to report
BLOCK_TEMPERATURE: Final = Query("SOUR:SENS:BLOC", temperature)  # uncompensated sensor: for diagnosis only
OUTPUT: Final = Switch("OUTP:STAT", flag)
HEATER_OUTPUT: Final = Query("OUTP:DATA", decimal)  # %

IS_STABLE: Final = Query("SOUR:STAB:TEST", flag)
STABILITY: Final = Query("SOUR:STAB:DAT", decimal)  # °C
STABILITY_LIMIT: Final = Control("SOUR:STAB:LIM", decimal, 0.01, 5.0)  # °C
STABILITY_BEEP: Final = Switch("SOUR:STAB:BEEP", flag)
SCAN_RATE: Final = Control("SOUR:RATE", decimal, 0.1, 500.0)  # °C/min

APPARENT_EMISSIVITY: Final = Control("SOUR:EMIS", decimal, 0.9, 1.0, 3)
CALIBRATION_EMISSIVITY: Final = Query("SOUR:CAL:EMIS", decimal)
CALIBRATION_DATE: Final = Query("SOUR:CAL:DATE", _date)

UNIT: Final = Query("UNIT:TEMP", _unit)
UNIT_TO_CELSIUS: Final = command("UNIT:TEMP C")
DECIMAL_COMMA: Final = Switch("SYST:DEC:FORM", flag)

TRIPPED: Final = Query("SOUR:PROT:TRIP", flag)
CLEAR_TRIP: Final = command("SOUR:PROT:CLEAR")
