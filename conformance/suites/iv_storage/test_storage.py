"""Commands 513 and 514: stored files are listed with their times and days, and can be fetched."""

from __future__ import annotations

import math
from calendar import monthrange
from datetime import datetime, timedelta

from conformance import checks
from conformance.catalogue import Safety
from conformance.catalogue.formats import DATETIME
from conformance.catalogue.json_types import JsonObject
from conformance.checks.files import opens
from conformance.dut.device import Device
from conformance.rules.case import Case, case, cases
from conformance.rules.verdict import CaseInconclusive
from conformance.steps import device_time
from conformance.steps import stored_files as stored
from conformance.steps.capabilities import capabilities_of
from conformance.steps.downloads import download, in_thread

_SAFE = Safety.REVERSIBLE
_LISTED = capabilities_of(509, 513)


# 513


@cases(
    Case(
        f"IV.513/recorded-{name}",
        f"A recording of {words} by hand must be listed with its time and be available for download",
        _SAFE,
        requirement="IV.513/recorded",
        capabilities=_LISTED,
        writes=("recording", "clock"),
        data=stream,
        waits_s=3,
    )
    for stream, name, words in (
        (1, "visible", "the visible stream"),
        (2, "infrared", "the infrared stream"),
        (3, "dual", "both streams"),
    )
)
async def test_a_recording_is_listed_and_fetched(case: Case[int], dut: Device) -> None:
    videos = (1, 2) if case.data == 3 else (case.data,)
    before = {video: await stored.urls(dut, video, 1) for video in (1, 2)}
    began = await device_time.read(dut)
    await stored.record(dut, case.data, 3)
    ended = await device_time.read(dut)
    for video in videos:
        rows = await stored.new_files(dut, video, 1, before[video])
        if dut.demand(len(rows) >= 1, f"another file of videotype {video} in 513", f"{len(rows)} new files"):
            await _judge_row(dut, rows[0], began, ended)
            await _judge_length(dut, rows[0])
    for video in {1, 2} - set(videos):
        await stored.judge_nothing_new(dut, video, 1, before[video])


async def _judge_row(dut: Device, row: JsonObject, began: datetime, ended: datetime) -> None:
    dut.demand(row.get("type") == stored.BY_HAND, "type 5 (by hand)", f"type {row.get('type')!r}")
    await stored.judge_times(dut, row, began, ended)
    await _judge_file(dut, row)


async def _judge_length(dut: Device, row: JsonObject) -> None:
    """Judge the length of a recording of 3 s; it is not said how the times of a file are rounded."""
    if isinstance(row.get("start"), str) and isinstance(row.get("end"), str):
        start, end = (datetime.strptime(row[name], DATETIME) for name in ("start", "end"))
        length = (end - start).total_seconds()
        dut.demand(1 <= length <= 10, "about 3 s from start to end", f"{length:g} s")


async def _judge_file(dut: Device, row: JsonObject) -> None:
    url = str(row.get("url", ""))
    body = await download(dut, url)
    dut.check(await in_thread(lambda: opens(url, body)))
    if "filesize" in row:
        dut.demand(
            row["filesize"] == len(body),
            "filesize as many bytes as are fetched",
            f"{row['filesize']}, fetched {len(body)}",
        )


@cases(
    Case(
        f"IV.513/file-{name}",
        f"A listed file ({name}) must be available for download, have its size, and be readable",
        _SAFE,
        requirement="IV.513/file",
        capabilities=_LISTED,
        writes=("pair:15", "recording"),
        data=kind,
        waits_s=10,
    )
    for name, kind in stored.KINDS.items()
)
async def test_a_listed_file_can_be_fetched(case: Case[stored.Kind], dut: Device) -> None:
    video, data = case.data.video, case.data.data
    await stored.ensure_files(dut, video, data, 1)
    for row in stored.rows(await stored.page(dut, video, data))[:2]:
        await _judge_file(dut, row)


@cases(
    Case(
        f"IV.513/pages-{name}",
        f"The pages of {name} files must be disjoint and add up to the total",
        _SAFE,
        requirement="IV.513/pages",
        capabilities=_LISTED,
        writes=("pair:15", "recording"),
        data=kind,
        waits_s=25,
    )
    for name, kind in stored.KINDS.items()
)
async def test_pages_are_disjoint_and_add_up(case: Case[stored.Kind], dut: Device) -> None:
    video, data = case.data.video, case.data.data
    await stored.ensure_files(dut, video, data, 4)
    now = await device_time.read(dut)
    period = {"since": now - 40 * stored.DAY, "until": now + stored.DAY}
    first = await stored.page(dut, video, data, 1, 1, **period)
    total = first.get("total", 0)
    count = max(3, math.ceil(total / 8))
    seen: list[str] = []
    totals, sizes = [total], []
    for index in range(1, 13):
        page = await _further(dut, video, data, index, count, period)
        totals.append(page.get("total", total))
        rows = [f"{row.get('url')} {row.get('start')}" for row in stored.rows(page)]
        seen += rows
        sizes.append(len(rows))
        if not rows:
            break
    dut.demand(len(set(totals)) == 1, "the same total on every page", f"totals {totals}")
    dut.demand(len(set(seen)) == len(seen), "no file on two pages", f"{len(seen)} rows, {len(set(seen))} files")
    whole = sizes[-1] == 0
    dut.demand(
        not whole or len(seen) == total, f"{total} files on all pages", f"{len(seen)} files, page by page {sizes}"
    )
    as_size, as_number = min(count, total), math.ceil(total / count)
    if as_size != as_number:
        dut.judgement.observe("R69", "pages" if sizes[0] == as_number else "page size")
    dut.demand(sizes[0] in (as_size, as_number), f"{as_size} rows on page 1 (or {as_number}, R69)", f"{sizes[0]} rows")


async def _further(dut: Device, video: int, data: int, index: int, count: int, period: JsonObject) -> JsonObject:
    """A page that may be beyond the last one, which is then empty or refused."""
    if index == 1:
        return await stored.page(dut, video, data, index, count, **period)
    times = {
        "starttime": period["since"].strftime(DATETIME),
        "endtime": period["until"].strftime(DATETIME),
    }
    message = {**times, "pageindex": index, "pagecount": count, "videotype": video, "datatype": data}
    reply = await dut.ask(513, message)
    if not reply.ok:
        dut.check(checks.refused(dut.catalogue, reply, "R22", "R33"))
    return (reply.message or {}) if reply.ok else {}


@cases(
    Case(
        f"IV.513/period-{name}",
        f"Files ({name}) must be listed for the period that is asked for, and no others",
        _SAFE,
        requirement="IV.513/period",
        capabilities=_LISTED,
        writes=("pair:15", "recording"),
        data=kind,
        waits_s=10,
    )
    for name, kind in stored.KINDS.items()
)
async def test_the_period_asked_for_is_respected(case: Case[stored.Kind], dut: Device) -> None:
    video, data = case.data.video, case.data.data
    total = await stored.ensure_files(dut, video, data, 2)
    row = stored.rows(await stored.page(dut, video, data))[0]
    if not isinstance(row.get("start"), str):
        raise CaseInconclusive("the files have no start")
    start = datetime.strptime(row["start"], DATETIME)
    end = datetime.strptime(row.get("end") or row["start"], DATETIME)
    since, until = start - timedelta(seconds=1), end + timedelta(seconds=1)
    page = await stored.page(dut, video, data, since=since, until=until)
    dut.demand(
        1 <= page.get("total", 0) <= total,
        "1 file or more, no more than in all",
        f"{page.get('total')} files of {total}",
    )
    outside = [each for each in stored.rows(page) if not _touches(each, since, until)]
    dut.demand(not outside, f"no files but those of {since} to {until}", checks.short(outside))
    listed = [each.get("url") for each in stored.rows(page)]
    if page.get("total", 0) <= 10:
        dut.demand(row.get("url") in listed, f"{row.get('url')} among the files of its period", checks.short(listed))
    old = await stored.page(dut, video, data, since=datetime(2001, 1, 1), until=datetime(2001, 1, 2))
    dut.demand(not old.get("total") and not stored.rows(old), "no files of 2001", f"total {old.get('total')}")
    now = await device_time.read(dut)
    new = await stored.page(dut, video, data, since=now + stored.DAY, until=now + 2 * stored.DAY)
    dut.demand(not new.get("total") and not stored.rows(new), "no files of tomorrow", f"total {new.get('total')}")


def _touches(row: JsonObject, since: datetime, until: datetime) -> bool:
    start = datetime.strptime(row.get("start", ""), DATETIME)
    end = datetime.strptime(row.get("end") or row["start"], DATETIME)
    return start <= until and end >= since


@case(
    "IV.513/inverted",
    "A period that ends before it begins must hold no files or be refused",
    requirement="IV.513/period",
    capabilities=capabilities_of(513),
)
async def test_an_inverted_period_holds_nothing(case: Case, dut: Device) -> None:
    now = await device_time.read(dut)
    times = {
        "starttime": now.strftime(DATETIME),
        "endtime": (now - 3 * stored.DAY).strftime(DATETIME),
    }
    reply = await dut.ask(513, {**times, "pageindex": 1, "pagecount": 10, "videotype": 1, "datatype": 1})
    if reply.ok:
        dut.judgement.observe("R168", "empty")
        dut.demand(not (reply.message or {}).get("datas"), "no files", checks.short(reply.message))
    else:
        dut.judgement.observe("R168", "refused")
        dut.check(checks.refused(dut.catalogue, reply, "R22"))


# 514


async def _days(dut: Device, video: int, data: int, year: int, month: int) -> list[int]:
    listed = await stored.days_of(dut, video, data, year, month)
    if len(set(listed)) != len(listed) or listed != sorted(listed):
        dut.judgement.observe("R70", "unordered or double")
    last = monthrange(year, month)[1]
    unreal = [day for day in listed if not 1 <= day <= last]
    dut.demand(not unreal, f"days of 1 to {last} (R70)", f"days {unreal}" if unreal else "as expected")
    return listed


@cases(
    Case(
        f"IV.514/days-{name}",
        f"The days with {name} files must be those on which 513 lists some",
        _SAFE,
        requirement="IV.514/days",
        capabilities=_LISTED,
        writes=("pair:15", "recording"),
        data=kind,
        waits_s=10,
    )
    for name, kind in stored.KINDS.items()
)
async def test_the_days_are_those_of_the_list(case: Case[stored.Kind], dut: Device) -> None:
    video, data = case.data.video, case.data.data
    await stored.ensure_files(dut, video, data, 1)
    now = await device_time.read(dut)
    for year, month in {(now.year, now.month), ((now - 40 * stored.DAY).year, (now - 40 * stored.DAY).month)}:
        listed = set(await _days(dut, video, data, year, month))
        for number in range(1, monthrange(year, month)[1] + 1):
            since = datetime(year, month, number)
            page = await stored.page(dut, video, data, since=since, until=since + stored.DAY - timedelta(seconds=1))
            if any(not _touches(row, since - stored.DAY, since + 2 * stored.DAY) for row in stored.rows(page)):
                raise CaseInconclusive("513 lists files of other days (IV.513/period)")
            over_midnight = any(
                str(row.get("start"))[:10] != str(row.get("end", row.get("start")))[:10] for row in stored.rows(page)
            )
            if over_midnight or (number in listed) == bool(page.get("total")):
                continue
            # A file that runs over midnight may count for either day (R168).
            around = await stored.page(
                dut, video, data, since=since - timedelta(hours=1), until=since + stored.DAY + timedelta(hours=1)
            )
            if around.get("total") == page.get("total"):
                wanted = "with" if page.get("total") else "without"
                dut.demand(False, f"{since:%Y-%m-%d} {wanted} files, as 513 says", f"days {sorted(listed)}")
        dut.demand(
            bool(listed) or (year, month) != (now.year, now.month),
            "days with files",
            f"{year}-{month:02}: {sorted(listed)}",
        )
    long_ago = await _days(dut, video, data, 2001, now.month)
    dut.demand(not long_ago, "no days of the same month in 2001", f"days {long_ago}")


@case(
    "IV.514/empty-month",
    "A month long ago must have no days with files",
    requirement="IV.514/days",
    capabilities=capabilities_of(514),
)
async def test_a_month_long_ago_is_empty(case: Case, dut: Device) -> None:
    listed = await _days(dut, 1, 1, 2001, 2)
    dut.demand(not listed, "no days with files", f"days {listed}")
