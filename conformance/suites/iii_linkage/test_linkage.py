"""III.19 to III.57, linkage: what an event sets off is on for its time, and its files are listed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from conformance.catalogue import Safety, load
from conformance.catalogue.formats import DATETIME
from conformance.catalogue.model import Keyword
from conformance.dut.device import Device
from conformance.rules.case import Case, cases
from conformance.steps import device_time
from conformance.steps.alarms import wait_for_pushes
from conformance.steps.linkage import (
    EVENTS,
    HOLD_S,
    SOUND_S,
    Linkage,
    Part,
    all_off,
    end_event,
    facts_of,
    happen,
    is_on,
    linkage_of,
)

_CATALOGUE = load()
_WITHOUT_SOUND = (19, 51)
"""Events that need not have a sound of their own (R47, R117)."""
_LATE_S = 3
_PARTS: Mapping[Part, str] = {
    "output": "an output for its time",
    "flash": "a flash for its time",
    "sound": "a sound for its time",
    "nothing": "nothing where nothing is set",
}
_FILES: Mapping[Part, str] = {"record": "a video", "capture": "a picture"}


def _effects() -> Iterator[Case[Linkage]]:
    for event in EVENTS:
        for part, words in _PARTS.items():
            yield Case(
                f"III.{event.number}/linkage/{part}",
                f"{_CATALOGUE.commands[event.number].title}: the event sets off {words}",
                Safety.REVERSIBLE,
                requirement=f"III.{event.number}/linkage",
                **facts_of(event, "clock"),
                waits_s=330 if event.number == 29 else 20,
                data=Linkage(event, part),
            )


@cases(_effects())
async def test_an_event_sets_off_what_it_should(case: Case[Linkage], dut: Device) -> None:
    event, part = case.data
    # Without a sound of its own, the document does not say whether an event makes one.
    ignore_sound = event.number in _WITHOUT_SOUND and "audio_flag" not in await dut.must(event.number + 1)
    await all_off(dut)
    await event.apply_settings(dut, **linkage_of(event, part))
    try:
        try:
            await happen(dut, event)
            await is_on(dut, *(() if part == "nothing" else (part,)), ignore_sound=ignore_sound)
        finally:
            # Ended first: a device may repeat an alarm that lasts (R163), and with it what the alarm sets off.
            await end_event(dut, event)
        await dut.clock.sleep(SOUND_S if part == "sound" else HOLD_S)
        await is_on(dut, ignore_sound=ignore_sound)
    finally:
        if event.after is not None:
            await event.after(dut)


def _stored() -> Iterator[Case[Linkage]]:
    for event in EVENTS:
        for part, words in _FILES.items() if event.kinds else ():
            yield Case(
                f"III.{event.number}/linkage/{part}",
                f"{_CATALOGUE.commands[event.number].title}: the event stores {words}, which 513 lists",
                Safety.REVERSIBLE,
                requirement=f"III.{event.number}/linkage-stored",
                **facts_of(event, *(("clock",) if event.stimuli else ()), capabilities=("storage",)),
                waits_s=25,
                data=Linkage(event, part),
            )


@cases(_stored())
async def test_an_event_is_stored(case: Case[Linkage], dut: Device) -> None:
    event, part = case.data
    await event.apply_settings(dut, **linkage_of(event, part))
    began = await device_time.read(dut)
    try:
        await happen(dut, event)
        await wait_for_pushes(dut, 15 if part == "record" else 2)
        for videotype, image in ((1, "visible"), (2, "infrared")):
            kinds = await _listed(dut, videotype, 1 if part == "record" else 2, began)
            expected = f"513 lists a file of the {image} image, of type {' or '.join(map(str, event.kinds))}"
            # The document does not say how soon a file is listed: hence SHOULD.
            found = bool(kinds & set(event.kinds))
            dut.demand(found, expected, f"types {sorted(kinds)}", keyword=Keyword.SHOULD, check="stored")
    finally:
        await end_event(dut, event)


async def _listed(dut: Device, videotype: int, datatype: int, since: datetime) -> set[int]:
    """The types of the files that command 513 lists as stored since then."""
    start, end = since - timedelta(seconds=_LATE_S), since + timedelta(minutes=5)
    found: set[int] = set()
    for page in (1, 2, 3):
        message = {
            "starttime": f"{start:{DATETIME}}",
            "endtime": f"{end:{DATETIME}}",
            "pageindex": page,
        }
        shown = await dut.must(513, {**message, "pagecount": 50, "videotype": videotype, "datatype": datatype})
        rows = shown.get("datas") or []
        found |= {row["type"] for row in rows if isinstance(row, dict) and isinstance(row.get("type"), int)}
        if len(rows) < 50:
            break
    return found
