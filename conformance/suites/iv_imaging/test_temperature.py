"""Chapter IV, 520, 521, 530, 531: the temperatures of objects, of a spot and of the whole image are those of one scene.

What three commands say of the same pixels is compared; the one that the other two contradict has failed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from conformance import checks
from conformance.catalogue import Safety, load
from conformance.checks.matrix import SIZES, MatrixError, decode_matrix
from conformance.dut.device import Device
from conformance.rules.case import Case, case, cases
from conformance.rules.verdict import CaseInconclusive
from conformance.steps import waiting
from conformance.steps.scene import (
    INT16_C,
    NOISE_K,
    Celsius,
    close,
    matrix_of,
    output_matrix,
    own_rules,
    size_of,
    spot_of,
)

_CATALOGUE = load()
_SAFE = Safety.REVERSIBLE
_COLDEST_C, _HOTTEST_C = -60.0, 1000.0
_POINTS = 6
_TRIES = 3

# 530


@cases(
    Case(
        f"IV.530/size-{kind}",
        f"The matrix of type {kind} must have the size it states",
        requirement="IV.530/size",
        capabilities=waiting.capabilities(530),
        data=kind,
        quick=kind == 0,
    )
    for kind in SIZES
)
async def test_the_matrix_has_the_size_it_states(case: Case[Any], dut: Device) -> None:
    reply = await waiting.patient(dut, 530, {"type": case.data})
    if not dut.check(checks.success(reply)):
        return
    dut.conforms(dut.catalogue.commands[530], reply)
    try:
        matrix = decode_matrix(reply.message or {}, case.data)
    except MatrixError as error:
        dut.demand(False, "width x height x 2 bytes in base64 (R77)", str(error))
        return
    size, (width, height) = (matrix.width, matrix.height), size_of(dut)
    # The printed sizes belong to an output of 512 x 384; another output has its own, and three quarters of it.
    own = (width, height) if case.data == 0 else (width * 3 // 4, height * 3 // 4)
    dut.demand(size in (SIZES[case.data], own), f"{SIZES[case.data]} or {own}", f"{size}")


@case(
    "IV.530/without-type",
    "The matrix must have the size of type 0 if the request has no type",
    requirement="IV.530/size",
    capabilities=waiting.capabilities(530),
)
async def test_without_a_type_it_is_type_0(case: Case, dut: Device) -> None:
    sizes = []
    for message in ({}, {"type": 0}):
        reply = await waiting.patient(dut, 530, message)
        dut.check(checks.success(reply))
        sizes.append(len(str((reply.message or {}).get("temps"))))
    if sizes[0] != sizes[1]:
        dut.judgement.observe("530", "without type another size than with type 0")


@case(
    "IV.530/plausible",
    "The matrix must have possible temperatures",
    capabilities=waiting.capabilities(530),
)
async def test_the_temperatures_are_possible(case: Case, dut: Device) -> None:
    for kind in SIZES:
        try:
            matrix = await matrix_of(dut, kind)
        except MatrixError as error:
            dut.demand(False, "a matrix", str(error))
            continue
        low, high = float(matrix.min()), float(matrix.max())
        possible = low >= _COLDEST_C and high <= _HOTTEST_C
        dut.demand(possible, f"{_COLDEST_C:g} to {_HOTTEST_C:g} degC", f"type {kind}: {low:g} to {high:g} degC")


@case(
    "IV.530/types",
    "The small matrix must be the large one, resampled",
    capabilities=waiting.capabilities(530),
)
async def test_the_types_show_one_scene(case: Case, dut: Device) -> None:
    try:
        large, small = await matrix_of(dut, 0), await matrix_of(dut, 1)
    except MatrixError as error:
        dut.demand(False, "two matrices", str(error))
        return
    share = 0.0
    for _ in range(_TRIES):
        share = float(np.mean(_alike(large, small)))
        if share >= 0.95:
            break
        large, small = await matrix_of(dut, 0), await matrix_of(dut, 1)
    dut.demand(share >= 0.95, "95 % of the pixels as in type 0", f"{share:.0%}")


def _alike(large: Celsius, small: Celsius) -> NDArray[np.bool_]:
    """Which pixels of `small` are in the range of those that they may be made of, give or take noise."""
    rows = ((np.arange(small.shape[0]) + 0.5) * large.shape[0] / small.shape[0]).astype(int)
    columns = ((np.arange(small.shape[1]) + 0.5) * large.shape[1] / small.shape[1]).astype(int)
    low, high = _around(large, 2)
    grid = np.ix_(rows, columns)
    return np.asarray((small >= low[grid] - 1.0) & (small <= high[grid] + 1.0))


def _around(matrix: Celsius, reach: int) -> tuple[Celsius, Celsius]:
    """Lowest and highest temperature within `reach` pixels of each."""
    padded = np.pad(matrix, reach, mode="edge")
    windows = np.lib.stride_tricks.sliding_window_view(padded, (2 * reach + 1, 2 * reach + 1))
    return windows.min(axis=(2, 3)), windows.max(axis=(2, 3))


# 521


@case(
    "IV.521/point",
    "Command 521 must show the temperature of a point",
    requirement="IV.521/value",
    capabilities=waiting.capabilities(521),
    quick=True,
)
async def test_a_point_has_a_temperature(case: Case, dut: Device) -> None:
    message = await dut.get(521, {"cursor_x": 10, "cursor_y": 10, "cursor_type": 0})
    dut.demand(message.get("show") in (0, 1), "show is 0 or 1", f"show {message.get('show')!r}")
    if message.get("show") == 1 and isinstance(message.get("value"), int | float):
        dut.demand(_COLDEST_C <= message["value"] <= _HOTTEST_C, "a possible temperature", f"{message['value']:g} degC")


@cases(
    Case(
        f"IV.521/corner-{label}",
        f"The {label} corner of the image must have a temperature",
        requirement="IV.521/value",
        capabilities=waiting.capabilities(521),
        data=(right, low),
    )
    for label, right, low in (("upper-left", 0, 0), ("upper-right", 1, 0), ("lower-left", 0, 1), ("lower-right", 1, 1))
)
async def test_a_corner_has_a_temperature(case: Case[Any], dut: Device) -> None:
    width, height = size_of(dut)
    x, y = (width if case.data[0] else 1), (height if case.data[1] else 1)
    await dut.get(521, {"cursor_x": x, "cursor_y": y, "cursor_type": 0})


@cases(
    Case(
        f"IV.521/off-{label}",
        f"A negative {label} must switch the display off",
        requirement="IV.521/off",
        capabilities=waiting.capabilities(521),
        data=(x, y),
    )
    for label, x, y in (("cursor", -1, -1), ("x", -1, 10), ("y", 10, -1))
)
async def test_a_negative_cursor_switches_the_display_off(case: Case[Any], dut: Device) -> None:
    x, y = case.data
    reply = await dut.succeeds(521, {"cursor_x": x, "cursor_y": y, "cursor_type": 0}, legal=False)
    show = (reply.message or {}).get("show")
    dut.judgement.observe("R75", f"show {show!r}")
    # Whether one negative coordinate is enough is not said.
    dut.demand(show == 0 or max(x, y) >= 0, "show 0 while the cursor is off (R75)", f"show {show!r}")
    again = await dut.get(521, {"cursor_x": 10, "cursor_y": 10, "cursor_type": 0})
    dut.demand("value" in again, "a temperature again after that", checks.short(again))


# One scene, three commands


@dataclass
class _Spot:
    """One pixel (1-based) as the three commands see it; `slack` is what its surroundings differ by, in kelvin."""

    x: int
    y: int
    slack: float = 0.0
    rule: float | None = None
    point: float | None = None
    matrix: float | None = None


def _telling(matrix: Celsius, count: int) -> Iterator[tuple[int, int]]:
    """Pixels (1-based) in even surroundings that tell most: hot and cold ones, far from what exchanged or flipped axes
    would show in their place.
    """
    height, width = matrix.shape
    low, high = _around(matrix, 3)
    even = (high - low) < 1.5
    even[:8, :] = even[-8:, :] = even[:, :8] = even[:, -8:] = False
    columns, rows = np.meshgrid(np.arange(width), np.arange(height))
    wrong = (
        matrix[np.minimum(columns, height - 1), np.minimum(rows, width - 1)],
        matrix[::-1, :],
        matrix[:, ::-1],
    )
    for number in range(count):
        score = np.where(even, np.abs(matrix - wrong[number % len(wrong)]), -1.0)
        if score.max() < 0:
            return
        row, column = np.unravel_index(int(score.argmax()), score.shape)
        yield int(column) + 1, int(row) + 1
        around = np.s_[max(0, row - 20) : row + 21, max(0, column - 20) : column + 21]
        even[around] = False


async def _seen(dut: Device) -> list[_Spot]:
    """The telling spots of the scene as 520, 521 and 530 see them; those that never settle are left out."""
    width, height = size_of(dut)
    # Of a matrix that cannot be read the others know nothing: then spots of a grid serve them.
    try:
        matrix: Celsius | None = await output_matrix(dut)
    except MatrixError:
        matrix = None
    places = list(_telling(matrix, _POINTS)) if matrix is not None else []
    if not places:
        places = [(width * part // 7, height * (part * 3 % 7) // 7) for part in range(1, 7)]
    spots = [_Spot(x, y) for x, y in places]
    await own_rules(dut, [{"type": 1, "points": [{"x": spot.x, "y": spot.y}]} for spot in spots])
    await dut.clock.sleep(1)
    await _look(dut, spots, matrix is not None)
    return [spot for spot in spots if spot.point is not None]


async def _look(dut: Device, spots: list[_Spot], with_matrix: bool) -> None:
    told = {row.get("rule_name"): row for row in (await dut.must(520)).get("rule_list") or [] if isinstance(row, dict)}
    matrix = await output_matrix(dut) if with_matrix else None
    for number, spot in enumerate(spots):
        value = told.get(f"r{number}", {}).get("avg_temp", told.get(f"r{number}", {}).get("max_temp"))
        spot.rule = float(value) if isinstance(value, int | float) else None
        spot.point, _ = await spot_of(dut, spot.x, spot.y)
        if matrix is not None:
            near = matrix[max(0, spot.y - 3) : spot.y + 2, max(0, spot.x - 3) : spot.x + 2]
            spot.matrix, spot.slack = float(matrix[spot.y - 1, spot.x - 1]), float(near.max() - near.min())


_VIEWS = {"IV.520": "rule", "IV.521": "point", "IV.530": "matrix"}


@cases(
    Case(
        f"{clause}/same-scene",
        f"Command {clause[3:]} must agree with the other views of the same pixels",
        _SAFE,
        capabilities=waiting.capabilities(520, 521, 530),
        writes=("pair:3",),
        data=view,
        waits_s=3,
    )
    for clause, view in _VIEWS.items()
)
async def test_the_views_of_one_scene_agree(case: Case[Any], dut: Device) -> None:
    others = [view for view in _VIEWS.values() if view != case.data]
    spots: list[_Spot] = []
    wrong: list[str] = []
    for _ in range(_TRIES):
        spots = await _seen(dut)
        judged = [spot for spot in spots if getattr(spot, case.data) is not None]
        odd = [spot for spot in judged if _is_odd(spot, case.data, others)]
        wrong = [f"({spot.x}, {spot.y}): {_views(spot)}" for spot in odd]
        # A scene may move between two questions: only what stays is a finding.
        if not wrong:
            break
    if not spots:
        raise CaseInconclusive("no point of the image shows a temperature")
    if any((spot.point or 0) > INT16_C for spot in spots):
        dut.judgement.observe("R77", "temperatures above 327.67 degC")
    dut.demand(
        not wrong, f"as {' and '.join(others)} say, within {NOISE_K:g} K", "; ".join(wrong) or f"{len(spots)} spots"
    )


def _is_odd(spot: _Spot, view: str, others: list[str]) -> bool:
    """Whether this view is contradicted: by both others, or by the only other while that one is not alone."""
    own = getattr(spot, view)
    seen = [getattr(spot, other) for other in others if getattr(spot, other) is not None]
    if view == "matrix" and any(value > INT16_C for value in seen):
        return False
    return len(seen) == 2 and not any(close(own, value, spot.slack) for value in seen)


def _views(spot: _Spot) -> str:
    named = {number: getattr(spot, view) for number, view in _VIEWS.items()}
    return ", ".join(f"{number[3:]} {value:g}" for number, value in named.items() if value is not None)


# 520


def _box(width: int, height: int) -> list[dict[str, int]]:
    left, top, right, bottom = width // 16, height // 16, width * 15 // 16, height * 15 // 16
    return [{"x": x, "y": y} for x, y in ((left, top), (right, top), (right, bottom), (left, bottom))]


@case(
    "IV.520/rules",
    "Every rule of 4 must have its temperatures in 520, under its name and number",
    _SAFE,
    capabilities=waiting.capabilities(520),
    writes=("pair:3",),
    quick=True,
    waits_s=1,
)
async def test_every_rule_has_its_temperatures(case: Case, dut: Device) -> None:
    width, height = size_of(dut)
    middle = {"x": width // 2, "y": height // 2}
    box = _box(width, height)
    shapes = [{"type": 1, "points": [middle]}, {"type": 2, "points": [box[0], box[2]]}, {"type": 3, "points": box}]
    await own_rules(dut, shapes)
    await dut.clock.sleep(1)
    rules = [rule for rule in (await dut.must(4)).get("rule_list") or [] if isinstance(rule, dict)]
    told = [row for row in (await dut.get(520)).get("rule_list") or [] if isinstance(row, dict)]
    names = [row.get("rule_name") for row in told]
    dut.demand(names == [rule.get("rule_name") for rule in rules], f"{len(rules)} rules, as 4 shows them", f"{names}")
    for rule in rules:
        row = next((each for each in told if each.get("rule_name") == rule.get("rule_name")), {})
        for left, right in (("id", "rule_id"), ("type", "type")):
            if rule.get(left) and right in row:
                dut.demand(row[right] == rule[left], f"{right} {rule[left]} (R111)", f"{right} {row[right]}")
        low, middle_, high = (row.get(f"{which}_temp") for which in ("min", "avg", "max"))
        known = [value for value in (low, middle_, high) if isinstance(value, int | float)]
        dut.demand(len(known) == 3, f"three temperatures of {rule.get('rule_name')}", checks.short(row))
        dut.demand(known == sorted(known), "max >= avg >= min (R74)", f"min, avg, max {known}")
        possible = all(_COLDEST_C <= value <= _HOTTEST_C for value in known)
        dut.demand(possible, "possible temperatures", f"{known}")


@case(
    "IV.520/nested",
    "An object within another must be neither hotter nor colder than it",
    _SAFE,
    capabilities=waiting.capabilities(520),
    writes=("pair:3",),
    waits_s=1,
)
async def test_an_object_within_another_is_no_hotter(case: Case, dut: Device) -> None:
    width, height = size_of(dut)
    outer = _box(width, height)
    inner = [{"x": point["x"] // 2 + width // 4, "y": point["y"] // 2 + height // 4} for point in outer]
    await own_rules(dut, [{"type": 3, "points": outer}, {"type": 3, "points": inner}])
    await dut.clock.sleep(1)
    told = {row.get("rule_name"): row for row in (await dut.get(520)).get("rule_list") or [] if isinstance(row, dict)}
    large, small = told.get("r0", {}), told.get("r1", {})
    if not {"max_temp", "min_temp"} <= large.keys() & small.keys():
        raise CaseInconclusive("the objects have no temperatures")
    inside = large["min_temp"] - 1 <= small["min_temp"] and small["max_temp"] <= large["max_temp"] + 1
    dut.demand(
        inside,
        f"within {large['min_temp']:g} .. {large['max_temp']:g}",
        f"{small['min_temp']:g} .. {small['max_temp']:g}",
    )


@case(
    "IV.520/no-rules",
    "Command 520 must list no objects if there are no rules",
    _SAFE,
    requirement="IV.520/rules",
    capabilities=waiting.capabilities(520),
    writes=("pair:3",),
)
async def test_without_rules_there_are_no_objects(case: Case, dut: Device) -> None:
    await dut.must(3, {"rule_list": []}, legal=False)
    told = (await dut.get(520)).get("rule_list")
    dut.demand(not told, "no objects", checks.short(told))


# 531


@cases(
    Case(
        f"IV.531/zero-{label}",
        f"Command 531 must read 0 as 1 ({label})",
        _SAFE,
        requirement="IV.531/zero",
        capabilities=waiting.capabilities(531, 53),
        writes=("pair:53",),
        data=(zero, one),
    )
    for label, zero, one in (
        ("both", {"x": 0, "y": 0}, {"x": 1, "y": 1}),
        ("x", {"x": 0, "y": 100}, {"x": 1, "y": 100}),
        ("y", {"x": 100, "y": 0}, {"x": 100, "y": 1}),
    )
)
async def test_zero_means_one(case: Case[Any], dut: Device) -> None:
    # A camera that knows how high it hangs and where it looks has distances that differ from column to column.
    await dut.ask(53, {"flag": 1, "high": 6.5, "alpha": 25.0}, legal=False)
    shown = []
    for message in case.data:
        reply = await dut.succeeds(531, message, legal=False)
        dut.conforms(dut.catalogue.commands[531], reply)
        shown.append(reply.message or {})
    apart = [abs(float(shown[0].get(name, 0)) - float(shown[1].get(name, 0))) for name in ("x", "y")]
    dut.demand(
        max(apart) <= 0.05 * max(1.0, *(abs(float(v)) for v in shown[1].values())), f"{shown[1]} (R78)", f"{shown[0]}"
    )


@case(
    "IV.531/without-point",
    "Command 531 must answer without a point, or refuse",
    requirement="IV.531/zero",
    capabilities=waiting.capabilities(531),
)
async def test_without_a_point_it_is_answered(case: Case, dut: Device) -> None:
    reply = await dut.ask(531, {})
    if reply.ok:
        dut.conforms(dut.catalogue.commands[531], reply)
    else:
        # Both are optional; what none means is not said (R154).
        dut.judgement.observe("R154", f"531 without x and y: {reply.retcode}")
        dut.check(checks.refused(dut.catalogue, reply, "R20", "R23"))
