"""Propagation of uncertainty through any model (JCGM 100:2008, 5), by the GUM Tree Calculator (GTC) of MSL New Zealand.

The model is ordinary Python on GTC's uncertain numbers. This module makes them from checked data and reads results
back.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import GTC  # type: ignore[import-untyped]
import numpy as np

from hil.metrology.statistics import required_number

__all__ = [
    "Correlations",
    "Estimate",
    "Quantity",
    "coverage_factor",
    "estimate",
    "result_correlation",
    "uncertain_numbers",
]

Correlations = Mapping[tuple[str, str], float]
"""Correlation coefficients (-1 to 1) by the names of two quantities; all other pairs are independent."""


@dataclass(frozen=True, slots=True)
class Quantity:
    """An input: estimate, standard uncertainty `u` in the same unit, and degrees of freedom (1 to infinity).

    Raises ValueError for NaN, a negative `u` and fewer than 1 degree of freedom.
    """

    name: str
    value: float
    u: float
    dof: float = math.inf

    def __post_init__(self) -> None:
        required_number(self.value, f"{self.name}: value")
        required_number(self.u, f"{self.name}: standard uncertainty", least=0)
        if not self.dof >= 1:
            raise ValueError(f"{self.name}: degrees of freedom must be at least 1, not {self.dof!r}")


@dataclass(frozen=True, slots=True)
class Estimate:
    """An output: value, combined standard uncertainty `u`, effective degrees of freedom (JCGM 100, 5.1, 5.2, G.4.1).

    `contributions` holds |sensitivity| x u of every input that took part, by name, in the output's unit.
    """

    value: float
    u: float
    dof: float
    contributions: Mapping[str, float]


def uncertain_numbers(quantities: Sequence[Quantity], correlations: Correlations | None = None) -> dict[str, Any]:
    """GTC uncertain numbers by name, ready for arithmetic and for `GTC.cos` and its like.

    Welch-Satterthwaite does not hold for correlated inputs in general; it does for inputs observed together, which
    share their degrees of freedom (Willink 2007). Correlated quantities must therefore have equal ones.
    Raises ValueError for a name that appears twice or is unknown, a coefficient outside -1 to 1, coefficients that
    contradict each other, a correlated quantity without uncertainty, and unequal degrees of freedom.
    """
    byname = {quantity.name: quantity for quantity in quantities}
    if len(byname) != len(quantities):
        twice = sorted({q.name for q in quantities if [p.name for p in quantities].count(q.name) > 1})
        raise ValueError(f"names must be unique; more than one quantity is called {', '.join(twice)}")
    pairs = _checked_pairs(byname, correlations or {})
    numbers: dict[str, Any] = {}
    for group in _groups(pairs):
        members = [byname[name] for name in group]
        if len({member.dof for member in members}) > 1:
            stated = ", ".join(f"{member.name}: {member.dof:g}" for member in members)
            raise ValueError(f"correlated quantities need equal degrees of freedom ({stated}); state the least for all")
        made = GTC.multiple_ureal(
            [member.value for member in members], [member.u for member in members], members[0].dof, group
        )
        numbers |= dict(zip(group, made, strict=True))
    for (first, second), r in pairs.items():
        GTC.set_correlation(r, numbers[first], numbers[second])
    for name, quantity in byname.items():
        if name not in numbers:
            numbers[name] = GTC.ureal(quantity.value, quantity.u, quantity.dof, name)
    return {name: numbers[name] for name in byname}


def estimate(result: Any, numbers: Mapping[str, Any]) -> Estimate:
    """The estimate of `result`, a number computed from `numbers` (as `uncertain_numbers` returned them)."""
    contributions = {name: abs(float(GTC.component(result, number))) for name, number in numbers.items()}
    return Estimate(float(GTC.value(result)), float(GTC.uncertainty(result)), float(GTC.dof(result)), contributions)


def result_correlation(first: Any, second: Any) -> float:
    """Correlation coefficient of two results that were computed from the same uncertain numbers (JCGM 100, H.2)."""
    return float(GTC.get_correlation(first, second))


def coverage_factor(dof: float, probability: float) -> float:
    """k of the symmetric interval that holds `probability` of Student's t with `dof` degrees of freedom (G.3).

    `dof` 1 to infinity, not truncated to an integer (G.6.4 allows either); `probability` between 0 and 1.
    Raises ValueError outside these ranges.
    """
    if not 0 < probability < 1:
        raise ValueError(f"coverage probability must lie between 0 and 1, not {probability!r}")
    if not dof >= 1:
        raise ValueError(f"degrees of freedom must be at least 1, not {dof!r}")
    return float(GTC.reporting.k_factor(dof, 100 * probability))


def _checked_pairs(byname: Mapping[str, Quantity], correlations: Correlations) -> dict[tuple[str, str], float]:
    pairs: dict[tuple[str, str], float] = {}
    for (first, second), coefficient in correlations.items():
        for name in (first, second):
            if name not in byname:
                raise ValueError(f"correlation of {first} and {second}: there is no quantity called {name}")
            if byname[name].u == 0:
                raise ValueError(f"{name} has no uncertainty and cannot be correlated with anything")
        if first == second or (second, first) in pairs:
            raise ValueError(f"the correlation of {first} and {second} is stated twice, or of one with itself")
        r = required_number(coefficient, f"correlation of {first} and {second}")
        if not -1 <= r <= 1:
            raise ValueError(f"correlation of {first} and {second} must lie between -1 and 1, not {r:g}")
        pairs[first, second] = r
    names = sorted({name for pair in pairs for name in pair})
    matrix = np.eye(len(names))
    for (first, second), r in pairs.items():
        matrix[names.index(first), names.index(second)] = matrix[names.index(second), names.index(first)] = r
    if names and float(np.linalg.eigvalsh(matrix).min()) < -1e-9:
        raise ValueError(
            f"no quantities can be correlated like this: the coefficients of {', '.join(names)} contradict"
        )
    return pairs


def _groups(pairs: Mapping[tuple[str, str], float]) -> list[list[str]]:
    """The groups of names that are connected through correlations."""
    groups: list[list[str]] = []
    for pair in pairs:
        touched = [group for group in groups if set(pair) & set(group)]
        merged = list(dict.fromkeys([*(name for group in touched for name in group), *pair]))
        groups = [group for group in groups if group not in touched] + [merged]
    return groups
