"""Events and what they set off (III.19 to III.57): how each is armed, let happen and ended, and what is on then."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from conformance.catalogue import load
from conformance.dut.device import Device
from conformance.steps.alarms import ALWAYS, alarms_on, pass_threshold, set_rule, settle, watch
from conformance.steps.causes import external_input, fire, passing, switch_on, track, wrong_logins
from conformance.steps.pairs import apply_settings

__all__ = ["EVENTS", "HOLD_S", "SOUND_S", "Event", "all_off", "facts_of", "happen", "is_on", "linkage_of", "over"]

_CATALOGUE = load()
HOLD_S, SOUND_S = 12, 6
"""Seconds that an output and a flash, and that a sound is set to last."""
_LONGEST_HOLD_S = 400  # a hold is 300 s at most, a sound may be played 200 times
_LONGEST_SHAKE_S = 12
"""An input may shake for 10 s before it counts (III.47, R163)."""


@dataclass(frozen=True, slots=True)
class Event:
    """An event with settings of its own: `arm` sets what it sets off, `begin` lets it happen, `end` ends it,
    `after` waits until it can happen again.

    `lamp` names its flash, `kinds` are the types under which command 513 may list what it stored (empty: it stores
    nothing).
    """

    number: int
    apply_settings: Callable[..., Awaitable[Any]]
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
    await apply_settings(dut, number, {"flag": 1, "alarm_shake": 0, "effect_day": ALWAYS, **off, **linkage})


async def _arm_fire(dut: Device, **linkage: Any) -> None:
    await fire(dut, 2000.0, **linkage)


async def _unlock(dut: Device) -> None:
    await dut.clock.sleep(dut.profile["lockout_s"] + 1)


def _condition(number: int, what: str, apply_settings: Callable[..., Awaitable[Any]], **facts: Any) -> Event:
    on: dict[str, Any] = {"closed": True} if what == "alarm-input" else {"on": True}
    off: dict[str, Any] = dict.fromkeys(on, False)
    if what == "stream-failure":
        on, off = {"type": 1}, {"type": 0}
    return Event(number, apply_settings, _does(what, **on), _does(what, **off), stimuli=(what,), **facts)


EVENTS = (
    Event(19, _arm_spot, _pass_spot, _pass_none, lamp="light", kinds=(3, 4)),
    Event(21, _arm_alarm, pass_threshold, set_rule, lamp="light", kinds=(1,), writes=("pair:3",)),
    _condition(25, "stream-failure", lambda dut, **linkage: switch_on(dut, 25, **linkage), lamp="light"),
    _condition(27, "network-failure", lambda dut, **linkage: switch_on(dut, 27, **linkage), lamp="light"),
    Event(
        29,
        lambda dut, **linkage: switch_on(dut, 29, **linkage),
        wrong_logins,
        after=_unlock,
        lamp="light",
        parameters=("operator_user", "lockout_s"),
    ),
    _condition(47, "alarm-input", external_input, kinds=(7,)),
    Event(51, _arm_fire, lambda dut: _burn(dut, -40.0), lambda dut: _burn(dut, 2000.0), kinds=(1, 6)),
    _condition(55, "lens-covered", lambda dut, **linkage: _lens(dut, 55, **linkage), kinds=(6, 1)),
    _condition(57, "window-dirty", lambda dut, **linkage: _lens(dut, 57, **linkage), kinds=(6, 1)),
)


def linkage_of(event: Event, part: str) -> dict[str, Any]:
    """The settings that let `event` set off `part` alone."""
    hold = "alarm_out_delay" if event.lamp == "alarm_out" else "light_hold"
    if part == "sound" and event.number == 21:
        return {"audio_flag": 1, "audio_playtype": 2, "audio_playvalue": SOUND_S, "audio_play_index": 0}
    return {
        "output": {"output_flag": 1, "output_hold": HOLD_S},
        "flash": {f"{event.lamp}_flag": 1, hold: HOLD_S},
        "sound": {"audio_flag": 1, "audio_mode": 0, "audio_value": SOUND_S, "audio_index": 0},
        "record": {"record_flag": 1, "record_stream": 3, "record_delay": 10},
        "capture": {"capture_flag": 1, "capture_stream": 3},
        "nothing": {},
    }[part]


def facts_of(event: Event, *stimuli: str) -> dict[str, Any]:
    """What a case about the event needs and writes."""
    capability = _CATALOGUE.commands[event.number].capability
    return {
        "capabilities": tuple(filter(None, (capability, "measurement" if event.number in (19, 21) else None))),
        "stimuli": (*event.stimuli, *stimuli),
        "parameters": event.parameters,
        "writes": (f"pair:{event.number}", *event.writes),
    }


async def happen(dut: Device, event: Event) -> None:
    """Let the event happen and be noticed."""
    await dut.clock.sleep(1)
    await event.begin(dut)
    await settle(dut, _LONGEST_SHAKE_S - 10 if event.number != 47 else _LONGEST_SHAKE_S - 9)


async def over(dut: Device, event: Event) -> None:
    """End the event, if it has an end."""
    if event.end is not None:
        await event.end(dut)
    await dut.clock.sleep(1)


async def all_off(dut: Device) -> None:
    """Wait until what an earlier event set off is over: a hold lasts 300 s at most, whichever case has set it."""
    for _ in range(_LONGEST_HOLD_S // HOLD_S + 2):
        state = await dut.stimulus.do("state")
        if not any(state.get(part) for part in ("output", "flash", "sound")):
            return
        await dut.clock.sleep(HOLD_S)


async def is_on(dut: Device, *parts: str, deaf: bool = False) -> None:
    """Judge that these are on and no others; the sound is not listened to where `deaf`."""
    state = await dut.stimulus.do("state")
    found = [part for part in ("output", "flash", "sound") if state.get(part) and not (deaf and part == "sound")]
    parts = tuple(part for part in parts if not (deaf and part == "sound"))
    dut.demand(found == list(parts), f"on: {', '.join(parts) or 'nothing'}", f"on: {', '.join(found) or 'nothing'}")
