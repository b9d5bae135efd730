"""Global risk: how often a rule is wrong about the items of a known process (JCGM 106:2012, 9.4, 9.5)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np

from hil.metrology.decision import Limits, probability_below
from hil.metrology.statistics import Floats, required_number

__all__ = ["GammaProcess", "GlobalRisk", "NormalProcess", "Process", "global_risk", "guard_band_for"]


class Process(Protocol):
    """The distribution of the true values of the items that are measured."""

    @property
    def support(self) -> tuple[float, float]:
        """The interval in which practically all of it lies."""
        ...

    def density(self, x: Floats) -> Floats:
        """Probability density at `x`, per unit of the value."""
        ...


@dataclass(frozen=True, slots=True)
class NormalProcess:
    """Items that scatter normally: mean, standard deviation (over 0)."""

    mean: float
    sd: float

    def __post_init__(self) -> None:
        required_number(self.mean, "mean of the process")
        required_number(self.sd, "standard deviation of the process", above=0)

    @classmethod
    def from_reliability(cls, probability: float, limits: Limits) -> NormalProcess:
        """Centred between two limits, with `probability` (over 0, under 1) of the items within them."""
        if not 0 < probability < 1:
            raise ValueError(f"the share of conforming items must lie between 0 and 1, not {probability!r}")
        if limits.lower is None or limits.upper is None:
            raise ValueError("a process can be centred only between two limits")
        low, high = 0.0, 40.0
        for _ in range(200):
            middle = (low + high) / 2
            low, high = (middle, high) if math.erf(middle / math.sqrt(2)) < probability else (low, middle)
        return cls((limits.lower + limits.upper) / 2, (limits.upper - limits.lower) / 2 / high)

    @property
    def support(self) -> tuple[float, float]:
        return self.mean - 12 * self.sd, self.mean + 12 * self.sd

    def density(self, x: Floats) -> Floats:
        return np.asarray(np.exp(-0.5 * ((x - self.mean) / self.sd) ** 2) / (self.sd * math.sqrt(2 * math.pi)))


@dataclass(frozen=True, slots=True)
class GammaProcess:
    """Items whose values are positive and skewed: shape (1 or more), scale (over 0, in the value's unit)."""

    shape: float
    scale: float

    def __post_init__(self) -> None:
        required_number(self.shape, "shape of the process", least=1)
        required_number(self.scale, "scale of the process", above=0)

    @property
    def support(self) -> tuple[float, float]:
        return 0.0, self.scale * (self.shape + 12 * math.sqrt(self.shape) + 40)

    def density(self, x: Floats) -> Floats:
        with np.errstate(divide="ignore"):
            log = (self.shape - 1) * np.log(x / self.scale) - x / self.scale - math.lgamma(self.shape)
        return np.asarray(np.exp(log) / self.scale)


@dataclass(frozen=True, slots=True)
class GlobalRisk:
    """Probabilities (0 to 1) over all items: wrongly accepted, wrongly rejected, outside the limits at all."""

    consumer: float
    producer: float
    nonconforming: float


def global_risk(process: Process, u: float, limits: Limits, acceptance: Limits | None = None) -> GlobalRisk:
    """How often items outside `limits` are accepted (consumer) and items within are rejected (producer).

    `u` (over 0) is the standard uncertainty of the measurement, normal; `acceptance` are the limits that a measured
    value must keep, by default the tolerance limits themselves (JCGM 106, 9.5). Raises ValueError otherwise.
    """
    required_number(u, "standard uncertainty", above=0)
    accepted = limits if acceptance is None else acceptance
    x, weight = _nodes(process, u, limits, accepted)
    mass = process.density(x) * weight
    upper, lower = _below((accepted.high - x) / u), _below((accepted.low - x) / u)
    accept = upper - lower
    inside = (x >= limits.low) & (x <= limits.high)
    return GlobalRisk(
        consumer=float((mass * accept)[~inside].sum()),
        producer=float((mass * (1 - accept))[inside].sum()),
        nonconforming=float(mass[~inside].sum()),
    )


def guard_band_for(process: Process, u: float, limits: Limits, consumer: float) -> float:
    """The width of the guard band, in the value's unit, that brings the consumer's risk down to `consumer`.

    It is negative where the limits could even be widened, down to minus five `u`. Raises ValueError for a risk outside
    0 to 1, and for one that cannot be reached even with hardly any room left between the limits.
    """
    if not 0 < consumer < 1:
        raise ValueError(f"the consumer's risk must lie between 0 and 1, not {consumer!r}")
    room = (limits.high - limits.low) / 2
    narrow, wide = (room if math.isfinite(room) else 12 * u) * (1 - 1e-9), -5 * u

    def risk(width: float) -> float:
        return global_risk(process, u, limits, limits.narrowed(width)).consumer

    if risk(narrow) > consumer:
        raise ValueError(f"no guard band brings the consumer's risk down to {consumer:g} with these limits")
    if risk(wide) < consumer:
        raise ValueError(f"the consumer's risk stays below {consumer:g} with any guard band")
    for _ in range(60):
        middle = (narrow + wide) / 2
        narrow, wide = (narrow, middle) if risk(middle) > consumer else (middle, wide)
    return narrow


_ORDER: Final = 24
_GAUSS: Final = np.polynomial.legendre.leggauss(_ORDER)


def _nodes(process: Process, u: float, limits: Limits, accepted: Limits) -> tuple[Floats, Floats]:
    """Gauss-Legendre nodes between the points where an integrand has a kink or a slope as steep as u."""
    low, high = process.support
    steep = [edge + n * u for edge in (accepted.low, accepted.high) for n in range(-9, 10)]
    cuts = [*np.linspace(low, high, 65), limits.low, limits.high, *steep]
    edges = np.unique([cut for cut in cuts if low <= cut <= high])
    half, middle = np.diff(edges) / 2, (edges[:-1] + edges[1:]) / 2
    nodes, weights = _GAUSS
    x = middle[:, None] + half[:, None] * nodes
    return x.ravel(), (half[:, None] * weights).ravel()


_below_each = np.vectorize(probability_below, otypes=[np.float64])


def _below(z: Floats) -> Floats:
    return np.asarray(_below_each(z))
