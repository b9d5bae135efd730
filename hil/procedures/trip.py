"""At which temperature an alarm trips, and how far the temperature has to go back before it trips again.

Types and conditions are those of command 3. What types 1 to 4 have to do above, below and at their threshold is said
(R163), and is judged; what "above and below" means for one temperature, and the formulas of difference and slope, are
open: there the temperature is reported.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

from conformance.client import PushMessage
from conformance.dut.device import Device
from conformance.rules.verdict import CaseInconclusive
from conformance.steps.alarms import alarms_on, of_object
from conformance.steps.causes import track
from hil.bench import Bench, Contact, Reference
from hil.metrology import Component
from hil.metrology.statistics import fit_line
from hil.procedures.budgets import limits_of, noise, way_components
from hil.procedures.paths import Objects
from hil.procedures.preparation import Conditions, rule, set_conditions, set_gear, set_rules
from hil.procedures.ramp import Crossing, Ramp
from hil.procedures.raw_data import file_raw
from hil.procedures.region import Region, region_of
from hil.procedures.source import clamped, nearest_reference, reach, rest
from hil.procedures.view import assumed_at, gear_at, report

__all__ = ["CONDITIONS", "SPOTS", "TYPES", "Alarm", "alarms", "measure_slope", "measure_spot_trip", "measure_trip"]

TYPES: Final = {1: "high", 2: "low", 3: "average", 4: "high-and-low", 5: "difference", 6: "slope"}
CONDITIONS: Final = {1: "above", 2: "below", 3: "matching", 4: "above-and-below"}

_WISHED_C: Final = 60.0
_COLD_C: Final = 5.0
_MARGIN_K: Final = 3.0
_BEYOND_K: Final = 1.0
"""The ramp goes over the threshold by the largest error allowed and this much more."""
_TOLERANCE_K: Final = 0.5
_RATE_K_MIN: Final = 5.0
_FAST_K: Final = 30.0
_BACK_K: Final = (0.3, 1.0, 2.0, 4.0)
_COLDEST, _HOTTEST = -40.0, 2000.0
_REPEATS_S: Final = 12.0
_EVALUATION_S: Final = 1.0
"""How late a camera may look at its temperatures: once a second is quick for one that measures by software."""


@dataclass(frozen=True, slots=True)
class Alarm:
    """One type and condition of command 3."""

    kind: int
    condition: int

    def __str__(self) -> str:
        return f"{TYPES[self.kind]}/{CONDITIONS[self.condition]}"

    @property
    def judged(self) -> bool:
        """Whether the document says where it has to trip."""
        return self.kind <= 4 and self.condition <= 3

    @property
    def sign(self) -> int:
        """1 for a rising ramp, -1 for a falling one."""
        return -1 if self.condition == 2 else 1

    @property
    def nominal_k(self) -> float:
        """Where it is expected to trip, from its threshold."""
        if self.condition == 3:
            return -_TOLERANCE_K
        return _TOLERANCE_K if self.begins_at_threshold else 0.0

    def start(self, threshold: float, margin_k: float) -> float:
        """Where the ramp begins: where no reading of the document lets it alarm."""
        return threshold if self.begins_at_threshold else threshold - self.sign * margin_k

    @property
    def begins_at_threshold(self) -> bool:
        """Whether it may alarm on both sides of its threshold."""
        return self.condition == 4 and self.kind != 4

    def told(self, shown: tuple[float, float, float]) -> float:
        """Of maximum, minimum and average in degC, what is compared with the threshold; K for a difference."""
        highest, lowest, average = shown
        if self.kind == 5:
            return highest - lowest
        if self.kind == 3:
            return average
        return lowest if self.kind == 2 or (self.kind == 4 and self.condition == 2) else highest

    def fields(self, threshold: float, difference: float) -> dict[str, Any]:
        """The fields of a rule that put its threshold at `threshold` degC, where a difference is `difference` K."""
        facts: dict[str, Any] = {"alarm_flag": 1, "alarm_type": self.kind, "alarm_condition": self.condition}
        facts |= {"temp_mod": _TOLERANCE_K, "high_temp": threshold, "low_temp": threshold, "avg_temp": threshold}
        if self.kind == 4:
            facts |= {"low_temp": _COLDEST if self.condition != 2 else threshold}
            facts |= {"high_temp": _HOTTEST if self.condition == 2 else threshold}
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
class _Post:
    """Where a ramp is watched from: the camera set to what is true of the reference, the region on its target."""

    dut: Device
    bench: Bench
    reference: Reference
    region: Region
    conditions: Conditions
    threshold: float
    margin_k: float
    relay: Contact | None
    name: str

    @property
    def limit_k(self) -> float | None:
        """How far from its threshold an alarm may trip, in K; against a reference without a certificate it is not
        judged.
        """
        return None if self.reference.calibration is None else self.bench.file.accuracy.trip_k

    def components(self, ramp: Ramp, crossing: Crossing) -> list[Component]:
        """What is not known of the truth at a crossing."""
        ambient = self.bench.file.ambient
        return [
            *self.reference.components(ramp.history[-1].indicated),
            *way_components(self.reference.calibration, crossing.degc, self.conditions, ambient),
            Component.rectangular("way between two samples", max(crossing.half_k, 1e-4), source="ramp"),
            Component.rectangular(
                "delay of the camera", crossing.rate_k_per_s * _EVALUATION_S, source=f"{_EVALUATION_S:g} s of the ramp"
            ),
        ]

    def state(self, what: str, value: float, components: list[Component], raw: str, limit: float | None = None) -> None:
        report(self.dut, self.bench, f"{self.name}: {what}", value, components, limits=limits_of(limit), raw=raw)

    def file(self, ramp: Ramp, what: str) -> str:
        facts = {
            "case": self.dut.case.id,
            "quantity": what,
            "bench": self.bench.file.name,
            "reference": self.reference.name,
            "threshold_degc": self.threshold,
            "assumed": self.conditions.fields,
            "region_px": self.region.as_record(),
        }
        return file_raw(self.dut.session.folder, f"{self.dut.case.id} {what}", ramp.columns, facts)


async def _post(dut: Device, bench: Bench, name: str, wished: float) -> _Post:
    """The post at the threshold nearest to `wished` degC that leaves room for the ramp on either side."""
    reference = nearest_reference(bench, wished)
    limit = bench.file.accuracy.error_limit(wished)
    margin = _MARGIN_K if limit is None else limit.at(wished) + _BEYOND_K
    low, high = reach(reference)
    if high - low < 2 * margin + 2:
        raise CaseInconclusive(f"{reference.name} cannot ramp over {2 * margin + 2:g} K")
    threshold = float(round(clamped(wished, low + margin + 1, high - margin - 1)))
    region = region_of(reference.geometry, dut.sizes, reference.name)
    conditions = assumed_at(bench, reference)
    await set_gear(dut, bench.clock, gear_at(dut, threshold))
    await set_conditions(dut, conditions)
    await set_rules(dut, [rule(region, conditions)])
    relay = bench.file.wiring.alarm_out if dut.profile.has("alarm-output") else None
    return _Post(dut, bench, reference, region, conditions, threshold, margin, relay, name)


async def measure_trip(dut: Device, bench: Bench, alarm: Alarm) -> None:
    """State where an alarm of command 3 (types 1 to 5) trips, from its threshold, in K.

    By the push, by the relay where the bench sees it, by what 520 shows at that moment; and the hysteresis.
    """
    post = await _post(dut, bench, f"alarm {alarm}", _WISHED_C)
    # A difference needs something else than the target in the object.
    region = _beyond_target(post) if alarm.kind == 5 else post.region
    ramp = Ramp(dut, bench, post.reference, of_object, post.relay)
    await alarms_on(dut, **({"output_flag": 1, "output_hold": 10} if post.relay is not None else {}))
    await set_rules(dut, [rule(region, post.conditions)])
    await ramp.begin(alarm.start(post.threshold, post.margin_k))
    objects = Objects(dut, bench.clock, region)
    frames = [await _shown(objects, alarm) for _ in range(4)]
    difference = round(post.threshold - objects.extremes[1], 2)
    if alarm.kind == 5 and difference < 2 * post.margin_k:
        raise CaseInconclusive("around the target nothing is colder than it: there is no difference to ramp")
    if alarm.begins_at_threshold:
        # What the camera itself shows: on both sides of that, by more than its tolerance, it may alarm.
        middle = round(sum(frames) / len(frames), 1)
        if alarm.kind == 5:
            difference = middle
        else:
            post = replace(post, threshold=middle)
    ramp.arm()
    await set_rules(dut, [rule(region, post.conditions, **alarm.fields(post.threshold, difference))])
    crossing = await _ramp_up(post, ramp, alarm.sign, f"an alarm {alarm}", judged=alarm.judged)
    if crossing is None:
        return
    shown = await _shown(objects, alarm)
    aim = post.threshold + alarm.nominal_k
    raw = post.file(ramp, "trip")
    trip_k = post.limit_k if alarm.judged else None
    post.state("trip less threshold, by the push", crossing.degc - aim, post.components(ramp, crossing), raw, trip_k)
    compared = difference + alarm.nominal_k if alarm.kind == 5 else aim
    post.state(
        "indication at the trip less threshold",
        shown - alarm.sign * crossing.half_k - compared,
        [
            noise(frames, "noise of one frame", sensitivity=len(frames) ** 0.5),
            Component.rectangular("way since the trip", 2 * max(crossing.half_k, 1e-4), source="ramp"),
            Component.resolution("resolution", objects.step_k, source="command 520"),
        ],
        raw,
    )
    await _by_relay(post, ramp, aim, raw, trip_k)
    if alarm.judged and alarm.condition in (1, 2):
        await _hysteresis(post, ramp, alarm.sign, crossing)


def _beyond_target(post: _Post) -> Region:
    """The measured square made longer to one side, until it reaches a little over the edge of the target."""
    geometry, region = post.reference.geometry, post.region
    assert geometry is not None
    reach_px = math.ceil(1.15 * geometry.radius_px) + 3
    if region.left - reach_px >= 1:
        return replace(region, left=region.left - reach_px)
    return replace(region, right=min(region.width, region.right + reach_px))


async def _shown(objects: Objects, alarm: Alarm) -> float:
    average = await objects.read()
    return alarm.told((*objects.extremes, average))


async def _ramp_up(post: _Post, ramp: Ramp, sign: int, what: str, *, judged: bool = True) -> Crossing | None:
    """Ramp through the threshold; where the alarm came.

    One that comes too early or never is a finding; where the document leaves the alarm open (R163), an observation.
    """
    first = await ramp.look()
    seen = f"one at {first.degc:.2f} degC, before the ramp"
    if not first.alarmed:
        if await ramp.until_alarm(post.threshold + sign * post.margin_k) is not None:
            return ramp.crossing(lambda sample: sample.alarmed)
        seen = f"none up to {ramp.samples[-1].degc:.2f} degC"
    if judged:
        span = f"within {post.margin_k:g} K of {post.threshold:g} degC"
        post.dut.demand(False, f"{what} {span}", seen, check="push")
    else:
        post.dut.judgement.observe("R163", f"{what}: {seen}")
    return None


async def _by_relay(post: _Post, ramp: Ramp, aim: float, raw: str, limit: float | None) -> None:
    if post.relay is None:
        return
    waited = 0.0
    while not ramp.samples[-1].relay and waited < post.dut.profile["push_tolerance_s"]:
        await ramp.look(1.0)
        waited += 1.0
    crossing = ramp.crossing(lambda sample: bool(sample.relay))
    post.dut.demand(
        crossing is not None, "the alarm output closes with the alarm (III.21)", "it stays open", check="relay"
    )
    if crossing is not None:
        value, components = crossing.degc - aim, post.components(ramp, crossing)
        post.state("trip less threshold, by the relay", value, components, raw, limit)


async def _hysteresis(post: _Post, ramp: Ramp, sign: int, trip: Crossing) -> None:
    """Go back further and further, and up again, until the alarm comes again."""
    before = 0.0
    for back in _BACK_K:
        ramp.arm()
        await ramp.move(trip.degc - sign * back, heedless=True)
        turned = (min if sign > 0 else max)(sample.degc for sample in ramp.samples)
        reached = max(0.0, sign * (trip.degc - turned))
        ramp.arm()
        # A camera that repeats a standing alarm (R163) tells here that it has not ceased.
        stands = (await ramp.look(_REPEATS_S)).alarmed
        ramp.arm()
        if not stands and await ramp.move(trip.degc + sign * post.margin_k / 2):
            middle, half = (before + reached) / 2, abs(reached - before) / 2
            components = [
                Component.rectangular("between two tries", max(half, 1e-4), source="ramp"),
                Component.rectangular("way between two samples", max(trip.half_k, 1e-4), source="ramp"),
                *(each for each in post.components(ramp, trip) if each.name.endswith(("stability", "resolution"))),
            ]
            limit = post.bench.file.accuracy.hysteresis_k
            post.state("hysteresis", middle, components, post.file(ramp, "hysteresis"), limit)
            return
        before = max(before, reached)
    post.dut.judgement.observe("R163", f"no second alarm after the temperature went back by {before:.1f} K")


async def measure_slope(dut: Device, bench: Bench, alarm: Alarm) -> None:
    """Report how fast the source changed, in K/min, when a slope alarm came; its unit and formula are open (R163)."""
    post = await _post(dut, bench, f"alarm {alarm}", _WISHED_C)
    low, high = reach(post.reference)
    target = clamped(post.threshold + alarm.sign * _FAST_K, low, high)
    ramp = Ramp(dut, bench, post.reference, of_object)
    await alarms_on(dut)
    await ramp.begin(post.threshold)
    await ramp.look(30.0)
    ramp.arm()
    await set_rules(dut, [rule(post.region, post.conditions, **alarm.fields(post.threshold, 0.0))])
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
        dut,
        bench,
        f"alarm {alarm}: rate of the source when it came",
        60 * line.slope,
        [
            Component.standard("line through the samples", 60 * line.u_slope, unit="K/min", dof=line.dof),
            Component.rectangular("change of the rate", max(60 * abs(half), 1e-3), unit="K/min", source="ramp"),
        ],
        unit="K/min",
        raw=post.file(ramp, "slope"),
    )


SPOTS: Final = {"hot-spot": (2, 1), "cold-spot": (3, -1)}
"""The tracked spots of command 19: type in push 1000, and sign of the ramp."""


async def measure_spot_trip(dut: Device, bench: Bench, spot: str) -> None:
    """State where the tracking of the hottest or coldest spot (19) trips, from its threshold, in K."""
    kind, sign = SPOTS[spot]
    post = await _post(dut, bench, f"alarm {spot}", _WISHED_C if sign > 0 else _COLD_C)
    await rest(bench, post.reference)
    ramp = Ramp(dut, bench, post.reference, lambda push: _kind(push) == kind)
    await ramp.begin(post.threshold - sign * post.margin_k)
    name = "high" if sign > 0 else "low"
    ramp.arm()
    await track(dut, **{f"{name}_flag": 1, f"{name}_temp": post.threshold})
    if (await ramp.look()).alarmed:
        raise CaseInconclusive(f"something else in the picture is already beyond {post.threshold:g} degC")
    ramp.arm()
    crossing = await _ramp_up(post, ramp, sign, f"a push 1000 of the {spot}")
    if crossing is not None:
        value, components = crossing.degc - post.threshold, post.components(ramp, crossing)
        raw = post.file(ramp, "trip")
        post.state("trip less threshold, by the push", value, components, raw, post.limit_k)


def _kind(push: PushMessage) -> Any:
    return (push.body or push.envelope).get("type")
