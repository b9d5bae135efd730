"""The time of the device: as command 500 shows it, and by how much a time zone may shift it."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from conformance.catalogue import load
from conformance.catalogue.formats import DATETIME
from conformance.catalogue.json_types import Json
from conformance.dut.device import Device
from conformance.rules.verdict import CaseInconclusive

__all__ = ["read", "zone_offsets", "zone_shift"]

_ZONE_STEP = timedelta(minutes=15)


async def read(dut: Device) -> datetime:
    """The time that the device shows now. Raises CaseInconclusive where it shows none."""
    shown = (await dut.must(500)).get("datetime")
    try:
        return datetime.strptime(str(shown), DATETIME)
    except ValueError:
        raise CaseInconclusive(f"preamble: 500 shows no time of the form {DATETIME}: {shown!r}") from None


def zone_offsets(zone: Json) -> list[float]:
    """By how many seconds zone `zone` of command 15 may shift a time; none for an unknown zone.

    It is the offset of the zone to UTC, or to the UTC+8 of zone 0, in either direction.
    """
    label = (load().commands[15].request_field("message.time_zone").enum or {}).get(zone, "")
    found = re.search(r"UTC([+-])([0-9]+)(?::([0-9]+))?", label)
    if found is None:
        return []
    own = (int(found[2]) * 3600 + int(found[3] or 0) * 60) * (-1 if found[1] == "-" else 1)
    return [sign * (own - base) for base in (0, 8 * 3600) for sign in (1, -1)]


async def zone_shift(dut: Device) -> timedelta:
    """By how much the time that 500 shows differs from the one that is set (R165), in whole quarters of an hour.

    It sets the clock to the time that it shows: only for a case that writes the clock.
    """
    shown = await read(dut)
    await dut.must(506, {"datetime": shown.strftime(DATETIME)})
    found = _ZONE_STEP * round((await read(dut) - shown) / _ZONE_STEP)
    if found:
        # The clock is wrong by the shift now: set the time that was right.
        await dut.must(506, {"datetime": (await read(dut) - 2 * found).strftime(DATETIME)})
    return found
