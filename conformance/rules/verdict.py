"""Verdicts, and the findings they rest on.

A verdict can only get worse (ISO 9646): `raise_to` is the only way from one to another. `fail` needs a finding against
the camera. `inconclusive` says that the purpose of the case was neither met nor violated. `error` says that we or the
bench are at fault. A case that checked nothing, or exchanged nothing, is an error too: a suite that observes nothing
must not look green.
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
    """The outcome of a case. `not_applicable` comes from the profile alone and is not in the order of the others."""

    PASS = "pass"
    INCONCLUSIVE = "inconclusive"
    FAIL = "fail"
    ERROR = "error"
    NOT_APPLICABLE = "not_applicable"

    def raise_to(self, other: Verdict) -> Verdict:
        """The worse of the two. Raises ValueError for not_applicable, which is never the outcome of a case that ran."""
        if Verdict.NOT_APPLICABLE in (self, other):
            raise ValueError("not_applicable is decided before a case runs, never by it")
        return max(self, other, key=_ORDER.index)


_ORDER = (Verdict.PASS, Verdict.INCONCLUSIVE, Verdict.FAIL, Verdict.ERROR)


class Severity(StrEnum):
    """How bad a failure is: `minor` where the device keeps the rule but not its letter (another documented code)."""

    MINOR = "minor"
    MAJOR = "major"


@dataclass(frozen=True, slots=True)
class Finding:
    """One violation: what the document demands and what was seen.

    `check` names the kind of check that found it (`type`, `retcode`); `reading` is the reading that it contradicts, if
    any. Equal findings are one finding.
    """

    expected: str
    observed: str
    severity: Severity = Severity.MAJOR
    keyword: Keyword = Keyword.MUST
    check: str = ""
    reading: str | None = None


@dataclass(frozen=True, slots=True)
class Observation:
    """Which legal choice the device made where the document leaves one (a reading).

    `message` and `field` say where, for a reading whose choice must stay the same only within one message or field.
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
    """The device does not have what the case judges, by its own list, or the bench cannot reach it.

    Raised before anything is judged.
    """


class CaseError(Exception):
    """We, or the bench, are at fault."""
