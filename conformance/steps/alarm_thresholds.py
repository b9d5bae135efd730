"""Which temperature of an object is compared with which threshold of its rule, and how closely (III.3, VI.1000).

The object is nearly the whole image: its highest, lowest and mean temperature are then far apart, and a threshold
between two of them shows which one the device compares. All temperatures are those that 520 shows meanwhile. A scene
may move, and a device may show other values than it compares, so a threshold is judged only while all that 520 showed
is clearly on one side of it, and only a finding that repeats is reported.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from conformance.catalogue import Safety
from conformance.catalogue.json_types import Json, JsonObject
from conformance.dut.device import Device
from conformance.rules.case import Case
from conformance.rules.verdict import CaseInconclusive
from conformance.steps.alarms import (
    ALARM_NEEDS,
    CONDITIONS,
    FAR_K,
    TYPES,
    WIDE,
    corners,
    object_alarms,
    object_box,
    prepare_alarm,
    read_object,
    set_rule,
    wait_for_pushes,
)

__all__ = [
    "NEAR_K",
    "TRIES",
    "Comparison",
    "Span",
    "alarms_meanwhile",
    "judge_threshold",
    "passed_threshold",
    "silence",
    "threshold_cases",
]

TRIES = 3
_LOOKED_S = 3.0
_STEP_S = 0.25
NEAR_K = 0.8
"""A threshold this far from all that 520 showed is not passed: a value may be rounded, or noisier than it is shown."""
_NEVER = {1: 2000.0, 2: -40.0}
"""By condition, above (1) or below (2): a threshold that nothing passes."""
_ALWAYS = {1: -40.0, 2: 2000.0}
"""By condition: a threshold that everything passes."""
_COMPARED = {1: ("maximum", "high_temp"), 2: ("minimum", "low_temp"), 3: ("average", "avg_temp")}
"""By type of a rule: the temperature of the object that it compares, and the threshold it compares it with."""
_ORDER = ("minimum", "average", "maximum")


class Comparison(NamedTuple):
    """The alarm_type (1 max, 2 min, 3 average) and alarm_condition (1 above, 2 below, 3 matching) of a rule."""

    kind: int
    condition: int


def threshold_cases(head: str, requirement: str) -> Iterator[Case[Comparison]]:
    """A case for every type and condition whose threshold is judged; its id begins with `head`."""
    for kind in _COMPARED:
        for condition in (1, 2, 3):
            yield Case(
                f"{head}/{TYPES[kind]}/{CONDITIONS[condition]}",
                f"An alarm of type {TYPES[kind]}, {CONDITIONS[condition]}, must compare its own threshold closely",
                Safety.REVERSIBLE,
                requirement=requirement,
                **ALARM_NEEDS,
                waits_s=16,
                data=Comparison(kind, condition),
            )


@dataclass(frozen=True, slots=True)
class Span:
    """Between what one temperature of the object was, in degC."""

    low: float
    high: float

    @property
    def near(self) -> float:
        """How far from it a threshold is out of reach of noise, in kelvin."""
        whole = self.low.is_integer() and self.high.is_integer()
        return max(NEAR_K, 3 * (self.high - self.low)) + (1.0 if whole else 0.0)


async def _look(dut: Device, seconds: float = _LOOKED_S) -> dict[str, Span]:
    """What 520 shows of the object within some seconds."""
    seen = [await read_object(dut)]
    for _ in range(int(seconds / _STEP_S)):
        await dut.clock.sleep(_STEP_S)
        seen.append(await read_object(dut))
    return {
        name: Span(min(getattr(each, name) for each in seen), max(getattr(each, name) for each in seen))
        for name in _ORDER
    }


def passed_threshold(spans: dict[str, Span], name: str, condition: int) -> float:
    """A threshold that a temperature passes and, where they are far enough apart, the next one does not."""
    place, own = _ORDER.index(name), spans[name]
    if condition == 1:
        gap = own.low - spans[_ORDER[place - 1]].high if place else 0.0
        return own.low - _between(gap, own)
    gap = spans[_ORDER[place + 1]].low - own.high if place < 2 else 0.0
    return own.high + _between(gap, own)


def _between(gap: float, own: Span) -> float:
    return min(gap / 2, FAR_K) if gap > 2 * own.near else max(FAR_K, own.near)


async def alarms_meanwhile(dut: Device, **rule: Json) -> tuple[bool, dict[str, Span]]:
    """Whether a rule with these changes alarms in the time that a push may take, and what its object read meanwhile."""
    mark = dut.control.pushes.mark()
    await set_rule(dut, points=corners(object_box(dut, WIDE)), **rule)
    spans = await _look(dut, dut.profile["push_tolerance_s"])
    await wait_for_pushes(dut, 0.5)
    return bool(object_alarms(dut, mark)), spans


async def silence(dut: Device) -> dict[str, Span]:
    """Set a rule that does not alarm; returns what its object reads."""
    await set_rule(dut, points=corners(object_box(dut, WIDE)))
    await dut.clock.sleep(1)
    return await _look(dut)


async def judge_threshold(dut: Device, comparison: Comparison) -> None:
    """Judge that a rule of this type and condition alarms by its own temperature and its own threshold, and closely."""
    kind, condition = comparison
    name, key = _COMPARED[kind]
    await prepare_alarm(dut)
    await _is_due(dut, kind, condition, name, key)
    for side in (1, -1) if condition == 3 else (1,):
        await _is_not_due(dut, kind, condition, name, key, side)


async def _is_due(dut: Device, kind: int, condition: int, name: str, key: str) -> None:
    """Judge that the rule alarms while its own threshold is passed and the other two are not."""
    for _ in range(TRIES):
        spans = await silence(dut)
        if condition == 3:
            threshold, others, mod = round((spans[name].low + spans[name].high) / 2, 1), 2000.0, 1.0
        else:
            threshold, others, mod = round(passed_threshold(spans, name, condition), 1), _NEVER[condition], 0.0
        rule = _rule(kind, condition, key, threshold, others)
        came, seen = await alarms_meanwhile(dut, **rule, temp_mod=mod)
        if came or _holds(condition, seen[name], threshold):
            expected = f"an alarm: {name} {seen[name].low} to {seen[name].high} degC, {key} {threshold}"
            dut.demand(came, expected, "a push 1000" if came else "no push 1000")
            return
    raise CaseInconclusive("the scene moves: no threshold stays passed while it is judged")


async def _is_not_due(dut: Device, kind: int, condition: int, name: str, key: str, side: int) -> None:
    """Judge that the rule does not alarm while its own threshold is just not passed and the other two are.

    Only an alarm that comes at every try is a finding.
    """
    judged = expected = ""
    for _ in range(TRIES):
        own = (await silence(dut))[name]
        if condition == 3:
            away, others = 0.5 + max(1.5, own.near), 2000.0
            threshold = own.high + away if side > 0 else own.low - away
        else:
            threshold = own.high + own.near if condition == 1 else own.low - own.near
            others = _ALWAYS[condition]
        threshold = round(threshold, 1)
        mod = 0.5 if condition == 3 else 0.0
        came, seen = await alarms_meanwhile(dut, **_rule(kind, condition, key, threshold, others), temp_mod=mod)
        if not _far(condition, seen[name], threshold, own.near / 2 + mod):
            continue
        judged, expected = "pushed", f"no alarm: {name} {seen[name].low} to {seen[name].high} degC, {key} {threshold}"
        if not came:
            dut.demand(True, expected, "no push 1000")
            return
    if not judged:
        raise CaseInconclusive("the scene moves: it passes thresholds that it did not reach before")
    dut.demand(False, expected, "a push 1000, each time", check="push")


def _rule(kind: int, condition: int, key: str, threshold: float, others: float) -> JsonObject:
    rest = dict.fromkeys(("high_temp", "low_temp", "avg_temp"), others)
    return {"alarm_type": kind, "alarm_condition": condition, **rest, key: threshold}


def _holds(condition: int, seen: Span, threshold: float) -> bool:
    """Whether every value that 520 showed meets the condition and is clear of the threshold."""
    if condition == 3:
        return max(abs(seen.low - threshold), abs(seen.high - threshold)) < 0.7
    return seen.low > threshold + NEAR_K if condition == 1 else seen.high < threshold - NEAR_K


def _far(condition: int, seen: Span, threshold: float, away: float) -> bool:
    """Whether every value that 520 showed is at least `away` kelvin from meeting the condition."""
    if condition == 3:
        return min(abs(seen.low - threshold), abs(seen.high - threshold)) > away
    return threshold - seen.high > away if condition == 1 else seen.low - threshold > away
