"""One measured value with everything a certificate says of it, and a decision that fails closed.

The measurement decides itself when it is made. Whatever is missing makes the decision an error with a reason, never a
pass. It stays a value with named fields to the end; only the writer of the record turns it into a dictionary.
"""

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
    """No statement is wanted, because there are no limits for this quantity; a missing rule does not mean this."""

    @property
    def text(self) -> str:
        """The rule for people."""
        return "reported without a statement of conformity"


@dataclass(frozen=True)
class Measurement:
    """A result in `unit` for a record (ISO/IEC 17025, 7.8.3, 7.8.6).

    `value`, `limits` and `budget` are in `unit`; U and k come from the budget. `rule` must have been agreed before the
    measurement (7.1.3). `raw_hash` is what `raw_data_hash` returns for the readings behind the value. `missing` says
    why there is no value. `decision` is made here: it is ERROR, with a `reason`, if the value is unset or not a number,
    if budget, limits, rule or hash are missing, if the units differ, or if the rule cannot decide.
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
        """Probability (0 to 1) that the true value lies within the limits; None where no statement can be made."""
        if self.decision is Decision.ERROR or self.value is None or self.budget is None or self.limits is None:
            return None
        return probability_of_conformance(self.value, self.budget.u_c, self.limits)

    @property
    def failed(self) -> bool:
        """Whether the value was decided to violate its limits."""
        return self.decision is Decision.FAIL

    @property
    def undecided(self) -> bool:
        """Whether the value lies outside its limits by less than its uncertainty."""
        return self.decision is Decision.CONDITIONAL_FAIL

    @property
    def invalid(self) -> bool:
        """Whether no statement can be made; `reason` says why."""
        return self.decision is Decision.ERROR

    @property
    def stated(self) -> str:
        """The result as a sentence: name, value, expanded uncertainty with k, decision; without a value, the reason."""
        if self.value is None or not _is_number(self.value):
            return f"{self.name}: no value ({self.reason})"
        unit, budget = self._unit, self.budget
        uncertainty = "" if budget is None else f" ± {budget.U:.2g}{unit} (k = {budget.k:.2f})"
        return f"{self.name}: {self.value:.4g}{unit}{uncertainty}, {self.decision.text}"

    @property
    def demanded(self) -> str:
        """What the value must keep, as a sentence: the limits and the rule, or that there are none."""
        if self.limits is None or self.decision is Decision.REPORTED:
            return f"{self.name}: a value, without limits"
        rule = "no rule" if self.rule is None else self.rule.text
        return f"{self.name}: {self.limits.text}{self._unit} ({rule})"

    @property
    def _unit(self) -> str:
        return "" if self.unit == "1" else f" {self.unit}"

    def as_record(self) -> dict[str, Any]:
        """The measurement for a record, of JSON types; a value that is not a number becomes null, with a reason."""
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
    # The text of an instrument is not a number, even where float() would accept it.
    return isinstance(value, int | float | np.number) and not isinstance(value, bool) and math.isfinite(float(value))


def raw_data_hash(data: bytes | Floats | list[float]) -> str:
    """SHA-256 in hexadecimal of raw data: of the bytes themselves, or of numbers as little-endian float64 in C order.

    Prefer the bytes of the file. Raises ValueError for empty data.
    """
    content = data if isinstance(data, bytes) else np.ascontiguousarray(data, dtype="<f8").tobytes()
    if not content:
        raise ValueError("there are no raw data to hash")
    return hashlib.sha256(content).hexdigest()
