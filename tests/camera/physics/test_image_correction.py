"""Dead pixels, non-uniformity and single image effects: commands 518, 527, 528, 529."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from fixtures.camera.physics.image_correction import EFFECTS

if TYPE_CHECKING:
    from tests.camera.physics.conftest import Bench

MARK, RESTORE, DELETE = 0, 1, 2
FACTORY = 6


def listed(bench: Bench) -> list[tuple[int, int]]:
    return [(point["x"], point["y"]) for point in bench.ask(528)["points"]]


def effect(bench: Bench, *params: dict[str, Any]) -> int:
    return bench.refusal(518, params=list(params))


def test_the_factory_knows_some_dead_pixels(bench: Bench) -> None:
    assert len(listed(bench)) == FACTORY


def test_marks_are_listed_and_deleted_again(bench: Bench) -> None:
    before = listed(bench)
    assert bench.ask(527, subtype=MARK, points=[{"x": 0, "y": 0}, {"x": 255, "y": 191}]) is None
    assert set(listed(bench)) == {*before, (0, 0), (255, 191)}
    bench.ask(527, subtype=MARK, points=[{"x": 0, "y": 0}])
    bench.ask(527, subtype=DELETE, points=[{"x": 0, "y": 0}, {"x": 255, "y": 191}])
    assert listed(bench) == before


def test_deleting_an_unmarked_pixel_fails_and_deletes_nothing(bench: Bench) -> None:
    bench.ask(527, subtype=MARK, points=[{"x": 7, "y": 7}])
    assert bench.refusal(527, subtype=DELETE, points=[{"x": 7, "y": 7}, {"x": 8, "y": 8}]) == 10008
    assert (7, 7) in listed(bench)


def test_the_factory_state_comes_back(bench: Bench) -> None:
    before = listed(bench)
    bench.ask(527, subtype=DELETE, points=[{"x": x, "y": y} for x, y in before])
    bench.ask(527, subtype=MARK, points=[{"x": 7, "y": 7}])
    bench.ask(527, subtype=RESTORE, points=[])
    assert listed(bench) == before


@pytest.mark.parametrize("point", [{"x": 256, "y": 0}, {"x": 0, "y": 192}])
def test_a_pixel_beside_the_detector_is_refused(bench: Bench, point: dict[str, int]) -> None:
    assert bench.refusal(527, subtype=MARK, points=[point]) == 10002


def test_marks_survive_a_restart_and_end_with_the_factory_settings(bench: Bench) -> None:
    before = listed(bench)
    bench.ask(527, subtype=MARK, points=[{"x": 3, "y": 4}])
    kept = bench.correction.save()
    bench.correction.reset()
    assert listed(bench) == before
    bench.correction.load(kept)
    assert (3, 4) in listed(bench)


@pytest.mark.parametrize("kind", EFFECTS)
def test_each_effect_takes_the_ends_of_its_range_and_refuses_what_lies_beyond(bench: Bench, kind: int) -> None:
    known = EFFECTS[kind]
    for value in (known.minimum, known.maximum):
        assert effect(bench, {"type": kind, "value": value}) == 0
        if known.image is not None:
            assert bench.settings.obeyed(6)[known.image][known.name] == value
    for value in (known.minimum - 1, known.maximum + 1):
        assert effect(bench, {"type": kind, "value": value}) == 10002
    assert effect(bench, {"type": kind}) == 10003


def test_the_shutter_needs_no_value(bench: Bench) -> None:
    bench.set(6, ir_config={"auto_shutter": 1200})
    bench.clock.uptime += 100
    assert bench.scene.drift(bench.clock.now()) > 0
    assert effect(bench, {"type": 11}) == 0
    assert bench.scene.drift(bench.clock.now()) == 0
    assert effect(bench, {"type": 11, "value": 5}) == 0


def test_one_wrong_effect_spoils_them_all(bench: Bench) -> None:
    before = bench.settings.obeyed(6)["vl_config"]["brightness"]
    assert effect(bench, {"type": 1, "value": before + 1}, {"type": 12, "value": 2}) == 10002
    assert bench.settings.obeyed(6)["vl_config"]["brightness"] == before


def test_several_effects_are_set_at_once(bench: Bench) -> None:
    assert effect(bench, {"type": 1, "value": 11}, {"type": 17, "value": 12}, {"type": 7, "value": 13}) == 0
    settings = bench.settings.obeyed(6)
    assert settings["vl_config"]["brightness"] == 11
    assert (settings["ir_config"]["time_value"], settings["ir_config"]["brightness"]) == (12, 13)
