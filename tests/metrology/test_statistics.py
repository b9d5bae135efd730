from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hil.metrology.statistics import (
    correlation,
    effective_count,
    fit_line,
    summarize,
    uncertainty_of_standard_deviation,
)


def test_readings_are_summed_up_as_type_a() -> None:
    summary = summarize([1.0, 2.0, 3.0, 4.0])
    assert (summary.mean, summary.count, summary.dof) == (2.5, 4, 3)
    assert summary.s == pytest.approx(math.sqrt(5 / 3))
    assert summary.u == pytest.approx(math.sqrt(5 / 12))


def test_frames_that_follow_each_other_count_for_fewer() -> None:
    generator = np.random.default_rng(1)
    values = [0.0]
    for step in generator.normal(size=20_000):
        values.append(0.8 * values[-1] + step)
    # First-order autoregression: n (1 - phi)/(1 + phi).
    assert effective_count(values) == pytest.approx(20_000 / 9, rel=0.2)
    assert effective_count(generator.normal(size=20_000)) == pytest.approx(20_000, rel=0.1)


def test_readings_all_alike_count_in_full() -> None:
    assert effective_count([23.4] * 30) == 30


def test_a_ramp_of_200_readings_is_worth_three() -> None:
    summary = summarize(np.linspace(0, 1, 200), correlated=True)
    assert 2 <= summary.effective_count <= 3
    assert summary.u == pytest.approx(summary.s / math.sqrt(summary.effective_count))


@given(st.lists(st.floats(-100, 100), min_size=4, max_size=40))
def test_the_effective_count_lies_between_two_and_the_count(values: list[float]) -> None:
    assert 2 <= effective_count(values) <= len(values)


@given(st.floats(-5, 5), st.floats(-50, 50), st.floats(-1000, 1000))
def test_points_on_a_line_give_that_line(slope: float, intercept: float, origin: float) -> None:
    x = np.array([1.0, 2.0, 4.0, 8.0])
    line = fit_line(x, intercept + slope * (x - origin), origin=origin)
    assert line.slope == pytest.approx(slope, abs=1e-9)
    assert line.at(3)[0] == pytest.approx(intercept + slope * (3 - origin), abs=1e-7)


@pytest.mark.parametrize("values", [[], [1.0], [1.0, math.nan], [1.0, math.inf]])
def test_readings_that_are_missing_or_no_numbers_are_refused(values: list[float]) -> None:
    with pytest.raises(ValueError, match="readings"):
        summarize(values)


def test_series_that_do_not_belong_together_are_refused() -> None:
    with pytest.raises(ValueError, match="observed together"):
        correlation([1, 2, 3], [1, 2, 3, 4])
    with pytest.raises(ValueError, match="does not vary"):
        correlation([1, 2, 3], [5, 5, 5])
    with pytest.raises(ValueError, match="a y for every x"):
        fit_line([1, 2, 3], [1, 2, 3, 4])
    with pytest.raises(ValueError, match="same x"):
        fit_line([1, 1, 1], [1, 2, 3])


def test_a_standard_deviation_of_ten_readings_is_known_to_24_percent() -> None:
    # JCGM 100, table E.1
    assert uncertainty_of_standard_deviation(1.0, 9) == pytest.approx(0.24, abs=0.005)
    with pytest.raises(ValueError, match="at least 0"):
        uncertainty_of_standard_deviation(-1, 9)
