"""Chapter IV, 500 to 531: every reading is answered in full; the device as a machine: its facts, clock, restart,
settings file, mail (500-508, 512, 524, 525, 529).
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, Literal

from conformance import checks
from conformance.case import Case, case, cases
from conformance.catalogue import Command, Safety, load, values
from conformance.catalogue.model import Keyword
from conformance.client import ConnectError, LinkError, RemoteError, ReplyTimeout, VideoStream, video_header
from conformance.files import opens
from conformance.restore import writable
from conformance.suites import steps
from conformance.verdict import CaseInconclusive
from fixtures.device import Device

_CATALOGUE = load()
_SAFE = Safety.REVERSIBLE

# Commands whose legal request is a reading: asked as they are, their whole reply is judged.
_ASKED: dict[int, tuple[tuple[str, dict[str, Any]], ...]] = {
    505: (("reply", {}),),
    507: (("reply", {}),),
    510: (("reply", {}),),
    513: tuple(
        (f"{video}-{data}", {"videotype": v, "datatype": d})
        for v, video in ((1, "visible"), (2, "infrared"))
        for d, data in ((1, "video"), (2, "picture"))
    ),
    514: tuple(
        (f"{video}-{data}", {"videotype": v, "datatype": d})
        for v, video in ((1, "visible"), (2, "infrared"))
        for d, data in ((1, "video"), (2, "picture"))
    ),
    515: tuple((f"temperature-{kind}", {"query_temp_type": kind}) for kind in (1, 2, 3)),
    520: (("reply", {}),),
    522: (("reply", {}),),
    523: tuple((f"type-{kind}", {"type": kind}) for kind in (1, 2, 3)),
    528: (("reply", {}),),
    530: tuple((f"type-{kind}", {"type": kind}) for kind in (0, 1)),
    531: (("reply", {}),),
}


def _asked() -> Iterator[Case]:
    for number, variants in _ASKED.items():
        command = _CATALOGUE.commands[number]
        for label, changes in variants:
            yield Case(
                f"{command.clause}/{label}",
                f"{command.clause}/reply",
                f"{command.title}: {label}",
                command.clause,
                capabilities=steps.capabilities(number),
                quick=True,
                command=command,
                data=changes,
            )


@cases(_asked())
async def test_a_question_is_answered_in_full(case: Case, dut: Device) -> None:
    command = case.subject
    reply = await steps.patient(dut, command.cmdtype, {**_message(command, dut), **case.data})
    if dut.check(checks.success(reply)):
        dut.conforms(command, reply)


def _message(command: Command, dut: Device) -> dict[str, Any]:
    """A legal message; periods end now, because an empty past is a legal answer and says nothing."""
    message: dict[str, Any] = values.request(command, dut.sizes)["message"]
    now = _device_time(dut)
    for start, end in (("starttime", "endtime"), ("query_start_time", "query_end_time")):
        if start in message:
            message[start] = (now - timedelta(hours=1)).strftime(steps.DATETIME)
            message[end] = now.strftime(steps.DATETIME)
    if "year" in message:
        message.update(year=now.year, month=now.month)
    if "report" in message:
        message["report"] = 0
    return message


def _device_time(dut: Device) -> datetime:
    """The device's time as it said at the start of the run; the host's where it said none."""
    try:
        return datetime.strptime(str(dut.context.general.get("datetime")), steps.DATETIME)
    except ValueError:
        return datetime.now()


# 500


@case("IV.500/clock", "IV.500/clock", "The time that 500 shows goes on", "IV.500", waits_s=5)
async def test_the_time_shown_goes_on(case: Case, dut: Device) -> None:
    before = await steps.device_time(dut)
    await dut.clock.sleep(5)
    passed = (await steps.device_time(dut) - before).total_seconds()
    dut.demand(3 <= passed <= 8, "5 s later after 5 s (within 2 s)", f"{passed:g} s later")


@cases(
    Case(
        f"IV.500/video-port-{image}",
        "IV.500/ports",
        f"The {name} video port takes a connection and gives {name} pictures",
        "IV.500",
        capabilities=(f"video.{image}-main",),
        data=(f"{image}_video_port", streamtype),
    )
    for image, name, streamtype in (("ir", "infrared", 1), ("vl", "visible", 2))
)
async def test_a_video_port_is_the_one_it_is_called(case: Case, dut: Device) -> None:
    field, streamtype = case.data
    port = (await dut.get(500)).get(field)
    wanted = dut.profile["video_transport"]
    ways: tuple[Literal["websocket", "tcp"], ...] = ("websocket", "tcp") if wanted == "auto" else (wanted,)
    for transport in ways:
        try:
            stream = await VideoStream.open(
                dut.context.target.host,
                port if isinstance(port, int) else 0,
                transport=transport,
                path=dut.profile["video_path"],
                transcript=dut.context.transcript,
                connect_timeout=5.0,
            )
        except ConnectError:
            continue
        try:
            await stream.send(video_header(streamtype, 1, dut.control.token or ""))
            picture = await stream.receive(10.0)
            dut.demand(bool(picture), f"a picture of stream type {streamtype}", f"{len(picture)} bytes")
        except (ReplyTimeout, LinkError) as error:
            dut.demand(False, f"a picture of stream type {streamtype} on {field} {port} (R60)", str(error))
        finally:
            await stream.close()
        return
    dut.demand(False, f"{field} takes a connection", f"{port!r} does not")


@case("IV.500/control-port", "IV.500/control-port", "The control port and path that 500 names are reached", "IV.500")
async def test_the_control_port_is_the_one_that_is_used(case: Case, dut: Device) -> None:
    shown = await dut.get(500)
    used = (dut.context.target.control_port, dut.profile["control_path"])
    named = (shown.get("control_port"), shown.get("control_uri", shown.get("control_url")))
    # A port that a router forwards has another number outside.
    dut.demand(named == used, f"{used}", f"{named}", keyword=Keyword.SHOULD)


@case(
    "IV.500/sizes",
    "IV.500/sizes",
    "The image sizes of 500 are those of the images",
    "IV.500",
    capabilities=steps.capabilities(523, 530),
)
async def test_the_sizes_are_those_of_the_images(case: Case, dut: Device) -> None:
    shown = await dut.get(500)
    own = (shown.get("ir_output_w"), shown.get("ir_output_h"))
    matrix = (await steps.patient(dut, 530, {"type": 0})).message or {}
    shot = await dut.must(523, {"type": 3})
    found = {(each.get("width"), each.get("height")) for each in (matrix,)}
    found.add((shot.get("image_width"), shot.get("image_height")))
    # Only where both images agree is it surely 500 that is wrong: 530 also has sizes of its own (R77).
    sure = len(found) == 1 and all(isinstance(size, int) for size in next(iter(found)))
    dut.demand(not sure or own in found, f"ir_output {sorted(map(str, found))}, the size of the images", f"{own}")


@case(
    "IV.500/audio", "IV.500/audio", "The sounds that 500 names can be fetched", "IV.500", capabilities=("http.login",)
)
async def test_the_sounds_can_be_fetched(case: Case, dut: Device) -> None:
    sounds = [each for each in (await dut.get(500)).get("audiofile") or [] if isinstance(each, dict)]
    http = dut.plain_http()
    for path in [sound[key] for sound in sounds for key in ("path", "path1") if isinstance(sound.get(key), str)]:
        try:
            answer = await http.fetch(path if path.startswith("/") else f"/{path}")
            found = f"status {answer.status}, {len(answer.body)} bytes"
            good = answer.status == 200 and bool(answer.body)
        except RemoteError as error:
            good, found = False, str(error)
        # A path; that it can be asked for by HTTP is not said.
        dut.demand(good, f"{path} can be fetched", found, keyword=Keyword.SHOULD)
    dut.demand(
        len({sound.get("index") for sound in sounds}) == len(sounds),
        "each sound an index of its own",
        checks.short(sounds),
    )


# 506


@case(
    "IV.506/time",
    "IV.506/shown",
    "The time that is set is the time that is shown",
    "IV.506",
    _SAFE,
    writes=("clock",),
    quick=True,
)
async def test_the_time_set_is_the_time_shown(case: Case, dut: Device) -> None:
    shifts = []
    for moment in (datetime(2030, 6, 1, 12, 0, 0), datetime(2031, 2, 28, 23, 0, 0), datetime(2024, 2, 29, 0, 30, 0)):
        await dut.succeeds(506, {"datetime": moment.strftime(steps.DATETIME)})
        shown = await dut.get(500)
        try:
            shifts.append((datetime.strptime(str(shown.get("datetime")), steps.DATETIME) - moment).total_seconds())
        except ValueError:
            dut.demand(False, "500 shows the time", f"datetime {shown.get('datetime')!r}")
            return
    # R165: the zone may shift what 500 shows, but by the same amount each time; summer time would be another one.
    quarter = round(shifts[0] / 900) * 900
    dut.judgement.observe("R165", f"{quarter / 3600:g} h")
    steady = all(abs(shift - quarter) <= 5 for shift in shifts)
    dut.demand(steady, "the time set, but for a constant zone (R165), within 5 s", f"differences of {shifts} s")
    zone = (await dut.ask(16)).message or {}
    offsets = [0, *_offsets(zone.get("time_zone"))]
    dut.demand(
        any(abs(quarter - offset) <= 5 for offset in offsets), "no difference, or the zone's (R165)", f"{quarter} s"
    )


def _offsets(zone: Any) -> list[float]:
    """What zone `zone` of command 15 may add, in seconds: its distance to UTC or to the UTC+8 of zone 0, to and fro."""
    label = (_CATALOGUE.commands[15].request_field("message.time_zone").enum or {}).get(zone, "")
    found = re.search(r"UTC([+-])([0-9]+)(?::([0-9]+))?", label)
    if found is None:
        return []
    own = (int(found[2]) * 3600 + int(found[3] or 0) * 60) * (-1 if found[1] == "-" else 1)
    return [sign * (own - base) for base in (0, 8 * 3600) for sign in (1, -1)]


_NO_TIMES = {
    "february-30": "2021-02-30 12:00:00",
    "april-31": "2021-04-31 12:00:00",
    "no-leap-year": "2023-02-29 12:00:00",
    "month-0": "2021-00-10 12:00:00",
    "day-0": "2021-10-00 12:00:00",
    "hour-24": "2021-02-03 24:00:00",
    "minute-60": "2021-02-03 12:60:00",
    "slashes": "2021/02/03 12:00:00",
    "with-t": "2021-02-03T12:00:00",
    "date-alone": "2021-02-03",
    "empty": "",
}


@cases(
    Case(
        f"IV.506/no-time/{label}",
        "IV.506/no-time",
        f"The time {text!r} is refused and the clock goes on",
        "IV.506",
        _SAFE,
        writes=("clock",),
        data=text,
    )
    for label, text in _NO_TIMES.items()
)
async def test_what_is_no_time_is_refused(case: Case, dut: Device) -> None:
    before = await steps.device_time(dut) - dut.clock.now()
    await dut.is_refused(506, {"datetime": case.data}, "R22")
    moved = (await steps.device_time(dut) - dut.clock.now() - before).total_seconds()
    dut.demand(abs(moved) <= 5, "the clock as it was", f"moved by {moved:g} s")


# 508

_LONGEST_DROP_S = 90.0


@case(
    "IV.508/restart",
    "IV.508/restart",
    "The device restarts: its link drops, it comes back and keeps its configuration",
    "IV.508",
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
    client = await dut.context.session()
    shown = await dut.get(2, client=client)
    kept = (shown.get("humi"), shown.get("dist"))
    dut.demand(kept == (43, 7.5), "humi 43, dist 7.5 after the restart", f"{kept}")


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
    "IV.512/export",
    "The settings can be exported and fetched",
    "IV.512",
    Safety.REVERSIBLE,
    capabilities=steps.capabilities(512),
    quick=True,
)
async def test_the_settings_are_exported(case: Case, dut: Device) -> None:
    sizes = []
    for _ in range(2):
        reply = await dut.succeeds(512, {}, extra={"subtype": 2})
        dut.conforms(dut.catalogue.commands[512], reply)
        url = (reply.message or {}).get("url", "")
        body = await steps.download(dut, url)
        dut.check(opens(url, body))
        sizes.append(len(body))
    dut.demand(min(sizes) * 2 >= max(sizes), "twice about the same, nothing having changed", f"{sizes} bytes")


@case(
    "V.3/reimport",
    "V.3/imported",
    "Exported settings that are uploaded bring back a setting that was changed since",
    "V.3",
    Safety.DESTRUCTIVE,
    capabilities=(*steps.capabilities(512), "upload.config", "measurement"),
    writes=("pair:1",),
    waits_s=10,
)
async def test_exported_settings_are_imported(case: Case, dut: Device) -> None:
    await dut.must(1, {"humi": 41})
    exported = await dut.must(512, {}, extra={"subtype": 2})
    body = await steps.download(dut, exported.get("url", ""))
    if not body:
        raise CaseInconclusive("preamble: the exported file is empty")
    await dut.must(1, {"humi": 77})
    http = await dut.http()
    answer = await http.upload("config", body, token=http.token or "", method="POST")
    if answer.reply is None and dut.profile.has("upload.put"):
        answer = await http.upload("config", body, token=http.token or "", method="PUT")
    if (
        not dut.demand(answer.reply is not None, "a JSON reply (R104)", f"status {answer.status}")
        or answer.reply is None
    ):
        return
    dut.check(checks.success(answer.reply))
    await _settled(dut)
    shown: dict[str, Any] = {}

    async def back() -> bool:
        shown.update(await _persistent(dut, 2))
        return bool(shown.get("humi") == 41)

    await steps.until(dut, back, 5, 1)
    dut.demand(shown.get("humi") == 41, "humi 41, as it was exported", f"humi {shown.get('humi')!r}")


_OTHER_SETTINGS: dict[int, dict[str, Any]] = {
    1: {"humi": 44},
    5: {"vl_config": {"brightness": 33}, "ir_config": {"contrast": 77}},
    15: {"name": "factory-test"},
    17: {"rects": [{"x": 11, "y": 12, "w": 13, "h": 14}]},
    27: {"light_flag": 1, "light_hold": 77},
    35: {"brightness": 37},
    41: {"silent": 1},
    53: {"high": 3.5},
    55: {"sensitivity": 3},
    57: {"sensitivity": 3},
}
"""Settings of several commands, to be changed before the factory settings come back."""


@case(
    "IV.512/factory",
    "IV.512/factory",
    "Factory settings are restored, whatever command set them",
    "IV.512",
    Safety.DESTRUCTIVE,
    capabilities=(*steps.capabilities(512), "measurement"),
    writes=("pair:1",),
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
    for number in known.keys() & _OTHER_SETTINGS.keys():
        await dut.ask(number, _OTHER_SETTINGS[number], legal=False)
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
        client = await dut.context.session()
        for number, command in known.items():
            await client.request(number, writable(dut.catalogue, command, before[number]), legal=False)


async def _settled(dut: Device) -> None:
    """A device may restart now, or not (R167): wait for the end of the link, a little."""
    await dut.control.wait_closed(3.0)
    await dut.context.session()


_NOT_AUTHENTICATED = 10005


async def _persistent(dut: Device, number: int, message: Any = None) -> dict[str, Any]:
    """A get over whatever restarts: the link may drop between two questions."""
    for _ in range(5):
        client = await dut.context.session()
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


# 524, 525, 529


@cases(
    Case(
        f"IV.{number}/{label}",
        f"IV.{number}/done",
        f"{_CATALOGUE.commands[number].title}: {label}",
        f"IV.{number}",
        _CATALOGUE.commands[number].safety,
        capabilities=steps.capabilities(number),
        command=_CATALOGUE.commands[number],
        data=message,
        quick=label in ("output", "nuc"),
    )
    for number, label, message in (
        (524, "sound", {"type": 0}),
        (524, "output", {"type": 1}),
        (524, "both", {"type": 2}),
        (524, "without-type", {}),
        (529, "nuc", {}),
    )
)
async def test_a_function_is_done(case: Case, dut: Device) -> None:
    await dut.succeeds(case.subject.cmdtype, case.data)


@case(
    "IV.529/matrix",
    "IV.529/done",
    "After a correction the temperatures come back",
    "IV.529",
    _SAFE,
    capabilities=steps.capabilities(529, 530),
    waits_s=5,
)
async def test_after_a_correction_there_are_temperatures(case: Case, dut: Device) -> None:
    await dut.succeeds(529, {})
    reply = await steps.patient(dut, 530, {"type": 0})
    dut.check(checks.success(reply))


@case(
    "IV.525/mail",
    "IV.525/answered",
    "A mail test is answered",
    "IV.525",
    _SAFE,
    capabilities=steps.capabilities(525),
    quick=True,
)
async def test_a_mail_test_is_answered(case: Case, dut: Device) -> None:
    reply = await dut.ask(525, {})
    known = {code for code, row in dut.catalogue.return_codes.items() if row.documented}
    dut.demand(reply.retcode in known, "a documented code (R176)", checks.describe(reply))


@case(
    "IV.525/delivered",
    "IV.525/delivered",
    "A mail test delivers a mail to the server of command 31",
    "IV.525",
    _SAFE,
    capabilities=steps.capabilities(525),
    parameters=("smtp_host",),
    writes=("pair:31",),
    waits_s=20,
)
async def test_a_mail_test_delivers_a_mail(case: Case, dut: Device) -> None:
    from aiosmtpd.smtp import SMTP

    arrived: asyncio.Queue[Any] = asyncio.Queue()

    class Inbox:
        async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - the library's name
            arrived.put_nowait(envelope)
            return "250 OK"

    host = dut.profile["smtp_host"]
    loop = asyncio.get_running_loop()
    bind = host if host.startswith("127.") else None
    server = await loop.create_server(lambda: SMTP(Inbox(), hostname="thermoproof"), bind, 0)
    try:
        account = {
            "smtp_server": host,
            "smtp_port": server.sockets[0].getsockname()[1],
            "encry_type": 0,
            "is_anon": 1,
            "from": "camera@example.com",
            "subject": "thermoproof",
            "mailto": ["first@example.com", "second@example.com"],
        }
        await dut.must(31, account, legal=False)
        await dut.succeeds(525, {})
        try:
            mail = await asyncio.wait_for(arrived.get(), 20.0)
        except TimeoutError:
            dut.demand(False, "a mail within 20 s", "none")
            return
        recipients = sorted(mail.rcpt_tos)
        dut.demand(recipients == sorted(account["mailto"]), f"to {account['mailto']}", f"to {recipients}")
        dut.demand(mail.mail_from == account["from"], f"from {account['from']}", f"from {mail.mail_from}")
        dut.demand(b"thermoproof" in bytes(mail.content), "with its subject", f"{len(mail.content)} bytes")
    finally:
        server.close()
        await server.wait_closed()
