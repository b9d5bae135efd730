"""The lists of the PTZ: its entries as they are shown, free indices, presets and groups to try things with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from conformance.dut.device import Device
from conformance.rules.verdict import CaseInconclusive

__all__ = ["LIMITS", "add_group", "add_preset", "entries", "free", "group", "preset"]

LIMITS: Mapping[str, str] = {
    "index": "ptz_presets",
    "cruise_index": "ptz_cruise_groups",
    "linescan_index": "ptz_linescans",
    "trace_index": "ptz_traces",
}
"""Fields of the head whose largest value the profile knows (R90)."""


async def entries(dut: Device, number: int, key: str, index: str) -> dict[int, dict[str, Any]]:
    """The entries that a query of the head shows, by their index."""
    listed = (await dut.must(number)).get(key)
    known = [entry for entry in listed if isinstance(entry, dict)] if isinstance(listed, list) else []
    return {entry.get(index, 0): entry for entry in known}


def free(present: Mapping[int, Any], last: int, count: int = 1) -> list[int]:
    """The `count` highest indices that are not in use, so that nobody's entry is touched; the very last one only if
    need be, because a case about something else should not stand or fall by a limit.
    """
    found = [number for number in (*range(last - 1, 0, -1), last) if number not in present][:count]
    if len(found) < count:
        raise CaseInconclusive(f"of {last} entries fewer than {count} are free")
    return found


def preset(*stops: tuple[int, str, int]) -> dict[str, Any]:
    """A message of presets, each by index, name and param."""
    return {"presets": [{"index": index, "name": name, "param": param} for index, name, param in stops]}


def group(index: int, name: str, stops: list[dict[str, Any]]) -> dict[str, Any]:
    """A message of one cruise group."""
    return {"cruise_groups": [{"cruise_index": index, "cruise_name": name, "cruise_param": 0, "presets": stops}]}


async def add_preset(dut: Device, count: int = 1) -> list[int]:
    """Add `count` presets at free indices, one by one; returns the indices."""
    present = await entries(dut, 601, "presets", "index")
    indices = free(present, dut.profile["ptz_presets"], count)
    for index in indices:
        await dut.must(602, preset((index, f"p{index}", 0)))
    return indices


async def add_group(dut: Device, count: int = 2, duration: int = 10) -> tuple[int, list[dict[str, Any]]]:
    """Add a cruise group of `count` new presets at a free index; returns it and its stops."""
    stops = [
        {"index": index, "name": f"p{index}", "param": 0, "duration": duration}
        for index in await add_preset(dut, count)
    ]
    present = await entries(dut, 606, "cruise_groups", "cruise_index")
    (index,) = free(present, dut.profile["ptz_cruise_groups"])
    await dut.must(607, group(index, "round", stops))
    return index, stops
