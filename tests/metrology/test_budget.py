from __future__ import annotations

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hil.metrology.budget import Budget, Component, Distribution, degrees_of_freedom_of_bound
from hil.metrology.radiometry import LONGWAVE, sensitivity_to_emissivity, sensitivity_to_reflected
from hil.metrology.statistics import Summary


def error_at_100_degc() -> Budget:
    """A camera's error at 100 degC against a plate of emissivity 0.95 in a room of 23 degC."""
    return Budget.of(
        "error at 100 degC",
        "K",
        [
            Component.normal("blackbody calibration", 0.50, 2, dof=50, source="certificate"),
            Component.standard(
                "emissivity",
                0.005,
                unit="1",
                sensitivity=sensitivity_to_emissivity(LONGWAVE, 100, emissivity=0.95, reflected=23),
            ),
            Component.rectangular("blackbody stability", 0.10),
            Component.rectangular("blackbody uniformity", 0.20),
            Component.standard(
                "reflected temperature",
                1.0,
                sensitivity=sensitivity_to_reflected(LONGWAVE, 100, emissivity=0.95, reflected=23),
            ),
            Component.type_a("noise", Summary(100.0, 0.08, 30, 30)),
            Component.resolution("resolution", 0.1),
            Component.rectangular("correction of the camera", 0.15),
        ],
    )


def test_a_whole_budget_comes_to_the_published_uncertainty() -> None:
    budget = error_at_100_degc()
    parts = [0.25, 0.32054, 0.05774, 0.11547, 0.03052, 0.01461, 0.02887, 0.08660]
    assert [component.contribution for component in budget.components] == pytest.approx(parts, abs=5.1e-6)
    assert budget.u_c == pytest.approx(0.437486, abs=5e-7)
    assert budget.dof == pytest.approx(468.87, abs=5e-3)
    assert budget.k == pytest.approx(2.00535, abs=5e-6)
    assert pytest.approx(0.87731, abs=5e-6) == budget.U
    assert 2 * budget.u_c == pytest.approx(0.874971, abs=1.1e-6)


@pytest.mark.parametrize(("period", "u"), [(1, 0.2887), (5, 1.4434), (16, 4.6188), (23, 6.64), (40, 11.547)], ids=str)
def test_a_stamp_polled_every_so_many_milliseconds_has_the_uncertainty_of_a_rectangle(period: float, u: float) -> None:
    assert Component.resolution("stamp", period, unit="ms").u == pytest.approx(u, abs=5e-3 if period == 23 else 5e-4)


@pytest.mark.parametrize(("period", "u"), [(1, 0.4082), (16, 6.532)], ids=str)
def test_the_difference_of_two_polled_stamps_has_the_uncertainty_of_a_triangle(period: float, u: float) -> None:
    assert Component.triangular("latency", period, unit="ms").u == pytest.approx(u, abs=5e-4)
    two = Budget("latency", "ms", (Component.resolution("a", period), Component.resolution("b", period)))
    assert two.u_c == pytest.approx(u, abs=5e-4)


def test_a_bound_known_to_ten_percent_has_fifty_degrees_of_freedom() -> None:
    assert degrees_of_freedom_of_bound(0.1) == pytest.approx(50)
    with pytest.raises(ValueError, match="says nothing"):
        degrees_of_freedom_of_bound(0.9)


def test_correlated_components_add_up_and_independent_ones_do_not() -> None:
    one, two = Component.standard("one", 0.3), Component.standard("two", 0.4)
    assert Budget("e", "K", (one, two)).u_c == pytest.approx(0.5)
    assert Budget("e", "K", (one, two), {("one", "two"): 1.0}).u_c == pytest.approx(0.7)


def test_a_sensitivity_keeps_its_sign_where_components_are_correlated() -> None:
    one, two = Component.standard("one", 0.3), Component.standard("two", 0.4, sensitivity=-1)
    assert Budget("e", "K", (one, two), {("one", "two"): 1.0}).u_c == pytest.approx(0.1)


def test_a_budget_reads_as_a_table() -> None:
    lines = error_at_100_degc().table().splitlines()
    assert lines[0].split()[:4] == ["component", "value", "unit", "distribution"]
    assert len(lines) == 2 + 8 + 1
    assert "rectangular" in next(line for line in lines if line.startswith("blackbody stability"))
    assert lines[-1] == "error at 100 degC: u_c = 0.43749 K, dof = 468.9, k = 2.0053 (95.45%), U = 0.8773 K"


def test_a_budget_goes_through_json_and_is_computed_anew() -> None:
    budget = Budget(
        "e", "K", (Component.standard("one", 0.3, dof=9), Component.standard("two", 0.4, dof=9)), {("one", "two"): 0.5}
    )
    data = json.loads(json.dumps(budget.as_dict(), allow_nan=False))
    assert data["U"] == budget.U
    again = Budget.from_dict(data)
    assert again.components == budget.components
    assert again.as_dict() == budget.as_dict()
    whole = error_at_100_degc()
    assert whole.as_dict()["components"][1]["dof"] is None
    assert Budget.from_dict(json.loads(json.dumps(whole.as_dict(), allow_nan=False))).U == whole.U


def test_budgets_that_say_nothing_are_refused() -> None:
    with pytest.raises(ValueError, match="no components"):
        Budget("e", "K", ())
    with pytest.raises(ValueError, match="no uncertainty at all"):
        Budget("e", "K", (Component.standard("one", 0.0),))
    with pytest.raises(ValueError, match="unique"):
        Budget("e", "K", (Component.standard("one", 0.1), Component.standard("one", 0.1)))
    with pytest.raises(ValueError, match="coverage probability"):
        Budget("e", "K", (Component.standard("one", 0.1),), probability=95.0)


@pytest.mark.parametrize("value", [-0.1, math.nan, math.inf])
def test_a_component_that_cannot_be_is_refused(value: float) -> None:
    for make in (Component.standard, Component.rectangular, Component.triangular, Component.arcsine):
        with pytest.raises(ValueError, match="one: value must be"):
            make("one", value)
    with pytest.raises(ValueError, match="one: step must be"):
        Component.resolution("one", value)


def test_a_component_with_the_wrong_divisor_or_degrees_of_freedom_is_refused() -> None:
    with pytest.raises(ValueError, match="divisor must be over 0"):
        Component.normal("one", 0.5, 0)
    with pytest.raises(ValueError, match="rectangular distribution has divisor"):
        Component("one", 0.5, Distribution.RECTANGULAR, 2.0)
    with pytest.raises(ValueError, match="degrees of freedom"):
        Component.standard("one", 0.5, dof=0.5)
    with pytest.raises(ValueError, match="needs a name"):
        Component.standard("", 0.5)


us = st.lists(st.floats(1e-3, 10), min_size=1, max_size=6)


@given(us, st.floats(1e-3, 10))
def test_one_more_independent_component_never_makes_a_result_more_certain(values: list[float], more: float) -> None:
    components = tuple(Component.standard(f"c{n}", u) for n, u in enumerate(values))
    before = Budget("e", "K", components).u_c
    assert Budget("e", "K", (*components, Component.standard("more", more))).u_c >= before
    assert before == pytest.approx(math.hypot(*values))


@given(us, st.floats(1, 50))
def test_fewer_degrees_of_freedom_widen_the_interval(values: list[float], dof: float) -> None:
    known = Budget("e", "K", tuple(Component.standard(f"c{n}", u) for n, u in enumerate(values)))
    guessed = Budget("e", "K", tuple(Component.standard(f"c{n}", u, dof=dof) for n, u in enumerate(values)))
    assert guessed.U >= known.U
    assert dof * (1 - 1e-9) <= guessed.dof <= dof * len(values) * (1 + 1e-9)
