"""What an event sets off (III.19 to III.57): output, flash and sound for their time, recordings and pictures."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from conformance.case import Case, cases
from conformance.catalogue import Safety, load
from conformance.catalogue.model import Keyword
from conformance.suites.configuration import arm
from conformance.suites.object_alarms import ALWAYS, alarms_on, cross, device_time, set_rule, settle, watch
from conformance.suites.push_causes import external_input, fire, passing, switch_on, track, wrong_logins
from fixtures.device import Device

_CATALOGUE = load()
_SAFE = Safety.REVERSIBLE
_DATETIME = "%Y-%m-%d %H:%M:%S"
_HOLD_S, _SOUND_S = 12, 6
_MAYBE_SILENT = (19, 51)
_LONGEST_HOLD_S = 400  # a hold is 300 s at most, a sound may be played 200 times
_LATE_S = 3
_LONGEST_SHAKE_S = 12
"""An input may shake for 10 s before it counts (III.47, R163)."""


@dataclass(frozen=True, slots=True)
class _Event:
    """An event with settings of its own: `arm` sets what it sets off, `begin` lets it happen, `end` ends it,
    `after` waits until it can happen again.

    `lamp` names its flash, `kinds` are the types under which command 513 may list what it stored (empty: it stores
    nothing).
    """

    number: int
    arm: Callable[..., Awaitable[Any]]
    begin: Callable[[Device], Awaitable[Any]]
    end: Callable[[Device], Awaitable[Any]] | None = None
    after: Callable[[Device], Awaitable[Any]] | None = None
    lamp: str = "alarm_out"
    kinds: tuple[int, ...] = ()
    stimuli: tuple[str, ...] = ()
    parameters: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()


def _does(what: str, **facts: Any) -> Callable[[Device], Awaitable[Any]]:
    return lambda dut: dut.stimulus.do(what, **facts)


async def _arm_alarm(dut: Device, **linkage: Any) -> None:
    await watch(dut)
    await alarms_on(dut, **linkage)


async def _arm_spot(dut: Device, **linkage: Any) -> None:
    """Tracking is armed and provoked by one command, so that its thresholds are passed when it is set off."""
    await track(dut, **linkage)


async def _pass_spot(dut: Device) -> None:
    await dut.must(19, passing("hot"))


async def _pass_none(dut: Device) -> None:
    await dut.must(19, {"high_flag": 0})


async def _burn(dut: Device, threshold: float) -> None:
    await dut.must(51, {"fire_temp": threshold})


async def _lens(dut: Device, number: int, **linkage: Any) -> None:
    off = {"record_flag": 0, "capture_flag": 0, "sendmail": 0, "alarm_out_flag": 0, "output_flag": 0, "audio_flag": 0}
    await arm(dut, number, {"flag": 1, "alarm_shake": 0, "effect_day": ALWAYS, **off, **linkage})


async def _arm_fire(dut: Device, **linkage: Any) -> None:
    await fire(dut, 2000.0, **linkage)


async def _unlock(dut: Device) -> None:
    await dut.clock.sleep(dut.profile["lockout_s"] + 1)


def _condition(number: int, what: str, arm: Callable[..., Awaitable[Any]], **facts: Any) -> _Event:
    on: dict[str, Any] = {"closed": True} if what == "alarm-input" else {"on": True}
    off: dict[str, Any] = dict.fromkeys(on, False)
    if what == "stream-failure":
        on, off = {"type": 1}, {"type": 0}
    return _Event(number, arm, _does(what, **on), _does(what, **off), stimuli=(what,), **facts)


_EVENTS = (
    _Event(19, _arm_spot, _pass_spot, _pass_none, lamp="light", kinds=(3, 4)),
    _Event(21, _arm_alarm, cross, set_rule, lamp="light", kinds=(1,), writes=("pair:3",)),
    _condition(25, "stream-failure", lambda dut, **linkage: switch_on(dut, 25, **linkage), lamp="light"),
    _condition(27, "network-failure", lambda dut, **linkage: switch_on(dut, 27, **linkage), lamp="light"),
    _Event(
        29,
        lambda dut, **linkage: switch_on(dut, 29, **linkage),
        wrong_logins,
        after=_unlock,
        lamp="light",
        parameters=("operator_user", "lockout_s"),
    ),
    _condition(47, "alarm-input", external_input, kinds=(7,)),
    _Event(51, _arm_fire, lambda dut: _burn(dut, -40.0), lambda dut: _burn(dut, 2000.0), kinds=(1, 6)),
    _condition(55, "lens-covered", lambda dut, **linkage: _lens(dut, 55, **linkage), kinds=(6, 1)),
    _condition(57, "window-dirty", lambda dut, **linkage: _lens(dut, 57, **linkage), kinds=(6, 1)),
)


def _linkage(event: _Event, part: str) -> dict[str, Any]:
    """The settings that let `event` set off `part` alone."""
    hold = "alarm_out_delay" if event.lamp == "alarm_out" else "light_hold"
    if part == "sound" and event.number == 21:
        return {"audio_flag": 1, "audio_playtype": 2, "audio_playvalue": _SOUND_S, "audio_play_index": 0}
    return {
        "output": {"output_flag": 1, "output_hold": _HOLD_S},
        "flash": {f"{event.lamp}_flag": 1, hold: _HOLD_S},
        "sound": {"audio_flag": 1, "audio_mode": 0, "audio_value": _SOUND_S, "audio_index": 0},
        "record": {"record_flag": 1, "record_stream": 3, "record_delay": 10},
        "capture": {"capture_flag": 1, "capture_stream": 3},
        "nothing": {},
    }[part]


def _facts(event: _Event, *stimuli: str) -> dict[str, Any]:
    capability = _CATALOGUE.commands[event.number].capability
    return {
        "capabilities": tuple(filter(None, (capability, "measurement" if event.number in (19, 21) else None))),
        "stimuli": (*event.stimuli, *stimuli),
        "parameters": event.parameters,
        "writes": (f"pair:{event.number}", *event.writes),
    }


async def _happen(dut: Device, event: _Event) -> None:
    """Let the event happen and be noticed."""
    await dut.clock.sleep(1)
    await event.begin(dut)
    await settle(dut, _LONGEST_SHAKE_S - 10 if event.number != 47 else _LONGEST_SHAKE_S - 9)


async def _over(dut: Device, event: _Event) -> None:
    if event.end is not None:
        await event.end(dut)
    await dut.clock.sleep(1)


def _effects() -> Iterator[Case]:
    for event in _EVENTS:
        for part in ("output", "flash", "sound", "nothing"):
            yield Case(
                f"III.{event.number}/linkage/{part}",
                f"III.{event.number}/linkage",
                f"{_CATALOGUE.commands[event.number].title}: {part} is set off, for its time",
                f"III.{event.number}",
                _SAFE,
                **_facts(event, "clock"),
                waits_s=330 if event.number == 29 else 20,
                data=(event, part),
            )


@cases(_effects())
async def test_an_event_sets_off_what_it_should(case: Case, dut: Device) -> None:
    event, part = case.data
    # Tracking and fire need not have a sound of their own (R47, R117); whether they make one is not said then.
    deaf = event.number in _MAYBE_SILENT and "audio_flag" not in await dut.must(event.number + 1)
    await _all_off(dut)
    await event.arm(dut, **_linkage(event, part))
    try:
        try:
            await _happen(dut, event)
            await _is_on(dut, *(() if part == "nothing" else (part,)), deaf=deaf)
        finally:
            # Ended first: a device may repeat an alarm that stands (R163), and what it sets off with it.
            await _over(dut, event)
        await dut.clock.sleep(_SOUND_S if part == "sound" else _HOLD_S)
        await _is_on(dut, deaf=deaf)
    finally:
        if event.after is not None:
            await event.after(dut)


async def _all_off(dut: Device) -> None:
    """Wait until what an earlier event set off is over: a hold lasts 300 s at most, whichever case has set it."""
    for _ in range(_LONGEST_HOLD_S // _HOLD_S + 2):
        state = await dut.stimulus.do("state")
        if not any(state.get(part) for part in ("output", "flash", "sound")):
            return
        await dut.clock.sleep(_HOLD_S)


async def _is_on(dut: Device, *parts: str, deaf: bool = False) -> None:
    """Judge that these are on and no others; the sound is not listened to where `deaf`."""
    state = await dut.stimulus.do("state")
    found = [part for part in ("output", "flash", "sound") if state.get(part) and not (deaf and part == "sound")]
    parts = tuple(part for part in parts if not (deaf and part == "sound"))
    dut.demand(found == list(parts), f"on: {', '.join(parts) or 'nothing'}", f"on: {', '.join(found) or 'nothing'}")


@cases(
    Case(
        f"IV.524/turns-off/{label}",
        "IV.524/effect",
        f"What an alarm set off is turned off: {label}",
        "IV.524",
        _SAFE,
        **{**_facts(_EVENTS[1], "clock"), "capabilities": ("measurement", "temperature-alarm", "alarm-output")},
        waits_s=20,
        data=(message, left),
    )
    for label, message, left in (
        ("sound", {"type": 0}, {"output": True, "sound": False}),
        ("output", {"type": 1}, {"output": False, "sound": True}),
        ("both", {"type": 2}, {"output": False, "sound": False}),
        ("without-type", {}, {"output": False, "sound": True}),
    )
)
async def test_what_was_set_off_is_turned_off(case: Case, dut: Device) -> None:
    """R80; whether the flash goes with the output is not said."""
    message, left = case.data
    alarm = _EVENTS[1]
    sound = {**_linkage(alarm, "sound"), "audio_playvalue": 60}
    await alarm.arm(dut, **_linkage(alarm, "output"), **sound)
    await _happen(dut, alarm)
    await dut.succeeds(524, message)
    state = await dut.stimulus.do("state")
    found = {name: state.get(name) for name in left}
    dut.demand(found == left, f"{left}", f"{found}")
    await dut.succeeds(524, {"type": 2})


def _stored() -> Iterator[Case]:
    for event in _EVENTS:
        for part in ("record", "capture") if event.kinds else ():
            yield Case(
                f"III.{event.number}/linkage/{part}",
                f"III.{event.number}/linkage-stored",
                f"{_CATALOGUE.commands[event.number].title}: {part} is set off, and listed by 513",
                f"III.{event.number}",
                _SAFE,
                **{**_facts(event, *(("clock",) if event.stimuli else ())), "capabilities": _storing(event)},
                waits_s=25,
                data=(event, part),
            )


def _storing(event: _Event) -> tuple[str, ...]:
    return (*_facts(event)["capabilities"], "storage")


@cases(_stored())
async def test_an_event_is_stored(case: Case, dut: Device) -> None:
    event, part = case.data
    await event.arm(dut, **_linkage(event, part))
    began = await device_time(dut)
    try:
        await _happen(dut, event)
        await settle(dut, 15 if part == "record" else 2)
        for stream, image in ((1, "visible"), (2, "infrared")):
            kinds = await _listed(dut, stream, 1 if part == "record" else 2, began)
            what = f"an {image} file of type {' or '.join(map(str, event.kinds))}, listed by 513"
            # That it is stored is not the push's business, and no rule says how soon it is listed.
            found = bool(kinds & set(event.kinds))
            dut.demand(found, what, f"types {sorted(kinds)}", keyword=Keyword.SHOULD, check="stored")
    finally:
        await _over(dut, event)


async def _listed(dut: Device, videotype: int, datatype: int, since: datetime) -> set[int]:
    """The types under which command 513 lists what was stored since then."""
    start, end = since - timedelta(seconds=_LATE_S), since + timedelta(minutes=5)
    found: set[int] = set()
    for page in (1, 2, 3):
        message = {"starttime": f"{start:{_DATETIME}}", "endtime": f"{end:{_DATETIME}}", "pageindex": page}
        shown = await dut.must(513, {**message, "pagecount": 50, "videotype": videotype, "datatype": datatype})
        rows = shown.get("datas") or []
        found |= {row["type"] for row in rows if isinstance(row, dict) and isinstance(row.get("type"), int)}
        if len(rows) < 50:
            break
    return found
