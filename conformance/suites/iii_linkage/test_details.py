"""What an event sets off, in detail: for all of its time, from the one exception alone, not while it is switched off;
which files an alarm leaves; within which minutes of the day alarms are in force.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from conformance.catalogue import Safety, load
from conformance.dut.device import Device
from conformance.rules.case import Case, case, cases
from conformance.steps import device_time
from conformance.steps.alarms import alarms_on, no_push, of_object, pass_threshold, set_rule, settle, watch
from conformance.steps.causes import switch_on, track
from conformance.steps.linkage import EVENTS, HOLD_S, all_off, facts_of, happen, is_on, linkage_of, over

_CATALOGUE = load()
_SAFE = Safety.REVERSIBLE


# Its time


@cases(
    Case(
        f"III.{event.number}/linkage/{part}-lasts",
        f"{_CATALOGUE.commands[event.number].title}: {part} is on until its time is over",
        _SAFE,
        requirement=f"III.{event.number}/linkage",
        **facts_of(event, "clock"),
        waits_s=330 if event.number == 29 else 20,
        data=(event, part),
    )
    for event in EVENTS
    for part in ("output", "flash")
)
async def test_what_is_set_off_lasts(case: Case[Any], dut: Device) -> None:
    event, part = case.data
    await all_off(dut)
    await event.apply_settings(dut, **linkage_of(event, part))
    try:
        try:
            await happen(dut, event)
            # Noticed by now; three quarters of the time are not over yet.
            await dut.clock.sleep(HOLD_S * 3 // 4 - 3)
            await is_on(dut, part, deaf=True)
        finally:
            await over(dut, event)
        await dut.clock.sleep(HOLD_S)
    finally:
        if event.after is not None:
            await event.after(dut)


# Which exception


_EXCEPTIONS: dict[int, tuple[str, str, dict[str, Any], dict[str, Any]]] = {
    1: ("memory-full", "a full memory", {"on": True}, {"on": False}),
    2: ("storage-failure", "a storage failure", {"on": True}, {"on": False}),
    3: ("stream-failure", "a stream failure", {"type": 1}, {"type": 0}),
}


def _exceptions() -> Iterator[Case[Any]]:
    for kind, (stimulus, name, *_) in _EXCEPTIONS.items():
        for own in (True, False):
            yield Case(
                f"III.25/linkage/{stimulus}-{'own' if own else 'others'}",
                f"{name} sets off {'its own linkage' if own else 'no linkage of another exception'}",
                _SAFE,
                requirement="III.25/linkage",
                stimuli=(stimulus, "clock"),
                writes=("pair:25",),
                waits_s=20,
                data=(kind, own),
            )


@cases(_exceptions())
async def test_an_exception_sets_off_its_own_linkage(case: Case[Any], dut: Device) -> None:
    kind, own = case.data
    stimulus, _, on, off = _EXCEPTIONS[kind]
    await all_off(dut)
    await switch_on(dut, 25)
    entries = [entry for entry in (await dut.must(26)).get("store") or [] if isinstance(entry, dict)]
    output = {"output_flag": 1, "output_hold": HOLD_S}
    changed = [{**entry, **(output if (entry.get("type") == kind) is own else {})} for entry in entries]
    await dut.must(25, {"store": changed}, legal=False)
    try:
        await dut.stimulus.do(stimulus, **on)
        await settle(dut, 2)
        await is_on(dut, *(("output",) if own else ()))
    finally:
        await dut.stimulus.do(stimulus, **off)
        await dut.clock.sleep(HOLD_S + 1)


@cases(
    Case(
        f"III.{event.number}/linkage/flag-off",
        f"{_CATALOGUE.commands[event.number].title}: nothing is set off while its flag is 0",
        _SAFE,
        requirement=f"III.{event.number}/linkage",
        **facts_of(event, "clock"),
        waits_s=330 if event.number == 29 else 20,
        data=event,
    )
    for event in EVENTS
    if event.number in (25, 27, 29)
)
async def test_nothing_is_set_off_while_the_flag_is_0(case: Case[Any], dut: Device) -> None:
    event = case.data
    await all_off(dut)
    await event.apply_settings(dut, **linkage_of(event, "output"), flag=0)
    try:
        try:
            await happen(dut, event)
            await is_on(dut)
        finally:
            await over(dut, event)
    finally:
        if event.after is not None:
            await event.after(dut)


_ALARM = next(event for event in EVENTS if event.number == 21)


@case(
    "III.41/linkage/muted",
    "An alarm makes no sound while the device is muted",
    _SAFE,
    requirement="III.41/muted",
    **{**facts_of(_ALARM, "clock"), "writes": (*facts_of(_ALARM)["writes"], "pair:41")},
    waits_s=20,
)
async def test_a_muted_alarm_makes_no_sound(case: Case, dut: Device) -> None:
    for silent, parts in ((0, ("sound",)), (1, ())):
        await dut.must(41, {"silent": silent})
        await all_off(dut)
        await _ALARM.apply_settings(dut, **linkage_of(_ALARM, "sound"))
        try:
            await happen(dut, _ALARM)
            await is_on(dut, *parts)
        finally:
            await over(dut, _ALARM)


# Thresholds, and minutes of the day


@cases(
    Case(
        f"III.19/{name}-spot/own-threshold",
        f"The {name} spot is held against its own threshold, not the other's",
        _SAFE,
        requirement="III.19/own-threshold",
        capabilities=("measurement", "tracking"),
        writes=("pair:19",),
        waits_s=9,
        data=name,
    )
    for name in ("hot", "cold")
)
async def test_a_spot_has_its_own_threshold(case: Case[Any], dut: Device) -> None:
    flags = {"high_flag": 1, "low_flag": 0} if case.data == "hot" else {"high_flag": 0, "low_flag": 1}
    await track(dut)
    await settle(dut, 1)
    mark = dut.control.pushes.mark()
    # 2000 degC for the hot spot, -40 for the cold one: nothing passes its own, everything would pass the other's.
    await track(dut, **flags)
    await no_push(dut, 1000, mark, f"the {case.data} spot passes no threshold", match=lambda push: not of_object(push))


_SET_TO = datetime(2030, 6, 5, 12, 40)
"""Far enough from a full hour that none of the periods passes midnight in whichever zone."""
_PERIODS: dict[str, tuple[bool, tuple[tuple[int, int], ...]]] = {
    # The hour before and the one after are touched: who looks at hours alone is found out.
    "earlier-minutes": (False, ((-35, -10),)),
    "later-minutes": (False, ((10, 35),)),
    "these-minutes": (True, ((-10, 10),)),
    "second-period": (True, ((-25, -15), (-5, 10))),
}


@cases(
    Case(
        f"III.21/effect-day/{label}",
        f"Alarms are {'in force' if due else 'not in force'}: {label.replace('-', ' ')} of this hour",
        _SAFE,
        requirement="III.21/effect-day",
        capabilities=("measurement", "temperature-alarm"),
        writes=("pair:3", "pair:21", "clock"),
        waits_s=12,
        data=(due, periods),
    )
    for label, (due, periods) in _PERIODS.items()
)
async def test_a_period_begins_and_ends_by_the_minute(case: Case[Any], dut: Device) -> None:
    """R165: 500 may show another zone's time than the one that was set, and either may be the schedule's."""
    due, periods = case.data
    await watch(dut)
    await dut.must(506, {"datetime": f"{_SET_TO:%Y-%m-%d %H:%M:%S}"})
    now = await device_time.read(dut)
    bases = (now,) if abs(now - _SET_TO) < timedelta(minutes=5) else (now, _SET_TO)
    moments = [[base + timedelta(minutes=minute) for minute in each] for base in bases for each in periods]
    # A period over midnight is open (R162).
    same_day = [each for each in moments if each[0].date() == each[1].date()]
    day = [{"start": f"{start:%H:%M:%S}", "end": f"{end:%H:%M:%S}"} for start, end in same_day]
    await alarms_on(dut, effect_day=[{"day": number, "period": day} for number in range(1, 8)])
    await settle(dut, 2)
    mark = dut.control.pushes.mark()
    await pass_threshold(dut)
    if due:
        await dut.push(1000, since=mark, match=of_object)
    else:
        await no_push(dut, 1000, mark, f"{day} is not now, {now:%H:%M}", match=of_object)
    await set_rule(dut)
