"""What an alarm of an object, a spot or a fire leaves (III.19, III.21, III.51): pictures, videos and mails, as set.

That the alarm happened is told by its push. What it leaves may be named by that push, or be listed by 513, or both
(R122); how soon a file is listed is said nowhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

from conformance.catalogue import Safety, load
from conformance.client import PushMessage, RemoteError
from conformance.dut.device import Device
from conformance.rules.case import Case, cases
from conformance.steps import device_time, waiting
from conformance.steps import stored_files as stored
from conformance.steps.alarms import of_object, settle
from conformance.steps.linkage import EVENTS, Event, facts_of
from conformance.steps.mailbox import mailbox
from conformance.steps.push_content import pictures

_CATALOGUE = load()
_SAFE = Safety.REVERSIBLE
_RECORD_S = 15
_LISTED_S = 15
"""How long a file may take to be listed after it is complete."""
_IMAGES: dict[int, tuple[int, ...]] = {0: (), 1: (1,), 2: (2,), 3: (1, 2)}
_PREFIX = {1: "vl_", 2: "ir_"}
_DATATYPE = {"record": 1, "capture": 2}
_NAMES = {1: "visible", 2: "infrared", 3: "both"}


def _of_spot(push: PushMessage) -> bool:
    return not of_object(push)


_PUSHES: dict[int, tuple[int, Callable[[PushMessage], bool] | None]] = {
    19: (1000, _of_spot),
    21: (1000, of_object),
    51: (1011, None),
}
"""The events that any scene causes, and the push that tells of each."""
_EVENTS = {event.number: event for event in EVENTS if event.number in _PUSHES}


def _files() -> Iterator[Case[Any]]:
    for event in _EVENTS.values():
        clause = f"III.{event.number}"
        for part in _DATATYPE:
            # What a stream means is one piece of a device: of every event one kind of file is enough.
            for stream in (1, 2, 3) if event.number == 21 else (1, 2) if part == "capture" else (3,):
                yield _of(f"{clause}/linkage/{part}-of-{stream}", f"{clause}/files", event, part, stream)
            yield _of(f"{clause}/linkage/no-{part}", f"{clause}/files", event, part, 0)
    for stream, name in _NAMES.items():
        yield _of(f"VI.1000/pictures/{name}", "VI.1000/pictures", _EVENTS[21], "capture", stream)


def _of(name: str, requirement: str, event: Event, part: str, stream: int) -> Case[Any]:
    title = f"an alarm leaves {part}s of stream {stream}, and of no other" if stream else f"an alarm leaves no {part}"
    facts = facts_of(event)
    return Case(
        name,
        f"{_CATALOGUE.commands[event.number].title}: {title}",
        _SAFE,
        requirement=requirement,
        clause=name.partition("/")[0],
        **{
            **facts,
            "capabilities": (*facts["capabilities"], "storage"),
            "writes": (*facts["writes"], "pair:13"),
        },
        waits_s=30 if part == "record" else 12,
        data=(event, part, stream),
    )


@cases(_files())
async def test_an_alarm_leaves_its_files(case: Case[Any], dut: Device) -> None:
    event, part, stream = case.data
    datatype, due = _DATATYPE[part], _IMAGES[stream]
    settings = {f"{part}_flag": int(bool(stream)), f"{part}_stream": stream or 3}
    await _on_any_day(dut)
    await event.apply_settings(dut, **settings, **({"record_delay": _RECORD_S} if part == "record" else {}))
    await settle(dut, 2)
    before = {image: await stored.urls(dut, image, datatype) for image in (1, 2)}
    began = await device_time.read(dut)
    push = await _alarm(dut, event)
    if part == "record" and stream:
        await dut.clock.sleep(_RECORD_S)
    found: dict[int, list[dict[str, Any]]] = {}

    async def listed() -> bool:
        for image in (1, 2):
            rows = await stored.urls(dut, image, datatype)
            found[image] = [row for url, row in rows.items() if url not in before[image] and _since(row, began)]
        return all(found[image] for image in due)

    named = {image: _named(push, image, part) for image in (1, 2)}
    # A video may be there while it is still being recorded: how long it is, is told when it is listed.
    patience = _LISTED_S if part == "record" or any(not named[image] for image in due) else _LISTED_S / 5
    await waiting.until(dut, listed, patience if due else 0, 1)
    await settle(dut, 3)
    await listed()
    for image in (1, 2):
        if image in due:
            there = [str(row.get("url")) for row in found[image]]
            there += [] if there else [name for name in named[image] if await _is_there(dut, name)]
            dut.demand(bool(there), f"a {part} of the {_NAMES[image]} image, told or listed", f"{there or 'none'}")
            for row in found[image] if part == "record" else ():
                _lasts(dut, row)
        else:
            # Something else may record meanwhile; that is no alarm's.
            alarms = [row for row in found[image] if row.get("type") in event.kinds]
            there = [*named[image], *(str(row.get("url")) for row in alarms)]
            dut.demand(not there, f"no {part} of the {_NAMES[image]} image", f"{there or 'none'}")


async def _alarm(dut: Device, event: Event) -> PushMessage:
    """Let the event happen and end; the push that tells of it."""
    number, match = _PUSHES[event.number]
    mark = dut.control.pushes.mark()
    await event.begin(dut)
    await settle(dut, 1)
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


def _named(push: PushMessage, image: int, part: str) -> list[str]:
    """What a push names of an image."""
    found = []
    for name, text in pictures(push):
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
        answer = await dut.plain_http().fetch(name)
        if answer.status in (401, 403):
            answer = await (await dut.http()).fetch(name)
    except RemoteError:
        return False
    return answer.status == 200 and bool(answer.body)


def _since(row: dict[str, Any], began: datetime) -> bool:
    """Whether a file is not from before the alarm, as far as it says so."""
    try:
        return datetime.strptime(str(row.get("start")), device_time.FORMAT) >= began - timedelta(seconds=3)
    except ValueError:
        return True


def _lasts(dut: Device, row: dict[str, Any]) -> None:
    if isinstance(row.get("start"), str) and isinstance(row.get("end"), str):
        start, end = (datetime.strptime(row[name], device_time.FORMAT) for name in ("start", "end"))
        seconds = (end - start).total_seconds()
        dut.demand(_RECORD_S - 2 <= seconds <= _RECORD_S + 6, f"about {_RECORD_S} s", f"{seconds:g} s")


# Mails


@cases(
    Case(
        f"III.{event.number}/linkage/mail",
        f"{_CATALOGUE.commands[event.number].title}: an alarm sends a mail if it is to, and none if not",
        _SAFE,
        requirement=f"III.{event.number}/mail",
        **{
            **facts_of(event),
            "capabilities": (*facts_of(event)["capabilities"], "mail"),
            "parameters": ("smtp_host",),
            "writes": (*facts_of(event)["writes"], "pair:31"),
        },
        waits_s=12,
        data=event,
    )
    for event in _EVENTS.values()
)
async def test_an_alarm_sends_a_mail(case: Case[Any], dut: Device) -> None:
    """The interval of alarm mails is not interpreted (R147): the shortest is set, and time is left for it."""
    async with mailbox(dut) as box:
        await dut.must(31, {**box.account, "alarm": 1, "alarm_value": 1, "enclosure": 0}, legal=False)
        for sendmail in (0, 1):
            await case.data.apply_settings(dut, sendmail=sendmail)
            await settle(dut, 2)
            await _alarm(dut, case.data)
            mail = await box.next(75 if sendmail else 1)
            expected = "a mail to the first recipient" if sendmail else "no mail"
            there = mail is not None and box.account["mailto"][0] in mail.rcpt_tos
            seen = "none" if mail is None else f"one to {mail.rcpt_tos}"
            dut.demand(there is bool(sendmail), expected, seen)
