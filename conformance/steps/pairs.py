"""Pairs of a set and a get command (chapter III), spoken to in the device's own spelling.

Readings let a device use other names, types or counts (R42, R44, R47-R49, R51, R53, R54, R56). A `Pair` puts what the
device shows into the catalogue's words, and what is sent into the device's. It reads without judging the get, so that a
defect of a get is found by the get's own cases alone.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from typing import Any

from typing_extensions import TypeVar

from conformance import checks
from conformance.catalogue import Command, Field, Safety, load
from conformance.catalogue.configurations import extreme, field_to_change, variant
from conformance.catalogue.constraints import HOLDS
from conformance.catalogue.json_types import JsonMapping, JsonObject
from conformance.catalogue.linkage_names import by_table, other_names
from conformance.checks import Result
from conformance.client import ControlClient, HttpClient, Reply
from conformance.dut.device import Device
from conformance.rules.case import Case
from conformance.rules.verdict import CaseInconclusive
from conformance.steps.capabilities import capabilities_of, offers
from conformance.steps.sound_names import SoundSpelling, find_sound_spelling
from conformance.steps.spelling import (
    STREAM_FLAGS,
    canonical,
    first_store,
    from_one,
    spellings,
    spoken,
    without_idle_holds,
    without_presets,
)

__all__ = [
    "CATALOGUE",
    "LINK_COMMANDS",
    "PAIRS",
    "Pair",
    "apply_settings",
    "change_all",
    "change_one",
    "compared",
    "everywhere",
    "get_case",
    "set_case",
    "snapshot",
    "unchanged",
]

CATALOGUE = load()
PAIRS = tuple(CATALOGUE.pairs())
LINK_COMMANDS = (9, 11)
"""Sets that act on the link itself, even with the values that it has."""


_T = TypeVar("_T", default=None)
_NO_DATA: Any = None


def get_case(
    get: Command,
    label: str,
    title: str,
    *,
    requirement: str = "get",
    safety: Safety = Safety.READ_ONLY,
    writes: tuple[str, ...] = (),
    quick: bool = False,
    data: _T = _NO_DATA,
) -> Case[_T]:
    """A case about a get command; `requirement` is the part of its name below the clause."""
    return Case(
        f"{get.clause}/get/{label}",
        f"{get.title}: {title}",
        safety,
        requirement=f"{get.clause}/{requirement}",
        capabilities=capabilities_of(get),
        writes=writes,
        quick=quick,
        command=get,
        data=data,
    )


def set_case(
    command: Command,
    label: str,
    requirement: str,
    title: str,
    *,
    capabilities: tuple[str, ...] = (),
    parameters: tuple[str, ...] = (),
    writes: tuple[str, ...] = (),
    quick: bool = False,
    data: _T = _NO_DATA,
) -> Case[_T]:
    """A case about a set command, which writes its pair unless `writes` names more."""
    return Case(
        f"{command.clause}/set/{label}",
        f"{command.title}: {title}",
        command.safety,
        requirement=f"{command.clause}/{requirement}",
        capabilities=(*capabilities_of(command), *capabilities),
        parameters=parameters,
        writes=writes or (f"pair:{command.cmdtype}",),
        quick=quick,
        command=command,
        data=data,
    )


def compared(expected: str, found: list[str]) -> Result:
    """The check that a comparison found no difference; each one found is a finding."""
    result = Result(expected, "as expected")
    for difference in found:
        result.fail(expected, difference, "read-back")
    return result


class Pair:
    """One pair on one device: reads in the catalogue's words, sends in the device's."""

    def __init__(self, dut: Device, command: Command) -> None:
        assert command.pair is not None
        self.command = command if command.group == "set" else CATALOGUE.commands[command.pair]
        assert self.command.pair is not None
        self.get = CATALOGUE.commands[self.command.pair]
        self._dut = dut
        self._raw: JsonMapping = {}
        self._sound: SoundSpelling | None = None

    @classmethod
    async def of(cls, dut: Device, command: Command) -> tuple[Pair, JsonObject]:
        """The pair of `command` and its present values."""
        pair = _pair(dut, command)
        return pair, await pair.read()

    async def read(
        self, message: JsonMapping | None = None, *, client: ControlClient | HttpClient | None = None
    ) -> JsonObject:
        """The configuration in the catalogue's words. Raises CaseInconclusive when the get does not answer it."""
        reply = await (client or self._dut.control).request(self.get.cmdtype, dict(message or {}))
        if not reply.ok or reply.message is None:
            raise CaseInconclusive(f"preamble: command {self.get.cmdtype} answered {checks.describe(reply)}")
        self._raw = reply.message
        return canonical(self.get.reply, reply.message)

    async def send(self, message: JsonMapping, *, client: ControlClient | HttpClient | None = None) -> Reply:
        """Send a set in the device's spelling; the reply's envelope is judged."""
        await self.prepare()
        return await self._dut.ask(self.command.cmdtype, self.wire(message), client=client, legal=False)

    async def prepare(self) -> None:
        """Find out, once, under which names a set accepts a sound (R48)."""
        if not self._raw:
            await self.read()
        if self._sound is None:
            self._sound = await find_sound_spelling(self._dut, self.command, self._raw)

    def wire(self, message: JsonMapping) -> JsonObject:
        """A set's message in the spelling of what was read last."""
        sound = self._sound or SoundSpelling()
        shown = by_table(self.get.reply, self._raw) if sound.by_table else self._raw
        return spoken(self.command.request, message, shown, own_numbers=sound.own_numbers)

    async def keeps(self, message: JsonMapping) -> JsonObject:
        """Judge that a set succeeds and that the get shows its values; what the get shows."""
        reply = await self.send(message)
        self._dut.check(checks.success(reply))
        after = await self.read()
        if reply.ok:
            self._dut.check(compared("the values that were set", self.shows(message, after)))
        return after

    async def refuses(self, message: JsonMapping, *readings: str, only: int | None = None) -> None:
        """Judge that a set is refused and changes nothing."""
        before = await self.read()
        reply = await self.send(message)
        self._dut.check(checks.refused(CATALOGUE, reply, *readings, only=only))
        await self.is_still(before)

    async def is_still(self, before: JsonMapping, *, but: JsonMapping | None = None) -> None:
        """Judge that the get shows the same as `before`, except for the top fields in `but`."""
        fields = tuple(each for each in self.get.reply if each.name not in (but or {}))
        after = await self.read()
        hidden = {name: before[name] for name in self._hidden(before) | self._hidden(after) if name in before}
        found = checks.differences(fields, from_one(before), from_one({**after, **hidden}))
        self._dut.check(compared("everything else as it was", found))

    def shows(self, message: JsonMapping, after: JsonMapping) -> list[str]:
        """The fields of `message` that `after` does not show as they were sent, in words."""
        if not self._dut.profile.has("ptz.preset"):
            message = without_presets(message)
        hidden = self._hidden(after)
        sent = {name: value for name, value in without_idle_holds(message).items() if name not in hidden}
        return checks.shows(self.command.request, from_one(sent), from_one(after))

    def _hidden(self, shown: JsonMapping) -> set[str]:
        """Fields that are shown as 0 while their flag is 0, though 0 cannot be set: streams (R48), durations (R50)."""
        flags = {**STREAM_FLAGS, **HOLDS}
        return {
            each.name
            for each in self.command.request
            if each.name in flags and shown.get(each.name) == 0 == shown.get(flags[each.name])
            if 0 not in (each.enum or ()) and (each.enum is not None or (each.minimum or 0) > 0)
        }

    def hides(self, path: str, shown: JsonMapping) -> str | None:
        """The reading by which this device leaves out the top field of `path`, or None."""
        top = next(each for each in self.command.request if each.name == path.split(".")[1].removesuffix("[]"))
        return top.absent if top.name not in shown else None

    def renamed(self, path: str) -> str | None:
        """The name of the other family (R48) under which this device shows the field at `path`, or None."""
        field = self.command.request_field(path)
        raw = first_store(self._raw)
        return next((name for name in other_names(field) if name in raw and field.name not in raw), None)

    def variant(self, number: int, shown: JsonMapping) -> JsonObject:
        """Variant 0 or 1 of the whole configuration, or 2 and 3 with every value at an end of its range, without the
        fields that this device does not have (R117, R118).
        """
        make = variant if number < 2 else extreme
        message = make(self.command, number % 2, self._dut.sizes)
        optional = {each.name for each in self.command.request if each.absent is not None and each.name not in shown}
        return {name: value for name, value in message.items() if name not in optional}


class _InfraredModePair(Pair):
    """Commands 39 and 40, each of which counts its modes from 0 or from 1 (R53); the catalogue counts from 0."""

    def __init__(self, dut: Device, command: Command) -> None:
        super().__init__(dut, command)
        self._first_sent: int | None = None
        self._first_shown = 0

    async def read(
        self, message: JsonMapping | None = None, *, client: ControlClient | HttpClient | None = None
    ) -> JsonObject:
        shown = await super().read(message, client=client)
        await self._find_first(self._raw)
        if isinstance(shown.get("mode"), int):
            shown["mode"] -= self._first_shown
        return shown

    def wire(self, message: JsonMapping) -> JsonObject:
        wire = super().wire(message)
        if self._first_sent is not None and type(wire.get("mode")) is int:
            wire["mode"] += self._first_sent
        return wire

    async def _find_first(self, raw: JsonMapping) -> None:
        """Find out, once, from which number 39 and 40 count, by a set of 0; the mode is as before then."""
        if self._first_sent is not None:
            return
        before = raw.get("mode")
        request = self._dut.control.request
        accepted = (await request(39, {"mode": 0}, legal=False)).ok
        present = ((await request(40, {})).message or {}).get("mode")
        self._first_sent, self._first_shown = (0, 1 if present == 1 else 0) if accepted else (1, 1)
        self._dut.judgement.observe("R53", f"39 counts from {self._first_sent}, 40 from {self._first_shown}")
        if type(before) is int:
            await request(39, {"mode": before - self._first_shown + self._first_sent}, legal=False)


_SPECIAL: Mapping[int, type[Pair]] = {39: _InfraredModePair, 40: _InfraredModePair}


def _pair(dut: Device, command: Command) -> Pair:
    return _SPECIAL.get(command.cmdtype, Pair)(dut, command)


def everywhere(*, but: tuple[int, ...] = ()) -> tuple[str, ...]:
    """What a case that changes every pair writes, in the words of restoration."""
    return tuple(f"pair:{command.cmdtype}" for command, _ in PAIRS if command.cmdtype not in but)


def _present_pairs(dut: Device) -> Iterator[Pair]:
    for command, _ in PAIRS:
        if offers(dut, command):
            yield _pair(dut, command)


async def apply_settings(dut: Device, number: int, message: JsonMapping) -> None:
    """Set what a case needs; its sound and its recording by the names that the device uses (R47, R48)."""
    pair = _pair(dut, CATALOGUE.commands[number])
    top = {field.name: field for field in pair.command.request}
    if "store" in message or any(spellings(top[name]) for name in message):
        await pair.prepare()
        await dut.must(number, pair.wire(message), legal=False)
    else:
        await dut.must(number, message)


async def snapshot(dut: Device) -> dict[int, JsonObject]:
    """The configuration of every pair that can be read, by its set command."""
    found: dict[int, JsonObject] = {}
    for pair in _present_pairs(dut):
        reply = await dut.control.request(pair.get.cmdtype, {})
        if reply.ok and reply.message is not None:
            found[pair.command.cmdtype] = reply.message
    return found


async def unchanged(dut: Device, before: Mapping[int, JsonMapping], expected: str, *, but: int = 0) -> None:
    """Judge that every pair but that of `but` shows the same as `before`."""
    after = await snapshot(dut)
    found = [
        f"{number}: {difference}"
        for number, values in before.items()
        if number != but and number in after
        for difference in checks.differences(_reply_of(number), values, after[number])
    ]
    dut.check(compared(expected, found))


def _reply_of(number: int) -> tuple[Field, ...]:
    pair = CATALOGUE.commands[number].pair
    assert pair is not None
    return CATALOGUE.commands[pair].reply


async def change_one(dut: Device, *, but: int = 0) -> dict[int, JsonObject]:
    """Change one field in every pair that accepts it, except in that of `but` and in those of the link; returns the
    messages that are kept.
    """
    done: dict[int, JsonObject] = {}
    for pair in _present_pairs(dut):
        if pair.command.cmdtype in (but, *LINK_COMMANDS):
            continue
        with contextlib.suppress(CaseInconclusive):
            changed = await _nudged(dut, pair)
            if changed is not None:
                done[pair.command.cmdtype] = changed
    return done


async def _nudged(dut: Device, pair: Pair) -> JsonObject | None:
    shown = await pair.read()
    name = field_to_change(pair.command)
    for number in (0, 1):
        message = {name: pair.variant(number, shown)[name]}
        if pair.shows(message, shown):
            await pair.prepare()
            reply = await dut.control.request(pair.command.cmdtype, pair.wire(message), legal=False)
            return message if reply.ok and not pair.shows(message, await pair.read()) else None
    return None


async def change_all(dut: Device) -> None:
    """Change all that can be changed in every pair but those of the link; where a device accepts neither of our whole
    configurations, one field.
    """
    for pair in _present_pairs(dut):
        if pair.command.cmdtype in LINK_COMMANDS:
            continue
        with contextlib.suppress(CaseInconclusive):
            factory = await pair.read({"default": 1})
            shown = await pair.read()
            await pair.prepare()
            # The variant that differs more from the factory's values comes first: a fall back to them shows then.
            messages = [pair.variant(number, shown) for number in (1, 0)]
            for message in sorted(messages, key=lambda each: -len(pair.shows(each, factory))):
                if (await dut.control.request(pair.command.cmdtype, pair.wire(message), legal=False)).ok:
                    break
            else:
                await _nudged(dut, pair)
