"""Chapter IV, 506, 508 and 512: the device as a machine is set to a time, restarts, hands out and takes settings."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Any

from conformance import checks
from conformance.catalogue import Safety, load
from conformance.checks.files import opens
from conformance.client import LinkError, ReplyTimeout
from conformance.dut.device import Device
from conformance.dut.second_password import SECOND_PASSWORD, TEMPORARY_PASSWORD
from conformance.restoration import writable
from conformance.rules.case import Case, case, cases
from conformance.rules.verdict import CaseInconclusive
from conformance.steps import device_time, waiting
from conformance.steps.capabilities import capabilities_of
from conformance.steps.downloads import download
from conformance.steps.pairs import change_all, change_one, compared, everywhere, snapshot

_CATALOGUE = load()
_HEAD = ("presets", "cruise-groups", "linescans")
_SAFE = Safety.REVERSIBLE

# 506


@case(
    "IV.506/time",
    "The time that is set is the time that is shown",
    _SAFE,
    requirement="IV.506/shown",
    writes=("clock",),
    quick=True,
)
async def test_the_time_set_is_the_time_shown(case: Case, dut: Device) -> None:
    shifts = []
    # Every unit is another one each time, the seconds far from a full minute.
    for moment in (datetime(2030, 6, 1, 12, 7, 37), datetime(2031, 2, 28, 23, 0, 44), datetime(2024, 2, 29, 0, 30, 22)):
        await dut.succeeds(506, {"datetime": moment.strftime(device_time.FORMAT)})
        shown = await dut.get(500)
        try:
            shifts.append((datetime.strptime(str(shown.get("datetime")), device_time.FORMAT) - moment).total_seconds())
        except ValueError:
            dut.demand(False, "500 shows the time", f"datetime {shown.get('datetime')!r}")
            return
    # R165: the zone may shift what 500 shows, but by the same amount each time; summer time would be another one.
    quarter = round(shifts[0] / 900) * 900
    dut.judgement.observe("R165", f"{quarter / 3600:g} h")
    steady = all(abs(shift - quarter) <= 5 for shift in shifts)
    dut.demand(steady, "the time set, but for a constant zone (R165), within 5 s", f"differences of {shifts} s")
    zone = (await dut.ask(16)).message or {}
    offsets = [0, *device_time.zone_offsets(zone.get("time_zone"))]
    dut.demand(
        any(abs(quarter - offset) <= 5 for offset in offsets), "no difference, or the zone's (R165)", f"{quarter} s"
    )


_NO_TIMES = {
    "february-30": "2021-02-30 12:00:00",
    "april-31": "2021-04-31 12:00:00",
    "no-leap-year": "2023-02-29 12:00:00",
    "month-0": "2021-00-10 12:00:00",
    "day-0": "2021-10-00 12:00:00",
    "hour-25": "2021-02-03 25:00:00",
    "minute-60": "2021-02-03 12:60:00",
    "slashes": "2021/02/03 12:00:00",
    "empty": "",
}


@cases(
    Case(
        f"IV.506/no-time/{label}",
        f"The time {text!r} is refused and the clock goes on",
        _SAFE,
        requirement="IV.506/no-time",
        writes=("clock",),
        data=text,
    )
    for label, text in _NO_TIMES.items()
)
async def test_what_is_no_time_is_refused(case: Case[Any], dut: Device) -> None:
    before = await device_time.read(dut) - dut.clock.now()
    await dut.is_refused(506, {"datetime": case.data}, "R22")
    moved = (await device_time.read(dut) - dut.clock.now() - before).total_seconds()
    dut.demand(abs(moved) <= 5, "the clock as it was", f"moved by {moved:g} s")


@case(
    "IV.506/pace",
    "The clock that was set goes on at its pace",
    _SAFE,
    writes=("clock",),
    waits_s=40,
)
async def test_the_clock_that_was_set_keeps_its_pace(case: Case, dut: Device) -> None:
    await dut.succeeds(506, {"datetime": "2029-05-17 10:11:12"})
    before, began = await device_time.read(dut), dut.clock.now()
    await dut.clock.sleep(40)
    shown, passed = await device_time.read(dut) - before, dut.clock.now() - began
    off = (shown - passed).total_seconds()
    dut.demand(
        abs(off) <= 2, f"{passed.total_seconds():.0f} s later (within 2 s)", f"{shown.total_seconds():g} s later"
    )


# 508

_LONGEST_DROP_S = 90.0


@case(
    "IV.508/restart",
    "The device restarts: its link drops, it comes back and keeps its configuration",
    Safety.DISRUPTIVE,
    capabilities=("measurement",),
    writes=("pair:1",),
    waits_s=_LONGEST_DROP_S,
)
async def test_the_device_restarts_and_keeps_its_configuration(case: Case, dut: Device) -> None:
    await dut.must(1, {"humi": 43, "dist": 7.5})
    await dut.succeeds(508, {})
    limit = min(dut.profile["restart_s"], _LONGEST_DROP_S)
    dut.demand(await _drops(dut, limit), "the link drops", f"still answering after {limit:g} s")
    await dut.control.close()
    client = await dut.session.live_control()
    shown = await dut.get(2, client=client)
    kept = (shown.get("humi"), shown.get("dist"))
    dut.demand(kept == (43, 7.5), "humi 43, dist 7.5 after the restart", f"{kept}")


@case(
    "IV.508/passwords",
    "A restart keeps the passwords",
    Safety.DISRUPTIVE,
    parameters=("second_user", "second_password"),
    writes=(SECOND_PASSWORD,),
    waits_s=10,
)
async def test_a_restart_keeps_the_passwords(case: Case, dut: Device) -> None:
    user, cipher = dut.profile["second_user"], dut.link.cipher
    sealed = [cipher.encrypt(word) for word in (dut.profile["second_password"], TEMPORARY_PASSWORD)]
    client = await dut.logged_in(second=True)
    await dut.must(503, {"username": user, "oldpassword": sealed[0], "newpassword": sealed[1]}, client=client)
    await dut.succeeds(508, {})
    if not await dut.control.wait_closed(10):
        await dut.control.close()
    dut.begin(await dut.session.live_control())
    reply = await (await dut.open("after")).login(user, TEMPORARY_PASSWORD, cipher)
    dut.demand(reply.ok, "the password of before the restart logs in (R166)", checks.describe(reply))


async def _drops(dut: Device, seconds: float) -> bool:
    """Whether the run's own link ends, or answers no more, within that real time."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + seconds
    while loop.time() < deadline:
        if await dut.control.wait_closed(1.0):
            dut.judgement.observe("R166", "link closed")
            return True
        try:
            await dut.control.request(500, {})
        except (LinkError, ReplyTimeout):
            dut.judgement.observe("R166", "link silent")
            return True
    return False


# 512


@case(
    "IV.512/export",
    "The settings can be exported and fetched",
    Safety.REVERSIBLE,
    capabilities=capabilities_of(512),
    quick=True,
)
async def test_the_settings_are_exported(case: Case, dut: Device) -> None:
    sizes = []
    for _ in range(2):
        reply = await dut.succeeds(512, {}, extra={"subtype": 2})
        dut.conforms(dut.catalogue.commands[512], reply)
        url = (reply.message or {}).get("url", "")
        body = await download(dut, url)
        dut.check(opens(url, body))
        sizes.append(len(body))
    dut.demand(min(sizes) * 2 >= max(sizes), "twice about the same, nothing having changed", f"{sizes} bytes")


@case(
    "IV.512/harmless",
    "An export changes no setting",
    Safety.REVERSIBLE,
    capabilities=(*capabilities_of(512), "measurement"),
    writes=("pair:1",),
)
async def test_an_export_changes_nothing(case: Case, dut: Device) -> None:
    await dut.must(1, {"humi": 41, "dist": 8.5})
    await dut.succeeds(512, {}, extra={"subtype": 2})
    shown = await dut.must(2)
    kept = (shown.get("humi"), shown.get("dist"))
    dut.demand(kept == (41, 8.5), "humi 41, dist 8.5 as before the export", f"{kept}")


@case(
    "V.3/reimport",
    "Exported settings that are uploaded bring back a setting that was changed since",
    Safety.DESTRUCTIVE,
    requirement="V.3/imported",
    capabilities=(*capabilities_of(512), "upload.config", "measurement"),
    writes=("pair:1", *_HEAD, SECOND_PASSWORD),
    waits_s=10,
)
async def test_exported_settings_are_imported(case: Case, dut: Device) -> None:
    await dut.must(1, {"humi": 41})
    body = await _exported(dut)
    await dut.must(1, {"humi": 77})
    if not await _imported(dut, body):
        return
    shown: dict[str, Any] = {}

    async def back() -> bool:
        shown.update(await _persistent(dut, 2))
        return bool(shown.get("humi") == 41)

    await waiting.until(dut, back, 5, 1)
    dut.demand(shown.get("humi") == 41, "humi 41, as it was exported", f"humi {shown.get('humi')!r}")


async def _exported(dut: Device) -> bytes:
    exported = await dut.must(512, {}, extra={"subtype": 2})
    body = await download(dut, exported.get("url", ""))
    if not body:
        raise CaseInconclusive("preamble: the exported file is empty")
    return body


async def _imported(dut: Device, body: bytes) -> bool:
    """Upload exported settings, judge that they are taken, and wait until the device is there again."""
    http = await dut.http()
    answer = await http.upload("config", body, token=http.token or "", method="POST")
    if answer.reply is None and dut.profile.has("upload.put"):
        answer = await http.upload("config", body, token=http.token or "", method="PUT")
    dut.demand(answer.reply is not None, "a JSON reply (R104)", f"status {answer.status}")
    if answer.reply is None:
        return False
    dut.check(checks.success(answer.reply))
    await _settled(dut)
    return True


@cases(
    Case(
        identity,
        title,
        Safety.DESTRUCTIVE,
        requirement=requirement,
        clause=clause,
        capabilities=(*capabilities_of(512), "upload.config", "measurement"),
        writes=(*everywhere(but=(9, 11)), *_HEAD, SECOND_PASSWORD),
        waits_s=10,
    )
    for clause, identity, requirement, title in (
        (
            "V.3",
            "V.3/reimport-whole",
            "V.3/imported",
            "Exported settings that are uploaded bring back the settings of every command, addresses and ports aside",
        ),
        (
            "IV.512",
            "IV.512/export-whole",
            "IV.512/whole",
            "An export holds the settings of every command, as the upload of it shows",
        ),
    )
)
async def test_all_exported_settings_are_imported(case: Case, dut: Device) -> None:
    await change_one(dut)
    before = {number: shown for number, shown in (await snapshot(dut)).items() if number not in (9, 11)}
    body = await _exported(dut)
    await change_one(dut)
    if not await _imported(dut, body):
        return
    found: list[str] = []

    async def back() -> bool:
        found.clear()
        for number, values in before.items():
            get = _CATALOGUE.commands[_CATALOGUE.commands[number].pair or 0]
            differences = checks.differences(get.reply, values, await _persistent(dut, get.cmdtype))
            found.extend(f"{get.cmdtype}: {each}" for each in differences)
        return not found

    await waiting.until(dut, back, 5, 1)
    dut.check(compared("the settings as they were exported", found))


@case(
    "IV.512/factory",
    "Factory settings are restored, whatever command set them",
    Safety.DESTRUCTIVE,
    capabilities=(*capabilities_of(512), "measurement"),
    writes=(*everywhere(but=(9, 11)), *_HEAD, "dead-pixels", SECOND_PASSWORD),
    waits_s=30,
)
async def test_factory_settings_are_restored(case: Case, dut: Device) -> None:
    known = {
        number: command
        for number, command in dut.catalogue.commands.items()
        if command.group == "set"
        and number not in (9, 11)
        and (not command.capability or dut.profile.has(command.capability))
    }
    before = {number: (await dut.ask(command.pair or 0)).message or {} for number, command in known.items()}
    await change_all(dut)
    try:
        await dut.succeeds(512, {}, extra={"subtype": 1})
        await _settled(dut)
        for command in known.values():
            assert command.pair is not None
            shown = await _persistent(dut, command.pair)
            factory = await _persistent(dut, command.pair, {"default": 1})
            # Accounts and their addresses may be kept (R167).
            found = checks.differences(dut.catalogue.commands[command.pair].reply, factory, shown)
            dut.demand(
                not found,
                f"{command.pair}: default 0 shows what default 1 shows (R167)",
                "; ".join(found[:5]) or "the same",
            )
    finally:
        client = await dut.session.live_control()
        for number, command in known.items():
            await client.request(number, writable(dut.catalogue, command, before[number]), legal=False)


async def _settled(dut: Device) -> None:
    """A device may restart now, or not (R167): wait for the end of the link, a little."""
    await dut.control.wait_closed(3.0)
    await dut.session.live_control()


_NOT_AUTHENTICATED = 10005


async def _persistent(dut: Device, number: int, message: Any = None) -> dict[str, Any]:
    """A get over whatever restarts: the link may drop between two questions."""
    for _ in range(5):
        client = await dut.session.live_control()
        try:
            reply = await client.request(number, message or {})
        except (LinkError, ReplyTimeout):
            await client.close()
            continue
        if reply.retcode == _NOT_AUTHENTICATED:
            # The token did not survive a restart (R166), or a second login (R12).
            await client.close()
            continue
        dut.check(checks.success(reply))
        return reply.message or {}
    raise CaseInconclusive(f"command {number} finds no link that lasts")
