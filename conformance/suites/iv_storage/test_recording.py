"""Command 509: a recording now or later is shown, runs, and stops."""

from __future__ import annotations

from typing import NamedTuple

from conformance import checks
from conformance.catalogue import Safety
from conformance.catalogue.json_types import JsonObject
from conformance.dut.device import Device
from conformance.rules.case import Case, case, cases
from conformance.steps import stored_files as stored
from conformance.steps import waiting
from conformance.steps.capabilities import capabilities_of

_SAFE = Safety.REVERSIBLE
_RECORDING = capabilities_of(509)
_LISTED = capabilities_of(509, 513)


@case("IV.509/query", "Command 509 must show the state of recording", capabilities=_RECORDING, quick=True)
async def test_the_state_of_recording_is_shown(case: Case, dut: Device) -> None:
    reply = await dut.succeeds(509, {"record_stream": 0}, extra={"subtype": stored.ASK})
    dut.conforms(dut.catalogue.commands[509], reply)
    state = stored.state_of(dut, reply)
    missing = [name for name in ("status", "allrecord") if name not in state]
    dut.demand(
        not missing,
        "a state of recording with status and allrecord",
        f"a state without {', '.join(missing)}" if missing else "as expected",
    )


_STREAMS = {"visible": "the visible stream", "infrared": "the infrared stream", "dual": "both streams"}


class _Recording(NamedTuple):
    """A stream, the field that shows its recording, the value while it runs, and the field that counts its time."""

    stream: int
    field: str
    running: int
    clock: str


@cases(
    Case(
        f"IV.509/record-{name}",
        f"A recording of {_STREAMS[name]} must start, count its time, and stop",
        _SAFE,
        requirement="IV.509/record",
        capabilities=_RECORDING,
        writes=("recording",),
        data=recording,
        quick=recording.stream == 1,
        waits_s=3,
    )
    for name, recording in (
        ("visible", _Recording(1, "status", 1, "time")),
        ("infrared", _Recording(2, "status", 2, "time")),
        ("dual", _Recording(3, "allrecord", 1, "alltime")),
    )
)
async def test_recording_starts_runs_and_stops(case: Case[_Recording], dut: Device) -> None:
    stream, key, running, clock = case.data.stream, case.data.field, case.data.running, case.data.clock
    await stored.operate(dut, stored.NOW, stream)
    state = await stored.status(dut)
    dut.demand(state[key] == running, f"{key} {running} while it records", f"{key} {state[key]!r}")
    await dut.clock.sleep(3)
    later = await stored.status(dut)
    passed = later[clock] - state[clock]
    dut.demand(1 <= passed <= 6, f"{clock} counts up by 3 s", f"{clock} {state[clock]} -> {later[clock]}")
    await stored.operate(dut, stored.STOP, stream)
    state = await stored.status(dut)
    dut.demand(state[key] == 0, f"{key} 0 after the stop", f"{key} {state[key]!r}")
    other = {"status": "allrecord", "allrecord": "status"}[key]
    dut.demand(state[other] == 0, f"{other} 0 after the stop", f"{other} {state[other]!r}")


@case(
    "IV.509/stream-0",
    "record_stream 0 with another subtype than 4 must be refused or do no harm",
    _SAFE,
    requirement="IV.509/record",
    capabilities=_RECORDING,
    writes=("recording",),
)
async def test_stream_0_goes_with_subtype_4(case: Case, dut: Device) -> None:
    reply = await dut.ask(509, {"record_stream": 0}, extra={"subtype": stored.STOP}, legal=False)
    if reply.ok:
        dut.judgement.observe("R131", "record_stream 0 accepted")
        dut.conforms(dut.catalogue.commands[509], reply)
    else:
        dut.check(checks.refused(dut.catalogue, reply, "R22"))


@cases(
    Case(
        f"IV.509/delayed-{name}",
        f"A delayed recording of the {name} stream must wait, record, and stop",
        _SAFE,
        requirement="IV.509/delayed",
        capabilities=_RECORDING,
        writes=("pair:15", "recording"),
        data=stream,
        waits_s=9,
    )
    for stream, name in ((1, "visible"), (2, "infrared"))
)
async def test_a_delayed_recording_waits_records_and_stops(case: Case[int], dut: Device) -> None:
    stream = case.data
    # The intervals of recordings and of pictures are far apart, so that a device that confuses them is found.
    await dut.must(15, {"record_interval": 5, "record_time": 60, "capture_interval": 45})
    await stored.operate(dut, stored.LATER, stream)
    first = await stored.status(dut)
    dut.demand(first["delay_status"] == stream + 2, f"delay_status {stream + 2} (about to start, R130)", _delay(first))
    await dut.clock.sleep(2)
    second = await stored.status(dut)
    if second["delay_status"] == stream + 2:
        fell = first["delay_time"] - second["delay_time"]
        dut.demand(1 <= fell <= 4, "delay_time counts down (R130)", f"{_delay(first)} -> {_delay(second)}")

    async def started() -> bool:
        return bool((await stored.status(dut))["delay_status"] == stream)

    began = await waiting.until(dut, started, 8, 1)
    third = await stored.status(dut)
    dut.demand(began, f"delay_status {stream} after record_interval (5 s)", _delay(third))
    await dut.clock.sleep(2)
    fourth = await stored.status(dut)
    rose = fourth["delay_time"] - third["delay_time"]
    dut.demand(1 <= rose <= 4, "delay_time counts up (R130)", f"{_delay(third)} -> {_delay(fourth)}")
    await stored.operate(dut, stored.STOP_LATER, stream)
    last = await stored.status(dut)
    dut.demand(last["delay_status"] == 0, "delay_status 0 after the stop", _delay(last))


def _delay(state: JsonObject) -> str:
    return f"delay_status {state['delay_status']!r}, delay_time {state['delay_time']!r}"


@cases(
    Case(
        f"IV.509/capture-{name}",
        f"Delayed pictures of the {name} stream must be counted, be listed and end by themselves",
        _SAFE,
        requirement="IV.509/capture",
        capabilities=_LISTED,
        writes=("pair:15", "recording"),
        data=stream,
        waits_s=20,
    )
    for stream, name in ((1, "visible"), (2, "infrared"))
)
async def test_delayed_pictures_are_counted_and_end(case: Case[int], dut: Device) -> None:
    stream = case.data
    await dut.must(15, {"capture_interval": 3, "capture_count": 2})
    before = await stored.urls(dut, stream, 2)
    await stored.operate(dut, stored.CAPTURE, stream)
    state = await stored.status(dut)
    seen = {name: state[name] for name in ("capture_status", "capture_count", "capture_total")}
    dut.demand(
        seen["capture_status"] == stream and seen["capture_total"] == 2,
        f"capture_status {stream}, 2 pictures in all",
        checks.short(seen),
    )
    ended = await waiting.until(dut, lambda: stored.series_is_over(dut), 18, 1)
    dut.demand(ended, "capture_status 0 after the last picture", "capture_status 0" if ended else "still capturing")
    taken = await stored.new_files(dut, stream, 2, before)
    dut.demand(len(taken) == 2, "two more pictures in 513", f"{len(taken)} more")


@case(
    "IV.509/capture-spaced",
    "Delayed pictures must be counted one by one, an interval apart",
    _SAFE,
    requirement="IV.509/capture",
    capabilities=_RECORDING,
    writes=("pair:15", "recording"),
    waits_s=25,
)
async def test_delayed_pictures_are_an_interval_apart(case: Case, dut: Device) -> None:
    interval, count = 5, 3
    await dut.must(15, {"capture_interval": interval, "capture_count": count, "record_interval": 30})
    began = dut.clock.now()
    await stored.operate(dut, stored.CAPTURE, 1)
    reply = await dut.ask(509, {"record_stream": 0}, extra={"subtype": stored.ASK})
    count_shown = stored.state_of(dut, reply).get("capture_count")
    dut.demand(isinstance(count_shown, int), "capture_count while pictures are taken", f"capture_count {count_shown!r}")
    ended = await waiting.until(dut, lambda: stored.series_is_over(dut), (count + 1) * interval, 1)
    passed = (dut.clock.now() - began).total_seconds()
    dut.demand(ended, "capture_status 0 after the last picture", "capture_status 0" if ended else "still capturing")
    # It is not said whether the first is taken at once; between the first and the last there are count - 1 intervals.
    least = (count - 1) * interval - 2
    dut.demand(passed >= least, f"{count} pictures in {least} s or more", f"all in {passed:.0f} s")


@case(
    "IV.509/delayed-ends",
    "A delayed recording must end by itself after record_time",
    _SAFE,
    requirement="IV.509/delayed",
    capabilities=_RECORDING,
    writes=("pair:15", "recording"),
    waits_s=30,
)
async def test_a_delayed_recording_ends_by_itself(case: Case, dut: Device) -> None:
    await dut.must(15, {"record_interval": 2, "record_time": 10})
    await stored.operate(dut, stored.LATER, 1)
    await dut.clock.sleep(7)
    state = await stored.status(dut)
    dut.demand(state["delay_status"] == 1, "delay_status 1 after 7 s", _delay(state))

    async def over() -> bool:
        return bool((await stored.status(dut))["delay_status"] == 0)

    ended = await waiting.until(dut, over, 20, 1)
    dut.demand(ended, "delay_status 0 after 10 s of recording", _delay(await stored.status(dut)))


@case(
    "IV.509/capture-stopped",
    "A stop by subtype 7 must end delayed pictures",
    _SAFE,
    requirement="IV.509/capture",
    capabilities=_RECORDING,
    writes=("pair:15", "recording"),
)
async def test_delayed_pictures_are_stopped(case: Case, dut: Device) -> None:
    await dut.must(15, {"capture_interval": 60, "capture_count": 3})
    await stored.operate(dut, stored.CAPTURE, 1)
    state = await stored.status(dut)
    dut.demand(state["capture_status"] == 1, "capture_status 1", f"capture_status {state['capture_status']!r}")
    await stored.operate(dut, stored.STOP_CAPTURE, 1)
    state = await stored.status(dut)
    dut.demand(state["capture_status"] == 0, "capture_status 0", f"capture_status {state['capture_status']!r}")
