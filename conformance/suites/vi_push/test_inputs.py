"""Pushes 1010 and 1011: the external input and the fire, by their kinds and modes, switches and schedules."""

from __future__ import annotations

from typing import Any

from conformance.catalogue import Safety
from conformance.dut.device import Device
from conformance.rules.case import Case, case, cases
from conformance.rules.verdict import CaseInconclusive, CaseNotApplicable
from conformance.steps.alarms import EXCLUDED, box, heat, no_push, settle
from conformance.steps.causes import external_input, fire
from conformance.steps.push_content import files_open, number, on_time

_SAFE = Safety.REVERSIBLE


# The external input


_SHAKEN_S = 11
"""An input may have to stand still for up to 10 s before it counts (III.47, R163)."""


@case(
    "VI.1010/kind",
    "A contact is an alarm as one of the two kinds of input, and none as the other",
    _SAFE,
    requirement="VI.1010/cause",
    capabilities=("external-input",),
    writes=("pair:47",),
    waits_s=40,
    quick=True,
)
async def test_the_kind_of_the_input_is_pushed(case: Case, dut: Device) -> None:
    """Whatever the contact does: open is an alarm where closed is normal, closed where open is (III.47)."""
    came = {kind: await _alarms_as(dut, kind) for kind in (0, 1)}
    kinds = [kind for kind, alarms in came.items() if alarms]
    expected = "an alarm of one kind of input, the contact being open or closed"
    if not kinds:
        raise CaseNotApplicable("no contact can be told from the other kind without a bench: neither alarms")
    if dut.demand(len(kinds) == 1, expected, f"alarms by kind: {came}"):
        again = await _alarms_as(dut, kinds[0])
        dut.demand(again, "an alarm again, the contact having been at rest", "none")


async def _alarms_as(dut: Device, kind: int) -> bool:
    """Whether the contact is an alarm as that kind of input, after it was none as the other or not looked at."""
    await external_input(dut, type=1 - kind, flag=0)
    await settle(dut, 2)
    mark = dut.control.pushes.mark()
    await external_input(dut, type=kind)
    await settle(dut, _SHAKEN_S)
    if not any(push.cmdtype == 1010 for push in dut.control.pushes.since(mark)):
        return False
    push = await dut.push(1010, since=mark)
    assert push is not None
    await on_time(dut, push, waited_s=_SHAKEN_S)
    await files_open(dut, push)
    return True


_INPUT: dict[str, Any] = {
    "capabilities": ("external-input",),
    "stimuli": ("alarm-input", "clock"),
    "writes": ("pair:47",),
    "waits_s": 40,
}


@case(
    "VI.1010/normally-closed",
    "A normally closed input is told by 1010 when its contact opens, not when it closes",
    _SAFE,
    requirement="VI.1010/cause",
    **_INPUT,
)
async def test_a_normally_closed_input_is_pushed(case: Case, dut: Device) -> None:
    try:
        await dut.stimulus.do("alarm-input", closed=True)
        await external_input(dut, type=1)
        await settle(dut, 12)
        mark = dut.control.pushes.mark()
        await dut.stimulus.do("alarm-input", closed=False)
        await dut.clock.sleep(12)
        await dut.push(1010, since=mark)
        mark = dut.control.pushes.mark()
        await dut.stimulus.do("alarm-input", closed=True)
        await no_push(dut, 1010, mark, "the contact has closed", seconds=12)
    finally:
        await dut.stimulus.do("alarm-input", closed=False)


@cases(
    Case(f"III.47/{label}", title, _SAFE, requirement=f"III.47/{row}", **_INPUT, data=off)
    for label, row, title, off in (
        ("alarm/off", "alarm-flag", "An input that is not in use is not told", {"flag": 0}),
        ("effect-day/excluded", "effect-day", "An input is not told outside its schedule", {"effect_day": EXCLUDED}),
    )
)
async def test_an_input_that_is_off_is_not_pushed(case: Case[Any], dut: Device) -> None:
    await external_input(dut, **case.data)
    await settle(dut, 1)
    mark = dut.control.pushes.mark()
    try:
        await dut.stimulus.do("alarm-input", closed=True)
        await no_push(dut, 1010, mark, case.title, seconds=15)
    finally:
        await dut.stimulus.do("alarm-input", closed=False)
        await dut.clock.sleep(1)


# Fire


_FIRE: dict[str, Any] = {"capabilities": ("fire",), "writes": ("pair:51",)}


@case(
    "VI.1011/threshold",
    "A temperature of fire that sinks below the scene is told by 1011, once",
    _SAFE,
    requirement="VI.1011/cause",
    **_FIRE,
    waits_s=8,
    quick=True,
)
async def test_a_sinking_temperature_of_fire_is_pushed(case: Case, dut: Device) -> None:
    await fire(dut, 2000.0)
    await dut.clock.sleep(2)
    mark = dut.control.pushes.mark()
    await fire(dut, -40.0)
    await dut.clock.sleep(1)
    push = await dut.push(1011, since=mark)
    assert push is not None
    await on_time(dut, push)
    await files_open(dut, push)
    high = number(push, "high_temp", 0)
    dut.demand(high > -40, "high_temp above the temperature of fire", f"{high}")
    await settle(dut, 3)
    came = [each for each in dut.control.pushes.since(mark) if each.cmdtype == 1011]
    dut.demand(len(came) == 1, "one push 1011 for a fire that only lasts", f"{len(came)}")


@cases(
    Case(f"III.51/{label}", title, _SAFE, requirement=f"III.51/{row}", **_FIRE, waits_s=8, data=off)
    for label, row, title, off in (
        ("alarm/off", "alarm-flag", "No fire is told while its detection is off", {"flag": 0}),
        ("effect-day/excluded", "effect-day", "No fire is told outside the schedule", {"effect_day": EXCLUDED}),
    )
)
async def test_a_fire_that_is_not_watched_is_not_pushed(case: Case[Any], dut: Device) -> None:
    await fire(dut, 2000.0)
    await settle(dut, 2)
    mark = dut.control.pushes.mark()
    await fire(dut, -40.0)
    await settle(dut, dut.profile["push_tolerance_s"])
    if not any(push.cmdtype == 1011 for push in dut.control.pushes.since(mark)):
        raise CaseInconclusive("no fire is pushed even while it is watched (VI.1011)")
    await fire(dut, 2000.0, **case.data)
    await settle(dut, 1)
    mark = dut.control.pushes.mark()
    await fire(dut, -40.0, **case.data)
    await no_push(dut, 1011, mark, case.title)


@cases(
    Case(
        f"VI.1011/{label}",
        f"Fire detection of mode {mode}: {label.replace('-', ' ')}",
        _SAFE,
        requirement="VI.1011/cause",
        **_FIRE,
        stimuli=("heat", "flame", "clock"),
        waits_s=8,
        data=(mode, hot, flame, due),
    )
    for label, mode, hot, flame, due in (
        ("heat-and-flame", 0, 400, True, True),
        ("heat-without-flame", 0, 400, False, False),
        ("flame-without-heat", 0, 0, True, False),
        ("heat-or-flame", 1, 400, True, True),
        ("only-heat", 1, 400, False, True),
        ("only-flame", 1, 0, True, True),
        ("neither", 1, 0, False, False),
        ("just-above", 1, 140, False, True),
        ("just-below", 1, 100, False, False),
    )
)
async def test_a_fire_is_pushed(case: Case[Any], dut: Device) -> None:
    """The temperature of fire is 120 degC."""
    mode, hot, flame, due = case.data
    await fire(dut, 120.0, detect_mode=mode)
    await _burns(dut, case.title, hot, flame, due)


async def _burns(dut: Device, title: str, hot: int, flame: bool, due: bool) -> None:
    await dut.clock.sleep(1)
    mark = dut.control.pushes.mark()
    try:
        if hot:
            await heat(dut, hot)
        await dut.stimulus.do("flame", on=flame)
        if not due:
            await no_push(dut, 1011, mark, title, seconds=5)
            return
        await settle(dut, 3)
        push = await dut.push(1011, since=mark)
        if hot and push is not None:
            high = number(push, "high_temp", hot)
            dut.demand(high > 120, "high_temp above the temperature of fire, 120 degC", f"{high}")
    finally:
        await dut.stimulus.do("flame", on=False)
        await dut.stimulus.do("cool", name="bench")
        await dut.clock.sleep(1)


@cases(
    Case(
        f"VI.1011/area/{label}",
        f"Fire detection: heat {title}",
        _SAFE,
        requirement="VI.1011/cause",
        **_FIRE,
        stimuli=("heat", "flame", "clock"),
        waits_s=8,
        data=(areas, due),
    )
    for label, title, areas, due in (
        ("first", "in the first of two areas", (True, False), True),
        ("second", "in the second of two areas", (False, True), True),
        ("neither", "outside of both areas", (False, False), False),
    )
)
async def test_a_fire_is_seen_in_its_area(case: Case[Any], dut: Device) -> None:
    """An area holds the heated object, or the corner of the image that is opposite to it."""
    areas, due = case.data
    names = ("area1", "area2")
    placed = {name: {**_area(dut, hot), "area_name": name} for name, hot in zip(names, areas, strict=True)}
    await fire(dut, 120.0, **placed)
    await _burns(dut, case.title, 400, False, due)


def _area(dut: Device, hot: bool) -> dict[str, int]:
    left, top, right, bottom = box(dut)
    if not hot:
        left, top, right, bottom = 2 * left + right // 2, 2 * top + bottom // 2, 2 * right, 2 * bottom
    corners = {"top_left_x": left, "top_left_y": top, "bo_right_x": right, "bo_right_y": bottom}
    return {**corners, "sensitivity": 50}
