"""The measurement error at a point by one path, the difference between paths, and hysteresis from both directions.

The error is the mean over frames and region less the reference's true temperature (IEC TS 63144-1, VDI/VDE 5585-2). The
frames come in groups, each after a correction of the camera (529), so that the scatter of corrections shows and enters
the budget.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from conformance.catalogue.model import Keyword
from hil.bench import Bench
from hil.metrology import Component
from hil.metrology.statistics import Summary
from hil.procedures.budgets import correction_repeat, error_limit, limits_of, noise, within_groups
from hil.procedures.gears import Gear, Place
from hil.procedures.measuring import Measuring
from hil.procedures.paths import NotRepresentable, Path, path_of
from hil.procedures.preparation import correct, correctable
from hil.procedures.source import grid
from hil.procedures.view import FRAME_PAUSE_S, SettledView, look_at

__all__ = [
    "PARTS",
    "measure_error",
    "measure_hysteresis",
    "not_representable",
    "places",
    "readings",
]

PARTS: Final = 5
"""The points of a range are divided into this many parts, one for each case; a part may have several points."""

_GROUPS: Final = 3
_LEAST_FRAMES: Final = 4
_MATRIX_SHARE: Final = 3
"""A frame of the matrix has hundreds of the region's pixels, so that a third of the frames suffices."""
_REPORTS: Final = 2
_FRAMES_BEFORE_REPORTS: Final = 15


def places(bench: Bench, gear: Gear, part: int, rising: bool) -> list[Place]:
    """The points of part `part` (1 to PARTS) of a range, in the order in which the source passes them."""
    points = grid(bench, gear, max(PARTS, bench.file.accuracy.points))
    own = [degc for number, degc in enumerate(points) if number * PARTS // len(points) + 1 == part]
    return [Place(gear, degc, rising) for degc in (own if rising else reversed(own))]


@dataclass(frozen=True)
class _Taken:
    """Readings in groups: the path's `own` values, those of 520 `beside` them, and their times."""

    times: list[float]
    own: list[list[float]]
    beside: list[list[float]]

    @property
    def mean(self) -> float:
        values = _flat(self.own)
        return sum(values) / len(values)


async def measure_error(measuring: Measuring, place: Place, name: str) -> None:
    """State the error at `place` by the path `name`, and the path's difference from 520, both in K."""
    view = await look_at(measuring, place.degc, place.gear, rising=place.rising)
    path = path_of(name, measuring, view.region)
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
        limits=limits_of(error_limit(measuring.bench, view.reference, place.degc)),
        raw=raw,
    )
    if name == "520":
        measuring.memory.errors[place] = error
    else:
        _state_difference(view, place, path, taken, raw)


async def readings(view: SettledView, path: Path, frames: int | None = None) -> _Taken:
    """Frames of the path, and of 520 at the same moment, in groups between corrections.

    Their number is `frames`, or else the bench file's.
    """
    count = frames or view.measuring.accuracy.frames // (_MATRIX_SHARE if path.name == "530" else 1)
    groups = _GROUPS if correctable(view.dut) else 1
    each = max(_LEAST_FRAMES, math.ceil(count / groups))
    if path.name == "521":
        each = 9 * max(1, round(each / 9))
    objects, taken = view.objects(), _Taken([], [], [])
    for _ in range(groups):
        await correct(view.measuring)
        own, beside = [], []
        for _ in range(each):
            await view.measuring.clock.sleep(FRAME_PAUSE_S)
            own.append(await path.read())
            beside.append(own[-1] if path.name == "520" else await objects.read())
            taken.times.append(view.measuring.clock.monotonic())
        taken.own.append(own)
        taken.beside.append(beside)
    return taken


async def _reports(view: SettledView, path: Path) -> _Taken:
    """Two reports, a minute apart, each with a reading of 520; the frames of 520 before them show how 520 scatters."""
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
        # All reports come after one correction, and each is one frame.
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


def _state_difference(view: SettledView, place: Place, path: Path, taken: _Taken, raw: str) -> None:
    """State the difference from 520. Both read the same source at the same moments, so that the bench cancels."""
    beside = taken.beside[-1:] if path.name == "1007" else taken.beside
    pairs = list(zip(_flat(taken.own), _flat(beside), strict=True))
    differences = [own - other for own, other in pairs]
    if path.name == "1007":
        pooled = within_groups(taken.beside[:-1])
        # The report and the answer show different frames.
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
        limits=limits_of(view.measuring.accuracy.path_k),
        raw=raw,
    )


def not_representable(view: SettledView, error: NotRepresentable) -> None:
    """Report a temperature that the bits of 530 cannot represent (R77); only heat that looks like cold is a finding."""
    degc = view.source.degc
    view.dut.judgement.observe("R77", f"{degc:.1f} degC is not representable")
    view.dut.demand(
        error.high == (degc > 0),
        f"{degc:.1f} degC, which 16 bits cannot represent (R77), shown as the nearest end of the scale",
        str(error),
        keyword=Keyword.SHOULD,
    )


async def measure_hysteresis(measuring: Measuring, gear: Gear) -> None:
    """State the largest difference, falling less rising, at one point of a range, by 520, in K.

    An error of the reference's calibration is the same both times and cancels.
    """
    accuracy, errors = measuring.accuracy, measuring.memory.errors
    points = grid(measuring.bench, gear, max(PARTS, accuracy.points))[:-1]
    found: list[tuple[float, float]] = []
    for degc in points:
        rising_place, falling_place = Place(gear, degc, rising=True), Place(gear, degc, rising=False)
        if rising_place in errors and falling_place in errors:
            found.append((errors[falling_place] - errors[rising_place], degc))
    # Where this run has not measured the points of the range, its middle is measured from both sides.
    degc = max(found, key=lambda each: abs(each[0]))[1] if found else points[len(points) // 2]
    results = []
    for rising in (True, False):
        view = await look_at(measuring, degc, gear, rising=rising)
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


def _both_sides(view: SettledView, taken: _Taken) -> Iterable[Component]:
    pooled = within_groups(taken.own)
    repeat = correction_repeat(taken.own, pooled)
    yield _noise_of(pooled)
    if repeat is not None:
        yield repeat
    # Calibration, drift since then and uniformity are the same on both sides; stability and resolution are not.
    yield from (each for each in view.source.settled.components if each.name.endswith(("stability", "resolution")))


def _named(prefix: str, components: Iterable[Component]) -> list[Component]:
    return [replace(each, name=f"{each.name} ({prefix})") for each in components]


def _flat(groups: Sequence[Sequence[float]]) -> list[float]:
    return [value for group in groups for value in group]
