"""The lists of the PTZ: their entries as they are shown, free indices, and presets and groups that cases add."""

from __future__ import annotations

from collections.abc import Mapping

from conformance.catalogue.json_types import Json, JsonObject
from conformance.dut.device import Device
from conformance.rules.verdict import CaseInconclusive
from conformance.steps.needs import Needs

__all__ = [
    "CRUISE_NEEDS",
    "LIMITS",
    "LISTS",
    "PRESET_NEEDS",
    "START",
    "STOP",
    "Entries",
    "add_group",
    "add_preset",
    "entries",
    "free",
    "free_groups",
    "free_presets",
    "group",
    "groups_of",
    "preset",
    "presets_of",
    "stop_at",
]

LISTS = ("presets", "cruise-groups", "linescans")
"""The lists of the PTZ, in the words of restoration."""

PRESET_NEEDS: Needs = {"capabilities": ("ptz.preset",), "writes": ("presets",)}
"""What a case about presets needs and writes."""

CRUISE_NEEDS: Needs = {"capabilities": ("ptz.cruise", "ptz.preset"), "writes": ("cruise-groups", "presets")}
"""What a case about cruise groups needs and writes: a group stops at presets."""

START, STOP = 0, 1
"""The action of commands 600, 610, 613, 615 and 616."""

Entries = dict[int, JsonObject]
"""Entries of a list of the PTZ, by their index."""

LIMITS: Mapping[str, str] = {
    "index": "ptz_presets",
    "cruise_index": "ptz_cruise_groups",
    "linescan_index": "ptz_linescans",
    "trace_index": "ptz_traces",
}
"""By field of the PTZ: the parameter of the profile that holds its largest value (R90)."""


async def entries(dut: Device, number: int, key: str, index: str) -> Entries:
    """The entries that query `number` of the PTZ shows in its list `key`, by their field `index`."""
    listed = (await dut.must(number)).get(key)
    known = [entry for entry in listed if isinstance(entry, dict)] if isinstance(listed, list) else []
    return {entry.get(index, 0): entry for entry in known}


async def presets_of(dut: Device) -> Entries:
    """The presets that 601 shows."""
    return await entries(dut, 601, "presets", "index")


async def groups_of(dut: Device) -> Entries:
    """The cruise groups that 606 shows."""
    return await entries(dut, 606, "cruise_groups", "cruise_index")


def free(present: Mapping[int, Json], last: int, count: int = 1) -> list[int]:
    """The `count` highest of `last` indices that are not in use, so that no entry of somebody is touched.

    The very last one is taken only if need be, because a case about something else must not depend on a limit.
    """
    found = [number for number in (*range(last - 1, 0, -1), last) if number not in present][:count]
    if len(found) < count:
        raise CaseInconclusive(f"fewer than {count} of {last} entries are free")
    return found


async def free_presets(dut: Device, count: int = 1) -> list[int]:
    """The `count` highest free indices of presets. Raises CaseInconclusive where fewer are free."""
    return free(await presets_of(dut), dut.profile["ptz_presets"], count)


async def free_groups(dut: Device, count: int = 1) -> list[int]:
    """The `count` highest free indices of cruise groups. Raises CaseInconclusive where fewer are free."""
    return free(await groups_of(dut), dut.profile["ptz_cruise_groups"], count)


def stop_at(index: int, duration: int = 10) -> JsonObject:
    """A stop of a cruise group at a preset of `add_preset`, with its stay in seconds."""
    return {"index": index, "name": f"p{index}", "param": 0, "duration": duration}


def preset(*stops: tuple[int, str, int]) -> JsonObject:
    """A message of presets, each by index, name and param."""
    return {"presets": [{"index": index, "name": name, "param": param} for index, name, param in stops]}


def group(index: int, name: str, stops: list[JsonObject]) -> JsonObject:
    """A message of one cruise group."""
    return {"cruise_groups": [{"cruise_index": index, "cruise_name": name, "cruise_param": 0, "presets": stops}]}


async def add_preset(dut: Device, count: int = 1) -> list[int]:
    """Add `count` presets at free indices, one by one; returns the indices."""
    indices = await free_presets(dut, count)
    for index in indices:
        await dut.must(602, preset((index, f"p{index}", 0)))
    return indices


async def add_group(dut: Device, count: int = 2, duration: int = 10) -> tuple[int, list[JsonObject]]:
    """Add a cruise group of `count` new presets at a free index; returns it and its stops."""
    stops = [stop_at(index, duration) for index in await add_preset(dut, count)]
    (index,) = await free_groups(dut)
    await dut.must(607, group(index, "round", stops))
    return index, stops
