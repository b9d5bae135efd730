"""Temperature alarms of one object: rules whose thresholds its temperature passes or not, and the pushes that follow.

The temperature is the one that command 520 shows, so that the cases work with any scene: a threshold 5 K below it is
passed, one 5 K above it is not.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import NamedTuple

from conformance.catalogue import values
from conformance.catalogue.json_types import Json, JsonMapping, JsonObject
from conformance.catalogue.model import Keyword
from conformance.client import ControlClient, PushMessage
from conformance.dut.device import Device
from conformance.rules.verdict import CaseInconclusive
from conformance.steps.image_sizes import output_size
from conformance.steps.needs import Needs
from conformance.steps.pairs import apply_settings

__all__ = [
    "ALARM_NEEDS",
    "ALWAYS",
    "CONDITIONS",
    "EXCLUDED",
    "FAR_K",
    "NAME",
    "OUTSIDE_SCHEDULE",
    "SAME_K",
    "TYPES",
    "WIDE",
    "ObjectTemperature",
    "SwitchedOff",
    "corners",
    "heat_object",
    "is_of_object",
    "judge_no_push",
    "keyword_of",
    "object_alarms",
    "object_box",
    "pass_threshold",
    "prepare_alarm",
    "read_object",
    "require_still_scene",
    "rule_met",
    "rule_not_met",
    "schedule_of",
    "set_rule",
    "set_rules",
    "switch_alarms_on",
    "wait_for_pushes",
]

NAME = "bench"
FAR_K = 5.0
"""By how many kelvin a threshold differs from the temperature: more than noise, drift and any hysteresis."""
SAME_K = 2.0
"""By how many kelvin two readings of one object, one after the other, may differ."""

TYPES = {1: "max", 2: "min", 3: "average", 4: "max-and-min", 5: "difference", 6: "slope"}
CONDITIONS = {1: "above", 2: "below", 3: "matching", 4: "above-and-below"}

ALARM_NEEDS: Needs = {"capabilities": ("measurement", "temperature-alarm"), "writes": ("pair:3", "pair:21")}
"""What a case about an alarm of an object needs and writes."""

_QUIET = {"record_flag": 0, "capture_flag": 0, "audio_flag": 0, "light_flag": 0, "output_flag": 0, "sendmail": 0}
"""Settings with which an alarm sets nothing off (III.21)."""

WIDE = (1, 1, 15, 15)
"""Nearly the whole image: its extremes are far apart, and stay the same even if something in it moves."""
_PLACES = ((4, 4, 8, 8), (1, 1, 3, 3), (13, 1, 15, 3), (1, 13, 3, 15), (13, 13, 15, 15), WIDE)
"""Places of an object: left, top, right, bottom in sixteenths of the image. The first is taken unless it moves."""
_WATCHED_S = 30
_STILL_K = 1.0

_COLDEST, _HOTTEST = -40.0, 2000.0
_SHOWN = ("max_temp", "min_temp", "avg_temp")


def schedule_of(whole: Collection[int]) -> list[JsonObject]:
    """A schedule in which the days `whole` are in force all day, and the others for one second after midnight.

    It is open whether a list may be empty or leave days out (R162). One second excludes the present in any reading.
    """
    day, night = {"start": "00:00:00", "end": "23:59:59"}, {"start": "00:00:00", "end": "00:00:01"}
    return [{"day": number, "period": [day if number in whole else night]} for number in range(1, 8)]


ALWAYS = schedule_of(range(1, 8))
EXCLUDED = schedule_of(())


class SwitchedOff(NamedTuple):
    """Settings with which a cause does not alarm, and the words that say why no push is due."""

    settings: JsonObject
    why: str


OUTSIDE_SCHEDULE = SwitchedOff({"effect_day": EXCLUDED}, "no day of effect_day has this hour")


@dataclass(frozen=True, slots=True)
class ObjectTemperature:
    """The temperatures that command 520 shows for the object, in degC, and the number of its rule."""

    maximum: float
    minimum: float
    average: float
    number: Json = None


def object_box(dut: Device, sixteenths: tuple[int, int, int, int] | None = None) -> tuple[int, int, int, int]:
    """Left, top, right and bottom of the object in pixels from 1: at `sixteenths`, or where the scene is still."""
    width, height = output_size(dut)
    left, top, right, bottom = sixteenths or dut.facts.learnt.still_place or _PLACES[0]
    return left * width // 16, top * height // 16, right * width // 16, bottom * height // 16


def corners(sides: tuple[int, int, int, int]) -> list[dict[str, int]]:
    """The points of a rectangle (left, top, right, bottom) in a rule."""
    left, top, right, bottom = sides
    return [{"x": x, "y": y} for x, y in ((left, top), (right, top), (right, bottom), (left, bottom))]


def _rule(dut: Device, sides: tuple[int, int, int, int]) -> JsonObject:
    """A rectangular rule of emissivity 1 that alarms without delay, but at no possible temperature."""
    rule: JsonObject = values.request(dut.catalogue.commands[3], dut.sizes)["message"]["rule_list"][0]
    rule.update(rule_name=NAME, type=3, points=corners(sides))
    rule.update(alarm_flag=1, alarm_type=1, alarm_condition=1, alarm_time=0, temp_mod=0.5, emiss_mode=2, emiss=1.0)
    rule.update(high_temp=_HOTTEST, low_temp=_COLDEST, avg_temp=_HOTTEST, diff_temp=_HOTTEST, rate_temp=600.0)
    return rule


async def set_rules(dut: Device, *changes: JsonMapping) -> list[JsonObject]:
    """Replace all rules by rectangular ones of emissivity 1 that alarm at once, each with its changes; as sent."""
    rules = [{**_rule(dut, object_box(dut)), **each} for each in changes]
    await dut.must(3, {"show_type": 1, "rule_list": rules})
    return rules


async def set_rule(dut: Device, **changes: Json) -> JsonObject:
    """Replace all rules by one of `set_rules`; returns it as sent."""
    return (await set_rules(dut, changes))[0]


async def switch_alarms_on(dut: Device, **changes: Json) -> None:
    """Switch the temperature alarm of command 21 on at all times, without anything that it sets off."""
    shown = await dut.must(22)
    # It is not said what it does to an alarm (R163), so it is switched off where the device has it.
    shake = {"alarm_shake": 0} if "alarm_shake" in shown else {}
    await apply_settings(dut, 21, {"alarm_flag": 1, "effect_day": ALWAYS, **_QUIET, **shake, **changes})


async def prepare_alarm(dut: Device, **rule: Json) -> ObjectTemperature:
    """Switch alarms on and set one rule that does not alarm; returns the temperatures of its object.

    Inconclusive where the device does not measure.
    """
    if (await dut.must(2)).get("flag", 1) == 0:
        raise CaseInconclusive("temperature measurement is switched off on this device")
    await _find_still_place(dut)
    await switch_alarms_on(dut)
    await set_rule(dut, **rule)
    await dut.clock.sleep(2)
    return await read_object(dut)


async def _find_still_place(dut: Device) -> None:
    """Find out, once in a run, where a real scene changes least within half a minute; a simulated one keeps still."""
    if dut.facts.learnt.still_place is not None or dut.session.stimulus is not None:
        return
    names = [f"place {number}" for number in range(len(_PLACES))]
    rules = [
        {**_rule(dut, object_box(dut, place)), "rule_name": name} for place, name in zip(_PLACES, names, strict=True)
    ]
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
    # The first place if it is still enough, so that runs are easier to compare.
    chosen = 0 if least == math.inf or spans[0] <= _STILL_K else spans.index(least)
    dut.facts.learnt.still_place = _PLACES[chosen]


async def require_still_scene(dut: Device, at: ObjectTemperature) -> None:
    """Make sure that the object has the temperatures that it had `at` first; inconclusive where the scene has moved."""
    now = await read_object(dut)
    moved = max(abs(now.maximum - at.maximum), abs(now.minimum - at.minimum), abs(now.average - at.average))
    if moved > SAME_K:
        learnt = dut.facts.learnt
        if learnt.still_place is not None:  # the next case looks for another place
            learnt.moving_places = (*learnt.moving_places, learnt.still_place)
            learnt.still_place = None
        raise CaseInconclusive(f"the scene moved: a temperature of the object differs by {moved:.1f} K from the first")


async def read_object(dut: Device) -> ObjectTemperature:
    """The temperatures of the object that command 520 shows; inconclusive where it shows none, which IV.520 judges."""
    entries = (await dut.must(520)).get("rule_list") or []
    for entry in entries:
        if isinstance(entry, dict) and (entry.get("rule_name", NAME) == NAME):
            found = _shown(entry)
            if found is not None:
                return ObjectTemperature(*found, entry.get("rule_id"))
    raise CaseInconclusive("520 shows no temperatures of the object (IV.520)")


def _shown(entry: JsonMapping) -> tuple[float, float, float] | None:
    """Highest, lowest and mean temperature of one entry of 520, in degC; None where one is missing."""
    found = [float(each) for key in _SHOWN if isinstance(each := entry.get(key), int | float)]
    return (found[0], found[1], found[2]) if len(found) == len(_SHOWN) else None


def _thresholds(**temperatures: float) -> dict[str, float]:
    return {key: round(min(_HOTTEST, max(_COLDEST, value)), 1) for key, value in temperatures.items()}


def rule_met(kind: int, condition: int, at: ObjectTemperature) -> JsonObject:
    """The settings of a rule of type `kind` whose `condition` holds for an object with the temperatures `at`.

    Type 4 above or below passes one of its thresholds, "above and below" both. It is not said what "above and below"
    means for one temperature, so the settings hold in any reading.
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


def rule_not_met(kind: int, condition: int, at: ObjectTemperature, side: int = 1) -> JsonObject:
    """The settings of a rule whose condition does not hold, by 5 K; `side` is 1 or -1 for matching."""
    if kind == 4:
        facts = _thresholds(high_temp=at.maximum + FAR_K, low_temp=at.minimum - FAR_K, avg_temp=at.average)
    else:
        away = {1: FAR_K, 2: -FAR_K, 3: side * FAR_K}[condition]
        facts = _thresholds(high_temp=at.maximum + away, low_temp=at.minimum + away, avg_temp=at.average + away)
    return {"alarm_type": kind, "alarm_condition": condition, "temp_mod": 1.0 if condition == 3 else 0.5, **facts}


async def pass_threshold(dut: Device, **changes: Json) -> JsonObject:
    """Lower the threshold of the object far below its highest temperature; returns the rule as sent."""
    return await set_rule(dut, **{"high_temp": _COLDEST, **changes})


async def heat_object(dut: Device, temperature: float) -> None:
    """Place a target of `temperature` degC that covers the object."""
    left, top, right, bottom = object_box(dut)
    facts = {"x": left, "y": top, "w": right - left + 1, "h": bottom - top + 1}
    await dut.stimulus.do("heat", name=NAME, temperature=temperature, **facts)


def keyword_of(number: int) -> Keyword:
    """Whether a push is mandatory. The document has two pushes for an alarm of an object and does not say when each is
    sent: 1000, which names the rule, must come, and 1009 should.
    """
    return Keyword.SHOULD if number == 1009 else Keyword.MUST


def is_of_object(message: PushMessage) -> bool:
    """Whether a push 1000 may be that of an object: it is not that of a hot or cold spot (command 19)."""
    return message.body.get("type") not in (2, 3)


def object_alarms(dut: Device, since: int, number: int = 1000) -> list[PushMessage]:
    """The alarms of objects that came as push `number` to the run's session after the mark `since`."""
    return [push for push in dut.control.pushes.since(since) if push.cmdtype == number and is_of_object(push)]


async def wait_for_pushes(dut: Device, seconds: float, *clients: ControlClient) -> None:
    """Let `seconds` pass, then receive what was on its way to the run's session and to `clients`."""
    await dut.clock.sleep(seconds)
    for client in (dut.control, *clients):
        if not client.closed:
            await dut.ask(500, client=client)


async def judge_no_push(
    dut: Device,
    number: int,
    since: int,
    why: str,
    *,
    match: Callable[[PushMessage], bool] | None = None,
    seconds: float | None = None,
    keyword: Keyword = Keyword.MUST,
    at: ObjectTemperature | None = None,
) -> bool:
    """Judge that no push `number` comes after the mark `since` within `seconds`, by default the profile's tolerance.

    With `at` it is inconclusive if the object no longer has these temperatures. `why` says why no push is due.
    """
    await wait_for_pushes(dut, dut.profile["push_tolerance_s"] if seconds is None else seconds)
    if at is not None:
        await require_still_scene(dut, at)
    found = [push for push in dut.control.pushes.since(since) if push.cmdtype == number and (not match or match(push))]
    return dut.demand(
        not found, f"no push {number}: {why}", f"{len(found)} pushes {number}", keyword=keyword, check="push"
    )
