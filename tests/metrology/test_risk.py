from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hil.metrology.decision import Limits
from hil.metrology.risk import GammaProcess, NormalProcess, global_risk, guard_band_for

PROCESS, LIMITS = NormalProcess(9.5, 0.3), Limits(9, 10)
BALLS = GammaProcess(4, 0.25)


def test_a_normal_process_has_the_risks_of_the_suncal_manual() -> None:
    risk = global_risk(PROCESS, 0.1, LIMITS)
    assert risk.nonconforming == pytest.approx(0.0955807045, abs=5e-11)
    assert risk.consumer == pytest.approx(0.0189422067, abs=5e-11)
    assert risk.producer == pytest.approx(0.0372078002, abs=5e-11)


def test_a_wanted_risk_leads_to_the_guard_band_of_the_suncal_manual() -> None:
    width = guard_band_for(PROCESS, 0.1, LIMITS, 0.005)
    assert width == pytest.approx(0.0920660455, abs=5e-10)
    assert global_risk(PROCESS, 0.1, LIMITS, LIMITS.narrowed(width)).consumer == pytest.approx(0.005, abs=1e-11)


def test_reliability_and_a_test_uncertainty_ratio_give_the_risk_of_the_suncal_manual() -> None:
    limits = Limits.symmetric(1)
    process = NormalProcess.from_reliability(0.9, limits)
    u = 1 / 3 / 2  # ratio 3 of tolerance to U, k = 2
    assert global_risk(process, u, limits).consumer == pytest.approx(0.0171415217, abs=5e-11)
    assert global_risk(process, u, limits, Limits.symmetric(0.9)).consumer == pytest.approx(0.0076132333, abs=5e-11)


def test_the_ball_bearings_of_the_guide_have_the_published_risks_and_guard_band() -> None:
    # JCGM 106, 9.5.4: a skewed process and one limit.
    limits = Limits(upper=2)
    risk = global_risk(BALLS, 0.25, limits)
    assert risk.nonconforming == pytest.approx(0.0423801120, abs=5e-11)
    assert risk.consumer == pytest.approx(0.0080191119, abs=5e-11)
    assert risk.producer == pytest.approx(0.0174446, abs=5e-8)
    assert guard_band_for(BALLS, 0.25, limits, 0.001) == pytest.approx(0.3281712, abs=5e-7)
    guarded = global_risk(BALLS, 0.25, limits, Limits(upper=1.67))
    assert guarded.consumer == pytest.approx(0.00098495, abs=5e-9)
    assert guarded.producer == pytest.approx(0.0759835, abs=5e-8)


def test_a_skewed_process_between_two_limits_has_the_published_risk() -> None:
    assert global_risk(BALLS, 0.1, Limits(0, 1.75)).consumer == pytest.approx(0.0072389337, abs=5e-11)


def test_resistors_have_the_published_risks_with_and_without_a_guard_band() -> None:
    process, limits = NormalProcess(1500, 0.12), Limits(1499.8, 1500.2)
    plain = global_risk(process, 0.04, limits)
    assert (plain.consumer, plain.producer) == pytest.approx((0.0189422, 0.0372078), abs=5e-8)
    guarded = global_risk(process, 0.04, limits, limits.narrowed(0.08))
    assert guarded.consumer == pytest.approx(0.00046863, abs=5e-9)
    assert guarded.producer == pytest.approx(0.2476696, abs=5e-8)


@settings(max_examples=25, deadline=None)
@given(st.floats(0.02, 0.3), st.floats(0, 0.2), st.floats(0.01, 0.1))
def test_a_wider_guard_band_helps_the_consumer_at_the_producers_cost(u: float, width: float, more: float) -> None:
    narrow = global_risk(PROCESS, u, LIMITS, LIMITS.narrowed(width))
    wide = global_risk(PROCESS, u, LIMITS, LIMITS.narrowed(width + more))
    assert wide.consumer <= narrow.consumer + 1e-12
    assert wide.producer >= narrow.producer - 1e-12


@settings(max_examples=20, deadline=None)
@given(st.floats(0.05, 3), st.floats(0.01, 1))
def test_accepted_and_rejected_items_are_all_items(sd: float, u: float) -> None:
    process, limits = NormalProcess(0, sd), Limits.symmetric(1)
    risk = global_risk(process, u, limits)
    outside = 1 - math.erf(1 / sd / math.sqrt(2))
    accepted_at_all = math.erf(1 / math.hypot(sd, u) / math.sqrt(2))
    assert risk.nonconforming == pytest.approx(outside, abs=1e-10)
    # accepted = conforming and not rejected + nonconforming and accepted
    assert 1 - outside - risk.producer + risk.consumer == pytest.approx(accepted_at_all, abs=1e-9)


def test_items_drawn_by_chance_are_misjudged_as_often_as_the_theory_says() -> None:
    generator = np.random.default_rng(106)
    true = generator.normal(9.5, 0.3, 400_000)
    seen = true + generator.normal(0, 0.1, true.size)
    outside, accepted = (true < 9) | (true > 10), (seen >= 9) & (seen <= 10)
    risk = global_risk(PROCESS, 0.1, LIMITS)
    for count, probability in (
        ((outside & accepted).sum(), risk.consumer),
        ((~outside & ~accepted).sum(), risk.producer),
    ):
        scatter = math.sqrt(true.size * probability)
        assert abs(int(count) - true.size * probability) < 4 * scatter


def test_processes_and_risks_that_cannot_be_are_refused() -> None:
    with pytest.raises(ValueError, match="standard deviation of the process"):
        NormalProcess(0, 0)
    with pytest.raises(ValueError, match="shape"):
        GammaProcess(0.5, 1)
    with pytest.raises(ValueError, match="standard uncertainty"):
        global_risk(PROCESS, 0, LIMITS)
    with pytest.raises(ValueError, match="between 0 and 1"):
        guard_band_for(PROCESS, 0.1, LIMITS, 0)
    with pytest.raises(ValueError, match="stays below"):
        guard_band_for(PROCESS, 0.1, LIMITS, 0.5)
    with pytest.raises(ValueError, match="two limits"):
        NormalProcess.from_reliability(0.9, Limits(upper=1))
