"""The references of a bench as sources of known radiation: which of them reaches a temperature, and one that settled.

Everything here only looks at the bench; `hil.procedures.settling` moves its references.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypedDict

from conformance.rules.verdict import CaseInconclusive, CaseNotApplicable
from hil.bench import Bench, Reference, Settled
from hil.procedures.gears import Gear

__all__ = [
    "Source",
    "SourceSummary",
    "clamped",
    "grid",
    "middle",
    "nearest_reference",
    "reach",
    "reference_at",
    "summary_of",
]

_MIDDLE_C: Final = 50.0
_LEAST_COMMON_K: Final = 5.0


@dataclass(frozen=True, slots=True)
class Source:
    """A reference that has settled.

    `rising` is the side from which it came: True from below, False from above, None where nobody asked for a side and
    it had not been used before.
    """

    reference: Reference
    settled: Settled
    rising: bool | None

    @property
    def degc(self) -> float:
        """Its true temperature in degC, by its certificate."""
        return self.settled.degc_true

    @property
    def readings(self) -> tuple[list[float], list[float]]:
        """Times (s) and indications (degC) of the window in which it settled."""
        seen = self.settled.readings
        return [one.time_s for one in seen], [one.indicated for one in seen]


class SourceSummary(TypedDict):
    """What a raw file says of a source."""

    reference: str
    set_point_degc: float
    indicated_degc: float
    true_degc: float
    direction: str | None


def reach(reference: Reference) -> tuple[float, float]:
    """The lowest and the highest degC that both its set point and its certificate allow."""
    low, high = reference.limits.low, reference.limits.high
    calibration = reference.calibration
    if calibration is not None:
        low, high = max(low, calibration.points[0].degc), min(high, calibration.points[-1].degc)
    return low, high


def reference_at(bench: Bench, degc: float) -> Reference:
    """The first reference that reaches `degc`. Raises CaseInconclusive where none does."""
    for reference in bench.references():
        low, high = reach(reference)
        if low <= degc <= high:
            return reference
    raise CaseInconclusive(f"no reference of the bench reaches {degc:g} degC")


def nearest_reference(bench: Bench, degc: float) -> Reference:
    """The reference that comes nearest to `degc`, the first of several. Raises CaseInconclusive where there is none."""
    found = bench.references()
    if not found:
        raise CaseInconclusive("the bench has no reference")
    return min(found, key=lambda each: abs(clamped(degc, *reach(each)) - degc))


def middle(bench: Bench, wished: float = _MIDDLE_C) -> float:
    """The temperature nearest to `wished` degC that a reference reaches. Raises CaseInconclusive without any."""
    return clamped(wished, *reach(nearest_reference(bench, wished)))


def clamped(degc: float, low: float, high: float) -> float:
    """`degc`, or the nearer end of `low` to `high` where it lies outside."""
    return min(max(degc, low), high)


def grid(bench: Bench, gear: Gear, count: int) -> list[float]:
    """`count` temperatures in degC, spread evenly over what the range and the bench have in common, both ends included.

    Raises CaseNotApplicable where they have less than 5 K in common.
    """
    spans = [reach(reference) for reference in bench.references()]
    low = max(gear.low, min((span[0] for span in spans), default=gear.high))
    high = min(gear.high, max((span[1] for span in spans), default=gear.low))
    if high - low < _LEAST_COMMON_K:
        raise CaseNotApplicable(f"the bench does not reach into {gear}")
    points = [low + (high - low) * number / (count - 1) for number in range(count)]
    inner = [float(round(point)) for point in points[1:-1]]
    return [low, *inner, high]


def summary_of(sources: Sequence[Source]) -> list[SourceSummary]:
    """What a raw file says of its sources."""
    return [
        {
            "reference": source.reference.name,
            "set_point_degc": source.settled.set_point,
            "indicated_degc": source.settled.indicated,
            "true_degc": source.degc,
            "direction": None if source.rising is None else "rising" if source.rising else "falling",
        }
        for source in sources
    ]
