"""The keepsakes of lists that cases change entry by entry: presets, cruise groups, line scans, dead pixels."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from conformance.catalogue.json_types import Json, JsonMapping, JsonObject
from conformance.catalogue.model import Catalogue
from conformance.restoration.keepsake import Speaker, succeeded

__all__ = ["CRUISE_GROUPS", "PRESETS", "DeadPixels", "IndexedList", "LineScans"]


@dataclass(frozen=True, slots=True)
class IndexedList:
    """A list whose entries are added and deleted by index.

    `query`, `add` and `delete` are its commands, `key` is the list in their messages, `index` the index of an entry.
    """

    query: int
    add: int
    delete: int
    key: str
    index: str

    async def read(self, speaker: Speaker) -> list[JsonObject]:
        """The entries that the device lists."""
        message = succeeded(await speaker.request(self.query, {}), self.query).message or {}
        return message.get(self.key) or []

    async def write(self, speaker: Speaker, value: Sequence[JsonObject], present: Sequence[JsonObject]) -> None:
        """Delete the entries that were not there, then add those that are missing or changed."""
        wanted = {entry[self.index]: entry for entry in value}
        for surplus in [entry[self.index] for entry in present if entry[self.index] not in wanted]:
            message = {self.key: [{self.index: surplus}]}
            succeeded(await speaker.request(self.delete, message, legal=False), self.delete)
        now = {entry[self.index]: entry for entry in present}
        for number, entry in wanted.items():
            if now.get(number) != entry:
                succeeded(await speaker.request(self.add, {self.key: [entry]}, legal=False), self.add)

    def differs(self, saved: Sequence[JsonObject], present: Sequence[JsonObject]) -> list[str]:
        """The indices whose entries are missing, surplus or changed."""
        before: dict[Json, JsonObject] = {entry.get(self.index): entry for entry in saved}
        after: dict[Json, JsonObject] = {entry.get(self.index): entry for entry in present}
        return [
            f"{self.key} {number}"
            for number in sorted(before.keys() | after.keys())
            if before.get(number) != after.get(number)
        ]


PRESETS: Final = IndexedList(query=601, add=602, delete=603, key="presets", index="index")
CRUISE_GROUPS: Final = IndexedList(query=606, add=607, delete=608, key="cruise_groups", index="cruise_index")


class LineScans:
    """The line scans: a fixed number of entries, each listed by 611 and set by 612."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._settable = tuple(field.name for field in catalogue.commands[612].request)

    async def read(self, speaker: Speaker) -> list[JsonObject]:
        """The fields of each line scan that 612 can set."""
        message = succeeded(await speaker.request(611, {}), 611).message or {}
        scans = message.get("linescan_groups") or []
        return [{key: scan[key] for key in self._settable if key in scan} for scan in scans]

    async def write(self, speaker: Speaker, value: Sequence[JsonObject], present: Sequence[JsonObject]) -> None:
        """Set the line scans that differ."""
        now = {scan.get("linescan_index"): scan for scan in present}
        for scan in value:
            if now.get(scan.get("linescan_index")) != scan:
                succeeded(await speaker.request(612, scan, legal=False), 612)

    def differs(self, saved: Sequence[JsonObject], present: Sequence[JsonObject]) -> list[str]:
        """The list as a whole, if any scan differs."""
        return [] if saved == present else ["linescan_groups"]


class DeadPixels:
    """The pixels that are marked as dead: listed by 528, marked and unmarked by 527."""

    async def read(self, speaker: Speaker) -> list[JsonObject]:
        """The marked pixels as points."""
        message = succeeded(await speaker.request(528, {}), 528).message or {}
        return message.get("points") or []

    async def write(self, speaker: Speaker, value: Sequence[JsonObject], present: Sequence[JsonObject]) -> None:
        """Unmark (subtype 2) the pixels that were not marked, then mark (subtype 0) those that were."""
        before, now = _pixels(value), _pixels(present)
        for subtype, changed in ((2, now - before), (0, before - now)):
            if changed:
                message = {"points": [{"x": x, "y": y} for x, y in sorted(changed)]}
                succeeded(await speaker.request(527, message, extra={"subtype": subtype}), 527)

    def differs(self, saved: Sequence[JsonObject], present: Sequence[JsonObject]) -> list[str]:
        """The pixels that are marked in one of the two only."""
        return [f"dead pixel {pixel}" for pixel in sorted(_pixels(saved) ^ _pixels(present))]


def _pixels(points: Iterable[JsonMapping]) -> set[tuple[int, int]]:
    return {(point["x"], point["y"]) for point in points}
