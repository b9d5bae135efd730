"""Planck's law, integrated: the other way from temperature to radiance, to check the one the project computes by."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

PLANCK, LIGHT, BOLTZMANN = 6.62607015e-34, 299792458.0, 1.380649e-23
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(80)


def spectral_radiance(wavelength_um: float, kelvin: float) -> float:
    """W m-3 sr-1."""
    metres = wavelength_um * 1e-6
    return 2 * PLANCK * LIGHT**2 / metres**5 / math.expm1(PLANCK * LIGHT / (metres * BOLTZMANN * kelvin))


@dataclass(frozen=True)
class PlanckBand:
    """A response curve by integration over a band with straight edges, W m-2 sr-1."""

    short_um: float = 8.0
    long_um: float = 14.0

    def signal(self, celsius: float) -> float:
        half = (self.long_um - self.short_um) / 2
        metres = ((self.short_um + self.long_um) / 2 + half * _NODES) * 1e-6
        exponent = PLANCK * LIGHT / (metres * BOLTZMANN * (celsius + 273.15))
        spectral = 2 * PLANCK * LIGHT**2 / metres**5 / np.expm1(exponent)
        return float((spectral * _WEIGHTS).sum() * half * 1e-6)

    def slope(self, celsius: float) -> float:
        return (self.signal(celsius + 1e-3) - self.signal(celsius - 1e-3)) / 2e-3

    def temperature(self, signal: float) -> float:
        celsius = 20.0
        for _ in range(60):
            step = (self.signal(celsius) - signal) / self.slope(celsius)
            celsius -= max(-80.0, min(80.0, step))
            if abs(step) < 1e-10:
                break
        return celsius
