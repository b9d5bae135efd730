"""An uncertainty budget as data: the contributions, how each was evaluated, and the result (JCGM 100:2008, 4 to 7).

A result is uncertain because several things are: the certificate of the reference, its drift, the noise of the camera,
the steps in which it shows a number. Each of them is a `Component`: a stated value (an expanded uncertainty, a standard
deviation or a half-width) with its distribution. Dividing the value by the divisor of the distribution (k, or the
square root of 3 for limits of which nothing more is known) gives the standard uncertainty u; multiplying u by the
sensitivity gives the contribution in the unit of the result.

The `Budget` combines them: the combined standard uncertainty u_c is the root of the sum of the squares (with terms for
correlated components). A component that was estimated from few readings is uncertain itself, which its degrees of
freedom say; Welch and Satterthwaite's formula gives those of u_c. Student's t for these degrees and a coverage
probability of 95.45 % is the coverage factor k, and U = k u_c is the expanded uncertainty: the true value lies within
+-U of the result with that probability. k is 2 where there are many degrees of freedom, and larger otherwise.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any, Final, Self, TypedDict, Unpack

from hil.metrology.propagation import Correlations, Estimate, Quantity, coverage_factor, estimate, uncertain_numbers
from hil.metrology.statistics import Summary, required_number

__all__ = ["PROBABILITY", "Budget", "Component", "Distribution", "degrees_of_freedom_of_bound"]

PROBABILITY: Final = 0.9545
"""The coverage probability that certificates state: k = 2 with many degrees of freedom."""


class Distribution(StrEnum):
    """The distribution of a contribution's values; it gives the divisor (JCGM 100, 4.3; UKAS M3003 for arcsine)."""

    NORMAL = "normal"
    RECTANGULAR = "rectangular"
    TRIANGULAR = "triangular"
    ARCSINE = "arcsine"

    @property
    def divisor(self) -> float | None:
        """The divisor that turns a half-width into a standard uncertainty; None for normal, which has its own k."""
        return _DIVISORS.get(self)


_DIVISORS: Final = {
    Distribution.RECTANGULAR: math.sqrt(3),
    Distribution.TRIANGULAR: math.sqrt(6),
    Distribution.ARCSINE: math.sqrt(2),
}


class Facts(TypedDict, total=False):
    """The fields of a component besides its value; see Component."""

    unit: str
    sensitivity: float
    dof: float
    source: str


@dataclass(frozen=True, slots=True)
class Component:
    """One line of a budget; the class methods (`normal`, `rectangular`, `type_a`, ...) make the usual ones.

    `value` is what was stated (U, s or half-width, not negative) in `unit`; value / divisor is the standard
    uncertainty; `sensitivity` (result's unit per `unit`, sign kept) carries it to the result; `dof` 1 to infinity;
    `source` says where the value is from (certificate, observation, data sheet). Raises ValueError for impossible
    values and for a divisor that does not belong to the distribution.
    """

    name: str
    value: float
    distribution: Distribution
    divisor: float
    unit: str = "K"
    sensitivity: float = 1.0
    dof: float = math.inf
    source: str = ""

    def __post_init__(self) -> None:
        if not self.name:
            raise ValueError("a component of a budget needs a name")
        required_number(self.value, f"{self.name}: value", least=0)
        required_number(self.divisor, f"{self.name}: divisor", above=0)
        required_number(self.sensitivity, f"{self.name}: sensitivity")
        expected = self.distribution.divisor
        if expected is not None and not math.isclose(self.divisor, expected, rel_tol=1e-9):
            raise ValueError(
                f"{self.name}: a {self.distribution} distribution has divisor {expected:.4f}, not {self.divisor:g}"
            )
        if not self.dof >= 1:
            raise ValueError(f"{self.name}: degrees of freedom must be at least 1, not {self.dof!r}")

    @classmethod
    def normal(cls, name: str, expanded: float, k: float = 2.0, **facts: Unpack[Facts]) -> Self:
        """From an expanded uncertainty, as a certificate states it with its k (JCGM 100, 4.3.3)."""
        return cls(name, expanded, Distribution.NORMAL, k, **facts)

    @classmethod
    def standard(cls, name: str, u: float, **facts: Unpack[Facts]) -> Self:
        """From a standard uncertainty or an experimental standard deviation."""
        return cls(name, u, Distribution.NORMAL, 1.0, **facts)

    @classmethod
    def rectangular(cls, name: str, half_width: float, **facts: Unpack[Facts]) -> Self:
        """From limits of which nothing more is known (JCGM 100, 4.3.7)."""
        return cls(name, half_width, Distribution.RECTANGULAR, math.sqrt(3), **facts)

    @classmethod
    def triangular(cls, name: str, half_width: float, **facts: Unpack[Facts]) -> Self:
        """From limits with values near the middle more likely; the difference of two equal rectangular ones (4.3.9)."""
        return cls(name, half_width, Distribution.TRIANGULAR, math.sqrt(6), **facts)

    @classmethod
    def arcsine(cls, name: str, half_width: float, **facts: Unpack[Facts]) -> Self:
        """From the amplitude of a value that swings between limits: a controller, a room's air (JCGM 100, H.1.3.4)."""
        return cls(name, half_width, Distribution.ARCSINE, math.sqrt(2), **facts)

    @classmethod
    def resolution(cls, name: str, step: float, **facts: Unpack[Facts]) -> Self:
        """From the step of an indication or of a polling period: step/sqrt(12) (JCGM 100, F.2.2.1)."""
        return cls.rectangular(name, required_number(step, f"{name}: step", least=0) / 2, **facts)

    @classmethod
    def type_a(
        cls, name: str, readings: Summary, *, unit: str = "K", sensitivity: float = 1.0, source: str = ""
    ) -> Self:
        """From repeated readings: the standard deviation of their mean (JCGM 100, 4.2.3)."""
        stated = source or f"s = {readings.s:.3g} of {readings.count} readings"
        return cls(name, readings.u, Distribution.NORMAL, 1.0, unit, sensitivity, readings.dof, stated)

    @property
    def u(self) -> float:
        """Standard uncertainty in the component's own unit."""
        return self.value / self.divisor

    @property
    def contribution(self) -> float:
        """|sensitivity| x u, in the result's unit."""
        return abs(self.sensitivity) * self.u

    def as_dict(self) -> dict[str, Any]:
        """The component for a record, as JSON; infinite degrees of freedom become null."""
        return {
            "name": self.name,
            "value": float(self.value),
            "unit": self.unit,
            "distribution": str(self.distribution),
            "divisor": self.divisor,
            "u": float(self.u),
            "sensitivity": float(self.sensitivity),
            "contribution": float(self.contribution),
            "dof": _plain_dof(self.dof),
            "source": self.source,
        }


@dataclass(frozen=True)
class Budget:
    """The uncertainty of one result in `unit`, for a coverage probability between 0 and 1.

    `correlations` names pairs of components. Raises ValueError for no components, equal names, components that are all
    zero (no measurement is without uncertainty), and impossible correlations.
    """

    quantity: str
    unit: str
    components: tuple[Component, ...]
    correlations: Correlations = field(default_factory=dict)
    probability: float = PROBABILITY

    def __post_init__(self) -> None:
        object.__setattr__(self, "components", tuple(self.components))
        object.__setattr__(self, "correlations", dict(self.correlations))
        if not self.components:
            raise ValueError(f"the budget of {self.quantity} has no components")
        # Everything is computed now, so that every budget that exists can be evaluated.
        if not self.u_c > 0:
            raise ValueError(f"the budget of {self.quantity} comes to no uncertainty at all")
        _ = self.k

    @classmethod
    def of(cls, quantity: str, unit: str, components: Sequence[Component], **options: Any) -> Self:
        """A budget of any sequence of components; `options` are the other fields."""
        return cls(quantity, unit, tuple(components), **options)

    @cached_property
    def _estimate(self) -> Estimate:
        numbers = uncertain_numbers([Quantity(c.name, 0.0, c.u, c.dof) for c in self.components], self.correlations)
        result = sum(c.sensitivity * numbers[c.name] for c in self.components)
        return estimate(result, numbers)

    @property
    def u_c(self) -> float:
        """Combined standard uncertainty (JCGM 100, 5.1.2; 5.2.2 with correlations)."""
        return self._estimate.u

    @property
    def dof(self) -> float:
        """Effective degrees of freedom by Welch-Satterthwaite, not truncated (JCGM 100, G.4.1)."""
        return self._estimate.dof

    @cached_property
    def k(self) -> float:
        """Coverage factor of Student's t for `probability` (JCGM 100, G.6.4)."""
        return coverage_factor(self.dof, self.probability)

    @property
    def U(self) -> float:  # noqa: N802 - the field's own symbol
        """Expanded uncertainty k x u_c (JCGM 100, 6.2.1)."""
        return self.k * self.u_c

    def share(self, component: Component) -> float:
        """The share (0 to 1, without correlations) of a component in the combined variance."""
        total = sum(c.contribution**2 for c in self.components)
        return float(component.contribution**2 / total)

    def table(self) -> str:
        """The budget for people: one line for each component, and the result below."""
        head = (
            "component",
            "value",
            "unit",
            "distribution",
            "divisor",
            "u",
            "sensitivity",
            f"u / {self.unit}",
            "dof",
            "share",
        )
        rows = [head, *map(self._row, self.components)]
        widths = [max(len(row[column]) for row in rows) for column in range(len(head))]
        lines = [
            "  ".join(
                text.ljust(width) if column in _LEFT else text.rjust(width)
                for column, (text, width) in enumerate(zip(row, widths, strict=True))
            ).rstrip()
            for row in rows
        ]
        lines.insert(1, "-" * max(map(len, lines)))
        lines += [f"correlation of {a} and {b}: {r:g}" for (a, b), r in self.correlations.items()]
        lines.append(
            f"{self.quantity}: u_c = {self.u_c:.5f} {self.unit}, dof = {_shown_dof(self.dof)}, "
            f"k = {self.k:.4f} ({self.probability:.2%}), U = {self.U:.4f} {self.unit}"
        )
        return "\n".join(lines)

    def _row(self, component: Component) -> tuple[str, ...]:
        return (
            component.name,
            f"{component.value:.4g}",
            component.unit,
            str(component.distribution),
            f"{component.divisor:.4g}",
            f"{component.u:.4g}",
            f"{component.sensitivity:.5g}",
            f"{component.contribution:.5f}",
            _shown_dof(component.dof),
            f"{self.share(component):.1%}",
        )

    def as_dict(self) -> dict[str, Any]:
        """The budget for a record, as JSON; infinite degrees of freedom become null."""
        return {
            "quantity": self.quantity,
            "unit": self.unit,
            "components": [c.as_dict() | {"share": self.share(c)} for c in self.components],
            "correlations": [{"between": [a, b], "r": r} for (a, b), r in self.correlations.items()],
            "u_c": self.u_c,
            "dof": _plain_dof(self.dof),
            "probability": self.probability,
            "k": self.k,
            "U": self.U,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """The budget that `as_dict` described, evaluated again: computed numbers are not copied."""
        components = tuple(
            Component(
                name=row["name"],
                value=row["value"],
                distribution=Distribution(row["distribution"]),
                divisor=row["divisor"],
                unit=row["unit"],
                sensitivity=row["sensitivity"],
                dof=math.inf if row["dof"] is None else row["dof"],
                source=row["source"],
            )
            for row in data["components"]
        )
        correlations = {(row["between"][0], row["between"][1]): row["r"] for row in data["correlations"]}
        return cls(data["quantity"], data["unit"], components, correlations, data["probability"])


_LEFT: Final = (0, 2, 3)


def degrees_of_freedom_of_bound(relative: float) -> float:
    """Degrees of freedom of a standard uncertainty itself known to within `relative` (over 0 to 0.7; JCGM 100, G.4.2).

    0.1 (reliable to 10 %) gives 50. Raises ValueError outside the range in which at least 1 degree results.
    """
    ratio = required_number(relative, "relative uncertainty of the bound", above=0)
    if ratio > math.sqrt(0.5):
        raise ValueError(f"a bound known only to within {ratio:.0%} says nothing; at most 70 % can be used")
    return max(1.0, 0.5 / ratio**2)


def _plain_dof(dof: float) -> float | None:
    return float(dof) if math.isfinite(dof) else None


def _shown_dof(dof: float) -> str:
    return f"{dof:.4g}" if dof < 1e5 else "inf"
