"""What stays and what does not: repetition over corrections (529), and drift at a source that stands still."""

from __future__ import annotations

from typing import Final

from conformance.dut.device import Device
from hil.bench import Bench
from hil.metrology import Component, Limits
from hil.metrology.thermal_quality import drift, repeatability
from hil.procedures.budgets import limits_of
from hil.procedures.preparation import correct
from hil.procedures.source import clamped, nearest_reference, reach
from hil.procedures.view import look_at

__all__ = ["DRIFT_S", "REPETITIONS", "measure_drift", "measure_repeatability", "middle"]

REPETITIONS: Final = 10
DRIFT_S: Final = 3600.0
"""An hour of the bench's time (IEC TS 63144-1: at least one)."""
_EVERY_S: Final = 10.0
_FRAMES: Final = 5
_WISHED_C: Final = 50.0
_STEP_K: Final = 0.01


def middle(bench: Bench, wished: float = _WISHED_C) -> float:
    """The temperature nearest to `wished` degC that a reference reaches."""
    return clamped(wished, *reach(nearest_reference(bench, wished)))


async def measure_repeatability(dut: Device, bench: Bench) -> None:
    """State the standard deviation in K of the error over ten corrections of the camera, each with readings of 520."""
    view = await look_at(dut, bench, middle(bench))
    path = view.objects()
    errors, shown, true = [], [], []
    for _ in range(REPETITIONS):
        await correct(dut, bench.clock)
        frames = await view.frames(path, _FRAMES)
        reference = (await view.source.reference.read()).degc_true
        shown.append(sum(frames.values) / len(frames.values))
        true.append(reference)
        errors.append(shown[-1] - reference)
    found = repeatability(errors)
    raw = view.file("repeatability", {"path_520_degc": shown, "reference_true_degc": true})
    accuracy = bench.file.accuracy
    view.measured(
        f"repeatability over {REPETITIONS} corrections at {view.source.settled.set_point:g} degC",
        found.s,
        [
            Component.standard("scatter", found.u_s, dof=found.count - 1.0, source=f"{found.count} corrections"),
            Component.resolution("resolution", path.step_k, source="command 520"),
        ],
        limits=None if accuracy.repeatability_k is None else Limits(upper=accuracy.repeatability_k),
        raw=raw,
    )


async def measure_drift(dut: Device, bench: Bench) -> None:
    """State the drift in K over an hour, and the span in K of the readings in it, by 520 every 10 s.

    What the source moves meanwhile is taken off by its own readings.
    """
    view = await look_at(dut, bench, middle(bench))
    await correct(dut, bench.clock)
    path, clock = view.objects(), bench.clock
    began = clock.monotonic()
    times, shown, true = [], [], []
    while (now := clock.monotonic() - began) <= DRIFT_S:
        shown.append(await path.read())
        true.append((await view.source.reference.read()).degc_true)
        times.append(now)
        await clock.sleep(_EVERY_S)
    errors = [one - other for one, other in zip(shown, true, strict=True)]
    found = drift(times, errors)
    raw = view.file("drift", {"time_s": times, "path_520_degc": shown, "reference_true_degc": true})
    stability = [each for each in view.source.settled.components if each.name.endswith("stability")]
    step = Component.resolution("resolution", path.step_k, source="command 520")
    degc = view.source.settled.set_point
    view.measured(
        f"drift over {found.hours:.2g} h at {degc:g} degC",
        found.slope * found.hours,
        [
            Component.standard(
                "slope",
                found.u_slope,
                unit="K/h",
                sensitivity=found.hours,
                dof=max(1.0, found.dof),
                source=f"line through {len(times)} readings",
            ),
            *stability,
            step,
        ],
        limits=limits_of(bench.file.accuracy.drift_k),
        raw=raw,
    )
    view.measured(
        f"span over {found.hours:.2g} h at {degc:g} degC",
        found.span,
        [Component.standard("scatter about the line", found.s, dof=max(1.0, found.dof)), *stability, step],
        raw=raw,
    )
