"""Commands 509, 513 and 514: a recording or a picture is filed under its own stream, kind and day."""

from __future__ import annotations

from calendar import monthrange
from datetime import datetime
from typing import NamedTuple

from conformance import checks
from conformance.catalogue import Safety
from conformance.catalogue.json_types import JsonObject
from conformance.checks.files import opens
from conformance.dut.device import Device
from conformance.rules.case import Case, case, cases
from conformance.rules.verdict import CaseInconclusive, CaseNotApplicable
from conformance.steps import device_time, waiting
from conformance.steps import stored_files as stored
from conformance.steps.capabilities import capabilities_of
from conformance.steps.downloads import download
from conformance.steps.linkage import end_event, event_of, facts_of, happen, linkage_of

_SAFE = Safety.REVERSIBLE
_RECORDING = capabilities_of(509)
_LISTED = capabilities_of(509, 513)
_STREAMS = {1: "visible", 2: "infrared", 3: "both"}
_WORDS = {1: "the visible stream", 2: "the infrared stream", 3: "both streams"}
_VIDEO, _PICTURE = 1, 2
_KINDS = frozenset(stored.KINDS.values())

# 509


@cases(
    Case(
        f"IV.509/delay-{seconds}",
        f"A delayed recording must wait the {seconds} s of record_interval, and count them down",
        _SAFE,
        requirement="IV.509/delay",
        capabilities=_RECORDING,
        writes=("pair:15", "recording"),
        data=seconds,
        waits_s=seconds + 1,
    )
    for seconds in (3, 8)
)
async def test_a_delayed_recording_waits_its_time(case: Case[int], dut: Device) -> None:
    wait = case.data
    await dut.must(15, {"record_interval": wait, "record_time": 60, "capture_interval": 45})
    asked = dut.clock.now()
    await stored.operate(dut, stored.LATER, 1)
    first, waited = await stored.status(dut), (dut.clock.now() - asked).total_seconds()

    async def started() -> bool:
        return bool((await stored.status(dut))["delay_status"] == 1)

    began = await waiting.until(dut, started, wait + 4, 0.5)
    passed = (dut.clock.now() - asked).total_seconds()
    await stored.operate(dut, stored.STOP_LATER, 1)
    left = (await stored.status(dut))["delay_status"]
    dut.demand(left == 0, "delay_status 0 after the stop", f"delay_status {left!r}")
    if first["delay_status"] == 3:
        left = first["delay_time"]
        near = wait - waited - 2 <= left <= wait + 1
        dut.demand(near, f"delay_time about {wait} s at first, counting down (R130)", f"delay_time {left!r}")
    seen = f"it began after {passed:.0f} s" if began else f"none after {passed:.0f} s"
    dut.demand(began and passed >= wait - 1.5, f"the recording begins after {wait} s (record_interval)", seen)


@case(
    "IV.509/asking",
    "A query of the state of recording must not start or stop a recording",
    _SAFE,
    capabilities=_RECORDING,
    writes=("recording",),
)
async def test_a_query_starts_and_stops_nothing(case: Case, dut: Device) -> None:
    """Subtype 4 is a query. It is not said whether record_stream 0 makes another subtype one (R131)."""
    rest = _running(await stored.status(dut))
    for subtype, stream in (
        *((stored.ASK, stream) for stream in _STREAMS),
        *((subtype, 0) for subtype in (stored.NOW, stored.LATER, stored.CAPTURE)),
    ):
        reply = await dut.ask(509, {"record_stream": stream}, extra={"subtype": subtype}, legal=False)
        if not reply.ok:
            dut.check(checks.refused(dut.catalogue, reply, "R22", "R33"))
        state = _running(await stored.status(dut))
        if reply.ok and subtype != stored.ASK:
            dut.judgement.observe("R131", f"record_stream 0 accepted, {'nothing' if state == rest else 'it'} begins")
            for end in (stored.STOP, stored.STOP_LATER, stored.STOP_CAPTURE):
                # A device may refuse to stop what does not run (R171).
                await dut.ask(509, {"record_stream": 1}, extra={"subtype": end})
            continue
        dut.demand(
            state == rest, f"subtype {subtype}, record_stream {stream} leaves {checks.short(rest)}", checks.short(state)
        )
    await stored.operate(dut, stored.NOW, 1)
    await stored.status(dut)
    state = await stored.status(dut)
    dut.demand(
        state["status"] == 1, "status 1 while it records, however often it is asked", f"status {state['status']!r}"
    )
    await stored.operate(dut, stored.STOP, 1)
    state = await stored.status(dut)
    dut.demand(state["status"] == 0, "status 0 after the stop", f"status {state['status']!r}")


def _running(state: JsonObject) -> JsonObject:
    return {name: state[name] for name in stored.RUNNING}


class _Recording(NamedTuple):
    """A subtype of 509 that records, and the stream (1 visible, 2 infrared, 3 both)."""

    subtype: int
    stream: int


_WAYS = {"now": stored.NOW, "later": stored.LATER, "series": stored.CAPTURE}


@cases(
    Case(
        f"IV.509/filed-{way}-{name}",
        f"A recording of {_WORDS[stream]} by subtype {subtype} must be filed under what it records alone",
        _SAFE,
        requirement="IV.509/filed",
        capabilities=_LISTED,
        writes=("pair:15", "recording"),
        data=_Recording(subtype, stream),
        waits_s=6,
    )
    for way, subtype in _WAYS.items()
    for stream, name in _STREAMS.items()
)
async def test_a_recording_is_filed_under_its_stream(case: Case[_Recording], dut: Device) -> None:
    subtype, stream = case.data.subtype, case.data.stream
    data = _PICTURE if subtype == stored.CAPTURE else _VIDEO
    await dut.must(15, {"record_interval": 1, "record_time": 60, "capture_interval": 1, "capture_count": 1})
    before = {video: await stored.urls(dut, video, data) for video in (1, 2)}
    reply = await dut.ask(509, {"record_stream": stream}, extra={"subtype": subtype})
    if not reply.ok and stream == 3 and subtype != stored.NOW:
        # delay_status and capture_status name one stream: a device may not be able to delay both.
        dut.judgement.observe("509", f"subtype {subtype} of both is refused")
        dut.check(checks.refused(dut.catalogue, reply, "R22", "R33"))
        return
    dut.check(checks.success(reply))
    await _finish(dut, subtype, stream)
    own = {1, 2} if stream == 3 else {stream}
    for video in sorted(own):
        files = await stored.new_files(dut, video, data, before[video])
        dut.demand(bool(files), f"another file of videotype {video} in 513", "no new file")
    for video in {1, 2} - own:
        await stored.judge_nothing_new(dut, video, data, before[video])


async def _finish(dut: Device, subtype: int, stream: int) -> None:
    """Let a recording run for 2 s and stop it; let a series of one picture end."""
    if subtype == stored.CAPTURE:
        await waiting.until(dut, lambda: stored.series_is_over(dut), 8, 0.5)
        return
    if subtype == stored.LATER:

        async def started() -> bool:
            return bool((await stored.status(dut))["delay_status"] in (1, 2))

        await waiting.until(dut, started, 5, 0.5)
    await dut.clock.sleep(2)
    await stored.operate(dut, stored.STOP if subtype == stored.NOW else stored.STOP_LATER, stream)
    state = _running(await stored.status(dut))
    dut.demand(not any(state.values()), "nothing is recorded after the stop", checks.short(state))


# 513


@cases(
    Case(
        f"IV.513/taken-{name}",
        f"A picture of the {name} stream must be listed under its stream with its time, and be available for download",
        _SAFE,
        requirement="IV.513/taken",
        capabilities=_LISTED,
        writes=("pair:15", "recording", "clock"),
        data=stream,
        waits_s=3,
    )
    for stream, name in ((1, "visible"), (2, "infrared"))
)
async def test_a_picture_is_listed_as_one(case: Case[int], dut: Device) -> None:
    own = stored.Kind(case.data, _PICTURE)
    await dut.must(15, {"capture_interval": 1, "capture_count": 1})
    before = {kind: await stored.urls(dut, *kind) for kind in _KINDS}
    began = await device_time.read(dut)
    await stored.take_picture(dut, case.data)
    files = await stored.new_files(dut, *own, before[own])
    ended = await device_time.read(dut)
    for kind in sorted(_KINDS - {own}):
        await stored.judge_nothing_new(dut, *kind, before[kind])
    if not dut.demand(bool(files), "another picture in 513 (datatype 2)", "no new file"):
        return
    await stored.judge_times(dut, files[0], began, ended)
    url = str(files[0].get("url", ""))
    dut.check(opens(url, await download(dut, url)))


_ALARM = event_of(21)


@case(
    "IV.513/alarm",
    "A file that an alarm has stored must be listed as one of an alarm, not as one by hand",
    _SAFE,
    **facts_of(_ALARM, capabilities=("storage",)),
    waits_s=20,
)
async def test_a_file_of_an_alarm_is_not_by_hand(case: Case, dut: Device) -> None:
    """III.21 judges whether an alarm stores a file; without one this case does not apply."""
    linkage = {**linkage_of(_ALARM, "record"), **linkage_of(_ALARM, "capture")}
    await _ALARM.apply_settings(dut, **linkage)
    before = {kind: await stored.urls(dut, *kind) for kind in _KINDS}
    try:
        await happen(dut, _ALARM)
        await dut.clock.sleep(15)
        came = [
            row
            for kind in sorted(_KINDS)
            for url, row in (await stored.urls(dut, *kind)).items()
            if url not in before[kind]
        ]
    finally:
        await end_event(dut, _ALARM)
    if not came:
        raise CaseNotApplicable("an alarm stores no file on this device (III.21)")
    types = sorted({str(row.get("type")) for row in came})
    expected = f"types of alarms and events, not {stored.BY_HAND} (by hand)"
    dut.demand(str(stored.BY_HAND) not in types, expected, f"types {', '.join(types)}")


# 514

_FIRST_YEAR = 2019


@cases(
    Case(
        f"IV.514/own-day-{name}",
        f"A day with one {name} file must be listed for its own kind, month and year, and for no other",
        _SAFE,
        requirement="IV.514/own-day",
        capabilities=_LISTED,
        writes=("clock", "pair:15", "recording"),
        data=kind,
        waits_s=5,
    )
    for name, kind in stored.KINDS.items()
)
async def test_a_day_is_one_of_its_kind(case: Case[stored.Kind], dut: Device) -> None:
    """The clock is set back to a month without files; a device may delete files that are older than the present."""
    video, data = case.data.video, case.data.data
    year, month = await _empty_month(dut)
    await dut.must(506, {"datetime": f"{year}-{month:02}-17 11:20:30"})
    if data == _PICTURE:
        await dut.must(15, {"capture_interval": 1, "capture_count": 1})
        await stored.take_picture(dut, video)
    else:
        await stored.record(dut, video, 2)
    await dut.clock.sleep(1)
    days = {kind: set(await stored.days_of(dut, *kind, year, month)) for kind in _KINDS}
    files = {kind: await _files(dut, *kind, year, month) for kind in _KINDS}
    if not files[case.data] or any(files[kind] for kind in _KINDS - {case.data}):
        raise CaseInconclusive(
            f"513 lists {len(files[case.data])} files of this kind and month, or files of another kind (IV.513)"
        )
    dates = {int(str(row.get("start"))[8:10]) for row in files[case.data]}
    dut.demand(days[case.data] == dates, f"the days {sorted(dates)} of 513", f"the days {sorted(days[case.data])}")
    for kind in sorted(_KINDS - {case.data}):
        expected = f"no days of videotype {kind.video}, datatype {kind.data}"
        dut.demand(not days[kind], expected, f"the days {sorted(days[kind])}")
    for other_year, other_month in ((year - 1, month), (year, month % 12 + 1)):
        if not await _files(dut, video, data, other_year, other_month):
            found = await stored.days_of(dut, video, data, other_year, other_month)
            dut.demand(not found, f"no days in {other_year}-{other_month:02}", f"the days {sorted(found)}")


async def _empty_month(dut: Device) -> tuple[int, int]:
    for year in range(_FIRST_YEAR, _FIRST_YEAR - 4, -1):
        for month in (5, 9, 2):
            if not any([await _files(dut, *kind, year, month) for kind in _KINDS]):
                return year, month
    raise CaseInconclusive("every month of some years ago has files")


async def _files(dut: Device, video: int, data: int, year: int, month: int) -> list[JsonObject]:
    since = datetime(year, month, 1)
    until = datetime(year, month, monthrange(year, month)[1], 23, 59, 59)
    return stored.rows(await stored.page(dut, video, data, since=since, until=until))
