"""The emulated blackbody's temperature, in virtual time."""

from __future__ import annotations

import statistics

import pytest

from hil.emulators import BlackbodyPhysics, Thermal, VirtualClock


def heated(thermal: Thermal | None = None, to: float = 100.0, seed: int = 0) -> BlackbodyPhysics:
    physics = BlackbodyPhysics(thermal or Thermal(), seed=seed)
    physics.switch(True)
    physics.command(to)
    return physics


def test_it_ramps_at_its_rate_once_the_lag_is_built_up() -> None:
    physics = heated(Thermal(ramp=30.0, settling_s=10.0))
    physics.advance(80)
    before = physics.controlled()
    physics.advance(20)
    assert physics.controlled() - before == pytest.approx(10.0, abs=0.01)


def test_it_overshoots_and_then_settles_on_its_set_point() -> None:
    physics = heated(Thermal(overshoot=0.02))
    seen = []
    for _ in range(600):
        physics.advance(2)
        seen.append(physics.controlled())
    assert 100.5 < max(seen) < 100 + 0.02 * 77
    assert seen[-1] == pytest.approx(100.0, abs=1e-3)


def test_it_undershoots_on_its_way_down() -> None:
    physics = heated()
    physics.advance(3600)
    physics.command(50)
    lowest = 100.0
    for _ in range(600):
        physics.advance(2)
        lowest = min(lowest, physics.controlled())
    assert 49.0 < lowest < 49.7
    assert physics.controlled() == pytest.approx(50.0, abs=1e-3)


def test_the_result_does_not_depend_on_how_finely_time_is_advanced() -> None:
    coarse, fine = heated(), heated()
    coarse.advance(500)
    for _ in range(5000):
        fine.advance(0.1)
    assert fine.controlled() == pytest.approx(coarse.controlled(), abs=1e-6)


def test_a_new_command_in_the_middle_of_a_ramp_makes_no_jump() -> None:
    physics = heated()
    physics.advance(60)
    before = physics.controlled()
    physics.command(60)
    assert physics.controlled() == pytest.approx(before)


def test_with_the_output_off_it_returns_to_ambient() -> None:
    physics = heated(Thermal(cooling_s=600))
    physics.advance(3600)
    physics.switch(False)
    physics.advance(600)
    assert physics.controlled() == pytest.approx(23 + 77 / 2.718281828, abs=0.01)
    physics.advance(36_000)
    assert physics.controlled() == pytest.approx(23, abs=1e-3)


def test_the_truth_differs_from_the_indication_by_offset_gain_and_drift() -> None:
    physics = heated(Thermal(sensor_offset=0.5, sensor_gain=0.01, drift_per_hour=0.1))
    physics.advance(7200)
    true = physics.true()
    assert physics.indicated() == pytest.approx(100.0, abs=1e-3)
    assert physics.indicated() == pytest.approx(true + 0.5 + 0.01 * (true - 23) + 0.2, abs=1e-9)


def test_noise_is_on_the_reading_alone_and_repeats_with_its_seed() -> None:
    first, second = heated(Thermal(noise=0.05), seed=7), heated(Thermal(noise=0.05), seed=7)
    first.advance(3600)
    second.advance(3600)
    readings = [first.indicated() for _ in range(400)]
    assert readings == [second.indicated() for _ in range(400)]
    assert statistics.stdev(readings) == pytest.approx(0.05, rel=0.15)
    assert first.controlled() == pytest.approx(100.0, abs=1e-3)


def test_it_is_stable_only_after_a_whole_window_at_the_set_point() -> None:
    physics = heated()
    assert not physics.stable(0.1)
    physics.advance(150)
    assert not physics.stable(0.1)
    physics.advance(1800)
    assert physics.stable(0.1)
    physics.command(100.0)
    assert not physics.stable(0.1)
    physics.advance(61)
    assert physics.stable(0.1)


def test_one_that_never_settles_is_never_stable() -> None:
    physics = heated()
    physics.never_stable = True
    for _ in range(100):
        physics.advance(600)
        assert not physics.stable(0.1)


def test_its_cut_out_acts_on_the_overshoot_and_keeps_the_output_off() -> None:
    physics = heated(Thermal(trip=100.3))
    physics.advance(7200)
    assert physics.tripped
    assert not physics.output
    assert physics.controlled() < 30
    physics.switch(True)
    assert not physics.output
    physics.clear_trip()
    physics.command(50)
    physics.switch(True)
    physics.advance(3600)
    assert physics.controlled() == pytest.approx(50, abs=1e-3)


def test_one_below_its_trip_limit_does_not_trip() -> None:
    physics = heated(Thermal(trip=103.0))
    physics.advance(7200)
    assert not physics.tripped


def test_time_does_not_run_backwards() -> None:
    clock = VirtualClock()
    with pytest.raises(ValueError, match="-1"):
        clock.advance(-1)
    physics = heated()
    physics.advance_to(100)
    before = physics.controlled()
    physics.advance_to(50)
    assert physics.controlled() == before
