"""A bench file as values: instruments with their calibration and place, surroundings, wiring, limits."""

from __future__ import annotations

import datetime as dt
from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from hil.instruments.errors import Refused
from hil.instruments.roles import SetPointLimits

__all__ = [
    "Accuracy",
    "Ambient",
    "BenchFile",
    "Calibration",
    "CertifiedPoint",
    "Contact",
    "ErrorLimit",
    "Geometry",
    "Loopback",
    "Settling",
    "Station",
    "Wiring",
]


@dataclass(frozen=True, slots=True)
class CertifiedPoint:
    """One row of a certificate: at `degc` indicated, true minus indicated in K, with its expanded uncertainty `U`."""

    degc: float
    U: float
    correction_k: float = 0.0
    k: float = 2.0

    @property
    def u_k(self) -> float:
        """The standard uncertainty in K."""
        return self.U / self.k


@dataclass(frozen=True, slots=True)
class Calibration:
    """The certificate of a reference.

    `points` rise in temperature. `emissivity` is that of the target and `u_emissivity` its standard uncertainty.
    `drift_k`, `uniformity_k` and `stability_k` are half-widths in K of limits: drift since the calibration,
    non-uniformity over the target, wander within a measurement. `radiometric`: the reference was calibrated against
    radiation, so that its temperature includes the emissivity. `margin_k` is how far outside the points it may be used.
    """

    certificate: str
    laboratory: str
    date: dt.date
    due: dt.date
    points: tuple[CertifiedPoint, ...]
    emissivity: float = 1.0
    u_emissivity: float = 0.0
    drift_k: float = 0.0
    uniformity_k: float = 0.0
    stability_k: float = 0.0
    radiometric: bool = False
    margin_k: float = 1.0

    @property
    def low(self) -> float:
        """The lowest temperature in degC at which it may be used."""
        return self.points[0].degc - self.margin_k

    @property
    def high(self) -> float:
        """The highest temperature in degC at which it may be used."""
        return self.points[-1].degc + self.margin_k

    def at(self, degc: float) -> tuple[float, float]:
        """The correction (true minus indicated) and its standard uncertainty, both in K, at `degc` indicated.

        Between two points both are interpolated; within the margin the nearest point applies. Raises Refused beyond it.
        """
        if not self.low <= degc <= self.high:
            raise Refused(
                f"certificate {self.certificate} covers {self.points[0].degc:g}..{self.points[-1].degc:g} °C "
                f"(and {self.margin_k:g} K beyond), not {degc:g} °C"
            )
        place = bisect_left([point.degc for point in self.points], degc)
        below = self.points[max(place - 1, 0)]
        above = self.points[min(place, len(self.points) - 1)]
        if above.degc == below.degc or degc >= above.degc:
            return above.correction_k, above.u_k
        if degc <= below.degc:
            return below.correction_k, below.u_k
        share = (degc - below.degc) / (above.degc - below.degc)
        return (
            below.correction_k + share * (above.correction_k - below.correction_k),
            below.u_k + share * (above.u_k - below.u_k),
        )

    def is_due(self, today: dt.date) -> bool:
        """Whether its due date lies before `today`, so that it may no longer be used."""
        return self.due < today


@dataclass(frozen=True, slots=True)
class Geometry:
    """Where the target is.

    `distance_m` is its distance from the camera's front; `x`, `y` and `radius_px` are its centre and radius in pixels
    of the infrared picture, which are counted from 1 as in the camera's own coordinates.
    """

    distance_m: float
    x: float
    y: float
    radius_px: float


@dataclass(frozen=True, slots=True)
class Station:
    """An instrument of the bench: its `name` here, its `driver`, `url` and `options` (docs/reference/instruments.md).

    `limits` are the bench's own limits of the set point; those of the instrument apply too.
    """

    name: str
    driver: str
    url: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)
    calibration: Calibration | None = None
    geometry: Geometry | None = None
    limits: SetPointLimits | None = None


@dataclass(frozen=True, slots=True)
class Ambient:
    """The surroundings: air in degC and relative humidity in percent, each with its standard uncertainty, and the
    temperature in degC that the target reflects.
    """

    degc: float = 23.0
    u_degc: float = 1.0
    humidity: float = 50.0
    u_humidity: float = 10.0
    reflected_degc: float = 23.0


@dataclass(frozen=True, slots=True)
class Settling:
    """When a reference counts as settled.

    Over `window_s` seconds its readings, one every `period_s`, scatter by at most `sd_k` K, and their mean lies within
    `close_k` K of the set point. After `timeout_s` the wait is given up.
    """

    window_s: float = 900.0
    sd_k: float = 0.1
    close_k: float = 0.5
    timeout_s: float = 7200.0
    period_s: float = 15.0


@dataclass(frozen=True, slots=True)
class Contact:
    """A relay's contact, or an input: the number printed on the board, or the name of a modem line (cts, dsr, ri, cd).

    `inverted`: an input that is active at a low level, or a relay that is wired at its normally closed contact.
    """

    station: str
    channel: int | str
    inverted: bool = False

    def __str__(self) -> str:
        return f"{self.station} {self.channel}"


@dataclass(frozen=True, slots=True)
class Loopback:
    """A relay whose contact is wired to an input of the same bench; `bench check` verifies it."""

    relay: Contact
    input: Contact

    def __str__(self) -> str:
        return f"relay {self.relay} to input {self.input}"


@dataclass(frozen=True, slots=True)
class Wiring:
    """The wires: the relay `alarm_in` closes the camera's alarm input, the input `alarm_out` sees its alarm relay.

    `settle_s` is how long a contact takes to settle, in seconds, before its input is read.
    """

    alarm_in: Contact | None = None
    alarm_out: Contact | None = None
    loopbacks: tuple[Loopback, ...] = ()
    settle_s: float = 0.1


@dataclass(frozen=True, slots=True)
class ErrorLimit:
    """A maximum permissible error: the larger of `abs_k` K and `rel` x |degC|, for `low`..`high` degC (None: open)."""

    abs_k: float
    rel: float = 0.0
    low: float | None = None
    high: float | None = None

    def holds_at(self, degc: float) -> bool:
        """Whether this limit applies at `degc`."""
        return (self.low is None or degc >= self.low) and (self.high is None or degc <= self.high)

    def at(self, degc: float) -> float:
        """The largest error allowed at `degc`, in K."""
        return max(self.abs_k, self.rel * abs(degc))


@dataclass(frozen=True, slots=True)
class Accuracy:
    """What is expected of the camera, and how it is judged. Where a limit is None, the value is only reported.

    `errors`: the first whose range holds a temperature is its limit. `rule` is one of non-binary, guard-band, simple,
    report-only; `guard_factor` the guard band in units of U. `frames` per point, `points` per gear. Limits in K:
    `netd_k`, `fpn_k`, `uniformity_k` (half-width), `repeatability_k`, `drift_k`, `path_k` (521, 520, 530 and 1007
    among each other), `compensation_k`, `trip_k` (trip point from the threshold), `hysteresis_k`; `response_s` in s.
    """

    errors: tuple[ErrorLimit, ...] = ()
    rule: str = "non-binary"
    guard_factor: float = 1.0
    frames: int = 30
    points: int = 5
    netd_k: float | None = None
    fpn_k: float | None = None
    uniformity_k: float | None = None
    repeatability_k: float | None = None
    drift_k: float | None = None
    path_k: float | None = None
    compensation_k: float | None = None
    trip_k: float | None = None
    hysteresis_k: float | None = None
    response_s: float | None = None

    def error_limit(self, degc: float) -> ErrorLimit | None:
        """The maximum permissible error at `degc`; None where the file sets none."""
        return next((limit for limit in self.errors if limit.holds_at(degc)), None)


@dataclass(frozen=True, slots=True)
class BenchFile:
    """A bench file. `path` is empty where the text came from no file; `stations` are the instruments by name."""

    name: str
    path: str
    stations: Mapping[str, Station]
    ambient: Ambient = field(default_factory=Ambient)
    settling: Settling = field(default_factory=Settling)
    wiring: Wiring = field(default_factory=Wiring)
    accuracy: Accuracy = field(default_factory=Accuracy)


def rising(points: tuple[CertifiedPoint, ...]) -> bool:
    """Whether the points rise in temperature, each above the one before."""
    return all(before.degc < after.degc for before, after in pairwise(points))
