"""The temperature at which an alarm trips, and how far the temperature must go back before it trips again.

Types and conditions are those of command 3. The document says what types 1 to 4 must do above, below and at their
threshold (R163); that is judged. It leaves open what "above and below" means for one temperature, and the formulas of
difference and slope; there the temperature is only reported.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from conformance.catalogue.json_types import Json, JsonObject
from conformance.client import PushMessage
from conformance.rules.verdict import CaseInconclusive
from conformance.steps.alarms import is_of_object, switch_alarms_on
from conformance.steps.causes import set_tracking
from hil.bench import Contact
from hil.metrology import Component
from hil.metrology.statistics import fit_line
from hil.procedures.budgets import limits_of, noise, way_components
from hil.procedures.gears import COLDEST_C, HOTTEST_C, gear_at
from hil.procedures.measuring import Measuring
from hil.procedures.paths import Objects
from hil.procedures.preparation import rule, set_rules
from hil.procedures.ramp import Crossing, Ramp
from hil.procedures.raw_data import Note, file_raw
from hil.procedures.region import Region, region_of
from hil.procedures.settling import rest
from hil.procedures.source import clamped, nearest_reference, reach
from hil.procedures.view import View, assumed_at, report

__all__ = ["CONDITIONS", "SPOTS", "TYPES", "Alarm", "alarms", "measure_slope", "measure_spot_trip", "measure_trip"]

TYPES: Final = {1: "high", 2: "low", 3: "average", 4: "high-and-low", 5: "difference", 6: "slope"}
CONDITIONS: Final = {1: "above", 2: "below", 3: "matching", 4: "above-and-below"}

_WISHED_C: Final = 60.0
_COLD_C: Final = 5.0
_MARGIN_K: Final = 3.0
_BEYOND_K: Final = 1.0
"""The ramp goes beyond the threshold by the largest error allowed and this much more."""
_TOLERANCE_K: Final = 0.5
_RATE_K_MIN: Final = 5.0
_FAST_K: Final = 30.0
_BACK_K: Final = (0.3, 1.0, 2.0, 4.0)
_REPEATS_S: Final = 12.0
_EVALUATION_S: Final = 1.0
"""How late a camera may look at its temperatures, in s: once a second is quick for one that evaluates in software."""


@dataclass(frozen=True, slots=True)
class Alarm:
    """One type and condition of command 3."""

    kind: int
    condition: int

    def __str__(self) -> str:
        return f"{TYPES[self.kind]}/{CONDITIONS[self.condition]}"

    @property
    def judged(self) -> bool:
        """Whether the document says where it must trip."""
        return self.kind <= 4 and self.condition <= 3

    @property
    def sign(self) -> int:
        """1 for a rising ramp, -1 for a falling one."""
        return -1 if self.condition == 2 else 1

    @property
    def nominal_k(self) -> float:
        """Where it is expected to trip, in K from its threshold."""
        if self.condition == 3:
            return -_TOLERANCE_K
        return _TOLERANCE_K if self.begins_at_threshold else 0.0

    def start(self, threshold: float, margin_k: float) -> float:
        """The temperature at which the ramp begins: no reading of the document allows an alarm there."""
        return threshold if self.begins_at_threshold else threshold - self.sign * margin_k

    @property
    def begins_at_threshold(self) -> bool:
        """Whether it may alarm on both sides of its threshold."""
        return self.condition == 4 and self.kind != 4

    def compared(self, shown: tuple[float, float, float]) -> float:
        """Of maximum, minimum and average in degC, the one that is compared with the threshold; K for a difference."""
        highest, lowest, average = shown
        if self.kind == 5:
            return highest - lowest
        if self.kind == 3:
            return average
        return lowest if self.kind == 2 or (self.kind == 4 and self.condition == 2) else highest

    def fields(self, threshold: float, difference: float) -> JsonObject:
        """The fields of a rule whose threshold is `threshold` degC; for a difference it is `difference` K."""
        facts: JsonObject = {"alarm_flag": 1, "alarm_type": self.kind, "alarm_condition": self.condition}
        facts |= {"temp_mod": _TOLERANCE_K, "high_temp": threshold, "low_temp": threshold, "avg_temp": threshold}
        if self.kind == 4:
            facts |= {"low_temp": COLDEST_C if self.condition != 2 else threshold}
            facts |= {"high_temp": HOTTEST_C if self.condition == 2 else threshold}
        if self.kind == 5:
            facts["diff_temp"] = difference
        if self.kind == 6:
            facts["rate_temp"] = 0.0 if self.condition == 4 else self.sign * _RATE_K_MIN
        return facts


def alarms() -> Iterator[Alarm]:
    """Every type with every condition."""
    for kind in TYPES:
        for condition in CONDITIONS:
            yield Alarm(kind, condition)


@dataclass(frozen=True)
class _Trial:
    """One alarm on trial: the view in which it is watched, and its threshold.

    `name` begins the names of its results; `threshold` is in degC; the ramp goes `margin_k` K to either side of it;
    `relay` is the contact that sees the camera's alarm output.
    """

    view: View
    name: str
    threshold: float
    margin_k: float
    relay: Contact | None

    @property
    def limit_k(self) -> float | None:
        """How far from its threshold an alarm may trip, in K; None for a reference without a certificate."""
        view = self.view
        return None if view.reference.calibration is None else view.measuring.accuracy.trip_k

    def components(self, ramp: Ramp, crossing: Crossing) -> list[Component]:
        """What makes the true temperature at a crossing uncertain."""
        view = self.view
        return [
            *view.reference.components(ramp.history[-1].indicated),
            *way_components(view.reference.calibration, crossing.degc, view.conditions, view.bench.file.ambient),
            Component.rectangular("way between two samples", max(crossing.half_k, 1e-4), source="ramp"),
            Component.rectangular(
                "delay of the camera", crossing.rate_k_per_s * _EVALUATION_S, source=f"{_EVALUATION_S:g} s of the ramp"
            ),
        ]

    def state(self, what: str, value: float, components: list[Component], raw: str, limit: float | None = None) -> None:
        report(self.view.measuring, f"{self.name}: {what}", value, components, limits=limits_of(limit), raw=raw)

    def file(self, ramp: Ramp, what: str) -> str:
        view = self.view
        facts: dict[str, Note] = {
            "case": view.dut.case.id,
            "quantity": what,
            "bench": view.bench.file.name,
            "reference": view.reference.name,
            "threshold_degc": self.threshold,
            "assumed": view.conditions.fields,
            "region_px": view.region.as_record(),
        }
        return file_raw(view.dut.session.folder, f"{view.dut.case.id} {what}", ramp.columns, facts)


async def _prepared(measuring: Measuring, name: str, wished: float) -> _Trial:
    """The trial at the threshold nearest to `wished` degC that leaves room for the ramp on either side."""
    dut, bench = measuring.dut, measuring.bench
    reference = nearest_reference(bench, wished)
    limit = measuring.accuracy.error_limit(wished)
    margin = _MARGIN_K if limit is None else limit.at(wished) + _BEYOND_K
    low, high = reach(reference)
    if high - low < 2 * margin + 2:
        raise CaseInconclusive(f"{reference.name} cannot ramp over {2 * margin + 2:g} K")
    threshold = float(round(clamped(wished, low + margin + 1, high - margin - 1)))
    region = region_of(reference.geometry, dut.sizes, reference.name)
    view = View(measuring, reference, region, assumed_at(bench, reference), gear_at(dut, threshold))
    await view.set_up()
    relay = bench.file.wiring.alarm_out if dut.profile.has("alarm-output") else None
    return _Trial(view, name, threshold, margin, relay)


async def measure_trip(measuring: Measuring, alarm: Alarm) -> None:
    """State where an alarm of command 3 (types 1 to 5) trips, from its threshold, in K.

    State it by the push, by the relay where the bench sees it, and by what 520 shows then; also state the hysteresis.
    """
    dut, trial = measuring.dut, await _prepared(measuring, f"alarm {alarm}", _WISHED_C)
    view = trial.view
    # A difference needs something besides the target in the object.
    region = _beyond_target(view) if alarm.kind == 5 else view.region
    ramp = Ramp(measuring, view.reference, is_of_object, trial.relay)
    await switch_alarms_on(dut, **({"output_flag": 1, "output_hold": 10} if trial.relay is not None else {}))
    await set_rules(dut, [rule(region, view.conditions)])
    await ramp.begin(alarm.start(trial.threshold, trial.margin_k))
    objects = Objects(measuring, region)
    frames = [await _shown(objects, alarm) for _ in range(4)]
    difference = round(trial.threshold - objects.extremes[1], 2)
    if alarm.kind == 5 and difference < 2 * trial.margin_k:
        raise CaseInconclusive("nothing around the target is colder than the target: there is no difference to ramp")
    if alarm.begins_at_threshold:
        # The threshold is what the camera itself shows: beyond its tolerance on either side, it may alarm.
        middle = round(sum(frames) / len(frames), 1)
        if alarm.kind == 5:
            difference = middle
        else:
            trial = replace(trial, threshold=middle)
    ramp.arm()
    await set_rules(dut, [rule(region, view.conditions, **alarm.fields(trial.threshold, difference))])
    crossing = await _ramp_up(trial, ramp, alarm.sign, f"an alarm {alarm}", judged=alarm.judged)
    if crossing is None:
        return
    shown = await _shown(objects, alarm)
    aim = trial.threshold + alarm.nominal_k
    raw = trial.file(ramp, "trip")
    trip_k = trial.limit_k if alarm.judged else None
    trial.state("trip less threshold, by the push", crossing.degc - aim, trial.components(ramp, crossing), raw, trip_k)
    compared = difference + alarm.nominal_k if alarm.kind == 5 else aim
    trial.state(
        "indication at the trip less threshold",
        shown - alarm.sign * crossing.half_k - compared,
        [
            noise(frames, "noise of one frame", sensitivity=len(frames) ** 0.5),
            Component.rectangular("way since the trip", 2 * max(crossing.half_k, 1e-4), source="ramp"),
            Component.resolution("resolution", objects.step_k, source="command 520"),
        ],
        raw,
    )
    await _by_relay(trial, ramp, aim, raw, trip_k)
    if alarm.judged and alarm.condition in (1, 2):
        await _hysteresis(trial, ramp, alarm.sign, crossing)


def _beyond_target(view: View) -> Region:
    """The measured square extended to one side until it reaches a little beyond the edge of the target."""
    geometry, region = view.reference.geometry, view.region
    assert geometry is not None
    reach_px = math.ceil(1.15 * geometry.radius_px) + 3
    if region.left - reach_px >= 1:
        return replace(region, left=region.left - reach_px)
    return replace(region, right=min(region.width, region.right + reach_px))


async def _shown(objects: Objects, alarm: Alarm) -> float:
    average = await objects.read()
    return alarm.compared((*objects.extremes, average))


async def _ramp_up(trial: _Trial, ramp: Ramp, sign: int, what: str, *, judged: bool = True) -> Crossing | None:
    """Ramp through the threshold; returns where the alarm came.

    An alarm that comes too early or never is a finding; where the document leaves it open (R163), an observation.
    """
    first = await ramp.look()
    seen = f"one at {first.degc:.2f} degC, before the ramp"
    if not first.alarmed:
        if await ramp.until_alarm(trial.threshold + sign * trial.margin_k) is not None:
            return ramp.crossing(lambda sample: sample.alarmed)
        seen = f"none up to {ramp.samples[-1].degc:.2f} degC"
    if judged:
        span = f"within {trial.margin_k:g} K of {trial.threshold:g} degC"
        trial.view.dut.demand(False, f"{what} {span}", seen, check="push")
    else:
        trial.view.dut.judgement.observe("R163", f"{what}: {seen}")
    return None


async def _by_relay(trial: _Trial, ramp: Ramp, aim: float, raw: str, limit: float | None) -> None:
    if trial.relay is None:
        return
    waited = 0.0
    while not ramp.samples[-1].relay and waited < trial.view.dut.profile["push_tolerance_s"]:
        await ramp.look(1.0)
        waited += 1.0
    crossing = ramp.crossing(lambda sample: bool(sample.relay))
    trial.view.dut.demand(
        crossing is not None, "the alarm output closes with the alarm (III.21)", "it stays open", check="relay"
    )
    if crossing is not None:
        value, components = crossing.degc - aim, trial.components(ramp, crossing)
        trial.state("trip less threshold, by the relay", value, components, raw, limit)


async def _hysteresis(trial: _Trial, ramp: Ramp, sign: int, trip: Crossing) -> None:
    """Go back further and further, and through the threshold again each time, until the alarm comes again."""
    before = 0.0
    for back in _BACK_K:
        ramp.arm()
        await ramp.move(trip.degc - sign * back, heedless=True)
        turned = (min if sign > 0 else max)(sample.degc for sample in ramp.samples)
        reached = max(0.0, sign * (trip.degc - turned))
        ramp.arm()
        # A camera that repeats a standing alarm (R163) shows here that the alarm has not ended.
        stands = (await ramp.look(_REPEATS_S)).alarmed
        ramp.arm()
        if not stands and await ramp.move(trip.degc + sign * trial.margin_k / 2):
            middle, half = (before + reached) / 2, abs(reached - before) / 2
            components = [
                Component.rectangular("between two tries", max(half, 1e-4), source="ramp"),
                Component.rectangular("way between two samples", max(trip.half_k, 1e-4), source="ramp"),
                *(each for each in trial.components(ramp, trip) if each.name.endswith(("stability", "resolution"))),
            ]
            limit = trial.view.measuring.accuracy.hysteresis_k
            trial.state("hysteresis", middle, components, trial.file(ramp, "hysteresis"), limit)
            return
        before = max(before, reached)
    trial.view.dut.judgement.observe("R163", f"no second alarm after the temperature went back by {before:.1f} K")


async def measure_slope(measuring: Measuring, alarm: Alarm) -> None:
    """Report how fast the source changed, in K/min, when a slope alarm came; its unit and formula are open (R163)."""
    dut, trial = measuring.dut, await _prepared(measuring, f"alarm {alarm}", _WISHED_C)
    low, high = reach(trial.view.reference)
    target = clamped(trial.threshold + alarm.sign * _FAST_K, low, high)
    ramp = Ramp(measuring, trial.view.reference, is_of_object)
    await switch_alarms_on(dut)
    await ramp.begin(trial.threshold)
    await ramp.look(30.0)
    ramp.arm()
    await set_rules(dut, [rule(trial.view.region, trial.view.conditions, **alarm.fields(trial.threshold, 0.0))])
    await ramp.look(15.0)
    still = ramp.samples[-1].alarmed
    if still or not await ramp.move(target, 2.0):
        seen = "one while the source stood still" if still else "none while the source moved"
        dut.judgement.observe("R163", f"an alarm {alarm}: {seen}")
        return
    window = ramp.samples[-4:]
    line = fit_line([sample.time_s for sample in window], [sample.degc for sample in window])
    half = abs(window[-1].degc - window[-2].degc) / max(window[-1].time_s - window[-2].time_s, 0.1) - abs(line.slope)
    report(
        measuring,
        f"alarm {alarm}: rate of the source when it came",
        60 * line.slope,
        [
            Component.standard("line through the samples", 60 * line.u_slope, unit="K/min", dof=line.dof),
            Component.rectangular("change of the rate", max(60 * abs(half), 1e-3), unit="K/min", source="ramp"),
        ],
        unit="K/min",
        raw=trial.file(ramp, "slope"),
    )


SPOTS: Final = {"hot-spot": (2, 1), "cold-spot": (3, -1)}
"""The tracked spots of command 19: type in push 1000, and sign of the ramp."""


async def measure_spot_trip(measuring: Measuring, spot: str) -> None:
    """State where the tracking of the hottest or coldest spot (19) trips, from its threshold, in K."""
    kind, sign = SPOTS[spot]
    trial = await _prepared(measuring, f"alarm {spot}", _WISHED_C if sign > 0 else _COLD_C)
    reference = trial.view.reference
    await rest(measuring, reference)
    ramp = Ramp(measuring, reference, lambda push: _kind(push) == kind)
    await ramp.begin(trial.threshold - sign * trial.margin_k)
    name = "high" if sign > 0 else "low"
    ramp.arm()
    await set_tracking(measuring.dut, **{f"{name}_flag": 1, f"{name}_temp": trial.threshold})
    if (await ramp.look()).alarmed:
        raise CaseInconclusive(f"something else in the picture is already beyond {trial.threshold:g} degC")
    ramp.arm()
    crossing = await _ramp_up(trial, ramp, sign, f"a push 1000 of the {spot}")
    if crossing is not None:
        value, components = crossing.degc - trial.threshold, trial.components(ramp, crossing)
        raw = trial.file(ramp, "trip")
        trial.state("trip less threshold, by the push", value, components, raw, trial.limit_k)


def _kind(push: PushMessage) -> Json:
    return (push.body or push.envelope).get("type")
