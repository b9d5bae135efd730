"""Which temperature of an object is held against which threshold of its rule, and how near (III.3, VI.1000).

The object is nearly the whole image: its highest, lowest and mean temperature are then far apart, and a threshold
between two of them tells them from each other. All temperatures are those that 520 shows meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from conformance.catalogue import Safety
from conformance.dut.device import Device
from conformance.rules.case import Case, cases
from conformance.rules.verdict import CaseInconclusive
from conformance.steps.alarms import (
    CONDITIONS,
    FAR_K,
    TYPES,
    WIDE,
    box,
    corners,
    keyword_of,
    of_object,
    reading,
    set_rule,
    settle,
    watch,
)
from conformance.steps.push_content import entries

_SAFE = Safety.REVERSIBLE
_TRIES = 3
_LOOKED_S = 3.0
_STEP_S = 0.25
_NEAR_K = 0.8
"""A threshold this far from all that 520 showed is not passed: a value may be rounded, and noisier than it is shown."""
_NEVER = {1: 2000.0, 2: -40.0}
_ALWAYS = {1: -40.0, 2: 2000.0}
"""Thresholds that everything passes above (1) or below (2), and that nothing passes."""
_COMPARED = {1: ("maximum", "high_temp"), 2: ("minimum", "low_temp"), 3: ("average", "avg_temp")}
_ORDER = ("minimum", "average", "maximum")


@dataclass(frozen=True, slots=True)
class _Span:
    """What one temperature of the object was between, in degC."""

    low: float
    high: float

    @property
    def near(self) -> float:
        """How far from it nothing is reached that only noise makes."""
        whole = self.low.is_integer() and self.high.is_integer()
        return max(_NEAR_K, 3 * (self.high - self.low)) + (1.0 if whole else 0.0)


async def _look(dut: Device, seconds: float = _LOOKED_S) -> dict[str, _Span]:
    """What 520 shows of the object within some seconds."""
    seen = [await reading(dut)]
    for _ in range(int(seconds / _STEP_S)):
        await dut.clock.sleep(_STEP_S)
        seen.append(await reading(dut))
    return {
        name: _Span(min(getattr(each, name) for each in seen), max(getattr(each, name) for each in seen))
        for name in _ORDER
    }


def _passed(spans: dict[str, _Span], name: str, condition: int) -> float:
    """A threshold that a temperature passes and, where they are far enough apart, the next one does not."""
    place, own = _ORDER.index(name), spans[name]
    if condition == 1:
        gap = own.low - spans[_ORDER[place - 1]].high if place else 0.0
        return own.low - _between(gap, own)
    gap = spans[_ORDER[place + 1]].low - own.high if place < 2 else 0.0
    return own.high + _between(gap, own)


def _between(gap: float, own: _Span) -> float:
    return min(gap / 2, FAR_K) if gap > 2 * own.near else max(FAR_K, own.near)


async def _alarms(dut: Device, **rule: Any) -> tuple[bool, dict[str, _Span]]:
    """Whether such a rule alarms within the time that a push may take, and what its object read meanwhile."""
    mark = dut.control.pushes.mark()
    await set_rule(dut, points=corners(box(dut, WIDE)), **rule)
    spans = await _look(dut, dut.profile["push_tolerance_s"])
    await settle(dut, 0.5)
    return any(push.cmdtype == 1000 and of_object(push) for push in dut.control.pushes.since(mark)), spans


async def _silent(dut: Device) -> dict[str, _Span]:
    """Nothing alarms; what the object reads."""
    await set_rule(dut, points=corners(box(dut, WIDE)))
    await dut.clock.sleep(1)
    return await _look(dut)


def _rules() -> Iterator[Case[Any]]:
    for clause, prefix, requirement in (
        ("III.3", "III.3/alarm", "III.3/thresholds"),
        ("VI.1000", "VI.1000/near", "VI.1000/near"),
    ):
        for kind in _COMPARED:
            for condition in (1, 2, 3):
                yield Case(
                    f"{prefix}/{TYPES[kind]}/{CONDITIONS[condition]}",
                    f"An alarm of type {TYPES[kind]}, {CONDITIONS[condition]}, compares its own threshold closely",
                    _SAFE,
                    requirement=requirement,
                    clause=clause,
                    capabilities=("measurement", "temperature-alarm"),
                    writes=("pair:3", "pair:21"),
                    waits_s=16,
                    data=(kind, condition),
                )


@cases(_rules())
async def test_an_alarm_compares_what_it_should(case: Case[Any], dut: Device) -> None:
    kind, condition = case.data
    name, key = _COMPARED[kind]
    await watch(dut)
    await _is_due(dut, kind, condition, name, key)
    for side in (1, -1) if condition == 3 else (1,):
        await _is_not_due(dut, kind, condition, name, key, side)


async def _is_due(dut: Device, kind: int, condition: int, name: str, key: str) -> None:
    """Its own threshold is passed, by its own temperature alone if need be, the others are not."""
    for _ in range(_TRIES):
        spans = await _silent(dut)
        if condition == 3:
            threshold, others, mod = round((spans[name].low + spans[name].high) / 2, 1), 2000.0, 1.0
        else:
            threshold, others, mod = round(_passed(spans, name, condition), 1), _NEVER[condition], 0.0
        rule = _rule(kind, condition, key, threshold, others)
        came, seen = await _alarms(dut, **rule, temp_mod=mod)
        if came or _holds(condition, seen[name], threshold):
            expected = f"an alarm: {name} {seen[name].low} to {seen[name].high} degC, {key} {threshold}"
            dut.demand(came, expected, "a push 1000" if came else "none")
            return
    raise CaseInconclusive("the scene moves: no threshold stays passed")


async def _is_not_due(dut: Device, kind: int, condition: int, name: str, key: str, side: int) -> None:
    """Its own threshold is just not passed, the others are. Only what happens again and again is a finding."""
    judged = expected = ""
    for _ in range(_TRIES):
        own = (await _silent(dut))[name]
        if condition == 3:
            away, others = 0.5 + max(1.5, own.near), 2000.0
            threshold = own.high + away if side > 0 else own.low - away
        else:
            threshold = own.high + own.near if condition == 1 else own.low - own.near
            others = _ALWAYS[condition]
        threshold = round(threshold, 1)
        mod = 0.5 if condition == 3 else 0.0
        came, seen = await _alarms(dut, **_rule(kind, condition, key, threshold, others), temp_mod=mod)
        if not _far(condition, seen[name], threshold, own.near / 2 + mod):
            continue
        judged, expected = "pushed", f"no alarm: {name} {seen[name].low} to {seen[name].high} degC, {key} {threshold}"
        if not came:
            dut.demand(True, expected, "none")
            return
    if not judged:
        raise CaseInconclusive("the scene moves: it passes what it did not reach")
    dut.demand(False, expected, "a push 1000, each time", check="push")


def _rule(kind: int, condition: int, key: str, threshold: float, others: float) -> dict[str, Any]:
    rest = dict.fromkeys(("high_temp", "low_temp", "avg_temp"), others)
    return {"alarm_type": kind, "alarm_condition": condition, **rest, key: threshold}


def _holds(condition: int, seen: _Span, threshold: float) -> bool:
    """Whether all that was seen meets the condition, and the threshold has not been come near to."""
    if condition == 3:
        return max(abs(seen.low - threshold), abs(seen.high - threshold)) < 0.7
    return seen.low > threshold + _NEAR_K if condition == 1 else seen.high < threshold - _NEAR_K


def _far(condition: int, seen: _Span, threshold: float, away: float) -> bool:
    """Whether all that was seen is `away` from meeting the condition."""
    if condition == 3:
        return min(abs(seen.low - threshold), abs(seen.high - threshold)) > away
    return threshold - seen.high > away if condition == 1 else seen.low - threshold > away


@cases(
    [
        Case(
            "VI.1009/temperature",
            "The temperature that 1009 tells of a high alarm is above the threshold",
            _SAFE,
            capabilities=("measurement", "temperature-alarm"),
            writes=("pair:3", "pair:21"),
            waits_s=9,
        )
    ]
)
async def test_the_temperature_of_an_alarm_is_the_one_that_alarmed(case: Case, dut: Device) -> None:
    await watch(dut)
    for _ in range(_TRIES):
        spans = await _silent(dut)
        threshold = round(_passed(spans, "maximum", 1), 1)
        mark = dut.control.pushes.mark()
        came, seen = await _alarms(dut, high_temp=threshold, temp_mod=0.0)
        if not came:
            continue
        points = [
            point
            for push in dut.control.pushes.since(mark)
            if push.cmdtype == 1009
            for point in entries(push, "alarm_points")
            if point.get("temp_flag") == 1 and isinstance(point.get("temperature"), int | float)
        ]
        dut.demand(bool(points), "a push 1009 with a point of high temperature", "none", keyword=keyword_of(1009))
        for point in points:
            expected = f"temperature: above {threshold} degC, at most {seen['maximum'].high}"
            found = point["temperature"]
            dut.demand(threshold <= found + _NEAR_K and found <= seen["maximum"].high + FAR_K, expected, f"{found}")
        return
    raise CaseInconclusive("no alarm to tell a temperature of (VI.1000)")
