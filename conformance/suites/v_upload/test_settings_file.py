"""V.3, settings file: it brings its settings back, letter by letter; a damaged one changes nothing."""

from __future__ import annotations

import re
from collections.abc import Callable

from conformance import checks
from conformance.catalogue import Safety
from conformance.catalogue.json_types import Json, JsonObject
from conformance.catalogue.model import Upload
from conformance.dut.device import Device
from conformance.dut.second_password import SECOND_PASSWORD
from conformance.rules.case import Case, case, cases
from conformance.steps import ptz_lists, waiting
from conformance.steps.capabilities import capabilities_of
from conformance.steps.packages import ANY, SETTINGS, answered, code_of, package, seen, send, succeeds
from conformance.steps.pairs import LINK_COMMANDS, everywhere
from conformance.steps.settings_file import exported, imported, judge_reimport, persistent

_DESTRUCTIVE = Safety.DESTRUCTIVE
_TEXT = "Tür 5 热像仪"


def _upload(dut: Device) -> Upload:
    return next(row for row in dut.catalogue.uploads.values() if row.kind == SETTINGS)


@case(
    "V.3/applied",
    "An uploaded settings file must bring its settings back",
    _DESTRUCTIVE,
    capabilities=("upload.config", "settings-export"),
    writes=("pair:29",),
)
async def test_uploaded_settings_are_applied(case: Case, dut: Device) -> None:
    upload = _upload(dut)
    before = (await dut.must(30)).get("allow_count")
    http = await dut.http()
    data = await package(dut, SETTINGS)
    await dut.must(29, {"allow_count": 9 if before != 9 else 4})
    answer = await send(dut, http, upload, data, method=ANY)
    succeeds(dut, upload, answer)
    after = await _wait_for_count(dut, before)
    dut.demand(after == before, f"allow_count {before} as in the file", f"allow_count {after}")


def _cut(data: bytes) -> bytes:
    return data[: len(data) * 2 // 3]


def _illegal(data: bytes) -> bytes:
    return re.sub(rb'("allow_count"\s*:\s*)[0-9]+', rb"\g<1>9999", data)


@cases(
    Case(
        f"V.3/damaged/{label}",
        f"A settings file {title} must change nothing if it is refused",
        _DESTRUCTIVE,
        requirement="V.3/damaged",
        capabilities=("upload.config", "settings-export"),
        writes=("pair:15", "pair:29"),
        data=damage,
    )
    for label, title, damage in (
        ("cut", "that breaks off", _cut),
        ("illegal", "with an illegal value", _illegal),
    )
)
async def test_a_damaged_settings_file_changes_nothing(case: Case[Callable[[bytes], bytes]], dut: Device) -> None:
    """The format of the file is the device's own: one that does not show its settings can only be cut."""
    upload = _upload(dut)
    http = await dut.http()
    data = await package(dut, SETTINGS)
    damaged = case.data(data)
    if damaged == data:
        dut.judgement.observe("R172", "the exported file does not show its settings")
        damaged = _cut(data)
    await dut.must(15, {"name": "after the export"})
    before = [await dut.must(16), await dut.must(30)]
    answer = await send(dut, http, upload, damaged, method=ANY)
    answered(dut, upload, answer)
    dut.judgement.observe("R172", f"a settings file {case.id.rpartition('/')[2]}: {seen(answer)}")
    after = [await dut.must(16), await dut.must(30)]
    if code_of(answer) != 0:
        for number, was, now in zip((16, 30), before, after, strict=True):
            found = checks.differences(dut.catalogue.commands[number].reply, was, now)
            dut.demand(not found, f"command {number} shows what it showed before", "; ".join(found) or "no difference")


async def _wait_for_count(dut: Device, wanted: Json) -> Json:
    """The allow_count, read for 5 s or until it is `wanted`: a device may apply a file after it has answered."""
    shown = None
    for _ in range(5):
        shown = (await dut.must(30)).get("allow_count")
        if shown == wanted:
            break
        await dut.clock.sleep(1)
    return shown


@case(
    "V.3/letters",
    "An uploaded settings file must keep text that is not ASCII",
    _DESTRUCTIVE,
    requirement="V.3/applied",
    capabilities=("upload.config", "settings-export"),
    writes=("pair:15", "pair:29"),
)
async def test_uploaded_settings_keep_their_letters(case: Case, dut: Device) -> None:
    await dut.must(15, {"name": _TEXT})
    count = (await dut.must(30)).get("allow_count")
    data = await package(dut, SETTINGS)
    await dut.must(15, {"name": "after the export"})
    succeeds(dut, _upload(dut), await send(dut, await dut.http(), _upload(dut), data, method=ANY))
    # A device may restart with its new settings.
    if await dut.control.wait_closed(1.0):
        dut.begin(await dut.session.live_control())
    await _wait_for_count(dut, count)
    name = (await dut.must(16)).get("name")
    dut.demand(name == _TEXT, f"name {_TEXT!r} as in the file", f"name {name!r}")


# Files that 512 exports


@case(
    "V.3/reimport",
    "Exported settings that are uploaded must bring back a setting that was changed since",
    Safety.DESTRUCTIVE,
    requirement="V.3/imported",
    capabilities=(*capabilities_of(512), "upload.config", "measurement"),
    writes=("pair:1", *ptz_lists.LISTS, SECOND_PASSWORD),
    waits_s=10,
)
async def test_exported_settings_areimported(case: Case, dut: Device) -> None:
    await dut.must(1, {"humi": 41})
    body = await exported(dut)
    await dut.must(1, {"humi": 77})
    if not await imported(dut, body):
        return
    shown: JsonObject = {}

    async def back() -> bool:
        shown.update(await persistent(dut, 2))
        return bool(shown.get("humi") == 41)

    await waiting.until(dut, back, 5, 1)
    dut.demand(shown.get("humi") == 41, "humi 41, as it was exported", f"humi {shown.get('humi')!r}")


@case(
    "V.3/reimport-whole",
    "Exported settings that are uploaded must bring back the settings of every command but addresses and ports",
    _DESTRUCTIVE,
    requirement="V.3/imported",
    capabilities=(*capabilities_of(512), "upload.config", "measurement"),
    writes=(*everywhere(but=LINK_COMMANDS), *ptz_lists.LISTS, SECOND_PASSWORD),
    waits_s=10,
)
async def test_all_exported_settings_are_imported(case: Case, dut: Device) -> None:
    await judge_reimport(dut)
