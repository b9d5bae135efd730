"""Temperatures and radiance signals, and the effect of a surface and of the way to the camera on them.

A response curve turns degC into a signal and back. Use `SakumaHattori` for a camera whose curve is unknown (its band is
enough), and `CameraCurve` for a camera that states its five constants. The rest applies to either curve: the
measurement equation, its inverse, and the effect in kelvin of an error of one of its inputs. All temperatures are in
degC.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from hil.metrology.statistics import required_number

__all__ = [
    "C2_UM_K",
    "LONGWAVE",
    "ZERO_C",
    "CameraCurve",
    "Layer",
    "ResponseCurve",
    "SakumaHattori",
    "apparent_temperature",
    "effective_emissivity",
    "object_temperature",
    "received",
    "sensitivity_to_emissivity",
    "sensitivity_to_reflected",
    "sensitivity_to_transmission",
    "sensitivity_to_wavelength",
    "signal_at_source",
]

C2_UM_K: Final = 14387.76878
"""Second radiation constant, um K (CODATA 2018)."""

ZERO_C: Final = 273.15
_COLDEST_C: Final = -200.0
_HOTTEST_C: Final = 3500.0


class ResponseCurve(Protocol):
    """The signal of a detector as a function of a blackbody's temperature; it rises with the temperature."""

    def signal(self, celsius: float) -> float:
        """The signal of a blackbody at `celsius`, in the curve's own unit."""
        ...

    def slope(self, celsius: float) -> float:
        """The rise of the signal per kelvin."""
        ...

    def temperature(self, signal: float) -> float:
        """The temperature in degC of the blackbody with that signal."""
        ...


def _kelvin(celsius: float, what: str = "temperature") -> float:
    value = required_number(celsius, what)
    if not _COLDEST_C <= value <= _HOTTEST_C:
        raise ValueError(f"{what} must lie between {_COLDEST_C:g} and {_HOTTEST_C:g} degC, not {value:g}")
    return value + ZERO_C


@dataclass(frozen=True, slots=True)
class SakumaHattori:
    """Sakuma-Hattori in Planckian form, S = 1/(exp(c2/(A T + B)) - 1), of a band (BIPM CCT-WG5; ASTM E2847).

    `centre_um` 0.5 to 30, `width_um` over 0 and under the centre. The constant C of the literature cancels in every
    temperature and ratio, and is 1 here. Raises ValueError outside these ranges.
    """

    centre_um: float = 11.0
    width_um: float = 6.0

    def __post_init__(self) -> None:
        if not 0.5 <= self.centre_um <= 30:
            raise ValueError(f"the centre of the band must lie between 0.5 and 30 um, not {self.centre_um!r}")
        if not 0 < self.width_um < self.centre_um:
            raise ValueError(f"the band must be over 0 and under {self.centre_um:g} um wide, not {self.width_um!r}")

    @property
    def a(self) -> float:
        """A in um: 9.3636 for 8-14 um."""
        return self.centre_um * (1 - self.width_um**2 / (2 * self.centre_um**2))

    @property
    def b(self) -> float:
        """B in um K: 178.36 for 8-14 um."""
        return C2_UM_K * self.width_um**2 / (24 * self.centre_um**2)

    def signal(self, celsius: float) -> float:
        """Relative signal of a blackbody at -200 to 3500 degC."""
        return 1 / math.expm1(C2_UM_K / (self.a * _kelvin(celsius) + self.b))

    def slope(self, celsius: float) -> float:
        """Relative signal per kelvin at -200 to 3500 degC."""
        reach = self.a * _kelvin(celsius) + self.b
        s = self.signal(celsius)
        return s * (s + 1) * self.a * C2_UM_K / reach**2

    def temperature(self, signal: float) -> float:
        """The temperature in degC of the blackbody with that relative signal; ValueError where no blackbody has it."""
        required_number(signal, "signal", above=0)
        celsius = (C2_UM_K / math.log1p(1 / signal) - self.b) / self.a - ZERO_C
        if celsius <= -ZERO_C:
            raise ValueError(f"a signal of {signal:g} lies below that of any temperature")
        return celsius

    def slope_by_wavelength(self, celsius: float) -> float:
        """Relative signal per micrometre that the band's centre shifts, its width kept."""
        kelvin = _kelvin(celsius)
        reach = self.a * kelvin + self.b
        da = 1 + self.width_um**2 / (2 * self.centre_um**2)
        db = -C2_UM_K * self.width_um**2 / (12 * self.centre_um**3)
        s = self.signal(celsius)
        return s * (s + 1) * C2_UM_K / reach**2 * (kelvin * da + db)


LONGWAVE: Final = SakumaHattori(11.0, 6.0)
"""8-14 um: A = 9.363636 um, B = 178.3608 um K."""


@dataclass(frozen=True, slots=True)
class CameraCurve:
    """The curve many cameras state as five constants: S = r1/(r2 (exp(b/T) - f)) - o, T in kelvin.

    `r1`, `r2`, `b` (K) over 0, `f` 0.5 to 2, `o` in counts. Raises ValueError outside these ranges.
    """

    r1: float
    r2: float
    b: float
    f: float = 1.0
    o: float = 0.0

    def __post_init__(self) -> None:
        for name in ("r1", "r2", "b"):
            required_number(getattr(self, name), name, above=0)
        required_number(self.o, "o")
        if not 0.5 <= self.f <= 2:
            raise ValueError(f"f must lie between 0.5 and 2, not {self.f!r}")

    def signal(self, celsius: float) -> float:
        """Counts of a blackbody at -200 to 3500 degC."""
        return self.r1 / (self.r2 * (math.exp(self.b / _kelvin(celsius)) - self.f)) - self.o

    def slope(self, celsius: float) -> float:
        """Counts per kelvin at -200 to 3500 degC."""
        kelvin = _kelvin(celsius)
        grown = math.exp(self.b / kelvin)
        return self.r1 * self.b * grown / (self.r2 * (grown - self.f) ** 2 * kelvin**2)

    def temperature(self, signal: float) -> float:
        """The temperature in degC of the blackbody with these counts; ValueError for counts below every temperature."""
        above = required_number(signal, "signal") + self.o
        if above <= 0:
            raise ValueError(f"a signal of {signal:g} lies below that of any temperature")
        return self.b / math.log(self.r1 / (self.r2 * above) + self.f) - ZERO_C


@dataclass(frozen=True, slots=True)
class Layer:
    """Air or a window on the way: it lets `transmission` (over 0 to 1) through and emits the rest at `celsius`."""

    transmission: float
    celsius: float

    def __post_init__(self) -> None:
        _share(self.transmission, "transmission")
        _kelvin(self.celsius, "temperature of a layer")


def received(
    curve: ResponseCurve,
    celsius: float,
    *,
    emissivity: float = 1.0,
    reflected: float = 23.0,
    layers: Sequence[Layer] = (),
) -> float:
    """Signal of a grey surface at `celsius` behind `layers` (the nearest to the surface first).

    Measurement equation: each layer passes tau S and adds (1 - tau) S(its temperature); the surface itself gives
    eps S(T) + (1 - eps) S(reflected). `emissivity` over 0 to 1, `reflected` in degC. Raises ValueError otherwise.
    """
    share = _share(emissivity, "emissivity")
    signal = share * curve.signal(celsius) + (1 - share) * curve.signal(reflected)
    for layer in layers:
        signal = layer.transmission * signal + (1 - layer.transmission) * curve.signal(layer.celsius)
    return signal


def signal_at_source(
    curve: ResponseCurve,
    signal: float,
    *,
    emissivity: float = 1.0,
    reflected: float = 23.0,
    layers: Sequence[Layer] = (),
) -> float:
    """The signal of a blackbody at the surface's temperature: the inverse of `received`, with the same arguments."""
    share = _share(emissivity, "emissivity")
    own = required_number(signal, "signal")
    for layer in reversed(layers):
        own = (own - (1 - layer.transmission) * curve.signal(layer.celsius)) / layer.transmission
    return (own - (1 - share) * curve.signal(reflected)) / share


def object_temperature(
    curve: ResponseCurve,
    signal: float,
    *,
    emissivity: float = 1.0,
    reflected: float = 23.0,
    layers: Sequence[Layer] = (),
) -> float:
    """The temperature in degC of the surface that gives `signal`; arguments as for `received`.

    Raises ValueError if no temperature gives it, because surroundings and layers alone would give more.
    """
    return curve.temperature(signal_at_source(curve, signal, emissivity=emissivity, reflected=reflected, layers=layers))


def apparent_temperature(
    curve: ResponseCurve,
    celsius: float,
    *,
    emissivity: float = 1.0,
    reflected: float = 23.0,
    layers: Sequence[Layer] = (),
) -> float:
    """The degC that a camera set to emissivity 1 and no losses shows of a surface; arguments as for `received`."""
    return curve.temperature(received(curve, celsius, emissivity=emissivity, reflected=reflected, layers=layers))


def effective_emissivity(curve: ResponseCurve, apparent: float, true: float, *, reflected: float = 23.0) -> float:
    """The emissivity at which a surface of `true` degC looks like a blackbody of `apparent` degC (ASTM E1933).

    Above 1 for a source that reads too high. Raises ValueError where surface and surroundings (`reflected`) are too
    close (1 K) for an emissivity to matter.
    """
    if abs(true - reflected) < 1:
        raise ValueError(f"at {true:g} degC in surroundings of {reflected:g} degC any emissivity looks the same")
    around = curve.signal(reflected)
    return (curve.signal(apparent) - around) / (curve.signal(true) - around)


def sensitivity_to_emissivity(
    curve: ResponseCurve, celsius: float, *, emissivity: float = 1.0, reflected: float = 23.0
) -> float:
    """K per unit of emissivity: (S(T) - S(Tw)) / (eps S'(T)); positive for a surface warmer than its surroundings.

    This is the error of T when the surface's emissivity is larger than assumed (JCGM 100, 5.1.3).
    """
    share = _share(emissivity, "emissivity")
    return (curve.signal(celsius) - curve.signal(reflected)) / (share * curve.slope(celsius))


def sensitivity_to_reflected(
    curve: ResponseCurve, celsius: float, *, emissivity: float = 1.0, reflected: float = 23.0
) -> float:
    """K per K by which the surroundings are warmer than assumed: (1 - eps)/eps S'(Tw)/S'(T)."""
    share = _share(emissivity, "emissivity")
    return (1 - share) / share * curve.slope(reflected) / curve.slope(celsius)


def sensitivity_to_transmission(
    curve: ResponseCurve,
    celsius: float,
    *,
    transmission: float,
    air: float,
    emissivity: float = 1.0,
    reflected: float = 23.0,
) -> float:
    """K per unit of the air's transmission (over 0 to 1): (eps S(T) + (1 - eps) S(Tw) - S(Ta)) / (tau eps S'(T))."""
    tau = _share(transmission, "transmission")
    leaving = received(curve, celsius, emissivity=emissivity, reflected=reflected)
    return (leaving - curve.signal(air)) / (tau * emissivity * curve.slope(celsius))


def sensitivity_to_wavelength(
    curve: SakumaHattori, celsius: float, *, emissivity: float = 1.0, reflected: float = 23.0
) -> float:
    """K per micrometre by which the centre of the camera's band lies at a longer wave than assumed.

    It applies to a temperature computed from a reading at emissivity 1. The camera was calibrated on a blackbody, so
    its band matters only through emissivity and reflection: at emissivity 1 the result is 0.
    """
    share = _share(emissivity, "emissivity")
    seen = apparent_temperature(curve, celsius, emissivity=emissivity, reflected=reflected)
    moved = (
        curve.slope_by_wavelength(seen)
        - (1 - share) * curve.slope_by_wavelength(reflected)
        - share * curve.slope_by_wavelength(celsius)
    )
    return moved / (share * curve.slope(celsius))


def _share(value: float, what: str) -> float:
    share = required_number(value, what)
    if not 0 < share <= 1:
        raise ValueError(f"{what} must be over 0 and at most 1, not {share:g}")
    return share
