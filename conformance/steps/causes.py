"""The causes of the pushes that every session receives: how each is prepared, provoked and ended."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import TypedDict

from conformance.catalogue import load
from conformance.catalogue.json_types import Json, JsonMapping, JsonObject
from conformance.dut.device import Device
from conformance.steps.alarms import ALWAYS, pass_threshold, prepare_alarm
from conformance.steps.image_sizes import output_size
from conformance.steps.pairs import apply_settings

__all__ = [
    "CAUSES",
    "Cause",
    "Step",
    "handle_exceptions",
    "lock_operator",
    "lock_over",
    "provoke",
    "set_external_input",
    "set_fire_detection",
    "set_tracking",
    "spot_passed",
]

Step = Callable[[Device], Awaitable[object]]
"""What a cause or an event needs to be done to the device."""

_NOTHING_SET_OFF = {"light_flag": 0, "audio_flag": 0, "output_flag": 0}
_NO_LINKAGE = {"record_flag": 0, "capture_flag": 0, "sendmail": 0, "alarm_out_flag": 0, "output_flag": 0}
_SPOT_QUIET = {"record_flag": 0, "capture_flag": 0, "sendmail": 0, "light_flag": 0, "output_flag": 0}


async def _nothing(dut: Device) -> None:
    pass


class CauseFacts(TypedDict):
    """The facts of a case that are those of its cause."""

    capabilities: tuple[str, ...]
    stimuli: tuple[str, ...]
    parameters: tuple[str, ...]
    writes: tuple[str, ...]
    waits_s: float


@dataclass(frozen=True, slots=True)
class Cause:
    """One way to provoke push `number`; `label` names it in the ids of cases.

    `ready` prepares it, `begin` provokes the push, `end` removes the cause. `content` are fields that the push must
    have. The rest are the needs of a case about it, as in `Case`.
    """

    number: int
    label: str
    begin: Step
    ready: Step = _nothing
    end: Step = _nothing
    stimuli: tuple[str, ...] = ()
    parameters: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()
    capabilities: tuple[str, ...] = ()
    content: tuple[tuple[str, Json], ...] = ()
    waits_s: float = 8

    def facts(
        self, *, capabilities: tuple[str, ...] = (), writes: tuple[str, ...] = (), waits_s: float | None = None
    ) -> CauseFacts:
        """What a case about it needs and writes, followed by what the case itself adds."""
        capability = load().pushes[self.number].capability
        needed = dict.fromkeys((*((capability,) if capability else ()), *self.capabilities))
        return {
            "capabilities": (*needed, *capabilities),
            "stimuli": self.stimuli,
            "parameters": self.parameters,
            "writes": (*self.writes, *writes),
            "waits_s": self.waits_s if waits_s is None else waits_s,
        }


@contextlib.asynccontextmanager
async def provoke(dut: Device, cause: Cause) -> AsyncIterator[int]:
    """Prepare and provoke a cause; yields the mark of the pushes before it, and removes the cause at the end."""
    await cause.ready(dut)
    await dut.clock.sleep(2)  # the device must notice that an earlier cause is over before it can happen again
    mark = dut.control.pushes.mark()
    try:
        await cause.begin(dut)
        await dut.clock.sleep(1)
        yield mark
    finally:
        await cause.end(dut)


async def set_fire_detection(dut: Device, fire_temp: float, **changes: Json) -> None:
    """Set fire detection over the whole image, by temperature (degC) or flame, without anything that it sets off."""
    width, height = output_size(dut)
    corners = {"top_left_x": 1, "top_left_y": 1, "bo_right_x": width, "bo_right_y": height}
    facts: JsonObject = {"flag": 1, "fire_temp": fire_temp, "detect_mode": 1, "alarm_shake": 0}
    facts |= {"effect_day": ALWAYS, "area1": {**corners, "sensitivity": 50, "area_name": "all"}, **_NO_LINKAGE}
    await apply_settings(dut, 51, {**facts, **_muted(await dut.must(52)), **changes})


def spot_passed(name: str) -> JsonObject:
    """The settings of a threshold that any scene passes, for the `hot` or the `cold` spot."""
    return {"high_flag": 1, "high_temp": -40.0} if name == "hot" else {"low_flag": 1, "low_temp": 2000.0}


def _muted(shown: JsonMapping) -> dict[str, int]:
    """The settings that switch the sound off where the device has one: only examples show it (R47, R117)."""
    return {"audio_flag": 0} if "audio_flag" in shown else {}


async def set_tracking(dut: Device, **changes: Json) -> None:
    """Set tracking of the hottest and the coldest spot, with thresholds that nothing passes and nothing set off."""
    shown = await dut.must(20)
    facts: JsonObject = {"trace_flag": 1, "high_flag": 0, "low_flag": 0, "high_temp": 2000.0, "low_temp": -40.0}
    facts |= {"alarm_shake": 0, "effect_day": ALWAYS, **_SPOT_QUIET, **_muted(shown), **changes}
    await apply_settings(dut, 19, facts)


async def set_external_input(dut: Device, **changes: Json) -> None:
    """Set the external input in use, normally open, without anything that it sets off."""
    facts: JsonObject = {"flag": 1, "type": 0, "alarm_shake": 10, "effect_day": ALWAYS}
    await apply_settings(dut, 47, {**facts, **_NO_LINKAGE, "audio_flag": 0, **changes})


async def lock_operator(dut: Device) -> None:
    """Fail to log in as the operator until the account is locked; IV.501 judges the replies."""
    allowed = (await dut.must(30)).get("allow_count")
    for attempt in range(allowed if isinstance(allowed, int) else 5):
        client = await dut.open(f"attempt-{attempt}")
        await client.login(dut.profile["operator_user"], "surely-wrong", dut.link.cipher)
        await client.close()


async def lock_over(dut: Device) -> None:
    """Wait until the lock of an account is over."""
    await dut.clock.sleep(dut.profile["lockout_s"] + 1)


def _stimulus(what: str, **facts: Json) -> Step:
    async def produce(dut: Device) -> None:
        await dut.stimulus.do(what, **facts)
        await dut.clock.sleep(1)

    return produce


async def handle_exceptions(dut: Device, number: int, **linkage: Json) -> None:
    """Switch on the handling of the exceptions of command 25, 27 or 29, with nothing set off but `linkage`.

    The flag may switch the push as well (R174), so it has to be 1 where a push is due.
    """
    entry = {"flag": 1, **_NOTHING_SET_OFF, **linkage}
    if number == 25:
        entry = {"store": [{"type": kind, **entry, "sendmail": 0} for kind in (1, 2, 3)]}
    await apply_settings(dut, number, entry)


def _on(number: int) -> Step:
    return lambda dut: handle_exceptions(dut, number)


async def _record(dut: Device) -> None:
    await dut.must(509, {"record_stream": 1}, extra={"subtype": 1})


async def _stop(dut: Device) -> None:
    await dut.ask(509, {"record_stream": 1}, extra={"subtype": 3})


def _failure(
    number: int, label: str, what: str, on: JsonObject, off: JsonObject, switch: int, **content: Json
) -> Cause:
    """A failure that the stimulus `what` produces with `on` and ends with `off`; command `switch` handles it."""
    return Cause(
        number,
        label,
        _stimulus(what, **on),
        ready=_on(switch),
        end=_stimulus(what, **off),
        stimuli=(what, "clock"),
        writes=(f"pair:{switch}",),
        content=tuple(content.items()),
    )


CAUSES: tuple[Cause, ...] = (
    Cause(
        1000,
        "threshold",
        pass_threshold,
        ready=prepare_alarm,
        writes=("pair:3", "pair:21"),
        capabilities=("temperature-alarm",),
    ),
    _failure(1002, "full", "memory-full", {"on": True}, {"on": False}, 25),
    _failure(1003, "failed", "storage-failure", {"on": True}, {"on": False}, 25),
    *(
        _failure(1004, f"type-{kind}", "stream-failure", {"type": kind}, {"type": 0}, 25, type=kind)
        for kind in (1, 2, 3)
    ),
    Cause(
        1005,
        "lock",
        lock_operator,
        ready=_on(29),
        end=lock_over,
        parameters=("operator_user", "lockout_s"),
        writes=("pair:29",),
        waits_s=310,
    ),
    Cause(1006, "record", _record, end=_stop, writes=("recording",)),
    _failure(1008, "gateway", "network-failure", {"on": True}, {"on": False}, 27, type=2),
    _failure(1008, "address", "ip-conflict", {"on": True}, {"on": False}, 27, type=1),
    Cause(
        1010,
        "input",
        _stimulus("alarm-input", closed=True),
        ready=set_external_input,
        end=_stimulus("alarm-input", closed=False),
        stimuli=("alarm-input", "clock"),
        writes=("pair:47",),
    ),
    Cause(
        1011,
        "threshold",
        lambda dut: set_fire_detection(dut, -40.0),
        ready=lambda dut: set_fire_detection(dut, 2000.0),
        writes=("pair:51",),
    ),
)
