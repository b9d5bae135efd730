"""The measured square lies well inside the target, and its pixels are found in a picture of any size."""

from __future__ import annotations

import numpy as np
import pytest

from conformance.rules.verdict import CaseInconclusive
from hil.bench import Geometry
from hil.procedures.region import Region, region_of

SIZES = {"ir_output_w": 512, "ir_output_h": 384, "ir_model_w": 256, "ir_model_h": 192}


def test_the_target_is_at_least_twice_as_wide_as_the_square() -> None:
    for radius in (5, 8, 13, 20.5, 90):
        region = region_of(Geometry(1.0, 136, 192, radius), SIZES, "low")
        assert region.right - region.left + 1 <= radius + 1
        assert (region.left + region.right) / 2 == 136
        assert (region.top + region.bottom) / 2 == 192


@pytest.mark.parametrize(
    ("geometry", "said"),
    [
        (None, "does not say where"),
        (Geometry(1.0, 136, 192, 4), "too small"),
        (Geometry(1.0, 508, 192, 40), "not in the picture"),
        (Geometry(1.0, 136, 2, 40), "not in the picture"),
    ],
)
def test_a_target_that_cannot_be_measured_is_inconclusive(geometry: Geometry | None, said: str) -> None:
    with pytest.raises(CaseInconclusive, match=said):
        region_of(geometry, SIZES, "low")


def test_without_the_size_of_the_picture_nothing_is_measured() -> None:
    with pytest.raises(CaseInconclusive, match="size of the infrared picture"):
        region_of(Geometry(1.0, 136, 192, 40), {}, "low")


@pytest.mark.parametrize("size", [(384, 512), (288, 384), (192, 256), (768, 1024)])
def test_only_pixels_wholly_inside_are_cut_from_a_picture_of_any_size(size: tuple[int, int]) -> None:
    region = Region(101, 151, 140, 190, 512, 384)
    rows, columns = np.indices(size)
    x, y = (columns + 0.5) * 512 / size[1] + 0.5, (rows + 0.5) * 384 / size[0] + 0.5
    inside = (x >= 100.5) & (x <= 140.5) & (y >= 150.5) & (y <= 190.5)
    cut = region.cut(inside)
    assert cut.all()
    assert cut.size >= 0.9 * inside.sum()


def test_a_stride_takes_each_pixel_of_a_smaller_detector_once() -> None:
    detector = np.arange(192 * 256).reshape(192, 256)
    picture = detector.repeat(2, axis=0).repeat(2, axis=1)
    cut = Region(102, 152, 141, 191, 512, 384).cut(picture, 2)
    assert len(np.unique(cut)) == cut.size


def test_the_spots_lie_in_the_square_and_begin_in_its_middle() -> None:
    region = Region(100, 100, 140, 140, 512, 384)
    spots = region.spots()
    assert spots[0] == (120, 120)
    assert len(set(spots)) == 9
    assert all(100 <= x <= 140 and 100 <= y <= 140 for x, y in spots)
