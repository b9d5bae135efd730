"""Leaving a device as it was found: what may be changed, how it is read and written back, and a journal that outlives
us.

Before the first change of a thing its present value goes to the journal on disk; after each case it is written back and
verified. A run that was killed is finished by `thermoproof restore`, which does the same from the journal. Secrets are
never part of it: a password that a get masks must not be written back as a mask, so fields marked secret are left
alone.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any, Protocol, TextIO

from conformance.catalogue.model import Catalogue, Command, Field
from conformance.checks import differences, has_type, shows
from conformance.client.codec import Reply

__all__ = ["Journal", "JournalError", "Keeper", "Recalled", "RestoreError", "Speaker", "read_journal", "writable"]

_DATETIME = "%Y-%m-%d %H:%M:%S"
_TRIES = 2


class RestoreError(Exception):
    """The device could not be put back; says what differs."""


class JournalError(Exception):
    """The journal cannot be read."""


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


def writable(catalogue: Catalogue, command: Command, value: Mapping[str, Any]) -> dict[str, Any]:
    """The message of set `command` that writes back what its get replied.

    Keys that the set does not know, read-only facts and secrets are left out, and so are optional values that a device
    may show but the document does not let it accept: a hold of 0 (R50), a port of 0 (R128), padding (R51), a name
    longer than may be set (R115).
    """
    return _writable_object(command.request, value)


def _writable_object(fields: tuple[Field, ...], value: Mapping[str, Any]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for each in fields:
        if each.secret or each.read_only:
            continue
        names = [each.name, *(name for tolerance in each.tolerates for name in tolerance.names)]
        name = next((name for name in names if name in value), None)
        if name is None:
            continue
        content = _writable_value(each, value[name])
        # Under another name (R48) the value is of that name's family, and was taken before.
        if each.required or name != each.name or _settable(each, content):
            result[name] = content
    return result


def _writable_value(each: Field, value: Any) -> Any:
    if isinstance(value, dict) and each.fields:
        return _writable_object(each.fields, value)
    if isinstance(value, list) and each.items is not None:
        if each.name == "effect_day":  # a day 8 is shown by some devices and never set (R56)
            value = [entry for entry in value if not (isinstance(entry, dict) and entry.get("day") == 8)]
        entries = [_writable_value(each.items, entry) for entry in value]
        return [entry for entry in entries if entry != "" or each.items.type != "string"]
    if isinstance(value, str) and each.type in ("int", "float"):
        try:
            return int(value) if each.type == "int" else float(value)
        except ValueError:
            return value
    return value


def _settable(each: Field, value: Any) -> bool:
    if not has_type(each.type, value):
        return False
    if isinstance(value, int | float):
        outside = (each.minimum is not None and value < each.minimum) or (
            each.maximum is not None and each.bound is None and value > each.maximum
        )
        listed = any(abs(value - material) <= 0.005 for material in (each.listed or {}).values())
        return (not outside or listed) and (each.enum is None or value in each.enum or "R49" in each.readings)
    return not (isinstance(value, str) and each.max_length is not None and len(value) > each.max_length)


@dataclass(frozen=True)
class _Keepsake:
    """How one thing is read, written back and compared."""

    read: Callable[[Speaker], Any]
    write: Callable[[Speaker, Any, Any], Any]
    differs: Callable[[Any, Any], list[str]]


class Journal:
    """The file of a run in which every value stands before it is first changed; each line is on disk before we
    go on.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: TextIO | None = None

    def save(self, what: str, value: Any, case: str) -> None:
        """Write one saved value. Raises OSError (a full disk must stop the run before anything is changed)."""
        self._line({"what": what, "value": value, "case": case})

    def close(self, *, restored: bool) -> None:
        """Finish the file; `restored` says that everything in it was put back and verified."""
        if restored and self.path.exists():
            self._line({"restored": True})
        if self._file is not None:
            self._file.close()
            self._file = None

    def _line(self, entry: Mapping[str, Any]) -> None:
        if self._file is None:
            # A line torn by an earlier crash must not swallow this one.
            whole = not self.path.exists() or self.path.read_bytes()[-1:] in (b"", b"\n")
            self._file = self.path.open("a", encoding="utf-8")
            self._file.write("" if whole else "\n")
        self._file.write(json.dumps(entry, ensure_ascii=True) + "\n")
        self._file.flush()
        os.fsync(self._file.fileno())


def read_journal(path: Path) -> dict[str, Any]:
    """What a run has saved and not surely put back: {what: value}; the first value saved counts.

    A line torn by a crash is the last one and was followed by no change, so it is passed over. Raises JournalError when
    the file cannot be read.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise JournalError(f"the journal {path} cannot be read: {error}") from None
    saved: dict[str, Any] = {}
    for line in data.split(b"\n"):
        try:
            entry = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if not isinstance(entry, dict):
            continue
        if entry.get("restored") is True:
            saved.clear()
        elif isinstance(entry.get("what"), str) and "value" in entry:
            saved.setdefault(entry["what"], entry["value"])
    return saved


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
        self.saved: dict[str, Any] = {}
        self.broken: dict[str, str] = {}

    async def save(self, what: str, speaker: Speaker, case: str) -> None:
        """Read `what` and journal it, once per run. Raises RestoreError when it cannot be read."""
        if what in self.saved:
            return
        with _understood(what):
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
        with _understood(what):
            keepsake = self._keepsake(what)
            # What is still different after a first try is written once more alone: a device may mix up its fields.
            for _ in range(_TRIES):
                present = await keepsake.read(speaker)
                if not keepsake.differs(value, present):
                    return
                await keepsake.write(speaker, value, present)
            left = keepsake.differs(value, await keepsake.read(speaker))
        if left:
            raise RestoreError(f"{what} could not be put back: {'; '.join(left[:5])}")

    def _keepsake(self, what: str) -> _Keepsake:
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

    def _pair(self, number: int) -> _Keepsake:
        command = self._catalogue.commands[number]
        assert command.pair is not None
        getter = self._catalogue.commands[command.pair]

        async def read(speaker: Speaker) -> Any:
            reply = await speaker.request(getter.cmdtype, {})
            return _clean(getter.reply, _done(reply, f"command {getter.cmdtype}").message or {})

        tries = count()

        def changed(saved: Any, present: Any) -> set[str]:
            return {
                name
                for each in getter.reply
                if differences((each,), saved, present)
                for name in (each.name, *(name for tolerance in each.tolerates for name in tolerance.names))
            }

        async def write(speaker: Speaker, value: Any, present: Any) -> None:
            # Only what differs is touched; first exactly as it was, then without what may be shown but not be set.
            names = changed(value, present)
            exact = {name: content for name, content in value.items() if name in names}
            if next(tries):
                exact = _narrowed(number, exact, present)
            if (await speaker.request(number, exact, legal=False)).ok:
                return
            settable = {
                key: content for key, content in writable(self._catalogue, command, value).items() if key in names
            }
            _done(await speaker.request(number, settable, legal=False), f"command {number}")

        def differs(saved: Any, present: Any) -> list[str]:
            found = differences(getter.reply, saved, present)
            # A value that may not be set (a hold of 0, R160) cannot be put back by the protocol, and does nothing.
            return found and shows(command.request, writable(self._catalogue, command, saved), present)

        return _Keepsake(read, write, differs)

    def _indexed(self, query: int, add: int, delete: int, key: str, index: str) -> _Keepsake:
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

        return _Keepsake(read, write, differs)

    def _linescans(self) -> _Keepsake:
        settable = tuple(field.name for field in self._catalogue.commands[612].request)

        async def read(speaker: Speaker) -> Any:
            groups = (_done(await speaker.request(611, {}), "command 611").message or {}).get("linescan_groups") or []
            return [{key: group[key] for key in settable if key in group} for group in groups]

        async def write(speaker: Speaker, value: Any, present: Any) -> None:
            now = {group.get("linescan_index"): group for group in present}
            for group in value:
                if now.get(group.get("linescan_index")) != group:
                    _done(await speaker.request(612, group, legal=False), "command 612")

        return _Keepsake(read, write, lambda saved, present: [] if saved == present else ["linescan_groups"])

    def _dead_pixels(self) -> _Keepsake:
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

        return _Keepsake(read, write, differs)

    def _clock(self) -> _Keepsake:
        """Kept as the difference to the host's clock in seconds; right again within 5 s."""

        async def read(speaker: Speaker) -> Any:
            message = _done(await speaker.request(500, {}), "command 500").message or {}
            try:
                shown = datetime.strptime(str(message.get("datetime")), _DATETIME)
            except ValueError:
                raise RestoreError(f"command 500 shows no time: {message.get('datetime')!r}") from None
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

        return _Keepsake(
            read,
            write,
            lambda saved, present: [] if abs(saved - present) <= 5 else [f"clock {saved:.0f} -> {present:.0f} s"],
        )

    def _recording(self) -> _Keepsake:
        running = ("status", "allrecord", "delay_status", "capture_status")

        async def read(speaker: Speaker) -> Any:
            reply = await speaker.request(509, {"record_stream": 0}, extra={"subtype": 4})
            message = _done(reply, "command 509").message or {}
            return {key: message.get(key, 0) for key in running}

        async def write(speaker: Speaker, value: Any, present: Any) -> None:
            for key, subtype in (("status", 3), ("allrecord", 3), ("delay_status", 6), ("capture_status", 7)):
                if present[key] and not value[key]:
                    stream = 3 if key == "allrecord" else 2 if present[key] in (2, 4) else 1
                    await speaker.request(509, {"record_stream": stream}, extra={"subtype": subtype})

        def differs(saved: Any, present: Any) -> list[str]:
            return [f"recording: {key}" for key in running if bool(saved[key]) != bool(present[key])]

        return _Keepsake(read, write, differs)

    def _ptz(self) -> _Keepsake:
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

        return _Keepsake(read, write, lambda saved, present: [] if saved[0] or not present[0] else ["ptz still moving"])


@contextmanager
def _understood(what: str) -> Iterator[None]:
    """A device may show anything: what has not the form that `what` needs cannot be put back, and is said so."""
    try:
        yield
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        raise RestoreError(f"{what}: what is shown cannot be understood: {type(error).__name__}: {error}") from error


def _narrowed(number: int, value: Mapping[str, Any], present: Mapping[str, Any]) -> dict[str, Any]:
    """What a second try writes: of the entries told apart by their type (23, 25) those that differ; the infrared mode
    counted from 0, where its get counts from 1 (R53).
    """
    result = dict(value)
    for name in ("params", "store"):
        if isinstance(result.get(name), list):
            result[name] = [entry for entry in result[name] if entry not in (present.get(name) or [])]
    if number == 39 and isinstance(result.get("mode"), int):
        result["mode"] -= 1
    return result


def _clean(fields: tuple[Field, ...], value: Mapping[str, Any]) -> dict[str, Any]:
    """A configuration without secrets, read-only facts and unknown keys: what the journal may hold."""
    result: dict[str, Any] = {}
    for each in fields:
        if each.secret or each.read_only:
            continue
        for name in (each.name, *(name for tolerance in each.tolerates for name in tolerance.names)):
            if name not in value:
                continue
            content = value[name]
            if isinstance(content, dict) and each.fields:
                content = _clean(each.fields, content)
            elif isinstance(content, list) and each.items is not None and each.items.fields:
                content = [_clean(each.items.fields, entry) if isinstance(entry, dict) else entry for entry in content]
            result[name] = content
    return result


def _done(reply: Reply, what: str) -> Reply:
    if not reply.ok:
        raise RestoreError(f"{what} answered {reply.retcode} ({reply.retmsg})")
    return reply
