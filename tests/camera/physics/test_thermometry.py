"""Temperatures over the protocol: objects, spots, matrices, distances."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from fixtures.camera.physics.radiometry import OpticalPath
from fixtures.camera.physics.thermometry import ground_distance
from tests.camera.physics.conftest import rule

if TYPE_CHECKING:
    from tests.camera.physics.conftest import Bench

SHAPES: dict[int, list[dict[str, int]]] = {
    1: [{"x": 120, "y": 120}],
    2: [{"x": 105, "y": 105}, {"x": 135, "y": 130}],
    3: rule()["points"],
    4: [{"x": 105, "y": 105}, {"x": 138, "y": 110}, {"x": 120, "y": 138}],
    5: [{"x": 120, "y": 102}, {"x": 120, "y": 138}, {"x": 102, "y": 120}, {"x": 138, "y": 120}],
}


def matrix(bench: Bench, kind: int = 0) -> np.ndarray:
    reply = bench.ask(530, type=kind)
    raw = np.frombuffer(base64.b64decode(reply["temps"]), "<i2")
    return raw.reshape(reply["height"], reply["width"]) / 100


def spot(bench: Bench, x: int, y: int) -> float:
    return float(bench.ask(521, cursor_x=x, cursor_y=y, cursor_type=0)["value"])


def hot_plate(bench: Bench, **changes: Any) -> None:
    bench.scene.heat("plate", 90, 90, 70, 70, 80.0, 0.95)
    bench.set(4, rule_list=[rule(**changes)])


@pytest.mark.parametrize("shape", SHAPES)
def test_an_object_of_every_shape_is_measured(bench: Bench, shape: int) -> None:
    hot_plate(bench, type=shape, points=SHAPES[shape])
    (entry,) = bench.ask(520)["rule_list"]
    assert entry["rule_id"] == 1
    assert entry["rule_name"] == "furnace"
    assert entry["type"] == shape
    assert entry["max_temp"] >= entry["avg_temp"] >= entry["min_temp"]
    assert entry["avg_temp"] == pytest.approx(80, abs=0.3)
    assert entry["max_temp"] - entry["min_temp"] < 1


def test_an_object_knows_its_preset_only_where_it_has_one(bench: Bench) -> None:
    bench.set(4, rule_list=[rule(preset=7), rule(id=2)])
    first, second = bench.ask(520)["rule_list"]
    assert first["preset"] == 7
    assert "preset" not in second


def test_without_rules_the_list_is_empty(bench: Bench) -> None:
    assert bench.ask(520) == {"rule_list": []}


def test_spot_matrix_and_object_agree(bench: Bench) -> None:
    hot_plate(bench, type=1, points=[{"x": 120, "y": 120}])
    whole = matrix(bench)
    assert whole.shape == (384, 512)
    assert spot(bench, 120, 120) == pytest.approx(whole[119, 119], abs=0.011)
    assert spot(bench, 512, 384) == pytest.approx(whole[383, 511], abs=0.011)
    assert bench.ask(520)["rule_list"][0]["avg_temp"] == spot(bench, 120, 120)


def test_the_smaller_matrix_shows_the_same_scene(bench: Bench) -> None:
    hot_plate(bench)
    small = matrix(bench, 1)
    assert small.shape == (288, 384)
    assert small[90, 90] == pytest.approx(80, abs=0.5)
    assert small[0, 0] == matrix(bench)[0, 0]


def test_temperatures_below_zero_are_signed(bench: Bench) -> None:
    bench.scene.heat("ice", 1, 1, 100, 100, -20.0, 0.95)
    assert matrix(bench)[20, 20] == pytest.approx(-20, abs=0.8)


def test_what_does_not_fit_sixteen_bits_stays_at_their_end(bench: Bench) -> None:
    bench.scene.heat("fire", 1, 1, 100, 100, 550.0, 0.95)
    assert matrix(bench)[20, 20] == 327.67
    assert spot(bench, 20, 20) == pytest.approx(550, abs=0.5)


def test_a_wrong_emissivity_reads_wrong_and_the_right_one_right(bench: Bench) -> None:
    bench.scene.heat("steel", 90, 90, 70, 70, 80.0, 0.5)
    assert spot(bench, 120, 120) < 58
    bench.set(2, emiss=0.5)
    assert spot(bench, 120, 120) == pytest.approx(80, abs=0.5)


@pytest.mark.parametrize(
    ("path", "settings"),
    [
        (OpticalPath(distance=50.0), {"dist": 50.0}),
        (OpticalPath(distance=100.0, humidity=90), {"dist": 100.0, "humi": 90}),
        (OpticalPath(reflected=150.0), {"ref_temp": 150.0}),
        (OpticalPath(atmosphere=0.7), {"atmo_trans": 0.7}),
        (OpticalPath(optics=0.6), {"opti_trans": 0.6}),
    ],
)
def test_each_parameter_is_compensated(bench: Bench, path: OpticalPath, settings: dict[str, Any]) -> None:
    bench.scene.path = path
    bench.scene.heat("plate", 90, 90, 70, 70, 120.0, 0.8)
    bench.set(2, emiss=0.8)
    wrong = spot(bench, 120, 120)
    bench.set(2, **settings)
    assert spot(bench, 120, 120) == pytest.approx(120, abs=0.5)
    assert abs(wrong - 120) > 0.5


def test_the_camera_knows_the_air(bench: Bench) -> None:
    bench.scene.air = -10.0
    bench.scene.path = OpticalPath(distance=150.0, humidity=80, optics=0.8)
    bench.scene.heat("plate", 90, 90, 70, 70, 60.0, 0.95)
    bench.set(2, dist=150.0, humi=80, opti_trans=0.8)
    assert spot(bench, 120, 120) == pytest.approx(60, abs=0.5)


def test_a_rule_is_measured_with_its_own_parameters(bench: Bench) -> None:
    bench.scene.heat("steel", 90, 90, 70, 70, 80.0, 0.5)
    bench.set(4, rule_list=[rule(emiss=0.5), rule(id=2)])
    own, other = bench.ask(520)["rule_list"]
    assert own["avg_temp"] == pytest.approx(80, abs=0.1)
    assert other["avg_temp"] < 58


def test_the_correction_shifts_every_reading(bench: Bench) -> None:
    hot_plate(bench)
    before = (spot(bench, 120, 120), matrix(bench)[119, 119], bench.ask(520)["rule_list"][0]["avg_temp"])
    bench.set(2, mod_temp=-0.75)
    after = (spot(bench, 120, 120), matrix(bench)[119, 119], bench.ask(520)["rule_list"][0]["avg_temp"])
    assert np.array(after) - np.array(before) == pytest.approx(-0.75, abs=0.011)


def test_a_cursor_below_zero_switches_off(bench: Bench) -> None:
    assert bench.ask(521, cursor_x=-1, cursor_y=5, cursor_type=0)["show"] == 0
    assert bench.ask(521, cursor_x=5, cursor_y=-3, cursor_type=0)["show"] == 0
    assert bench.ask(521, cursor_x=1, cursor_y=1, cursor_type=0)["show"] == 1


@pytest.mark.parametrize(("x", "y"), [(0, 1), (1, 0), (513, 1), (1, 385)])
def test_a_cursor_beside_the_image_is_refused(bench: Bench, x: int, y: int) -> None:
    assert bench.refusal(521, cursor_x=x, cursor_y=y, cursor_type=0) == 10002


def test_a_shielded_area_does_not_contribute(bench: Bench) -> None:
    bench.scene.heat("hot", 111, 111, 10, 10, 300.0, 0.95)
    bench.set(4, rule_list=[rule()])
    assert bench.ask(520)["rule_list"][0]["max_temp"] > 290
    bench.set(18, rects=[{"x": 108, "y": 108, "w": 16, "h": 16}])
    assert bench.ask(520)["rule_list"][0]["max_temp"] < 60
    overall = bench.thermometry.overall(bench.clock.now())
    assert overall is not None
    assert overall.maximum < 60
    assert spot(bench, 115, 115) == 0
    assert matrix(bench)[114, 114] == 0


def test_a_wholly_shielded_object_reads_zero(bench: Bench) -> None:
    bench.set(4, rule_list=[rule()])
    bench.set(18, rects=[{"x": 90, "y": 90, "w": 100, "h": 100}])
    (entry,) = bench.ask(520)["rule_list"]
    assert (entry["max_temp"], entry["avg_temp"], entry["min_temp"]) == (0, 0, 0)
    assert bench.thermometry.objects(bench.clock.now())[0].measured is None


def test_the_hottest_and_the_coldest_spot_are_found(bench: Bench) -> None:
    bench.scene.heat("hot", 301, 201, 2, 2, 90.0, 0.95)
    bench.scene.heat("cold", 41, 31, 2, 2, -15.0, 0.95)
    overall = bench.thermometry.overall(bench.clock.now())
    assert overall is not None
    assert overall.hottest == (301, 201)
    assert overall.coldest == (41, 31)


def test_a_changed_rule_is_measured_at_once(bench: Bench) -> None:
    hot_plate(bench)
    bench.ask(520)
    bench.set(4, rule_list=[rule(points=SHAPES[1], type=1, rule_name="new")])
    assert bench.ask(520)["rule_list"][0]["rule_name"] == "new"


def test_distances_follow_from_height_and_angle(bench: Bench) -> None:
    assert bench.ask(531) == {"x": 0.0, "y": 0.0}
    bench.set(54, flag=1, high=10.0, alpha=45.0)
    middle = bench.ask(531, x=256, y=192)
    assert middle["y"] == pytest.approx(10, abs=0.1)
    assert middle["x"] == pytest.approx(0, abs=0.1)
    assert bench.ask(531, x=0, y=0) == bench.ask(531, x=1, y=1)
    assert bench.ask(531, x=256, y=10)["y"] > middle["y"] > bench.ask(531, x=256, y=380)["y"]


def test_a_line_of_sight_over_the_horizon_has_no_distance() -> None:
    assert ground_distance(10, -5, 0) == (0, 0)
    assert ground_distance(0, 45, 0) == (0, 0)
    assert ground_distance(10, 90, 0)[1] == pytest.approx(0, abs=1e-9)
