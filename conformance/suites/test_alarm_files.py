"""What a temperature alarm leaves (III.21): pictures and videos of the streams that are set, mails.

That the alarm happened is told by its push. What it leaves may be named by that push, or be listed by 513, or both
(R122); how soon a file is listed is said nowhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from conformance.case import Case, case, cases
from conformance.catalogue import Safety
from conformance.client import PushMessage
from conformance.suites import steps
from conformance.suites import stored_files as stored
from conformance.suites.mailbox import mailbox
from conformance.suites.object_alarms import alarms_on, cross, device_time, of_object, set_rule, settle, watch
from conformance.suites.push_content import pictures
from fixtures.device import Device

_SAFE = Safety.REVERSIBLE
_CAPABILITIES = ("measurement", "temperature-alarm", "storage")
_RECORD_S = 15
_LISTED_S = 15
"""How long a file may take to be listed after it is complete."""
_IMAGES: dict[int, tuple[int, ...]] = {0: (), 1: (1,), 2: (2,), 3: (1, 2)}
_PREFIX = {1: "vl_", 2: "ir_"}
_DATATYPE = {"record": 1, "capture": 2}
_NAMES = {1: "visible", 2: "infrared", 3: "both"}
_TEMPERATURE_ALARM = 1


def _files() -> Iterator[Case]:
    for part in _DATATYPE:
        for stream in (1, 2, 3):
            yield _of(f"III.21/linkage/{part}-of-{stream}", "III.21/files", "III.21", part, stream)
        yield _of(f"III.21/linkage/no-{part}", "III.21/files", "III.21", part, 0)
    for stream, name in _NAMES.items():
        yield _of(f"VI.1000/pictures/{name}", "VI.1000/pictures", "VI.1000", "capture", stream)


def _of(name: str, requirement: str, clause: str, part: str, stream: int) -> Case:
    title = f"An alarm leaves {part}s of stream {stream}, and of no other" if stream else f"An alarm leaves no {part}"
    return Case(
        name,
        requirement,
        title,
        clause,
        _SAFE,
        capabilities=_CAPABILITIES,
        writes=("pair:3", "pair:13", "pair:21"),
        waits_s=30 if part == "record" else 12,
        data=(part, stream),
    )


@cases(_files())
async def test_an_alarm_leaves_its_files(case: Case, dut: Device) -> None:
    part, stream = case.data
    datatype, due = _DATATYPE[part], _IMAGES[stream]
    settings = {f"{part}_flag": int(bool(stream)), f"{part}_stream": stream or 3}
    await _on_any_day(dut)
    await watch(dut)
    await alarms_on(dut, **settings, **({"record_delay": _RECORD_S} if part == "record" else {}))
    before = {image: await stored.urls(dut, image, datatype) for image in (1, 2)}
    began, mark = await device_time(dut), dut.control.pushes.mark()
    await cross(dut)
    push = await dut.push(1000, since=mark, match=of_object)
    assert push is not None
    await set_rule(dut)
    if part == "record" and stream:
        await dut.clock.sleep(_RECORD_S)
    found: dict[int, list[dict[str, Any]]] = {}

    async def listed() -> bool:
        for image in (1, 2):
            rows = await stored.urls(dut, image, datatype)
            found[image] = [row for url, row in rows.items() if url not in before[image] and _since(row, began)]
        return all(found[image] or _named(push, image, part) for image in due)

    await steps.until(dut, listed, _LISTED_S if due else 0, 1)
    await settle(dut, 3)
    await listed()
    for image in (1, 2):
        there = [*_named(push, image, part), *(str(row.get("url")) for row in found[image])]
        if image in due:
            dut.demand(bool(there), f"a {part} of the {_NAMES[image]} image, told or listed", f"{there or 'none'}")
            for row in found[image] if part == "record" else ():
                _lasts(dut, row)
        else:
            # Something else may record meanwhile; that is no alarm's.
            alarms = [row for row in found[image] if row.get("type") == _TEMPERATURE_ALARM]
            there = [*_named(push, image, part), *(str(row.get("url")) for row in alarms)]
            dut.demand(not there, f"no {part} of the {_NAMES[image]} image", f"{there or 'none'}")


async def _on_any_day(dut: Device) -> None:
    """Today may be a holiday, on which an alarm leaves nothing (III.13, R44)."""
    shown = await dut.must(14)
    if any(shown.get(name) for name in ("is_record", "is_capture")):
        await dut.must(13, {"is_record": 0, "is_capture": 0})


def _named(push: PushMessage, image: int, part: str) -> list[str]:
    """What a push names of an image."""
    found = []
    for name, text in pictures(push):
        if name.startswith(_PREFIX[image]) and ("video" in name) == (part == "record"):
            found.append(name if name.endswith("content") else text)
    return found


def _since(row: dict[str, Any], began: datetime) -> bool:
    """Whether a file is not from before the alarm, as far as it says so."""
    try:
        return datetime.strptime(str(row.get("start")), steps.DATETIME) >= began - timedelta(seconds=3)
    except ValueError:
        return True


def _lasts(dut: Device, row: dict[str, Any]) -> None:
    if isinstance(row.get("start"), str) and isinstance(row.get("end"), str):
        start, end = (datetime.strptime(row[name], steps.DATETIME) for name in ("start", "end"))
        seconds = (end - start).total_seconds()
        dut.demand(_RECORD_S - 2 <= seconds <= _RECORD_S + 6, f"about {_RECORD_S} s", f"{seconds:g} s")


# Mails


@case(
    "III.21/linkage/mail",
    "III.21/mail",
    "An alarm sends a mail if it is to, and none if not",
    "III.21",
    _SAFE,
    capabilities=("measurement", "temperature-alarm", "mail"),
    parameters=("smtp_host",),
    writes=("pair:3", "pair:21", "pair:31"),
    waits_s=12,
)
async def test_an_alarm_sends_a_mail(case: Case, dut: Device) -> None:
    """The interval of alarm mails is not interpreted (R147): the shortest is set, and time is left for it."""
    async with mailbox(dut) as box:
        await dut.must(31, {**box.account, "alarm": 1, "alarm_value": 1, "enclosure": 0}, legal=False)
        await watch(dut)
        for sendmail in (0, 1):
            await alarms_on(dut, sendmail=sendmail)
            mark = dut.control.pushes.mark()
            await cross(dut)
            await dut.push(1000, since=mark, match=of_object)
            await settle(dut, 2)
            mail = await box.next(75 if sendmail else 1)
            expected = "a mail to the first recipient" if sendmail else "no mail"
            there = mail is not None and box.account["mailto"][0] in mail.rcpt_tos
            seen = "none" if mail is None else f"one to {mail.rcpt_tos}"
            dut.demand(there is bool(sendmail), expected, seen)
            await set_rule(dut)
            await settle(dut, 1)
