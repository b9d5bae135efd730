"""How long the camera takes to show 90 % of a step of temperature (t90).

A simulation puts the target before the camera at a known moment. At a real bench an operator takes a screen away, and
the step begins with the first reading that leaves the noise.
"""

from __future__ import annotations

import asyncio
import math
from typing import Final

import numpy as np

from conformance.rules.verdict import CaseInconclusive
from hil.metrology import Component, Limits
from hil.metrology.thermal_quality import response_time
from hil.procedures.measuring import Measuring
from hil.procedures.source import middle
from hil.procedures.stage import Stage, bring, prompt, put_back, require_hands
from hil.procedures.view import SettledView, look_at

__all__ = ["measure_response"]

_FRACTION: Final = 0.9
_WISHED_C: Final = 60.0
_BEFORE, _AFTER = 20, 100
_PAUSE_S: Final = 0.04
_OPERATOR_S: Final = 20.0
_NOISES: Final = 6.0
_LEAST_K: Final = 1.0


async def measure_response(measuring: Measuring) -> None:
    """State the time in s from a step of the source to 90 % of the change, by 520."""
    require_hands(measuring.bench)
    view = await look_at(measuring, middle(measuring.bench, _WISHED_C))
    if isinstance(measuring.clock, Stage):
        times, values, step_s = await _put_before(view)
    else:
        times, values, step_s = await _screen_away(view)
    try:
        found = response_time(times, values, step_s, fraction=_FRACTION)
    except ValueError as error:
        raise CaseInconclusive(f"no response time follows from these readings: {error}") from None
    raw = view.file("response", {"time_s": times, "path_520_degc": values}, step_s=step_s)
    limit = measuring.accuracy.response_s
    spacing = float(np.median(np.diff(times)))
    view.measured(
        f"t90 of a step of {found.change:.1f} K",
        found.seconds,
        [
            Component.standard("crossing between two readings", found.u, unit="s", source="time and noise"),
            Component.rectangular("beginning of the step", spacing / 2, unit="s", source="time between two readings"),
        ],
        unit="s",
        limits=None if limit is None else Limits(upper=limit),
        raw=raw,
    )


async def _put_before(view: SettledView) -> tuple[list[float], list[float], float]:
    """Move the target out of the measured square and back into it."""
    reference, home = view.reference, view.reference.geometry
    assert home is not None
    size = (view.region.width, view.region.height)
    away = (size[0] + 1 - home.x, size[1] + 1 - home.y)
    if max(abs(away[0] - home.x), abs(away[1] - home.y)) < 2 * home.radius_px + 2:
        corner = home.radius_px / 2
        away = (
            corner if home.x > size[0] / 2 else size[0] - corner,
            corner if home.y > size[1] / 2 else size[1] - corner,
        )
    try:
        await bring(view.bench, reference, *away, size)
        before = await view.frames(view.objects(), _BEFORE, _PAUSE_S)
        await bring(view.bench, reference, home.x, home.y, size)
        step_s = view.measuring.clock.monotonic()
        after = await view.frames(view.objects(), _AFTER, _PAUSE_S)
    finally:
        await put_back(view.bench)
    return [*before.times, *after.times], [*before.values, *after.values], step_s


async def _screen_away(view: SettledView) -> tuple[list[float], list[float], float]:
    """Let an operator take a screen away while the camera is read as fast as it answers."""
    name = view.reference.name
    await prompt(view.bench, f"Hold a screen of room temperature before the target of {name}, then confirm")
    waiting = asyncio.create_task(
        prompt(view.bench, f"Take the screen away from {name} in one quick move, and confirm afterwards")
    )
    clock, path = view.measuring.clock, view.objects()
    times, values = list[float](), list[float]()
    ends: float | None = None
    while ends is None or clock.monotonic() < ends:
        values.append(await path.read())
        times.append(clock.monotonic())
        if ends is None and waiting.done():
            ends = times[-1] + _OPERATOR_S
        await asyncio.sleep(0)
    await waiting
    quiet = np.array(values[:_BEFORE])
    threshold = max(_LEAST_K, _NOISES * float(quiet.std(ddof=1)))
    left = np.flatnonzero(np.abs(np.array(values) - quiet.mean()) > threshold)
    if not len(left) or left[0] < _BEFORE:
        raise CaseInconclusive("the readings show no step, or one before the screen was to be taken away")
    first = int(left[0])
    return times, values, math.nextafter(times[first - 1], math.inf)
