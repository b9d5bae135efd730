"""The measuring ranges of the camera (`gears` of command 500), and the points at which a range is measured."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from conformance.dut.device import Device
from conformance.rules.verdict import CaseInconclusive, CaseNotApplicable

__all__ = ["COLDEST_C", "HOTTEST_C", "Gear", "Place", "gear_at", "gear_of", "gears_of"]

COLDEST_C: Final = -40.0
HOTTEST_C: Final = 2000.0
"""The lowest and the highest temperature that commands 1 and 3 accept, in degC."""


@dataclass(frozen=True, slots=True)
class Gear:
    """A measuring range: its index in the list of command 500, and its ends in degC.

    `index` is None for a camera that lists no ranges.
    """

    index: int | None
    low: float
    high: float

    def __str__(self) -> str:
        return "its only range" if self.index is None else f"range {self.index} ({self.low:g} to {self.high:g} degC)"


@dataclass(frozen=True, slots=True)
class Place:
    """A point of a range: its temperature in degC, and the side from which the source approaches it."""

    gear: Gear
    degc: float
    rising: bool

    def __str__(self) -> str:
        where = "" if self.gear.index is None else f", range {self.gear.index}"
        return f"{self.degc:g} degC {'rising' if self.rising else 'falling'}{where}"


def gears_of(dut: Device) -> list[Gear]:
    """The well-formed ranges that the camera lists; one range without an index where it lists none."""
    listed = dut.facts.general.get("gears")
    found = []
    for index, entry in enumerate(listed if isinstance(listed, list) else []):
        low, high = (entry.get("min"), entry.get("max")) if isinstance(entry, Mapping) else (None, None)
        if isinstance(low, int | float) and isinstance(high, int | float) and low < high:
            found.append(Gear(index, float(low), float(high)))
    return found or [Gear(None, COLDEST_C, HOTTEST_C)]


def gear_of(dut: Device, number: int) -> Gear:
    """The range `number` of the camera, counted from 0. Raises CaseNotApplicable where the camera has fewer."""
    gears = gears_of(dut)
    if number >= len(gears):
        listed = "no ranges" if gears[0].index is None else f"{len(gears)} range{'s' if len(gears) > 1 else ''}"
        raise CaseNotApplicable(f"the camera lists {listed} (500)")
    return gears[number]


def gear_at(dut: Device, degc: float) -> Gear:
    """The first range that contains `degc`. Raises CaseInconclusive where none does."""
    for gear in gears_of(dut):
        if gear.low <= degc <= gear.high:
            return gear
    raise CaseInconclusive(f"no range of the camera contains {degc:g} degC")
