"""Push 1011: the fire, by the modes, the threshold and the areas of its detection."""

from __future__ import annotations

from typing import NamedTuple

from conformance.catalogue import Safety
from conformance.dut.device import Device
from conformance.rules.case import Case, case, cases
from conformance.steps.alarms import heat_object, judge_no_push, object_box, wait_for_pushes
from conformance.steps.causes import set_fire_detection
from conformance.steps.fire_areas import AREAS, judge_areas
from conformance.steps.needs import Needs
from conformance.steps.push_content import judge_files, judge_time, number

_SAFE = Safety.REVERSIBLE
_FIRE: Needs = {"capabilities": ("fire",), "writes": ("pair:51",)}


@case(
    "VI.1011/threshold",
    "A temperature of fire that sinks below the scene must send 1011, once",
    _SAFE,
    requirement="VI.1011/cause",
    **_FIRE,
    waits_s=8,
    quick=True,
)
async def test_a_sinking_temperature_of_fire_is_pushed(case: Case, dut: Device) -> None:
    await set_fire_detection(dut, 2000.0)
    await dut.clock.sleep(2)
    mark = dut.control.pushes.mark()
    await set_fire_detection(dut, -40.0)
    await dut.clock.sleep(1)
    push = await dut.push(1011, since=mark)
    assert push is not None
    await judge_time(dut, push)
    await judge_files(dut, push)
    high = number(push, "high_temp", 0)
    dut.demand(high > -40, "high_temp above the temperature of fire, -40 degC", f"high_temp {high}")
    await wait_for_pushes(dut, 3)
    came = [each for each in dut.control.pushes.since(mark) if each.cmdtype == 1011]
    dut.demand(len(came) == 1, "one push 1011 for a fire that only lasts", f"{len(came)} pushes")


class _Burning(NamedTuple):
    """What burns in view, in words and as its heat in degC with a flame or not, of a detection of `mode` (0 both, 1
    either), and whether a push is due.
    """

    words: str
    mode: int
    heat: int
    flame: bool
    due: bool


@cases(
    Case(
        f"VI.1011/{label}",
        f"Fire detection of mode {burning.mode} must {'send' if burning.due else 'not send'} 1011: {burning.words}",
        _SAFE,
        requirement="VI.1011/cause",
        **_FIRE,
        stimuli=("heat", "flame", "clock"),
        waits_s=8,
        data=burning,
    )
    for label, burning in (
        ("heat-and-flame", _Burning("heat and flame", 0, 400, True, True)),
        ("heat-without-flame", _Burning("heat without flame", 0, 400, False, False)),
        ("flame-without-heat", _Burning("flame without heat", 0, 0, True, False)),
        ("heat-or-flame", _Burning("heat and flame", 1, 400, True, True)),
        ("only-heat", _Burning("heat alone", 1, 400, False, True)),
        ("only-flame", _Burning("flame alone", 1, 0, True, True)),
        ("neither", _Burning("neither heat nor flame", 1, 0, False, False)),
        ("just-above", _Burning("heat just above the temperature of fire", 1, 140, False, True)),
        ("just-below", _Burning("heat just below the temperature of fire", 1, 100, False, False)),
    )
)
async def test_a_fire_is_pushed(case: Case[_Burning], dut: Device) -> None:
    """The temperature of fire is 120 degC."""
    burning = case.data
    await set_fire_detection(dut, 120.0, detect_mode=burning.mode)
    await _judge_burning(dut, burning)


async def _judge_burning(dut: Device, burning: _Burning) -> None:
    await dut.clock.sleep(1)
    mark = dut.control.pushes.mark()
    try:
        if burning.heat:
            await heat_object(dut, burning.heat)
        await dut.stimulus.do("flame", on=burning.flame)
        if not burning.due:
            await judge_no_push(dut, 1011, mark, burning.words, seconds=5)
            return
        await wait_for_pushes(dut, 3)
        push = await dut.push(1011, since=mark)
        if burning.heat and push is not None:
            high = number(push, "high_temp", burning.heat)
            dut.demand(high > 120, "high_temp above the temperature of fire, 120 degC", f"high_temp {high}")
    finally:
        await dut.stimulus.do("flame", on=False)
        await dut.stimulus.do("cool", name="bench")
        await dut.clock.sleep(1)


class _Placed(NamedTuple):
    """Whether each of two areas holds the heated object, and whether a push is due."""

    holding: tuple[bool, bool]
    due: bool


@cases(
    Case(
        f"VI.1011/area/{label}",
        f"Fire detection must {title}",
        _SAFE,
        requirement="VI.1011/cause",
        **_FIRE,
        stimuli=("heat", "flame", "clock"),
        waits_s=8,
        data=placed,
    )
    for label, title, placed in (
        ("first", "send 1011 for heat in the first of two areas", _Placed((True, False), True)),
        ("second", "send 1011 for heat in the second of two areas", _Placed((False, True), True)),
        ("neither", "not send 1011 for heat outside both areas", _Placed((False, False), False)),
    )
)
async def test_a_fire_is_seen_in_its_area(case: Case[_Placed], dut: Device) -> None:
    """An area holds the heated object, or the corner of the image that is opposite to it."""
    names = ("area1", "area2")
    areas = {
        name: {**_area(dut, holds), "area_name": name} for name, holds in zip(names, case.data.holding, strict=True)
    }
    await set_fire_detection(dut, 120.0, **areas)
    await _judge_burning(dut, _Burning("heat outside both areas", 1, 400, False, case.data.due))


def _area(dut: Device, holding: bool) -> dict[str, int]:
    left, top, right, bottom = object_box(dut)
    if not holding:
        left, top, right, bottom = 2 * left + right // 2, 2 * top + bottom // 2, 2 * right, 2 * bottom
    corners = {"top_left_x": left, "top_left_y": top, "bo_right_x": right, "bo_right_y": bottom}
    return {**corners, "sensitivity": 50}


@cases(
    Case(
        f"VI.1011/scene/{label}",
        f"Fire detection must {title}, without a stimulus",
        _SAFE,
        requirement="VI.1011/cause",
        capabilities=("fire", "matrix"),
        writes=("pair:51",),
        waits_s=9,
        data=warm,
    )
    for label, (warm, title) in AREAS.items()
)
async def test_a_warm_scene_is_pushed_where_an_area_is(case: Case[int | None], dut: Device) -> None:
    await judge_areas(dut, case.data)
