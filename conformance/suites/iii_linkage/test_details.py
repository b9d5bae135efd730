"""III.19 to III.57, linkage in detail: for all of its time, of one exception alone, not while it is switched off, at
its own threshold, within the minutes of a schedule.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from conformance.catalogue import Safety, load
from conformance.catalogue.formats import DATETIME
from conformance.catalogue.json_types import JsonMapping
from conformance.dut.device import Device
from conformance.rules.case import Case, case, cases
from conformance.steps import device_time
from conformance.steps.alarms import (
    is_of_object,
    judge_no_push,
    pass_threshold,
    prepare_alarm,
    set_rule,
    switch_alarms_on,
    wait_for_pushes,
)
from conformance.steps.causes import handle_exceptions, set_tracking
from conformance.steps.linkage import (
    EVENTS,
    HOLD_S,
    Event,
    Linkage,
    Part,
    all_off,
    end_event,
    event_of,
    facts_of,
    happen,
    is_on,
    linkage_of,
)
from conformance.steps.titles import sentence_case

_CATALOGUE = load()


# Its time


_LASTING: tuple[Part, ...] = ("output", "flash")


@cases(
    Case(
        f"III.{event.number}/linkage/{part}-lasts",
        f"{_CATALOGUE.commands[event.number].title}: the {part} is on until its time is over",
        Safety.REVERSIBLE,
        requirement=f"III.{event.number}/linkage",
        **facts_of(event, "clock"),
        waits_s=330 if event.number == 29 else 20,
        data=Linkage(event, part),
    )
    for event in EVENTS
    for part in _LASTING
)
async def test_what_is_set_off_lasts(case: Case[Linkage], dut: Device) -> None:
    event, part = case.data
    await all_off(dut)
    await event.apply_settings(dut, **linkage_of(event, part))
    try:
        try:
            await happen(dut, event)
            # The device has noticed the event; three quarters of the time are not over yet.
            await dut.clock.sleep(HOLD_S * 3 // 4 - 3)
            await is_on(dut, part, ignore_sound=True)
        finally:
            await end_event(dut, event)
        await dut.clock.sleep(HOLD_S)
    finally:
        if event.after is not None:
            await event.after(dut)


# Which exception


class _Exception(NamedTuple):
    """An exception of command 25: its type, how a stimulus switches it on and off, and words for it."""

    kind: int
    stimulus: str
    name: str
    on: JsonMapping
    off: JsonMapping


_EXCEPTIONS: Final = (
    _Exception(1, "memory-full", "a full memory", {"on": True}, {"on": False}),
    _Exception(2, "storage-failure", "a storage failure", {"on": True}, {"on": False}),
    _Exception(3, "stream-failure", "a stream failure", {"type": 1}, {"type": 0}),
)


class _Expected(NamedTuple):
    """An exception, and whether the output is set for it or for the others."""

    exception: _Exception
    own: bool


def _exceptions() -> Iterator[Case[_Expected]]:
    for exception in _EXCEPTIONS:
        for own in (True, False):
            effect = "its own linkage" if own else "no linkage of another exception"
            yield Case(
                f"III.25/linkage/{exception.stimulus}-{'own' if own else 'others'}",
                f"{sentence_case(exception.name)} must set off {effect}",
                Safety.REVERSIBLE,
                requirement="III.25/linkage",
                stimuli=(exception.stimulus, "clock"),
                writes=("pair:25",),
                waits_s=20,
                data=_Expected(exception, own),
            )


@cases(_exceptions())
async def test_an_exception_sets_off_its_own_linkage(case: Case[_Expected], dut: Device) -> None:
    exception, own = case.data
    await all_off(dut)
    await handle_exceptions(dut, 25)
    entries = [entry for entry in (await dut.must(26)).get("store") or [] if isinstance(entry, dict)]
    output = {"output_flag": 1, "output_hold": HOLD_S}
    changed = [{**entry, **(output if (entry.get("type") == exception.kind) is own else {})} for entry in entries]
    await dut.must(25, {"store": changed}, legal=False)
    try:
        await dut.stimulus.do(exception.stimulus, **exception.on)
        await wait_for_pushes(dut, 2)
        await is_on(dut, *(("output",) if own else ()))
    finally:
        await dut.stimulus.do(exception.stimulus, **exception.off)
        await dut.clock.sleep(HOLD_S + 1)


@cases(
    Case(
        f"III.{event.number}/linkage/flag-off",
        f"{_CATALOGUE.commands[event.number].title}: nothing is set off while the flag is 0",
        Safety.REVERSIBLE,
        requirement=f"III.{event.number}/linkage",
        **facts_of(event, "clock"),
        waits_s=330 if event.number == 29 else 20,
        data=event,
    )
    for event in EVENTS
    if event.number in (25, 27, 29)
)
async def test_nothing_is_set_off_while_the_flag_is_0(case: Case[Event], dut: Device) -> None:
    event = case.data
    await all_off(dut)
    await event.apply_settings(dut, **linkage_of(event, "output"), flag=0)
    try:
        try:
            await happen(dut, event)
            await is_on(dut)
        finally:
            await end_event(dut, event)
    finally:
        if event.after is not None:
            await event.after(dut)


_ALARM = event_of(21)


@case(
    "III.41/linkage/muted",
    "An alarm must make no sound while the device is muted",
    Safety.REVERSIBLE,
    requirement="III.41/muted",
    **facts_of(_ALARM, "clock", writes=("pair:41",)),
    waits_s=20,
)
async def test_a_muted_alarm_makes_no_sound(case: Case, dut: Device) -> None:
    expected: tuple[tuple[int, tuple[Part, ...]], ...] = ((0, ("sound",)), (1, ()))
    for silent, parts in expected:
        await dut.must(41, {"silent": silent})
        await all_off(dut)
        await _ALARM.apply_settings(dut, **linkage_of(_ALARM, "sound"))
        try:
            await happen(dut, _ALARM)
            await is_on(dut, *parts)
        finally:
            await end_event(dut, _ALARM)


# Thresholds, and minutes of the day


@cases(
    Case(
        f"III.19/{name}-spot/own-threshold",
        f"The {name} spot must be compared with its own threshold, not with the other's",
        Safety.REVERSIBLE,
        requirement="III.19/own-threshold",
        capabilities=("measurement", "tracking"),
        writes=("pair:19",),
        waits_s=9,
        data=name,
    )
    for name in ("hot", "cold")
)
async def test_a_spot_has_its_own_threshold(case: Case[str], dut: Device) -> None:
    flags = {"high_flag": 1, "low_flag": 0} if case.data == "hot" else {"high_flag": 0, "low_flag": 1}
    await set_tracking(dut)
    await wait_for_pushes(dut, 1)
    mark = dut.control.pushes.mark()
    # 2000 degC for the hot spot, -40 for the cold one: nothing passes its own, everything would pass the other's.
    await set_tracking(dut, **flags)
    await judge_no_push(
        dut, 1000, mark, f"the {case.data} spot passes no threshold", match=lambda push: not is_of_object(push)
    )


_SET_TO = datetime(2030, 6, 5, 12, 40)
"""Far enough from a full hour that in no zone a period passes midnight."""


class _Schedule(NamedTuple):
    """Periods of each day, in minutes from now, whether alarms are in force now, and this in words."""

    title: str
    in_force: bool
    periods: tuple[tuple[int, int], ...]


_SCHEDULES: Mapping[str, _Schedule] = {
    # The periods reach into the hour before or after: a device that compares hours alone fails.
    "earlier-minutes": _Schedule("Alarms must not be in force after the end of a period", False, ((-35, -10),)),
    "later-minutes": _Schedule("Alarms must not be in force before the beginning of a period", False, ((10, 35),)),
    "these-minutes": _Schedule("Alarms must be in force within a period", True, ((-10, 10),)),
    "second-period": _Schedule("Alarms must be in force within a second period", True, ((-25, -15), (-5, 10))),
}


@cases(
    Case(
        f"III.21/effect-day/{label}",
        schedule.title,
        Safety.REVERSIBLE,
        requirement="III.21/effect-day",
        capabilities=("measurement", "temperature-alarm"),
        writes=("pair:3", "pair:21", "clock"),
        waits_s=12,
        data=schedule,
    )
    for label, schedule in _SCHEDULES.items()
)
async def test_a_period_begins_and_ends_by_the_minute(case: Case[_Schedule], dut: Device) -> None:
    """R165: 500 may show the time of another zone than the one that was set, and the schedule may follow either."""
    await prepare_alarm(dut)
    await dut.must(506, {"datetime": f"{_SET_TO:{DATETIME}}"})
    now = await device_time.read(dut)
    bases = (now,) if abs(now - _SET_TO) < timedelta(minutes=5) else (now, _SET_TO)
    moments = [[base + timedelta(minutes=minute) for minute in each] for base in bases for each in case.data.periods]
    # What a period over midnight means is left open (R162).
    same_day = [each for each in moments if each[0].date() == each[1].date()]
    day = [{"start": f"{start:%H:%M:%S}", "end": f"{end:%H:%M:%S}"} for start, end in same_day]
    await switch_alarms_on(dut, effect_day=[{"day": number, "period": day} for number in range(1, 8)])
    await wait_for_pushes(dut, 2)
    mark = dut.control.pushes.mark()
    await pass_threshold(dut)
    if case.data.in_force:
        await dut.push(1000, since=mark, match=is_of_object)
    else:
        await judge_no_push(dut, 1000, mark, f"{day} is not now, {now:%H:%M}", match=is_of_object)
    await set_rule(dut)
