"""The camera looking at a settled source: everything a measurement needs to know of both, and its way to the record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from conformance.dut.device import Device
from conformance.rules.verdict import CaseInconclusive
from hil.bench import Bench, Reference
from hil.metrology import Budget, Component, Limits, Measurement
from hil.procedures.budgets import rule_of, source_components
from hil.procedures.paths import Objects, Path
from hil.procedures.preparation import (
    Conditions,
    Gear,
    assumptions,
    gears_of,
    require_celsius,
    rule,
    set_conditions,
    set_gear,
    set_rules,
)
from hil.procedures.raw_data import Columns, file_raw
from hil.procedures.region import Region, region_of
from hil.procedures.source import Source, hold, memory_of, summary_of

__all__ = ["FRAME_PAUSE_S", "Frames", "View", "assumed_at", "gear_at", "look_at", "report"]

FRAME_PAUSE_S: Final = 0.2
"""From one frame that is read to the next: more than the frame time of any camera of this kind."""


@dataclass(frozen=True, slots=True)
class Frames:
    """Readings of one path in their order: seconds of bench time, and degC (or K)."""

    times: tuple[float, ...]
    values: tuple[float, ...]


@dataclass(frozen=True)
class View:
    """The camera, set to `conditions` and `gear`, with one rule over `region`, which the target of `source` fills."""

    dut: Device
    bench: Bench
    source: Source
    region: Region
    conditions: Conditions
    gear: Gear

    @property
    def components(self) -> list[Component]:
        """What source and way add to the budget of an error."""
        return source_components(self.source, self.conditions, self.bench.file.ambient)

    async def frames(self, path: Path, count: int, pause_s: float = FRAME_PAUSE_S) -> Frames:
        """`count` readings of `path`."""
        times, values = [], []
        for _ in range(count):
            await self.bench.clock.sleep(pause_s)
            values.append(await path.read())
            times.append(self.bench.clock.monotonic())
        return Frames(tuple(times), tuple(values))

    def objects(self) -> Objects:
        """The path 520 to the region."""
        return Objects(self.dut, self.bench.clock, self.region)

    async def assume(self, conditions: Conditions) -> View:
        """The same with the camera told to assume other conditions, for the picture and for the rule."""
        await set_conditions(self.dut, conditions)
        await set_rules(self.dut, [rule(self.region, conditions)])
        return View(self.dut, self.bench, self.source, self.region, conditions, self.gear)

    def file(self, name: str, columns: Columns, **notes: Any) -> str:
        """File raw data with what was set and where; returns their hash."""
        times, readings = self.source.readings
        facts = {
            "case": self.dut.case.id,
            "quantity": name,
            "camera": {key: self.dut.facts.identity.get(key) for key in ("model", "serial", "version")},
            "bench": self.bench.file.name,
            "region_px": self.region.as_record(),
            "assumed": self.conditions.fields,
            "gear": self.gear.index,
            "sources": summary_of([self.source]),
            **notes,
        }
        reference = {"reference_time_s": times, "reference_indicated_degc": readings}
        return file_raw(self.dut.session.folder, f"{self.dut.case.id} {name}", {**reference, **columns}, facts)

    def measured(
        self,
        name: str,
        value: float,
        components: Sequence[Component],
        *,
        unit: str = "K",
        limits: Limits | None = None,
        raw: str,
    ) -> Measurement:
        """State one result with its budget, and judge it by the rule of the bench file."""
        return report(self.dut, self.bench, name, value, components, unit=unit, limits=limits, raw=raw)


def report(
    dut: Device,
    bench: Bench,
    name: str,
    value: float,
    components: Sequence[Component],
    *,
    unit: str = "K",
    limits: Limits | None = None,
    raw: str,
) -> Measurement:
    """State one result in `unit` with a budget of `components`; its decision becomes the verdict of the case."""
    budget = Budget.of(name, unit, components)
    rule = rule_of(bench.file.accuracy, limits)
    measurement = Measurement(name, value, unit, limits, rule, budget, raw)
    dut.measured(measurement)
    return measurement


async def look_at(
    dut: Device,
    bench: Bench,
    degc: float,
    gear: Gear | None = None,
    *,
    rising: bool | None = None,
    name: str | None = None,
    **changes: float,
) -> View:
    """Settle a source at `degc`, set the camera to what is true of the bench (but for `changes`), one rule over it.

    Without `gear`, the first range that holds the temperature. Raises CaseInconclusive, NotStable, BenchBroken.
    """
    if not memory_of(bench).results.get("celsius"):
        await require_celsius(dut)
        memory_of(bench).results["celsius"] = True
    source = await hold(bench, degc, rising=rising, name=name)
    region = region_of(source.reference.geometry, dut.sizes, source.reference.name)
    chosen = gear or gear_at(dut, degc)
    conditions = assumed_at(bench, source.reference).changed(**changes)
    await set_gear(dut, bench.clock, chosen)
    view = View(dut, bench, source, region, conditions, chosen)
    return await view.assume(conditions)


def assumed_at(bench: Bench, reference: Reference) -> Conditions:
    """What is true of a reference's target."""
    geometry = reference.geometry
    return assumptions(bench.file, reference.calibration, geometry.distance_m if geometry is not None else 1.0)


def gear_at(dut: Device, degc: float) -> Gear:
    """The first range that holds `degc`. Raises CaseInconclusive where none does."""
    for gear in gears_of(dut):
        if gear.low <= degc <= gear.high:
            return gear
    raise CaseInconclusive(f"no range of the camera holds {degc:g} degC")
