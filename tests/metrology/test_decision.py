from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hil.metrology.decision import (
    Decision,
    ExplicitLimits,
    GuardBand,
    Limits,
    NonBinary,
    Rule,
    SimpleAcceptance,
    acceptance_limits,
    decide,
    maximum_permissible_error,
    probability_of_conformance,
    specific_risk,
)

MPE = Limits.symmetric(2.0)


def test_the_risk_of_one_item_is_split_into_its_sides() -> None:
    # suncal manual: y = 9.8, u = 0.1, limits 9 to 10.
    risk = specific_risk(9.8, 0.1, Limits(9, 10))
    assert risk.total == pytest.approx(0.0227501319, abs=5e-11)
    assert risk.lower == pytest.approx(6.22e-16, rel=1e-3)


@pytest.mark.parametrize(
    ("y", "u", "limits", "expected"),
    [
        pytest.param(13.6, 1.8, Limits(12.5, 16.3), 0.6626298, id="viscosity of an oil, JCGM 106"),
        pytest.param(-5.47, 0.05, Limits(upper=-5.40), 0.9192433, id="breakdown voltage of a diode, JCGM 106"),
    ],
)
def test_the_probability_of_conformance_is_that_of_the_guide(
    y: float, u: float, limits: Limits, expected: float
) -> None:
    assert probability_of_conformance(y, u, limits) == pytest.approx(expected, abs=5e-8)


@pytest.mark.parametrize(
    ("error", "statement", "conforming"),
    [
        (1.3, Decision.PASS, 0.990185),
        (1.4, Decision.PASS, 0.977250),
        (1.6, Decision.CONDITIONAL_PASS, 0.908789),
        (1.98, Decision.CONDITIONAL_PASS, 0.526576),
        (2.0, Decision.CONDITIONAL_PASS, 0.5),
        (2.2, Decision.CONDITIONAL_FAIL, 0.252493),
        (2.7, Decision.FAIL, 0.009815),
    ],
)
def test_a_camera_gets_the_non_binary_statement_of_its_error(
    error: float, statement: Decision, conforming: float
) -> None:
    for signed in (error, -error):
        assert decide(signed, 0.60, MPE, NonBinary()) is statement
        assert probability_of_conformance(signed, 0.30, MPE) == pytest.approx(conforming, abs=5.1e-7)


REFERENCE = [306.248, 373.121, 448.253, 523.319, 593.154]
INDICATED = [306.32, 373.21, 448.36, 523.31, 593.07]


def test_the_typical_certificate_of_ptb_passes_at_every_point() -> None:
    # Good-practice digital calibration certificate for temperature, "typical".
    errors = [seen - true for seen, true in zip(INDICATED, REFERENCE, strict=True)]
    assert errors == pytest.approx([0.072, 0.089, 0.107, -0.009, -0.084], abs=1e-9)
    for error, acceptance in zip(errors, [0.23, 0.23, 0.23, 0.30, 0.30], strict=True):
        rule = ExplicitLimits(Limits.symmetric(acceptance))
        assert decide(error, 0.061, Limits.symmetric(acceptance + 0.061), rule) is Decision.PASS


def test_the_extensive_certificate_of_ptb_has_acceptance_limits_of_its_own() -> None:
    reference = [306.245, 373.127, 448.249, 523.321, 593.151]
    indicated = [306.35, 373.45, 448.05, 523.05, 593.35]
    errors = [seen - true for seen, true in zip(indicated, reference, strict=True)]
    assert errors == pytest.approx([0.105, 0.323, -0.199, -0.271, 0.199], abs=1e-9)
    rows = zip(errors, [1.55] * 3 + [2.05] * 2, [0.75] * 3 + [0.90] * 2, [0.80] * 3 + [1.15] * 2, strict=True)
    for error, tolerance, acceptance, guard in rows:
        limits, stated = Limits.symmetric(tolerance), Limits.symmetric(acceptance)
        assert decide(error, 0.89, limits, ExplicitLimits(stated)) is Decision.PASS
        by_width = acceptance_limits(limits, GuardBand(width=guard), 0.89)
        assert by_width is not None
        assert by_width.high == pytest.approx(acceptance)
        by_uncertainty = acceptance_limits(limits, GuardBand(), 0.89)
        assert by_uncertainty is not None
        assert by_uncertainty.high != pytest.approx(acceptance)  # w = U would not have told these limits


def test_the_permissible_error_is_the_wider_of_the_two() -> None:
    assert maximum_permissible_error(50) == Limits(-2, 2)
    assert maximum_permissible_error(-20) == Limits(-2, 2)
    assert maximum_permissible_error(350) == Limits(-7, 7)
    with pytest.raises(ValueError, match="relative limit"):
        maximum_permissible_error(350, relative=-0.02)


def test_a_value_on_a_limit_is_within_it_whatever_rounding_did() -> None:
    assert 0.3 - 0.1 < 0.2
    assert decide(0.2, 0.1, Limits.symmetric(0.3), GuardBand()) is Decision.PASS


def test_a_guard_band_may_be_a_multiple_of_u_or_a_width() -> None:
    assert acceptance_limits(MPE, GuardBand(factor=0.5), 0.6) == Limits(-1.7, 1.7)
    assert acceptance_limits(MPE, GuardBand(width=0.5), 0.6) == Limits(-1.5, 1.5)
    assert acceptance_limits(Limits(upper=2), GuardBand(), 0.5) == Limits(upper=1.5)


def test_an_uncertainty_that_fills_the_limits_lets_nobody_fail() -> None:
    with pytest.raises(ValueError, match="nothing could be accepted"):
        decide(0.0, 2.5, MPE, GuardBand())
    assert decide(0.0, 2.5, MPE, NonBinary()) is Decision.CONDITIONAL_PASS
    assert decide(2.1, 2.5, MPE, NonBinary()) is Decision.CONDITIONAL_FAIL
    assert decide(4.6, 2.5, MPE, NonBinary()) is Decision.FAIL


def test_only_passes_count_as_accepted() -> None:
    accepted = {decision for decision in Decision if decision.accepted}
    assert accepted == {Decision.PASS, Decision.CONDITIONAL_PASS}


def test_every_rule_says_in_words_what_it_is() -> None:
    rules: list[Rule] = [SimpleAcceptance(), GuardBand(), NonBinary(width=0.3), ExplicitLimits(MPE)]
    texts = [rule.text for rule in rules]
    assert len(set(texts)) == 4
    assert "w = 1 U" in texts[1]
    assert "w = 0.3" in texts[2]
    assert "-2 to 2" in texts[3]


@pytest.mark.parametrize("value", [math.nan, math.inf])
@pytest.mark.parametrize("rule", [SimpleAcceptance(), GuardBand(), NonBinary(), ExplicitLimits(MPE)])
def test_what_is_no_number_is_never_judged(value: float, rule: Rule) -> None:
    with pytest.raises(ValueError, match="value must be a finite number"):
        decide(value, 0.6, MPE, rule)
    with pytest.raises(ValueError, match="expanded uncertainty must be"):
        decide(0.0, value, MPE, rule)


def test_a_negative_uncertainty_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 0"):
        decide(0.0, -0.6, MPE, SimpleAcceptance())
    with pytest.raises(ValueError, match="over 0"):
        probability_of_conformance(0.0, 0.0, MPE)
    with pytest.raises(ValueError, match="guard band"):
        GuardBand(factor=-1)
    with pytest.raises(ValueError, match="guard band"):
        NonBinary(width=math.nan)


def test_limits_that_cannot_be_are_refused() -> None:
    with pytest.raises(ValueError, match="need a lower or an upper"):
        Limits()
    with pytest.raises(ValueError, match="must lie below"):
        Limits(2, 2)
    with pytest.raises(ValueError, match="finite"):
        Limits(upper=math.nan)


errors = st.floats(-5, 5)
uncertainties = st.floats(0.01, 1.5)
_WORSE = [Decision.PASS, Decision.CONDITIONAL_PASS, Decision.CONDITIONAL_FAIL, Decision.FAIL]


@given(errors, uncertainties, st.floats(0, 1))
def test_a_smaller_error_never_gets_a_worse_statement(error: float, expanded: float, share: float) -> None:
    rules: list[Rule] = [SimpleAcceptance(), GuardBand(), NonBinary()]
    for rule in rules:
        large, small = decide(error, expanded, MPE, rule), decide(error * share, expanded, MPE, rule)
        assert _WORSE.index(small) <= _WORSE.index(large)


@given(errors, uncertainties)
def test_a_guard_band_accepts_only_what_simple_acceptance_accepts(error: float, expanded: float) -> None:
    if decide(error, expanded, MPE, GuardBand()) is Decision.PASS:
        assert decide(error, expanded, MPE, SimpleAcceptance()) is Decision.PASS
        assert decide(error, expanded, MPE, NonBinary()) is Decision.PASS
        assert specific_risk(error, expanded / 2, MPE).total < 0.0456
    assert decide(error, expanded, MPE, GuardBand(factor=0)) is decide(error, expanded, MPE, SimpleAcceptance())


@given(errors, st.floats(0.001, 3))
def test_conformance_is_a_probability_and_largest_in_the_middle(error: float, u: float) -> None:
    conforming = probability_of_conformance(error, u, MPE)
    assert 0 <= conforming <= probability_of_conformance(0, u, MPE) + 1e-12
    assert probability_of_conformance(0, u, MPE) <= 1
    assert conforming == pytest.approx(probability_of_conformance(-error, u, MPE), abs=1e-12)
