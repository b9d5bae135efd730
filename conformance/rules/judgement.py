"""The judgement of one case: what its checks have found so far, and the verdict that follows.

A case starts with the verdict `pass` and can only get worse. Checks add findings: a violated MUST fails the case, a
violated SHOULD is a warning (and fails the case in a strict run). Everything else that goes wrong is not a finding
about the camera: `worsen` raises the verdict to inconclusive or error and keeps the reason. The report prints
`expected()` and `observed()`, which show the findings if there are any, else the measurements, else what the checks
without findings looked for and saw.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from conformance.catalogue.model import Keyword
from conformance.rules.consistency import ChosenReadings
from conformance.rules.measurement import Measurement
from conformance.rules.verdict import Finding, Observation, Severity, Verdict

__all__ = ["Judgement"]


@dataclass
class Judgement:
    """What one case has found so far. Suites add to it through the device; the run reads the verdict from it."""

    strict: bool = False
    case: str = ""
    chosen_readings: ChosenReadings | None = None
    verdict: Verdict = Verdict.PASS
    checks: int = 0
    findings: list[Finding] = field(default_factory=list)
    warnings: list[Finding] = field(default_factory=list)
    observations: list[Observation] = field(default_factory=list)
    measurements: list[Measurement] = field(default_factory=list)
    expectations: list[str] = field(default_factory=list)
    seen: list[str] = field(default_factory=list)
    reason: str = ""

    def check(self, findings: Iterable[Finding], *, expected: str = "", observed: str = "") -> bool:
        """Count one check and take over its findings; true when there are none.

        The report prints `expected` and `observed` for a check without findings.
        """
        self.checks += 1
        if expected:
            self.expectations.append(expected)
        if observed:
            self.seen.append(observed)
        clean = True
        for finding in findings:
            clean = False
            if finding.keyword is Keyword.MUST or self.strict:
                if finding not in self.findings:
                    self.findings.append(finding)
                self.verdict = self.verdict.raise_to(Verdict.FAIL)
            elif finding not in self.warnings:
                self.warnings.append(finding)
        return clean

    def demand(
        self,
        condition: bool,
        expected: str,
        observed: str,
        *,
        severity: Severity = Severity.MAJOR,
        keyword: Keyword = Keyword.MUST,
        check: str = "",
    ) -> bool:
        """Count one check; add a finding with these words unless `condition` holds."""
        findings = [] if condition else [Finding(expected, observed, severity, keyword, check)]
        return self.check(findings, expected=expected, observed=observed)

    def measured(self, measurement: Measurement) -> None:
        """Count one check, and take over a measurement with its decision.

        A measurement that failed is a finding against the camera. One that lies outside its limits by less than its
        uncertainty leaves the case inconclusive. One without a valid
        statement is an error of ours or of the bench.
        """
        self.measurements.append(measurement)
        failure = Finding(measurement.demanded, measurement.stated, check=measurement.name)
        self.check([failure] if measurement.failed else [])
        if measurement.invalid:
            self.worsen(Verdict.ERROR, f"no statement about {measurement.name}: {measurement.reason}")
        elif measurement.undecided:
            self.worsen(Verdict.INCONCLUSIVE, f"not decided: {measurement.stated}; {measurement.demanded}")

    def observe(self, reading: str, found: str) -> None:
        """Note which reading the device follows (`R01`, `null`)."""
        observation = Observation(reading, found)
        if observation not in self.observations:
            self.observations.append(observation)

    def choose(self, choice: Observation) -> None:
        """Note a choice of the device, canonical or not, that it must keep to.

        The first choice of a reading becomes an observation; later ones are only compared with it.
        """
        if self.chosen_readings is None:
            self.observe(choice.reading, choice.found)
            return
        comparison = self.chosen_readings.compare(choice, self.case)
        if comparison.first or comparison.contradiction is not None:
            self.observe(choice.reading, choice.found)
        if comparison.contradiction is not None:
            self.check([comparison.contradiction])

    def worsen(self, verdict: Verdict, reason: str) -> None:
        """Raise the verdict, keeping the first reason given for the worst one."""
        worse = self.verdict.raise_to(verdict)
        if worse is not self.verdict or not self.reason:
            self.reason = reason
        self.verdict = worse

    @property
    def severity(self) -> Severity | None:
        """How bad a failed case is: major if one finding is major; None without findings."""
        if not self.findings:
            return None
        return Severity.MAJOR if any(each.severity is Severity.MAJOR for each in self.findings) else Severity.MINOR

    def expected(self) -> str:
        """The text that the report prints as expected."""
        if self.findings:
            return "; ".join(dict.fromkeys(finding.expected for finding in self.findings))
        if self.measurements:
            return "; ".join(each.demanded for each in self.measurements)
        return "; ".join(dict.fromkeys(self.expectations))

    def observed(self) -> str:
        """The text that the report prints as observed."""
        if self.findings:
            text = "; ".join(dict.fromkeys(finding.observed for finding in self.findings))
            return f"{text}; {self.reason}" if self.reason else text
        if self.measurements and not self.reason:
            return "; ".join(each.stated for each in self.measurements)
        return self.reason or "; ".join(dict.fromkeys(self.seen))
