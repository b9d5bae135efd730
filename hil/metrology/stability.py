"""When a blackbody has settled: its own stable flag, statistics over a window, and the distance to the set point.

The window follows the instability of a radiator in ISO 10878:2013: standard deviation about the mean of readings taken
every 10 to 15 s during 15 to 20 minutes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from hil.metrology.statistics import required_number, summarize

__all__ = ["Stability", "StabilityGate", "TimedValue"]

_ROUNDING_S = 1e-6


@dataclass(frozen=True, slots=True)
class TimedValue:
    """One reading of a source: seconds on any steady clock, its value in degC, and its own verdict (None: it has none).

    Raises ValueError for NaN: an answer that is not a number is not a reading.
    """

    time_s: float
    celsius: float
    stable: bool | None = None

    def __post_init__(self) -> None:
        required_number(self.time_s, "time of a reading")
        required_number(self.celsius, "reading")


@dataclass(frozen=True, slots=True)
class Stability:
    """The judgement of the gate over the window; `reasons` are sentences that say why it is closed, none if it is open.

    `s` (K) is also the contribution "stability during the window" of a budget; None with fewer than 2 readings.
    """

    reasons: tuple[str, ...]
    count: int
    covered_s: float
    mean: float | None
    s: float | None

    @property
    def stable(self) -> bool:
        """Whether the gate is open."""
        return not self.reasons


@dataclass(frozen=True, slots=True)
class StabilityGate:
    """The conditions that must all hold before a point is measured.

    `limit_s` (K, over 0): standard deviation over the window; `closeness` (K, over 0): of the mean to the set point;
    `window_s` (s, over 0; ISO 10878: 900 to 1200); `interval_s` (s, over 0, at most the window): the longest time
    between two readings; `least` (2 or more) readings. Raises ValueError outside these ranges.
    """

    limit_s: float
    closeness: float
    window_s: float = 900.0
    interval_s: float = 15.0
    least: int = 10

    def __post_init__(self) -> None:
        for name in ("limit_s", "closeness", "window_s", "interval_s"):
            required_number(getattr(self, name), name, above=0)
        if self.interval_s > self.window_s:
            raise ValueError(f"readings {self.interval_s:g} s apart cannot fill a window of {self.window_s:g} s")
        if self.least < 2:
            raise ValueError(f"a standard deviation needs at least 2 readings, not {self.least}")

    def judge(self, readings: Sequence[TimedValue], set_point: float) -> Stability:
        """Whether the source is stable now, at its last reading; `set_point` in degC.

        Raises ValueError for no readings, readings that are not in the order of time, and a set point that is not a
        number.
        """
        required_number(set_point, "set point")
        if not readings:
            raise ValueError("stability: no readings given")
        times = [reading.time_s for reading in readings]
        if any(after <= before for before, after in pairwise(times)):
            raise ValueError("stability: the readings are not in the order of time, or two have the same time")
        start = times[-1] - self.window_s - _ROUNDING_S
        window = [reading for reading in readings if reading.time_s >= start]
        covered = window[-1].time_s - window[0].time_s
        reasons = []
        if window[-1].stable is False:
            reasons.append("the instrument does not report itself stable")
        if times[0] > start + 2 * _ROUNDING_S:
            reasons.append(f"the readings cover {covered:g} s, the window is {self.window_s:g} s")
        if len(window) < self.least:
            reasons.append(f"the window holds {len(window)} readings, {self.least} are needed")
        gaps = [after.time_s - before.time_s for before, after in pairwise(window)]
        if gaps and max(gaps) > self.interval_s + _ROUNDING_S:
            reasons.append(f"readings lie up to {max(gaps):g} s apart, {self.interval_s:g} s are allowed")
        if len(window) < 2:
            return Stability(tuple(reasons), len(window), covered, None, None)
        summary = summarize([reading.celsius for reading in window])
        if summary.s > self.limit_s:
            reasons.append(f"the standard deviation is {summary.s:.4g} K, {self.limit_s:g} K are allowed")
        away = abs(summary.mean - set_point)
        if away > self.closeness:
            reasons.append(
                f"the mean {summary.mean:.6g} degC lies {away:.4g} K from the set point {set_point:g} degC, "
                f"{self.closeness:g} K are allowed"
            )
        return Stability(tuple(reasons), len(window), covered, summary.mean, summary.s)
