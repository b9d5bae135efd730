"""How constant the readings are: repetition over corrections (529), and drift at a source that does not move."""

from __future__ import annotations

from typing import Final

from hil.metrology import Component, Limits
from hil.metrology.thermal_quality import drift, repeatability
from hil.procedures.budgets import limits_of
from hil.procedures.measuring import Measuring
from hil.procedures.preparation import correct
from hil.procedures.source import middle
from hil.procedures.view import look_at

__all__ = ["DRIFT_S", "REPETITIONS", "measure_drift", "measure_repeatability"]

REPETITIONS: Final = 10
DRIFT_S: Final = 3600.0
"""An hour of the bench's time (IEC TS 63144-1: at least one)."""
_EVERY_S: Final = 10.0
_FRAMES: Final = 5


async def measure_repeatability(measuring: Measuring) -> None:
    """State the standard deviation in K of the error over ten corrections of the camera, each with readings of 520."""
    view = await look_at(measuring, middle(measuring.bench))
    path = view.objects()
    errors, shown, true = [], [], []
    for _ in range(REPETITIONS):
        await correct(measuring)
        frames = await view.frames(path, _FRAMES)
        reference = (await view.source.reference.read()).degc_true
        shown.append(frames.mean)
        true.append(reference)
        errors.append(shown[-1] - reference)
    found = repeatability(errors)
    raw = view.file("repeatability", {"path_520_degc": shown, "reference_true_degc": true})
    accuracy = measuring.accuracy
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


async def measure_drift(measuring: Measuring) -> None:
    """State the drift in K over an hour, and the span in K of the readings in it, by 520 every 10 s.

    The source's own readings are subtracted, so that its movement does not count.
    """
    view = await look_at(measuring, middle(measuring.bench))
    await correct(measuring)
    path, clock = view.objects(), measuring.clock
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
            *view.stability,
            step,
        ],
        limits=limits_of(measuring.accuracy.drift_k),
        raw=raw,
    )
    view.measured(
        f"span over {found.hours:.2g} h at {degc:g} degC",
        found.span,
        [Component.standard("scatter about the line", found.s, dof=max(1.0, found.dof)), *view.stability, step],
        raw=raw,
    )
