"""Pushes 1000 and 1009, temperature alarms: they are sent when a threshold is passed, with the right content."""

from __future__ import annotations

from datetime import datetime, timedelta

from conformance.catalogue import Safety
from conformance.catalogue.formats import DATETIME
from conformance.catalogue.json_types import JsonObject
from conformance.catalogue.model import Keyword
from conformance.checks import short
from conformance.client import PushMessage
from conformance.dut.device import Device
from conformance.rules.case import Case, case, cases
from conformance.rules.verdict import CaseInconclusive
from conformance.steps.alarms import (
    ALARM_NEEDS,
    SAME_K,
    heat_object,
    is_of_object,
    keyword_of,
    object_box,
    pass_threshold,
    prepare_alarm,
    read_object,
    set_rule,
    switch_alarms_on,
)
from conformance.steps.image_sizes import output_size
from conformance.steps.push_content import (
    content,
    entries,
    judge_config,
    judge_files,
    judge_flags,
    judge_time,
    number,
    same_picture,
)
from conformance.steps.scene import SHAPES

_SAFE = Safety.REVERSIBLE


@cases(
    Case(
        f"VI.1000/shape/{label}",
        f"The alarm of a {label} must name its shape and its points",
        _SAFE,
        requirement="VI.1000/echo",
        **ALARM_NEEDS,
        waits_s=4,
        data=shape,
    )
    for shape, label in SHAPES.items()
)
async def test_an_alarm_names_its_object(case: Case[int], dut: Device) -> None:
    shape = case.data
    await prepare_alarm(dut)
    left, top, right, bottom = object_box(dut)
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
    push = await dut.push(1000, since=mark, match=is_of_object)
    if push is not None:
        await judge_config(dut, push, rule)


@case(
    "VI.1000/threshold",
    "A threshold that sinks below the temperature of its object must send 1000",
    _SAFE,
    requirement="VI.1000/cause",
    **ALARM_NEEDS,
    waits_s=4,
    quick=True,
)
async def test_a_sinking_threshold_is_pushed(case: Case, dut: Device) -> None:
    await prepare_alarm(dut)
    mark = dut.control.pushes.mark()
    await pass_threshold(dut)
    await dut.push(1000, since=mark, match=is_of_object)


@case(
    "VI.1009/threshold",
    "A threshold that sinks below the temperature of its object must send 1009",
    _SAFE,
    requirement="VI.1009/cause",
    **ALARM_NEEDS,
    waits_s=4,
    quick=True,
)
async def test_a_sinking_threshold_is_pushed_as_1009(case: Case, dut: Device) -> None:
    """The document has two messages for one alarm: 1000 names the rule, 1009 (alarm_type 1, an object) the place."""
    if dut.profile["second_user"]:
        await dut.logged_in(second=True)  # a push to the run's session must not have the token of this one
    at = await prepare_alarm(dut)
    mark = dut.control.pushes.mark()
    await pass_threshold(dut)
    push = await dut.push(1009, since=mark, keyword=keyword_of(1009))
    if push is None:
        return
    body = content(push)
    kind = body.get("alarm_type")
    dut.demand(kind == 1, "alarm_type 1 (object temperature)", f"alarm_type {kind!r}")
    token = push.envelope.get("token")
    seen = "another token" if token else "no token"
    dut.demand(
        token in (None, "", dut.control.token), "the token of the session that receives the push, or no token", seen
    )
    await judge_time(dut, push, "alarm_time")
    await judge_files(dut, push)
    points = entries(push, "alarm_points")
    flagged = [point.get("temp_flag") for point in points]
    dut.demand(1 in flagged, "a point of temp_flag 1 (high temperature)", f"alarm_points of temp_flag {flagged}")
    if kind == 1:
        found = [point.get("temperature") for point in points]
        near = [each for each in found if isinstance(each, int | float) and _inside(each, at.minimum, at.maximum)]
        dut.demand(
            bool(near), f"a temperature of the object, {at.minimum} to {at.maximum} degC", f"temperatures {found}"
        )

    for point in points:
        dut.demand(_within(dut, point), "a point or an area of the object", short(point))


def _within(dut: Device, point: JsonObject) -> bool:
    """Whether the place of an alarm is in the object, within 2 % of the image; in pixels, or in 8192 steps (R127)."""
    edges = [point.get(name) for name in "xywh"]
    if not all(isinstance(edge, int) for edge in edges):
        return True  # judged with the field table
    x, y, w, h = (float(edge) for edge in edges if edge is not None)
    size = output_size(dut)
    left, top, right, bottom = object_box(dut)
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
        **ALARM_NEEDS,
        stimuli=("heat", "clock"),
        waits_s=5,
        data=number,
    )
    for number in (1000, 1009)
)
async def test_a_hot_object_is_pushed(case: Case[int], dut: Device) -> None:
    await prepare_alarm(dut)
    rule = await set_rule(dut, high_temp=150.0)
    await dut.clock.sleep(1)
    mark = dut.control.pushes.mark()
    try:
        await heat_object(dut, 300)
        await dut.clock.sleep(3)
        push = await dut.push(case.data, since=mark, keyword=keyword_of(case.data))
        if push is not None and case.data == 1000:
            judge_flags(dut, push, 1)
            await judge_config(dut, push, rule)
            hot = await read_object(dut)
            high = number(push, "high_temp", hot.maximum)
            expected = f"high_temp {hot.maximum}, as 520 shows, within 1 %"
            dut.demand(abs(high - hot.maximum) <= hot.maximum / 100, expected, f"high_temp {high}")
    finally:
        await dut.stimulus.do("cool", name="bench")
        await dut.clock.sleep(1)


@case(
    "VI.1000/below/cold",
    "An object that becomes colder than its threshold must send 1000",
    _SAFE,
    requirement="VI.1000/condition",
    **ALARM_NEEDS,
    stimuli=("heat", "clock"),
    waits_s=5,
)
async def test_a_cold_object_is_pushed(case: Case, dut: Device) -> None:
    await prepare_alarm(dut)
    rule = await set_rule(dut, alarm_type=2, alarm_condition=2, low_temp=-5.0)
    await dut.clock.sleep(1)
    mark = dut.control.pushes.mark()
    try:
        await heat_object(dut, -25)
        await dut.clock.sleep(3)
        push = await dut.push(1000, since=mark, match=is_of_object)
        if push is not None:
            judge_flags(dut, push, 2)
            await judge_config(dut, push, rule)
    finally:
        await dut.stimulus.do("cool", name="bench")
        await dut.clock.sleep(1)


# Pictures


@case(
    "VI.1000/pictures",
    "Pictures and videos that an alarm names must be available for download and be readable",
    _SAFE,
    capabilities=(*ALARM_NEEDS["capabilities"], "storage"),
    writes=ALARM_NEEDS["writes"],
    waits_s=20,
)
async def test_files_that_an_alarm_names_can_be_opened(case: Case, dut: Device) -> None:
    await prepare_alarm(dut)
    await switch_alarms_on(dut, capture_flag=1, capture_stream=3, record_flag=1, record_stream=3, record_delay=10)
    mark = dut.control.pushes.mark()
    await pass_threshold(dut)
    push = await dut.push(1000, since=mark, match=is_of_object)
    await dut.clock.sleep(13)
    assert push is not None
    found = await judge_files(dut, push)
    dut.judgement.observe("R122", f"an alarm with capture names {len(found)} pictures")
    for name in [name for name in found if name.startswith("ir_")]:
        # A device without a simulated scene may see the same in both pictures.
        keyword = Keyword.MUST if dut.session.stimulus else Keyword.SHOULD
        other = found.get(name.replace("ir_", "vl_", 1), b"")
        dut.demand(
            not same_picture(found[name], other),
            f"{name}: not the visible picture",
            "the same picture",
            keyword=keyword,
        )
    if "capture_time" in content(push):
        taken = _moment(push, "capture_time") - _moment(push, "time")
        dut.demand(
            abs(taken) <= timedelta(seconds=10), "capture_time within 10 s of time", f"capture_time {taken} after time"
        )


def _moment(push: PushMessage, name: str) -> datetime:
    """A time of a push; inconclusive where it is malformed, which is judged with the field table."""
    try:
        return datetime.strptime(str(content(push).get(name)), DATETIME)
    except ValueError:
        raise CaseInconclusive(f"{name} of the push is not a time") from None
