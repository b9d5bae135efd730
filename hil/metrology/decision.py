"""Decides whether a value conforms: limits, guard bands, decision rules (JCGM 106:2012; ILAC-G8:09/2019; ISO 17025)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

from hil.metrology.statistics import required_number

__all__ = [
    "Decision",
    "ExplicitLimits",
    "GuardBand",
    "Limits",
    "NonBinary",
    "Rule",
    "SimpleAcceptance",
    "SpecificRisk",
    "acceptance_limits",
    "decide",
    "maximum_permissible_error",
    "probability_below",
    "probability_of_conformance",
    "specific_risk",
]


class Decision(StrEnum):
    """The statement about a measured value.

    REPORTED: the caller asked for no statement. ERROR: no statement can be made, for a reason that is given.
    """

    PASS = "pass"
    CONDITIONAL_PASS = "conditional_pass"
    CONDITIONAL_FAIL = "conditional_fail"
    FAIL = "fail"
    REPORTED = "reported"
    ERROR = "error"

    @property
    def text(self) -> str:
        """The decision for people: `conditional pass`."""
        return self.value.replace("_", " ")

    @property
    def accepted(self) -> bool:
        """Whether the item may be treated as conforming."""
        return self in (Decision.PASS, Decision.CONDITIONAL_PASS)


@dataclass(frozen=True, slots=True)
class Limits:
    """Tolerance limits in the unit of the value; a value at a limit is allowed. None on a side without a limit.

    Raises ValueError for NaN, for no limit at all, and for a lower limit that is not below the upper.
    """

    lower: float | None = None
    upper: float | None = None

    def __post_init__(self) -> None:
        if self.lower is None and self.upper is None:
            raise ValueError("limits need a lower or an upper limit, or both")
        for name, value in (("lower limit", self.lower), ("upper limit", self.upper)):
            if value is not None:
                required_number(value, name)
        if self.low >= self.high:
            raise ValueError(f"the lower limit {self.low:g} must lie below the upper one {self.high:g}")

    @classmethod
    def symmetric(cls, half_width: float) -> Limits:
        """-half_width to +half_width (over 0)."""
        width = required_number(half_width, "half-width of the limits", above=0)
        return cls(-width, width)

    @property
    def low(self) -> float:
        """The lower limit, minus infinity if there is none."""
        return -math.inf if self.lower is None else self.lower

    @property
    def high(self) -> float:
        """The upper limit, infinity if there is none."""
        return math.inf if self.upper is None else self.upper

    def hold(self, value: float) -> bool:
        """Whether `value` lies within; a value that misses a limit by rounding alone (1e-12) is on it."""
        return _reaches(value, self.low) and _reaches(self.high, value)

    def narrowed(self, width: float) -> Limits | None:
        """Both limits moved inwards by `width` (negative: outwards); None if nothing is left between them."""
        lower = None if self.lower is None else self.lower + width
        upper = None if self.upper is None else self.upper - width
        if lower is not None and upper is not None and lower >= upper:
            return None
        return Limits(lower, upper)

    @property
    def text(self) -> str:
        """The limits for people, without a unit: `within -2 and 2`, `at most 0.1`."""
        if self.upper is None:
            return f"at least {self.lower:g}"
        if self.lower is None:
            return f"at most {self.upper:g}"
        return f"within {self.lower:g} and {self.upper:g}"

    def as_dict(self) -> dict[str, float | None]:
        """The limits for a record."""
        return {
            "lower": None if self.lower is None else float(self.lower),
            "upper": None if self.upper is None else float(self.upper),
        }


@dataclass(frozen=True, slots=True)
class SimpleAcceptance:
    """Accept a value measured within the limits, w = 0 (ILAC-G8, 4.2).

    Up to half of the items with a value at a limit are wrongly accepted.
    """

    @property
    def text(self) -> str:
        """The rule for people."""
        return "simple acceptance: pass within the tolerance limits (w = 0)"


@dataclass(frozen=True, slots=True)
class _Guarded:
    """A guard band of `width` in the value's unit, or without a width of `factor` x U; both 0 or more."""

    factor: float = 1.0
    width: float | None = None

    def __post_init__(self) -> None:
        required_number(self.factor, "guard band factor", least=0)
        if self.width is not None:
            required_number(self.width, "guard band width", least=0)

    def w(self, expanded: float) -> float:
        """Width of the guard band for an expanded uncertainty."""
        return self.factor * expanded if self.width is None else self.width

    @property
    def _w_text(self) -> str:
        return f"w = {self.factor:g} U" if self.width is None else f"w = {self.width:g}"


@dataclass(frozen=True, slots=True)
class GuardBand(_Guarded):
    """Accept a value measured within the limits less a guard band (ILAC-G8, 4.2).

    With w = U under 2.5 % of the items with a value at a limit are wrongly accepted.
    """

    @property
    def text(self) -> str:
        """The rule for people."""
        return f"guarded acceptance: pass within the tolerance limits less a guard band ({self._w_text})"


@dataclass(frozen=True, slots=True)
class NonBinary(_Guarded):
    """Pass and fail outside the guard band, conditional pass and conditional fail inside it (ILAC-G8, 4.2)."""

    @property
    def text(self) -> str:
        """The rule for people."""
        return f"non-binary: pass, conditional pass, conditional fail, fail with a guard band ({self._w_text})"


@dataclass(frozen=True, slots=True)
class ExplicitLimits:
    """Accept a value measured within acceptance limits that were fixed by agreement (JCGM 106, 8.1)."""

    acceptance: Limits

    @property
    def text(self) -> str:
        """The rule for people."""
        low, high = self.acceptance.low, self.acceptance.high
        return f"explicit acceptance limits: pass from {low:g} to {high:g}"


Rule = SimpleAcceptance | GuardBand | NonBinary | ExplicitLimits


def acceptance_limits(limits: Limits, rule: Rule, expanded: float) -> Limits | None:
    """The limits within which a value is a plain pass; None if the guard bands leave no room (JCGM 106, 8.1).

    `expanded`: U in the value's unit, 0 or more. Raises ValueError otherwise.
    """
    required_number(expanded, "expanded uncertainty", least=0)
    if isinstance(rule, SimpleAcceptance):
        return limits
    if isinstance(rule, ExplicitLimits):
        return rule.acceptance
    return limits.narrowed(rule.w(expanded))


def decide(value: float, expanded: float, limits: Limits, rule: Rule) -> Decision:
    """The statement of the rule about `value` with an `expanded` uncertainty U (0 or more), both in the limits' unit.

    Raises ValueError for NaN, a negative U, and guard bands that leave nothing to accept: in that case the bench is too
    uncertain for these limits, which says nothing about the item.
    """
    required_number(value, "value")
    acceptance = acceptance_limits(limits, rule, expanded)
    if isinstance(rule, NonBinary):
        if acceptance is not None and acceptance.hold(value):
            return Decision.PASS
        if limits.hold(value):
            return Decision.CONDITIONAL_PASS
        outer = limits.narrowed(-rule.w(expanded))
        return Decision.CONDITIONAL_FAIL if outer is not None and outer.hold(value) else Decision.FAIL
    if acceptance is None:
        raise ValueError(
            f"an uncertainty of {expanded:g} leaves no room between the limits {limits.low:g} and {limits.high:g}: "
            "the guard bands meet, so that nothing could be accepted"
        )
    return Decision.PASS if acceptance.hold(value) else Decision.FAIL


def maximum_permissible_error(celsius: float, *, absolute: float = 2.0, relative: float = 0.02) -> Limits:
    """Limits of the error at `celsius`: +-`absolute` K or +-`relative` of the reading, whichever is wider.

    By default the +-2 degC or +-2 % that data sheets and XF/T 635-2006 state. Raises ValueError for negative limits.
    """
    required_number(absolute, "absolute limit", least=0)
    share = required_number(relative, "relative limit", least=0)
    return Limits.symmetric(max(absolute, share * abs(required_number(celsius, "temperature"))))


@dataclass(frozen=True, slots=True)
class SpecificRisk:
    """Probabilities (0 to 1) that the true value of this one item lies below the lower or above the upper limit."""

    lower: float
    upper: float

    @property
    def total(self) -> float:
        """Consumer's risk if the item is accepted; 1 - total is the producer's if it is rejected (JCGM 106, 9.3)."""
        return self.lower + self.upper


def specific_risk(value: float, u: float, limits: Limits) -> SpecificRisk:
    """Risk of the item at hand: measured `value`, standard uncertainty `u` (over 0), normal (JCGM 106, 9.3.2).

    Raises ValueError for NaN and u of 0 or less.
    """
    required_number(value, "value")
    required_number(u, "standard uncertainty", above=0)
    return SpecificRisk(probability_below((limits.low - value) / u), probability_below((value - limits.high) / u))


def probability_of_conformance(value: float, u: float, limits: Limits) -> float:
    """Probability (0 to 1) that the true value lies within the limits (JCGM 106, 7.2); arguments of `specific_risk`."""
    return min(1.0, max(0.0, 1.0 - specific_risk(value, u, limits).total))


def probability_below(z: float) -> float:
    """Of the standard normal distribution, exact far out in the tail."""
    return 0.5 * math.erfc(-z / math.sqrt(2))


def _reaches(value: float, limit: float) -> bool:
    # In floating point 0.3 - 0.1 is less than 0.2, which a reader of the certificate would not understand.
    return value >= limit or math.isclose(value, limit, rel_tol=1e-12, abs_tol=1e-15)
