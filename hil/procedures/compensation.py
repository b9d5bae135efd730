"""Whether the camera undoes what emissivity, surroundings and air do to a reading, as radiometry says.

A source of known temperature is read with the true settings, and again with others. What the others have to make of it
is computed from the measurement equation (`hil.metrology.radiometry`), never asked of a camera.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from conformance.dut.device import Device
from conformance.rules.verdict import CaseInconclusive
from hil.bench import Ambient, Bench
from hil.metrology import LONGWAVE, Component, SakumaHattori
from hil.metrology.atmosphere import transmission
from hil.metrology.radiometry import Layer, ResponseCurve, object_temperature, received
from hil.procedures.budgets import limits_of, noise
from hil.procedures.constancy import middle
from hil.procedures.paths import Spot
from hil.procedures.preparation import Conditions
from hil.procedures.view import Frames, View, look_at

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
"""What is changed, by the name of the case."""

_WISHED_C: Final = 100.0
_FRAMES: Final = 9
_BAND_UM: Final = 0.5
_AIR_MODELS: Final = 0.2
"""Models of the air differ by about this share of what they take away; the document names none."""


async def measure_compensation(dut: Device, bench: Bench, name: str) -> None:
    """State, for an object (520) and for a spot (521), the reading less what radiometry expects, in K.

    Both are changes against the reading with the true settings, so that the camera's own error drops out.
    """
    view = await look_at(dut, bench, middle(bench, _WISHED_C))
    true = view.conditions
    changed = true.changed(**CHANGES[name])
    if changed == true:
        raise CaseInconclusive(f"the bench already is as {name} would set the camera: nothing changes")
    before = await _read(view)
    after = await _read(await view.assume(changed))
    await view.assume(true)
    degc, air = view.source.degc, bench.file.ambient
    wanted = expected(LONGWAVE, degc, true, changed, air)
    for path in before:
        shift = _mean(after[path]) - _mean(before[path])
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
            limits=limits_of(bench.file.accuracy.compensation_k),
            raw=raw,
        )


def expected(curve: ResponseCurve, degc: float, true: Conditions, assumed: Conditions, air: Ambient) -> float:
    """What a camera shows of a source of `degc` under conditions `true` if it assumes `assumed`, in degC.

    Raises CaseInconclusive where no temperature explains it.
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


def _model(view: View, true: Conditions, changed: Conditions, air: Ambient) -> list[Component]:
    """What is not known of the expectation: the source, the camera's band, the model of the air."""
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


async def _read(view: View) -> dict[str, Frames]:
    found = {"520": await view.frames(view.objects(), _FRAMES)}
    found["521"] = await view.frames(Spot(view.dut, view.bench.clock, view.region), _FRAMES)
    return found


def _mean(frames: Frames) -> float:
    return sum(frames.values) / len(frames.values)
