from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hil.metrology.statistics import Floats
from hil.metrology.thermal_quality import (
    drift,
    netd,
    noise_3d,
    repeatability,
    reproducibility,
    response_time,
    spatial_noise,
    temporal_noise,
    uniformity,
)


def frames(
    *, count: int = 150, noise: float = 0.04, pattern: float = 0.0, level: float = 30.0, seed: int = 1
) -> Floats:
    generator = np.random.default_rng(seed)
    fixed = generator.normal(0, pattern, (1, 24, 32))
    return level + fixed + generator.normal(0, noise, (count, 24, 32))


def test_noise_in_time_does_not_see_the_fixed_pattern() -> None:
    assert temporal_noise(frames(noise=0.04, pattern=0.3)) == pytest.approx(0.04, rel=0.02)


def test_the_fixed_pattern_does_not_see_noise_in_time() -> None:
    found = spatial_noise(frames(count=20, noise=0.3, pattern=0.05))
    assert found.observed == pytest.approx(math.hypot(0.05, 0.3 / math.sqrt(20)), rel=0.1)
    assert found.corrected == pytest.approx(0.05, rel=0.15)


def test_noise_alone_leaves_no_pattern() -> None:
    assert spatial_noise(frames(count=50, noise=0.3)).corrected < 0.02


def test_netd_is_noise_over_responsivity() -> None:
    # The camera shows 90 % of the step: its noise counts for more at the source.
    found = netd(frames(noise=0.045, level=27.0), frames(noise=0.045, level=36.0, seed=2), 27, 37)
    assert found.responsivity == pytest.approx(0.9, rel=0.001)
    assert found.value == pytest.approx(0.05, rel=0.02)
    assert found.u_noise < 0.001
    assert found.sensitivity_to_noise == pytest.approx(1 / 0.9, rel=0.001)
    assert found.sensitivity_to_step == pytest.approx(0.005, rel=0.02)


def test_netd_refuses_a_camera_that_does_not_see_the_step() -> None:
    with pytest.raises(ValueError, match="no NETD follows"):
        netd(frames(level=37), frames(level=27), 27, 37)
    with pytest.raises(ValueError, match="must be hotter"):
        netd(frames(level=27), frames(level=37), 37, 27)
    with pytest.raises(ValueError, match="same region"):
        netd(frames(level=27), frames(level=37)[:, 1:], 27, 37)


def test_three_dimensional_noise_comes_apart_into_what_was_put_in() -> None:
    generator = np.random.default_rng(3)
    n, rows, columns = 120, 90, 100
    put = {"t": 0.03, "v": 0.05, "h": 0.08, "tv": 0.02, "th": 0.04, "vh": 0.06, "tvh": 0.1}
    shapes = {
        "t": (n, 1, 1),
        "v": (1, rows, 1),
        "h": (1, 1, columns),
        "tv": (n, rows, 1),
        "th": (n, 1, columns),
        "vh": (1, rows, columns),
        "tvh": (n, rows, columns),
    }
    total = np.full((n, rows, columns), 30.0)
    for name, sd in put.items():
        total = total + generator.normal(0, sd, shapes[name])
    found = noise_3d(total)
    for name, sd in put.items():
        assert getattr(found, name) == pytest.approx(sd, rel=0.25 if len(name) == 1 else 0.05), name
    assert found.temporal == pytest.approx(math.sqrt(0.03**2 + 0.02**2 + 0.04**2 + 0.1**2), rel=0.05)
    assert found.spatial == pytest.approx(math.sqrt(0.05**2 + 0.08**2 + 0.06**2), rel=0.15)


def test_noise_of_single_pixels_shows_in_no_other_part() -> None:
    found = noise_3d(frames(noise=0.1))
    assert found.tvh == pytest.approx(0.1, rel=0.02)
    assert max(found.t, found.v, found.h, found.tv, found.th, found.vh) < 0.01


def test_uniformity_is_told_against_the_centre() -> None:
    found = uniformity([[50.1, 50.0, 49.6], [50.0, 50.0, 50.2], [50.0, 49.9, 50.3]])
    assert found.worst == pytest.approx(-0.4)
    assert found.deviations[2][2] == pytest.approx(0.3)
    assert found.deviations[1][1] == 0
    with pytest.raises(ValueError, match="odd number"):
        uniformity([[1, 2], [3, 4]])


def test_a_drift_is_found_with_an_uncertainty_that_holds_it() -> None:
    generator = np.random.default_rng(4)
    times = np.arange(0, 7200, 10.0)
    found = drift(times, 50 + 0.3 * times / 3600 + generator.normal(0, 0.05, times.size))
    assert abs(found.slope - 0.3) < 3 * found.u_slope
    assert found.u_slope < 0.01
    assert found.s == pytest.approx(0.05, rel=0.1)
    assert found.span > 0.6
    assert found.hours == pytest.approx(7190 / 3600)


def test_a_wandering_camera_has_a_less_certain_drift_than_a_noisy_one() -> None:
    generator = np.random.default_rng(5)
    times = np.arange(0, 3600, 10.0)
    noise = generator.normal(0, 0.05, times.size)
    wander = np.convolve(generator.normal(0, 1, times.size + 29), np.ones(30) / 30, mode="valid")
    wander *= noise.std() / wander.std()
    assert drift(times, wander).u_slope > 2 * drift(times, noise).u_slope


def test_repetitions_scatter_with_an_uncertainty_of_their_own() -> None:
    found = repeatability([0.1, 0.2, 0.3, 0.2, 0.1, 0.3, 0.2, 0.2, 0.1, 0.3])
    assert found.count == 10
    assert found.u_mean == pytest.approx(found.s / math.sqrt(10))
    assert found.u_s == pytest.approx(found.s / math.sqrt(18))


def test_reproducibility_separates_days_from_repetitions() -> None:
    generator = np.random.default_rng(6)
    series = [list(day + generator.normal(0, 0.1, 8)) for day in generator.normal(0, 0.4, 200)]
    found = reproducibility(series)
    assert found.s_r == pytest.approx(0.1, rel=0.05)
    assert found.s_l == pytest.approx(0.4, rel=0.15)
    assert math.hypot(found.s_r, found.s_l) == found.s_R


def test_series_that_differ_by_chance_only_add_nothing_between_them() -> None:
    assert reproducibility([[1.0, 2.0, 3.0], [1.0, 2.0, 3.0]]).s_l == 0


@given(
    st.floats(0.05, 2), st.sampled_from([0.632, 0.9]), st.floats(0, 1), st.sampled_from([(20.0, 60.0), (90.0, 30.0)])
)
def test_a_first_order_camera_gives_its_time_constant_back(
    tau: float, fraction: float, phase: float, levels: tuple[float, float]
) -> None:
    period = tau / 10
    step = 5.0 + phase * period
    times = np.arange(0, step + 20 * tau, period)
    low, high = levels
    grown = np.where(times > step, 1 - np.exp(-(times - step) / tau), 0.0)
    found = response_time(times, low + (high - low) * grown, step, fraction=fraction)
    expected = -tau * math.log(1 - fraction)
    assert abs(found.seconds - expected) < 2 * found.u
    assert found.u == pytest.approx(period / math.sqrt(12), rel=0.01)
    assert found.change == pytest.approx(high - low, rel=1e-3)


def test_noise_makes_a_response_time_less_certain() -> None:
    times = np.arange(0, 20, 0.04)
    grown = np.where(times > 5, 1 - np.exp(-(times - 5) / 1.0), 0.0)
    noise = np.random.default_rng(7).normal(0, 0.2, times.size)
    quiet, noisy = response_time(times, 20 + 10 * grown, 5), response_time(times, 20 + 10 * grown + noise, 5)
    assert noisy.u > 1.5 * quiet.u
    assert abs(noisy.seconds - 1.0) < 3 * noisy.u


def test_a_response_that_cannot_be_read_is_refused() -> None:
    times = np.arange(0, 20, 0.1)
    slow = np.where(times > 5, 1 - np.exp(-(times - 5) / 20), 0.0)
    with pytest.raises(ValueError, match="observe for longer"):
        response_time(times, 20 + 40 * slow, 5)
    with pytest.raises(ValueError, match="cannot be distinguished from the noise"):
        response_time(times, 20 + np.random.default_rng(8).normal(0, 1, times.size), 5)
    with pytest.raises(ValueError, match="before and"):
        response_time(times, 20 + 40 * slow, -1)
    with pytest.raises(ValueError, match="must rise"):
        response_time(times[::-1], 20 + 40 * slow, 5)
    with pytest.raises(ValueError, match="out of range"):
        response_time(times, 20 + 40 * slow, 5, fraction=1)


def test_frames_that_are_missing_or_no_numbers_are_refused() -> None:
    holed = frames(count=5)
    holed[2, 3, 4] = math.nan
    for judge in (temporal_noise, spatial_noise, noise_3d):
        with pytest.raises(ValueError, match="not finite"):
            judge(holed)
        with pytest.raises(ValueError, match="at least 2"):
            judge(frames(count=1))
        with pytest.raises(ValueError, match="2 dimensions"):
            judge(np.zeros((4, 4)))
    with pytest.raises(ValueError, match="2 rows"):
        noise_3d(np.zeros((4, 1, 4)))


def test_series_that_are_too_short_are_refused() -> None:
    with pytest.raises(ValueError, match="at least 2"):
        repeatability([0.1])
    with pytest.raises(ValueError, match="at least 2 series"):
        reproducibility([[1.0, 2.0]])
    with pytest.raises(ValueError, match="times"):
        drift([0, 1, 2], [1, 2, 3])
    with pytest.raises(ValueError, match="must rise"):
        drift([0, 1, 1, 2], [1, 2, 3, 4])
