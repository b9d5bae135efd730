"""The camera made ready: what it assumes of the target and the way to it, its range, its correction, one rule.

A camera that assumes what is true of the bench has no error left but its own; every setting that a temperature depends
on is sent, so that nobody's earlier settings are measured.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from conformance.client import Reply
from conformance.dut.device import Device
from conformance.rules.verdict import CaseInconclusive
from hil.bench import BenchClock, BenchFile, Calibration
from hil.procedures.region import Region

__all__ = [
    "AFTER_NUC_S",
    "RULE_NAME",
    "WRITES",
    "Conditions",
    "Gear",
    "assumptions",
    "correct",
    "correctable",
    "gears_of",
    "patient",
    "require_celsius",
    "rule",
    "set_conditions",
    "set_gear",
    "set_rules",
]

WRITES: Final = ("pair:1", "pair:3", "pair:17")
"""What making ready changes on the camera."""

RULE_NAME: Final = "reference"
AFTER_NUC_S: Final = 3.0
"""After a correction: the shutter has opened and the frames move again."""
_AFTER_GEAR_S: Final = 5.0
_BUSY: Final = (10021, 10022)
_BUSY_S: Final = 5.0
_SAME_SETTING: Final = 0.006
_FAHRENHEIT: Final = 1
_COLDEST, _HOTTEST = -40.0, 2000.0


@dataclass(frozen=True, slots=True)
class Gear:
    """A measuring range of command 500: its index and ends in degC; `index` None: a camera without a choice."""

    index: int | None
    low: float
    high: float

    def __str__(self) -> str:
        return "its only range" if self.index is None else f"range {self.index} ({self.low:g} to {self.high:g} degC)"


@dataclass(frozen=True, slots=True)
class Conditions:
    """What the camera is told to assume: emissivity (0.1-1), reflected temperature in degC, distance in m, relative
    humidity in percent, transmission of the air and of the optics on top of that.
    """

    emissivity: float = 1.0
    reflected_degc: float = 23.0
    distance_m: float = 1.0
    humidity: float = 50.0
    atmosphere: float = 1.0
    optics: float = 1.0

    @property
    def fields(self) -> dict[str, Any]:
        """The fields that commands 1 and 3 share."""
        return {
            "emiss_mode": 2,
            "emiss": round(self.emissivity, 3),
            "humi": min(100, max(1, round(self.humidity))),
            "dist": round(min(200.0, max(0.1, self.distance_m)), 2),
            "ref_temp": round(min(_HOTTEST, max(_COLDEST, self.reflected_degc)), 2),
            "atmo_trans": self.atmosphere,
            "opti_trans": self.optics,
        }

    def changed(self, **changes: float) -> Conditions:
        """The same with some of them changed."""
        return replace(self, **changes)


def assumptions(file: BenchFile, calibration: Calibration | None, distance_m: float) -> Conditions:
    """What is true of a target on this bench, for the camera to assume.

    A radiometric certificate states the temperature that a thermometer set to the certificate's emissivity shows, any
    other one that of the surface, whose emissivity it states: either way the camera is set to that emissivity.
    """
    ambient = file.ambient
    emissivity = calibration.emissivity if calibration is not None else 1.0
    return Conditions(emissivity, ambient.reflected_degc, distance_m, ambient.humidity)


def gears_of(dut: Device) -> list[Gear]:
    """The ranges that the camera lists, well-formed ones only; one without an index where it lists none."""
    listed = dut.facts.general.get("gears")
    found = []
    for index, entry in enumerate(listed if isinstance(listed, list) else []):
        low, high = (entry.get("min"), entry.get("max")) if isinstance(entry, Mapping) else (None, None)
        if isinstance(low, int | float) and isinstance(high, int | float) and low < high:
            found.append(Gear(index, float(low), float(high)))
    return found or [Gear(None, _COLDEST, _HOTTEST)]


async def set_conditions(dut: Device, conditions: Conditions) -> None:
    """Make the camera assume `conditions` for the whole picture (1), with no correction of its user's on top.

    Shielded areas (17) are taken away: what they cover is not measured. Raises CaseInconclusive where the camera
    refuses the conditions, or keeps others.
    """
    if dut.profile.has("shielding") and (await dut.must(18)).get("rects"):
        await dut.must(17, {"rects": []})
    fields = {**conditions.fields, "mod_temp": 0.0, "flag": 1}
    shown = await dut.must(2)
    # An optional field that a camera does not show is one it does not have.
    await dut.must(1, {key: value for key, value in fields.items() if key in shown})
    kept = await dut.must(2)
    for key, value in fields.items():
        found = kept.get(key)
        if key in shown and isinstance(found, int | float) and abs(found - value) > _SAME_SETTING * max(1, abs(value)):
            raise CaseInconclusive(f"the camera was told {key} {value} and keeps {found}; what it assumes is unknown")


async def require_celsius(dut: Device) -> None:
    """Raises CaseInconclusive where the camera is set to another unit: whether its numbers follow is not said."""
    if (await dut.must(16)).get("temperature_unit") == _FAHRENHEIT:
        raise CaseInconclusive("the camera is set to Fahrenheit (15): set it to Celsius, then measure")


async def set_gear(dut: Device, clock: BenchClock, gear: Gear) -> None:
    """Switch to a range and let the camera settle in it."""
    if gear.index is None or (await dut.must(2)).get("gear") == gear.index:
        return
    await dut.must(1, {"gear": gear.index})
    await clock.sleep(_AFTER_GEAR_S)


def rule(region: Region, conditions: Conditions, **changes: Any) -> dict[str, Any]:
    """A rectangular rule of command 3 over `region` that does not alarm, with some of its fields changed."""
    return {
        "rule_name": RULE_NAME,
        "show_location": 1,
        "type": 3,
        "points": region.points,
        "alarm_flag": 0,
        "high_temp": _HOTTEST,
        "low_temp": _COLDEST,
        "avg_temp": _HOTTEST,
        "diff_temp": _HOTTEST,
        "rate_temp": 600.0,
        "alarm_type": 1,
        "alarm_condition": 1,
        "temp_mod": 0.5,
        "alarm_time": 0,
        **conditions.fields,
        **changes,
    }


async def set_rules(dut: Device, rules: Sequence[Mapping[str, Any]]) -> None:
    """Make `rules` the only ones."""
    await dut.must(3, {"show_type": 1, "rule_list": [dict(each) for each in rules]})


def correctable(dut: Device) -> bool:
    """Whether the camera can be told to correct itself (529)."""
    return dut.profile.has("nuc")


async def correct(dut: Device, clock: BenchClock) -> None:
    """Have the camera correct its non-uniformity, and wait until its frames move again; nothing where it cannot."""
    if not correctable(dut):
        return
    reply = await patient(dut, clock, 529)
    if not reply.ok:
        raise CaseInconclusive(f"the camera refuses a correction: command 529 answered {reply.retcode}")
    await clock.sleep(AFTER_NUC_S)


async def patient(dut: Device, clock: BenchClock, cmdtype: int, message: Any = None) -> Reply:
    """Ask, and again while the camera says that its shutter or range is being switched (R14), for 5 s at most."""
    waited = 0.0
    while True:
        reply = await dut.ask(cmdtype, message)
        if reply.retcode not in _BUSY or waited >= _BUSY_S:
            return reply
        dut.judgement.observe("R14", str(reply.retcode))
        await clock.sleep(0.5)
        waited += 0.5
