"""What a certificate says between, at and beyond its points; which limit holds where."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from hil.bench import Accuracy, Calibration, CertifiedPoint, ErrorLimit
from hil.instruments import Refused

CALIBRATION = Calibration(
    "2026-117",
    "somebody",
    dt.date(2026, 1, 1),
    dt.date(2026, 12, 31),
    (CertifiedPoint(0.0, 0.4, 0.1), CertifiedPoint(100.0, 0.9, -0.3, 3.0)),
    margin_k=2.0,
)


@pytest.mark.parametrize(
    ("degc", "correction", "u"),
    [(0.0, 0.1, 0.2), (100.0, -0.3, 0.3), (50.0, -0.1, 0.25), (25.0, 0.0, 0.225), (-2.0, 0.1, 0.2), (102.0, -0.3, 0.3)],
)
def test_correction_and_uncertainty_are_interpolated_and_held_within_the_margin(
    degc: float, correction: float, u: float
) -> None:
    assert CALIBRATION.at(degc) == pytest.approx((correction, u))


@pytest.mark.parametrize("degc", [-2.1, 102.1, float("nan")])
def test_beyond_the_margin_a_certificate_says_nothing(degc: float) -> None:
    with pytest.raises(Refused, match=r"certificate 2026-117 covers 0\.\.100 °C"):
        CALIBRATION.at(degc)


def test_a_single_point_holds_around_itself() -> None:
    single = replace(CALIBRATION, points=CALIBRATION.points[:1])
    assert single.at(1.5) == single.at(-1.5) == (0.1, 0.2)


def test_a_certificate_may_be_used_on_its_due_date_and_not_after() -> None:
    assert not CALIBRATION.is_due(dt.date(2026, 12, 31))
    assert CALIBRATION.is_due(dt.date(2027, 1, 1))


def test_the_first_limit_whose_range_holds_a_temperature_is_its_limit() -> None:
    accuracy = Accuracy(errors=(ErrorLimit(1.0, high=100.0), ErrorLimit(2.0, rel=0.02)))
    assert accuracy.error_limit(100.0) == ErrorLimit(1.0, high=100.0)
    wide = accuracy.error_limit(300.0)
    assert wide is not None
    assert wide.at(300.0) == pytest.approx(6.0)
    assert wide.at(50.0) == 2.0
    assert Accuracy().error_limit(20.0) is None
