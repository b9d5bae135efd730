from __future__ import annotations

import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from fixtures.camera.physics.radiometry import OpticalPath as ScenePath
from fixtures.camera.physics.radiometry import received as scene_received
from fixtures.camera.physics.radiometry import surface_temperature as scene_temperature
from hil.metrology.atmosphere import transmission, water_content
from hil.metrology.decision import Decision, SimpleAcceptance, decide, maximum_permissible_error
from hil.metrology.radiometry import (
    LONGWAVE,
    CameraCurve,
    Layer,
    ResponseCurve,
    SakumaHattori,
    apparent_temperature,
    effective_emissivity,
    object_temperature,
    received,
    sensitivity_to_emissivity,
    sensitivity_to_reflected,
    sensitivity_to_transmission,
    sensitivity_to_wavelength,
)

from .planck import PlanckBand, spectral_radiance

SC660 = CameraCurve(21106.77, 0.012545258, 1501, 1, -7340)
T300 = CameraCurve(14364.633, 0.010603162, 1385.4, 1, -5753)
VUE_PRO = CameraCurve(17096.453, 0.04351538, 1428, 1, -55)
FLIR_ONE = CameraCurve(16528.178, 0.012258549, 1427.5, 1, -1307)
CURVES = [LONGWAVE, SC660, T300, VUE_PRO, FLIR_ONE]

temperatures = st.floats(-40, 600)
emissivities = st.floats(0.3, 1.0)
rooms = st.floats(-20, 60)
layers = st.lists(st.builds(Layer, transmission=st.floats(0.5, 1.0), celsius=rooms), max_size=3)
curves: st.SearchStrategy[ResponseCurve] = st.sampled_from(CURVES)


def test_the_long_wave_band_has_the_parameters_of_astm_e2847() -> None:
    assert pytest.approx(9.363636, abs=5e-7) == LONGWAVE.a
    assert pytest.approx(178.3608, abs=5e-5) == LONGWAVE.b


def test_a_plate_at_100_degc_has_the_published_sensitivities() -> None:
    assert sensitivity_to_emissivity(LONGWAVE, 100, emissivity=0.95, reflected=23) == pytest.approx(64.1088, abs=5e-5)
    assert sensitivity_to_reflected(LONGWAVE, 100, emissivity=0.95, reflected=23) == pytest.approx(0.0305243, abs=5e-8)


@pytest.mark.parametrize(
    ("celsius", "kelvin_per_percent"),
    [
        *[(-15, -0.4773), (0, -0.2605), (35, 0.1139), (50, 0.2425), (100, 0.6090)],
        *[(120, 0.7422), (200, 1.2556), (350, 2.2522), (500, 3.3369)],
    ],
)
def test_one_percent_of_emissivity_costs_what_the_table_says_and_what_planck_says(
    celsius: float, kelvin_per_percent: float
) -> None:
    assert sensitivity_to_emissivity(LONGWAVE, celsius) / 100 == pytest.approx(kelvin_per_percent, abs=5e-5)
    assert sensitivity_to_emissivity(PlanckBand(), celsius) / 100 == pytest.approx(kelvin_per_percent, abs=2.1e-3)


def test_a_camera_curve_gives_the_published_counts_and_temperature_through_a_window() -> None:
    # The window divides the way in two, each of half the distance.
    air = Layer(transmission(0.5, 20, 50), 20)
    way = [air, Layer(0.96, 20), air]
    assert received(SC660, 23) == pytest.approx(17994.0635, abs=5e-5)
    assert object_temperature(SC660, 17994.06, emissivity=0.95, reflected=20, layers=way) == pytest.approx(
        23.31223, abs=5e-6
    )


def test_a_grey_plate_behind_air_gives_the_published_counts_and_comes_back() -> None:
    way = [Layer(transmission(2, 23, 50), 23)]
    counts = received(SC660, 100, emissivity=0.95, reflected=23, layers=way)
    assert counts == pytest.approx(36841.635, abs=5e-4)
    assert SC660.temperature(counts) == pytest.approx(96.4685, abs=5e-5)
    assert object_temperature(SC660, counts, emissivity=0.95, reflected=23, layers=way) == pytest.approx(100, abs=1e-9)


def test_the_water_in_the_air_is_that_of_the_published_model() -> None:
    assert water_content(20, 50) == pytest.approx(8.5640, abs=5e-5)


@pytest.mark.parametrize(
    ("distance", "air", "humidity", "tau"),
    [
        *[(1, 20, 50, 0.993943), (2, 23, 50, 0.990762), (5, 20, 50, 0.986397), (10, 20, 50, 0.980699)],
        *[(50, 20, 50, 0.956235), (100, 20, 50, 0.937455), (100, 30, 80, 0.888678), (1, 23, 60, 0.992953)],
    ],
)
def test_air_transmits_what_the_published_model_says(distance: float, air: float, humidity: float, tau: float) -> None:
    assert transmission(distance, air, humidity) == pytest.approx(tau, abs=5e-7)


def test_two_halves_of_a_way_are_not_the_whole_in_this_model() -> None:
    assert transmission(0.5, 20, 50) ** 2 < transmission(1, 20, 50) - 1e-3


def test_the_air_model_refuses_ways_it_was_not_made_for() -> None:
    assert transmission(0, 20, 50) == pytest.approx(1)
    with pytest.raises(ValueError, match="does not reach"):
        transmission(5000, 50, 100)


def test_planck_gives_the_radiances_of_codata_2018() -> None:
    assert spectral_radiance(11, 300) == pytest.approx(9.573180197e6, rel=1e-9)
    assert spectral_radiance(11, 301) == pytest.approx(9.714689879e6, rel=1e-9)


@pytest.mark.parametrize(
    ("celsius", "radiance"),
    [
        *[(-20, 23.824685), (0, 35.151962), (20, 49.372895), (23, 51.764310), (35, 62.015780), (37, 63.831652)],
        *[(50, 76.386382), (100, 136.778339), (150, 215.672307), (200, 311.429399), (350, 680.268272)],
        (500, 1136.115485),
    ],
)
def test_the_band_radiance_is_the_published_one(celsius: float, radiance: float) -> None:
    assert PlanckBand().signal(celsius) == pytest.approx(radiance, abs=1e-6)


@pytest.mark.parametrize(
    ("celsius", "apparent"),
    [(35, 34.4292), (50, 48.7826), (100, 96.9327), (200, 193.6722), (350, 338.6605), (500, 483.2129)],
)
def test_a_grey_plate_appears_as_cold_as_planck_says_and_sakuma_hattori_follows(
    celsius: float, apparent: float
) -> None:
    def plate(curve: ResponseCurve) -> float:
        return apparent_temperature(curve, celsius, emissivity=0.95, reflected=23)

    assert plate(PlanckBand()) == pytest.approx(apparent, abs=5e-5)
    assert plate(LONGWAVE) == pytest.approx(apparent, abs=0.011)


@pytest.mark.parametrize("celsius", [-15, 0, 35, 100, 350, 500])
def test_the_scene_of_the_simulated_camera_and_metrology_come_to_the_same_temperature(celsius: float) -> None:
    path = ScenePath(distance=2, humidity=50, reflected=23)
    radiance = scene_received(celsius, 0.95, path, 23)
    apparent = float(scene_temperature(radiance, 1.0, ScenePath(distance=0), 23))
    way = [Layer(transmission(2, 23, 50), 23)]
    ours = apparent_temperature(LONGWAVE, celsius, emissivity=0.95, reflected=23, layers=way)
    assert ours == pytest.approx(apparent, abs=0.03)


def _indicated_by(settings: tuple[float, float, float], counts: float) -> float:
    emissivity, room, window = settings
    air = Layer(transmission(0.5, 20 if room == 20 else 40, 50), room)
    return object_temperature(
        SC660, counts, emissivity=emissivity, reflected=room, layers=[air, Layer(window, room), air]
    )


def test_one_scene_temperature_explains_what_every_setting_did_to_a_published_image() -> None:
    # Effect of a setting in the maker's software, and how far the model was from that software there and at base
    # (means over one SC660 image); the scatter of each comparison, 0.02 to 0.04 degC, is the tolerance.
    published = {
        (0.96, 20.0, 0.9): (1.5493 - 0.0498 - 0.0332, 0.0173),
        (0.96, 20.0, 0.7): (5.5272 + 0.0444 - 0.0332, 0.0326),
        (0.96, 40.0, 1.0): (-0.9529 - 0.0278 - 0.0332, 0.0369),
        (0.90, 20.0, 1.0): (0.8808 + 0.0349 - 0.0332, 0.0313),
    }
    air = Layer(transmission(0.5, 20, 50), 20)
    counts = received(SC660, 34.24, emissivity=0.96, reflected=20, layers=[air, air])
    base = _indicated_by((0.96, 20.0, 1.0), counts)
    assert base == pytest.approx(34.24, abs=1e-9)
    for settings, (effect, scatter) in published.items():
        assert _indicated_by(settings, counts) - base == pytest.approx(effect, abs=scatter), settings


def test_the_corner_of_the_published_image_lies_just_below_its_mean() -> None:
    corner = [19852, 19867, 19838, 19835, 19839, 19796, 19800, 19775, 19800, 19792]
    seen = [_indicated_by((0.96, 20.0, 1.0), counts) for counts in corner]
    assert min(seen) == pytest.approx(32.832, abs=1e-3)
    assert max(seen) == pytest.approx(33.308, abs=1e-3)


FURNACE = [300, 325, 350, 375, 400, 425, 450, 475, 500, 600, 800, 1000]
LONG_WAVE = [297.8, 322.6, 347.5, 372.3, 397.1, 421.9, 446.6, 471.4, 496.2, 595.4, 793.5, 991.6]
ERRORS = [-2.2, -2.4, -2.5, -2.7, -2.9, -3.1, -3.4, -3.6, -3.8, -4.6, -6.5, -8.4]


def test_published_pyrometer_readings_keep_two_percent_at_every_point() -> None:
    for true, read, error in zip(FURNACE, LONG_WAVE, ERRORS, strict=True):
        assert read - true == pytest.approx(error, abs=1e-9)
        limits = maximum_permissible_error(true)
        assert decide(read - true, 0.0, limits, SimpleAcceptance()) is Decision.PASS


@pytest.mark.parametrize(
    ("true", "read", "with_reflection", "without"),
    [(300, 297.8, 0.98901, 0.99021), (400, 397.1, 0.98939, 0.99017), (500, 496.2, 0.98914, 0.98974)],
)
def test_the_furnace_has_the_effective_emissivity_worked_out_from_its_readings(
    true: float, read: float, with_reflection: float, without: float
) -> None:
    band = PlanckBand(9.1, 14.0)
    assert effective_emissivity(band, read, true, reflected=23) == pytest.approx(with_reflection, abs=6e-6)
    assert band.signal(read) / band.signal(true) == pytest.approx(without, abs=6e-6)
    ours = SakumaHattori(11.55, 4.9)
    assert effective_emissivity(ours, read, true, reflected=23) == pytest.approx(with_reflection, abs=3e-5)


@given(curves, temperatures)
def test_a_signal_leads_back_to_its_temperature(curve: ResponseCurve, celsius: float) -> None:
    assert curve.temperature(curve.signal(celsius)) == pytest.approx(celsius, abs=1e-7)


@given(curves, temperatures, st.floats(0.01, 100))
def test_more_temperature_is_more_signal(curve: ResponseCurve, celsius: float, more: float) -> None:
    assert curve.signal(celsius + more) > curve.signal(celsius)


@given(curves, temperatures)
def test_the_slope_is_the_derivative_of_the_signal(curve: ResponseCurve, celsius: float) -> None:
    difference = (curve.signal(celsius + 0.01) - curve.signal(celsius - 0.01)) / 0.02
    assert curve.slope(celsius) == pytest.approx(difference, rel=1e-5)


@given(curves, temperatures, emissivities, rooms, layers)
def test_what_a_surface_gives_leads_back_to_its_temperature(
    curve: ResponseCurve, celsius: float, emissivity: float, room: float, way: list[Layer]
) -> None:
    signal = received(curve, celsius, emissivity=emissivity, reflected=room, layers=way)
    back = object_temperature(curve, signal, emissivity=emissivity, reflected=room, layers=way)
    assert back == pytest.approx(celsius, abs=1e-5)


@given(temperatures, st.floats(0.5, 0.99), rooms)
def test_sensitivities_are_the_errors_that_wrong_settings_make(celsius: float, eps: float, room: float) -> None:
    def taken_for(emissivity: float, reflected: float) -> float:
        true = received(LONGWAVE, celsius, emissivity=emissivity, reflected=reflected)
        return object_temperature(LONGWAVE, true, emissivity=eps, reflected=room) - celsius

    by_emissivity = (taken_for(eps + 1e-5, room) - taken_for(eps - 1e-5, room)) / 2e-5
    by_room = (taken_for(eps, room + 1e-2) - taken_for(eps, room - 1e-2)) / 2e-2
    assert sensitivity_to_emissivity(LONGWAVE, celsius, emissivity=eps, reflected=room) == pytest.approx(
        by_emissivity, rel=1e-4, abs=1e-4
    )
    assert sensitivity_to_reflected(LONGWAVE, celsius, emissivity=eps, reflected=room) == pytest.approx(
        by_room, rel=1e-4, abs=1e-6
    )


@given(temperatures, st.floats(0.5, 1.0), rooms, st.floats(0.6, 0.99))
def test_the_sensitivity_to_air_is_the_error_of_a_wrong_transmission(
    celsius: float, eps: float, room: float, tau: float
) -> None:
    def taken_for(true: float) -> float:
        signal = received(LONGWAVE, celsius, emissivity=eps, reflected=room, layers=[Layer(true, 20)])
        return object_temperature(LONGWAVE, signal, emissivity=eps, reflected=room, layers=[Layer(tau, 20)])

    difference = (taken_for(tau + 1e-5) - taken_for(tau - 1e-5)) / 2e-5
    stated = sensitivity_to_transmission(LONGWAVE, celsius, transmission=tau, air=20, emissivity=eps, reflected=room)
    assert stated == pytest.approx(difference, rel=1e-4, abs=1e-3)


@given(st.floats(30, 500), st.floats(0.7, 1.0))
def test_the_sensitivity_to_wavelength_is_what_a_shifted_band_makes_of_the_same_reading(
    celsius: float, eps: float
) -> None:
    seen = apparent_temperature(LONGWAVE, celsius, emissivity=eps)

    def taken_for(centre: float) -> float:
        band = SakumaHattori(centre, 6.0)
        return object_temperature(band, band.signal(seen), emissivity=eps)

    difference = (taken_for(11.0 + 1e-3) - taken_for(11.0 - 1e-3)) / 2e-3
    stated = sensitivity_to_wavelength(LONGWAVE, celsius, emissivity=eps)
    assert stated == pytest.approx(difference, rel=1e-3, abs=1e-5)


def test_a_blackbody_reads_the_same_in_any_band() -> None:
    assert sensitivity_to_wavelength(LONGWAVE, 200, emissivity=1.0) == pytest.approx(0, abs=1e-12)


@given(st.floats(60, 600), emissivities)
def test_effective_emissivity_finds_the_emissivity_again(celsius: float, emissivity: float) -> None:
    assume(emissivity < 1)
    apparent = apparent_temperature(LONGWAVE, celsius, emissivity=emissivity, reflected=23)
    assert effective_emissivity(LONGWAVE, apparent, celsius, reflected=23) == pytest.approx(emissivity, abs=1e-9)


@pytest.mark.parametrize("emissivity", [0.0, -0.1, 1.01, math.nan])
def test_an_emissivity_no_surface_has_is_refused(emissivity: float) -> None:
    with pytest.raises(ValueError, match="emissivity must be"):
        received(LONGWAVE, 100, emissivity=emissivity)


@pytest.mark.parametrize("celsius", [-273.15, -201, 4000, math.nan, math.inf])
def test_a_temperature_out_of_this_world_is_refused(celsius: float) -> None:
    with pytest.raises(ValueError, match="temperature must"):
        LONGWAVE.signal(celsius)


def test_surroundings_that_alone_give_more_than_was_seen_are_refused() -> None:
    with pytest.raises(ValueError, match="signal"):
        object_temperature(LONGWAVE, LONGWAVE.signal(-30), emissivity=0.3, reflected=60)


def test_bands_and_curves_that_cannot_be_are_refused() -> None:
    with pytest.raises(ValueError, match="centre of the band"):
        SakumaHattori(0.1, 0.05)
    with pytest.raises(ValueError, match="wide"):
        SakumaHattori(11, 12)
    with pytest.raises(ValueError, match="r2 must be over 0"):
        CameraCurve(1, 0, 1)
    with pytest.raises(ValueError, match="any emissivity looks the same"):
        effective_emissivity(LONGWAVE, 23, 23.5, reflected=23)
