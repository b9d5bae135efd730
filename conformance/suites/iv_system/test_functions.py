"""Chapter IV, 500 to 531: every reading is answered in full; what 500 says is so; alarms are silenced, the
shutter is closed (500, 524, 529).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, Literal

from conformance import checks
from conformance.catalogue import Command, Safety, load, values
from conformance.catalogue.model import Keyword
from conformance.client import ConnectError, LinkError, RemoteError, ReplyTimeout, VideoStream, video_header
from conformance.dut.device import Device
from conformance.rules.case import Case, case, cases
from conformance.steps import device_time, waiting
from conformance.steps.capabilities import capabilities_of

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


def _asked() -> Iterator[Case[Any]]:
    for number, variants in _ASKED.items():
        command = _CATALOGUE.commands[number]
        for label, changes in variants:
            yield Case(
                f"{command.clause}/{label}",
                f"{command.title}: {label}",
                requirement=f"{command.clause}/reply",
                capabilities=capabilities_of(number),
                quick=True,
                command=command,
                data=changes,
            )


@cases(_asked())
async def test_a_question_is_answered_in_full(case: Case[Any], dut: Device) -> None:
    command = case.subject
    reply = await waiting.ask_when_ready(dut, command.cmdtype, {**_message(command, dut), **case.data})
    if dut.check(checks.success(reply)):
        dut.conforms(command, reply)


def _message(command: Command, dut: Device) -> dict[str, Any]:
    """A legal message; periods end now, because an empty past is a legal answer and says nothing."""
    message: dict[str, Any] = values.request(command, dut.sizes)["message"]
    now = _device_time(dut)
    for start, end in (("starttime", "endtime"), ("query_start_time", "query_end_time")):
        if start in message:
            message[start] = (now - timedelta(hours=1)).strftime(device_time.FORMAT)
            message[end] = now.strftime(device_time.FORMAT)
    if "year" in message:
        message.update(year=now.year, month=now.month)
    if "report" in message:
        message["report"] = 0
    return message


def _device_time(dut: Device) -> datetime:
    """The device's time as it said at the start of the run; the host's where it said none."""
    try:
        return datetime.strptime(str(dut.facts.general.get("datetime")), device_time.FORMAT)
    except ValueError:
        return datetime.now()


@case("IV.505/steady", "The versions and the serial number stay the same", waits_s=2)
async def test_the_versions_stay_the_same(case: Case, dut: Device) -> None:
    first = await dut.get(505)
    await dut.clock.sleep(2)
    again = await dut.get(505)
    dut.demand(first == again, checks.short(first), checks.short(again))


# 500


@case("IV.500/clock", "The time that 500 shows goes on", waits_s=5)
async def test_the_time_shown_goes_on(case: Case, dut: Device) -> None:
    before = await device_time.read(dut)
    await dut.clock.sleep(5)
    passed = (await device_time.read(dut) - before).total_seconds()
    dut.demand(3 <= passed <= 8, "5 s later after 5 s (within 2 s)", f"{passed:g} s later")


@cases(
    Case(
        f"IV.500/video-port-{image}",
        f"The {name} video port takes a connection and gives {name} pictures",
        requirement="IV.500/ports",
        capabilities=(f"video.{image}-main",),
        data=(f"{image}_video_port", streamtype),
    )
    for image, name, streamtype in (("ir", "infrared", 1), ("vl", "visible", 2))
)
async def test_a_video_port_is_the_one_it_is_called(case: Case[Any], dut: Device) -> None:
    field, streamtype = case.data
    port = (await dut.get(500)).get(field)
    wanted = dut.profile["video_transport"]
    ways: tuple[Literal["websocket", "tcp"], ...] = ("websocket", "tcp") if wanted == "auto" else (wanted,)
    for transport in ways:
        try:
            stream = await VideoStream.open(
                dut.link.target.host,
                port if isinstance(port, int) else 0,
                transport=transport,
                path=dut.profile["video_path"],
                transcript=dut.link.transcript,
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


@case("IV.500/control-port", "The control port and path that 500 names are reached")
async def test_the_control_port_is_the_one_that_is_used(case: Case, dut: Device) -> None:
    shown = await dut.get(500)
    used = (dut.link.target.control_port, dut.profile["control_path"])
    named = (shown.get("control_port"), shown.get("control_uri", shown.get("control_url")))
    # A port that a router forwards has another number outside.
    dut.demand(named == used, f"{used}", f"{named}", keyword=Keyword.SHOULD)


@case(
    "IV.500/sizes",
    "The image sizes of 500 are those of the images",
    capabilities=capabilities_of(523, 530),
)
async def test_the_sizes_are_those_of_the_images(case: Case, dut: Device) -> None:
    shown = await dut.get(500)
    own = (shown.get("ir_output_w"), shown.get("ir_output_h"))
    matrix = (await waiting.ask_when_ready(dut, 530, {"type": 0})).message or {}
    shot = await dut.must(523, {"type": 3})
    found = {(each.get("width"), each.get("height")) for each in (matrix,)}
    found.add((shot.get("image_width"), shot.get("image_height")))
    # Only where both images agree is it surely 500 that is wrong: 530 also has sizes of its own (R77).
    sure = len(found) == 1 and all(isinstance(size, int) for size in next(iter(found)))
    dut.demand(not sure or own in found, f"ir_output {sorted(map(str, found))}, the size of the images", f"{own}")


@case("IV.500/audio", "The sounds that 500 names can be fetched", capabilities=("http.login",))
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


# 524, 529


@cases(
    Case(
        f"IV.{number}/{label}",
        f"{_CATALOGUE.commands[number].title}: {label}",
        _CATALOGUE.commands[number].safety,
        requirement=f"IV.{number}/done",
        capabilities=capabilities_of(number),
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
async def test_a_function_is_done(case: Case[Any], dut: Device) -> None:
    await dut.succeeds(case.subject.cmdtype, case.data)


@case(
    "IV.529/matrix",
    "After a correction the temperatures come back",
    _SAFE,
    requirement="IV.529/done",
    capabilities=capabilities_of(529, 530),
    waits_s=5,
)
async def test_after_a_correction_there_are_temperatures(case: Case, dut: Device) -> None:
    await dut.succeeds(529, {})
    reply = await waiting.ask_when_ready(dut, 530, {"type": 0})
    dut.check(checks.success(reply))
