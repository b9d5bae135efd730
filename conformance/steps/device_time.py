"""The device's time: as command 500 shows it, and what a time zone may add to it."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

from conformance.catalogue import load
from conformance.dut.device import Device
from conformance.rules.verdict import CaseInconclusive

__all__ = ["FORMAT", "read", "zone_offsets", "zone_shift"]

FORMAT = "%Y-%m-%d %H:%M:%S"


_ZONES = timedelta(minutes=15)


async def read(dut: Device) -> datetime:
    """The device's time as it says now; without one nothing about its past can be asked."""
    shown = (await dut.must(500)).get("datetime")
    try:
        return datetime.strptime(str(shown), FORMAT)
    except ValueError:
        raise CaseInconclusive(f"500 shows no time: {shown!r}") from None


def zone_offsets(zone: Any) -> list[float]:
    """What zone `zone` of command 15 may add, in seconds: its distance to UTC or to the UTC+8 of zone 0, to and fro."""
    label = (load().commands[15].request_field("message.time_zone").enum or {}).get(zone, "")
    found = re.search(r"UTC([+-])([0-9]+)(?::([0-9]+))?", label)
    if found is None:
        return []
    own = (int(found[2]) * 3600 + int(found[3] or 0) * 60) * (-1 if found[1] == "-" else 1)
    return [sign * (own - base) for base in (0, 8 * 3600) for sign in (1, -1)]


async def zone_shift(dut: Device) -> timedelta:
    """How far the time that 500 shows is from the one that is set (R165), in whole quarters of an hour.

    Sets the clock to what it shows: for a case that writes it.
    """
    shown = await read(dut)
    await dut.must(506, {"datetime": shown.strftime(FORMAT)})
    found = _ZONES * round((await read(dut) - shown) / _ZONES)
    if found:
        # What was set is the time as it is shown: back to the one that was.
        await dut.must(506, {"datetime": (await read(dut) - 2 * found).strftime(FORMAT)})
    return found
