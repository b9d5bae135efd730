"""Areas of fire detection (III.51, VI.1011), placed on what is warm and what is cold in the scene.

No fire is lit: the temperature of a fire is set between that of the warmest and that of the coldest part of the image.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from conformance.catalogue.json_types import JsonObject
from conformance.checks.matrix import MatrixError
from conformance.dut.device import Device
from conformance.rules.verdict import CaseInconclusive
from conformance.steps.alarms import judge_no_push, wait_for_pushes
from conformance.steps.causes import set_fire_detection
from conformance.steps.image_sizes import output_size
from conformance.steps.scene import Celsius, matrix_of

__all__ = ["AREAS", "judge_areas"]

AREAS: dict[str, tuple[int | None, str]] = {
    "first": (0, "watch the first of two areas"),
    "second": (1, "watch the second of two areas"),
    "neither": (None, "not watch what is outside both areas"),
}
"""By name of a case: which of two areas is placed where it is warm (None: neither), and what has to follow."""

_PARTS = 4
_LOOKS = 6
_APART_K = 6.0
_TRIES = 3
_NAMES = ("area1", "area2")


@dataclass(frozen=True, slots=True)
class _Part:
    """A part of the image, its corners in pixels from 1.

    `low` is the least that its warmest pixel had without the border, `high` the most with the border, in degC.
    """

    left: int
    top: int
    right: int
    bottom: int
    low: float
    high: float

    def area(self, name: str) -> JsonObject:
        """The part as an area of the detection."""
        corners = {"top_left_x": self.left, "top_left_y": self.top, "bo_right_x": self.right, "bo_right_y": self.bottom}
        return {**corners, "sensitivity": 50, "area_name": name}


async def _parts(dut: Device) -> list[_Part]:
    """The parts of the image, from the coldest to the warmest, as command 530 shows them for a few seconds."""
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
    width, height = (edge // _PARTS for edge in output_size(dut))
    found = []
    lows, highs = np.min(inner, axis=0), np.max(whole, axis=0)
    for number in range(_PARTS**2):
        row, column = divmod(number, _PARTS)
        # A tenth is left out at each border: these cases do not judge how exactly an area is cut.
        left, top = column * width + width // 10 + 1, row * height + height // 10 + 1
        corner = (left, top, (column + 1) * width - width // 10, (row + 1) * height - height // 10)
        found.append(_Part(*corner, float(lows[number]), float(highs[number])))
    return sorted(found, key=lambda part: part.high)


def _inside(part: Celsius) -> Celsius:
    """A part of the image without a sixth of it at each border."""
    down, across = (edge // 6 for edge in part.shape)
    return part[down : part.shape[0] - down, across : part.shape[1] - across]


async def judge_areas(dut: Device, warm: int | None) -> None:
    """Judge that heat in area number `warm` is pushed or, for None, that heat outside both areas is not."""
    for _ in range(_TRIES):
        parts = await _parts(dut)
        cold, hot = parts[0], max(parts, key=lambda part: part.low)
        if hot.low - cold.high < _APART_K:
            continue
        threshold = round((cold.high + hot.low) / 2, 1)
        placed = {name: (hot if number == warm else cold).area(name) for number, name in enumerate(_NAMES)}
        # The areas that only some devices have (R56) are placed where it is cold.
        placed |= {name: cold.area(name) for name in ("area3", "area4") if name in await dut.must(52)}
        await set_fire_detection(dut, 2000.0, **placed)
        await wait_for_pushes(dut, 2)
        mark = dut.control.pushes.mark()
        await set_fire_detection(dut, threshold, **placed)
        if warm is not None:
            await wait_for_pushes(dut, 1)
            await dut.push(1011, since=mark)
            return
        await wait_for_pushes(dut, dut.profile["push_tolerance_s"])
        # What was cold a moment ago may be warm by now.
        still = next(part for part in await _parts(dut) if (part.left, part.top) == (cold.left, cold.top))
        if still.high < threshold - _APART_K / 4:
            await judge_no_push(dut, 1011, mark, f"nothing in the areas is hotter than {cold.high:g} degC", seconds=0)
            return
    raise CaseInconclusive("no part of the scene stays warmer than another")
