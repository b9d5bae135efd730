"""The quality of a temperature image: noise in time and in space, uniformity, drift, repetition, speed.

Frames are arrays of temperatures (n, rows, columns) of the region a stable, uniform source fills; noise comes out in
their unit, K. Definitions: ISO 10878:2013 (NETD, drift), IEC TS 63144-1:2020, ASTM E1543 (NETD), ISO 5725-2
(repeatability, reproducibility).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hil.metrology.statistics import (
    Floats,
    checked,
    effective_count,
    fit_line,
    required_number,
    summarize,
    uncertainty_of_standard_deviation,
)

__all__ = [
    "Drift",
    "Netd",
    "Noise3d",
    "Repeatability",
    "Reproducibility",
    "ResponseTime",
    "SpatialNoise",
    "Uniformity",
    "drift",
    "netd",
    "noise_3d",
    "repeatability",
    "reproducibility",
    "response_time",
    "spatial_noise",
    "temporal_noise",
    "uniformity",
]


def _stack(frames: Floats, what: str = "frames") -> Floats:
    stack = checked(frames, what)
    if stack.ndim != 3:
        raise ValueError(f"{what}: an array (frames, rows, columns) is needed, not one of {stack.ndim} dimensions")
    if stack.shape[0] < 2:
        raise ValueError(f"{what}: {stack.shape[0]} given, noise in time needs at least 2")
    return stack


def temporal_noise(frames: Floats) -> float:
    """s_t in K: root mean square over the pixels of each pixel's standard deviation over at least 2 frames.

    The fixed pattern, which does not change in time, has no part in it. Raises ValueError for NaN and other shapes.
    """
    return math.sqrt(float(_stack(frames).var(axis=0, ddof=1).mean()))


@dataclass(frozen=True, slots=True)
class Netd:
    """Noise equivalent temperature difference in K, at the mean of the two source temperatures.

    `noise` is s_t in K of indication, with `u_noise` and `dof` as if pixels were independent; `responsivity` is
    K indicated per K of the source; `step` the difference of the sources in K.
    """

    value: float
    noise: float
    u_noise: float
    dof: float
    responsivity: float
    step: float

    @property
    def sensitivity_to_noise(self) -> float:
        """K of NETD per K of s_t."""
        return 1 / self.responsivity

    @property
    def sensitivity_to_step(self) -> float:
        """K of NETD per K by which the sources are further apart than stated."""
        return self.value / self.step


def netd(cold: Floats, hot: Floats, cold_c: float, hot_c: float) -> Netd:
    """s_t over the responsivity, from frames of a source at `cold_c` and at `hot_c` degC (5 to 10 K above; over 0).

    s_t is the root mean square of both series (ASTM E1543; IEC TS 62492-2). Raises ValueError for NaN, shapes that
    differ, sources in the wrong order, and a camera that does not indicate the hotter source as hotter.
    """
    low, high = _stack(cold, "frames of the cold source"), _stack(hot, "frames of the hot source")
    if low.shape[1:] != high.shape[1:]:
        raise ValueError(f"both series must show the same region: {low.shape[1:]} and {high.shape[1:]} pixels")
    step = required_number(hot_c, "hot source") - required_number(cold_c, "cold source")
    if step <= 0:
        raise ValueError(f"the hot source ({hot_c:g} degC) must be hotter than the cold one ({cold_c:g} degC)")
    responsivity = (float(high.mean()) - float(low.mean())) / step
    if responsivity <= 0:
        raise ValueError(f"the camera shows {responsivity * step:.3g} K for a step of {step:g} K; no NETD follows")
    noise = math.sqrt((temporal_noise(low) ** 2 + temporal_noise(high) ** 2) / 2)
    dof = float((low.shape[0] + high.shape[0] - 2) * low.shape[1] * low.shape[2])
    return Netd(noise / responsivity, noise, uncertainty_of_standard_deviation(noise, dof), dof, responsivity, step)


@dataclass(frozen=True, slots=True)
class SpatialNoise:
    """Fixed pattern in K: standard deviation over the pixels of the mean frame, as `observed`.

    `corrected` is without the part that noise in time leaves in the mean of so many frames; never below 0.
    """

    observed: float
    corrected: float


def spatial_noise(frames: Floats) -> SpatialNoise:
    """The fixed-pattern noise of at least 2 frames with at least 2 pixels; it is not the NETD.

    Raises ValueError for NaN and other shapes.
    """
    stack = _stack(frames)
    mean = checked(stack.mean(axis=0), "pixels", least=2)
    observed = float(mean.std(ddof=1))
    left = temporal_noise(stack) ** 2 / stack.shape[0]
    return SpatialNoise(observed, math.sqrt(max(0.0, observed**2 - left)))


@dataclass(frozen=True, slots=True)
class Noise3d:
    """Standard deviations in K of the seven parts of 3-D noise: t frames, v rows, h columns, and their combinations.

    `t` flicker of the whole image, `v` fixed rows, `h` fixed columns, `tv` rows and `th` columns that change,
    `vh` fixed pixels, `tvh` pixels that change.
    """

    t: float
    v: float
    h: float
    tv: float
    th: float
    vh: float
    tvh: float

    @property
    def temporal(self) -> float:
        """All parts that change in time."""
        return math.sqrt(self.t**2 + self.tv**2 + self.th**2 + self.tvh**2)

    @property
    def spatial(self) -> float:
        """All parts that do not change in time."""
        return math.sqrt(self.v**2 + self.h**2 + self.vh**2)


def noise_3d(frames: Floats) -> Noise3d:
    """The 3-D noise of at least 2 frames, rows and columns, by analysis of variance.

    The residue of finer parts is subtracted from the means of each part; a negative result counts as 0. Model of
    D'Agostino and Webb (1991). Raises ValueError for NaN and smaller arrays.
    """
    x = _stack(frames)
    n, rows, columns = x.shape
    if min(rows, columns) < 2:
        raise ValueError(f"3-D noise needs at least 2 rows and 2 columns, not {rows} x {columns}")
    mean = x.mean()
    t = x.mean(axis=(1, 2), keepdims=True) - mean
    v = x.mean(axis=(0, 2), keepdims=True) - mean
    h = x.mean(axis=(0, 1), keepdims=True) - mean
    tv = x.mean(axis=2, keepdims=True) - mean - t - v
    th = x.mean(axis=1, keepdims=True) - mean - t - h
    vh = x.mean(axis=0, keepdims=True) - mean - v - h
    tvh = x - mean - t - v - h - tv - th - vh

    def mean_square(part: Floats, repeats: int, dof: int) -> float:
        return repeats * float((part**2).sum()) / dof

    fine = mean_square(tvh, 1, (n - 1) * (rows - 1) * (columns - 1))
    ms_tv = mean_square(tv, columns, (n - 1) * (rows - 1))
    ms_th = mean_square(th, rows, (n - 1) * (columns - 1))
    ms_vh = mean_square(vh, n, (rows - 1) * (columns - 1))
    ms_t = mean_square(t, rows * columns, n - 1)
    ms_v = mean_square(v, n * columns, rows - 1)
    ms_h = mean_square(h, n * rows, columns - 1)

    def sd(variance: float) -> float:
        return math.sqrt(max(0.0, variance))

    return Noise3d(
        t=sd((ms_t - ms_tv - ms_th + fine) / (rows * columns)),
        v=sd((ms_v - ms_tv - ms_vh + fine) / (n * columns)),
        h=sd((ms_h - ms_th - ms_vh + fine) / (n * rows)),
        tv=sd((ms_tv - fine) / columns),
        th=sd((ms_th - fine) / rows),
        vh=sd((ms_vh - fine) / n),
        tvh=sd(fine),
    )


@dataclass(frozen=True, slots=True)
class Uniformity:
    """Readings over a grid of positions less that of the centre, in K.

    `worst` is the largest in amount, sign kept; `s` the standard deviation over all positions.
    """

    deviations: tuple[tuple[float, ...], ...]
    worst: float
    s: float


def uniformity(grid: Sequence[Sequence[float]] | Floats) -> Uniformity:
    """Uniformity over a grid of mean readings in degC with a centre: 3x3, or any other odd number of rows and columns.

    After JJF 1187 ("temperature consistency"). Raises ValueError for NaN, a single position and even numbers.
    """
    means = checked(np.asarray(grid, dtype=np.float64), "positions", least=2)
    if means.ndim != 2 or not all(side % 2 for side in means.shape):
        raise ValueError(f"a grid with a centre has an odd number of rows and columns, not the shape {means.shape}")
    away = means - means[means.shape[0] // 2, means.shape[1] // 2]
    worst = float(away.flat[int(np.abs(away).argmax())])
    return Uniformity(tuple(tuple(map(float, row)) for row in away), worst, float(means.std(ddof=1)))


@dataclass(frozen=True, slots=True)
class Drift:
    """A series at a constant source: `slope` and `u_slope` in K/h with `dof`, `span` (largest less smallest) in K.

    `s` in K is the scatter about the line; `hours` the length of the series.
    """

    slope: float
    u_slope: float
    dof: float
    span: float
    s: float
    hours: float


def drift(times_s: Sequence[float] | Floats, values: Sequence[float] | Floats) -> Drift:
    """Drift of at least 4 readings in degC, in the order of their times in seconds (ISO 10878; XF/T 635: 2 h).

    The uncertainty of the slope counts readings that follow each other too closely as fewer. Raises ValueError for
    fewer readings, lengths that differ, NaN and times that do not rise.
    """
    times = checked(times_s, "times", least=4).ravel()
    if (np.diff(times) <= 0).any():
        raise ValueError("the times of a drift series must rise")
    hours = (times - times[0]) / 3600
    readings = checked(values, "readings", least=4).ravel()
    line = fit_line(hours, readings)
    residual = readings - line.intercept - line.slope * hours
    effective = max(3.0, effective_count(residual))
    widened = line.u_slope * math.sqrt(line.dof / (effective - 2))
    return Drift(line.slope, widened, effective - 2, float(np.ptp(readings)), line.s, float(hours[-1]))


@dataclass(frozen=True, slots=True)
class Repeatability:
    """Scatter of repeated results: `s` with its uncertainty `u_s`, `u_mean` = s/sqrt(m), number `count`."""

    s: float
    u_s: float
    u_mean: float
    count: int


def repeatability(results: Sequence[float] | Floats) -> Repeatability:
    """Scatter of at least 2 results (10 for a statement) under the same conditions, each after a correction of its own.

    Raises ValueError for fewer results and NaN.
    """
    summary = summarize(results)
    return Repeatability(summary.s, uncertainty_of_standard_deviation(summary.s, summary.dof), summary.u, summary.count)


@dataclass(frozen=True, slots=True)
class Reproducibility:
    """Scatter within (`s_r`) and between (`s_l`) series, and of one result of any series: s_R = sqrt(s_r^2 + s_l^2)."""

    s_r: float
    s_l: float

    @property
    def s_R(self) -> float:  # noqa: N802 - the standard's own symbol
        """Reproducibility standard deviation (ISO 5725-2, 7.4)."""
        return math.hypot(self.s_r, self.s_l)


def reproducibility(series: Sequence[Sequence[float]]) -> Reproducibility:
    """Reproducibility from at least 2 series (days, set-ups, cameras) of at least 2 results each (ISO 5725-2, 7.4).

    Raises ValueError for fewer and for NaN.
    """
    if len(series) < 2:
        raise ValueError(f"reproducibility needs at least 2 series, not {len(series)}")
    summaries = [summarize(one) for one in series]
    counts = [summary.count for summary in summaries]
    total = sum(counts)
    within = sum(summary.s**2 * (summary.count - 1) for summary in summaries) / (total - len(series))
    mean = sum(summary.mean * summary.count for summary in summaries) / total
    between = sum(summary.count * (summary.mean - mean) ** 2 for summary in summaries) / (len(series) - 1)
    typical = (total - sum(count**2 for count in counts) / total) / (len(series) - 1)
    return Reproducibility(math.sqrt(within), math.sqrt(max(0.0, (between - within) / typical)))


@dataclass(frozen=True, slots=True)
class ResponseTime:
    """Seconds from a step of the source to `fraction` of the change of the reading, and its standard uncertainty.

    `change` in K is that from the level before the step to the final one.
    """

    seconds: float
    u: float
    fraction: float
    change: float


def response_time(
    times_s: Sequence[float] | Floats,
    values: Sequence[float] | Floats,
    step_s: float,
    *,
    fraction: float = 0.632,
    tail: float = 0.2,
) -> ResponseTime:
    """Response time from readings in degC around a step of the source at `step_s` (seconds, same clock).

    `fraction` (over 0 to under 1): 0.632 for a time constant, 0.9 for t90; `tail` (over 0 to 0.5) of the readings after
    the step give the final level. The crossing is interpolated; u combines half a frame time as a rectangle,
    T/sqrt(12), and the noise over the slope there. Raises ValueError for NaN, times that do not rise, fewer than 2
    readings before or 10 after the step, a change that noise hides, and readings that have not levelled out.
    """
    times, readings = checked(times_s, "times", least=12).ravel(), checked(values, "readings", least=12).ravel()
    if times.size != readings.size:
        raise ValueError(f"a time is needed for every reading: {times.size} and {readings.size} given")
    if (np.diff(times) <= 0).any():
        raise ValueError("the times of a response must rise")
    if not 0 < fraction < 1 or not 0 < tail <= 0.5:
        raise ValueError(f"fraction (0 to 1) and tail (0 to 0.5) are out of range: {fraction!r}, {tail!r}")
    first = int(np.searchsorted(times, required_number(step_s, "time of the step"), side="right"))
    after = times.size - first
    if first < 2 or after < 10:
        raise ValueError(f"{first} readings before and {after} after the step; at least 2 and 10 are needed")
    last = readings[-max(4, round(after * tail)) :]
    start, final = float(readings[:first].mean()), float(last.mean())
    noise = max(float(last.std(ddof=1)), float(readings[:first].std(ddof=1)))
    change = final - start
    if abs(change) <= 6 * noise or change == 0:
        raise ValueError(f"a change of {change:.3g} K cannot be distinguished from the noise of {noise:.3g} K")
    halves = float(last[last.size // 2 :].mean() - last[: last.size // 2].mean())
    if abs(halves) > 0.02 * abs(change) + 3 * noise * math.sqrt(4 / last.size):
        raise ValueError(f"the readings still move by {halves:.3g} K at the end; observe for longer")
    grown = (readings - start) / change
    index = first + int(np.argmax(grown[first:] >= fraction))
    rise, width = float(grown[index] - grown[index - 1]), float(times[index] - times[index - 1])
    share = min(1.0, max(0.0, (fraction - float(grown[index - 1])) / rise)) if rise > 0 else 1.0
    crossing = float(times[index - 1]) + share * width
    slope = abs(change) * rise / width if rise > 0 else math.inf
    u = math.hypot(width / math.sqrt(12), noise / slope)
    return ResponseTime(max(0.0, crossing - step_s), u, fraction, change)
