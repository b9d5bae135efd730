"""What the suites of recording and storage share: the subtypes of 509, its status, and the pages of 513."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from conformance.client import Reply
from conformance.dut.device import Device
from conformance.rules.verdict import CaseFailed
from conformance.steps import device_time, waiting

__all__ = [
    "ASK",
    "CAPTURE",
    "DAY",
    "LATER",
    "NOW",
    "STOP",
    "STOP_CAPTURE",
    "STOP_LATER",
    "appeared",
    "dated",
    "no_series",
    "operate",
    "page",
    "record",
    "rows",
    "some",
    "status",
    "told",
    "urls",
]

NOW, LATER, STOP, ASK, CAPTURE, STOP_LATER, STOP_CAPTURE = range(1, 8)
"""Subtypes of command 509."""

DAY = timedelta(days=1)
_FARTHEST_ZONE = timedelta(hours=14)

_FIELDS = "status time allrecord alltime delay_status delay_time capture_status capture_count capture_total".split()


async def operate(dut: Device, subtype: int, stream: int) -> None:
    """Send one subtype of 509 for a stream (1 visible, 2 infrared, 3 both); that it is done is judged."""
    reply = await dut.succeeds(509, {"record_stream": stream}, extra={"subtype": subtype})
    dut.conforms(dut.catalogue.commands[509], reply)


def told(dut: Device, reply: Reply) -> dict[str, Any]:
    """The state of recording in a reply to 509; its fields may stand at the top level (R67)."""
    if reply.message:
        return dict(reply.message)
    found = {name: reply.envelope[name] for name in _FIELDS if name in reply.envelope}
    if found:
        dut.judgement.observe("R67", "509 at the top level")
    return found


async def status(dut: Device) -> dict[str, Any]:
    """The state of recording, every field of 509 there."""
    reply = await dut.succeeds(509, {"record_stream": 0}, extra={"subtype": ASK})
    dut.conforms(dut.catalogue.commands[509], reply)
    state = told(dut, reply)
    # What is not there is not going on.
    return {name: state.get(name, 0) for name in dict.fromkeys([*_FIELDS, *state])}


async def no_series(dut: Device) -> bool:
    """Whether no delayed pictures are being taken."""
    return bool((await status(dut))["capture_status"] == 0)


# The files that are stored


async def page(
    dut: Device,
    video: int,
    data: int,
    index: int = 1,
    count: int = 10,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
) -> dict[str, Any]:
    """One page of 513; the time asked for is that of 40 days, unless said otherwise."""
    if since is None or until is None:
        now = await device_time.read(dut)
        since, until = since or now - 40 * DAY, until or now + DAY
    period = {"starttime": since.strftime(device_time.FORMAT), "endtime": until.strftime(device_time.FORMAT)}
    paging = {"pageindex": index, "pagecount": count}
    return await dut.get(513, {**period, **paging, "videotype": video, "datatype": data})


def rows(shown: dict[str, Any]) -> list[dict[str, Any]]:
    """The files of a page."""
    return [row for row in shown.get("datas") or [] if isinstance(row, dict)]


async def urls(dut: Device, video: int, data: int) -> dict[str, dict[str, Any]]:
    """The files of the last hours by url: few enough for one page under both readings of pagecount (R69)."""
    now = await device_time.read(dut)
    # The zone may shift what 500 shows (R165).
    since, until = now - _FARTHEST_ZONE - timedelta(minutes=2), now + DAY
    found: dict[str, dict[str, Any]] = {}
    index = 1
    while index <= 50:
        shown = await page(dut, video, data, index, 50, since=since, until=until)
        listed = rows(shown)
        found.update({str(row.get("url")): row for row in listed})
        if not listed or len(found) >= shown.get("total", 0):
            break
        index += 1
    return found


async def appeared(dut: Device, video: int, data: int, before: dict[str, Any]) -> list[dict[str, Any]]:
    """The files that came since `before`; a device may need a moment to write them."""
    found: dict[str, dict[str, Any]] = {}

    async def there() -> bool:
        found.clear()
        found.update({url: row for url, row in (await urls(dut, video, data)).items() if url not in before})
        return bool(found)

    await waiting.until(dut, there, 5, 1)
    return list(found.values())


async def dated(dut: Device, row: dict[str, Any], began: datetime, ended: datetime) -> None:
    """Judge that the times of a file are those at which it was made, within 5 s.

    What 500 shows may be shifted by a zone (R165), and the times of files not: then the clock is set to find out.
    """
    slack = timedelta(seconds=5)
    shown = [row[name] for name in ("start", "end") if isinstance(row.get(name), str)]
    times = [datetime.strptime(each, device_time.FORMAT) for each in shown]

    def made(zone: timedelta) -> bool:
        return all(began - slack <= at + zone <= ended + slack for at in times)

    right = made(timedelta(0)) or made(await device_time.zone_shift(dut))
    dut.demand(right, f"start and end within {began} .. {ended}", ", ".join(shown))


async def record(dut: Device, stream: int, seconds: float) -> None:
    """Record a stream for some seconds, as a step before the purpose of a case."""
    await dut.must(509, {"record_stream": stream}, extra={"subtype": NOW})
    await dut.clock.sleep(seconds)
    await dut.must(509, {"record_stream": stream}, extra={"subtype": STOP})


async def some(dut: Device, video: int, data: int, least: int) -> int:
    """How many files there are; where they are too few, some are made."""
    total = (await page(dut, video, data)).get("total", 0)
    if total >= least:
        return int(total)
    if data == 2:
        await dut.must(15, {"capture_interval": 1, "capture_count": least})
        await dut.must(509, {"record_stream": video}, extra={"subtype": CAPTURE})
        await waiting.until(dut, lambda: no_series(dut), least * 4, 1)
    else:
        for _ in range(least - total):
            await record(dut, video, 1.5)

    async def listed() -> bool:
        return bool((await page(dut, video, data)).get("total", 0) >= least)

    await waiting.until(dut, listed, 5, 1)
    total = (await page(dut, video, data)).get("total", 0)
    if not dut.demand(bool(total), f"what 509 has recorded is listed (videotype {video}, datatype {data})", "no file"):
        raise CaseFailed("513 lists nothing")
    return int(total)
