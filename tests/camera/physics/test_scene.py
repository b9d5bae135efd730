"""The detector: frames, noise, dead pixels, drift."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from fixtures.camera.options import CameraOptions
from fixtures.camera.physics.radiometry import band_temperature, path_of_settings
from fixtures.camera.physics.scene import FRAME_S, NOISE_K

if TYPE_CHECKING:
    from tests.camera.physics.conftest import Bench


def frame(bench: Bench, emissivity: float = 0.95) -> np.ndarray:
    path = path_of_settings(bench.settings.obeyed(2))
    return bench.scene.temperature_frame(bench.clock.now(), emissivity, path)


def next_frame(bench: Bench) -> None:
    bench.clock.uptime += FRAME_S


def test_the_detector_has_the_modules_size(bench: Bench) -> None:
    assert bench.scene.radiance_frame(bench.clock.now()).shape == (192, 256)


def test_the_camera_at_the_true_parameters_reads_the_true_background(bench: Bench) -> None:
    error = frame(bench) - bench.scene.true_temperatures()
    good = np.ones(error.shape, bool)
    for x, y in bench.scene.factory_dead:
        good[y, x] = False
    assert abs(error[good].mean()) < 0.005
    assert np.abs(error[good]).max() < 6 * NOISE_K


def test_requests_within_one_frame_see_the_same(bench: Bench) -> None:
    first = bench.scene.radiance_frame(100.0)
    assert bench.scene.radiance_frame(100.0 + FRAME_S / 2) is first
    assert not np.array_equal(bench.scene.radiance_frame(100.0 + 2 * FRAME_S), first)


def test_the_noise_of_a_pixel_is_fifty_millikelvin(bench: Bench) -> None:
    bench.scene.heat("plate", 1, 1, 512, 384, 30.0, 0.95)
    frames = []
    for _ in range(60):
        frames.append(frame(bench))
        next_frame(bench)
    deviation = np.std(frames, axis=0, ddof=1)
    assert float(np.median(deviation)) == pytest.approx(NOISE_K, rel=0.1)


def test_the_same_seed_makes_the_same_frame(bench: Bench) -> None:
    twin = type(bench)(bench.options)
    other = type(bench)(CameraOptions(seed=4))
    assert np.array_equal(frame(bench), frame(twin))
    assert not np.array_equal(frame(bench), frame(other))


def test_every_output_pixel_of_a_heated_rectangle_is_hot(bench: Bench) -> None:
    bench.scene.heat("plate", 101, 51, 33, 21, 80.0)
    hot = bench.scene.to_output(frame(bench, emissivity=1.0)) > 70
    rows, columns = np.nonzero(hot)
    assert hot[50:71, 100:133].all()
    # A detector pixel is two output pixels wide, so at most one more on each side.
    assert (rows.min(), rows.max()) in {(50, 70), (50, 71), (49, 70), (49, 71)}
    assert (columns.min(), columns.max()) in {(100, 132), (100, 133), (99, 132), (99, 133)}


def test_heat_is_seen_at_once_and_cooling_takes_it_away(bench: Bench) -> None:
    before = frame(bench).max()
    bench.scene.heat("plate", 10, 10, 50, 50, 200.0, 0.95)
    assert frame(bench).max() == pytest.approx(200, abs=0.5)
    bench.scene.cool("plate")
    bench.scene.cool("plate")
    assert frame(bench).max() == pytest.approx(before, abs=0.5)


def test_a_target_outside_the_image_is_not_seen(bench: Bench) -> None:
    bench.scene.heat("far", 900, 900, 10, 10, 500.0)
    assert frame(bench).max() < 60


@pytest.mark.parametrize(("w", "emissivity", "temperature"), [(0, 1.0, 50), (5, 0.0, 50), (5, 1.1, 50), (5, 1.0, 9999)])
def test_impossible_surfaces_are_refused(bench: Bench, w: int, emissivity: float, temperature: float) -> None:
    with pytest.raises(ValueError, match=r"surface|emissivity|degC"):
        bench.scene.heat("plate", 1, 1, w, 5, temperature, emissivity)


def test_a_covered_lens_shows_the_cover(bench: Bench) -> None:
    bench.causes.lens_covered = True
    apparent = band_temperature(bench.scene.radiance_frame(bench.clock.now()))
    assert np.abs(apparent - bench.scene.air).max() < 1.0


def test_a_dead_pixel_shows_once_its_mark_is_deleted(bench: Bench) -> None:
    x, y = next(iter(bench.scene.factory_dead))
    assert 10 < frame(bench)[y, x] < 50
    assert bench.refusal(527, subtype=2, points=[{"x": x, "y": y}]) == 0
    next_frame(bench)
    assert not 10 < frame(bench)[y, x] < 50


def test_a_marked_pixel_takes_the_mean_of_its_neighbours(bench: Bench) -> None:
    bench.scene.mark(set())
    frame(bench)
    raw = bench.scene.radiance_frame(bench.clock.now()).copy()
    bench.scene.mark({(100, 90)})
    patched = bench.scene.radiance_frame(bench.clock.now())
    around = raw[89:92, 99:102].sum() - raw[90, 100]
    assert patched[90, 100] == pytest.approx(around / 8)


def test_a_whole_marked_block_still_has_finite_values(bench: Bench) -> None:
    bench.scene.mark({(x, y) for x in range(20) for y in range(20)})
    assert np.isfinite(frame(bench)).all()


def test_drift_grows_until_the_shutter_closes(bench: Bench) -> None:
    bench.set(6, ir_config={"auto_shutter": 1200})
    start = bench.clock.now()
    bench.scene.close_shutter(start)
    assert bench.scene.drift(start) == 0
    assert bench.scene.drift(start + 120) == pytest.approx(0.04)
    assert bench.scene.drift(start + 1190) == pytest.approx(0.1)
    bench.clock.uptime += 300
    assert bench.ask(529) is None
    assert bench.scene.drift(bench.clock.now()) == 0


def test_the_automatic_shutter_keeps_the_drift_small(bench: Bench) -> None:
    bench.set(6, ir_config={"auto_shutter": 30})
    assert all(bench.scene.drift(100 + 7.3 * n) <= 0.01 for n in range(200))


def test_other_sizes_work_as_well() -> None:
    from tests.camera.physics.conftest import Bench

    small = Bench(replace(CameraOptions(), ir_model_w=160, ir_model_h=120, ir_output_w=640, ir_output_h=480))
    small.scene.heat("plate", 601, 441, 40, 40, 90.0, 0.95)
    output = small.scene.to_output(frame(small))
    assert output.shape == (480, 640)
    assert output[479, 639] == pytest.approx(90, abs=0.5)
