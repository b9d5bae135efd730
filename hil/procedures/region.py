"""The pixels of the infrared picture that are measured: a square well inside the image of the target.

The target must overfill the square: the diameter of its image is at least twice the side of the square, so that blur
and stray light at the edge stay outside.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from conformance.rules.verdict import CaseInconclusive
from hil.bench import Geometry

__all__ = ["LEAST_RADIUS_PX", "Region", "region_of"]

LEAST_RADIUS_PX = 5.0
"""The least radius in pixels: about 10 x 10 pixels must be illuminated (Pusnik and Gersak, Sensors 2021, 21, 607)."""

_LARGEST_SIDE = 41
"""The side in pixels beyond which more pixels add nothing about one place of the picture."""


@dataclass(frozen=True, slots=True)
class Region:
    """A square of pixels by its first and last column and row, from 1; `width` and `height` are the picture's."""

    left: int
    top: int
    right: int
    bottom: int
    width: int
    height: int

    @property
    def points(self) -> list[dict[str, int]]:
        """Its corners in the form that command 3 expects for a rectangle."""
        corners = [
            (self.left, self.top),
            (self.right, self.top),
            (self.right, self.bottom),
            (self.left, self.bottom),
        ]
        return [{"x": x, "y": y} for x, y in corners]

    @property
    def pixels(self) -> int:
        """The number of pixels of the picture in it."""
        return (self.right - self.left + 1) * (self.bottom - self.top + 1)

    def spots(self, count: int = 3) -> list[tuple[int, int]]:
        """`count` x `count` pixels spread over it, (x, y), the middle one first."""
        xs = np.linspace(self.left, self.right, 2 * count + 1)[1::2]
        ys = np.linspace(self.top, self.bottom, 2 * count + 1)[1::2]
        places = [(round(float(x)), round(float(y))) for y, x in product(ys, xs)]
        middle = len(places) // 2
        return [places[middle], *places[:middle], *places[middle + 1 :]]

    def cut(self, matrix: NDArray[Any], stride: int = 1) -> NDArray[Any]:
        """The pixels of `matrix` (rows, columns; the whole picture at any size) that lie completely inside.

        `stride` takes every second, third, ... of them: a picture larger than its detector repeats each pixel.
        """
        rows, columns = matrix.shape
        left, right = _within(self.left, self.right, columns / self.width)
        top, bottom = _within(self.top, self.bottom, rows / self.height)
        return np.asarray(matrix[top:bottom:stride, left:right:stride])

    def as_record(self) -> dict[str, int]:
        """Plain data for the raw file."""
        return {"left": self.left, "top": self.top, "right": self.right, "bottom": self.bottom}


def region_of(geometry: Geometry | None, sizes: Mapping[str, int], name: str) -> Region:
    """The region in the middle of the target `name`; `sizes` are the device's (R58).

    Raises CaseInconclusive where the bench file does not say where the target is, where it is too small, and where it
    lies outside the picture.
    """
    width, height = sizes.get("ir_output_w", 0), sizes.get("ir_output_h", 0)
    if width < 1 or height < 1:
        raise CaseInconclusive("the size of the infrared picture is unknown: 500 and the profile do not state it")
    if geometry is None:
        raise CaseInconclusive(f"the bench file does not say where {name} stands in the picture (geometry)")
    if geometry.radius_px < LEAST_RADIUS_PX:
        raise CaseInconclusive(
            f"the target of {name} is too small: its radius is {geometry.radius_px:g} px, "
            f"{LEAST_RADIUS_PX:g} are needed"
        )
    half = min(_LARGEST_SIDE, max(3, int(geometry.radius_px))) // 2
    x, y = round(geometry.x), round(geometry.y)
    region = Region(x - half, y - half, x + half, y + half, width, height)
    if region.left < 1 or region.top < 1 or region.right > width or region.bottom > height:
        raise CaseInconclusive(
            f"the target of {name} is not in the picture: around {x}, {y} of {width} x {height} pixels"
        )
    return region


def _within(first: int, last: int, scale: float) -> tuple[int, int]:
    """The slice of pixels of another size whose area lies inside first..last; at least one."""
    start = int(np.ceil((first - 1) * scale - 1e-9))
    stop = int(np.floor(last * scale + 1e-9))
    return start, max(stop, start + 1)
