"""Commands 520 and 530: the temperatures of an object are those of its rule and of its pixels in the whole image."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from conformance import checks
from conformance.catalogue import Safety
from conformance.catalogue.json_types import JsonObject
from conformance.checks.matrix import MatrixError
from conformance.dut.device import Device
from conformance.rules.case import Case, case, cases
from conformance.rules.verdict import CaseInconclusive
from conformance.steps.alarms import NAME, heat_object, object_box
from conformance.steps.capabilities import capabilities_of
from conformance.steps.image_sizes import output_size
from conformance.steps.scene import (
    COLDEST_C,
    HOTTEST_C,
    INT16_C,
    NOISE_K,
    Celsius,
    agree,
    exact_matrix,
    output_matrix,
    readable_matrix,
    set_own_rules,
    shown_objects,
    spot_of,
)

_SAFE = Safety.REVERSIBLE
_TRIES = 3
_EDGE_PX = 3
_KINDS = ("min", "avg", "max")


def _numbers(row: JsonObject) -> list[float]:
    found = [row.get(f"{kind}_temp") for kind in _KINDS]
    return [float(value) for value in found if isinstance(value, int | float)]


# The rule


_NAMED = ("gate 1 north-east 12", "gate 2 north-east 12", "yard", "hall 3", "mast")


@case(
    "IV.520/as-its-rule",
    "An object must have the whole name, the id and the preset of its rule, and its temperatures in order",
    _SAFE,
    capabilities=capabilities_of(520),
    writes=("pair:3",),
    waits_s=1,
)
async def test_an_object_is_shown_like_its_rule(case: Case, dut: Device) -> None:
    width, height = output_size(dut)
    left, top, right, bottom = width // 8, height // 8, width * 7 // 8, height * 7 // 8
    corners = [(left, top), (right, top), (right, bottom), (left, bottom)]
    sides = [(width // 2, top), (width // 2, bottom), (left, height // 2), (right, height // 2)]
    points = [corners[:1], corners[::2], corners, corners[:3], sides]
    rules = [
        {"type": number, "points": [{"x": x, "y": y} for x, y in points[number - 1]], "id": 30 - 4 * number, **facts}
        for number, facts in enumerate(({"rule_name": name, "preset": 7} for name in _NAMED), start=1)
    ]
    await set_own_rules(dut, rules)
    await dut.clock.sleep(1)
    known = {str(rule.get("rule_name")): rule for rule in (await dut.must(4)).get("rule_list") or []}
    shown = await shown_objects(dut)
    dut.demand(set(shown) == set(known), f"the objects {sorted(known)} of 4", f"the objects {sorted(shown)}")
    for name in known.keys() & shown.keys():
        rule, row = known[name], shown[name]
        for of_rule, of_row in (("id", "rule_id"), ("type", "type"), ("preset", "preset")):
            if rule.get(of_rule) and row.get(of_row):
                # A device without a PTZ may leave the preset out or show 0 (R113).
                dut.demand(
                    row[of_row] == rule[of_rule], f"{of_row} {rule[of_rule]} of {name!r}", f"{of_row} {row[of_row]!r}"
                )
        three = _numbers(row)
        dut.demand(three == sorted(three), f"max >= avg >= min of {name!r} (R74)", f"min, avg, max {three}")


@case(
    "IV.520/emissivity",
    "An object must be measured with the emissivity of its own rule",
    _SAFE,
    capabilities=capabilities_of(520),
    stimuli=("heat",),
    writes=("pair:3",),
    waits_s=2,
)
async def test_an_object_has_the_emissivity_of_its_rule(case: Case, dut: Device) -> None:
    left, top, right, bottom = object_box(dut)
    spot = {"x": (left + right) // 2, "y": (top + bottom) // 2}
    await set_own_rules(
        dut, [{"type": 1, "points": [spot], "emiss_mode": 2, "emiss": emissivity} for emissivity in (1.0, 0.5)]
    )
    try:
        await heat_object(dut, 90.0)
        await dut.clock.sleep(1)
        shown = await shown_objects(dut)
    finally:
        await dut.stimulus.do("cool", name=NAME)
    black, grey = (max(_numbers(shown.get(name, {})), default=0.0) for name in ("r0", "r1"))
    # Half of the radiation at 90 degC is that of a far hotter body of emissivity 0.5.
    dut.demand(grey > black + 10, f"more than {black + 10:g} degC with emissivity 0.5", f"{grey:g} degC")


# Its place in the list


def _outline(width: int, height: int) -> list[dict[str, int]]:
    left, top, right, bottom = width // 16, height // 16, width * 15 // 16, height * 15 // 16
    return [{"x": x, "y": y} for x, y in ((left, top), (right, top), (right, bottom), (left, bottom))]


@case(
    "IV.520/rules",
    "Every rule of 4 must have its temperatures in 520, under its name and number",
    _SAFE,
    capabilities=capabilities_of(520),
    writes=("pair:3",),
    quick=True,
    waits_s=1,
)
async def test_every_rule_has_its_temperatures(case: Case, dut: Device) -> None:
    width, height = output_size(dut)
    middle = {"x": width // 2, "y": height // 2}
    outline = _outline(width, height)
    shapes = [
        {"type": 1, "points": [middle]},
        {"type": 2, "points": [outline[0], outline[2]]},
        {"type": 3, "points": outline},
    ]
    await set_own_rules(dut, shapes)
    await dut.clock.sleep(1)
    rules = [rule for rule in (await dut.must(4)).get("rule_list") or [] if isinstance(rule, dict)]
    shown = [row for row in (await dut.get(520)).get("rule_list") or [] if isinstance(row, dict)]
    names = [row.get("rule_name") for row in shown]
    dut.demand(
        names == [rule.get("rule_name") for rule in rules],
        f"{len(rules)} rules, as 4 shows them",
        f"{len(names)} objects: {names}",
    )
    for rule in rules:
        row = next((each for each in shown if each.get("rule_name") == rule.get("rule_name")), {})
        for left, right in (("id", "rule_id"), ("type", "type")):
            if rule.get(left) and right in row:
                dut.demand(row[right] == rule[left], f"{right} {rule[left]} (R111)", f"{right} {row[right]}")
        low, middle_, high = (row.get(f"{which}_temp") for which in ("min", "avg", "max"))
        known = [value for value in (low, middle_, high) if isinstance(value, int | float)]
        dut.demand(len(known) == 3, f"three temperatures of {rule.get('rule_name')}", checks.short(row))
        dut.demand(known == sorted(known), "max >= avg >= min (R74)", f"min, avg, max {known}")
        possible = all(COLDEST_C <= value <= HOTTEST_C for value in known)
        dut.demand(possible, "possible temperatures", f"min, avg, max {known}")


@case(
    "IV.520/nested",
    "An object within another must be neither hotter nor colder than it",
    _SAFE,
    capabilities=capabilities_of(520),
    writes=("pair:3",),
    waits_s=1,
)
async def test_an_object_within_another_is_no_hotter(case: Case, dut: Device) -> None:
    width, height = output_size(dut)
    outer = _outline(width, height)
    inner = [{"x": point["x"] // 2 + width // 4, "y": point["y"] // 2 + height // 4} for point in outer]
    await set_own_rules(dut, [{"type": 3, "points": outer}, {"type": 3, "points": inner}])
    await dut.clock.sleep(1)
    shown = {row.get("rule_name"): row for row in (await dut.get(520)).get("rule_list") or [] if isinstance(row, dict)}
    large, small = shown.get("r0", {}), shown.get("r1", {})
    if not {"max_temp", "min_temp"} <= large.keys() & small.keys():
        raise CaseInconclusive("the objects have no temperatures")
    inside = large["min_temp"] - 1 <= small["min_temp"] and small["max_temp"] <= large["max_temp"] + 1
    dut.demand(
        inside,
        f"temperatures within {large['min_temp']:g} .. {large['max_temp']:g}",
        f"{small['min_temp']:g} .. {small['max_temp']:g}",
    )


@case(
    "IV.520/no-rules",
    "Command 520 must list no objects if there are no rules",
    _SAFE,
    requirement="IV.520/rules",
    capabilities=capabilities_of(520),
    writes=("pair:3",),
)
async def test_without_rules_there_are_no_objects(case: Case, dut: Device) -> None:
    await dut.must(3, {"rule_list": []}, legal=False)
    shown = (await dut.get(520)).get("rule_list")
    dut.demand(not shown, "no objects", checks.short(shown))


# Its pixels


@dataclass(frozen=True)
class _Bounds:
    """Between what minimum, average and maximum of a box may be: its edge may belong to it or not."""

    low: tuple[float, float]
    average: tuple[float, float]
    high: tuple[float, float]


def _bounds(matrix: Celsius, left: int, top: int, right: int, bottom: int) -> _Bounds:
    """The bounds of a box; its sides are in pixels from 1, its corners belong to it."""
    inner = matrix[top - 1 + _EDGE_PX : bottom - _EDGE_PX, left - 1 + _EDGE_PX : right - _EDGE_PX]
    outer = matrix[max(0, top - 1 - _EDGE_PX) : bottom + _EDGE_PX, max(0, left - 1 - _EDGE_PX) : right + _EDGE_PX]
    averages = sorted((float(inner.mean()), float(outer.mean())))
    return _Bounds(
        (float(outer.min()), float(inner.min())),
        (averages[0], averages[1]),
        (float(inner.max()), float(outer.max())),
    )


def _boxes(matrix: Celsius) -> list[tuple[int, int, int, int]]:
    """A box nearly as large as the image, and boxes around the hottest and the coldest pixel, in pixels from 1."""
    height, width = matrix.shape
    reach_x, reach_y = width // 12, height // 12
    found = [(width // 8, height // 8, width * 7 // 8, height * 7 // 8)]
    for place in (int(matrix.argmax()), int(matrix.argmin())):
        row, column = divmod(place, width)
        x = min(max(column + 1, reach_x + _EDGE_PX + 2), width - reach_x - _EDGE_PX - 1)
        y = min(max(row + 1, reach_y + _EDGE_PX + 2), height - reach_y - _EDGE_PX - 1)
        found.append((x - reach_x, y - reach_y, x + reach_x, y + reach_y))
    return found


@cases(
    Case(
        f"{clause}/areas",
        f"{title}: an area must have the same minimum, average and maximum in 520 and in 530",
        _SAFE,
        capabilities=capabilities_of(520, 530),
        writes=("pair:3",),
        waits_s=3,
    )
    for clause, title in (("IV.520", "Temperatures of objects"), ("IV.530", "Matrix"))
)
async def test_an_area_is_as_hot_as_its_pixels(case: Case, dut: Device) -> None:
    wrong: list[str] = []
    for _ in range(_TRIES):
        wrong = await _contradictions(dut)
        # A scene may move between two requests: only a difference that stays is a finding.
        if not wrong:
            break
    dut.demand(
        not wrong, f"objects in 520 as their pixels in 530, within {NOISE_K:g} K", "; ".join(wrong) or "as expected"
    )


async def _contradictions(dut: Device) -> list[str]:
    matrix = await readable_matrix(dut)
    if float(matrix.max()) >= INT16_C:
        dut.judgement.observe("R77", "a matrix with temperatures that it may be unable to hold")
        return []
    boxes = _boxes(matrix)
    corners = [[(a, b), (c, b), (c, d), (a, d)] for a, b, c, d in boxes]
    await set_own_rules(dut, [{"type": 3, "points": [{"x": x, "y": y} for x, y in each]} for each in corners])
    await dut.clock.sleep(1)
    shown, matrix = await shown_objects(dut), await output_matrix(dut)
    found = []
    for number, each in enumerate(boxes):
        bounds = _bounds(matrix, *each)
        for kind, (least, most) in zip(_KINDS, (bounds.low, bounds.average, bounds.high), strict=True):
            value = shown.get(f"r{number}", {}).get(f"{kind}_temp")
            if (
                isinstance(value, int | float)
                and not _is_too_cold(float(value), least)
                and not _within(value, least, most)
            ):
                found.append(f"{kind} of {each}: 520 {value:g}, 530 {least:g} .. {most:g}")
    return found


def _is_too_cold(value: float, shown: float) -> bool:
    """Whether a temperature below zero is shown as 0 because unsigned numbers (R77) cannot hold it."""
    return value < 0 and shown == 0


def _within(value: float, least: float, most: float) -> bool:
    return least <= value <= most or agree(value, float(np.clip(value, least, most)))


# Its rows and columns


@case(
    "IV.530/rows",
    "The matrix must have, row by row and column by column, what the cursor shows",
    capabilities=capabilities_of(521, 530),
)
async def test_rows_and_columns_are_what_the_cursor_shows(case: Case, dut: Device) -> None:
    wrong: list[str] = []
    for _ in range(_TRIES):
        wrong = await _strange_pixels(dut)
        if not wrong:
            break
    dut.demand(
        not wrong, f"pixels in 530 as the cursor in 521, within {NOISE_K:g} K", "; ".join(wrong) or "as expected"
    )


async def _strange_pixels(dut: Device) -> list[str]:
    """Pixels in even surroundings, as 521 sees them, for which 530 shows something else."""
    try:
        matrix = await exact_matrix(dut)
    except MatrixError as error:
        raise CaseInconclusive(f"530 cannot be read (IV.530/size): {error}") from None
    if matrix is None:
        return []
    height, width = matrix.shape
    found = []
    for place in (int(matrix.argmax()), int(matrix.argmin())):
        row, column = divmod(place, width)
        for right, down in ((0, 1), (1, 0)):
            line = [(column + right * step, row + down * step) for step in range(-4, 5)]
            pixels = [(x, y) for x, y in line if 0 <= x < width and 0 <= y < height]
            seen = [(await spot_of(dut, x + 1, y + 1))[0] for x, y in pixels]
            for before, here, after, (x, y) in zip(seen, seen[1:], seen[2:], pixels[1:], strict=False):
                if before is None or here is None or after is None or max(before, here, after) >= INT16_C:
                    continue
                spread = max(before, here, after) - min(before, here, after)
                if not _is_too_cold(here, float(matrix[y, x])) and not agree(here, float(matrix[y, x]), spread):
                    found.append(f"({x + 1}, {y + 1}): 521 {here:g}, 530 {matrix[y, x]:g}")
    return found
