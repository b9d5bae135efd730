"""Events and what they set off (III.19 to III.57): how each is set up, caused and ended, and what is on then."""

from __future__ import annotations

from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Literal, NamedTuple, Protocol, TypedDict

from conformance.catalogue.json_types import Json, JsonObject
from conformance.dut.device import Device
from conformance.steps.alarms import ALWAYS, pass_threshold, prepare_alarm, set_rule, switch_alarms_on, wait_for_pushes
from conformance.steps.capabilities import capabilities_of
from conformance.steps.causes import (
    Step,
    handle_exceptions,
    lock_operator,
    lock_over,
    set_external_input,
    set_fire_detection,
    set_tracking,
    spot_passed,
)
from conformance.steps.pairs import apply_settings

__all__ = [
    "EVENTS",
    "HOLD_S",
    "SOUND_S",
    "Event",
    "EventFacts",
    "Linkage",
    "Part",
    "all_off",
    "end_event",
    "event_of",
    "facts_of",
    "happen",
    "is_on",
    "linkage_of",
]

HOLD_S, SOUND_S = 12, 6
"""How many seconds an output or a flash, and a sound, are set to last."""
_LONGEST_HOLD_S = 400
"""A hold is 300 s at most, and a sound may be played 200 times."""
_NOTICED_S = 2
_INPUT_NOTICED_S = 3
"""An input counts after it has stopped to shake (III.47, R163), later than other events."""


Part = Literal["output", "flash", "sound", "record", "capture", "nothing"]
"""What an event can set off."""


class ApplySettings(Protocol):
    """Sets an event up to be noticed, and to set off what `linkage` says."""

    def __call__(self, dut: Device, **linkage: Json) -> Awaitable[object]: ...


class EventFacts(TypedDict):
    """The facts of a case that are those of its event."""

    capabilities: tuple[str, ...]
    stimuli: tuple[str, ...]
    parameters: tuple[str, ...]
    writes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Event:
    """An event with settings of its own, those of the set command `number`.

    `apply_settings` sets it up, `begin` causes it, `end` ends it, `after` waits until it can happen again. `lamp` names
    its flash in the settings. `kinds` are the types under which command 513 may list the files that it stores; an event
    without any stores none. The other fields are what a case about it needs and writes.
    """

    number: int
    apply_settings: ApplySettings
    begin: Step
    end: Step | None = None
    after: Step | None = None
    lamp: Literal["light", "alarm_out"] = "alarm_out"
    kinds: tuple[int, ...] = ()
    stimuli: tuple[str, ...] = ()
    parameters: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()


def _stimulus(name: str, **facts: Json) -> Step:
    return lambda dut: dut.stimulus.do(name, **facts)


async def _set_up_alarm(dut: Device, **linkage: Json) -> None:
    await prepare_alarm(dut)
    await switch_alarms_on(dut, **linkage)


async def _set_up_spot(dut: Device, **linkage: Json) -> None:
    """One command sets tracking up and passes its threshold: here the thresholds are out of reach."""
    await set_tracking(dut, **linkage)


async def _pass_spot(dut: Device) -> None:
    await dut.must(19, spot_passed("hot"))


async def _pass_no_threshold(dut: Device) -> None:
    await dut.must(19, {"high_flag": 0})


async def _burn(dut: Device, threshold: float) -> None:
    await dut.must(51, {"fire_temp": threshold})


async def _set_up_lens(dut: Device, number: int, **linkage: Json) -> None:
    off = {"record_flag": 0, "capture_flag": 0, "sendmail": 0, "alarm_out_flag": 0, "output_flag": 0, "audio_flag": 0}
    await apply_settings(dut, number, {"flag": 1, "alarm_shake": 0, "effect_day": ALWAYS, **off, **linkage})


async def _set_up_fire(dut: Device, **linkage: Json) -> None:
    await set_fire_detection(dut, 2000.0, **linkage)


def _condition(
    number: int,
    stimulus: str,
    apply_settings: ApplySettings,
    *,
    lamp: Literal["light", "alarm_out"] = "alarm_out",
    kinds: tuple[int, ...] = (),
) -> Event:
    """An event that a stimulus switches on and off."""
    on: JsonObject = {"closed": True} if stimulus == "alarm-input" else {"on": True}
    off: JsonObject = dict.fromkeys(on, False)
    if stimulus == "stream-failure":
        on, off = {"type": 1}, {"type": 0}
    begin, end = _stimulus(stimulus, **on), _stimulus(stimulus, **off)
    return Event(number, apply_settings, begin, end, lamp=lamp, kinds=kinds, stimuli=(stimulus,))


EVENTS = (
    Event(19, _set_up_spot, _pass_spot, _pass_no_threshold, lamp="light", kinds=(3, 4)),
    Event(21, _set_up_alarm, pass_threshold, set_rule, lamp="light", kinds=(1,), writes=("pair:3",)),
    _condition(25, "stream-failure", lambda dut, **linkage: handle_exceptions(dut, 25, **linkage), lamp="light"),
    _condition(27, "network-failure", lambda dut, **linkage: handle_exceptions(dut, 27, **linkage), lamp="light"),
    Event(
        29,
        lambda dut, **linkage: handle_exceptions(dut, 29, **linkage),
        lock_operator,
        after=lock_over,
        lamp="light",
        parameters=("operator_user", "lockout_s"),
    ),
    _condition(47, "alarm-input", set_external_input, kinds=(7,)),
    Event(51, _set_up_fire, lambda dut: _burn(dut, -40.0), lambda dut: _burn(dut, 2000.0), kinds=(1, 6)),
    _condition(55, "lens-covered", lambda dut, **linkage: _set_up_lens(dut, 55, **linkage), kinds=(6, 1)),
    _condition(57, "window-dirty", lambda dut, **linkage: _set_up_lens(dut, 57, **linkage), kinds=(6, 1)),
)


class Linkage(NamedTuple):
    """An event, and what it sets off."""

    event: Event
    part: Part


def event_of(number: int) -> Event:
    """The event whose settings are those of the set command `number`. Raises StopIteration for any other command."""
    return next(event for event in EVENTS if event.number == number)


def linkage_of(event: Event, part: Part) -> JsonObject:
    """The settings that let `event` set off `part` alone."""
    hold = "alarm_out_delay" if event.lamp == "alarm_out" else "light_hold"
    if part == "sound" and event.number == 21:
        return {"audio_flag": 1, "audio_playtype": 2, "audio_playvalue": SOUND_S, "audio_play_index": 0}
    settings: dict[Part, JsonObject] = {
        "output": {"output_flag": 1, "output_hold": HOLD_S},
        "flash": {f"{event.lamp}_flag": 1, hold: HOLD_S},
        "sound": {"audio_flag": 1, "audio_mode": 0, "audio_value": SOUND_S, "audio_index": 0},
        "record": {"record_flag": 1, "record_stream": 3, "record_delay": 10},
        "capture": {"capture_flag": 1, "capture_stream": 3},
        "nothing": {},
    }
    return settings[part]


def facts_of(
    event: Event,
    *stimuli: str,
    capabilities: tuple[str, ...] = (),
    parameters: tuple[str, ...] = (),
    writes: tuple[str, ...] = (),
) -> EventFacts:
    """What a case about the event needs and writes, followed by what the case itself adds."""
    own = (*capabilities_of(event.number), *(("measurement",) if event.number in (19, 21) else ()))
    return {
        "capabilities": (*own, *capabilities),
        "stimuli": (*event.stimuli, *stimuli),
        "parameters": (*event.parameters, *parameters),
        "writes": (f"pair:{event.number}", *event.writes, *writes),
    }


async def happen(dut: Device, event: Event) -> None:
    """Cause the event, and wait until the device has noticed it."""
    await dut.clock.sleep(1)
    await event.begin(dut)
    await wait_for_pushes(dut, _INPUT_NOTICED_S if event.number == 47 else _NOTICED_S)


async def end_event(dut: Device, event: Event) -> None:
    """End the event, if it has an end."""
    if event.end is not None:
        await event.end(dut)
    await dut.clock.sleep(1)


async def all_off(dut: Device) -> None:
    """Wait until nothing is on that an earlier event set off: a hold lasts 300 s at most, whichever case has set it."""
    for _ in range(_LONGEST_HOLD_S // HOLD_S + 2):
        state = await dut.stimulus.do("state")
        if not any(state.get(part) for part in ("output", "flash", "sound")):
            return
        await dut.clock.sleep(HOLD_S)


async def is_on(dut: Device, *parts: Part, ignore_sound: bool = False) -> None:
    """Judge that these are on and no others."""
    state = await dut.stimulus.do("state")
    judged: tuple[Part, ...] = ("output", "flash") if ignore_sound else ("output", "flash", "sound")
    found = [part for part in judged if state.get(part)]
    due = [part for part in parts if part in judged]
    dut.demand(found == due, f"on: {', '.join(due) or 'nothing'}", f"on: {', '.join(found) or 'nothing'}")
