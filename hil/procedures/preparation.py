"""Preparing the camera: what it assumes of the target and of the way to it, its range, its correction, its one rule.

A camera that assumes what is true of the bench has only its own error left. Every setting that a temperature depends on
is sent, so that no earlier setting influences a measurement.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from conformance.catalogue.json_types import JsonMapping, JsonObject
from conformance.client import Reply
from conformance.dut.device import Device
from conformance.rules.verdict import CaseInconclusive
from hil.bench import BenchFile, Calibration
from hil.procedures.gears import COLDEST_C, HOTTEST_C, Gear
from hil.procedures.measuring import Measuring
from hil.procedures.region import Region

__all__ = [
    "AFTER_NUC_S",
    "RULE_NAME",
    "WRITES",
    "Conditions",
    "ask_while_busy",
    "assumptions",
    "correct",
    "correctable",
    "require_celsius",
    "rule",
    "set_conditions",
    "set_gear",
    "set_rules",
]

WRITES: Final = ("pair:1", "pair:3", "pair:17")
"""What the preparation changes on the camera."""

RULE_NAME: Final = "reference"
AFTER_NUC_S: Final = 3.0
"""How long after a correction the shutter has opened and the frames move again, in s."""
_AFTER_GEAR_S: Final = 5.0
_BUSY: Final = (10021, 10022)
_BUSY_S: Final = 5.0
_SAME_SETTING: Final = 0.006
_FAHRENHEIT: Final = 1


@dataclass(frozen=True, slots=True)
class Conditions:
    """What the camera shall assume: emissivity (0.1-1), reflected temperature in degC, distance in m, relative humidity
    in percent, and the transmissions (0-1) of the air and of the optics on top of these.
    """

    emissivity: float = 1.0
    reflected_degc: float = 23.0
    distance_m: float = 1.0
    humidity: float = 50.0
    atmosphere: float = 1.0
    optics: float = 1.0

    @property
    def fields(self) -> JsonObject:
        """The fields that commands 1 and 3 have in common."""
        return {
            "emiss_mode": 2,
            "emiss": round(self.emissivity, 3),
            "humi": min(100, max(1, round(self.humidity))),
            "dist": round(min(200.0, max(0.1, self.distance_m)), 2),
            "ref_temp": round(min(HOTTEST_C, max(COLDEST_C, self.reflected_degc)), 2),
            "atmo_trans": self.atmosphere,
            "opti_trans": self.optics,
        }

    def changed(self, **changes: float) -> Conditions:
        """The same conditions with some of them changed."""
        return replace(self, **changes)


def assumptions(file: BenchFile, calibration: Calibration | None, distance_m: float) -> Conditions:
    """What is true of a target on this bench, for the camera to assume.

    A radiometric certificate states the temperature that a thermometer set to the certificate's emissivity shows. Any
    other certificate states the temperature of the surface and the emissivity of that surface. In both cases the camera
    is set to the emissivity of the certificate.
    """
    ambient = file.ambient
    emissivity = calibration.emissivity if calibration is not None else 1.0
    return Conditions(emissivity, ambient.reflected_degc, distance_m, ambient.humidity)


async def set_conditions(dut: Device, conditions: Conditions) -> None:
    """Make the camera assume `conditions` for the whole picture (1), without a correction by its user on top.

    Shielded areas (17) are removed, because the camera does not measure what they cover. Raises CaseInconclusive where
    the camera refuses the conditions, or keeps others.
    """
    if dut.profile.has("shielding") and (await dut.must(18)).get("rects"):
        await dut.must(17, {"rects": []})
    fields = {**conditions.fields, "mod_temp": 0.0, "flag": 1}
    shown = await dut.must(2)
    # A camera does not have an optional field that it does not show.
    await dut.must(1, {key: value for key, value in fields.items() if key in shown})
    kept = await dut.must(2)
    for key, value in fields.items():
        found = kept.get(key)
        if key in shown and isinstance(found, int | float) and abs(found - value) > _SAME_SETTING * max(1, abs(value)):
            raise CaseInconclusive(f"{key} {value} was sent, but the camera keeps {found}: what it assumes is unknown")


async def require_celsius(dut: Device) -> None:
    """Raises CaseInconclusive where the camera is set to Fahrenheit.

    The document does not say whether the numbers of commands and pushes follow the unit.
    """
    if (await dut.must(16)).get("temperature_unit") == _FAHRENHEIT:
        raise CaseInconclusive("the camera is set to Fahrenheit (15); set it to Celsius before measuring")


async def set_gear(measuring: Measuring, gear: Gear) -> None:
    """Switch to a range and let the camera settle in it."""
    if gear.index is None or (await measuring.dut.must(2)).get("gear") == gear.index:
        return
    await measuring.dut.must(1, {"gear": gear.index})
    await measuring.clock.sleep(_AFTER_GEAR_S)


def rule(region: Region, conditions: Conditions, **changes: Any) -> JsonObject:
    """A rectangular rule of command 3 over `region` that never alarms, with some of its fields changed."""
    return {
        "rule_name": RULE_NAME,
        "show_location": 1,
        "type": 3,
        "points": region.points,
        "alarm_flag": 0,
        "high_temp": HOTTEST_C,
        "low_temp": COLDEST_C,
        "avg_temp": HOTTEST_C,
        "diff_temp": HOTTEST_C,
        "rate_temp": 600.0,
        "alarm_type": 1,
        "alarm_condition": 1,
        "temp_mod": 0.5,
        "alarm_time": 0,
        **conditions.fields,
        **changes,
    }


async def set_rules(dut: Device, rules: Sequence[JsonMapping]) -> None:
    """Make `rules` the only rules of the camera (3)."""
    await dut.must(3, {"show_type": 1, "rule_list": [dict(each) for each in rules]})


def correctable(dut: Device) -> bool:
    """Whether the camera can correct itself on request (529)."""
    return dut.profile.has("nuc")


async def correct(measuring: Measuring) -> None:
    """Have the camera correct its non-uniformity and wait until its frames move again; nothing where it cannot.

    Raises CaseInconclusive where the camera refuses the correction.
    """
    if not correctable(measuring.dut):
        return
    reply = await ask_while_busy(measuring, 529)
    if not reply.ok:
        raise CaseInconclusive(f"the camera refuses a correction: command 529 answered {reply.retcode}")
    await measuring.clock.sleep(AFTER_NUC_S)


async def ask_while_busy(measuring: Measuring, cmdtype: int, message: JsonMapping | None = None) -> Reply:
    """Ask, and ask again for up to 5 s while the camera says that its shutter or its range is being switched (R14)."""
    waited = 0.0
    while True:
        reply = await measuring.dut.ask(cmdtype, message)
        if reply.retcode not in _BUSY or waited >= _BUSY_S:
            return reply
        measuring.dut.judgement.observe("R14", str(reply.retcode))
        await measuring.clock.sleep(0.5)
        waited += 0.5
