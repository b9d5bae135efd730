"""Chapter IV, 509 to 514: what is recorded is told, listed, dated and can be fetched."""

from __future__ import annotations

import math
from calendar import monthrange
from datetime import datetime, timedelta
from typing import Any

from conformance import checks
from conformance.case import Case, case, cases
from conformance.catalogue import Safety
from conformance.files import opens
from conformance.suites import steps
from conformance.verdict import CaseInconclusive
from fixtures.device import Device

_SAFE = Safety.REVERSIBLE
_RECORDING = steps.capabilities(509)
_LISTED = steps.capabilities(509, 513)
_KINDS = {
    f"{video}-{data}": (v, d)
    for v, video in ((1, "visible"), (2, "infrared"))
    for d, data in ((1, "video"), (2, "picture"))
}
_NOW, _LATER, _STOP, _ASK, _CAPTURE, _STOP_LATER, _STOP_CAPTURE = range(1, 8)
_DAY = timedelta(days=1)
_BY_HAND = 5


async def _do(dut: Device, subtype: int, stream: int) -> None:
    reply = await dut.succeeds(509, {"record_stream": stream}, extra={"subtype": subtype})
    dut.conforms(dut.catalogue.commands[509], reply)


async def _status(dut: Device) -> dict[str, Any]:
    reply = await dut.succeeds(509, {"record_stream": 0}, extra={"subtype": _ASK})
    dut.conforms(dut.catalogue.commands[509], reply)
    state = reply.message or {}
    # What is not there is not going on.
    return {name: state.get(name, 0) for name in dict.fromkeys([*_FIELDS, *state])}


_FIELDS = "status time allrecord alltime delay_status delay_time capture_status capture_count capture_total".split()


# 509


@case("IV.509/query", "IV.509/query", "The state of recording is told", "IV.509", capabilities=_RECORDING, quick=True)
async def test_the_state_of_recording_is_told(case: Case, dut: Device) -> None:
    reply = await dut.succeeds(509, {"record_stream": 0}, extra={"subtype": _ASK})
    dut.conforms(dut.catalogue.commands[509], reply)
    missing = [name for name in ("status", "allrecord") if name not in (reply.message or {})]
    dut.demand(not missing, "the state of recording", f"without {missing}" if missing else "told")


@cases(
    Case(
        f"IV.509/record-{name}",
        "IV.509/record",
        f"Recording the {name} stream starts, its time runs, and it stops",
        "IV.509",
        _SAFE,
        capabilities=_RECORDING,
        writes=("recording",),
        data=(stream, key, value, clock),
        quick=stream == 1,
        waits_s=3,
    )
    for stream, name, key, value, clock in (
        (1, "visible", "status", 1, "time"),
        (2, "infrared", "status", 2, "time"),
        (3, "dual", "allrecord", 1, "alltime"),
    )
)
async def test_recording_starts_runs_and_stops(case: Case, dut: Device) -> None:
    stream, key, running, clock = case.data
    await _do(dut, _NOW, stream)
    state = await _status(dut)
    dut.demand(state[key] == running, f"{key} {running} while it records", f"{key} {state[key]!r}")
    await dut.clock.sleep(3)
    later = await _status(dut)
    passed = later[clock] - state[clock]
    dut.demand(1 <= passed <= 6, f"{clock} counts up by 3 s", f"{clock} {state[clock]} -> {later[clock]}")
    await _do(dut, _STOP, stream)
    state = await _status(dut)
    dut.demand(state[key] == 0, f"{key} 0 after the stop", f"{key} {state[key]!r}")
    other = {"status": "allrecord", "allrecord": "status"}[key]
    dut.demand(state[other] == 0, f"{other} 0 too", f"{other} {state[other]!r}")


@case(
    "IV.509/stream-0",
    "IV.509/record",
    "Record_stream 0 with another subtype than 4 is refused, or does no harm",
    "IV.509",
    _SAFE,
    capabilities=_RECORDING,
    writes=("recording",),
)
async def test_stream_0_goes_with_subtype_4(case: Case, dut: Device) -> None:
    reply = await dut.ask(509, {"record_stream": 0}, extra={"subtype": _STOP}, legal=False)
    if reply.ok:
        dut.judgement.observe("R131", "record_stream 0 accepted")
        dut.conforms(dut.catalogue.commands[509], reply)
    else:
        dut.check(checks.refused(dut.catalogue, reply, "R22"))


@cases(
    Case(
        f"IV.509/delayed-{name}",
        "IV.509/delayed",
        f"A delayed recording of the {name} stream waits, records and is stopped",
        "IV.509",
        _SAFE,
        capabilities=_RECORDING,
        writes=("pair:15", "recording"),
        data=stream,
        waits_s=9,
    )
    for stream, name in ((1, "visible"), (2, "infrared"))
)
async def test_a_delayed_recording_waits_records_and_stops(case: Case, dut: Device) -> None:
    stream = case.data
    await dut.must(15, {"record_interval": 5, "record_time": 60})
    await _do(dut, _LATER, stream)
    first = await _status(dut)
    dut.demand(first["delay_status"] == stream + 2, f"delay_status {stream + 2} (about to start, R130)", _delay(first))
    await dut.clock.sleep(2)
    second = await _status(dut)
    if second["delay_status"] == stream + 2:
        fell = first["delay_time"] - second["delay_time"]
        dut.demand(1 <= fell <= 4, "delay_time counts down (R130)", f"{_delay(first)} -> {_delay(second)}")

    async def started() -> bool:
        return bool((await _status(dut))["delay_status"] == stream)

    began = await steps.until(dut, started, 8, 1)
    third = await _status(dut)
    dut.demand(began, f"delay_status {stream} after record_interval (5 s)", _delay(third))
    await dut.clock.sleep(2)
    fourth = await _status(dut)
    rose = fourth["delay_time"] - third["delay_time"]
    dut.demand(1 <= rose <= 4, "delay_time counts up (R130)", f"{_delay(third)} -> {_delay(fourth)}")
    await _do(dut, _STOP_LATER, stream)
    last = await _status(dut)
    dut.demand(last["delay_status"] == 0, "delay_status 0 after the stop", _delay(last))


def _delay(state: dict[str, Any]) -> str:
    return f"delay_status {state['delay_status']!r}, delay_time {state['delay_time']!r}"


@cases(
    Case(
        f"IV.509/capture-{name}",
        "IV.509/capture",
        f"Delayed pictures of the {name} stream are counted, listed and end by themselves",
        "IV.509",
        _SAFE,
        capabilities=_LISTED,
        writes=("pair:15", "recording"),
        data=stream,
        waits_s=20,
    )
    for stream, name in ((1, "visible"), (2, "infrared"))
)
async def test_delayed_pictures_are_counted_and_end(case: Case, dut: Device) -> None:
    stream = case.data
    await dut.must(15, {"capture_interval": 3, "capture_count": 2})
    before = await _urls(dut, stream, 2)
    await _do(dut, _CAPTURE, stream)
    state = await _status(dut)
    seen = {name: state[name] for name in ("capture_status", "capture_count", "capture_total")}
    dut.demand(
        seen["capture_status"] == stream and seen["capture_total"] == 2, f"capture_status {stream}, 2 in all", f"{seen}"
    )
    ended = await steps.until(dut, lambda: _no_series(dut), 18, 1)
    dut.demand(ended, "capture_status 0 after the last picture", "still capturing" if not ended else "0")
    taken = await _appeared(dut, stream, 2, before)
    dut.demand(len(taken) == 2, "two pictures more in 513", f"{len(taken)}")


async def _no_series(dut: Device) -> bool:
    return bool((await _status(dut))["capture_status"] == 0)


@case(
    "IV.509/capture-stopped",
    "IV.509/capture",
    "Delayed pictures are stopped by hand",
    "IV.509",
    _SAFE,
    capabilities=_RECORDING,
    writes=("pair:15", "recording"),
)
async def test_delayed_pictures_are_stopped(case: Case, dut: Device) -> None:
    await dut.must(15, {"capture_interval": 60, "capture_count": 3})
    await _do(dut, _CAPTURE, 1)
    state = await _status(dut)
    dut.demand(state["capture_status"] == 1, "capture_status 1", f"capture_status {state['capture_status']!r}")
    await _do(dut, _STOP_CAPTURE, 1)
    state = await _status(dut)
    dut.demand(state["capture_status"] == 0, "capture_status 0", f"capture_status {state['capture_status']!r}")


# 510


@case(
    "IV.510/download",
    "IV.510/download",
    "The log that 510 names can be fetched and opened",
    "IV.510",
    capabilities=steps.capabilities(510),
)
async def test_the_log_opens(case: Case, dut: Device) -> None:
    url = (await dut.get(510)).get("url", "")
    dut.check(opens(url, await steps.download(dut, url)))


# 511


@case(
    "IV.511/cleanup",
    "IV.511/cleanup",
    "Cleaning up is done, and 513 still tells the truth",
    "IV.511",
    Safety.DESTRUCTIVE,
    capabilities=steps.capabilities(511),
)
async def test_cleaning_up_is_done(case: Case, dut: Device) -> None:
    before = await _page(dut, 1, 1)
    await dut.succeeds(511, {})
    after = await _page(dut, 1, 1)
    # "Disk cache data" (IV.511): whether recordings belong to it is not said.
    total = after.get("total", 0)
    dut.judgement.observe("511", "empties 513" if not total else "keeps recordings")
    dut.demand(total <= before.get("total", 0), "no file more than before", f"{before.get('total')} -> {total}")


# 513


async def _page(
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
        now = await steps.device_time(dut)
        since, until = since or now - 40 * _DAY, until or now + _DAY
    period = {"starttime": since.strftime(steps.DATETIME), "endtime": until.strftime(steps.DATETIME)}
    paging = {"pageindex": index, "pagecount": count}
    return await dut.get(513, {**period, **paging, "videotype": video, "datatype": data})


def _rows(page: dict[str, Any]) -> list[dict[str, Any]]:
    return [row for row in page.get("datas") or [] if isinstance(row, dict)]


async def _urls(dut: Device, video: int, data: int) -> dict[str, dict[str, Any]]:
    """The files of the last minutes by url: few enough for one page under both readings of pagecount (R69)."""
    now = await steps.device_time(dut)
    since, until = now - timedelta(minutes=2), now + _DAY
    found: dict[str, dict[str, Any]] = {}
    index = 1
    while index <= 20:
        page = await _page(dut, video, data, index, 50, since=since, until=until)
        rows = _rows(page)
        found.update({str(row.get("url")): row for row in rows})
        if not rows or len(found) >= page.get("total", 0):
            break
        index += 1
    return found


async def _appeared(dut: Device, video: int, data: int, before: dict[str, Any]) -> list[dict[str, Any]]:
    """The files that came since `before`; a device may need a moment to write them."""
    found: dict[str, dict[str, Any]] = {}

    async def there() -> bool:
        found.clear()
        found.update({url: row for url, row in (await _urls(dut, video, data)).items() if url not in before})
        return bool(found)

    await steps.until(dut, there, 5, 1)
    return list(found.values())


async def _record(dut: Device, stream: int, seconds: float) -> None:
    await dut.must(509, {"record_stream": stream}, extra={"subtype": _NOW})
    await dut.clock.sleep(seconds)
    await dut.must(509, {"record_stream": stream}, extra={"subtype": _STOP})


@cases(
    Case(
        f"IV.513/recorded-{name}",
        "IV.513/recorded",
        f"A recording of the {name} stream by hand is listed, dated and can be fetched",
        "IV.513",
        _SAFE,
        capabilities=_LISTED,
        writes=("recording",),
        data=stream,
        waits_s=3,
    )
    for stream, name in ((1, "visible"), (2, "infrared"), (3, "dual"))
)
async def test_a_recording_is_listed_and_fetched(case: Case, dut: Device) -> None:
    videos = (1, 2) if case.data == 3 else (case.data,)
    before = {video: await _urls(dut, video, 1) for video in (1, 2)}
    began = await steps.device_time(dut)
    await _record(dut, case.data, 3)
    ended = await steps.device_time(dut)
    for video in videos:
        rows = await _appeared(dut, video, 1, before[video])
        if dut.demand(len(rows) >= 1, f"a file of videotype {video} more in 513", f"{len(rows)}"):
            await _judge_row(dut, rows[0], began, ended)
    for video in {1, 2} - set(videos):
        strange = [url for url in await _urls(dut, video, 1) if url not in before[video]]
        dut.demand(not strange, f"none of videotype {video}", f"{checks.short(strange)}")


async def _judge_row(dut: Device, row: dict[str, Any], began: datetime, ended: datetime) -> None:
    dut.demand(row.get("type") == _BY_HAND, "type 5 (by hand)", f"type {row.get('type')!r}")
    slack = timedelta(seconds=5)
    for name in ("start", "end"):
        if isinstance(row.get(name), str):
            at = datetime.strptime(row[name], steps.DATETIME)
            dut.demand(
                began - slack <= at <= ended + slack,
                f"{name} within the recording",
                f"{row[name]}, not {began} .. {ended}",
            )
    await _judge_file(dut, row)


async def _judge_file(dut: Device, row: dict[str, Any]) -> None:
    url = str(row.get("url", ""))
    body = await steps.download(dut, url)
    dut.check(await steps.work_file(lambda: opens(url, body)))
    if "filesize" in row:
        dut.demand(
            row["filesize"] == len(body),
            "filesize as many bytes as are fetched",
            f"{row['filesize']}, fetched {len(body)}",
        )


async def _some(dut: Device, video: int, data: int, least: int) -> int:
    """How many files there are; where they are too few, some are made."""
    total = (await _page(dut, video, data)).get("total", 0)
    if total >= least:
        return int(total)
    if data == 2:
        await dut.must(15, {"capture_interval": 1, "capture_count": least})
        await dut.must(509, {"record_stream": video}, extra={"subtype": _CAPTURE})
        await steps.until(dut, lambda: _no_series(dut), least * 4, 1)
    else:
        for _ in range(least - total):
            await _record(dut, video, 1.5)
    await dut.clock.sleep(1)
    total = (await _page(dut, video, data)).get("total", 0)
    if not total:
        raise CaseInconclusive("513 lists nothing, and nothing could be recorded")
    return int(total)


@cases(
    Case(
        f"IV.513/file-{name}",
        "IV.513/file",
        f"A listed file ({name}) can be fetched, has its size and opens",
        "IV.513",
        _SAFE,
        capabilities=_LISTED,
        writes=("pair:15", "recording"),
        data=kind,
        waits_s=10,
    )
    for name, kind in _KINDS.items()
)
async def test_a_listed_file_can_be_fetched(case: Case, dut: Device) -> None:
    video, data = case.data
    await _some(dut, video, data, 1)
    for row in _rows(await _page(dut, video, data))[:2]:
        await _judge_file(dut, row)


@cases(
    Case(
        f"IV.513/pages-{name}",
        "IV.513/pages",
        f"The pages of {name} files are disjoint and add up to the total",
        "IV.513",
        _SAFE,
        capabilities=_LISTED,
        writes=("pair:15", "recording"),
        data=kind,
        waits_s=25,
    )
    for name, kind in _KINDS.items()
)
async def test_pages_are_disjoint_and_add_up(case: Case, dut: Device) -> None:
    video, data = case.data
    await _some(dut, video, data, 4)
    now = await steps.device_time(dut)
    period = {"since": now - 40 * _DAY, "until": now + _DAY}
    first = await _page(dut, video, data, 1, 1, **period)
    total = first.get("total", 0)
    count = max(3, math.ceil(total / 8))
    seen: list[str] = []
    totals, sizes = [total], []
    for index in range(1, 13):
        page = await _further(dut, video, data, index, count, period)
        totals.append(page.get("total", total))
        rows = [f"{row.get('url')} {row.get('start')}" for row in _rows(page)]
        seen += rows
        sizes.append(len(rows))
        if not rows:
            break
    dut.demand(len(set(totals)) == 1, "the same total on every page", f"totals {totals}")
    dut.demand(len(set(seen)) == len(seen), "no file on two pages", f"{len(seen)} rows, {len(set(seen))} files")
    whole = sizes[-1] == 0
    dut.demand(not whole or len(seen) == total, f"{total} files on all pages", f"{len(seen)} ({sizes})")
    as_size, as_number = min(count, total), math.ceil(total / count)
    if as_size != as_number:
        dut.judgement.observe("R69", "pages" if sizes[0] == as_number else "page size")
    dut.demand(sizes[0] in (as_size, as_number), f"{as_size} rows on page 1 (or {as_number}, R69)", f"{sizes[0]}")


async def _further(
    dut: Device, video: int, data: int, index: int, count: int, period: dict[str, Any]
) -> dict[str, Any]:
    """A page that may be beyond the last one: that one is empty, or refused."""
    if index == 1:
        return await _page(dut, video, data, index, count, **period)
    times = {"starttime": period["since"].strftime(steps.DATETIME), "endtime": period["until"].strftime(steps.DATETIME)}
    message = {**times, "pageindex": index, "pagecount": count, "videotype": video, "datatype": data}
    reply = await dut.ask(513, message)
    if not reply.ok:
        dut.check(checks.refused(dut.catalogue, reply, "R22", "R33"))
    return (reply.message or {}) if reply.ok else {}


@cases(
    Case(
        f"IV.513/period-{name}",
        "IV.513/period",
        f"The time asked for is respected ({name})",
        "IV.513",
        _SAFE,
        capabilities=_LISTED,
        writes=("pair:15", "recording"),
        data=kind,
        waits_s=10,
    )
    for name, kind in _KINDS.items()
)
async def test_the_time_asked_for_is_respected(case: Case, dut: Device) -> None:
    video, data = case.data
    total = await _some(dut, video, data, 2)
    row = _rows(await _page(dut, video, data))[0]
    if not isinstance(row.get("start"), str):
        raise CaseInconclusive("the files have no start")
    start = datetime.strptime(row["start"], steps.DATETIME)
    end = datetime.strptime(row.get("end") or row["start"], steps.DATETIME)
    since, until = start - timedelta(seconds=1), end + timedelta(seconds=1)
    page = await _page(dut, video, data, since=since, until=until)
    dut.demand(
        1 <= page.get("total", 0) <= total, "1 file or more, no more than in all", f"{page.get('total')} of {total}"
    )
    outside = [each for each in _rows(page) if not _touches(each, since, until)]
    dut.demand(not outside, f"files of {since} to {until}", checks.short(outside))
    listed = [each.get("url") for each in _rows(page)]
    if page.get("total", 0) <= 10:
        dut.demand(row.get("url") in listed, f"{row.get('url')} among them", checks.short(listed))
    old = await _page(dut, video, data, since=datetime(2001, 1, 1), until=datetime(2001, 1, 2))
    dut.demand(not old.get("total") and not _rows(old), "nothing of 2001", f"total {old.get('total')}")


def _touches(row: dict[str, Any], since: datetime, until: datetime) -> bool:
    start = datetime.strptime(row.get("start", ""), steps.DATETIME)
    end = datetime.strptime(row.get("end") or row["start"], steps.DATETIME)
    return start <= until and end >= since


@case(
    "IV.513/inverted",
    "IV.513/period",
    "A period that ends before it begins holds nothing, or is refused",
    "IV.513",
    capabilities=steps.capabilities(513),
)
async def test_an_inverted_period_holds_nothing(case: Case, dut: Device) -> None:
    now = await steps.device_time(dut)
    times = {"starttime": now.strftime(steps.DATETIME), "endtime": (now - 3 * _DAY).strftime(steps.DATETIME)}
    reply = await dut.ask(513, {**times, "pageindex": 1, "pagecount": 10, "videotype": 1, "datatype": 1})
    if reply.ok:
        dut.judgement.observe("R168", "empty")
        dut.demand(not (reply.message or {}).get("datas"), "no files", checks.short(reply.message))
    else:
        dut.judgement.observe("R168", "refused")
        dut.check(checks.refused(dut.catalogue, reply, "R22"))


# 514


async def _days(dut: Device, video: int, data: int, year: int, month: int) -> list[int]:
    shown = await dut.get(514, {"videotype": video, "datatype": data, "year": year, "month": month})
    listed = [day for day in shown.get("days") or [] if isinstance(day, int)]
    if len(set(listed)) != len(listed) or listed != sorted(listed):
        dut.judgement.observe("R70", "unordered or double")
    last = monthrange(year, month)[1]
    unreal = [day for day in listed if not 1 <= day <= last]
    dut.demand(not unreal, f"days of 1 to {last} (R70)", f"{unreal or 'so'}")
    return listed


@cases(
    Case(
        f"IV.514/days-{name}",
        "IV.514/days",
        f"The days with {name} files are those on which 513 lists some",
        "IV.514",
        _SAFE,
        capabilities=_LISTED,
        writes=("pair:15", "recording"),
        data=kind,
        waits_s=10,
    )
    for name, kind in _KINDS.items()
)
async def test_the_days_are_those_of_the_list(case: Case, dut: Device) -> None:
    video, data = case.data
    await _some(dut, video, data, 1)
    now = await steps.device_time(dut)
    for year, month in {(now.year, now.month), ((now - 40 * _DAY).year, (now - 40 * _DAY).month)}:
        listed = set(await _days(dut, video, data, year, month))
        for number in range(1, monthrange(year, month)[1] + 1):
            since = datetime(year, month, number)
            page = await _page(dut, video, data, since=since, until=since + _DAY - timedelta(seconds=1))
            if any(not _touches(row, since - _DAY, since + 2 * _DAY) for row in _rows(page)):
                raise CaseInconclusive("513 lists files of other days (IV.513/period)")
            over_midnight = any(
                str(row.get("start"))[:10] != str(row.get("end", row.get("start")))[:10] for row in _rows(page)
            )
            if over_midnight or (number in listed) == bool(page.get("total")):
                continue
            # One that runs over midnight may count for either of its days (R168).
            around = await _page(
                dut, video, data, since=since - timedelta(hours=1), until=since + _DAY + timedelta(hours=1)
            )
            if around.get("total") == page.get("total"):
                wanted = "with" if page.get("total") else "without"
                dut.demand(False, f"{since:%Y-%m-%d} {wanted} files, as 513 says", f"days {sorted(listed)}")
        dut.demand(
            bool(listed) or (year, month) != (now.year, now.month),
            "days with files",
            f"{year}-{month}: {sorted(listed)}",
        )


@case(
    "IV.514/empty-month",
    "IV.514/days",
    "A month long ago has no days with files",
    "IV.514",
    capabilities=steps.capabilities(514),
)
async def test_a_month_long_ago_is_empty(case: Case, dut: Device) -> None:
    listed = await _days(dut, 1, 1, 2001, 2)
    dut.demand(not listed, "no days", f"{listed}")
