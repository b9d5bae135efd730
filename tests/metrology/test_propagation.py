from __future__ import annotations

import math
from statistics import NormalDist

import GTC
import numpy as np
import pytest

from hil.metrology.budget import Distribution
from hil.metrology.propagation import Quantity, coverage_factor, estimate, result_correlation, uncertain_numbers
from hil.metrology.statistics import correlation, fit_line, summarize


def _half(width: float, kind: Distribution) -> float:
    assert kind.divisor is not None
    return width / kind.divisor


def test_the_end_gauge_of_the_guide_comes_out_as_printed() -> None:
    # JCGM 100, H.1; lengths in nanometres.
    x = uncertain_numbers(
        [
            Quantity("standard", 50_000_623, 25, 18),
            Quantity("difference", 215, 5.8, 24),
            Quantity("random", 0, 3.9, 5),
            Quantity("systematic", 0, 6.7, 8),
            Quantity("expansion", 11.5e-6, _half(2e-6, Distribution.RECTANGULAR)),
            Quantity("expansion difference", 0, _half(1e-6, Distribution.RECTANGULAR), 50),
            Quantity("temperature difference", 0, _half(0.05, Distribution.RECTANGULAR), 2),
            Quantity("temperature", -0.1, 0.2),
            Quantity("cycle", 0, _half(0.5, Distribution.ARCSINE)),
        ]
    )
    difference = x["difference"] + x["random"] + x["systematic"]
    theta = x["temperature"] + x["cycle"]
    length = (
        x["standard"]
        + difference
        - x["standard"] * (x["expansion difference"] * theta + x["expansion"] * x["temperature difference"])
    )
    result = estimate(length, x)
    assert result.value == pytest.approx(50_000_838, abs=1e-6)
    assert result.u == pytest.approx(31.6639, abs=5e-5)
    assert result.dof == pytest.approx(16.7519, abs=5e-5)
    k = coverage_factor(math.floor(result.dof), 0.99)
    assert k == pytest.approx(2.92078, abs=5e-6)
    assert round(result.u) == 32
    assert math.ceil(k * result.u) == 93
    assert result.contributions["standard"] == pytest.approx(25, abs=1e-3)


VOLTS = [5.007, 4.994, 5.005, 4.990, 4.999]
AMPERES = [0.019663, 0.019639, 0.019640, 0.019685, 0.019678]
RADIANS = [1.0456, 1.0438, 1.0468, 1.0428, 1.0433]


def test_the_impedance_of_the_guide_comes_out_with_its_correlations() -> None:
    # JCGM 100, H.2: inputs observed together, results correlated through them.
    series = {"V": VOLTS, "I": AMPERES, "phi": RADIANS}
    means = {name: summarize(values) for name, values in series.items()}
    assert [means[name].u for name in series] == pytest.approx([3.20936e-3, 9.47101e-6, 7.52064e-4], rel=2e-6)
    r = {pair: correlation(series[pair[0]], series[pair[1]]) for pair in [("V", "I"), ("V", "phi"), ("I", "phi")]}
    assert list(r.values()) == pytest.approx([-0.355311, 0.857624, -0.645111], abs=5e-7)
    x = uncertain_numbers([Quantity(name, mean.mean, mean.u, mean.dof) for name, mean in means.items()], r)
    results = {
        "R": x["V"] / x["I"] * GTC.cos(x["phi"]),
        "X": x["V"] / x["I"] * GTC.sin(x["phi"]),
        "Z": x["V"] / x["I"],
    }
    printed = {"R": (127.73217, 0.071071), "X": (219.84651, 0.295582), "Z": (254.25970, 0.236336)}
    for name, (value, u) in printed.items():
        found = estimate(results[name], x)
        assert found.value == pytest.approx(value, abs=5e-6)
        assert found.u == pytest.approx(u, abs=5e-7)
        assert found.dof == pytest.approx(4)
    assert result_correlation(results["R"], results["X"]) == pytest.approx(-0.58843, abs=5e-6)
    assert result_correlation(results["R"], results["Z"]) == pytest.approx(-0.48526, abs=5e-6)
    assert result_correlation(results["X"], results["Z"]) == pytest.approx(0.99251, abs=5e-6)


def test_the_thermometer_of_the_guide_is_calibrated_as_printed() -> None:
    # JCGM 100, H.3: the calibration closest to ours.
    t = [21.521, 22.012, 22.512, 23.003, 23.507, 23.999, 24.513, 25.002, 25.503, 26.010, 26.511]
    b = [-0.171, -0.169, -0.166, -0.159, -0.164, -0.165, -0.156, -0.157, -0.159, -0.161, -0.160]
    line = fit_line(t, b, origin=20)
    assert (line.intercept, line.u_intercept) == pytest.approx((-0.171204, 0.0028776), abs=5e-7)
    assert (line.slope, line.u_slope) == pytest.approx((0.00218270, 0.00066794), abs=5e-9)
    assert line.r == pytest.approx(-0.930430, abs=5e-7)
    assert line.s == pytest.approx(0.0034976, abs=5e-8)
    assert line.dof == 9
    assert line.at(30) == pytest.approx((-0.149377, 0.0041386), abs=6e-7)


def test_a_product_has_the_effective_degrees_of_freedom_of_welch_and_satterthwaite() -> None:
    x = uncertain_numbers([Quantity("a", 1, 0.1, 5), Quantity("b", 2, 0.2, 8)])
    result = estimate(x["a"] * x["b"], x)
    assert result.u == pytest.approx(0.282843, abs=5e-7)
    assert result.dof == pytest.approx(12.3077, abs=5e-5)


def test_two_fully_correlated_errors_cancel_in_a_difference_and_add_in_a_sum() -> None:
    x = uncertain_numbers([Quantity("a", 1, 0.3), Quantity("b", 2, 0.3)], {("a", "b"): 1.0})
    assert estimate(x["a"] - x["b"], x).u == pytest.approx(0, abs=1e-12)
    assert estimate(x["a"] + x["b"], x).u == pytest.approx(0.6)


def test_the_coverage_factor_is_that_of_students_table() -> None:
    assert coverage_factor(math.inf, 0.9545) == pytest.approx(2.0, abs=5e-6)
    assert coverage_factor(10, 0.95) == pytest.approx(2.228, abs=5e-4)
    assert coverage_factor(math.inf, 0.95) == pytest.approx(NormalDist().inv_cdf(0.975))


@pytest.mark.parametrize(("dof", "probability"), [(0.5, 0.95), (math.nan, 0.95), (5, 0), (5, 1), (5, math.nan)])
def test_a_coverage_factor_of_nothing_is_refused(dof: float, probability: float) -> None:
    with pytest.raises(ValueError, match="must"):
        coverage_factor(dof, probability)


def test_quantities_that_cannot_be_are_refused() -> None:
    with pytest.raises(ValueError, match="finite"):
        Quantity("a", math.nan, 0.1)
    with pytest.raises(ValueError, match="at least 0"):
        Quantity("a", 1, -0.1)
    with pytest.raises(ValueError, match="degrees of freedom"):
        Quantity("a", 1, 0.1, 0)
    with pytest.raises(ValueError, match="unique"):
        uncertain_numbers([Quantity("a", 1, 1), Quantity("a", 2, 1)])


def test_correlations_that_cannot_be_are_refused() -> None:
    a, b, c = Quantity("a", 1, 1, 4), Quantity("b", 1, 1, 4), Quantity("c", 1, 1, 4)
    with pytest.raises(ValueError, match="no quantity called d"):
        uncertain_numbers([a, b], {("a", "d"): 0.5})
    with pytest.raises(ValueError, match="between -1 and 1"):
        uncertain_numbers([a, b], {("a", "b"): 1.5})
    with pytest.raises(ValueError, match="twice"):
        uncertain_numbers([a, b], {("a", "b"): 0.5, ("b", "a"): 0.5})
    with pytest.raises(ValueError, match="contradict"):
        uncertain_numbers([a, b, c], {("a", "b"): 0.9, ("b", "c"): 0.9, ("a", "c"): -0.9})
    with pytest.raises(ValueError, match="no uncertainty"):
        uncertain_numbers([a, Quantity("z", 1, 0)], {("a", "z"): 0.5})
    with pytest.raises(ValueError, match="equal degrees of freedom"):
        uncertain_numbers([a, Quantity("z", 1, 1, 9)], {("a", "z"): 0.5})


def test_propagation_agrees_with_a_simulation_of_a_mildly_curved_model() -> None:
    generator = np.random.default_rng(5)
    a, b = generator.normal(10, 0.1, 200_000), generator.normal(3, 0.05, 200_000)
    x = uncertain_numbers([Quantity("a", 10, 0.1), Quantity("b", 3, 0.05)])
    assert estimate(x["a"] / x["b"], x).u == pytest.approx(float((a / b).std()), rel=0.01)
