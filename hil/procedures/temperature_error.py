"""Measurement error at a point, by one path, and how far the paths differ; hysteresis from both directions.

Error E = mean over frames and region less the reference's true temperature (IEC TS 63144-1, VDI/VDE 5585-2). The frames
come in groups, each after a correction of the camera (529), so that what a correction leaves is seen and budgeted.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from conformance.catalogue.model import Keyword
from conformance.dut.device import Device
from conformance.rules.verdict import CaseNotApplicable
from hil.bench import Bench
from hil.metrology import Component
from hil.metrology.statistics import Summary
from hil.procedures.budgets import correction_repeat, error_limit, limits_of, noise, within_groups
from hil.procedures.paths import NotRepresentable, Path, path_of
from hil.procedures.preparation import Gear, correct, correctable, gears_of
from hil.procedures.source import grid, memory_of
from hil.procedures.view import View, look_at

__all__ = [
    "PARTS",
    "Place",
    "gear_of",
    "measure_error",
    "measure_hysteresis",
    "not_representable",
    "places",
    "readings",
]

PARTS: Final = 5
"""Into so many parts the points of a range are divided, a case each; more points than that share them."""

_GROUPS: Final = 3
_LEAST_FRAMES: Final = 4
_MATRIX_SHARE: Final = 3
"""A frame of the matrix holds hundreds of the region's pixels: fewer frames do."""
_REPORTS: Final = 2
_FRAMES_BEFORE_REPORTS: Final = 15


@dataclass(frozen=True, slots=True)
class Place:
    """A point of a range: its temperature in degC, and from which side it is approached."""

    gear: Gear
    degc: float
    rising: bool

    def __str__(self) -> str:
        where = "" if self.gear.index is None else f", range {self.gear.index}"
        return f"{self.degc:g} degC {'rising' if self.rising else 'falling'}{where}"


def gear_of(dut: Device, number: int) -> Gear:
    """The range `number` of the camera, from 0. Raises CaseNotApplicable where it has fewer."""
    gears = gears_of(dut)
    if number >= len(gears):
        listed = "no ranges" if gears[0].index is None else f"{len(gears)} range{'s' if len(gears) > 1 else ''}"
        raise CaseNotApplicable(f"the camera lists {listed} (500)")
    return gears[number]


def places(bench: Bench, gear: Gear, part: int, rising: bool) -> list[Place]:
    """The points of part `part` (1 to PARTS) of a range, in the order in which they are passed."""
    points = grid(bench, gear, max(PARTS, bench.file.accuracy.points))
    own = [degc for number, degc in enumerate(points) if number * PARTS // len(points) + 1 == part]
    return [Place(gear, degc, rising) for degc in (own if rising else reversed(own))]


@dataclass(frozen=True)
class _Taken:
    """What was read: the path's own values and those of 520 beside them, in groups, and their times."""

    times: list[float]
    own: list[list[float]]
    beside: list[list[float]]

    @property
    def mean(self) -> float:
        values = _flat(self.own)
        return sum(values) / len(values)


async def measure_error(dut: Device, bench: Bench, place: Place, name: str) -> None:
    """State the error at `place` by the path `name`, and the path's difference from 520, both in K."""
    view = await look_at(dut, bench, place.degc, place.gear, rising=place.rising)
    path = path_of(name, dut, bench.clock, view.region)
    try:
        taken = await _reports(view, path) if name == "1007" else await readings(view, path)
    except NotRepresentable as end:
        not_representable(view, end)
        return
    columns = {"time_s": taken.times, f"path_{name}_degc": _flat(taken.own), "path_520_degc": _flat(taken.beside)}
    raw = view.file(str(place), columns, groups=[len(group) for group in taken.own])
    error = taken.mean - view.source.degc
    camera = _camera_components(taken, path, name)
    view.measured(
        f"error at {place} by {name}",
        error,
        [*view.components, *camera],
        limits=limits_of(error_limit(bench, view.source.reference, place.degc)),
        raw=raw,
    )
    memory_of(bench).results[f"error {place} {name}"] = (error, camera, view.source)
    if name != "520":
        _state_difference(view, place, path, taken, raw)


async def readings(view: View, path: Path, frames: int | None = None) -> _Taken:
    """Frames of the path, and of 520 at the same moment, in groups between corrections; as many as the bench file says,
    or `frames`.
    """
    count = frames or view.bench.file.accuracy.frames // (_MATRIX_SHARE if path.name == "530" else 1)
    groups = _GROUPS if correctable(view.dut) else 1
    each = max(_LEAST_FRAMES, math.ceil(count / groups))
    if path.name == "521":
        each = 9 * max(1, round(each / 9))
    objects, taken = view.objects(), _Taken([], [], [])
    for _ in range(groups):
        await correct(view.dut, view.bench.clock)
        own, beside = [], []
        for _ in range(each):
            await view.bench.clock.sleep(0.2)
            own.append(await path.read())
            beside.append(own[-1] if path.name == "520" else await objects.read())
            taken.times.append(view.bench.clock.monotonic())
        taken.own.append(own)
        taken.beside.append(beside)
    return taken


async def _reports(view: View, path: Path) -> _Taken:
    """Two reports, a minute apart, each with a reading of 520; how these scatter, frames of 520 before them tell."""
    before = await readings(view, view.objects(), _FRAMES_BEFORE_REPORTS)
    await path.begin()
    try:
        own, beside, objects = [], [], view.objects()
        for _ in range(_REPORTS):
            own.append(await path.read())
            beside.append(await objects.read())
    finally:
        await path.end()
    return _Taken(before.times, [own], [*before.own, beside])


def _camera_components(taken: _Taken, path: Path, name: str) -> list[Component]:
    step = Component.resolution("resolution", path.step_k, source=f"command {name}")
    groups = taken.beside[:-1] if name == "1007" else taken.own
    pooled = within_groups(groups)
    repeat = correction_repeat(groups, pooled)
    if name == "1007":
        # The reports all come after one correction, and each is one frame.
        scatter = Component.standard(
            "noise", pooled.s / math.sqrt(_REPORTS), dof=pooled.dof, source=f"s of 520, {_REPORTS} reports"
        )
        single = [] if repeat is None else [_times(repeat, math.sqrt(len(groups)))]
        return [scatter, *single, step]
    return [_noise_of(pooled), *([] if repeat is None else [repeat]), step]


def _noise_of(pooled: Summary) -> Component:
    stated = f"s = {pooled.s:.3g} K, {pooled.count} frames worth {pooled.effective_count:.3g}"
    return Component.type_a("noise", pooled, source=stated)


def _times(component: Component, factor: float) -> Component:
    return Component.standard(component.name, component.u * factor, dof=component.dof, source=component.source)


def _state_difference(view: View, place: Place, path: Path, taken: _Taken, raw: str) -> None:
    """Both were read at the same moments of the same source, so that nothing of the bench is left in the difference."""
    beside = taken.beside[-1:] if path.name == "1007" else taken.beside
    pairs = list(zip(_flat(taken.own), _flat(beside), strict=True))
    differences = [own - other for own, other in pairs]
    if path.name == "1007":
        pooled = within_groups(taken.beside[:-1])
        # Report and answer show different frames.
        scatter = Component.standard("noise", pooled.s * math.sqrt(2 / len(differences)), dof=pooled.dof)
    else:
        scatter = noise(differences)
    components = [
        scatter,
        Component.resolution("resolution", path.step_k, source=f"command {path.name}"),
        Component.resolution("resolution of 520", 0.01),
    ]
    view.measured(
        f"difference {path.name} - 520 at {place}",
        sum(differences) / len(differences),
        components,
        limits=limits_of(view.bench.file.accuracy.path_k),
        raw=raw,
    )


def not_representable(view: View, error: NotRepresentable) -> None:
    """R77: what the bits cannot hold is reported, not judged as an error; but the heat must not look like cold."""
    degc = view.source.degc
    view.dut.judgement.observe("R77", f"{degc:.1f} degC is not representable")
    view.dut.demand(
        error.high == (degc > 0),
        f"{degc:.1f} degC, which 16 bits cannot hold (R77), shown as the end of the scale that is nearest",
        str(error),
        keyword=Keyword.SHOULD,
    )


async def measure_hysteresis(dut: Device, bench: Bench, gear: Gear) -> None:
    """State the largest difference, falling less rising, at one point of a range, by 520, in K.

    What the calibration of the reference gets wrong is the same both times and drops out.
    """
    accuracy, memory = bench.file.accuracy, memory_of(bench)
    points = grid(bench, gear, max(PARTS, accuracy.points))[:-1]
    found: list[tuple[float, Place]] = []
    for degc in points:
        both = [Place(gear, degc, rising) for rising in (True, False)]
        if all(f"error {place} 520" in memory.results for place in both):
            errors = [memory.results[f"error {place} 520"][0] for place in both]
            found.append((errors[1] - errors[0], both[1]))
    # Without the points of the whole range in this run, its middle is measured from both sides.
    degc = max(found, key=lambda each: abs(each[0]))[1].degc if found else points[len(points) // 2]
    results = []
    for rising in (True, False):
        view = await look_at(dut, bench, degc, gear, rising=rising)
        taken = await readings(view, view.objects())
        results.append((view, taken))
    (up, rising_taken), (down, falling_taken) = results
    value = (falling_taken.mean - down.source.degc) - (rising_taken.mean - up.source.degc)
    raw = down.file(
        f"hysteresis at {degc:g} degC",
        {
            "rising_520_degc": _flat(rising_taken.own),
            "falling_520_degc": _flat(falling_taken.own),
            "rising_reference_degc": up.source.readings[1],
        },
    )
    components = [
        *_named("rising", _both_sides(up, rising_taken)),
        *_named("falling", _both_sides(down, falling_taken)),
        Component.resolution("resolution", 0.01 * math.sqrt(2), source="command 520, twice"),
    ]
    where = "" if gear.index is None else f", range {gear.index}"
    down.measured(
        f"hysteresis at {degc:g} degC{where} by 520",
        value,
        components,
        limits=limits_of(accuracy.hysteresis_k),
        raw=raw,
    )


def _both_sides(view: View, taken: _Taken) -> Iterable[Component]:
    pooled = within_groups(taken.own)
    repeat = correction_repeat(taken.own, pooled)
    yield _noise_of(pooled)
    if repeat is not None:
        yield repeat
    # Calibration, drift since and uniformity are the same on both sides; what the source does meanwhile is not.
    yield from (each for each in view.source.settled.components if each.name.endswith(("stability", "resolution")))


def _named(prefix: str, components: Iterable[Component]) -> list[Component]:
    return [
        Component(
            f"{each.name} ({prefix})",
            each.value,
            each.distribution,
            each.divisor,
            each.unit,
            each.sensitivity,
            each.dof,
            each.source,
        )
        for each in components
    ]


def _flat(groups: Sequence[Sequence[float]]) -> list[float]:
    return [value for group in groups for value in group]
