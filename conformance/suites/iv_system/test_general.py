"""Command 500, general information: it is open to everybody, and it agrees with what the other commands say and do."""

from __future__ import annotations

import itertools
from datetime import datetime

from conformance import checks
from conformance.catalogue import Safety
from conformance.catalogue.formats import DATETIME
from conformance.catalogue.model import Keyword
from conformance.catalogue.sizes import DOCUMENT_SIZES
from conformance.client import OMIT, RemoteError
from conformance.dut.device import Device
from conformance.rules.case import Case, case, cases
from conformance.rules.verdict import CaseInconclusive
from conformance.steps import device_time, general, waiting
from conformance.steps.capabilities import capabilities_of
from conformance.steps.downloads import served

_SAFE = Safety.REVERSIBLE
_ZONES_S = 900


# Open to everybody


@case(
    "IV.500/without-token", "General information must be shown without a login", requirement="IV.500/open", quick=True
)
async def test_general_information_needs_no_token(case: Case, dut: Device) -> None:
    client = await dut.open()
    reply = await dut.ask(500, {}, client=client, token=OMIT)
    dut.check(checks.success(reply))
    dut.conforms(dut.catalogue.commands[500], reply)


@case("IV.500/empty-token", "General information must be shown with an empty token", requirement="IV.500/open")
async def test_general_information_accepts_an_empty_token(case: Case, dut: Device) -> None:
    client = await dut.open()
    dut.check(checks.success(await dut.ask(500, {}, client=client, token="")))


# Settings


@cases(
    Case(
        f"IV.500/shows-{text.name}",
        f"General information must show the {text.name} that command 15 sets",
        _SAFE,
        requirement="IV.500/settings",
        **general.setting_needs(15),
        data=text,
    )
    for text in general.TEXTS
)
async def test_general_information_shows_a_text_that_is_set(case: Case[general.Text], dut: Device) -> None:
    await general.judge_text(dut, case.data)


@case(
    "IV.500/shows-language",
    "General information must show the language that command 15 sets",
    _SAFE,
    requirement="IV.500/settings",
    **general.setting_needs(15),
)
async def test_general_information_shows_the_language(case: Case, dut: Device) -> None:
    await general.judge_language(dut)


@case(
    "IV.500/shows-mode",
    "General information must show the infrared mode that command 39 sets",
    _SAFE,
    requirement="IV.500/settings",
    **general.setting_needs(39),
)
async def test_general_information_shows_the_infrared_mode(case: Case, dut: Device) -> None:
    await general.judge_infrared_mode(dut)


@case(
    "IV.500/shows-time",
    "General information must show the time that command 506 sets, at every hour of the day",
    _SAFE,
    requirement="IV.500/time",
    writes=("clock",),
)
async def test_general_information_shows_the_time(case: Case, dut: Device) -> None:
    shifts = []
    for hour in (9, 21, 0, 12):
        moment = datetime(2027, 10, 21, hour, 26, 48)
        await dut.must(506, {"datetime": moment.strftime(DATETIME)})
        shown = (await dut.get(500)).get("datetime")
        try:
            shifts.append((datetime.strptime(str(shown), DATETIME) - moment).total_seconds())
        except ValueError:
            dut.demand(False, f"the time {moment}, or that of its zone (R165)", f"datetime {shown!r}")
            return
    # The zone may shift what is shown (R165): the same each time, and every zone is whole quarters of an hour.
    zone = round(shifts[0] / _ZONES_S) * _ZONES_S
    steady = all(abs(shift - zone) <= 5 for shift in shifts)
    dut.demand(steady, "the time set, but for a constant zone (R165), within 5 s", f"differences of {shifts} s")


# Gears, sounds, streams


@case(
    "IV.500/gears",
    "General information must list the gears that command 1 accepts",
    _SAFE,
    capabilities=("measurement",),
    writes=("pair:1",),
)
async def test_the_gears_listed_are_those_that_can_be_set(case: Case, dut: Device) -> None:
    await general.judge_gears(dut)


@case(
    "IV.500/sounds",
    "The sounds that general information lists must all be available for download, or none of them",
    capabilities=("http.login",),
)
async def test_all_sounds_can_be_fetched_or_none(case: Case, dut: Device) -> None:
    sounds = [each for each in (await dut.get(500)).get("audiofile") or [] if isinstance(each, dict)]
    paths = [sound[key] for sound in sounds for key in ("path", "path1") if isinstance(sound.get(key), str)]
    there = {path: bool(await served(dut, path)) for path in paths if path}
    # It is not said that they can be fetched by HTTP, but a device that sends one must send all that it lists.
    missing = [path for path in there if not there[path]]
    dut.demand(
        len(missing) in (0, len(there)),
        f"all of {list(there)}, or none",
        f"no file at {missing}" if missing else "as expected",
    )


_STREAMS = (
    ("vl_rtsp_url", "vl_video_url"),
    ("vl_sub_rtsp_url", "vl_sub_video_url"),
    ("ir_rtsp_url", "ir_video_url"),
    ("ir_sub_rtsp_url", "ir_sub_video_url"),
)


@case("IV.500/streams", "Every stream must have an address of its own")
async def test_every_stream_has_its_own_address(case: Case, dut: Device) -> None:
    shown = await dut.get(500)
    urls = {names[0]: shown.get(names[0], shown.get(names[1])) for names in _STREAMS}
    twice = [
        f"{one} and {other}" for one, other in itertools.combinations(urls, 2) if urls[one] and urls[one] == urls[other]
    ]
    dut.demand(not twice, "four addresses that differ", "; ".join(twice) or "as expected")


# Image and detector


@case(
    "IV.500/output",
    "The infrared image must be as large as general information says: no point beyond it has a temperature",
    capabilities=capabilities_of(521),
)
async def test_the_image_has_the_size_that_500_shows(case: Case, dut: Device) -> None:
    shown = await dut.get(500)
    width, height = shown.get("ir_output_w"), shown.get("ir_output_h")
    if not (isinstance(width, int) and isinstance(height, int)):
        raise CaseInconclusive("500 shows no size of the infrared image")
    for x, y in ((width, 1), (1, height)):
        reply = await dut.ask(521, {"cursor_x": x, "cursor_y": y, "cursor_type": 0}, legal=False)
        dut.demand(reply.ok, f"point ({x}, {y}) of {width} x {height} has a temperature (R58)", checks.describe(reply))
    for x, y in ((width + 1, 1), (1, height + 1)):
        reply = await dut.ask(521, {"cursor_x": x, "cursor_y": y, "cursor_type": 0}, legal=False)
        refused = f"point ({x}, {y}), beyond {width} x {height}, is refused (R75)"
        dut.demand(not reply.ok, refused, checks.describe(reply))


@case(
    "IV.500/detector",
    "The detector must be as large as general information says: no pixel beyond it can be marked",
    _SAFE,
    capabilities=capabilities_of(527, 528),
    writes=("dead-pixels",),
)
async def test_the_detector_has_the_size_that_500_shows(case: Case, dut: Device) -> None:
    shown = {**DOCUMENT_SIZES, **{key: value for key, value in (await dut.get(500)).items() if isinstance(value, int)}}
    width, height = shown["ir_model_w"], shown["ir_model_h"]
    for x, y in ((width - 1, 0), (0, height - 1)):
        reply = await _marked(dut, x, y)
        dut.demand(reply, f"pixel ({x}, {y}) of {width} x {height} is marked (R79)", "refused")
    for x, y in ((width, 0), (0, height)):
        reply = await _marked(dut, x, y)
        dut.demand(not reply, f"pixel ({x}, {y}), beyond {width} x {height}, is refused (R79)", "marked")


async def _marked(dut: Device, x: int, y: int) -> bool:
    return (await dut.ask(527, {"points": [{"x": x, "y": y}]}, extra={"subtype": 0}, legal=False)).ok


# Ports, sizes, sounds, the clock


@case("IV.500/clock", "The time that 500 shows must go on", waits_s=5)
async def test_the_time_shown_goes_on(case: Case, dut: Device) -> None:
    before = await device_time.read(dut)
    await dut.clock.sleep(5)
    passed = (await device_time.read(dut) - before).total_seconds()
    dut.demand(3 <= passed <= 8, "5 s later after 5 s (within 2 s)", f"{passed:g} s later")


@case("IV.500/control-port", "General information should show the control port and path that are used")
async def test_the_control_port_is_the_one_that_is_used(case: Case, dut: Device) -> None:
    shown = await dut.get(500)
    used = (dut.link.target.control_port, dut.profile["control_path"])
    named = (shown.get("control_port"), shown.get("control_uri", shown.get("control_url")))
    # A port that a router forwards has another number outside.
    dut.demand(named == used, f"control port and path {used}", f"control port and path {named}", keyword=Keyword.SHOULD)


@case(
    "IV.500/sizes",
    "General information must show the sizes that the images have",
    capabilities=capabilities_of(523, 530),
)
async def test_the_sizes_are_those_of_the_images(case: Case, dut: Device) -> None:
    shown = await dut.get(500)
    own = (shown.get("ir_output_w"), shown.get("ir_output_h"))
    matrix = (await waiting.ask_when_ready(dut, 530, {"type": 0})).message or {}
    shot = await dut.must(523, {"type": 3})
    found = {(each.get("width"), each.get("height")) for each in (matrix,)}
    found.add((shot.get("image_width"), shot.get("image_height")))
    # 500 is surely wrong only where both images agree: 530 may also have sizes of its own (R77).
    sure = len(found) == 1 and all(isinstance(size, int) for size in next(iter(found)))
    dut.demand(
        not sure or own in found, f"ir_output {sorted(map(str, found))}, the size of the images", f"ir_output {own}"
    )


@case(
    "IV.500/audio",
    "The sounds that general information lists should be available for download",
    capabilities=("http.login",),
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
        # It is not said that this path can be fetched by HTTP.
        dut.demand(good, f"{path} can be fetched", found, keyword=Keyword.SHOULD)
    dut.demand(
        len({sound.get("index") for sound in sounds}) == len(sounds),
        "an index of its own for each sound",
        checks.short(sounds),
    )
