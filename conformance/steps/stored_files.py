"""Recording by 509 (its subtypes and its state) and the files that 513 lists, page by page."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from conformance import checks
from conformance.catalogue.formats import DATETIME
from conformance.catalogue.json_types import JsonObject
from conformance.client import Reply
from conformance.dut.device import Device
from conformance.rules.verdict import CaseFailed
from conformance.steps import device_time, waiting

__all__ = [
    "ASK",
    "BY_HAND",
    "CAPTURE",
    "DAY",
    "KINDS",
    "LATER",
    "NOW",
    "RUNNING",
    "STOP",
    "STOP_CAPTURE",
    "STOP_LATER",
    "Kind",
    "days_of",
    "ensure_files",
    "judge_nothing_new",
    "judge_times",
    "new_files",
    "operate",
    "page",
    "record",
    "rows",
    "series_is_over",
    "state_of",
    "status",
    "take_picture",
    "urls",
]

NOW, LATER, STOP, ASK, CAPTURE, STOP_LATER, STOP_CAPTURE = range(1, 8)
"""Subtypes of command 509."""


class Kind(NamedTuple):
    """The kind of a stored file: videotype (1 visible, 2 infrared) and datatype (1 video, 2 picture)."""

    video: int
    data: int


KINDS = {
    "visible-video": Kind(1, 1),
    "visible-picture": Kind(1, 2),
    "infrared-video": Kind(2, 1),
    "infrared-picture": Kind(2, 2),
}

BY_HAND = 5
"""The type under which 513 lists what 509 has recorded."""

RUNNING = ("status", "allrecord", "delay_status", "capture_status")
"""The fields of the state of recording that are 0 while nothing is recorded."""

DAY = timedelta(days=1)
_FARTHEST_ZONE = timedelta(hours=14)

_FIELDS = "status time allrecord alltime delay_status delay_time capture_status capture_count capture_total".split()


async def operate(dut: Device, subtype: int, stream: int) -> None:
    """Judge that one subtype of 509 succeeds for a stream (1 visible, 2 infrared, 3 both)."""
    reply = await dut.succeeds(509, {"record_stream": stream}, extra={"subtype": subtype})
    dut.conforms(dut.catalogue.commands[509], reply)


def state_of(dut: Device, reply: Reply) -> JsonObject:
    """The state of recording in a reply to 509; its fields may be at the top level (R67)."""
    if reply.message:
        return dict(reply.message)
    found = {name: reply.envelope[name] for name in _FIELDS if name in reply.envelope}
    if found:
        dut.judgement.observe("R67", "509 at the top level")
    return found


async def status(dut: Device) -> JsonObject:
    """The state of recording that 509 shows, with every field; what it leaves out is 0."""
    reply = await dut.succeeds(509, {"record_stream": 0}, extra={"subtype": ASK})
    dut.conforms(dut.catalogue.commands[509], reply)
    state = state_of(dut, reply)
    return {name: state.get(name, 0) for name in dict.fromkeys([*_FIELDS, *state])}


async def series_is_over(dut: Device) -> bool:
    """Whether the device takes no delayed pictures now."""
    return bool((await status(dut))["capture_status"] == 0)


# The files that 513 lists


async def page(
    dut: Device,
    video: int,
    data: int,
    index: int = 1,
    count: int = 10,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
) -> JsonObject:
    """One page of 513, by default of the last 40 days and the next one."""
    if since is None or until is None:
        now = await device_time.read(dut)
        since, until = since or now - 40 * DAY, until or now + DAY
    period = {"starttime": since.strftime(DATETIME), "endtime": until.strftime(DATETIME)}
    paging = {"pageindex": index, "pagecount": count}
    return await dut.get(513, {**period, **paging, "videotype": video, "datatype": data})


def rows(shown: JsonObject) -> list[JsonObject]:
    """The files of a page."""
    return [row for row in shown.get("datas") or [] if isinstance(row, dict)]


async def urls(dut: Device, video: int, data: int) -> dict[str, JsonObject]:
    """The files of the last 14 hours by their urls, from as many pages as it takes under both readings of R69."""
    now = await device_time.read(dut)
    # The zone may shift what 500 shows (R165).
    since, until = now - _FARTHEST_ZONE - timedelta(minutes=2), now + DAY
    found: dict[str, JsonObject] = {}
    index = 1
    while index <= 50:
        shown = await page(dut, video, data, index, 50, since=since, until=until)
        listed = rows(shown)
        found.update({str(row.get("url")): row for row in listed})
        if not listed or len(found) >= shown.get("total", 0):
            break
        index += 1
    return found


async def days_of(dut: Device, video: int, data: int, year: int, month: int) -> list[int]:
    """The days of a month that 514 lists; its reply is judged with the field table."""
    shown = await dut.get(514, {"videotype": video, "datatype": data, "year": year, "month": month})
    return [day for day in shown.get("days") or [] if isinstance(day, int)]


async def new_files(dut: Device, video: int, data: int, before: Mapping[str, JsonObject]) -> list[JsonObject]:
    """The files that are listed now and not in `before`; a device has 5 s to write them."""
    found: dict[str, JsonObject] = {}

    async def there() -> bool:
        found.clear()
        found.update({url: row for url, row in (await urls(dut, video, data)).items() if url not in before})
        return bool(found)

    await waiting.until(dut, there, 5, 1)
    return list(found.values())


async def judge_nothing_new(dut: Device, video: int, data: int, before: Collection[str]) -> None:
    """Judge that no file of this kind is listed whose url is not in `before`."""
    new = [url for url in await urls(dut, video, data) if url not in before]
    dut.demand(not new, f"no new file of videotype {video}, datatype {data} in 513", checks.short(new))


async def judge_times(dut: Device, row: JsonObject, began: datetime, ended: datetime) -> None:
    """Judge that the times of a file are those at which it was made, within 5 s.

    The zone may shift what 500 shows and not the times of files (R165): if they differ, the clock is set to find out.
    """
    slack = timedelta(seconds=5)
    shown = [row[name] for name in ("start", "end") if isinstance(row.get(name), str)]
    times = [datetime.strptime(each, DATETIME) for each in shown]

    def made(zone: timedelta) -> bool:
        return all(began - slack <= at + zone <= ended + slack for at in times)

    right = made(timedelta(0)) or made(await device_time.zone_shift(dut))
    dut.demand(right, f"start and end within {began} .. {ended}", ", ".join(shown))


async def record(dut: Device, stream: int, seconds: float) -> None:
    """Record a stream for some seconds; inconclusive where 509 fails."""
    await dut.must(509, {"record_stream": stream}, extra={"subtype": NOW})
    await dut.clock.sleep(seconds)
    await dut.must(509, {"record_stream": stream}, extra={"subtype": STOP})


async def take_picture(dut: Device, stream: int) -> None:
    """Let 509 take its delayed pictures of a stream, and wait until the series is over, for 8 s at most.

    Inconclusive where 509 fails. `capture_interval` and `capture_count` of command 15 have to be 1.
    """
    await dut.must(509, {"record_stream": stream}, extra={"subtype": CAPTURE})
    await waiting.until(dut, lambda: series_is_over(dut), 8, 0.5)


async def ensure_files(dut: Device, video: int, data: int, least: int) -> int:
    """Record until at least `least` files of a kind are listed; returns how many there are.

    Raises CaseFailed where none is listed then.
    """
    total = (await page(dut, video, data)).get("total", 0)
    if total >= least:
        return int(total)
    if data == 2:
        await dut.must(15, {"capture_interval": 1, "capture_count": least})
        await dut.must(509, {"record_stream": video}, extra={"subtype": CAPTURE})
        await waiting.until(dut, lambda: series_is_over(dut), least * 4, 1)
    else:
        for _ in range(least - total):
            await record(dut, video, 1.5)

    async def listed() -> bool:
        return bool((await page(dut, video, data)).get("total", 0) >= least)

    await waiting.until(dut, listed, 5, 1)
    total = (await page(dut, video, data)).get("total", 0)
    if not dut.demand(bool(total), f"513 lists what 509 has recorded (videotype {video}, datatype {data})", "no file"):
        raise CaseFailed("513 lists nothing")
    return int(total)
