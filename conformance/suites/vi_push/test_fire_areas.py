"""Fire detection watches its areas and nothing else (III.51, VI.1011), laid on what is warm and cold in the scene.

No fire is lit: the temperature of a fire is set between that of the warmest and that of the coldest part of the image.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from conformance.catalogue import Safety
from conformance.checks.matrix import MatrixError
from conformance.dut.device import Device
from conformance.rules.case import Case, cases
from conformance.rules.verdict import CaseInconclusive
from conformance.steps.alarms import no_push, settle
from conformance.steps.causes import fire
from conformance.steps.scene import Celsius, matrix_of, size_of

_PARTS = 4
_LOOKS = 6
_APART_K = 6.0
_TRIES = 3
_AREAS = ("area1", "area2")


@dataclass(frozen=True, slots=True)
class _Part:
    """A part of the image, its corners in pixels from 1.

    `low` is the least that its warmest pixel had, its border aside, `high` the most, its border included, in degC.
    """

    left: int
    top: int
    right: int
    bottom: int
    low: float
    high: float

    def area(self, name: str) -> dict[str, Any]:
        """The part as an area of the detection."""
        corners = {"top_left_x": self.left, "top_left_y": self.top, "bo_right_x": self.right, "bo_right_y": self.bottom}
        return {**corners, "sensitivity": 50, "area_name": name}


async def _parts(dut: Device) -> list[_Part]:
    """The parts of the image, from the coldest to the warmest, as command 530 shows them for a moment."""
    inner, whole = [], []
    for _ in range(_LOOKS):
        try:
            matrix = await matrix_of(dut)
        except MatrixError as error:
            raise CaseInconclusive(f"530 cannot be read (IV.530/size): {error}") from None
        bands = np.array_split(matrix, _PARTS, axis=0)
        parts = [part for band in bands for part in np.array_split(band, _PARTS, axis=1)]
        whole.append([float(part.max()) for part in parts])
        inner.append([float(_inside(part).max()) for part in parts])
        await dut.clock.sleep(0.5)
    width, height = (edge // _PARTS for edge in size_of(dut))
    found = []
    lows, highs = np.min(inner, axis=0), np.max(whole, axis=0)
    for number in range(_PARTS**2):
        row, column = divmod(number, _PARTS)
        # A tenth is left at each border: how exactly an area is cut is not this case's business.
        left, top = column * width + width // 10 + 1, row * height + height // 10 + 1
        corner = (left, top, (column + 1) * width - width // 10, (row + 1) * height - height // 10)
        found.append(_Part(*corner, float(lows[number]), float(highs[number])))
    return sorted(found, key=lambda part: part.high)


def _inside(part: Celsius) -> Celsius:
    """A part of the image without a sixth of it at each border."""
    down, across = (edge // 6 for edge in part.shape)
    return part[down : part.shape[0] - down, across : part.shape[1] - across]


def _areas() -> Iterator[Case[Any]]:
    for clause, prefix, requirement in (
        ("III.51", "III.51/area", "III.51/areas"),
        ("VI.1011", "VI.1011/scene", "VI.1011/cause"),
    ):
        for label, warm, title in (
            ("first", 0, "the first of two areas is watched"),
            ("second", 1, "the second of two areas is watched"),
            ("neither", None, "what is outside of both areas is not"),
        ):
            yield Case(
                f"{prefix}/{label}",
                f"Fire detection: {title}",
                Safety.REVERSIBLE,
                requirement=requirement,
                clause=clause,
                capabilities=("fire", "matrix"),
                writes=("pair:51",),
                waits_s=9,
                data=warm,
            )


@cases(_areas())
async def test_a_fire_is_looked_for_in_the_areas(case: Case[Any], dut: Device) -> None:
    warm: int | None = case.data
    for _ in range(_TRIES):
        parts = await _parts(dut)
        cold, hot = parts[0], max(parts, key=lambda part: part.low)
        if hot.low - cold.high < _APART_K:
            continue
        threshold = round((cold.high + hot.low) / 2, 1)
        placed = {name: (hot if number == warm else cold).area(name) for number, name in enumerate(_AREAS)}
        # The areas that only some devices have (R56) are laid where it is cold.
        placed |= {name: cold.area(name) for name in ("area3", "area4") if name in await dut.must(52)}
        await fire(dut, 2000.0, **placed)
        await settle(dut, 2)
        mark = dut.control.pushes.mark()
        await fire(dut, threshold, **placed)
        if warm is not None:
            await settle(dut, 1)
            await dut.push(1011, since=mark)
            return
        await settle(dut, dut.profile["push_tolerance_s"])
        # What was cold a moment ago may not be so any more.
        still = next(part for part in await _parts(dut) if (part.left, part.top) == (cold.left, cold.top))
        if still.high < threshold - _APART_K / 4:
            await no_push(dut, 1011, mark, f"nothing in the areas is hotter than {cold.high:g} degC", seconds=0)
            return
    raise CaseInconclusive("no part of the scene stays warmer than another")
