"""The camera looking at a reference: which pixels, which range, which conditions; and from there to the record.

A `View` is the camera prepared for one target. A `SettledView` is the same in front of a source that has settled: it
knows the truth, so that an error can be stated with its budget.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Self

from conformance.catalogue.json_types import JsonObject
from conformance.dut.device import Device
from hil.bench import Bench, Reference
from hil.metrology import Budget, Component, Limits, Measurement
from hil.procedures.budgets import rule_of, source_components
from hil.procedures.gears import Gear, gear_at
from hil.procedures.measuring import Measuring
from hil.procedures.paths import Objects, Path
from hil.procedures.preparation import (
    Conditions,
    assumptions,
    require_celsius,
    rule,
    set_conditions,
    set_gear,
    set_rules,
)
from hil.procedures.raw_data import Columns, Note, file_raw
from hil.procedures.region import Region, region_of
from hil.procedures.settling import hold
from hil.procedures.source import Source, summary_of

__all__ = ["FRAME_PAUSE_S", "Frames", "SettledView", "View", "assumed_at", "look_at", "report"]

FRAME_PAUSE_S: Final = 0.2
"""From one frame that is read to the next, in s: more than the frame time of any camera of this kind."""


@dataclass(frozen=True, slots=True)
class Frames:
    """Readings of one path in their order: seconds of bench time, and degC (or K)."""

    times: tuple[float, ...]
    values: tuple[float, ...]

    @property
    def mean(self) -> float:
        """The mean of the values."""
        return sum(self.values) / len(self.values)


@dataclass(frozen=True)
class View:
    """The camera set to `conditions` and `gear`, with one rule over `region`, which the target of `reference` fills."""

    measuring: Measuring
    reference: Reference
    region: Region
    conditions: Conditions
    gear: Gear

    @property
    def dut(self) -> Device:
        """The camera."""
        return self.measuring.dut

    @property
    def bench(self) -> Bench:
        """The bench."""
        return self.measuring.bench

    async def set_up(self) -> None:
        """Prepare the camera for this view: its range, its conditions, its one rule. Raises CaseInconclusive."""
        await set_gear(self.measuring, self.gear)
        await self._set_conditions()

    async def assume(self, conditions: Conditions) -> Self:
        """The same view, with the camera assuming other conditions for the picture and for the rule."""
        changed = replace(self, conditions=conditions)
        await changed._set_conditions()
        return changed

    async def _set_conditions(self) -> None:
        await set_conditions(self.dut, self.conditions)
        await set_rules(self.dut, [rule(self.region, self.conditions)])

    def objects(self) -> Objects:
        """The path 520 to the region."""
        return Objects(self.measuring, self.region)

    async def frames(self, path: Path, count: int, pause_s: float = FRAME_PAUSE_S) -> Frames:
        """`count` readings of `path`."""
        times, values = [], []
        for _ in range(count):
            await self.measuring.clock.sleep(pause_s)
            values.append(await path.read())
            times.append(self.measuring.clock.monotonic())
        return Frames(tuple(times), tuple(values))


@dataclass(frozen=True)
class SettledView(View):
    """A view of a reference that has settled: `source` is what it was when it had."""

    source: Source

    @property
    def components(self) -> list[Component]:
        """What the source and the way from it to the camera add to the budget of an error."""
        return source_components(self.source, self.conditions, self.bench.file.ambient)

    @property
    def stability(self) -> list[Component]:
        """The part of the source's budget that differs from one moment to the next."""
        return [each for each in self.source.settled.components if each.name.endswith("stability")]

    def file(self, name: str, columns: Columns, **notes: Note) -> str:
        """File raw data with the settings and the region; returns the hash of the file."""
        times, readings = self.source.readings
        facts: Mapping[str, Note] = {
            "case": self.dut.case.id,
            "quantity": name,
            "camera": _camera(self.dut),
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
        return report(self.measuring, name, value, components, unit=unit, limits=limits, raw=raw)


def _camera(dut: Device) -> JsonObject:
    return {key: dut.facts.identity.get(key) for key in ("model", "serial", "version")}


def report(
    measuring: Measuring,
    name: str,
    value: float,
    components: Sequence[Component],
    *,
    unit: str = "K",
    limits: Limits | None = None,
    raw: str,
) -> Measurement:
    """State one result in `unit` with a budget of `components`; its decision becomes the verdict of the case.

    `raw` is the hash of the file with the readings behind it.
    """
    budget = Budget.of(name, unit, components)
    rule_agreed = rule_of(measuring.accuracy, limits)
    measurement = Measurement(name, value, unit, limits, rule_agreed, budget, raw)
    measuring.dut.measured(measurement)
    return measurement


async def look_at(
    measuring: Measuring,
    degc: float,
    gear: Gear | None = None,
    *,
    rising: bool | None = None,
    name: str | None = None,
    **changes: float,
) -> SettledView:
    """Settle a source at `degc`, and prepare the camera for what is true of the bench, except for `changes`.

    Without `gear`, the first range that contains the temperature. Raises CaseInconclusive, NotStable, BenchBroken.
    """
    dut, memory = measuring.dut, measuring.memory
    if not memory.is_celsius:
        await require_celsius(dut)
        memory.is_celsius = True
    source = await hold(measuring, degc, rising=rising, name=name)
    reference = source.reference
    region = region_of(reference.geometry, dut.sizes, reference.name)
    chosen = gear or gear_at(dut, degc)
    conditions = assumed_at(measuring.bench, reference).changed(**changes)
    view = SettledView(measuring, reference, region, conditions, chosen, source)
    await view.set_up()
    return view


def assumed_at(bench: Bench, reference: Reference) -> Conditions:
    """What is true of the target of a reference."""
    geometry = reference.geometry
    return assumptions(bench.file, reference.calibration, geometry.distance_m if geometry is not None else 1.0)
