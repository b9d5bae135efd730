"""Chapter IV, 500 against the rest of the device: what general information says of settings, gears, sounds, streams and
the detector is what the commands concerned say and do.
"""

from __future__ import annotations

import base64
import itertools
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from conformance import checks
from conformance.catalogue import Safety
from conformance.catalogue.sizes import DOCUMENT_SIZES
from conformance.client import RemoteError
from conformance.dut.device import Device
from conformance.rules.case import Case, case, cases
from conformance.rules.verdict import CaseInconclusive
from conformance.steps import device_time
from conformance.steps.capabilities import capabilities_of

_SAFE = Safety.REVERSIBLE
_FAR_GEAR = 60
_ZONES_S = 900

# A picture as long as a small logo; a device need not look into it.
_LOGO = base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 2).decode()


# Settings


def _of_both(number: int, name: str, title: str, **facts: Any) -> Iterator[Case[Any]]:
    """Whether 500 shows what a command sets: the two have to agree, and either can be the one that is wrong."""
    clause = f"III.{number}"
    for name_of_case, requirement, whose in (
        (f"IV.500/shows-{name}", "IV.500/settings", "IV.500"),
        (f"{clause}/set/{name}/shown-by-500", f"{clause}/shown", clause),
    ):
        yield Case(
            name_of_case,
            f"General information shows the {title} that command {number} sets",
            _SAFE,
            requirement=requirement,
            clause=whose,
            capabilities=capabilities_of(number),
            writes=(f"pair:{number}",),
            **facts,
        )


@cases(
    row
    for name, shown, values in (
        ("name", "systemname", ("gate 7 north", "yard")),
        ("copyright", "copyright", ("(c) somebody, 2031", "nobody")),
        ("logo", "logo", (_LOGO,)),
    )
    for row in _of_both(15, name, name, data=(name, shown, values))
)
async def test_general_information_shows_what_is_set(case: Case[Any], dut: Device) -> None:
    name, key, values = case.data
    set_now, shown_now = (await dut.must(16)).get(name), (await dut.must(500)).get(key)
    if set_now != shown_now:
        # A device may say something of its own there; only what followed command 15 has to go on following it.
        dut.judgement.observe("500", f"{key} is not the {name} of command 16")
    for value in values:
        reply = await dut.ask(15, {name: value}, legal=False)
        if not reply.ok or (await dut.must(16)).get(name) != value:
            raise CaseInconclusive(f"preamble: {name} is not kept (III.15)")
        shown = (await dut.get(500)).get(key)
        follows = shown == value or shown is None or (set_now != shown_now and shown == shown_now)
        dut.demand(follows, f"{key} {value[:40]!r}", f"{str(shown)[:40]!r}")


@cases(_of_both(15, "language", "language"))
async def test_general_information_shows_the_language(case: Case, dut: Device) -> None:
    words = {"chinese": 0, "english": 1}
    for language in (1, 0, 1):
        if not (await dut.ask(15, {"language": language}, legal=False)).ok:
            dut.judgement.observe("500", f"language {language} is not supported")
            continue
        shown = (await dut.get(500)).get("language")
        if shown not in words:
            dut.judgement.observe("R142", f"language {language}: {shown!r}")
        dut.demand(words.get(str(shown), language) == language, f"the language {language} (R142)", f"{shown!r}")


@cases(_of_both(39, "mode", "infrared mode"))
async def test_general_information_shows_the_infrared_mode(case: Case, dut: Device) -> None:
    # From which number 39 counts is open (R53): the lower of the two that it takes is the single light.
    seen = [
        (await dut.get(500)).get("ir_mode") for mode in (0, 1, 2) if (await dut.ask(39, {"mode": mode}, legal=False)).ok
    ]
    if len(seen) != 2:
        raise CaseInconclusive(f"{len(seen)} modes are taken, not two (III.39)")
    dut.demand(seen in ([None, None], [0, 1]), "ir_mode 0, then 1 (R53)", f"{seen}")


@case(
    "IV.500/shows-time",
    "General information shows the time that command 506 sets, at every hour of the day",
    _SAFE,
    requirement="IV.500/time",
    writes=("clock",),
)
async def test_general_information_shows_the_time(case: Case, dut: Device) -> None:
    shifts = []
    for hour in (9, 21, 0, 12):
        moment = datetime(2027, 10, 21, hour, 26, 48)
        await dut.must(506, {"datetime": moment.strftime(device_time.FORMAT)})
        shown = (await dut.get(500)).get("datetime")
        try:
            shifts.append((datetime.strptime(str(shown), device_time.FORMAT) - moment).total_seconds())
        except ValueError:
            dut.demand(False, f"the time {moment}, or that of its zone (R165)", f"datetime {shown!r}")
            return
    # The zone may shift what is shown (R165): the same each time, and every zone is whole quarters of an hour.
    zone = round(shifts[0] / _ZONES_S) * _ZONES_S
    steady = all(abs(shift - zone) <= 5 for shift in shifts)
    dut.demand(steady, "the time set, but for a constant zone (R165), within 5 s", f"differences of {shifts} s")


# Gears, sounds, streams


@cases(
    Case(
        name,
        "The gears that are listed are those that command 1 takes",
        _SAFE,
        requirement=requirement,
        clause=clause,
        capabilities=("measurement",),
        writes=("pair:1",),
    )
    for name, requirement, clause in (
        ("IV.500/gears", "IV.500/gears", "IV.500"),
        ("III.1/set/gear/those-of-500", "III.1/gears", "III.1"),
    )
)
async def test_the_gears_are_those_that_can_be_set(case: Case, dut: Device) -> None:
    gears = [gear for gear in (await dut.get(500)).get("gears") or [] if isinstance(gear, dict)]
    upside_down = [gear for gear in gears if {"min", "max"} <= gear.keys() and gear["min"] >= gear["max"]]
    dut.demand(not upside_down, "every min below its max", f"{upside_down or 'so'}")
    if "gear" not in await dut.must(2):
        dut.judgement.observe("500", "command 2 shows no gear")
        return
    taken = [gear for gear in (*range(len(gears) + 2), _FAR_GEAR) if (await dut.ask(1, {"gear": gear}, legal=False)).ok]
    if _FAR_GEAR in taken:
        # No range is printed: a device that takes any number says nothing of its gears here.
        dut.judgement.observe("500", "any gear is taken")
        return
    # Where there is nothing to choose none is listed, and the only one may still be named; from 0 or 1 is not said.
    right = len(taken) == len(gears) or (not gears and len(taken) <= 1)
    dut.demand(right, f"{len(gears)} gears to be set, as many as are listed", f"gears {taken} are taken")


@case(
    "IV.500/sounds",
    "Of the sounds that are listed all can be fetched, or none",
    capabilities=("http.login",),
)
async def test_all_sounds_can_be_fetched_or_none(case: Case, dut: Device) -> None:
    sounds = [each for each in (await dut.get(500)).get("audiofile") or [] if isinstance(each, dict)]
    paths = [sound[key] for sound in sounds for key in ("path", "path1") if isinstance(sound.get(key), str)]
    there = {path: await _is_there(dut, path) for path in paths if path}
    # That they can be asked for by HTTP is not said; a device that hands out one hands out what it lists.
    missing = [path for path in there if not there[path]]
    dut.demand(len(missing) in (0, len(there)), f"all of {list(there)}, or none", f"not {missing}" if missing else "so")


async def _is_there(dut: Device, path: str) -> bool:
    try:
        answer = await dut.plain_http().fetch(path if path.startswith("/") else f"/{path}")
    except RemoteError:
        return False
    return answer.status == 200 and bool(answer.body)


_STREAMS = (
    ("vl_rtsp_url", "vl_video_url"),
    ("vl_sub_rtsp_url", "vl_sub_video_url"),
    ("ir_rtsp_url", "ir_video_url"),
    ("ir_sub_rtsp_url", "ir_sub_video_url"),
)


@case("IV.500/streams", "Every stream has an address of its own")
async def test_every_stream_has_its_own_address(case: Case, dut: Device) -> None:
    shown = await dut.get(500)
    urls = {names[0]: shown.get(names[0], shown.get(names[1])) for names in _STREAMS}
    twice = [
        f"{one} and {other}" for one, other in itertools.combinations(urls, 2) if urls[one] and urls[one] == urls[other]
    ]
    dut.demand(not twice, "four addresses that differ", "; ".join(twice) or "so")


# Image and detector


@case(
    "IV.500/output",
    "The infrared image is as large as general information says: its last point has a temperature, none beyond",
    capabilities=capabilities_of(521),
)
async def test_the_image_is_as_large_as_is_said(case: Case, dut: Device) -> None:
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
    "The detector is as large as general information says: its last pixel can be marked, none beyond",
    _SAFE,
    capabilities=capabilities_of(527, 528),
    writes=("dead-pixels",),
)
async def test_the_detector_is_as_large_as_is_said(case: Case, dut: Device) -> None:
    shown = {**DOCUMENT_SIZES, **{key: value for key, value in (await dut.get(500)).items() if isinstance(value, int)}}
    width, height = shown["ir_model_w"], shown["ir_model_h"]
    for x, y in ((width - 1, 0), (0, height - 1)):
        reply = await _marked(dut, x, y)
        dut.demand(reply, f"pixel ({x}, {y}) of {width} x {height} is marked (R79)", "refused")
    for x, y in ((width, 0), (0, height)):
        reply = await _marked(dut, x, y)
        dut.demand(not reply, f"pixel ({x}, {y}), beyond {width} x {height}, is refused (R79)", "marked")


async def _marked(dut: Device, x: int, y: int) -> Any:
    return (await dut.ask(527, {"points": [{"x": x, "y": y}]}, extra={"subtype": 0}, legal=False)).ok
