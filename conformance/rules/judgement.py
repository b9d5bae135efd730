"""The judgement of one case: what it has found out so far, and the verdict that follows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from conformance.catalogue.model import Keyword
from conformance.rules.verdict import Finding, Observation, Severity, Verdict

__all__ = ["Judgement", "Settles", "demanded_limits", "stated_result"]


class Settles(Protocol):
    """Compares the choices of a device over a whole run (`conformance.ledger`)."""

    def settle(self, choice: Observation, case: str) -> tuple[bool, Finding | None]:
        """Whether `choice` is the first of its kind, and the finding when it contradicts an earlier one."""


@dataclass
class Judgement:
    """What one case has found out so far; the suites write to it, the plugin concludes from it."""

    strict: bool = False
    case: str = ""
    chosen_readings: Settles | None = None
    verdict: Verdict = Verdict.PASS
    checks: int = 0
    findings: list[Finding] = field(default_factory=list)
    warnings: list[Finding] = field(default_factory=list)
    observations: list[Observation] = field(default_factory=list)
    measurements: list[dict[str, Any]] = field(default_factory=list)
    expectations: list[str] = field(default_factory=list)
    seen: list[str] = field(default_factory=list)
    reason: str = ""

    def check(self, findings: Iterable[Finding], *, expected: str = "", observed: str = "") -> bool:
        """Count one check and take over its findings; true when there are none.

        `expected` and `observed` say, in the words of the report, what a check without findings has seen.
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
        """Count one check: unless `condition` holds, a finding with these words."""
        findings = [] if condition else [Finding(expected, observed, severity, keyword, check)]
        return self.check(findings, expected=expected, observed=observed)

    def measured(self, record: Mapping[str, Any]) -> None:
        """Take over a measurement, as `hil.metrology.Measurement.as_record` tells it, and what was decided of it.

        A decided fail is a finding against the camera. What lies outside its limits by less than is known of it
        (conditional fail) leaves the case inconclusive; what no statement can be made of is our own error.
        """
        self.measurements.append(dict(record))
        stated, demanded = stated_result(record), demanded_limits(record)
        decided_fail = [Finding(demanded, stated, check=record["name"])] if record["decision"] == "fail" else []
        self.check(decided_fail)
        match record["decision"]:
            case "pass" | "conditional_pass" | "reported" | "fail":
                pass
            case "conditional_fail":
                self.worsen(Verdict.INCONCLUSIVE, f"not decided: {stated}; {demanded}")
            case _:
                self.worsen(Verdict.ERROR, f"no statement about {record['name']}: {record['reason']}")

    def observe(self, reading: str, found: str) -> None:
        """Note which reading the device follows (`R01`, `null`)."""
        observation = Observation(reading, found)
        if observation not in self.observations:
            self.observations.append(observation)

    def choose(self, choice: Observation) -> None:
        """Note a choice, the canonical one too, that has to stay what it is: observed once, then only compared."""
        if self.chosen_readings is None:
            self.observe(choice.reading, choice.found)
            return
        first, contradiction = self.chosen_readings.settle(choice, self.case)
        if first or contradiction is not None:
            self.observe(choice.reading, choice.found)
        if contradiction is not None:
            self.check([contradiction])

    def worsen(self, verdict: Verdict, reason: str) -> None:
        """Raise the verdict, keeping the first reason given for the worst one."""
        worse = self.verdict.raise_to(verdict)
        if worse is not self.verdict or not self.reason:
            self.reason = reason
        self.verdict = worse

    @property
    def severity(self) -> Severity | None:
        """Of a failed case: major as soon as one finding is."""
        if not self.findings:
            return None
        return Severity.MAJOR if any(each.severity is Severity.MAJOR for each in self.findings) else Severity.MINOR

    def expected(self) -> str:
        """What the report prints as expected: the findings' demands, or what the checks looked for."""
        if self.findings:
            return "; ".join(dict.fromkeys(finding.expected for finding in self.findings))
        if self.measurements:
            return "; ".join(demanded_limits(record) for record in self.measurements)
        return "; ".join(dict.fromkeys(self.expectations))

    def observed(self) -> str:
        """What the report prints as observed."""
        if self.findings:
            text = "; ".join(dict.fromkeys(finding.observed for finding in self.findings))
            return f"{text}; {self.reason}" if self.reason else text
        if self.measurements and not self.reason:
            return "; ".join(stated_result(record) for record in self.measurements)
        return self.reason or "; ".join(dict.fromkeys(self.seen))


def stated_result(record: Mapping[str, Any]) -> str:
    """A measurement for people: name, value, expanded uncertainty, decision."""
    if record["value"] is None:
        return f"{record['name']}: no value ({record['reason']})"
    unit = "" if record["unit"] == "1" else f" {record['unit']}"
    doubt = "" if record["U"] is None else f" ± {record['U']:.2g}{unit} (k = {record['k']:.2f})"
    return f"{record['name']}: {record['value']:.4g}{unit}{doubt}, {record['decision'].replace('_', ' ')}"


def demanded_limits(record: Mapping[str, Any]) -> str:
    """What a measurement is held to, for people."""
    limits = record["limits"]
    if limits is None or record["decision"] == "reported":
        return f"{record['name']}: a value, without limits"
    low, high = limits["lower"], limits["upper"]
    if low is None or high is None:
        within = f"at most {high:g}" if low is None else f"at least {low:g}"
    else:
        within = f"within {low:g} and {high:g}"
    unit = "" if record["unit"] == "1" else f" {record['unit']}"
    return f"{record['name']}: {within}{unit} ({record['rule']})"
