"""Whether what is stated is true: how often the interval holds the truth, how often the rules err."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hil.metrology.budget import Budget
from hil.metrology.decision import GuardBand, Rule, SimpleAcceptance

from .accuracy_runs import PROBABILITY, Point, coverage, runs, wrong_decisions


@pytest.fixture(scope="module")
def some() -> list[Point]:
    return runs(40)


def test_the_stated_interval_holds_the_injected_error_about_as_often_as_it_says(some: list[Point]) -> None:
    assert coverage(some) == pytest.approx(PROBABILITY, abs=0.045)


def test_a_budget_that_forgets_the_blackbodys_calibration_is_found_out(some: list[Point]) -> None:
    def forgetful(point: Point) -> Point:
        rest = tuple(c for c in point.budget.components if c.name != "blackbody calibration")
        return replace(point, budget=Budget(point.budget.quantity, "K", rest, probability=PROBABILITY))

    assert coverage([forgetful(point) for point in some]) < PROBABILITY - 0.08


@pytest.mark.parametrize("rule", [SimpleAcceptance(), GuardBand()], ids=["simple acceptance", "guard band"])
def test_a_rule_is_wrong_about_as_often_as_its_theory_says(some: list[Point], rule: Rule) -> None:
    wrong = wrong_decisions(some, rule)
    assert wrong.accepted == pytest.approx(wrong.accepted_by_theory, abs=0.02)
    assert wrong.rejected == pytest.approx(wrong.rejected_by_theory, abs=0.06)


@pytest.fixture(scope="module")
def many() -> list[Point]:
    return runs(1000)


@pytest.mark.slow
def test_over_200_runs_the_interval_holds_the_injected_error_in_95_percent_within_3() -> None:
    points = runs(200)
    assert coverage(points) == pytest.approx(0.95, abs=0.03)
    for celsius in {point.celsius for point in points}:
        assert coverage([point for point in points if point.celsius == celsius]) == pytest.approx(0.95, abs=0.045)


@pytest.mark.slow
@pytest.mark.parametrize("rule", [SimpleAcceptance(), GuardBand()], ids=["simple acceptance", "guard band"])
def test_over_1000_runs_false_decisions_follow_the_theory_of_the_rule(many: list[Point], rule: Rule) -> None:
    wrong = wrong_decisions(many, rule)
    assert abs(wrong.accepted - wrong.accepted_by_theory) < 3 * max(wrong.scatter_accepted, 2e-4)
    assert abs(wrong.rejected - wrong.rejected_by_theory) < 3 * wrong.scatter_rejected
