"""Noise in time (NETD) and the fixed pattern, each by itself, from the matrix of a source at two temperatures.

NETD (ASTM E1543, IEC TS 62492-2) is the standard deviation of each pixel over at least 100 frames of both sources,
divided by the responsivity. The standard deviation over the pixels of a mean frame is the fixed pattern, and is stated
under that name.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from conformance.rules.verdict import CaseInconclusive
from hil.bench import Bench
from hil.metrology import Component, Limits
from hil.metrology.statistics import uncertainty_of_standard_deviation
from hil.metrology.thermal_quality import Noise3d, netd, noise_3d, spatial_noise
from hil.procedures.measuring import Measuring
from hil.procedures.paths import Matrix, NotRepresentable
from hil.procedures.preparation import correct
from hil.procedures.source import reach
from hil.procedures.view import FRAME_PAUSE_S, SettledView, look_at

__all__ = ["FRAMES", "measure_noise"]

FRAMES: Final = 50
"""Frames at each of the two temperatures: a hundred in all."""
_MIDDLE_C, _STEP_K = 30.0, 8.0
_HUNDREDTH_K: Final = 0.01


@dataclass(frozen=True)
class _Level:
    view: SettledView
    frames: NDArray[np.float64]


async def measure_noise(measuring: Measuring) -> None:
    """State NETD and fixed pattern, both in K, at the temperatures nearest to 26 and 34 degC that the bench reaches."""
    cold_c, hot_c = _levels(measuring.bench)
    cold = await _level(measuring, cold_c)
    hot = await _level(measuring, hot_c)
    try:
        found = netd(cold.frames, hot.frames, cold.view.source.degc, hot.view.source.degc)
    except ValueError as error:
        raise CaseInconclusive(f"no NETD follows from these frames: {error}") from None
    parts = noise_3d(cold.frames)
    columns: dict[str, Sequence[float] | NDArray[np.float64]] = {
        "cold_degc": cold.frames,
        "hot_degc": hot.frames,
        "cold_reference_degc": cold.view.source.readings[1],
    }
    raw = hot.view.file(
        "noise", columns, true_cold_degc=cold.view.source.degc, noise_3d={**_plain(parts), "at_degc": cold_c}
    )
    accuracy = measuring.accuracy
    hot.view.measured(
        f"NETD at {cold_c:g} to {hot_c:g} degC",
        found.value,
        [
            # A camera that filters in time makes frames that resemble each other: they count as a fifth.
            Component.standard(
                "scatter of the noise",
                uncertainty_of_standard_deviation(found.noise, max(1.0, found.dof / 5)),
                sensitivity=found.sensitivity_to_noise,
                dof=max(1.0, found.dof / 5),
                source=f"{2 * FRAMES} frames",
            ),
            Component.standard(
                "step of the source",
                math.hypot(_u(cold.view), _u(hot.view)),
                sensitivity=found.sensitivity_to_step,
                source="both settled sources",
            ),
            Component.resolution("resolution", _HUNDREDTH_K, sensitivity=found.sensitivity_to_noise),
        ],
        limits=None if accuracy.netd_k is None else Limits(upper=accuracy.netd_k),
        raw=raw,
    )
    _state_pattern(cold, cold_c, raw)


def _state_pattern(level: _Level, degc: float, raw: str) -> None:
    pattern = spatial_noise(level.frames)
    pixels = level.frames.shape[1] * level.frames.shape[2]
    accuracy = level.view.measuring.accuracy
    calibration = level.view.reference.calibration
    components = [
        Component.standard(
            "scatter over the pixels",
            uncertainty_of_standard_deviation(pattern.observed, pixels - 1.0),
            dof=pixels - 1.0,
            source=f"{pixels} pixels",
        ),
        Component.resolution("resolution", _HUNDREDTH_K, source="command 530"),
    ]
    if calibration is not None and calibration.uniformity_k:
        components.append(
            Component.rectangular("uniformity of the target", calibration.uniformity_k, source="bench file")
        )
    level.view.measured(
        f"fixed pattern at {degc:g} degC",
        pattern.corrected,
        components,
        limits=None if accuracy.fpn_k is None else Limits(upper=accuracy.fpn_k),
        raw=raw,
    )


def _levels(bench: Bench) -> tuple[float, float]:
    spans = [reach(reference) for reference in bench.references()]
    wide = [(low, high) for low, high in spans if high - low >= _STEP_K]
    if not wide:
        raise CaseInconclusive(f"no reference of the bench can make a step of {_STEP_K:g} K")
    low, high = min(wide, key=lambda span: abs(min(max(_MIDDLE_C, span[0]), span[1]) - _MIDDLE_C))
    cold = min(max(_MIDDLE_C - _STEP_K / 2, low), high - _STEP_K)
    return cold, cold + _STEP_K


async def _level(measuring: Measuring, degc: float) -> _Level:
    view = await look_at(measuring, degc)
    await correct(measuring)
    matrix, frames = Matrix(measuring, view.region), []
    for _ in range(FRAMES):
        await measuring.clock.sleep(FRAME_PAUSE_S)
        try:
            await matrix.read()
        except NotRepresentable as error:
            raise CaseInconclusive(str(error)) from None
        frames.append(matrix.pixels)
    return _Level(view, np.stack(frames))


def _u(view: SettledView) -> float:
    return math.sqrt(sum(component.contribution**2 for component in view.source.settled.components))


def _plain(parts: Noise3d) -> dict[str, float]:
    return {name: float(getattr(parts, name)) for name in ("t", "v", "h", "tv", "th", "vh", "tvh")}
