"""Commands 520, 521 and 530: objects of every shape are as hot as the pixels within their outline, however many objects
there are, and on average no view of the scene reads higher or lower than the two others.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from conformance import checks
from conformance.catalogue import Safety
from conformance.catalogue.json_types import JsonObject
from conformance.dut.device import Device
from conformance.rules.case import Case, case, cases
from conformance.rules.verdict import CaseInconclusive
from conformance.steps.capabilities import capabilities_of
from conformance.steps.image_sizes import output_size
from conformance.steps.scene import (
    INT16_C,
    VIEWS,
    Celsius,
    readable_matrix,
    rules_of,
    set_own_rules,
    shown_objects,
    spot_of,
)

_SAFE = Safety.REVERSIBLE
_TRIES = 3
_EDGE_PX = 3.0
"""Pixels this near to an outline may belong to the object or not."""
_AVERAGE_K, _EXTREME_K = 0.4, 1.0
"""What two views of the same pixels may differ by: on average, and in a single pixel with its noise."""
_RELATIVE = 0.01
_KINDS = ("min", "avg", "max")
_LOOKS = 6

Point = tuple[int, int]


def _is_comparable(dut: Device, matrix: Celsius) -> bool:
    """Whether the numbers of 530 can hold every temperature (R77): all below 327.67 degC, and none shown as 0."""
    if float(matrix.max()) < INT16_C and float(matrix.min()) != 0.0:
        return True
    dut.judgement.observe("R77", "a scene with temperatures that the matrix may be unable to hold")
    dut.demand(
        True, "a scene whose temperatures 530 can hold, to compare with", f"{matrix.min():g} .. {matrix.max():g} degC"
    )
    return False


# Shapes


@dataclass(frozen=True)
class _Object:
    """One object: its type, its points (from 1), and the distance of each pixel to its outline, negative within."""

    type: int
    points: tuple[Point, ...]
    distance: NDArray[np.float64]


def _grid(size: Point) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    width, height = size
    xs, ys = np.meshgrid(np.arange(1.0, width + 1), np.arange(1.0, height + 1))
    return xs, ys


def _line(size: Point, start: Point, end: Point) -> _Object:
    xs, ys = _grid(size)
    along = np.array(end, dtype=float) - start
    share = ((xs - start[0]) * along[0] + (ys - start[1]) * along[1]) / max(1.0, float(along @ along))
    share = np.clip(share, 0.0, 1.0)
    return _Object(2, (start, end), np.hypot(xs - start[0] - share * along[0], ys - start[1] - share * along[1]))


def _rectangle(size: Point, middle: Point, reach: int) -> _Object:
    xs, ys = _grid(size)
    left, top, right, bottom = middle[0] - reach, middle[1] - reach, middle[0] + reach, middle[1] + reach
    corners = ((left, top), (right, top), (right, bottom), (left, bottom))
    return _Object(3, corners, np.maximum(abs(xs - middle[0]), abs(ys - middle[1])) - reach)


def _triangle(size: Point, middle: Point, reach: int, away: Point = (1, 1)) -> _Object:
    """The half of a square that is not towards `away`."""
    xs, ys = _grid(size)
    across, down = (xs - middle[0]) * away[0], (ys - middle[1]) * away[1]
    near_x, near_y = middle[0] - away[0] * reach, middle[1] - away[1] * reach
    far_x, far_y = middle[0] + away[0] * reach, middle[1] + away[1] * reach
    points = ((near_x, near_y), (far_x, near_y), (near_x, far_y))
    distance = np.maximum(np.maximum(-across - reach, -down - reach), (across + down) / np.sqrt(2.0))
    return _Object(4, points, distance)


def _circle(size: Point, middle: Point, reach: int) -> _Object:
    xs, ys = _grid(size)
    (x, y), distance = middle, np.hypot(xs - middle[0], ys - middle[1]) - reach
    # Top, bottom, left and right (III.3).
    return _Object(5, ((x, y - reach), (x, y + reach), (x - reach, y), (x + reach, y)), distance)


def _distinctive(matrix: Celsius, kind: int) -> list[_Object]:
    """Objects of a shape around the hottest and the coldest place, and one that has such a place beside it: outside its
    outline, but within the box around it.
    """
    height, width = matrix.shape
    size = (width, height)
    reach = min(width, height) // 8
    found: list[_Object] = []
    for place in (_place(matrix), _place(-matrix)):
        x, y = _inside(size, place, reach)
        match kind:
            case 2:
                ends = (((x - reach, y), (x + reach, y)), ((x, y - reach), (x, y + reach)))
                found += [_line(size, start, end) for start, end in ends]
                found += _traps(matrix, place, kind)
            case 3:
                found += [_rectangle(size, (x, y), reach), _rectangle(size, (x, y), reach // 2)]
            case 4:
                found += [_triangle(size, (x, y), reach), *_traps(matrix, place, kind)]
            case _:
                found += [_circle(size, (x, y), reach), *_traps(matrix, place, kind)]
    return found


def _place(matrix: Celsius) -> Point:
    """The hottest place (from 1), averaged over 5 x 5 pixels because of noise."""
    windows = np.lib.stride_tricks.sliding_window_view(matrix, (5, 5)).mean(axis=(2, 3))
    row, column = divmod(int(windows.argmax()), windows.shape[1])
    return column + 3, row + 3


def _inside(size: Point, place: Point, reach: int) -> Point:
    """The nearest place around which `reach` pixels are in the image."""
    x, y = (min(max(at, reach + 2), length - reach - 1) for at, length in zip(place, size, strict=True))
    return x, y


def _beside(size: Point, middle: Point, reach: int, away: Point, kind: int) -> _Object:
    """An object that leaves out the corner of its box towards `away`."""
    if kind == 5:
        return _circle(size, middle, reach)
    if kind == 4:
        return _triangle(size, middle, reach, away)
    (x, y), (right, low) = middle, away
    return _line(size, (x - right * reach, y + low * reach), (x + right * reach, y - low * reach))


def _traps(matrix: Celsius, place: Point, kind: int) -> list[_Object]:
    """The one of many objects beside `place` that differs most from the box around it, if one fits in."""
    size = (matrix.shape[1], matrix.shape[0])
    best: tuple[float, _Object] | None = None
    for reach in (size[1] // 16, size[1] // 8, size[1] // 5):
        for right, low in ((1, 1), (1, -1), (-1, 1), (-1, -1)):
            off = int(reach * 0.85)
            middle = (place[0] - right * off, place[1] - low * off)
            if middle != _inside(size, middle, reach):
                continue
            made = _beside(size, middle, reach, (right, low), kind)
            box, own = matrix[_rectangle(size, middle, reach).distance <= 0], matrix[made.distance <= _EDGE_PX]
            differs = max(float(box.max() - own.max()), float(own.min() - box.min()))
            if best is None or differs > best[0]:
                best = (differs, made)
    return [] if best is None else [best[1]]


# Its temperatures


def _bounds(matrix: Celsius, made: _Object) -> dict[str, tuple[float, float]]:
    """Between what minimum, average and maximum of an object may be: its edge may belong to it or not."""
    outer = matrix[made.distance <= _EDGE_PX]
    if made.type == 2:
        padded = np.pad(matrix, 1, mode="edge")
        windows = np.lib.stride_tricks.sliding_window_view(padded, (3, 3))
        near = made.distance <= 0.75
        low, high = windows.min(axis=(2, 3))[near], windows.max(axis=(2, 3))[near]
        means = [float(low.mean()), float(high.mean())]
        surely_high, surely_low = float(low.max()), float(high.min())
    else:
        inner, exact = matrix[made.distance <= -_EDGE_PX], matrix[made.distance <= 0]
        means = sorted((float(inner.mean()), float(exact.mean()), float(outer.mean())))
        surely_high, surely_low = float(inner.max()), float(inner.min())
    return {
        "min": (float(outer.min()), surely_low),
        "avg": (means[0], means[-1]),
        "max": (surely_high, float(outer.max())),
    }


def _wrong(number: int, made: _Object, row: JsonObject, views: tuple[Celsius, ...]) -> Iterator[str]:
    """Temperatures of 520 that neither the matrix before nor the one after confirms."""
    bounds = [_bounds(view, made) for view in views]
    for kind in _KINDS:
        value = row.get(f"{kind}_temp")
        if not isinstance(value, int | float):
            continue
        low, high = min(each[kind][0] for each in bounds), max(each[kind][1] for each in bounds)
        slack = max(_AVERAGE_K if kind == "avg" else _EXTREME_K, _RELATIVE * abs(value))
        if not low - slack <= value <= high + slack:
            yield f"{kind} of r{number} {made.points}: 520 {value:g}, 530 {low:.2f} .. {high:.2f}"


@cases(
    Case(
        f"IV.520/pixels-{name}",
        f"A {name} must have the extremes and the average of the pixels within its outline",
        _SAFE,
        requirement="IV.520/pixels",
        capabilities=capabilities_of(520, 530),
        writes=("pair:3",),
        waits_s=1,
        data=kind,
    )
    for kind, name in ((2, "line"), (3, "rectangle"), (4, "polygon"), (5, "circle"))
)
async def test_an_object_is_as_hot_as_its_pixels(case: Case[int], dut: Device) -> None:
    matrix = await readable_matrix(dut)
    if not _is_comparable(dut, matrix):
        return
    made = _distinctive(matrix, case.data)
    shapes = [{"type": each.type, "points": [{"x": x, "y": y} for x, y in each.points]} for each in made]
    await set_own_rules(dut, shapes)
    await dut.clock.sleep(1)
    wrong: list[str] = []
    for _ in range(_TRIES):
        before, shown, after = await readable_matrix(dut), await shown_objects(dut), await readable_matrix(dut)
        wrong = []
        for number, each in enumerate(made):
            wrong += _wrong(number, each, shown.get(f"r{number}", {}), (before, after))
        # A scene may move between two requests: only a difference that stays is a finding.
        if not wrong:
            break
    if wrong and (odd := _odd(await _samples(dut), "point")) and not _odd(await _samples(dut), "rule"):
        raise CaseInconclusive(f"the point temperature is not that of the matrix (IV.521/level): {odd}")
    dut.demand(not wrong, "objects in 520 as their pixels in 530", "; ".join(wrong) or f"{len(made)} objects")


# On average


def _even_spots(matrix: Celsius) -> list[Point]:
    """The pixel (from 1) with the most even surroundings in each of twelve parts of the image."""
    height, width = matrix.shape
    windows = np.lib.stride_tricks.sliding_window_view(matrix, (7, 7))
    spread = windows.max(axis=(2, 3)) - windows.min(axis=(2, 3))
    found = []
    for row in range(3):
        for column in range(4):
            top, left = spread.shape[0] * row // 3, spread.shape[1] * column // 4
            part = spread[top : spread.shape[0] * (row + 1) // 3, left : spread.shape[1] * (column + 1) // 4]
            y, x = divmod(int(part.argmin()), part.shape[1])
            found.append((left + x + 4, top + y + 4))
    return [(min(x, width), min(y, height)) for x, y in found]


async def _samples(dut: Device) -> dict[str, NDArray[np.float64]]:
    """The temperatures of some spots as the three commands see them, a row for each look, a column for each spot."""
    spots = _even_spots(await readable_matrix(dut))
    await set_own_rules(dut, [{"type": 1, "points": [{"x": x, "y": y}]} for x, y in spots])
    await dut.clock.sleep(1)
    looks: dict[str, list[list[float]]] = {view: [] for view in VIEWS.values()}
    for _ in range(_LOOKS):
        shown, matrix = await shown_objects(dut), await readable_matrix(dut)
        points = [(await spot_of(dut, x, y))[0] for x, y in spots]
        rules = [shown.get(f"r{number}", {}).get("avg_temp") for number in range(len(spots))]
        looks["rule"].append([float(each) if isinstance(each, int | float) else np.nan for each in rules])
        looks["point"].append([np.nan if each is None else each for each in points])
        looks["matrix"].append([float(matrix[y - 1, x - 1]) for x, y in spots])
        await dut.clock.sleep(0.5)
    return {view: np.array(rows) for view, rows in looks.items()}


def _coarse(samples: dict[str, NDArray[np.float64]], view: str) -> bool:
    """Whether this view shows only whole degrees while both others show fractions."""
    whole = {name: float(np.mean(values == np.rint(values))) for name, values in samples.items()}
    return whole.pop(view) == 1.0 and max(whole.values()) < 0.5


def _odd(samples: dict[str, NDArray[np.float64]], view: str) -> str:
    """By how much this view reads higher, or lower, than both others, beyond noise; an empty text if it does not."""
    differences = []
    for other in VIEWS.values():
        if other == view:
            continue
        apart = samples[view] - samples[other]
        apart = apart[:, ~np.isnan(apart).any(axis=0)]
        if not apart.size:
            return ""
        noise = float(np.sqrt(apart.var(axis=0).mean() / apart.size))
        allowed = max(_AVERAGE_K, _RELATIVE * float(np.nanmean(np.abs(samples[other])))) + 3 * noise
        mean = float(apart.mean())
        if abs(mean) <= allowed:
            return ""
        differences.append((other, mean))
    same_side = len({mean > 0 for _, mean in differences}) == 1
    return ", ".join(f"{mean:+.2f} K against {other}" for other, mean in differences) if same_side else ""


@cases(
    Case(
        f"{clause}/level",
        f"Command {clause[3:]} must read no higher and no lower, on average, than the two other views of the pixels",
        _SAFE,
        capabilities=capabilities_of(520, 521, 530),
        writes=("pair:3",),
        data=view,
        waits_s=4,
    )
    for clause, view in VIEWS.items()
)
async def test_no_view_reads_higher_than_the_others(case: Case[str], dut: Device) -> None:
    if not _is_comparable(dut, await readable_matrix(dut)):
        return
    samples = await _samples(dut)
    odd = _odd(samples, case.data)
    dut.demand(not odd, f"temperatures within {_AVERAGE_K:g} K of the other views on average", odd or "as expected")
    coarse = _coarse(samples, case.data)
    dut.demand(
        not coarse, "fractions of a degree, as the other views show", "whole degrees" if coarse else "as expected"
    )


# Many rules, and a scene that changes


def _statistics(pixels: NDArray[np.float64]) -> tuple[float, float, float]:
    return float(pixels.min()), float(pixels.mean()), float(pixels.max())


@case(
    "IV.520/many",
    "Each of many rules must have its temperatures",
    _SAFE,
    requirement="IV.520/rules",
    capabilities=capabilities_of(520),
    writes=("pair:3",),
    waits_s=1,
)
async def test_of_many_rules_every_one_has_its_temperatures(case: Case, dut: Device) -> None:
    width, height = output_size(dut)
    places = [(width * column // 6, height * row // 5) for row in range(1, 5) for column in range(1, 6)]
    for count in (20, 12, 8, 6):
        shapes = [{"type": 1, "points": [{"x": x, "y": y}]} for x, y in places[:count]]
        reply = await dut.ask(3, {"rule_list": await rules_of(dut, shapes)}, legal=False)
        if reply.ok:
            break
        # It is not said how many rules a device has room for.
        dut.judgement.observe("3", f"{count} rules: {reply.retcode}")
    else:
        raise CaseInconclusive("more than a few rules are refused")
    await dut.clock.sleep(1)
    rules = [str(rule.get("rule_name")) for rule in (await dut.must(4)).get("rule_list") or []]
    names = list(await shown_objects(dut))
    expected = f"the {len(rules)} objects of 4"
    dut.demand(sorted(names) == sorted(rules), expected, f"{len(names)} objects: {checks.short(names)}")


@case(
    "IV.520/real-time",
    "The temperatures of objects must change with the scene",
    _SAFE,
    capabilities=capabilities_of(520, 530),
    writes=("pair:3",),
    waits_s=11,
)
async def test_the_temperatures_are_those_of_now(case: Case, dut: Device) -> None:
    matrix = await readable_matrix(dut)
    size = (matrix.shape[1], matrix.shape[0])
    made = [_rectangle(size, _inside(size, _place(view), size[1] // 8), size[1] // 8) for view in (matrix, -matrix)]
    await set_own_rules(dut, [{"type": 3, "points": [{"x": x, "y": y} for x, y in each.points]} for each in made])
    await dut.clock.sleep(1)
    shown, seen = [], []
    for _ in range(6):
        rows, matrix = await shown_objects(dut), await readable_matrix(dut)
        shown.append([rows.get(f"r{number}", {}).get(f"{kind}_temp") for number in range(2) for kind in _KINDS])
        seen.append([value for each in made for value in _statistics(matrix[each.distance <= 0])])
        await dut.clock.sleep(2)
    moved = float((np.max(seen, axis=0) - np.min(seen, axis=0)).max())
    unchanged = all(values == shown[0] for values in shown)
    # Without noise and drift nothing shows whether a reading is of now.
    dut.demand(
        moved < 0.3 or not unchanged, f"readings that change, as 530 changes by {moved:.2f} K", checks.short(shown[0])
    )
