"""Chapter VI, temperature alarms (1000, 1009): when they are due, when not, and what they say."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from conformance.catalogue import Safety
from conformance.catalogue.model import Keyword
from conformance.dut.device import Device
from conformance.rules.case import Case, case, cases
from conformance.rules.verdict import CaseInconclusive
from conformance.steps.alarms import (
    CONDITIONS,
    FAR_K,
    SAME_K,
    TYPES,
    alarms_on,
    box,
    heat,
    kept_still,
    keyword_of,
    no_push,
    of_object,
    pass_threshold,
    reading,
    rule_met,
    rule_not_met,
    set_rule,
    settle,
    watch,
)
from conformance.steps.push_content import (
    alike,
    content,
    echoes,
    entries,
    files_open,
    flags,
    number,
    on_time,
    shows_temperatures,
)

_SAFE = Safety.REVERSIBLE
_WRITES = ("pair:3", "pair:21")
_CAPABILITIES = ("measurement", "temperature-alarm")
_FACTS: dict[str, Any] = {"capabilities": _CAPABILITIES, "writes": _WRITES}

# What each type means below, above and both ways is plain for these; what a condition means for type 4, how near is
# "matching", and what "above and below" means for one temperature is not said.
_MUST = {"met": "be sent while its condition is met", "not-met": "not be sent while its condition is not met"}
_PLAIN = {(1, 1), (1, 2), (2, 1), (2, 2), (3, 1), (3, 2), (4, 4)}


def _conditions() -> Iterator[Case[Any]]:
    for kind in (1, 2, 3, 4):
        for condition in CONDITIONS:
            sides = ("met",) if kind != 4 and condition == 4 else ("met", "not-met")
            for side in sides:
                yield Case(
                    f"VI.1000/{TYPES[kind]}/{CONDITIONS[condition]}/{side}",
                    f"An alarm of type {TYPES[kind]}, {CONDITIONS[condition]}, must {_MUST[side]}",
                    _SAFE,
                    requirement="VI.1000/condition",
                    **_FACTS,
                    waits_s=4 if side == "met" else 8,
                    quick=(kind, condition, side) == (1, 1, "not-met"),
                    data=(kind, condition, side),
                )


@cases(_conditions())
async def test_an_alarm_follows_its_condition(case: Case[Any], dut: Device) -> None:
    kind, condition, side = case.data
    at = await watch(dut)
    mark = dut.control.pushes.mark()
    if side == "met":
        rule = await set_rule(dut, **rule_met(kind, condition, at))
        await kept_still(dut, at)
        keyword = Keyword.MUST if (kind, condition) in _PLAIN else Keyword.SHOULD
        push = await dut.push(1000, since=mark, match=of_object, keyword=keyword)
        if push is not None:
            flags(dut, push, kind)
            await echoes(dut, push, rule)
            shows_temperatures(dut, push, kind, at, await reading(dut))
            await on_time(dut, push)
        return
    for away in (1, -1) if condition == 3 else (1,):
        await set_rule(dut, **rule_not_met(kind, condition, at, away))
        keyword = Keyword.SHOULD if kind == 4 and condition in (1, 2) else Keyword.MUST
        why = f"the temperature is {FAR_K:g} K off"
        await no_push(dut, 1000, mark, why, match=of_object, keyword=keyword, at=at)


@cases(
    Case(
        f"VI.1000/{TYPES[kind]}",
        f"An alarm of type {TYPES[kind]} must be well-formed if it is sent; its formula is open",
        _SAFE,
        requirement="VI.1000/condition",
        **_FACTS,
        waits_s=8,
        data=(kind, threshold),
    )
    for kind, threshold in ((5, {"diff_temp": 0.0}), (6, {"rate_temp": -600.0}))
)
async def test_an_alarm_of_open_formula_is_observed(case: Case[Any], dut: Device) -> None:
    kind, threshold = case.data
    await watch(dut)
    mark = dut.control.pushes.mark()
    rule = await set_rule(dut, alarm_type=kind, **threshold)
    await settle(dut, dut.profile["push_tolerance_s"])
    came = [push for push in dut.control.pushes.since(mark) if push.cmdtype == 1000 and of_object(push)]
    dut.judgement.observe("R163", f"{TYPES[kind]} above the least threshold: {'pushed' if came else 'no push'}")
    for push in came[:1]:
        await dut.push(1000, since=mark, match=of_object)
        await echoes(dut, push, rule)


@cases(
    Case(
        f"VI.1000/shape/{label}",
        f"The alarm of a {label} must name its shape and its points",
        _SAFE,
        requirement="VI.1000/echo",
        **_FACTS,
        waits_s=4,
        data=(shape, label),
    )
    for shape, label in ((1, "point"), (2, "line"), (3, "rectangle"), (4, "polygon"), (5, "circle"))
)
async def test_an_alarm_names_its_object(case: Case[Any], dut: Device) -> None:
    shape, _ = case.data
    await watch(dut)
    left, top, right, bottom = box(dut)
    x, y = (left + right) // 2, (top + bottom) // 2
    corners = {
        1: [(x, y)],
        2: [(left, top), (right, bottom)],
        3: [(left, top), (right, top), (right, bottom), (left, bottom)],
        4: [(left, top), (right, y), (left, bottom)],
        5: [(x, top), (x, bottom), (left, y), (right, y)],
    }[shape]
    mark = dut.control.pushes.mark()
    rule = await pass_threshold(dut, type=shape, points=[{"x": x, "y": y} for x, y in corners])
    push = await dut.push(1000, since=mark, match=of_object)
    if push is not None:
        await echoes(dut, push, rule)


@case(
    "VI.1000/threshold",
    "A threshold that sinks below the temperature of its object must send 1000",
    _SAFE,
    requirement="VI.1000/cause",
    **_FACTS,
    waits_s=4,
    quick=True,
)
async def test_a_sinking_threshold_is_pushed(case: Case, dut: Device) -> None:
    await watch(dut)
    mark = dut.control.pushes.mark()
    await pass_threshold(dut)
    await dut.push(1000, since=mark, match=of_object)


@case(
    "VI.1009/threshold",
    "A threshold that sinks below the temperature of its object must send 1009",
    _SAFE,
    requirement="VI.1009/cause",
    **_FACTS,
    waits_s=4,
    quick=True,
)
async def test_a_sinking_threshold_is_pushed_as_1009(case: Case, dut: Device) -> None:
    """The document has two messages for one alarm: 1000 names the rule, 1009 (alarm_type 1, an object) the place."""
    if dut.profile["second_user"]:
        await dut.logged_in(second=True)  # whose token is nobody else's to be told
    at = await watch(dut)
    mark = dut.control.pushes.mark()
    await pass_threshold(dut)
    push = await dut.push(1009, since=mark, keyword=keyword_of(1009))
    if push is None:
        return
    body = content(push)
    kind = body.get("alarm_type")
    dut.demand(kind == 1, "alarm_type 1 (object temperature)", f"alarm_type {kind!r}")
    token = push.envelope.get("token")
    seen = "another one" if token else "none"
    dut.demand(token in (None, "", dut.control.token), "the token of the session that is told, if any", seen)
    await on_time(dut, push, "alarm_time")
    await files_open(dut, push)
    points = entries(push, "alarm_points")
    told = [point.get("temp_flag") for point in points]
    dut.demand(1 in told, "a point of temp_flag 1 (high temperature)", f"alarm_points of temp_flag {told}")
    if kind == 1:
        found = [point.get("temperature") for point in points]
        near = [each for each in found if isinstance(each, int | float) and _inside(each, at.minimum, at.maximum)]
        dut.demand(bool(near), f"a temperature of the object, {at.minimum} to {at.maximum} degC", f"{found}")

    for point in points:
        dut.demand(_within(dut, point), "a point or an area of the object", f"{point}")


def _within(dut: Device, point: dict[str, Any]) -> bool:
    """Whether an alarm's place is in the object, in pixels like the rule or in the 8192 steps of R127; 2 % aside."""
    edges = [point.get(name) for name in "xywh"]
    if not all(isinstance(edge, int) for edge in edges):
        return True  # judged with the field table
    x, y, w, h = (float(edge) for edge in edges if edge is not None)
    size = dut.sizes.get("ir_output_w", 512), dut.sizes.get("ir_output_h", 384)
    left, top, right, bottom = box(dut)
    for steps in (size, (8192, 8192)):
        across, down = (float(full) / step for full, step in zip(size, steps, strict=True))
        slack, slope = size[0] / 50, size[1] / 50
        beside = left - slack <= x * across and (x + w) * across <= right + slack
        if beside and top - slope <= y * down and (y + h) * down <= bottom + slope:
            return True
    return False


def _inside(value: float, low: float, high: float) -> bool:
    return low - SAME_K <= value <= high + SAME_K


@cases(
    Case(
        f"VI.{number}/above",
        f"An object that becomes hotter than its threshold must send {number}",
        _SAFE,
        requirement=f"VI.{number}/cause",
        **_FACTS,
        stimuli=("heat", "clock"),
        waits_s=5,
        data=number,
    )
    for number in (1000, 1009)
)
async def test_a_hot_object_is_pushed(case: Case[Any], dut: Device) -> None:
    await watch(dut)
    rule = await set_rule(dut, high_temp=150.0)
    await dut.clock.sleep(1)
    mark = dut.control.pushes.mark()
    try:
        await heat(dut, 300)
        await dut.clock.sleep(3)
        push = await dut.push(case.data, since=mark, keyword=keyword_of(case.data))
        if push is not None and case.data == 1000:
            flags(dut, push, 1)
            await echoes(dut, push, rule)
            hot = await reading(dut)
            high = number(push, "high_temp", hot.maximum)
            expected = f"high_temp {hot.maximum}, as 520 shows, within 1 %"
            dut.demand(abs(high - hot.maximum) <= hot.maximum / 100, expected, f"{high}")
    finally:
        await dut.stimulus.do("cool", name="bench")
        await dut.clock.sleep(1)


@case(
    "VI.1000/below/cold",
    "An object that becomes colder than its threshold must send 1000",
    _SAFE,
    requirement="VI.1000/condition",
    **_FACTS,
    stimuli=("heat", "clock"),
    waits_s=5,
)
async def test_a_cold_object_is_pushed(case: Case, dut: Device) -> None:
    await watch(dut)
    rule = await set_rule(dut, alarm_type=2, alarm_condition=2, low_temp=-5.0)
    await dut.clock.sleep(1)
    mark = dut.control.pushes.mark()
    try:
        await heat(dut, -25)
        await dut.clock.sleep(3)
        push = await dut.push(1000, since=mark, match=of_object)
        if push is not None:
            flags(dut, push, 2)
            await echoes(dut, push, rule)
    finally:
        await dut.stimulus.do("cool", name="bench")
        await dut.clock.sleep(1)


# Pictures


@case(
    "VI.1000/pictures",
    "Pictures and videos that an alarm names must be fetched and opened",
    _SAFE,
    capabilities=(*_CAPABILITIES, "storage"),
    writes=_WRITES,
    waits_s=20,
)
async def test_what_an_alarm_names_can_be_opened(case: Case, dut: Device) -> None:
    await watch(dut)
    await alarms_on(dut, capture_flag=1, capture_stream=3, record_flag=1, record_stream=3, record_delay=10)
    mark = dut.control.pushes.mark()
    await pass_threshold(dut)
    push = await dut.push(1000, since=mark, match=of_object)
    await dut.clock.sleep(13)
    assert push is not None
    found = await files_open(dut, push)
    dut.judgement.observe("R122", f"an alarm with capture names {len(found)} pictures")
    for name in [name for name in found if name.startswith("ir_")]:
        # A simulator may have one picture for everything; whoever has a scene has two.
        keyword = Keyword.MUST if dut.context.stimulus else Keyword.SHOULD
        other = found.get(name.replace("ir_", "vl_", 1), b"")
        dut.demand(not alike(found[name], other), f"{name}: not the visible picture", "the same", keyword=keyword)
    if "capture_time" in content(push):
        taken = _moment(push, "capture_time") - _moment(push, "time")
        dut.demand(abs(taken) <= timedelta(seconds=10), "capture_time near time", f"{taken} later")


def _moment(push: Any, name: str) -> datetime:
    """A time of a push whose form was judged before."""
    try:
        return datetime.strptime(str(content(push).get(name)), "%Y-%m-%d %H:%M:%S")
    except ValueError:
        raise CaseInconclusive(f"{name} is no time") from None
