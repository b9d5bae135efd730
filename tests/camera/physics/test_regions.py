"""The pixels that an object covers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fixtures.camera.physics.regions import Shape, bounding_box, object_mask, points_of, rectangle_mask, shielded_mask

WIDTH, HEIGHT = 64, 48

points = st.lists(st.tuples(st.integers(1, WIDTH), st.integers(1, HEIGHT)), min_size=1, max_size=7)


def test_a_point_is_one_pixel() -> None:
    mask = object_mask(Shape.POINT, [(1, 48)], WIDTH, HEIGHT)
    assert mask.sum() == 1
    assert mask[47, 0]


def test_a_line_joins_its_ends() -> None:
    mask = object_mask(Shape.LINE, [(3, 4), (13, 9)], WIDTH, HEIGHT)
    assert mask[3, 2]
    assert mask[8, 12]
    assert mask.sum() == 11


def test_a_rectangle_holds_its_corners_in_any_order() -> None:
    corners = [(20, 30), (5, 30), (5, 10), (20, 10)]
    mask = object_mask(Shape.RECTANGLE, corners, WIDTH, HEIGHT)
    assert mask.sum() == 16 * 21
    assert all(mask[y - 1, x - 1] for x, y in corners)


def test_a_polygon_leaves_out_what_it_goes_around() -> None:
    notched = [(5, 5), (45, 5), (45, 45), (25, 15), (5, 45)]
    mask = object_mask(Shape.POLYGON, notched, WIDTH, HEIGHT)
    assert mask[9, 9]
    assert mask[9, 40]
    assert not mask[35, 24]
    assert not mask[46, 46]


def test_a_circle_has_its_area_and_its_four_points() -> None:
    mask = object_mask(Shape.CIRCLE, [(30, 5), (30, 45), (10, 25), (50, 25)], WIDTH, HEIGHT)
    assert mask.sum() == pytest.approx(np.pi * 20.5**2, rel=0.02)
    assert mask[4, 29]
    assert mask[44, 29]
    assert mask[24, 9]
    assert mask[24, 49]
    assert not mask[6, 12]


@given(shape=st.sampled_from(Shape), corners=points)
def test_every_object_holds_a_pixel_within_its_box(shape: Shape, corners: list[tuple[int, int]]) -> None:
    if shape is Shape.LINE and len(corners) < 2:
        corners = corners * 2
    mask = object_mask(shape, corners, WIDTH, HEIGHT)
    x, y, w, h = bounding_box(shape, corners)
    rows, columns = np.nonzero(mask)
    assert len(rows) > 0
    assert columns.min() + 1 >= x
    assert rows.min() + 1 >= y
    assert columns.max() + 1 <= x + max(w, 1) - 1
    assert rows.max() + 1 <= y + max(h, 1) - 1


def test_a_point_has_no_size() -> None:
    assert bounding_box(Shape.POINT, [(7, 8)]) == (7, 8, 0, 0)
    assert bounding_box(Shape.RECTANGLE, [(7, 8), (9, 8), (9, 20), (7, 20)]) == (7, 8, 3, 13)


def test_points_outside_are_pulled_to_the_border() -> None:
    assert points_of([{"x": 0, "y": 99}], WIDTH, HEIGHT) == [(1, HEIGHT)]


def test_shielded_areas_are_cut_at_the_border() -> None:
    mask = shielded_mask([{"x": 60, "y": 40, "w": 50, "h": 50}, {"x": 1, "y": 1, "w": 2, "h": 2}], WIDTH, HEIGHT)
    assert mask.sum() == 5 * 9 + 4
    assert not rectangle_mask((70, 1, 5, 5), WIDTH, HEIGHT).any()
