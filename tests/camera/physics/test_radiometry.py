"""Planck's law, surfaces and air, forwards and backwards."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fixtures.camera.physics.radiometry import (
    OpticalPath,
    band_radiance,
    band_temperature,
    received,
    surface_temperature,
)

AIR_C = 23.0

paths = st.builds(
    OpticalPath,
    distance=st.floats(0.1, 200),
    humidity=st.integers(1, 100),
    reflected=st.floats(-40, 200),
    atmosphere=st.floats(0.3, 1),
    optics=st.floats(0.3, 1),
)


@pytest.mark.parametrize(
    ("celsius", "radiance"),
    [(-20, 23.824685), (0, 35.151962), (23, 51.764310), (100, 136.778339), (350, 680.268272), (500, 1136.115485)],
)
def test_the_band_radiance_is_that_of_plancks_law(celsius: float, radiance: float) -> None:
    assert float(band_radiance(celsius)) == pytest.approx(radiance, rel=2e-6)


def test_radiance_and_temperature_are_inverse_over_the_whole_range() -> None:
    celsius = np.linspace(-60, 2000, 5000)
    assert np.abs(band_temperature(band_radiance(celsius)) - celsius).max() < 1e-6


@given(celsius=st.floats(-40, 1500), emissivity=st.floats(0.2, 1.0), path=paths, air=st.floats(-20, 40))
def test_the_true_parameters_bring_the_true_temperature_back(
    celsius: float, emissivity: float, path: OpticalPath, air: float
) -> None:
    seen = received(celsius, emissivity, path, air)
    assert float(surface_temperature(seen, emissivity, path, air)) == pytest.approx(celsius, abs=1e-4)


def test_a_grey_surface_taken_for_black_looks_as_published() -> None:
    path = OpticalPath(distance=0.1, humidity=1, reflected=23.0)
    for true, apparent in ((35, 34.4292), (100, 96.9327), (500, 483.2129)):
        seen = received(true, 0.95, path, AIR_C)
        assert float(surface_temperature(seen, 1.0, path, AIR_C)) == pytest.approx(apparent, abs=2e-3)


@pytest.mark.parametrize(
    ("distance", "humidity", "air", "transmittance"),
    [(1, 50, 20, 0.993943), (2, 50, 23, 0.990762), (100, 50, 20, 0.937455), (100, 80, 30, 0.888678)],
)
def test_air_costs_what_the_usual_model_says(
    distance: float, humidity: float, air: float, transmittance: float
) -> None:
    assert OpticalPath(distance=distance, humidity=humidity).transmittance(air) == pytest.approx(
        transmittance, abs=2e-6
    )


@given(path=paths, air=st.floats(-40, 60))
def test_nothing_transmits_more_than_everything(path: OpticalPath, air: float) -> None:
    assert 0 < path.transmittance(air) <= 1


def test_a_surface_at_the_temperature_of_its_surroundings_hides_its_emissivity() -> None:
    path = OpticalPath(distance=20, reflected=AIR_C)
    seen = received(np.array([AIR_C, AIR_C]), np.array([0.2, 1.0]), path, AIR_C)
    assert seen[0] == pytest.approx(seen[1])
