"""One measured value with all a certificate says of it, and a decision that nothing missing can turn into a pass."""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from hil.metrology.budget import Budget
from hil.metrology.decision import Decision, Limits, Rule, decide, probability_of_conformance
from hil.metrology.statistics import Floats

__all__ = ["Measurement", "ReportOnly", "raw_data_hash"]


@dataclass(frozen=True, slots=True)
class ReportOnly:
    """No statement is wanted, as nobody has set limits for this quantity; leaving the rule out does not mean this."""

    @property
    def text(self) -> str:
        """The rule for people."""
        return "reported without a statement of conformity"


@dataclass(frozen=True)
class Measurement:
    """A result in `unit` for a record (ISO/IEC 17025, 7.8.3, 7.8.6).

    `value` and `limits` are in `unit`, as is `budget`, from which U and k are; `rule` must have been agreed before the
    measurement (7.1.3); `raw_hash` is what `raw_data_hash` gives for the readings behind it; `missing` says why there
    is no value. The decision is made here: it is `error`, with a reason, if the value is unset or not a number,
    if budget, limits, rule or hash are not given, if the units differ, or if the rule cannot decide.
    """

    name: str
    value: float | None
    unit: str
    limits: Limits | None = None
    rule: Rule | ReportOnly | None = None
    budget: Budget | None = None
    raw_hash: str = ""
    missing: str = ""
    decision: Decision = field(init=False)
    reason: str = field(init=False)

    def __post_init__(self) -> None:
        decision, reason = self._decided()
        object.__setattr__(self, "decision", decision)
        object.__setattr__(self, "reason", reason)

    @property
    def U(self) -> float | None:  # noqa: N802 - the field's own symbol
        """Expanded uncertainty in `unit`; None without a budget."""
        return None if self.budget is None else self.budget.U

    @property
    def k(self) -> float | None:
        """Coverage factor of U; None without a budget."""
        return None if self.budget is None else self.budget.k

    @property
    def conformance(self) -> float | None:
        """Probability (0 to 1) that the true value keeps the limits; None where a statement cannot be made."""
        if self.decision is Decision.ERROR or self.value is None or self.budget is None or self.limits is None:
            return None
        return probability_of_conformance(self.value, self.budget.u_c, self.limits)

    @property
    def failed(self) -> bool:
        """Whether the rule decides that the value violates the limits."""
        return self.decision is Decision.FAIL

    @property
    def undecided(self) -> bool:
        """Whether the value lies outside the limits by less than its uncertainty (a conditional fail)."""
        return self.decision is Decision.CONDITIONAL_FAIL

    @property
    def invalid(self) -> bool:
        """Whether no statement can be made; `reason` says why."""
        return self.decision is Decision.ERROR

    @property
    def stated(self) -> str:
        """The result as a sentence for people: name, value, expanded uncertainty, decision."""
        if self.value is None or not _is_number(self.value):
            return f"{self.name}: no value ({self.reason})"
        uncertainty = "" if self.budget is None else f" ± {self.budget.U:.2g}{self._unit} (k = {self.budget.k:.2f})"
        return f"{self.name}: {self.value:.4g}{self._unit}{uncertainty}, {self.decision.replace('_', ' ')}"

    @property
    def demanded(self) -> str:
        """The limits and the decision rule as a sentence for people."""
        if self.limits is None or self.decision is Decision.REPORTED:
            return f"{self.name}: a value, without limits"
        low, high = self.limits.lower, self.limits.upper
        if low is None or high is None:
            within = f"at most {high:g}" if low is None else f"at least {low:g}"
        else:
            within = f"within {low:g} and {high:g}"
        rule = "no decision rule" if self.rule is None else self.rule.text
        return f"{self.name}: {within}{self._unit} ({rule})"

    @property
    def _unit(self) -> str:
        return "" if self.unit == "1" else f" {self.unit}"

    def as_record(self) -> dict[str, Any]:
        """Plain data of JSON types; a value that is not a number is None, its reason says so."""
        return {
            "name": self.name,
            "value": float(self.value) if self.value is not None and _is_number(self.value) else None,
            "unit": self.unit,
            "U": self.U,
            "k": self.k,
            "limits": None if self.limits is None else self.limits.as_dict(),
            "rule": None if self.rule is None else self.rule.text,
            "decision": str(self.decision),
            "reason": self.reason,
            "probability_of_conformance": self.conformance,
            "budget": None if self.budget is None else self.budget.as_dict(),
            "raw_sha256": self.raw_hash or None,
        }

    def _decided(self) -> tuple[Decision, str]:
        if not self.name or not self.unit:
            return Decision.ERROR, "the measurement has no name or no unit (a ratio has the unit 1)"
        if self.missing:
            return Decision.ERROR, self.missing
        if self.value is None:
            return Decision.ERROR, "no value was measured"
        if not _is_number(self.value):
            return Decision.ERROR, f"the value is not a finite number but {self.value!r}"
        if self.budget is None:
            return Decision.ERROR, "no uncertainty budget was given"
        if self.budget.unit != self.unit:
            return Decision.ERROR, f"the budget is in {self.budget.unit}, the value in {self.unit}"
        if len(self.raw_hash) != _HASH_LENGTH or set(self.raw_hash) - set("0123456789abcdef"):
            return Decision.ERROR, "no SHA-256 of the raw data was given"
        if self.rule is None:
            return Decision.ERROR, "no decision rule was agreed"
        if isinstance(self.rule, ReportOnly):
            return Decision.REPORTED, ""
        if self.limits is None:
            return Decision.ERROR, "no limits were set"
        try:
            return decide(self.value, self.budget.U, self.limits, self.rule), ""
        except ValueError as error:
            return Decision.ERROR, str(error)


_HASH_LENGTH: Final = 64


def _is_number(value: object) -> bool:
    # An instrument's text that slipped through is no number, whatever float() would make of it.
    return isinstance(value, int | float | np.number) and not isinstance(value, bool) and math.isfinite(float(value))


def raw_data_hash(data: bytes | Floats | list[float]) -> str:
    """SHA-256 in hexadecimal of raw data: of the bytes themselves, or of numbers as little-endian float64 in C order.

    Bytes are best: the file as it is filed. Raises ValueError for no data at all.
    """
    content = data if isinstance(data, bytes) else np.ascontiguousarray(data, dtype="<f8").tobytes()
    if not content:
        raise ValueError("there are no raw data to hash")
    return hashlib.sha256(content).hexdigest()
