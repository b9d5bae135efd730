"""Leaving a device as it was found: what may be changed, how it is read and written back, and a journal that outlives
us.

Before the first change of a thing its present value goes to the journal on disk; after each case it is written back and
verified. A run that was killed is finished by `thermoproof restore`, which does the same from the journal. Secrets are
never part of it: a password that a get masks must not be written back as a mask, so fields marked secret are left
alone.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from typing import Any, Final, Protocol

from conformance.catalogue.model import Catalogue
from conformance.checks import differences, shows
from conformance.client.codec import Reply
from conformance.client.errors import LinkError, LocalError, RemoteError, ReplyTimeout
from conformance.restoration.journal import Journal, JournalError, read_journal
from conformance.restoration.writable import kept, narrowed, writable

__all__ = [
    "SECOND_PASSWORD",
    "TEMPORARY_PASSWORD",
    "Journal",
    "JournalError",
    "Keeper",
    "Keepsake",
    "NotKept",
    "NotUnderstood",
    "Recalled",
    "RestoreError",
    "Speaker",
    "read_journal",
    "writable",
]

SECOND_PASSWORD: Final = "second-password"
"""The password of the second account, among the things that a case writes."""

TEMPORARY_PASSWORD: Final = "Changed-4711"
"""What cases make of a password for a while."""

_DATETIME = "%Y-%m-%d %H:%M:%S"
_TRIES = 2
_THING_S = 60.0
_SILENCES = 3


class RestoreError(Exception):
    """The device could not be put back; says what differs."""


class NotKept(RestoreError):
    """The device accepted its former values in the form that the document gives them, and does not show them."""


class NotUnderstood(RestoreError):
    """What the device shows has not the form in which anything could be put back."""


class Speaker(Protocol):
    """What restoration needs of a client."""

    async def request(self, cmdtype: int, message: Any = ..., *, legal: bool = ..., extra: Any = ...) -> Reply: ...


class Recalled:
    """A speaker that need not ask what was just answered: `reply` is the device's last word, and nothing came after it.

    It stands for one question, the first; from then on everything goes to the device.
    """

    def __init__(self, speaker: Speaker, reply: Reply | None) -> None:
        self._speaker = speaker
        self._reply = reply if reply is not None and reply.ok else None

    async def request(self, cmdtype: int, message: Any = None, *, legal: bool = True, extra: Any = None) -> Reply:
        """The reply to a request, given from memory when it is the very one that was answered last."""
        known, self._reply = self._reply, None
        asked = {} if known is None else known.request
        if known is not None and extra is None and asked.get("cmdtype") == cmdtype and asked.get("message") == message:
            return known
        return await self._speaker.request(cmdtype, message, legal=legal, extra=extra)


@dataclass(frozen=True)
class Keepsake:
    """How one thing is read, written back (to its saved value, from what it is now) and compared.

    `write` says true when the device accepted a message that it has to show from then on.
    """

    read: Callable[[Speaker], Any]
    write: Callable[[Speaker, Any, Any], Any]
    differs: Callable[[Any, Any], list[str]]


class Keeper:
    """Saves things before they are changed and puts them back, by name:

    `pair:1` (a get/set pair, by its set command), `presets`, `cruise-groups`, `linescans`, `dead-pixels`, `clock`,
    `recording`, `ptz`. `now` gives the host's time, moved along where a run moves the camera's clock.
    """

    def __init__(
        self, catalogue: Catalogue, journal: Journal | None, now: Callable[[], datetime] = datetime.now
    ) -> None:
        self._catalogue = catalogue
        self._journal = journal
        self._now = now
        self._known: dict[str, Keepsake] = {}
        self.saved: dict[str, Any] = {}
        self.broken: dict[str, str] = {}

    def learn(self, what: str, keepsake: Keepsake) -> None:
        """Take over a thing that needs more than a speaker to be read and written."""
        self._known[what] = keepsake

    async def save(self, what: str, speaker: Speaker, case: str) -> None:
        """Read `what` and journal it, once per run. Raises RestoreError when it cannot be read."""
        if what in self.saved:
            return
        async with _understood(what):
            value = await self._keepsake(what).read(speaker)
        if self._journal is not None:
            self._journal.save(what, value, case)
        self.saved[what] = value

    def refuse_broken(self, what: str) -> None:
        """Raises RestoreError when an earlier case left `what` changed: nothing more may be written to it."""
        if what in self.broken:
            raise RestoreError(f"not run: an earlier case left {what} changed ({self.broken[what]})")

    async def put_back(self, what: str, speaker: Speaker) -> None:
        """Write the saved value back unless the device shows it already, and verify. Raises RestoreError."""
        value = self.saved[what]
        async with _understood(what):
            keepsake = self._keepsake(what)
            # What is still different after a first try is written once more alone: a device may mix up its fields.
            accepted = None
            for _ in range(_TRIES):
                present = await keepsake.read(speaker)
                if not keepsake.differs(value, present):
                    return
                accepted = await keepsake.write(speaker, value, present)
            left = keepsake.differs(value, await keepsake.read(speaker))
        if left:
            raise (NotKept if accepted else RestoreError)(f"{what} could not be put back: {'; '.join(left[:5])}")

    async def put_all_back(self, session: Callable[[], Awaitable[Speaker]]) -> dict[str, str]:
        """Put back everything that was saved; gives what could not be put back, and why.

        Some things need others first (a cruise group its presets), so that what failed is tried once more at the end.
        A device that is silent three times in a row is left alone. Never raises.
        """
        problems, silences = dict.fromkeys(self.saved, "not tried: the camera does not answer"), 0
        for _ in range(_TRIES):
            for what in list(problems):
                if silences >= _SILENCES:
                    return problems
                try:
                    await self.put_back(what, await session())
                    del problems[what]
                    silences = 0
                except RestoreError as error:
                    problems[what] = str(error)
                except (LinkError, ReplyTimeout) as error:
                    problems[what] = f"{what}: {error}"
                    silences += 1
                except RemoteError as error:
                    problems[what] = f"{what}: {error}"
        return problems

    def _keepsake(self, what: str) -> Keepsake:
        if what in self._known:
            return self._known[what]
        kind, _, number = what.partition(":")
        if kind == "pair":
            return self._pair(int(number))
        return {
            "presets": lambda: self._indexed(601, 602, 603, "presets", "index"),
            "cruise-groups": lambda: self._indexed(606, 607, 608, "cruise_groups", "cruise_index"),
            "linescans": self._linescans,
            "dead-pixels": self._dead_pixels,
            "clock": self._clock,
            "recording": self._recording,
            "ptz": self._ptz,
        }[kind]()

    def _pair(self, number: int) -> Keepsake:
        command = self._catalogue.commands[number]
        assert command.pair is not None
        getter = self._catalogue.commands[command.pair]

        async def read(speaker: Speaker) -> Any:
            reply = await speaker.request(getter.cmdtype, {})
            return kept(getter.reply, _done(reply, f"command {getter.cmdtype}").message or {})

        tries = count()

        def changed(saved: Any, present: Any) -> set[str]:
            return {
                name
                for each in getter.reply
                if differences((each,), saved, present)
                for name in (each.name, *(name for tolerance in each.tolerates for name in tolerance.names))
            }

        async def write(speaker: Speaker, value: Any, present: Any) -> bool:
            # Only what differs is touched; first exactly as it was, then without what may be shown but not be set.
            names = changed(value, present)
            exact = {name: content for name, content in value.items() if name in names}
            settable = {
                key: content for key, content in writable(self._catalogue, command, value).items() if key in names
            }
            if not next(tries):
                if not (await speaker.request(number, exact, legal=False)).ok:
                    # A refusal of this too is told by the second try, in which names are those of the table.
                    await speaker.request(number, settable, legal=False)
                return False
            # What was accepted and had no effect (a null that stands for nothing) is not tried again first.
            settable, exact = (narrowed(command, each, present) for each in (settable, exact))
            try:
                if (await speaker.request(number, settable)).ok:
                    return True
            except LocalError:
                if (await speaker.request(number, settable, legal=False)).ok:
                    return False
            _done(await speaker.request(number, exact, legal=False), f"command {number}")
            return False

        def differs(saved: Any, present: Any) -> list[str]:
            if saved == present:
                return []
            left, settable = list[str](), writable(self._catalogue, command, saved)
            for each in getter.reply:
                found = differences((each,), saved, present)
                names = [each.name, *(name for tolerance in each.tolerates for name in tolerance.names)]
                if not found:
                    continue
                part = {name: settable[name] for name in names if name in settable}
                told = shows(command.request, part, present)
                # A value that may not be set (a hold of 0, R160) cannot be put back by the protocol, and does nothing:
                # of that, what can be set has to be there, and of all else every entry and no more.
                # No entries may be shown as null (R44).
                shown = {name: saved[name] for name in names if name in saved}
                whole = bool(part) and part == ({each.name: []} if shown == {each.name: None} else shown)
                left += told or (found if whole else [])
            return left

        return Keepsake(read, write, differs)

    def _indexed(self, query: int, add: int, delete: int, key: str, index: str) -> Keepsake:
        """Lists whose entries are added and deleted by index: presets, cruise groups."""

        async def read(speaker: Speaker) -> Any:
            return (_done(await speaker.request(query, {}), f"command {query}").message or {}).get(key) or []

        async def write(speaker: Speaker, value: Any, present: Any) -> None:
            kept = {entry[index]: entry for entry in value}
            surplus = [entry[index] for entry in present if entry[index] not in kept]
            for number in surplus:
                _done(await speaker.request(delete, {key: [{index: number}]}, legal=False), f"command {delete}")
            now = {entry[index]: entry for entry in present}
            for number, entry in kept.items():
                if now.get(number) != entry:
                    _done(await speaker.request(add, {key: [entry]}, legal=False), f"command {add}")

        def differs(saved: Any, present: Any) -> list[str]:
            left = {entry.get(index): entry for entry in saved}
            right = {entry.get(index): entry for entry in present}
            return [
                f"{key} {number}"
                for number in sorted(left.keys() | right.keys())
                if left.get(number) != right.get(number)
            ]

        return Keepsake(read, write, differs)

    def _linescans(self) -> Keepsake:
        settable = tuple(field.name for field in self._catalogue.commands[612].request)

        async def read(speaker: Speaker) -> Any:
            groups = (_done(await speaker.request(611, {}), "command 611").message or {}).get("linescan_groups") or []
            return [{key: group[key] for key in settable if key in group} for group in groups]

        async def write(speaker: Speaker, value: Any, present: Any) -> None:
            now = {group.get("linescan_index"): group for group in present}
            for group in value:
                if now.get(group.get("linescan_index")) != group:
                    _done(await speaker.request(612, group, legal=False), "command 612")

        return Keepsake(read, write, lambda saved, present: [] if saved == present else ["linescan_groups"])

    def _dead_pixels(self) -> Keepsake:
        def points(entries: Any) -> set[tuple[int, int]]:
            return {(point["x"], point["y"]) for point in entries}

        async def read(speaker: Speaker) -> Any:
            return (_done(await speaker.request(528, {}), "command 528").message or {}).get("points") or []

        async def write(speaker: Speaker, value: Any, present: Any) -> None:
            for subtype, wanted in ((2, points(present) - points(value)), (0, points(value) - points(present))):
                if wanted:
                    message = {"points": [{"x": x, "y": y} for x, y in sorted(wanted)]}
                    _done(await speaker.request(527, message, extra={"subtype": subtype}), "command 527")

        def differs(saved: Any, present: Any) -> list[str]:
            return [f"dead pixel {point}" for point in sorted(points(saved) ^ points(present))]

        return Keepsake(read, write, differs)

    def _clock(self) -> Keepsake:
        """Kept as the difference to the host's clock in seconds; right again within 5 s."""

        async def read(speaker: Speaker) -> Any:
            message = _done(await speaker.request(500, {}), "command 500").message or {}
            try:
                shown = datetime.strptime(str(message.get("datetime")), _DATETIME)
            except ValueError:
                raise NotUnderstood(f"command 500 shows no time: {message.get('datetime')!r}") from None
            return (shown - self._now()).total_seconds()

        async def write(speaker: Speaker, value: Any, present: Any) -> None:
            async def put(offset: float) -> float:
                moment = (self._now() + timedelta(seconds=offset)).strftime(_DATETIME)
                _done(await speaker.request(506, {"datetime": moment}), "command 506")
                return float(await read(speaker))

            # A device whose zone shifts what 500 shows (R165) is right after a second, corrected, setting.
            shown = await put(value)
            if abs(shown - value) > 5:
                await put(value - (shown - value))

        return Keepsake(
            read,
            write,
            lambda saved, present: [] if abs(saved - present) <= 5 else [f"clock {saved:.0f} -> {present:.0f} s"],
        )

    def _recording(self) -> Keepsake:
        running = ("status", "allrecord", "delay_status", "capture_status")

        async def read(speaker: Speaker) -> Any:
            reply = await speaker.request(509, {"record_stream": 0}, extra={"subtype": 4})
            # Its fields may stand at the top level (R67).
            message = _done(reply, "command 509").message or reply.envelope
            return {key: message.get(key, 0) for key in running}

        async def write(speaker: Speaker, value: Any, present: Any) -> None:
            for key, subtype in (("status", 3), ("allrecord", 3), ("delay_status", 6), ("capture_status", 7)):
                if present[key] and not value[key]:
                    stream = 3 if key == "allrecord" else 2 if present[key] in (2, 4) else 1
                    await speaker.request(509, {"record_stream": stream}, extra={"subtype": subtype})

        def differs(saved: Any, present: Any) -> list[str]:
            return [f"recording: {key}" for key in running if bool(saved[key]) != bool(present[key])]

        return Keepsake(read, write, differs)

    def _ptz(self) -> Keepsake:
        """A movement that a case began is ended; where the head points is not part of the configuration."""
        stop = {1: (610, "cruise_index", "cruise_action"), 2: (613, "linescan_index", "linescan_action")}
        stop[3] = (616, "trace_index", "trace_action")

        async def read(speaker: Speaker) -> Any:
            message = _done(await speaker.request(617, {}), "command 617").message or {}
            return [message.get("ptz_movement"), message.get("ptz_move_type"), message.get("ptz_move_index")]

        async def write(speaker: Speaker, value: Any, present: Any) -> None:
            if present[0] == 1 and present[1] in stop:
                number, index, action = stop[present[1]]
                await speaker.request(number, {index: present[2], action: 1}, legal=False)
            if (await read(speaker))[0] == 1:
                # What its own stop does not end, a turn that takes its place and is stopped may.
                turn = {"ptz_command": 14, "ptz_param1": 1, "ptz_param2": 0, "ptz_param3": 0}
                for begin_or_end in (0, 1):
                    await speaker.request(600, {**turn, "ptz_action": begin_or_end}, legal=False)

        return Keepsake(read, write, lambda saved, present: [] if saved[0] or not present[0] else ["ptz still moving"])


@asynccontextmanager
async def _understood(what: str) -> AsyncIterator[None]:
    """A device may show anything: what has not the form that `what` needs cannot be put back, and is said so; nor can
    what takes for ever, a list of a million entries perhaps.
    """
    try:
        async with asyncio.timeout(_THING_S):
            yield
    except TimeoutError:
        raise NotUnderstood(f"{what}: not read and written within {_THING_S:g} s") from None
    except (LookupError, TypeError, ValueError, AttributeError, ArithmeticError, LocalError) as error:
        # A message of ours that the catalogue forbids was made of what the device shows.
        raise NotUnderstood(f"{what}: what is shown cannot be understood: {type(error).__name__}: {error}") from error


def _done(reply: Reply, what: str) -> Reply:
    if not reply.ok:
        raise RestoreError(f"{what} answered {reply.retcode} ({reply.retmsg})")
    return reply
