"""The files that an alarm of an object, a spot or a fire leaves (III.19, III.21, III.51): pictures and videos, as set.

The push of an alarm shows that it happened. Its files may be named by that push, or be listed by 513, or both (R122);
the document does not say how soon a file is listed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Final, Literal, NamedTuple, TypeAlias

from conformance.catalogue import Safety, load
from conformance.catalogue.formats import DATETIME
from conformance.catalogue.json_types import JsonMapping, JsonObject
from conformance.client import PushMessage, RemoteError
from conformance.dut.device import Device
from conformance.rules.case import Case
from conformance.steps import device_time, waiting
from conformance.steps import stored_files as stored
from conformance.steps.alarms import is_of_object, wait_for_pushes
from conformance.steps.downloads import fetch
from conformance.steps.linkage import Event, event_of, facts_of
from conformance.steps.push_content import named_files

__all__ = [
    "IMAGE_NAMES",
    "SEEN_EVENTS",
    "AlarmFiles",
    "FilePart",
    "alarm_files_case",
    "cause_alarm",
    "leaves_its_files",
]

FilePart: TypeAlias = Literal["record", "capture"]

_RECORD_S = 15
_LISTED_S = 15
"""How long a file may take to be listed after it is complete."""
_IMAGES: Mapping[int, tuple[int, ...]] = {0: (), 1: (1,), 2: (2,), 3: (1, 2)}
_PREFIX = {1: "vl_", 2: "ir_"}
_DATATYPE: Mapping[FilePart, int] = {"record": 1, "capture": 2}
IMAGE_NAMES: Final = {1: "visible", 2: "infrared", 3: "both"}
"""By stream: the images that it covers."""
_OF_IMAGES = {1: "the visible image alone", 2: "the infrared image alone", 3: "both images"}
_FILES: Mapping[FilePart, str] = {"record": "video", "capture": "picture"}


def _of_spot(push: PushMessage) -> bool:
    return not is_of_object(push)


_PUSHES: Mapping[int, tuple[int, Callable[[PushMessage], bool] | None]] = {
    19: (1000, _of_spot),
    21: (1000, is_of_object),
    51: (1011, None),
}
SEEN_EVENTS: Final = {number: event_of(number) for number in _PUSHES}
"""By set command: the events that any scene can cause."""


class AlarmFiles(NamedTuple):
    """The files that an event leaves: of `part`, and of `stream` (1 visible, 2 infrared, 3 both, 0 none)."""

    event: Event
    part: FilePart
    stream: int


def alarm_files_case(name: str, requirement: str, files: AlarmFiles) -> Case[AlarmFiles]:
    """A case about the files of an alarm, and about no others."""
    event, part, stream = files
    files_left = f"{_FILES[part]}s of {_OF_IMAGES[stream]}" if stream else f"no {_FILES[part]}"
    return Case(
        name,
        f"{load().commands[event.number].title}: an alarm leaves {files_left}",
        Safety.REVERSIBLE,
        requirement=requirement,
        **facts_of(event, capabilities=("storage",), writes=("pair:13",)),
        waits_s=30 if part == "record" else 12,
        data=files,
    )


async def leaves_its_files(dut: Device, expected: AlarmFiles) -> None:
    """Judge that an alarm leaves the expected files, and none of the other image."""
    event, part, stream = expected
    datatype, due = _DATATYPE[part], _IMAGES[stream]
    settings = {f"{part}_flag": int(bool(stream)), f"{part}_stream": stream or 3}
    await _on_any_day(dut)
    await event.apply_settings(dut, **settings, **({"record_delay": _RECORD_S} if part == "record" else {}))
    await wait_for_pushes(dut, 2)
    before = {image: await stored.urls(dut, image, datatype) for image in (1, 2)}
    began = await device_time.read(dut)
    push = await cause_alarm(dut, event)
    if part == "record" and stream:
        await dut.clock.sleep(_RECORD_S)
    found: dict[int, list[JsonObject]] = {}

    async def listed() -> bool:
        for image in (1, 2):
            rows = await stored.urls(dut, image, datatype)
            found[image] = [row for url, row in rows.items() if url not in before[image] and _since(row, began)]
        return all(found[image] for image in due)

    named = {image: _named(push, image, part) for image in (1, 2)}
    # A video may exist while it is still being recorded; its listing shows how long it is.
    patience = _LISTED_S if part == "record" or any(not named[image] for image in due) else _LISTED_S / 5
    await waiting.until(dut, listed, patience if due else 0, 1)
    await wait_for_pushes(dut, 3)
    await listed()
    for image in (1, 2):
        if image in due:
            there = [str(row.get("url")) for row in found[image]]
            there += [] if there else [name for name in named[image] if await _is_there(dut, name)]
            dut.demand(
                bool(there),
                f"a {_FILES[part]} of the {IMAGE_NAMES[image]} image, named by the push or listed",
                ", ".join(there) or "no such file",
            )
            for row in found[image] if part == "record" else ():
                _lasts(dut, row)
        else:
            # Something other than the alarm may record meanwhile.
            alarms = [row for row in found[image] if row.get("type") in event.kinds]
            there = [*named[image], *(str(row.get("url")) for row in alarms)]
            dut.demand(
                not there, f"no {_FILES[part]} of the {IMAGE_NAMES[image]} image", ", ".join(there) or "no such file"
            )


async def cause_alarm(dut: Device, event: Event) -> PushMessage:
    """Cause the event and end it; its push."""
    number, match = _PUSHES[event.number]
    mark = dut.control.pushes.mark()
    await event.begin(dut)
    await wait_for_pushes(dut, 1)
    push = await dut.push(number, since=mark, match=match)
    assert push is not None
    if event.end is not None:
        await event.end(dut)
    return push


async def _on_any_day(dut: Device) -> None:
    """Today may be a holiday, on which an alarm leaves nothing (III.13, R44)."""
    shown = await dut.must(14)
    if any(shown.get(name) for name in ("is_record", "is_capture")):
        await dut.must(13, {"is_record": 0, "is_capture": 0})


def _named(push: PushMessage, image: int, part: FilePart) -> list[str]:
    """The files of an image that a push names."""
    found = []
    for name, text in named_files(push):
        if name.startswith(_PREFIX[image]) and ("video" in name) == (part == "record"):
            found.append(name if name.endswith("_content") else text)
    return found


async def _is_there(dut: Device, name: str) -> bool:
    """Whether a file can be fetched, or came with the push itself (a name that is no address)."""
    if name.endswith("_content"):
        return True
    if not dut.link.target.http_port:
        return False
    try:
        answer = await fetch(dut, name)
    except RemoteError:
        return False
    return answer.status == 200 and bool(answer.body)


def _since(row: JsonMapping, began: datetime) -> bool:
    """Whether a file is not from before the alarm, as far as it says so."""
    try:
        return datetime.strptime(str(row.get("start")), DATETIME) >= began - timedelta(seconds=3)
    except ValueError:
        return True


def _lasts(dut: Device, row: JsonMapping) -> None:
    if isinstance(row.get("start"), str) and isinstance(row.get("end"), str):
        start, end = (datetime.strptime(row[name], DATETIME) for name in ("start", "end"))
        seconds = (end - start).total_seconds()
        dut.demand(_RECORD_S - 2 <= seconds <= _RECORD_S + 6, f"a video of about {_RECORD_S} s", f"{seconds:g} s")
