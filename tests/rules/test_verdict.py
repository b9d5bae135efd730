from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.catalogue.model import Keyword
from conformance.rules.judgement import Judgement
from conformance.rules.verdict import Finding, Observation, Severity, Verdict

ORDER = [Verdict.PASS, Verdict.INCONCLUSIVE, Verdict.FAIL, Verdict.ERROR]
REACHABLE = st.sampled_from(ORDER)
SHOULD = Finding("a habit", "another habit", keyword=Keyword.SHOULD)
MINOR = Finding("10002", "10008", Severity.MINOR, check="retcode")
MAJOR = Finding("10002", "0", check="retcode")


@settings(derandomize=True)
@given(st.lists(REACHABLE))
def test_a_verdict_is_never_lowered(steps: list[Verdict]) -> None:
    reached = [Verdict.PASS]
    for step in steps:
        reached.append(reached[-1].raise_to(step))
    assert all(ORDER.index(one) <= ORDER.index(other) for one, other in pairwise(reached))
    assert reached[-1] is max([Verdict.PASS, *steps], key=ORDER.index)


@settings(derandomize=True)
@given(REACHABLE, REACHABLE, REACHABLE)
def test_the_order_of_raising_does_not_matter(one: Verdict, other: Verdict, third: Verdict) -> None:
    assert one.raise_to(other) is other.raise_to(one)
    assert one.raise_to(other).raise_to(third) is one.raise_to(other.raise_to(third))
    assert one.raise_to(one) is one


@pytest.mark.parametrize("verdict", Verdict)
def test_not_applicable_cannot_be_reached_from_a_verdict_nor_left(verdict: Verdict) -> None:
    with pytest.raises(ValueError, match="before a case runs"):
        verdict.raise_to(Verdict.NOT_APPLICABLE)
    with pytest.raises(ValueError, match="before a case runs"):
        Verdict.NOT_APPLICABLE.raise_to(verdict)


def test_a_new_judgement_has_checked_nothing() -> None:
    judgement = Judgement()
    assert (judgement.verdict, judgement.checks, judgement.severity) == (Verdict.PASS, 0, None)
    assert (judgement.expected(), judgement.observed()) == ("", "")


def test_every_check_counts_whatever_it_finds() -> None:
    judgement = Judgement()
    assert judgement.check([], expected="this", observed="that")
    assert not judgement.check([MAJOR])
    assert judgement.demand(True, "one", "1")
    assert not judgement.demand(False, "two", "3")
    assert judgement.checks == 4


def test_a_clean_check_says_what_it_looked_for_and_saw() -> None:
    judgement = Judgement()
    judgement.check([], expected="retcode 0", observed="retcode 0 ('success.')")
    judgement.check([], expected="retcode 0", observed="5 fields")
    assert judgement.expected() == "retcode 0"
    assert judgement.observed() == "retcode 0 ('success.'); 5 fields"


def test_a_finding_against_a_must_fails_the_case() -> None:
    judgement = Judgement()
    judgement.check([MINOR])
    assert (judgement.verdict, judgement.severity) == (Verdict.FAIL, Severity.MINOR)
    judgement.check([MAJOR])
    assert (judgement.verdict, judgement.severity) == (Verdict.FAIL, Severity.MAJOR)
    judgement.check([MINOR])
    assert judgement.severity is Severity.MAJOR


def test_a_failure_tells_the_findings_and_not_what_was_right() -> None:
    judgement = Judgement()
    judgement.check([], expected="fine", observed="well")
    judgement.check([MAJOR])
    assert (judgement.expected(), judgement.observed()) == ("10002", "0")


def test_a_should_is_a_warning_and_leaves_the_verdict() -> None:
    judgement = Judgement()
    assert not judgement.check([SHOULD])
    assert (judgement.verdict, judgement.warnings, judgement.findings) == (Verdict.PASS, [SHOULD], [])


def test_in_a_strict_run_a_should_is_a_must() -> None:
    judgement = Judgement(strict=True)
    judgement.check([SHOULD])
    assert (judgement.verdict, judgement.warnings, judgement.findings) == (Verdict.FAIL, [], [SHOULD])


def test_equal_findings_warnings_and_observations_are_kept_once() -> None:
    judgement = Judgement()
    for _ in range(2):
        judgement.check([MAJOR, SHOULD])
        judgement.observe("R01", "null")
    judgement.observe("R01", "{}")
    assert (judgement.findings, judgement.warnings) == ([MAJOR], [SHOULD])
    assert judgement.observations == [Observation("R01", "null"), Observation("R01", "{}")]


def test_the_first_reason_for_the_worst_verdict_is_kept() -> None:
    judgement = Judgement()
    judgement.worsen(Verdict.INCONCLUSIVE, "the link is lost")
    judgement.worsen(Verdict.INCONCLUSIVE, "still lost")
    assert judgement.observed() == "the link is lost"
    judgement.worsen(Verdict.ERROR, "our own fault")
    judgement.worsen(Verdict.INCONCLUSIVE, "lost again")
    assert (judgement.verdict, judgement.reason) == (Verdict.ERROR, "our own fault")


def test_a_failure_survives_what_went_wrong_after_it() -> None:
    judgement = Judgement()
    judgement.check([MAJOR])
    judgement.worsen(Verdict.INCONCLUSIVE, "then the link was lost")
    assert judgement.verdict is Verdict.FAIL
    assert judgement.observed() == "0; then the link was lost"


def test_a_judgement_cannot_be_made_not_applicable() -> None:
    with pytest.raises(ValueError, match="before a case runs"):
        Judgement().worsen(Verdict.NOT_APPLICABLE, "no such thing")
