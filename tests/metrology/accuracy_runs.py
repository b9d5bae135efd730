"""Whole accuracy runs on a camera whose true error is known, to see how often what is stated holds the truth.

`python -m tests.metrology.accuracy_runs [SEEDS]` prints the figures of docs/topics/metrology.md.
Physics is Planck's law. The budget is worked out as a suite would, from what a laboratory can know: certificate, data
sheets, its own readings.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from hil.metrology.budget import Budget, Component
from hil.metrology.decision import (
    Decision,
    GuardBand,
    Limits,
    Rule,
    SimpleAcceptance,
    acceptance_limits,
    decide,
    maximum_permissible_error,
)
from hil.metrology.radiometry import LONGWAVE, sensitivity_to_emissivity, sensitivity_to_reflected
from hil.metrology.risk import NormalProcess, global_risk
from hil.metrology.statistics import Floats, summarize

from .planck import PlanckBand

POINTS = (35.0, 50.0, 100.0, 200.0, 350.0)
PROBABILITY = 0.95
EMISSIVITY, ROOM = 0.95, 23.0
FRAMES, STEP = 40, 0.1
# What the laboratory knows of its bench and of this kind of camera.
U_CERTIFICATE, U_EMISSIVITY, U_ROOM = 0.5, 0.003, 1.0
WANDER, PER_HOUR, NUC = 0.10, 0.2, 0.15
# How cameras of this kind scatter; only the theory of false decisions asks for it.
SD_OFFSET, SD_GAIN = 1.2, 0.006

_PLANCK = PlanckBand()
_GRID = np.arange(-20.0, 420.0, 0.25)
_RADIANCE = np.array([_PLANCK.signal(float(celsius)) for celsius in _GRID])


def _radiance(celsius: float) -> float:
    return float(np.interp(celsius, _GRID, _RADIANCE))


def _temperature(radiance: float) -> float:
    return float(np.interp(radiance, _RADIANCE, _GRID))


@dataclass(frozen=True)
class Point:
    """One point of one run: what was injected, what was measured, and what was stated of it."""

    celsius: float
    true: float
    measured: float
    budget: Budget

    @property
    def held(self) -> bool:
        return abs(self.measured - self.true) <= self.budget.U

    @property
    def limits(self) -> Limits:
        return maximum_permissible_error(self.celsius)

    @property
    def process(self) -> NormalProcess:
        return NormalProcess(0.0, math.hypot(SD_OFFSET, SD_GAIN * (self.celsius - 50)))


def run(seed: int) -> Iterator[Point]:
    """A camera and a bench by chance, measured at every point."""
    chance = np.random.default_rng([seed, 144])
    offset, gain = chance.normal(0, SD_OFFSET), chance.normal(0, SD_GAIN)
    noise, memory = chance.uniform(0.05, 0.6), chance.uniform(0, 0.6)
    drift = chance.uniform(-PER_HOUR, PER_HOUR)
    emissivity, room = chance.normal(EMISSIVITY, U_EMISSIVITY), chance.normal(ROOM, U_ROOM)
    certificate = chance.normal(0, U_CERTIFICATE / 2) / math.sqrt(2)
    for number, celsius in enumerate(POINTS):
        hours = 0.2 * number
        stated = celsius + chance.normal(0, 0.02)  # the blackbody's display
        surface = stated + certificate + chance.normal(0, U_CERTIFICATE / 2) / math.sqrt(2)
        surface += chance.uniform(-WANDER, WANDER)
        radiance = emissivity * _radiance(surface) + (1 - emissivity) * _radiance(room)
        set_right = (radiance - (1 - EMISSIVITY) * _radiance(ROOM)) / EMISSIVITY
        true = offset + gain * (celsius - 50)
        shown = _temperature(set_right) + true + drift * hours + chance.uniform(-NUC, NUC)
        frames = np.round((shown + _remembering(chance, noise, memory)) / STEP) * STEP
        yield Point(celsius, true, float(frames.mean()) - stated, budget(celsius, frames, hours))


def _remembering(chance: np.random.Generator, noise: float, memory: float) -> Floats:
    """Noise of frames that resemble the ones before (first-order autoregression, standard deviation `noise`)."""
    steps = chance.normal(0, noise * math.sqrt(1 - memory**2), FRAMES)
    value, series = chance.normal(0, noise), []
    for step in steps:
        value = memory * value + float(step)
        series.append(value)
    return np.array(series)


def budget(celsius: float, frames: Floats, hours: float) -> Budget:
    components = [
        Component.normal("blackbody calibration", U_CERTIFICATE, 2),
        Component.standard(
            "emissivity",
            U_EMISSIVITY,
            unit="1",
            sensitivity=sensitivity_to_emissivity(LONGWAVE, celsius, emissivity=EMISSIVITY, reflected=ROOM),
        ),
        Component.standard(
            "reflected temperature",
            U_ROOM,
            sensitivity=sensitivity_to_reflected(LONGWAVE, celsius, emissivity=EMISSIVITY, reflected=ROOM),
        ),
        Component.rectangular("blackbody stability", WANDER),
        Component.standard("blackbody display", 0.02),
        Component.rectangular("drift of the camera", PER_HOUR * hours),
        Component.rectangular("correction of the camera", NUC),
        Component.resolution("resolution", STEP),
        Component.type_a("noise", summarize(frames, correlated=True)),
    ]
    return Budget.of(f"error at {celsius:g} degC", "K", components, probability=PROBABILITY)


def runs(seeds: int) -> list[Point]:
    return [point for seed in range(seeds) for point in run(seed)]


def coverage(points: Sequence[Point]) -> float:
    """The share of points whose stated interval holds the injected error."""
    return sum(point.held for point in points) / len(points)


@dataclass(frozen=True)
class Wrong:
    """How often a rule was wrong, and how often the theory of global risk says it should be; shares of all points.

    The scatter is that of the difference from run to run, as the points of one run share a camera and a bench.
    """

    accepted: float
    rejected: float
    accepted_by_theory: float
    rejected_by_theory: float
    scatter_accepted: float
    scatter_rejected: float


def wrong_decisions(points: Sequence[Point], rule: Rule) -> Wrong:
    rows = []
    for point in points:
        conforming = point.limits.hold(point.true)
        accepted = decide(point.measured, point.budget.U, point.limits, rule) is Decision.PASS
        acceptance = acceptance_limits(point.limits, rule, point.budget.U)
        theory = global_risk(point.process, point.budget.u_c, point.limits, acceptance)
        rows.append([accepted and not conforming, conforming and not accepted, theory.consumer, theory.producer])
    table = np.array(rows, dtype=np.float64)
    per_run = (table[:, :2] - table[:, 2:]).reshape(-1, len(POINTS), 2).mean(axis=1)
    scatter = per_run.std(axis=0, ddof=1) / math.sqrt(len(per_run))
    return Wrong(*map(float, table.mean(axis=0)), *map(float, scatter))


def main() -> None:
    seeds = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    points = runs(seeds)
    print(f"{seeds} runs of {len(POINTS)} points: the stated {PROBABILITY:.0%} interval holds the injected error in")
    print(f"  all points: {coverage(points):.1%}")
    for celsius in POINTS:
        print(f"  {celsius:g} degC: {coverage([p for p in points if p.celsius == celsius]):.1%}")
    rules: dict[str, Rule] = {"simple acceptance": SimpleAcceptance(), "guard band w = U": GuardBand()}
    for name, rule in rules.items():
        wrong = wrong_decisions(points, rule)
        print(
            f"{name}: wrongly accepted {wrong.accepted:.2%} (theory {wrong.accepted_by_theory:.2%}), "
            f"wrongly rejected {wrong.rejected:.2%} (theory {wrong.rejected_by_theory:.2%})"
        )


if __name__ == "__main__":
    main()
