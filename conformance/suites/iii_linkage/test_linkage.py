"""What an event sets off (III.19 to III.57): output, flash and sound for their time, recordings and pictures."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from conformance.catalogue import Safety, load
from conformance.catalogue.model import Keyword
from conformance.dut.device import Device
from conformance.rules.case import Case, cases
from conformance.steps import device_time
from conformance.steps.alarms import settle
from conformance.steps.linkage import EVENTS, HOLD_S, SOUND_S, Event, all_off, facts_of, happen, is_on, linkage_of, over

_CATALOGUE = load()
_SAFE = Safety.REVERSIBLE
_DATETIME = "%Y-%m-%d %H:%M:%S"
_MAYBE_SILENT = (19, 51)
_LATE_S = 3


def _effects() -> Iterator[Case[Any]]:
    for event in EVENTS:
        for part in ("output", "flash", "sound", "nothing"):
            yield Case(
                f"III.{event.number}/linkage/{part}",
                f"{_CATALOGUE.commands[event.number].title}: {part} is set off, for its time",
                _SAFE,
                requirement=f"III.{event.number}/linkage",
                **facts_of(event, "clock"),
                waits_s=330 if event.number == 29 else 20,
                data=(event, part),
            )


@cases(_effects())
async def test_an_event_sets_off_what_it_should(case: Case[Any], dut: Device) -> None:
    event, part = case.data
    # Tracking and fire need not have a sound of their own (R47, R117); whether they make one is not said then.
    deaf = event.number in _MAYBE_SILENT and "audio_flag" not in await dut.must(event.number + 1)
    await all_off(dut)
    await event.apply_settings(dut, **linkage_of(event, part))
    try:
        try:
            await happen(dut, event)
            await is_on(dut, *(() if part == "nothing" else (part,)), deaf=deaf)
        finally:
            # Ended first: a device may repeat an alarm that stands (R163), and what it sets off with it.
            await over(dut, event)
        await dut.clock.sleep(SOUND_S if part == "sound" else HOLD_S)
        await is_on(dut, deaf=deaf)
    finally:
        if event.after is not None:
            await event.after(dut)


@cases(
    Case(
        f"IV.524/turns-off/{label}",
        f"What an alarm set off is turned off: {label}",
        _SAFE,
        requirement="IV.524/effect",
        **{**facts_of(EVENTS[1], "clock"), "capabilities": ("measurement", "temperature-alarm", "alarm-output")},
        waits_s=20,
        data=(message, left),
    )
    for label, message, left in (
        ("sound", {"type": 0}, {"output": True, "sound": False}),
        ("output", {"type": 1}, {"output": False, "sound": True}),
        ("both", {"type": 2}, {"output": False, "sound": False}),
        ("without-type", {}, {"output": False, "sound": True}),
    )
)
async def test_what_was_set_off_is_turned_off(case: Case[Any], dut: Device) -> None:
    """R80; whether the flash goes with the output is not said."""
    message, left = case.data
    alarm = EVENTS[1]
    sound = {**linkage_of(alarm, "sound"), "audio_playvalue": 60}
    await alarm.apply_settings(dut, **linkage_of(alarm, "output"), **sound)
    await happen(dut, alarm)
    await dut.succeeds(524, message)
    state = await dut.stimulus.do("state")
    found = {name: state.get(name) for name in left}
    dut.demand(found == left, f"{left}", f"{found}")
    await dut.succeeds(524, {"type": 2})


def _stored() -> Iterator[Case[Any]]:
    for event in EVENTS:
        for part in ("record", "capture") if event.kinds else ():
            yield Case(
                f"III.{event.number}/linkage/{part}",
                f"{_CATALOGUE.commands[event.number].title}: {part} is set off, and listed by 513",
                _SAFE,
                requirement=f"III.{event.number}/linkage-stored",
                **{**facts_of(event, *(("clock",) if event.stimuli else ())), "capabilities": _storing(event)},
                waits_s=25,
                data=(event, part),
            )


def _storing(event: Event) -> tuple[str, ...]:
    return (*facts_of(event)["capabilities"], "storage")


@cases(_stored())
async def test_an_event_is_stored(case: Case[Any], dut: Device) -> None:
    event, part = case.data
    await event.apply_settings(dut, **linkage_of(event, part))
    began = await device_time.read(dut)
    try:
        await happen(dut, event)
        await settle(dut, 15 if part == "record" else 2)
        for stream, image in ((1, "visible"), (2, "infrared")):
            kinds = await _listed(dut, stream, 1 if part == "record" else 2, began)
            what = f"an {image} file of type {' or '.join(map(str, event.kinds))}, listed by 513"
            # That it is stored is not the push's business, and no rule says how soon it is listed.
            found = bool(kinds & set(event.kinds))
            dut.demand(found, what, f"types {sorted(kinds)}", keyword=Keyword.SHOULD, check="stored")
    finally:
        await over(dut, event)


async def _listed(dut: Device, videotype: int, datatype: int, since: datetime) -> set[int]:
    """The types under which command 513 lists what was stored since then."""
    start, end = since - timedelta(seconds=_LATE_S), since + timedelta(minutes=5)
    found: set[int] = set()
    for page in (1, 2, 3):
        message = {"starttime": f"{start:{_DATETIME}}", "endtime": f"{end:{_DATETIME}}", "pageindex": page}
        shown = await dut.must(513, {**message, "pagecount": 50, "videotype": videotype, "datatype": datatype})
        rows = shown.get("datas") or []
        found |= {row["type"] for row in rows if isinstance(row, dict) and isinstance(row.get("type"), int)}
        if len(rows) < 50:
            break
    return found
