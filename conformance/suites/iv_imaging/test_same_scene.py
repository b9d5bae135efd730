"""Commands 520, 521 and 530: three views of one scene agree.

The temperatures of a rule for an object, of a point, and of the matrix are compared in the same pixels; the view that
the two others contradict has failed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from conformance.catalogue import Safety
from conformance.checks.matrix import MatrixError
from conformance.dut.device import Device
from conformance.rules.case import Case, cases
from conformance.rules.verdict import CaseInconclusive
from conformance.steps.capabilities import capabilities_of
from conformance.steps.image_sizes import output_size
from conformance.steps.scene import (
    INT16_C,
    NOISE_K,
    VIEWS,
    Celsius,
    agree,
    around,
    output_matrix,
    set_own_rules,
    spot_of,
)

_SAFE = Safety.REVERSIBLE
_POINTS = 6
_TRIES = 3


@dataclass
class _Spot:
    """One pixel (from 1) as three commands see it, in degC; `slack` is the spread of its surroundings, in kelvin."""

    x: int
    y: int
    slack: float = 0.0
    rule: float | None = None
    point: float | None = None
    matrix: float | None = None


def _distinctive(matrix: Celsius, count: int) -> Iterator[tuple[int, int]]:
    """Pixels (from 1) in even surroundings that differ most from where exchanged or flipped axes would point."""
    height, width = matrix.shape
    low, high = around(matrix, 3)
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
        near = np.s_[max(0, row - 20) : row + 21, max(0, column - 20) : column + 21]
        even[near] = False


async def _seen(dut: Device) -> list[_Spot]:
    """Distinctive pixels of the scene as 520, 521 and 530 see them, but those of which 521 shows no temperature."""
    width, height = output_size(dut)
    # Without a readable matrix the other two views are compared on a grid of pixels.
    try:
        matrix: Celsius | None = await output_matrix(dut)
    except MatrixError:
        matrix = None
    places = list(_distinctive(matrix, _POINTS)) if matrix is not None else []
    if not places:
        places = [(width * part // 7, height * (part * 3 % 7) // 7) for part in range(1, 7)]
    spots = [_Spot(x, y) for x, y in places]
    await set_own_rules(dut, [{"type": 1, "points": [{"x": spot.x, "y": spot.y}]} for spot in spots])
    await dut.clock.sleep(1)
    await _look(dut, spots, matrix is not None)
    return [spot for spot in spots if spot.point is not None]


async def _look(dut: Device, spots: list[_Spot], with_matrix: bool) -> None:
    shown = {row.get("rule_name"): row for row in (await dut.must(520)).get("rule_list") or [] if isinstance(row, dict)}
    matrix = await output_matrix(dut) if with_matrix else None
    for number, spot in enumerate(spots):
        row = shown.get(f"r{number}", {})
        value = row.get("avg_temp", row.get("max_temp"))
        spot.rule = float(value) if isinstance(value, int | float) else None
        spot.point, _ = await spot_of(dut, spot.x, spot.y)
        if matrix is not None:
            near = matrix[max(0, spot.y - 3) : spot.y + 2, max(0, spot.x - 3) : spot.x + 2]
            spot.matrix, spot.slack = float(matrix[spot.y - 1, spot.x - 1]), float(near.max() - near.min())


@cases(
    Case(
        f"{clause}/same-scene",
        f"Command {clause[3:]} must agree with the other views of the same pixels",
        _SAFE,
        capabilities=capabilities_of(520, 521, 530),
        writes=("pair:3",),
        data=view,
        waits_s=3,
    )
    for clause, view in VIEWS.items()
)
async def test_the_views_of_one_scene_agree(case: Case[str], dut: Device) -> None:
    others = [view for view in VIEWS.values() if view != case.data]
    spots: list[_Spot] = []
    wrong: list[str] = []
    for _ in range(_TRIES):
        spots = await _seen(dut)
        judged = [spot for spot in spots if getattr(spot, case.data) is not None]
        odd = [spot for spot in judged if _is_odd(spot, case.data, others)]
        wrong = [f"({spot.x}, {spot.y}): {_views(spot)}" for spot in odd]
        # A scene may move between two requests: only a difference that stays is a finding.
        if not wrong:
            break
    if not spots:
        raise CaseInconclusive("no point of the image shows a temperature")
    if any((spot.point or 0) > INT16_C for spot in spots):
        dut.judgement.observe("R77", "temperatures above 327.67 degC")
    dut.demand(
        not wrong,
        f"temperatures as {' and '.join(others)} show, within {NOISE_K:g} K",
        "; ".join(wrong) or f"{len(spots)} spots",
    )


def _is_odd(spot: _Spot, view: str, others: list[str]) -> bool:
    """Whether both other views contradict this one; not for the matrix where it cannot hold the temperature (R77)."""
    own = getattr(spot, view)
    seen = [getattr(spot, other) for other in others if getattr(spot, other) is not None]
    if view == "matrix" and any(value > INT16_C for value in seen):
        return False
    return len(seen) == 2 and not any(agree(own, value, spot.slack) for value in seen)


def _views(spot: _Spot) -> str:
    named = {number: getattr(spot, view) for number, view in VIEWS.items()}
    return ", ".join(f"{number[3:]} {value:g}" for number, value in named.items() if value is not None)
