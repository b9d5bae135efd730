"""What a check returns, and how the report shows a value of the protocol."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from conformance.catalogue.json_types import Json
from conformance.rules.verdict import Finding, Observation, Severity

__all__ = ["Result", "short"]


@dataclass
class Result:
    """What one check found; the report prints `expected` and `observed` where there are no findings."""

    expected: str
    observed: str = ""
    findings: list[Finding] = field(default_factory=list)
    observations: list[Observation] = field(default_factory=list)
    choices: list[Observation] = field(default_factory=list)
    """What the device chose, canonical or not, where a reading leaves a choice that it may have to keep to."""

    def fail(self, expected: str, observed: str, check: str, severity: Severity = Severity.MAJOR) -> None:
        """Add a finding."""
        self.findings.append(Finding(expected, observed, severity, check=check))

    def observe(self, reading: str, found: str) -> None:
        """Add an observation."""
        self.observations.append(Observation(reading, found))

    def take_over(self, other: Result) -> None:
        """Add what another check found about a part of the same message."""
        self.findings += other.findings
        self.observations += other.observations
        self.choices += other.choices


def short(value: Json, limit: int = 120) -> str:
    """`value` as JSON in one line of at most `limit` characters.

    Characters that a terminal would not print are escaped, so that no device can change what the report shows.
    """
    text = json.dumps(value, ensure_ascii=False, default=str)
    if not text.isprintable():
        text = "".join(one if one.isprintable() else json.dumps(one)[1:-1] for one in text)
    return text if len(text) <= limit else f"{text[: limit - 20]}... ({len(text)} characters)"
