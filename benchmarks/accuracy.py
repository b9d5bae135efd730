"""Whether the truth is recovered: `python benchmarks/accuracy.py [--seeds N] [--first N] [--path 520]`.

Each seed draws a truth that is in no bench file: offset, gain, drift and noise of the camera, the error of each
blackbody within its certificate, the true air and surroundings. The simulated camera and the emulated blackbodies get
these errors, and the error of the camera is measured with the procedure, the drivers and the sockets of
`thermoproof run hil`. Only afterwards is the result compared with the truth: how often the stated interval holds it,
and how often a decision is wrong. docs/topics/metrology.md has the figures of a long run.
"""

from __future__ import annotations

import argparse
import asyncio
import math
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from conformance.catalogue import Safety, load
from conformance.dut.clock import VirtualClock
from conformance.dut.device import Device
from conformance.dut.session import RunSession
from conformance.dut.target import Target
from conformance.rules.case import Case
from conformance.rules.judgement import Judgement
from fixtures.profiles import load_profile
from fixtures.run.embedded import EmbeddedCamera
from fixtures.run.simulated_bench import StimulatedCamera
from hil.bench import Bench, BenchFile, Wiring
from hil.bench.file import load_bench
from hil.metrology import Budget, Decision, GuardBand, Limits, Rule, SimpleAcceptance, decide
from hil.metrology.decision import acceptance_limits
from hil.metrology.risk import NormalProcess, global_risk
from hil.procedures.gears import Place, gear_at
from hil.procedures.measuring import Measuring
from hil.procedures.source import reference_at
from hil.procedures.temperature_error import measure_error
from hil.twin import SIM, Truth, Twin

POINTS = (0.0, 50.0, 100.0, 200.0, 350.0)
FRAMES = 12
_DRAWS = 2000


@dataclass(frozen=True)
class Point:
    """One point of one seed, in degC and K: what was injected, what was measured and stated."""

    seed: int
    degc: float
    true: float
    measured: float
    budget: Budget
    limits: Limits
    hours: float

    @property
    def held(self) -> bool:
        """Whether the stated interval holds the injected error."""
        return abs(self.measured - self.true) <= self.budget.U


@cache
def process(degc: float, hours: float) -> NormalProcess:
    """The scatter of the injected errors from seed to seed, at `degc` and `hours` after the start."""
    file = bench_file()
    errors = [Truth.draw(seed, file).camera.at(degc, hours) for seed in range(_DRAWS)]
    return NormalProcess(0.0, float(np.std(errors)))


@dataclass(frozen=True)
class _Time:
    """The time of the twin. While it passes, the session sends the heartbeats that it needs."""

    clock: VirtualClock
    twin: Twin

    async def sleep(self, seconds: float) -> None:
        await self.clock.sleep(seconds)

    def monotonic(self) -> float:
        return self.twin.monotonic()


@asynccontextmanager
async def camera(folder: Path) -> AsyncIterator[RunSession]:
    """A simulated camera in a process of its own, and a session with it."""
    catalogue = load()
    embedded = EmbeddedCamera(seed=0)
    try:
        ready = embedded.ready
        target = Target(
            ready["host"], ready["control_port"], ready["http_port"], ready["stimulus_port"], simulated=True
        )
        profile = load_profile(catalogue, "simulated", []).with_parameters(public_key=ready["public_key"])
        session = RunSession.of(catalogue, profile, target, folder, Safety.DESTRUCTIVE)
        await session.open()
        try:
            yield session
        finally:
            await session.close()
    finally:
        embedded.stop()


def bench_file() -> BenchFile:
    """The simulated bench with only its blackbodies, and fewer frames per point."""
    whole = load_bench(SIM)
    stations = {name: station for name, station in whole.stations.items() if station.calibration is not None}
    return replace(whole, stations=stations, wiring=Wiring(), accuracy=replace(whole.accuracy, frames=FRAMES))


async def measure(session: RunSession, seed: int, path: str, points: Sequence[float] = POINTS) -> list[Point]:
    """Measure the error of the camera at every point, with the errors that `seed` gives it and the bench."""
    assert session.stimulus is not None
    assert isinstance(session.clock, VirtualClock)
    file = bench_file()
    truth = Truth.draw(seed, file)
    twin = Twin(StimulatedCamera(session.stimulus), file, truth=truth, seed=seed)
    await twin.start()
    session.clock.advance = twin.sleep
    bench = Bench(twin.file, _Time(session.clock, twin), simulated=True)
    found = []
    try:
        async with bench:
            for degc in points:
                dut = _device(session, seed, degc)
                await measure_error(Measuring(dut, bench), Place(gear_at(dut, degc), degc, True), path)
                stated = next(each for each in dut.judgement.measurements if each.name.startswith("error"))
                row = stated.as_record()
                hours = twin.monotonic() / 3600
                true = truth.camera.at(twin.true_degc(reference_at(bench, degc).name), hours)
                limits = Limits(row["limits"]["lower"], row["limits"]["upper"])
                budget = Budget.from_dict(row["budget"])
                found.append(Point(seed, degc, true, row["value"], budget, limits, round(hours, 1)))
    finally:
        await twin.stop()
    return found


def _device(session: RunSession, seed: int, degc: float) -> Device:
    case = Case(f"HIL/truth/{seed}/{degc:g}", "", requirement="HIL/error", clause="HIL.error")
    device = Device(session, case, Judgement(case=case.id))
    assert session.control is not None
    device.begin(session.control)
    return device


def coverage(points: Sequence[Point]) -> float:
    """The share of points whose stated interval holds the injected error."""
    return sum(point.held for point in points) / len(points)


@dataclass(frozen=True)
class Wrong:
    """Shares of the points that were wrongly accepted and rejected, the same by the theory of global risk, and the
    scatter of the difference from seed to seed.
    """

    accepted: float
    rejected: float
    accepted_by_theory: float
    rejected_by_theory: float
    scatter_accepted: float
    scatter_rejected: float


def wrong_decisions(points: Sequence[Point], rule: Rule) -> Wrong:
    """How often `rule` decided wrongly, and how often it should by theory."""
    rows = []
    for point in points:
        conforming = point.limits.hold(point.true)
        accepted = decide(point.measured, point.budget.U, point.limits, rule) is Decision.PASS
        acceptance = acceptance_limits(point.limits, rule, point.budget.U)
        theory = global_risk(process(point.degc, point.hours), point.budget.u_c, point.limits, acceptance)
        rows.append([accepted and not conforming, conforming and not accepted, theory.consumer, theory.producer])
    table = np.array(rows, dtype=np.float64)
    seeds = np.array([point.seed for point in points])
    differences = table[:, :2] - table[:, 2:]
    by_seed = np.array([differences[seeds == seed].mean(axis=0) for seed in np.unique(seeds)])
    scatter = by_seed.std(axis=0, ddof=1) / math.sqrt(len(by_seed)) if len(by_seed) > 1 else np.zeros(2)
    return Wrong(*map(float, table.mean(axis=0)), *map(float, scatter))


def figures_text(points: Sequence[Point], path: str, seconds: float) -> str:
    """The figures for people."""
    seeds = len({point.seed for point in points})
    lines = [f"{seeds} seeds, {len(points)} points by {path}, through drivers and sockets, in {seconds:.0f} s"]
    lines.append(f"the stated interval (95.45 %) holds the injected error in {coverage(points):.1%} of the points")
    for degc in sorted({point.degc for point in points}):
        here = [point for point in points if point.degc == degc]
        spread = np.array([(point.measured - point.true) / point.budget.u_c for point in here])
        u = float(np.mean([point.budget.U for point in here]))
        lines.append(
            f"  {degc:g} degC: {coverage(here):.1%}; U = {u:.2f} K; "
            f"(measured - true)/u: mean {spread.mean():+.2f}, s {spread.std(ddof=1) if len(here) > 1 else 0:.2f}"
        )
    rules: dict[str, Rule] = {"simple acceptance": SimpleAcceptance(), "guard band w = U": GuardBand()}
    for name, rule in rules.items():
        wrong = wrong_decisions(points, rule)
        lines.append(
            f"{name}: wrongly accepted {wrong.accepted:.2%} (theory {wrong.accepted_by_theory:.2%}, "
            f"scatter {wrong.scatter_accepted:.2%}), wrongly rejected {wrong.rejected:.2%} "
            f"(theory {wrong.rejected_by_theory:.2%}, scatter {wrong.scatter_rejected:.2%})"
        )
    return "\n".join(lines)


async def run(seeds: Sequence[int], path: str, *, progress: Any = None) -> list[Point]:
    """Measure with every seed, one after the other on one camera."""
    points: list[Point] = []
    with tempfile.TemporaryDirectory(prefix="thermoproof-accuracy-") as folder:
        async with camera(Path(folder)) as session:
            # Command 530 has signed 16 bits, which hold at most 327.67 degC (R77).
            temperatures = [degc for degc in POINTS if path != "530" or degc <= 300]
            for seed in seeds:
                points += await measure(session, seed, path, temperatures)
                if progress is not None:
                    progress(seed, points)
    return points


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=20, metavar="N", help="how many (default 20)")
    parser.add_argument("--first", type=int, default=1, metavar="N", help="the first of them (default 1)")
    parser.add_argument("--path", choices=("520", "521", "530", "1007"), default="520", help="default 520")
    options = parser.parse_args()
    began = time.monotonic()

    def progress(seed: int, points: Sequence[Point]) -> None:
        if seed % 10 == 0:
            print(f"  ... seed {seed}: {coverage(points):.1%} so far, {time.monotonic() - began:.0f} s", flush=True)

    seeds = range(options.first, options.first + options.seeds)
    points = asyncio.run(run(seeds, options.path, progress=progress))
    print(figures_text(points, options.path, time.monotonic() - began))


if __name__ == "__main__":
    main()
