"""What radiometry expects of a camera whose settings are changed, worked out by Sakuma-Hattori and by Planck's law."""

from __future__ import annotations

import pytest

from conformance.rules.verdict import CaseInconclusive
from hil.bench import Ambient
from hil.metrology import LONGWAVE
from hil.procedures.compensation import CHANGES, expected
from hil.procedures.preparation import Conditions
from tests.metrology.planck import PlanckBand

TRUE = Conditions(emissivity=0.95, reflected_degc=23.0, distance_m=1.0, humidity=50.0)
AIR = Ambient()


def test_with_the_true_settings_the_temperature_comes_back() -> None:
    for degc in (-15.0, 30.0, 100.0, 500.0):
        assert expected(LONGWAVE, degc, TRUE, TRUE, AIR) == pytest.approx(degc, abs=1e-6)


def test_a_lower_emissivity_makes_a_hot_source_hotter_and_a_cold_one_colder() -> None:
    lower = TRUE.changed(emissivity=0.5)
    assert expected(LONGWAVE, 100.0, TRUE, lower, AIR) > 130
    assert expected(LONGWAVE, 0.0, TRUE, lower, AIR) < -20
    assert expected(LONGWAVE, 23.0, TRUE, lower, AIR) == pytest.approx(23.0, abs=0.01)


def test_air_and_optics_that_are_said_to_take_more_away_make_a_hot_source_hotter() -> None:
    for changes in ({"distance_m": 50.0}, {"atmosphere": 0.9}, {"optics": 0.9}):
        assert expected(LONGWAVE, 100.0, TRUE, TRUE.changed(**changes), AIR) > 102


def test_settings_that_no_temperature_explains_are_inconclusive() -> None:
    with pytest.raises(CaseInconclusive, match="no temperature"):
        expected(LONGWAVE, -15.0, TRUE, TRUE.changed(emissivity=0.1, reflected_degc=500.0), AIR)


@pytest.mark.parametrize("name", CHANGES)
def test_two_ways_to_radiance_agree(name: str) -> None:
    changed, planck = TRUE.changed(**CHANGES[name]), PlanckBand()
    for degc in (60.0, 100.0):
        shift = expected(LONGWAVE, degc, TRUE, changed, AIR) - degc
        assert expected(planck, degc, TRUE, changed, AIR) - degc == pytest.approx(shift, abs=0.02 + 0.01 * abs(shift))
