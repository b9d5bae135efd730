"""Under which names and numbers a set accepts the sound of a linkage (R48).

There are two families of names, and a get may show the family that is not the one of the command's field table. Then a
set may accept the names that the get shows, or those of the table alone, or the names that the get shows with the
numbers of the table. This module finds out by trying.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from conformance.catalogue import Command
from conformance.catalogue.json_types import Json, JsonMapping, JsonObject
from conformance.catalogue.linkage_names import translated
from conformance.dut.device import Device
from conformance.steps.spelling import first_store

__all__ = ["SoundSpelling", "find_sound_spelling"]


class SoundSpelling(NamedTuple):
    """How a set spells a sound: by the names of the table although the get shows the others (`by_table`), or by the
    names that the get shows with the numbers of the table (`own_numbers`).
    """

    by_table: bool = False
    own_numbers: bool = False


class _Family(NamedTuple):
    """The names of what is played (plays or seconds) and of how much, and the number that means seconds."""

    kind: str
    amount: str
    seconds: int


_PLAYTYPE = _Family("audio_playtype", "audio_playvalue", 2)
_MODE = _Family("audio_mode", "audio_value", 0)


def _families(command: Command) -> tuple[_Family, _Family] | None:
    """The family of the command's field table and the other one; None for a command without a sound."""
    names = {field.name for top in command.request for field in top.walk()}
    if _PLAYTYPE.kind in names:
        return _PLAYTYPE, _MODE
    return (_MODE, _PLAYTYPE) if _MODE.kind in names else None


async def find_sound_spelling(dut: Device, command: Command, raw: JsonMapping) -> SoundSpelling:
    """How the set `command` spells a sound on this device, whose get shows `raw`; the settings are as before then."""
    families = _families(command)
    if families is None:
        return SoundSpelling()
    own, other = families
    shown = first_store(raw)
    trial = _Trial(dut, command, in_store="store" in raw)
    if type(shown.get(other.amount)) is int and not await trial.has_effect(other.amount, shown[other.amount]):
        return SoundSpelling(by_table=True)
    return SoundSpelling(own_numbers=await _has_numbers_of_table(trial, own, other, shown))


async def _has_numbers_of_table(trial: _Trial, own: _Family, other: _Family, shown: JsonMapping) -> bool:
    """Whether a set under the other family's name for plays or seconds accepts the numbers of its own table."""
    if type(shown.get(other.kind)) is not int or own.kind in shown:
        return False
    found = not await trial.accepts(other.kind, translated(own.kind, other.kind, own.seconds))
    found = found and await trial.accepts(other.kind, own.seconds)
    await trial.accepts(other.kind, shown[other.kind])
    return found


class _Trial:
    """Sends single fields of a sound; command 25 has them in its list `store`."""

    def __init__(self, dut: Device, command: Command, *, in_store: bool) -> None:
        assert command.pair is not None
        self._dut, self._put, self._get = dut, command.cmdtype, command.pair
        self._in_store = in_store

    def _message(self, sound: Mapping[str, int]) -> JsonObject:
        return {"store": [{"type": 1, **sound}]} if self._in_store else dict(sound)

    async def accepts(self, name: str, value: int) -> bool:
        """Whether a set of this field succeeds."""
        return (await self._dut.control.request(self._put, self._message({name: value}), legal=False)).ok

    async def has_effect(self, name: str, value: int) -> bool:
        """Whether a set of this field changes what the get shows, `value` now; the value is as before then."""
        changed = value - 1 if value > 1 else value + 1
        await self.accepts(name, changed)
        if await self._shown(name) == value:
            return False
        await self.accepts(name, value)
        await self._shown(name)
        return True

    async def _shown(self, name: str) -> Json:
        return first_store((await self._dut.control.request(self._get, {})).message or {}).get(name)
