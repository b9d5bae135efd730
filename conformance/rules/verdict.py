"""Verdicts, and the findings they rest on.

A verdict can only get worse (ISO 9646; none of our code can lower one). `fail` needs a finding against the camera,
`inconclusive` says that the purpose of the case was neither met nor violated, `error` that we or the bench are at
fault.
A case that checked nothing, or exchanged nothing, is an error: a suite that observes nothing must not look green.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from conformance.catalogue.model import Keyword

__all__ = [
    "CaseError",
    "CaseFailed",
    "CaseInconclusive",
    "CaseNotApplicable",
    "Finding",
    "Observation",
    "Severity",
    "Verdict",
]


class Verdict(StrEnum):
    """The outcome of a case. `not_applicable` comes from the profile alone and stands outside the order of the
    others.
    """

    PASS = "pass"
    INCONCLUSIVE = "inconclusive"
    FAIL = "fail"
    ERROR = "error"
    NOT_APPLICABLE = "not_applicable"

    def raise_to(self, other: Verdict) -> Verdict:
        """The worse of the two. Raises ValueError for not_applicable, which cannot be reached from a verdict."""
        if Verdict.NOT_APPLICABLE in (self, other):
            raise ValueError("not_applicable is decided before a case runs, never by it")
        return max(self, other, key=_ORDER.index)


_ORDER = (Verdict.PASS, Verdict.INCONCLUSIVE, Verdict.FAIL, Verdict.ERROR)


class Severity(StrEnum):
    """How bad a failure is: `minor` where the device keeps the rule but not its letter (a neighbouring return code)."""

    MINOR = "minor"
    MAJOR = "major"


@dataclass(frozen=True, slots=True)
class Finding:
    """One violation: what the document demands, what was seen, where. Equal findings are one finding."""

    expected: str
    observed: str
    severity: Severity = Severity.MAJOR
    keyword: Keyword = Keyword.MUST
    check: str = ""
    reading: str | None = None


@dataclass(frozen=True, slots=True)
class Observation:
    """Which legal choice the device made where the document leaves one (a reading).

    `message` and `field` say where, for readings to which a device has to keep in one place only.
    """

    reading: str
    found: str
    message: str = ""
    field: str = ""


class CaseFailed(AssertionError):
    """The camera violated a requirement."""


class CaseInconclusive(Exception):
    """The case could not tell: a preamble failed, the link was lost, the cause could not be produced."""


class CaseNotApplicable(Exception):
    """What the case is about is not there, by the device's own list or the bench's reach: raised before anything is
    judged.
    """


class CaseError(Exception):
    """We, or the bench, are at fault."""
