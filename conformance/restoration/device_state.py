"""The keepsakes of what a device does at a moment: its clock, its recordings, the movement of its PTZ."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Final

from conformance.catalogue.formats import DATETIME
from conformance.catalogue.json_types import Json, JsonMapping, JsonObject
from conformance.restoration.keepsake import NotUnderstood, Speaker, succeeded

__all__ = ["DeviceClock", "PtzMovement", "Recordings"]

_CLOCK_S: Final = 5.0
"""How far a restored clock may be off."""


class DeviceClock:
    """The clock, saved as its difference to the host's clock in seconds; `now` gives the host's time.

    500 shows the time, 506 sets it.
    """

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now

    async def read(self, speaker: Speaker) -> float:
        """How far the device's clock is ahead of the host's, in seconds."""
        message = succeeded(await speaker.request(500, {}), 500).message or {}
        try:
            shown = datetime.strptime(str(message.get("datetime")), DATETIME)
        except ValueError:
            raise NotUnderstood(f"command 500 shows no time: {message.get('datetime')!r}") from None
        return (shown - self._now()).total_seconds()

    async def write(self, speaker: Speaker, value: float, present: float) -> None:
        """Set the clock to the former difference."""
        shown = await self._set(speaker, value)
        if abs(shown - value) > _CLOCK_S:
            # A device whose time zone shifts what 500 shows (R165) needs a second, corrected, setting.
            await self._set(speaker, value - (shown - value))

    async def _set(self, speaker: Speaker, offset: float) -> float:
        moment = (self._now() + timedelta(seconds=offset)).strftime(DATETIME)
        succeeded(await speaker.request(506, {"datetime": moment}), 506)
        return await self.read(speaker)

    def differs(self, saved: float, present: float) -> list[str]:
        """The two differences, if they are more than 5 s apart."""
        return [] if abs(saved - present) <= _CLOCK_S else [f"clock {saved:.0f} -> {present:.0f} s"]


class Recordings:
    """Which recordings run (509). Those that a case began are stopped; none is begun."""

    _STOPS: Final = {"status": 3, "allrecord": 3, "delay_status": 6, "capture_status": 7}
    """The fields of the answer, each with the subtype of 509 that stops what it shows."""

    async def read(self, speaker: Speaker) -> JsonObject:
        """The four states; 0 is at rest."""
        reply = succeeded(await speaker.request(509, {"record_stream": 0}, extra={"subtype": 4}), 509)
        message = reply.message or reply.envelope  # the fields may be at the top level (R67)
        return {key: message.get(key, 0) for key in self._STOPS}

    async def write(self, speaker: Speaker, value: JsonMapping, present: JsonMapping) -> None:
        """Stop what runs now and did not run before."""
        for key, subtype in self._STOPS.items():
            if present[key] and not value[key]:
                stream = 3 if key == "allrecord" else 2 if present[key] in (2, 4) else 1
                await speaker.request(509, {"record_stream": stream}, extra={"subtype": subtype})

    def differs(self, saved: JsonMapping, present: JsonMapping) -> list[str]:
        """The states that changed between running and rest."""
        return [f"recording: {key}" for key in self._STOPS if bool(saved[key]) != bool(present[key])]


class PtzMovement:
    """Whether the PTZ moves (617). A movement that a case began is stopped; its direction is not configuration.

    A value is a list: whether it moves, the type of the movement, and the index of its cruise, line scan or trace.
    """

    _STOPS: Final[Mapping[int, tuple[int, str, str]]] = {
        1: (610, "cruise_index", "cruise_action"),
        2: (613, "linescan_index", "linescan_action"),
        3: (616, "trace_index", "trace_action"),
    }
    """By the type of a movement: the command that stops it, and the fields of its index and its action."""

    async def read(self, speaker: Speaker) -> list[Json]:
        """The present movement."""
        message = succeeded(await speaker.request(617, {}), 617).message or {}
        return [message.get("ptz_movement"), message.get("ptz_move_type"), message.get("ptz_move_index")]

    async def write(self, speaker: Speaker, value: list[Json], present: list[Json]) -> None:
        """Stop the present movement."""
        moving, kind, number = present
        if moving == 1 and kind in self._STOPS:
            command, index, action = self._STOPS[kind]
            await speaker.request(command, {index: number, action: 1}, legal=False)
        if (await self.read(speaker))[0] == 1:
            # A turn takes the place of a movement that its own stop does not end; then the turn is stopped.
            turn = {"ptz_command": 14, "ptz_param1": 1, "ptz_param2": 0, "ptz_param3": 0}
            for begin_or_end in (0, 1):
                await speaker.request(600, {**turn, "ptz_action": begin_or_end}, legal=False)

    def differs(self, saved: list[Json], present: list[Json]) -> list[str]:
        """A sentence, if it moves now and did not before."""
        return [] if saved[0] or not present[0] else ["ptz still moving"]
