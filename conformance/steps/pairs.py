"""What the cases of chapter III share: a pair of a set and a get command, spoken to in the device's own spelling.

Where a reading lets a device show another name, another type or another count (R42, R44, R47-R49, R51, R53, R54, R56),
what it shows is put into the catalogue's words, and what is sent into the device's. A set case reads without judging
the get: what is wrong with a get is found by the get's own cases.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from typing import Any

from conformance import checks
from conformance.catalogue import Command, Field, load
from conformance.catalogue.configurations import extreme, nudge_field, variant
from conformance.catalogue.constraints import HOLDS
from conformance.catalogue.linkage_names import by_table, other_names, translated
from conformance.checks import Result
from conformance.client import ControlClient, HttpClient, Reply
from conformance.dut.device import Device
from conformance.rules.case import Case
from conformance.rules.verdict import CaseInconclusive
from conformance.steps.spelling import (
    STREAMS,
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
    "PAIRS",
    "Pair",
    "apply_settings",
    "capabilities_of",
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


def capabilities_of(command: Command) -> tuple[str, ...]:
    """The capability that a command belongs to, as a case names it."""
    return (command.capability,) if command.capability else ()


def get_case(get: Command, label: str, title: str, **facts: Any) -> Case[Any]:
    """A case about a get command."""
    requirement = f"{get.clause}/{facts.pop('requirement', 'get')}"
    return Case(
        f"{get.clause}/get/{label}",
        f"{get.title}: {title}",
        requirement=requirement,
        capabilities=capabilities_of(get),
        command=get,
        **facts,
    )


def set_case(command: Command, label: str, requirement: str, title: str, **facts: Any) -> Case[Any]:
    """A case about a set command, which writes its pair."""
    capabilities = capabilities_of(command) + tuple(facts.pop("capabilities", ()))
    return Case(
        f"{command.clause}/set/{label}",
        f"{command.title}: {title}",
        command.safety,
        requirement=f"{command.clause}/{requirement}",
        capabilities=capabilities,
        writes=facts.pop("writes", (f"pair:{command.cmdtype}",)),
        command=command,
        **facts,
    )


def compared(expected: str, found: list[str]) -> Result:
    """A comparison as a check: every difference is a finding."""
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
        self._raw: Mapping[str, Any] = {}
        self._counts: tuple[int, int] | None = None
        self._by_table: bool | None = None
        self._own_numbers = False

    @classmethod
    async def of(cls, dut: Device, command: Command) -> tuple[Pair, dict[str, Any]]:
        """The pair of `command` and its present values."""
        pair = cls(dut, command)
        return pair, await pair.read()

    async def read(
        self, message: Mapping[str, Any] | None = None, *, client: ControlClient | HttpClient | None = None
    ) -> dict[str, Any]:
        """The configuration in the catalogue's words. Raises CaseInconclusive when the get does not answer it."""
        reply = await (client or self._dut.control).request(self.get.cmdtype, dict(message or {}))
        if not reply.ok or reply.message is None:
            raise CaseInconclusive(f"preamble: command {self.get.cmdtype} answered {checks.describe(reply)}")
        self._raw = reply.message
        shown = canonical(self.get.reply, reply.message)
        if self.command.cmdtype == 39:
            sent, told = await self._count(reply.message)
            if isinstance(shown.get("mode"), int):
                shown["mode"] -= told
            self._counts = sent, told
        return shown

    async def send(self, message: Mapping[str, Any], **how: Any) -> Reply:
        """Send a set in the device's spelling; the reply's envelope is judged."""
        await self.prepare()
        return await self._dut.ask(self.command.cmdtype, self.wire(message), legal=False, **how)

    async def prepare(self) -> None:
        """Find out, once, whether a set takes the names that the get shows: those of the other family (R48) may be
        shown and not taken.
        """
        if not self._raw:
            await self.read()
        if self._by_table is None:
            shown = first_store(self._raw)
            other = {21: "audio_value"}.get(self.command.cmdtype, "audio_playvalue")
            self._by_table = other in shown and type(shown[other]) is int and not await self._takes(other, shown[other])
            if not self._by_table:
                self._own_numbers = await self._counts_by_table(shown)

    async def _counts_by_table(self, shown: Mapping[str, Any]) -> bool:
        """Whether a set under the other family's name for a kind of playing takes the numbers of its own table all the
        same; what is shown is as before then.
        """
        name, other, number = ("audio_playtype", "audio_mode", 2)
        if self.command.cmdtype != 21:
            name, other, number = other, name, 0
        if type(shown.get(other)) is not int or name in shown:
            return False

        async def takes(value: int) -> bool:
            message = {"store": [{"type": 1, other: value}]} if "store" in self._raw else {other: value}
            return (await self._dut.control.request(self.command.cmdtype, message, legal=False)).ok

        own = not await takes(translated(name, other, number)) and await takes(number)
        await takes(shown[other])
        return own

    async def _takes(self, name: str, value: int) -> bool:
        """Whether a set under a name that the get shows has an effect; the value is as before then."""

        async def put(number: int) -> Any:
            sound = {name: number}
            message = {"store": [{"type": 1, **sound}]} if "store" in self._raw else sound
            await self._dut.control.request(self.command.cmdtype, message, legal=False)
            return first_store((await self._dut.control.request(self.get.cmdtype, {})).message or {}).get(name)

        if await put(value - 1 if value > 1 else value + 1) == value:
            return False
        await put(value)
        return True

    def wire(self, message: Mapping[str, Any]) -> dict[str, Any]:
        """A set's message in the spelling of what was read last."""
        shown = by_table(self.get.reply, self._raw) if self._by_table else self._raw
        wire = spoken(self.command.request, message, shown, own_numbers=self._own_numbers)
        if self._counts is not None and type(wire.get("mode")) is int:
            wire["mode"] += self._counts[0]
        return wire

    async def keeps(self, message: Mapping[str, Any], **how: Any) -> dict[str, Any]:
        """Judge that a set succeeds and shows what was sent; returns what the get shows then."""
        reply = await self.send(message, **how)
        self._dut.check(checks.success(reply))
        after = await self.read()
        if reply.ok:
            self._dut.check(compared("the values that were set", self.shows(message, after)))
        return after

    async def refuses(self, message: Mapping[str, Any], *readings: str, only: int | None = None) -> None:
        """Judge that a set is refused and changes nothing."""
        before = await self.read()
        reply = await self.send(message)
        self._dut.check(checks.refused(CATALOGUE, reply, *readings, only=only))
        await self.is_still(before)

    async def is_still(self, before: Mapping[str, Any], *, but: Mapping[str, Any] | None = None) -> None:
        """Judge that the get shows what it showed before, the top fields in `but` aside."""
        fields = tuple(each for each in self.get.reply if each.name not in (but or {}))
        after = await self.read()
        hidden = {name: before[name] for name in self._hidden(before) | self._hidden(after) if name in before}
        found = checks.differences(fields, from_one(before), from_one({**after, **hidden}))
        self._dut.check(compared("everything else as it was", found))

    def shows(self, message: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
        """Where `after` does not show what was sent."""
        if not self._dut.profile.has("ptz.preset"):
            message = without_presets(message)
        hidden = self._hidden(after)
        sent = {name: value for name, value in without_idle_holds(message).items() if name not in hidden}
        return checks.shows(self.command.request, from_one(sent), from_one(after))

    def _hidden(self, shown: Mapping[str, Any]) -> set[str]:
        """What a device shows as 0 while its flag is 0, though 0 cannot be set: streams (R48) and durations (R50)."""
        flags = {**STREAMS, **HOLDS}
        return {
            each.name
            for each in self.command.request
            if each.name in flags and shown.get(each.name) == 0 == shown.get(flags[each.name])
            if 0 not in (each.enum or ()) and (each.enum is not None or (each.minimum or 0) > 0)
        }

    def hides(self, path: str, shown: Mapping[str, Any]) -> str | None:
        """The reading by which this device leaves out the top field of `path`, or None."""
        top = next(each for each in self.command.request if each.name == path.split(".")[1].removesuffix("[]"))
        return top.absent if top.name not in shown else None

    def renamed(self, path: str) -> str | None:
        """The name of the other family (R48) under which this device shows the field at `path`, or None."""
        field = self.command.request_field(path)
        raw = first_store(self._raw)
        return next((name for name in other_names(field) if name in raw and field.name not in raw), None)

    def variant(self, number: int, shown: Mapping[str, Any]) -> dict[str, Any]:
        """Variant 0 or 1 of the whole configuration, 2 and 3 at the ends of its ranges, without what this device does
        not have (R117, R118).
        """
        make = variant if number < 2 else extreme
        message = make(self.command, number % 2, self._dut.sizes)
        optional = {each.name for each in self.command.request if each.absent is not None and each.name not in shown}
        return {name: value for name, value in message.items() if name not in optional}

    async def _count(self, shown: Mapping[str, Any]) -> tuple[int, int]:
        """From which number 39 and 40 count (R53), found out by a set of 0; the mode is as before then."""
        if self._counts is not None:
            return self._counts
        before = shown.get("mode")
        request = self._dut.control.request
        taken = (await request(39, {"mode": 0}, legal=False)).ok
        told = ((await request(40, {})).message or {}).get("mode")
        counts = (0, 1 if told == 1 else 0) if taken else (1, 1)
        self._dut.judgement.observe("R53", f"39 counts from {counts[0]}, 40 from {counts[1]}")
        if type(before) is int:
            await request(39, {"mode": before - counts[1] + counts[0]}, legal=False)
        return counts


def everywhere(*, but: tuple[int, ...] = ()) -> tuple[str, ...]:
    """What a case that changes something in every pair writes, by the words of restoration."""
    return tuple(f"pair:{command.cmdtype}" for command, _ in PAIRS if command.cmdtype not in but)


def _present_pairs(dut: Device) -> Iterator[Pair]:
    for command, _ in PAIRS:
        if all(dut.profile.has(each) for each in capabilities_of(command)):
            yield Pair(dut, command)


async def apply_settings(dut: Device, number: int, message: Mapping[str, Any]) -> None:
    """Set what a case needs, its sound and its recording by the names that the device knows (R47, R48)."""
    pair = Pair(dut, CATALOGUE.commands[number])
    top = {field.name: field for field in pair.command.request}
    if "store" in message or any(spellings(top[name]) for name in message):
        await pair.prepare()
        await dut.must(number, pair.wire(message), legal=False)
    else:
        await dut.must(number, message)


async def snapshot(dut: Device) -> dict[int, dict[str, Any]]:
    """The configuration of every pair, by its set command; a pair that cannot be read is left out."""
    found: dict[int, dict[str, Any]] = {}
    for pair in _present_pairs(dut):
        reply = await dut.control.request(pair.get.cmdtype, {})
        if reply.ok and reply.message is not None:
            found[pair.command.cmdtype] = reply.message
    return found


async def unchanged(dut: Device, before: Mapping[int, Mapping[str, Any]], expected: str, *, but: int = 0) -> None:
    """Judge that no pair but that of `but` shows anything else than before."""
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


async def change_one(dut: Device, *, but: int = 0) -> dict[int, dict[str, Any]]:
    """Change one field in every other pair that takes it, none that touches the link; returns what is kept so."""
    done: dict[int, dict[str, Any]] = {}
    for pair in _present_pairs(dut):
        if pair.command.cmdtype in (but, 9, 11):
            continue
        with contextlib.suppress(CaseInconclusive):
            changed = await _nudged(dut, pair)
            if changed is not None:
                done[pair.command.cmdtype] = changed
    return done


async def _nudged(dut: Device, pair: Pair) -> dict[str, Any] | None:
    shown = await pair.read()
    name = nudge_field(pair.command)
    for number in (0, 1):
        message = {name: pair.variant(number, shown)[name]}
        if pair.shows(message, shown):
            await pair.prepare()
            reply = await dut.control.request(pair.command.cmdtype, pair.wire(message), legal=False)
            return message if reply.ok and not pair.shows(message, await pair.read()) else None
    return None


async def change_all(dut: Device) -> None:
    """Change everything that can be changed in every pair, none that touches the link; where a device does not take a
    whole configuration of ours, one field.
    """
    for pair in _present_pairs(dut):
        if pair.command.cmdtype in (9, 11):
            continue
        with contextlib.suppress(CaseInconclusive):
            factory = await pair.read({"default": 1})
            shown = await pair.read()
            await pair.prepare()
            # First what is less like the factory's values: what falls back to them shows then.
            messages = [pair.variant(number, shown) for number in (1, 0)]
            for message in sorted(messages, key=lambda each: -len(pair.shows(each, factory))):
                if (await dut.control.request(pair.command.cmdtype, pair.wire(message), legal=False)).ok:
                    break
            else:
                await _nudged(dut, pair)
