"""What a measurement's decision makes of the verdict of its case."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.rules.judgement import Judgement
from conformance.rules.verdict import Verdict
from hil.metrology import Budget, Component, Limits, Measurement, NonBinary, ReportOnly, SimpleAcceptance

RAW = "0" * 64
BUDGET = Budget.of("error", "K", [Component.standard("calibration", 0.25)])


def measured(value: float | None, rule: Any, limits: Limits | None = Limits.symmetric(2.0)) -> Measurement:  # noqa: B008
    return Measurement("error at 50 degC", value, "K", limits, rule, BUDGET, RAW)


@pytest.mark.parametrize(
    ("measurement", "verdict"),
    [
        (measured(1.0, NonBinary()), Verdict.PASS),
        (measured(1.8, NonBinary()), Verdict.PASS),
        (measured(2.2, NonBinary()), Verdict.INCONCLUSIVE),
        (measured(2.6, NonBinary()), Verdict.FAIL),
        (measured(2.2, SimpleAcceptance()), Verdict.FAIL),
        (measured(9.9, ReportOnly(), None), Verdict.PASS),
        (measured(None, NonBinary()), Verdict.ERROR),
        (measured(float("nan"), NonBinary()), Verdict.ERROR),
        (measured(1.0, NonBinary(), None), Verdict.ERROR),
        (measured(1.0, None), Verdict.ERROR),
    ],
)
def test_a_decision_becomes_the_verdict(measurement: Measurement, verdict: Verdict) -> None:
    judgement = Judgement()
    judgement.measured(measurement)
    assert judgement.verdict is verdict
    assert judgement.measurements == [measurement]
    assert judgement.checks == 1
    assert "error at 50 degC" in judgement.observed()


def test_several_measurements_have_the_worst_verdict_whatever_their_order() -> None:
    judgement = Judgement()
    for value in (2.6, 2.2, 1.0):
        judgement.measured(measured(value, NonBinary()))
    assert judgement.verdict is Verdict.FAIL
    assert "2.6 K ± 0.5 K" in judgement.observed()
    assert "within -2 and 2 K" in judgement.expected()


def test_a_one_sided_limit_is_told_as_one() -> None:
    judgement = Judgement()
    judgement.measured(measured(1.0, NonBinary(), Limits(None, 2.0)))
    assert "at most 2 K" in judgement.expected()
