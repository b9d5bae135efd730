"""Whether the camera compensates emissivity, surroundings and air as radiometry says.

A source of known temperature is read with the true settings, and again with others. The reading that the others must
give is computed from the measurement equation (`hil.metrology.radiometry`); no camera is asked for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from conformance.rules.verdict import CaseInconclusive
from hil.bench import Ambient
from hil.metrology import LONGWAVE, Component, SakumaHattori
from hil.metrology.atmosphere import transmission
from hil.metrology.radiometry import Layer, ResponseCurve, object_temperature, received
from hil.procedures.budgets import limits_of, noise
from hil.procedures.measuring import Measuring
from hil.procedures.paths import Spot
from hil.procedures.preparation import Conditions
from hil.procedures.source import middle
from hil.procedures.view import Frames, SettledView, look_at

__all__ = ["CHANGES", "expected", "measure_compensation"]

CHANGES: Final[Mapping[str, Mapping[str, float]]] = MappingProxyType(
    {
        "emissivity-0.8": {"emissivity": 0.8},
        "emissivity-0.5": {"emissivity": 0.5},
        "reflected-50": {"emissivity": 0.8, "reflected_degc": 50.0},
        "reflected-0": {"emissivity": 0.8, "reflected_degc": 0.0},
        "distance-10": {"distance_m": 10.0},
        "distance-50": {"distance_m": 50.0},
        "humidity-20": {"distance_m": 20.0, "humidity": 20.0},
        "humidity-90": {"distance_m": 20.0, "humidity": 90.0},
        "atmosphere-0.9": {"atmosphere": 0.9},
        "optics-0.9": {"optics": 0.9},
    }
)
"""The settings that are changed, by the name of the case."""

_WISHED_C: Final = 100.0
_FRAMES: Final = 9
_BAND_UM: Final = 0.5
_AIR_MODELS: Final = 0.2
"""Models of the air differ by about this share of what they subtract; the document does not name its model."""


async def measure_compensation(measuring: Measuring, name: str) -> None:
    """State, for an object (520) and for a spot (521), the reading less what radiometry expects, in K.

    Each is a change from the reading with the true settings, so that the camera's own error cancels.
    """
    view = await look_at(measuring, middle(measuring.bench, _WISHED_C))
    true = view.conditions
    changed = true.changed(**CHANGES[name])
    if changed == true:
        raise CaseInconclusive(f"{name} is what is true of this bench already: nothing would change")
    before = await _read(view)
    after = await _read(await view.assume(changed))
    await view.assume(true)
    degc, air = view.source.degc, measuring.bench.file.ambient
    wanted = expected(LONGWAVE, degc, true, changed, air)
    for path in before:
        shift = after[path].mean - before[path].mean
        raw = view.file(
            f"{name} by {path}",
            {"true_settings_degc": before[path].values, "changed_settings_degc": after[path].values},
            changed=changed.fields,
            expected_shift_k=wanted - degc,
        )
        view.measured(
            f"compensation {name} at {view.source.settled.set_point:g} degC by {path}",
            shift - (wanted - degc),
            [
                noise(before[path].values, "noise with the true settings"),
                noise(after[path].values, "noise with the changed settings"),
                *_model(view, true, changed, air),
                Component.resolution("resolution", 0.02, source=f"command {path}, twice"),
            ],
            limits=limits_of(measuring.accuracy.compensation_k),
            raw=raw,
        )


def expected(curve: ResponseCurve, degc: float, true: Conditions, assumed: Conditions, air: Ambient) -> float:
    """The temperature in degC that a camera shows of a source of `degc`: `true` is true, `assumed` is what it assumes.

    Raises CaseInconclusive where no temperature would give that signal.
    """
    signal = received(
        curve, degc, emissivity=true.emissivity, reflected=true.reflected_degc, layers=_layers(true, air.degc)
    )
    try:
        return object_temperature(
            curve,
            signal,
            emissivity=assumed.emissivity,
            reflected=assumed.reflected_degc,
            layers=_layers(assumed, air.degc),
        )
    except ValueError as error:
        raise CaseInconclusive(f"radiometry gives no temperature for these settings: {error}") from None


def _layers(conditions: Conditions, air_degc: float) -> tuple[Layer, ...]:
    tau = transmission(conditions.distance_m, air_degc, conditions.humidity)
    return (Layer(tau * conditions.atmosphere * conditions.optics, air_degc),)


@dataclass(frozen=True, slots=True)
class _Shift:
    """The change that radiometry expects, in K, for one set of inputs."""

    degc: float
    true: Conditions
    changed: Conditions
    air: Ambient

    def of(self, curve: ResponseCurve = LONGWAVE, by_k: float = 0.0) -> float:
        degc = self.degc + by_k
        return expected(curve, degc, self.true, self.changed, self.air) - degc


def _model(view: SettledView, true: Conditions, changed: Conditions, air: Ambient) -> list[Component]:
    """What makes the expectation uncertain: the source, the camera's band, the model of the air."""
    shift = _Shift(view.source.degc, true, changed, air)
    wanted = shift.of()
    u = sum(component.contribution**2 for component in view.source.settled.components) ** 0.5
    shifted_band = SakumaHattori(LONGWAVE.centre_um + _BAND_UM, LONGWAVE.width_um)
    found = [
        Component.standard(
            "temperature of the source",
            u,
            sensitivity=shift.of(by_k=0.5) - shift.of(by_k=-0.5),
            source="settled source",
        ),
        Component.rectangular("band of the camera", abs(shift.of(shifted_band) - wanted), source="8-14 um, +-0.5 um"),
    ]
    if (changed.distance_m, changed.humidity) != (true.distance_m, true.humidity):
        without = changed.changed(distance_m=true.distance_m, humidity=true.humidity)
        by_air = wanted - _Shift(view.source.degc, true, without, air).of()
        found.append(
            Component.rectangular("model of the air", _AIR_MODELS * abs(by_air), source="the document names none")
        )
    return found


async def _read(view: SettledView) -> dict[str, Frames]:
    found = {"520": await view.frames(view.objects(), _FRAMES)}
    found["521"] = await view.frames(Spot(view.measuring, view.region), _FRAMES)
    return found
