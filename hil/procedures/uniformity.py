"""Whether the camera shows the same temperature everywhere: one source at nine places of the picture.

JJF 1187 calls it temperature consistency. The deviation at a place is the mean error there less that in the middle.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Final

from hil.metrology import Component
from hil.metrology.thermal_quality import uniformity
from hil.procedures.budgets import limits_of, within_groups
from hil.procedures.measuring import Measuring
from hil.procedures.preparation import correct
from hil.procedures.region import region_of
from hil.procedures.source import middle
from hil.procedures.stage import bring, grid_of, put_back, require_hands
from hil.procedures.view import look_at

__all__ = ["measure_uniformity"]

_FRAMES: Final = 10


async def measure_uniformity(measuring: Measuring) -> None:
    """State the largest deviation from the middle over 3 x 3 places, in K, and the scatter over all nine."""
    dut, bench = measuring.dut, measuring.bench
    require_hands(bench)
    view = await look_at(measuring, middle(bench))
    reference, home = view.reference, view.reference.geometry
    assert home is not None
    size = (view.region.width, view.region.height)
    places = grid_of(view.region, home)
    errors: list[list[float]] = []
    frames: dict[str, tuple[float, ...]] = {}
    try:
        for row in places:
            errors.append([])
            for x, y in row:
                stands = await bring(bench, reference, x, y, size)
                region = region_of(stands, dut.sizes, reference.name)
                there = await replace(view, region=region).assume(view.conditions)
                await correct(measuring)
                seen = await there.frames(there.objects(), _FRAMES)
                true = (await reference.read()).degc_true
                errors[-1].append(seen.mean - true)
                frames[f"x_{x:.0f}_y_{y:.0f}_520_degc"] = seen.values
    finally:
        await put_back(bench)
    found = uniformity(errors)
    pooled = within_groups(list(frames.values()))
    raw = view.file("uniformity", frames, errors_k=errors, places_px=[[list(place) for place in row] for row in places])
    calibration = reference.calibration
    stated = calibration.uniformity_k if calibration is not None else 0.0
    scatter = pooled.s / math.sqrt(_FRAMES)
    common = [
        *view.stability,
        Component.resolution("resolution", 0.01 * math.sqrt(2), source="command 520, twice"),
    ]
    if stated:
        # At each place the camera looks at the same spot of the target, but from another angle.
        common.append(Component.rectangular("uniformity of the target", stated, source="bench file"))
    degc = view.source.settled.set_point
    view.measured(
        f"largest deviation from the middle over 3 x 3 places at {degc:g} degC",
        found.worst,
        [Component.standard("noise", scatter * math.sqrt(2), dof=pooled.dof, source="frames of 520"), *common],
        limits=limits_of(measuring.accuracy.uniformity_k),
        raw=raw,
    )
    view.measured(
        f"scatter over 3 x 3 places at {degc:g} degC",
        found.s,
        [Component.standard("scatter of nine", found.s / 4, dof=8, source="s/sqrt(2(n-1))"), *common],
        raw=raw,
    )
