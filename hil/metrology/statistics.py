"""Estimates from readings: means and their uncertainty, correlation, lines (JCGM 100:2008, 4.2, H.2, H.3)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "Floats",
    "LineFit",
    "Summary",
    "checked",
    "correlation",
    "effective_count",
    "fit_line",
    "required_number",
    "summarize",
    "uncertainty_of_standard_deviation",
]

Floats = NDArray[np.float64]


def checked(values: Sequence[float] | Floats, what: str, *, least: int = 1) -> Floats:
    """The values as an array of floats.

    `what` names them in the error, `least` is how many are needed.
    Raises ValueError if there are fewer, or if one of them is not a finite number.
    """
    array = np.asarray(values, dtype=np.float64)
    if array.size < least:
        raise ValueError(f"{what}: {array.size} given, at least {least} needed")
    if not np.isfinite(array).all():
        raise ValueError(f"{what}: {int((~np.isfinite(array)).sum())} of {array.size} are not finite numbers")
    return array


def required_number(value: float, what: str, *, least: float = -math.inf, above: float = -math.inf) -> float:
    """`value` as a float; raises ValueError if it is not finite, below `least`, or not above `above`."""
    number = float(value)
    if not math.isfinite(number):
        raise ValueError(f"{what} must be a finite number, not {value!r}")
    if number < least:
        raise ValueError(f"{what} must be at least {least:g}, not {number:g}")
    if number <= above:
        raise ValueError(f"{what} must be over {above:g}, not {number:g}")
    return number


@dataclass(frozen=True, slots=True)
class Summary:
    """Repeated readings of one quantity: their mean, experimental standard deviation and number, in the readings' unit.

    `effective_count` (2 to `count`) is the number of independent readings that would say as much.
    """

    mean: float
    s: float
    count: int
    effective_count: float

    @property
    def u(self) -> float:
        """Standard uncertainty of the mean, s/sqrt(n) (JCGM 100, 4.2.3)."""
        return self.s / math.sqrt(self.effective_count)

    @property
    def dof(self) -> float:
        """Degrees of freedom, n - 1 (JCGM 100, 4.2.6)."""
        return self.effective_count - 1


def summarize(values: Sequence[float] | Floats, *, correlated: bool = False) -> Summary:
    """Type A evaluation of at least 2 readings, in their order in time (JCGM 100, 4.2).

    With `correlated`, n is replaced by `effective_count`: frames a few milliseconds apart are not independent.
    Raises ValueError for fewer than 2 readings (4 if correlated) and NaN.
    """
    readings = checked(values, "readings", least=2).ravel()
    effective = effective_count(readings) if correlated else float(readings.size)
    return Summary(float(readings.mean()), float(readings.std(ddof=1)), readings.size, effective)


def effective_count(values: Sequence[float] | Floats) -> float:
    """The number of independent readings that would determine the mean as well as these do, in their order in time.

    n / (1 + 2 sum (1 - k/n) rho_k) over the lags up to which neighbouring pairs of autocorrelations stay positive
    (Geyer's initial positive sequence); between 2 and n. Needs at least 4 readings; constant readings count in full.
    Raises ValueError for fewer readings and NaN.
    """
    readings = checked(values, "readings", least=4).ravel()
    count = readings.size
    residual = readings - readings.mean()
    power = float(residual @ residual)
    if power <= count * (1e-12 * max(1.0, abs(float(readings.mean())))) ** 2:
        return float(count)

    def rho(lag: int) -> float:
        return float(residual[: count - lag] @ residual[lag:]) / power

    inflation = -1.0  # 2 * rho_0 of the first pair comes out as 2, of which the formula holds 1
    for even in range(0, count - 1, 2):
        pair = rho(even) + rho(even + 1)
        if pair <= 0:
            break
        inflation += 2 * pair
    return float(min(count, max(2.0, count / max(inflation, 1.0))))


def correlation(first: Sequence[float] | Floats, second: Sequence[float] | Floats) -> float:
    """Correlation coefficient (-1 to 1) of two series observed together, and of their means (JCGM 100, 5.2.3, H.2).

    Raises ValueError for series of different lengths or fewer than 3 readings, NaN, and a series that does not vary.
    """
    a, b = checked(first, "first series", least=3).ravel(), checked(second, "second series", least=3).ravel()
    if a.size != b.size:
        raise ValueError(f"the series were not observed together: {a.size} and {b.size} readings")
    da, db = a - a.mean(), b - b.mean()
    scale = math.sqrt(float(da @ da) * float(db @ db))
    if scale == 0:
        raise ValueError("a series that does not vary has no correlation")
    return max(-1.0, min(1.0, float(da @ db) / scale))


@dataclass(frozen=True, slots=True)
class LineFit:
    """y = intercept + slope (x - origin), by ordinary least squares; `r` correlates intercept and slope.

    `s` is the standard deviation of the residuals, with `dof` = n - 2 degrees of freedom.
    """

    intercept: float
    slope: float
    u_intercept: float
    u_slope: float
    r: float
    s: float
    dof: int
    origin: float

    def at(self, x: float) -> tuple[float, float]:
        """The line's value at `x` and the standard uncertainty of it (JCGM 100, H.3.4)."""
        distance = required_number(x, "x") - self.origin
        variance = (
            self.u_intercept**2
            + (distance * self.u_slope) ** 2
            + 2 * distance * self.r * self.u_intercept * self.u_slope
        )
        return self.intercept + self.slope * distance, math.sqrt(max(0.0, variance))


def fit_line(x: Sequence[float] | Floats, y: Sequence[float] | Floats, *, origin: float = 0.0) -> LineFit:
    """The least-squares line through at least 3 points, with u and correlation of its parameters (JCGM 100, H.3).

    `origin` is the x at which the intercept is taken. Raises ValueError for fewer points, series of different
    lengths, NaN, and points that all have one x.
    """
    xs, ys = checked(x, "x", least=3).ravel(), checked(y, "y", least=3).ravel()
    required_number(origin, "origin")
    if xs.size != ys.size:
        raise ValueError(f"a line needs a y for every x: {xs.size} and {ys.size} given")
    count = xs.size
    # About the mean of x the two parameters are uncorrelated, which keeps large x (seconds, degrees) exact.
    mean_x, mean_y = float(xs.mean()), float(ys.mean())
    dx = xs - mean_x
    spread = float(dx @ dx)
    if spread == 0:
        raise ValueError("all points have the same x; no slope can be found")
    slope = float(dx @ (ys - mean_y)) / spread
    residual = ys - mean_y - slope * dx
    dof = count - 2
    s = math.sqrt(float(residual @ residual) / dof)
    shift = origin - mean_x
    u_slope = s / math.sqrt(spread)
    u_intercept = s * math.sqrt(1 / count + shift**2 / spread)
    r = (shift / spread) / math.sqrt((1 / count + shift**2 / spread) / spread)
    return LineFit(mean_y + slope * shift, slope, u_intercept, u_slope, r, s, dof, float(origin))


def uncertainty_of_standard_deviation(s: float, dof: float) -> float:
    """Standard uncertainty of an experimental standard deviation `s`, in its unit: s/sqrt(2 dof) (JCGM 100, E.4.3).

    Raises ValueError for a negative or NaN `s` and fewer than 1 degree of freedom.
    """
    return required_number(s, "standard deviation", least=0) / math.sqrt(
        2 * required_number(dof, "degrees of freedom", least=1)
    )
