"""Chapter IV, 500 to 531: a legal request of every function is obeyed, and what it returns is what it claims to be."""

from __future__ import annotations

import base64
import io
import tarfile
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from conformance import checks
from conformance.case import Case, case, cases
from conformance.catalogue import Command, Safety, load, values
from conformance.checks import Result
from conformance.matrix import SIZES, MatrixError, decode_matrix
from conformance.verdict import CaseInconclusive
from fixtures.device import Device

_CATALOGUE = load()
_SAFE = Safety.REVERSIBLE
_DATETIME = "%Y-%m-%d %H:%M:%S"

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
                capabilities=(command.capability,) if command.capability else (),
                quick=True,
                command=command,
                data=changes,
            )


@cases(_asked())
async def test_a_question_is_answered_in_full(case: Case, dut: Device) -> None:
    command = case.subject
    await dut.get(command.cmdtype, {**_message(command, dut), **case.data})


def _message(command: Command, dut: Device) -> dict[str, Any]:
    """A legal message; periods end now, because an empty past is a legal answer and says nothing."""
    message: dict[str, Any] = values.request(command, dut.sizes)["message"]
    now = _device_time(dut)
    for start, end in (("starttime", "endtime"), ("query_start_time", "query_end_time")):
        if start in message:
            message[start] = (now - timedelta(hours=1)).strftime(_DATETIME)
            message[end] = now.strftime(_DATETIME)
    if "year" in message:
        message.update(year=now.year, month=now.month)
    if "report" in message:
        message["report"] = 0
    return message


def _device_time(dut: Device) -> datetime:
    """The device's time as it said at the start of the run; the host's where it said none."""
    try:
        return datetime.strptime(str(dut.context.general.get("datetime")), _DATETIME)
    except ValueError:
        return datetime.now()


def _cap(number: int) -> tuple[str, ...]:
    capability = _CATALOGUE.commands[number].capability
    return (capability,) if capability else ()


@case(
    "IV.521/point", "IV.521/value", "The temperature of a point is shown", "IV.521", capabilities=_cap(521), quick=True
)
async def test_a_point_has_a_temperature(case: Case, dut: Device) -> None:
    message = await dut.get(521, {"cursor_x": 10, "cursor_y": 10, "cursor_type": 0})
    dut.demand(message.get("show") in (0, 1), "show is 0 or 1", f"show {message.get('show')!r}")


@case("IV.521/off", "IV.521/off", "A negative cursor switches the display off", "IV.521", capabilities=_cap(521))
async def test_a_negative_cursor_switches_the_display_off(case: Case, dut: Device) -> None:
    await dut.succeeds(521, {"cursor_x": -1, "cursor_y": -1, "cursor_type": 0}, legal=False)


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
    for moment in (datetime(2030, 6, 1, 12, 0, 0), datetime(2031, 2, 28, 23, 0, 0)):
        await dut.succeeds(506, {"datetime": moment.strftime(_DATETIME)})
        shown = await dut.get(500)
        try:
            shifts.append((datetime.strptime(str(shown.get("datetime")), _DATETIME) - moment).total_seconds())
        except ValueError:
            dut.demand(False, "500 shows the time", f"datetime {shown.get('datetime')!r}")
            return
    # R165: the zone may shift what 500 shows, but by the same amount each time.
    quarter = round(shifts[0] / 900) * 900
    dut.judgement.observe("R165", f"{quarter / 3600:g} h")
    steady = all(abs(shift - quarter) <= 5 for shift in shifts)
    dut.demand(steady, "the time set, but for a constant zone (R165), within 5 s", f"differences of {shifts} s")


@case("IV.509/query", "IV.509/query", "The state of recording is told", "IV.509", capabilities=_cap(509), quick=True)
async def test_the_state_of_recording_is_told(case: Case, dut: Device) -> None:
    reply = await dut.succeeds(509, {"record_stream": 0}, extra={"subtype": 4})
    dut.conforms(dut.catalogue.commands[509], reply)


@cases(
    Case(
        f"IV.509/record-{name}",
        "IV.509/record",
        f"Recording the {name} stream starts and stops",
        "IV.509",
        _SAFE,
        capabilities=_cap(509),
        writes=("recording",),
        data=(stream, key, value),
        quick=stream == 1,
    )
    for stream, name, key, value in (
        (1, "visible", "status", 1),
        (2, "infrared", "status", 2),
        (3, "dual", "allrecord", 1),
    )
)
async def test_recording_starts_and_stops(case: Case, dut: Device) -> None:
    stream, key, running = case.data
    await dut.succeeds(509, {"record_stream": stream}, extra={"subtype": 1})
    state = await dut.must(509, {"record_stream": 0}, extra={"subtype": 4})
    dut.demand(state.get(key) == running, f"{key} {running} while it records", f"{key} {state.get(key)!r}")
    await dut.succeeds(509, {"record_stream": stream}, extra={"subtype": 3})
    state = await dut.must(509, {"record_stream": 0}, extra={"subtype": 4})
    dut.demand(state.get(key) == 0, f"{key} 0 after the stop", f"{key} {state.get(key)!r}")


@case(
    "IV.510/download",
    "IV.510/download",
    "The log that 510 names can be fetched and opened",
    "IV.510",
    capabilities=_cap(510),
)
async def test_the_log_opens(case: Case, dut: Device) -> None:
    url = (await dut.get(510)).get("url", "")
    body = await _download(dut, url)
    dut.check(_archive(url, body))


async def _download(dut: Device, url: str) -> bytes:
    if not dut.context.target.http_port:
        raise CaseInconclusive("no HTTP port is known")
    answer = await (await dut.http()).fetch(url)
    dut.demand(answer.status == 200, f"{url} can be fetched", f"status {answer.status}")
    return bytes(answer.body)


def _archive(url: str, body: bytes) -> Result:
    result = Result("a file that is what its name says", f"{len(body)} bytes")
    if not body:
        result.fail("a file with content", "0 bytes", "download")
    if url.endswith((".tar.gz", ".tgz", ".tar")):
        try:
            with tarfile.open(fileobj=io.BytesIO(body)) as archive:
                archive.getmembers()
        except (tarfile.TarError, EOFError, OSError) as error:
            result.fail("an archive that opens", f"{len(body)} bytes: {error}", "download")
    return result


@case(
    "IV.512/export",
    "IV.512/export",
    "The settings can be exported and fetched",
    "IV.512",
    Safety.REVERSIBLE,
    capabilities=_cap(512),
    quick=True,
)
async def test_the_settings_are_exported(case: Case, dut: Device) -> None:
    reply = await dut.succeeds(512, {}, extra={"subtype": 2})
    dut.conforms(dut.catalogue.commands[512], reply)
    url = (reply.message or {}).get("url", "")
    dut.check(_archive(url, await _download(dut, url)))


@cases(
    Case(
        f"IV.{number}/{label}",
        f"IV.{number}/done",
        f"{_CATALOGUE.commands[number].title}: {label}",
        f"IV.{number}",
        _CATALOGUE.commands[number].safety,
        capabilities=_cap(number),
        writes=writes,
        command=_CATALOGUE.commands[number],
        data=(message, extra),
        quick=True,
    )
    for number, label, message, extra, writes in (
        (517, "period-1", {"interval": 1}, {}, ()),
        (518, "infrared-brightness", {"params": [{"type": 7, "value": 61}]}, {}, ("pair:5",)),
        (518, "visible-contrast", {"params": [{"type": 2, "value": 39}]}, {}, ("pair:5",)),
        (524, "sound", {"type": 0}, {}, ()),
        (524, "output", {"type": 1}, {}, ()),
        (524, "both", {"type": 2}, {}, ()),
        (524, "without-type", {}, {}, ()),
        (529, "nuc", {}, {}, ()),
    )
)
async def test_a_function_is_done(case: Case, dut: Device) -> None:
    message, extra = case.data
    await dut.succeeds(case.subject.cmdtype, message, extra=extra or None)


@cases(
    Case(
        f"IV.518/shown-{kind}",
        "IV.518/shown",
        f"Image effect {kind} set by 518 is shown by 6",
        "IV.518",
        _SAFE,
        capabilities=("image-effect",),
        writes=("pair:5",),
        data=(kind, part, name, value),
    )
    for kind, part, name, value in (
        (1, "vl_config", "brightness", 41),
        (2, "vl_config", "contrast", 42),
        (3, "vl_config", "saturation", 43),
        (4, "vl_config", "sharpness", 44),
        (7, "ir_config", "brightness", 45),
        (8, "ir_config", "contrast", 46),
        (9, "ir_config", "saturation", 47),
        (10, "ir_config", "sharpness", 48),
    )
)
async def test_an_image_effect_is_shown(case: Case, dut: Device) -> None:
    kind, part, name, value = case.data
    await dut.succeeds(518, {"params": [{"type": kind, "value": value}]})
    shown = ((await dut.get(6)).get(part) or {}).get(name)
    dut.demand(shown == value, f"{part}.{name} {value}", f"{part}.{name} {shown!r}")


@case(
    "IV.516/subscribe",
    "IV.516/done",
    "The real-time report is subscribed and unsubscribed",
    "IV.516",
    _SAFE,
    capabilities=_cap(516),
    quick=True,
)
async def test_the_report_is_subscribed_and_unsubscribed(case: Case, dut: Device) -> None:
    client = await dut.logged_in()
    for wanted in (1, 0):
        reply = await dut.succeeds(516, {"push_report": wanted}, client=client)
        dut.conforms(dut.catalogue.commands[516], reply)


@case("IV.525/mail", "IV.525/answered", "A mail test is answered", "IV.525", _SAFE, capabilities=_cap(525), quick=True)
async def test_a_mail_test_is_answered(case: Case, dut: Device) -> None:
    reply = await dut.ask(525, {})
    known = {code for code, row in dut.catalogue.return_codes.items() if row.documented}
    dut.demand(reply.retcode in known, "a documented code (R176)", checks.describe(reply))


@case(
    "IV.527/mark",
    "IV.527/mark",
    "A dead pixel is marked, listed and unmarked",
    "IV.527",
    _SAFE,
    capabilities=_cap(527),
    writes=("dead-pixels",),
    quick=True,
)
async def test_a_dead_pixel_is_marked_listed_and_unmarked(case: Case, dut: Device) -> None:
    present = {(point.get("x"), point.get("y")) for point in (await dut.get(528)).get("points", [])}
    x, y = next((x, 3) for x in range(2, 100) if (x, 3) not in present)
    for subtype, wanted in ((0, True), (2, False)):
        await dut.succeeds(527, {"points": [{"x": x, "y": y}]}, extra={"subtype": subtype})
        points = [(point.get("x"), point.get("y")) for point in (await dut.get(528)).get("points", [])]
        listed = (x, y) in points
        dut.demand(listed is wanted, f"({x}, {y}) {'listed' if wanted else 'not listed'}", f"{checks.short(points)}")


@case("IV.530/size", "IV.530/size", "The matrix has the size it states", "IV.530", capabilities=_cap(530), quick=True)
async def test_the_matrix_has_the_size_it_states(case: Case, dut: Device) -> None:
    for kind in (0, 1):
        message = await dut.get(530, {"type": kind})
        try:
            matrix = decode_matrix(message, kind)
        except MatrixError as error:
            dut.demand(False, "width x height x 2 bytes in base64 (R77)", str(error))
            continue
        if matrix.raw.dtype.itemsize == 4:
            dut.judgement.observe("R77", "int32")
        size = (matrix.width, matrix.height)
        own = (dut.sizes.get("ir_output_w"), dut.sizes.get("ir_output_h"))
        wanted = {SIZES[kind], own} if kind == 0 else {SIZES[kind]}
        dut.demand(size in wanted, f"width and height {sorted(map(str, wanted))}", f"{size}")


@cases(
    Case(
        f"IV.523/content-{kind}",
        "IV.523/content",
        f"Screenshot {kind} holds what its type says",
        "IV.523",
        capabilities=_cap(523),
        data=kind,
    )
    for kind in (1, 2, 3)
)
async def test_a_screenshot_holds_what_its_type_says(case: Case, dut: Device) -> None:
    message = await dut.get(523, {"type": case.data})
    data = base64.b64decode(message.get("image_content", ""))
    if case.data == 1:
        dut.demand(
            data[:3] == b"\xff\xd8\xff" and data.rstrip(b"\0")[-2:] == b"\xff\xd9",
            "a whole JPEG",
            f"{len(data)} bytes, {data[:4].hex()}",
        )
        return
    names, depth = (("ir_model_w", "ir_model_h"), 3) if case.data == 2 else (("ir_output_w", "ir_output_h"), 4)
    width = message.get("image_width", dut.sizes.get(names[0], 0))
    height = message.get("image_height", dut.sizes.get(names[1], 0))
    wanted = width * height * depth
    dut.demand(len(data) == wanted > 0, f"{width} x {height} x {depth} bytes (R76)", f"{len(data)} bytes")


@case(
    "IV.508/restart",
    "IV.508/restart",
    "The device restarts and keeps its configuration",
    "IV.508",
    Safety.DISRUPTIVE,
    writes=("pair:1",),
)
async def test_the_device_restarts_and_keeps_its_configuration(case: Case, dut: Device) -> None:
    await dut.must(1, {"humi": 43})
    await dut.succeeds(508, {})
    ended = await dut.control.wait_closed(10)
    if not ended:
        await dut.control.close()
    dut.judgement.observe("R166", "link closed" if ended else "link kept open")
    client = await dut.context.session()
    shown = await dut.get(2, client=client)
    dut.demand(shown.get("humi") == 43, "humi 43 after the restart", f"humi {shown.get('humi')!r}")


@case("IV.511/cleanup", "IV.511/cleanup", "Cleaning up is done", "IV.511", Safety.DESTRUCTIVE, capabilities=_cap(511))
async def test_cleaning_up_is_done(case: Case, dut: Device) -> None:
    await dut.succeeds(511, {})


@case(
    "IV.512/factory",
    "IV.512/factory",
    "Factory settings are restored",
    "IV.512",
    Safety.DESTRUCTIVE,
    capabilities=_cap(512),
    writes=("pair:1",),
)
async def test_factory_settings_are_restored(case: Case, dut: Device) -> None:
    await dut.must(1, {"humi": 44})
    await dut.succeeds(512, {}, extra={"subtype": 1})
    client = await dut.context.session()
    shown = await dut.get(2, {"default": 0}, client=client)
    factory = await dut.get(2, {"default": 1}, client=client)
    found = checks.differences(_CATALOGUE.commands[2].reply, factory, shown)
    dut.demand(not found, "default 0 shows what default 1 shows (R167)", "; ".join(found) or "the same")
