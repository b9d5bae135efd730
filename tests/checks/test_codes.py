from __future__ import annotations

from collections.abc import Callable

import pytest

from conformance import checks
from conformance.catalogue import Catalogue
from conformance.client import Reply
from conformance.rules.verdict import Severity

Answer = Callable[..., Reply]


def test_success_is_retcode_0_whatever_the_text(answer: Answer) -> None:
    assert checks.success(answer(0, retmsg="failed")).findings == []
    (finding,) = checks.success(answer(10002, retmsg="success.")).findings
    assert (finding.severity, finding.check) == (Severity.MAJOR, "retcode")
    assert finding.observed == 'retcode 10002 ("success.")'


@pytest.mark.parametrize(
    ("code", "severity", "observed"),
    [
        (10002, None, []),
        (10008, None, ["R22"]),
        (10001, Severity.MINOR, []),
        (10019, Severity.MINOR, []),
        (0, Severity.MAJOR, []),
        (10099, Severity.MAJOR, []),
        (-1, Severity.MAJOR, []),
        (1, Severity.MAJOR, []),
    ],
)
def test_a_refusal_is_judged_by_how_far_its_code_is_from_the_right_one(
    catalogue: Catalogue, answer: Answer, code: int, severity: Severity | None, observed: list[str]
) -> None:
    result = checks.refused(catalogue, answer(code), "R22")
    assert [finding.severity for finding in result.findings] == ([severity] if severity else [])
    assert [each.reading for each in result.observations] == observed
    assert result.expected == "refused with 10002 (R22)"


def test_of_two_things_wrong_at_once_either_code_is_right(catalogue: Catalogue, answer: Answer) -> None:
    for code in (10002, 10003):
        result = checks.refused(catalogue, answer(code), "R22", "R23")
        assert (result.findings, result.observations) == ([], [])
