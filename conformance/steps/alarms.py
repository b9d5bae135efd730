"""One measured object, thresholds moved around what it reads, and the pushes that come of it.

Temperatures are taken from the device's own command 520, so that any scene will do: a threshold 5 K below the
reading is passed, one 5 K above is not.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from conformance.catalogue import values
from conformance.catalogue.model import Keyword
from conformance.client import ControlClient, PushMessage
from conformance.dut.device import Device
from conformance.rules.verdict import CaseInconclusive
from conformance.steps.pairs import apply_settings

__all__ = [
    "ALWAYS",
    "CONDITIONS",
    "EXCLUDED",
    "FAR_K",
    "NAME",
    "QUIET",
    "SAME_K",
    "TYPES",
    "WIDE",
    "ObjectTemperature",
    "alarms_on",
    "box",
    "corners",
    "heat",
    "kept_still",
    "keyword_of",
    "no_push",
    "of_object",
    "pass_threshold",
    "reading",
    "rule_met",
    "rule_not_met",
    "set_rule",
    "set_rules",
    "settle",
    "watch",
    "week",
]

NAME = "bench"
FAR_K = 5.0
"""How far a threshold is put from the reading: more than noise, drift and any hysteresis."""
SAME_K = 2.0
"""Two readings of the same object a moment apart may differ by this much."""

TYPES = {1: "max", 2: "min", 3: "average", 4: "max-and-min", 5: "difference", 6: "slope"}
CONDITIONS = {1: "above", 2: "below", 3: "matching", 4: "above-and-below"}

QUIET = {"record_flag": 0, "capture_flag": 0, "audio_flag": 0, "light_flag": 0, "output_flag": 0, "sendmail": 0}
"""Nothing is set off by an alarm (III.21)."""

WIDE = (1, 1, 15, 15)
"""Nearly the whole image: its extremes are far apart, and keep still though something moves within."""
_PLACES = ((4, 4, 8, 8), (1, 1, 3, 3), (13, 1, 15, 3), (1, 13, 3, 15), (13, 13, 15, 15), WIDE)
"""Where an object may be: left, top, right, bottom in sixteenths of the image; the first unless something moves."""
_WATCHED_S = 30
_STILL_K = 1.0

_COLDEST, _HOTTEST = -40.0, 2000.0
_SHOWN = ("max_temp", "min_temp", "avg_temp")


def week(whole: Collection[int]) -> list[dict[str, Any]]:
    """A schedule with the days `whole` in force from morning to night, the others for one second after midnight.

    Whether a list may be empty, or leave days out, is open (R162); a second that is not now excludes in any reading.
    """
    day, night = {"start": "00:00:00", "end": "23:59:59"}, {"start": "00:00:00", "end": "00:00:01"}
    return [{"day": number, "period": [day if number in whole else night]} for number in range(1, 8)]


ALWAYS = week(range(1, 8))
EXCLUDED = week(())


@dataclass(frozen=True, slots=True)
class ObjectTemperature:
    """What command 520 shows of the object, in degC, and under which number."""

    maximum: float
    minimum: float
    average: float
    number: Any = None


def box(dut: Device, sixteenths: tuple[int, int, int, int] | None = None) -> tuple[int, int, int, int]:
    """Left, top, right and bottom of the object, in pixels from 1: where the scene keeps still, as far as is known."""
    width, height = dut.sizes.get("ir_output_w", 512), dut.sizes.get("ir_output_h", 384)
    left, top, right, bottom = sixteenths or dut.facts.learnt.still_place or _PLACES[0]
    return left * width // 16, top * height // 16, right * width // 16, bottom * height // 16


def corners(sides: tuple[int, int, int, int]) -> list[dict[str, int]]:
    """The points of a rectangle, as a rule has them."""
    left, top, right, bottom = sides
    return [{"x": x, "y": y} for x, y in ((left, top), (right, top), (right, bottom), (left, bottom))]


def _rule(dut: Device, sides: tuple[int, int, int, int]) -> dict[str, Any]:
    """A rectangular rule of emissivity 1 that alarms at once, and at nothing that there is."""
    rule: dict[str, Any] = values.request(dut.catalogue.commands[3], dut.sizes)["message"]["rule_list"][0]
    rule.update(rule_name=NAME, type=3, points=corners(sides))
    rule.update(alarm_flag=1, alarm_type=1, alarm_condition=1, alarm_time=0, temp_mod=0.5, emiss_mode=2, emiss=1.0)
    rule.update(high_temp=_HOTTEST, low_temp=_COLDEST, avg_temp=_HOTTEST, diff_temp=_HOTTEST, rate_temp=600.0)
    return rule


async def set_rules(dut: Device, *changes: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Make rectangular rules of emissivity 1 that alarm at once, each with its changes, the only rules; as sent."""
    rules = [{**_rule(dut, box(dut)), **each} for each in changes]
    await dut.must(3, {"show_type": 1, "rule_list": rules})
    return rules


async def set_rule(dut: Device, **changes: Any) -> dict[str, Any]:
    """Make one such rule the only one; returns it as sent."""
    return (await set_rules(dut, changes))[0]


async def alarms_on(dut: Device, **changes: Any) -> None:
    """Switch the temperature alarm of command 21 on at all times, with nothing set off by it."""
    shown = await dut.must(22)
    # What it does to an alarm is not said (R163); where the device knows it, it is switched off.
    shake = {"alarm_shake": 0} if "alarm_shake" in shown else {}
    await apply_settings(dut, 21, {"alarm_flag": 1, "effect_day": ALWAYS, **QUIET, **shake, **changes})


async def watch(dut: Device, **rule: Any) -> ObjectTemperature:
    """Alarms on, and one rule that does not alarm; returns what it reads."""
    if (await dut.must(2)).get("flag", 1) == 0:
        raise CaseInconclusive("temperature measurement is switched off on this device")
    await _find_what_keeps_still(dut)
    await alarms_on(dut)
    await set_rule(dut, **rule)
    await dut.clock.sleep(2)
    return await reading(dut)


async def _find_what_keeps_still(dut: Device) -> None:
    """Learn, once in a run, where a real scene changes least within half a minute; ours keeps still by itself."""
    if dut.facts.learnt.still_place is not None or dut.session.stimulus is not None:
        return
    names = [f"place {number}" for number in range(len(_PLACES))]
    rules = [{**_rule(dut, box(dut, place)), "rule_name": name} for place, name in zip(_PLACES, names, strict=True)]
    await dut.must(3, {"show_type": 1, "rule_list": rules})
    seen: dict[str, list[tuple[float, ...]]] = {name: [] for name in names}
    for _ in range(_WATCHED_S):
        await dut.clock.sleep(1)
        for entry in (await dut.must(520)).get("rule_list") or []:
            found = _shown(entry) if isinstance(entry, dict) else None
            if found is not None and entry.get("rule_name") in seen:
                seen[entry["rule_name"]].append(found)
    spans = [max((max(each) - min(each) for each in zip(*seen[name], strict=True)), default=math.inf) for name in names]
    moved = dut.facts.learnt.moving_places
    spans = [math.inf if place in moved else span for place, span in zip(_PLACES, spans, strict=True)]
    least = min(spans)
    # The usual place wherever it is still enough: cases are easier to compare from run to run.
    chosen = 0 if least == math.inf or spans[0] <= _STILL_K else spans.index(least)
    dut.facts.learnt.still_place = _PLACES[chosen]


async def kept_still(dut: Device, at: ObjectTemperature) -> None:
    """Make sure that the object reads what it read `at` first; inconclusive where the scene has moved."""
    now = await reading(dut)
    moved = max(abs(now.maximum - at.maximum), abs(now.minimum - at.minimum), abs(now.average - at.average))
    if moved > SAME_K:
        learnt = dut.facts.learnt
        if learnt.still_place is not None:  # the next case looks for another place
            learnt.moving_places = (*learnt.moving_places, learnt.still_place)
            learnt.still_place = None
        raise CaseInconclusive(f"the scene moved: the object reads {moved:.1f} K otherwise than at first")


async def reading(dut: Device) -> ObjectTemperature:
    """What command 520 shows of the object; inconclusive where it shows none, which IV.520 judges."""
    entries = (await dut.must(520)).get("rule_list") or []
    for entry in entries:
        if isinstance(entry, dict) and (entry.get("rule_name", NAME) == NAME):
            found = _shown(entry)
            if found is not None:
                return ObjectTemperature(*found, entry.get("rule_id"))
    raise CaseInconclusive("520 does not show the object")


def _shown(entry: Mapping[str, Any]) -> tuple[float, float, float] | None:
    """Highest, lowest and mean temperature of one entry of 520, in degC; None where one is missing."""
    found = [float(each) for key in _SHOWN if isinstance(each := entry.get(key), int | float)]
    return (found[0], found[1], found[2]) if len(found) == len(_SHOWN) else None


def _thresholds(**temperatures: float) -> dict[str, float]:
    return {key: round(min(_HOTTEST, max(_COLDEST, value)), 1) for key, value in temperatures.items()}


def rule_met(kind: int, condition: int, at: ObjectTemperature) -> dict[str, Any]:
    """The changes of a rule that make its type and condition hold for what it reads now.

    Type 4 above or below passes one of its thresholds, above and below both; what "above and below" means for one
    temperature is not said, so that it holds however it is read.
    """
    above, below = condition in (1, 4), condition == 2
    high = at.maximum if condition == 3 else at.maximum - FAR_K if above else at.maximum + FAR_K
    low = at.minimum if condition == 3 else at.minimum - FAR_K if condition == 1 else at.minimum + FAR_K
    average = at.average if condition == 3 else at.average - FAR_K if above else at.average + FAR_K
    if kind == 4:
        high = _HOTTEST if below else high
        low = _COLDEST if condition == 1 else low
    elif condition == 4:
        value = {1: at.maximum, 2: at.minimum, 3: at.average}[kind]
        high, low, average = value - FAR_K, value + FAR_K, value - FAR_K
    facts = _thresholds(high_temp=high, low_temp=low, avg_temp=average)
    return {"alarm_type": kind, "alarm_condition": condition, "temp_mod": 1.0 if condition == 3 else 0.5, **facts}


def rule_not_met(kind: int, condition: int, at: ObjectTemperature, side: int = 1) -> dict[str, Any]:
    """The changes of a rule that make its type and condition not hold, by 5 K; `side` is 1 or -1 for matching."""
    if kind == 4:
        facts = _thresholds(high_temp=at.maximum + FAR_K, low_temp=at.minimum - FAR_K, avg_temp=at.average)
    else:
        away = {1: FAR_K, 2: -FAR_K, 3: side * FAR_K}[condition]
        facts = _thresholds(high_temp=at.maximum + away, low_temp=at.minimum + away, avg_temp=at.average + away)
    return {"alarm_type": kind, "alarm_condition": condition, "temp_mod": 1.0 if condition == 3 else 0.5, **facts}


async def pass_threshold(dut: Device, **changes: Any) -> dict[str, Any]:
    """Let the object's highest temperature pass its threshold, which sinks far below it; returns the rule."""
    return await set_rule(dut, **{"high_temp": _COLDEST, **changes})


async def heat(dut: Device, temperature: float) -> None:
    """A target of `temperature` degC that covers the object."""
    left, top, right, bottom = box(dut)
    facts = {"x": left, "y": top, "w": right - left + 1, "h": bottom - top + 1}
    await dut.stimulus.do("heat", name=NAME, temperature=temperature, **facts)


def keyword_of(number: int) -> Keyword:
    """How an alarm of an object is due: the document has two messages for it and does not say which comes when; 1000,
    which tells the rule, must come, and 1009 should.
    """
    return Keyword.SHOULD if number == 1009 else Keyword.MUST


def of_object(message: PushMessage) -> bool:
    """Whether a 1000 may be the object's: not that of a hot or cold spot (command 19)."""
    return message.body.get("type") not in (2, 3)


async def settle(dut: Device, seconds: float, *clients: ControlClient) -> None:
    """Let `seconds` pass, then hear whatever was on its way to the run's session and to `clients`."""
    await dut.clock.sleep(seconds)
    for client in (dut.control, *clients):
        if not client.closed:
            await dut.ask(500, client=client)


async def no_push(
    dut: Device,
    number: int,
    since: int,
    why: str,
    *,
    match: Any = None,
    seconds: float | None = None,
    keyword: Keyword = Keyword.MUST,
    at: ObjectTemperature | None = None,
) -> bool:
    """Judge that no push `number` has come since the mark `since` after `seconds` (the profile's tolerance).

    With `at` only if the object still reads what it read then.
    """
    await settle(dut, dut.profile["push_tolerance_s"] if seconds is None else seconds)
    if at is not None:
        await kept_still(dut, at)
    found = [push for push in dut.control.pushes.since(since) if push.cmdtype == number and (not match or match(push))]
    return dut.demand(not found, f"no push {number}: {why}", f"{len(found)} came", keyword=keyword, check="push")
