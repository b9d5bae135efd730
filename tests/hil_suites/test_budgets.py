"""What noise and corrections of the camera add to a budget."""

from __future__ import annotations

import math

import numpy as np
import pytest

from hil.bench import Accuracy, Ambient, Calibration
from hil.bench.model import CertifiedPoint
from hil.metrology import GuardBand, Limits, NonBinary, ReportOnly, SimpleAcceptance
from hil.procedures.budgets import correction_repeat, rule_of, way_components, within_groups
from hil.procedures.preparation import Conditions


def test_corrections_that_leave_nothing_add_nothing_but_noise() -> None:
    chance = np.random.default_rng(1)
    found = []
    for _ in range(200):
        groups = chance.normal(50, 0.1, (3, 10)).tolist()
        repeat = correction_repeat(groups, within_groups(groups))
        assert repeat is not None
        found.append(repeat.u**2)
    # Noise alone leaves 0.1/sqrt(30) in the mean of all frames; what is over that is chance.
    assert math.sqrt(float(np.mean(found))) < 0.1 / math.sqrt(30)


def test_what_corrections_leave_is_found() -> None:
    chance = np.random.default_rng(2)
    found = []
    for _ in range(300):
        groups = (chance.normal(0, 0.5, (3, 1)) + chance.normal(50, 0.05, (3, 10))).tolist()
        repeat = correction_repeat(groups, within_groups(groups))
        assert repeat is not None
        assert repeat.dof == 2
        found.append(repeat.u**2)
    assert math.sqrt(float(np.mean(found))) == pytest.approx(0.5 / math.sqrt(3), rel=0.1)


def test_noise_within_groups_is_not_what_lies_between_them() -> None:
    chance = np.random.default_rng(3)
    groups = [list(level + chance.normal(0, 0.1, 40)) for level in (20.0, 25.0, 30.0)]
    pooled = within_groups(groups)
    assert pooled.s == pytest.approx(0.1, rel=0.2)
    assert pooled.mean == pytest.approx(25.0, abs=0.1)
    assert pooled.u < 0.03


def test_one_group_says_nothing_of_corrections() -> None:
    groups = [[1.0, 1.1, 0.9, 1.0]]
    assert correction_repeat(groups, within_groups(groups)) is None


CERTIFICATE = {"certificate": "1", "laboratory": "x", "points": (CertifiedPoint(20, 0.4), CertifiedPoint(120, 0.5))}


def _calibration(*, radiometric: bool) -> Calibration:
    from datetime import date

    days = {"date": date(2026, 1, 1), "due": date(2027, 1, 1)}
    return Calibration(**CERTIFICATE, **days, emissivity=0.95, u_emissivity=0.005, radiometric=radiometric)  # type: ignore[arg-type]


def test_the_emissivity_of_a_radiometric_source_is_not_counted_twice() -> None:
    conditions = Conditions(emissivity=0.95)
    by_contact = way_components(_calibration(radiometric=False), 100.0, conditions, Ambient())
    by_radiation = way_components(_calibration(radiometric=True), 100.0, conditions, Ambient())
    emissivity = next(each for each in by_contact if each.name == "emissivity of the target")
    assert emissivity.contribution == pytest.approx(0.32054, abs=2e-5)  # metrology, test vector D1
    assert "emissivity of the target" not in {each.name for each in by_radiation}
    reflected = next(each for each in by_contact if each.name == "reflected temperature")
    assert reflected.contribution == pytest.approx(0.03052, abs=2e-5)


def test_the_rule_is_the_one_of_the_bench_file_and_without_limits_nothing_is_decided() -> None:
    limits = Limits.symmetric(2.0)
    rules = {"non-binary": NonBinary, "guard-band": GuardBand, "simple": SimpleAcceptance, "report-only": ReportOnly}
    for name, kind in rules.items():
        assert isinstance(rule_of(Accuracy(rule=name), limits), kind)
        assert isinstance(rule_of(Accuracy(rule=name), None), ReportOnly)
