"""The errors of a simulated bench, drawn by a seed: known to the test that draws them, never to a suite.

Their sizes are those that a bench file states: a truth is one of the many that its budgets cover.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from hil.bench.model import BenchFile, Calibration

__all__ = ["AMBIENT_C", "CameraError", "SourceError", "Surroundings", "Truth"]

AMBIENT_C: Final = 23.0
"""The temperature in degC at which a gain error has no effect."""

_OFFSET_K: Final = 0.7
_GAIN: Final = 0.007
_DRIFT_K_PER_H: Final = 0.1
_NOISE_K: Final = (0.02, 0.15)


@dataclass(frozen=True, slots=True)
class CameraError:
    """The error of the camera: `offset` (K), `gain` (K/K from 23 degC), `drift` (K/h), `noise` (K)."""

    offset: float = 0.0
    gain: float = 0.0
    drift: float = 0.0
    noise: float = 0.0

    def at(self, degc: float, hours: float = 0.0) -> float:
        """The error in K at `degc`, `hours` after it was set."""
        return self.offset + self.gain * (degc - AMBIENT_C) + self.drift * hours


@dataclass(frozen=True, slots=True)
class SourceError:
    """The error of a reference's certificate: true minus certified is `offset_k` + `share` * U/k at a point.

    `emissivity` is true minus stated, for a target whose calibration is not radiometric.
    """

    offset_k: float = 0.0
    share: float = 0.0
    emissivity: float = 0.0

    def at(self, calibration: Calibration, degc: float) -> float:
        """The error in K at an indication of `degc`."""
        inside = min(max(degc, calibration.low), calibration.high)
        return self.offset_k + self.share * calibration.at(inside)[1]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The air (degC, relative humidity in %) and the temperature that the targets reflect (degC)."""

    air: float = AMBIENT_C
    humidity: float = 50.0
    reflected: float = AMBIENT_C


@dataclass(frozen=True, slots=True)
class Truth:
    """Everything that is true of a simulated bench and not in its bench file; by default no error at all."""

    camera: CameraError = CameraError()
    references: Mapping[str, SourceError] = field(default_factory=dict)
    surroundings: Surroundings | None = None

    @classmethod
    def draw(cls, seed: int, file: BenchFile) -> Truth:
        """A random truth: errors of the camera, and errors of references and surroundings that the budgets allow."""
        chance = random.Random(f"truth {seed}")
        camera = CameraError(
            chance.gauss(0.0, _OFFSET_K),
            chance.gauss(0.0, _GAIN),
            chance.gauss(0.0, _DRIFT_K_PER_H),
            chance.uniform(*_NOISE_K),
        )
        references = {}
        for name, station in file.stations.items():
            calibration = station.calibration
            if calibration is not None:
                widths = (calibration.drift_k, calibration.uniformity_k)
                references[name] = SourceError(
                    sum(chance.uniform(-width, width) for width in widths),
                    chance.gauss(0.0, 1.0),
                    0.0 if calibration.radiometric else chance.gauss(0.0, calibration.u_emissivity),
                )
        ambient = file.ambient
        surroundings = Surroundings(
            chance.gauss(ambient.degc, ambient.u_degc),
            min(100.0, max(1.0, chance.gauss(ambient.humidity, ambient.u_humidity))),
            chance.gauss(ambient.reflected_degc, ambient.u_degc),
        )
        return cls(camera, references, surroundings)

    def surroundings_of(self, file: BenchFile) -> Surroundings:
        """The true surroundings: as drawn, else as the bench file states them."""
        ambient = file.ambient
        return self.surroundings or Surroundings(ambient.degc, ambient.humidity, ambient.reflected_degc)
