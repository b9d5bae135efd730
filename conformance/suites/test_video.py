"""Appendix II: the right header earns a stream that decodes, nothing else earns a byte."""

from __future__ import annotations

import asyncio
import contextlib
import io
from typing import Any

import numpy as np

from conformance.case import Case, case, cases
from conformance.catalogue import Safety, load, values
from conformance.client import ConnectError, LinkError, RemoteError, ReplyTimeout, VideoStream, video_header
from conformance.restore import writable
from conformance.suites.object_alarms import heat
from conformance.verdict import CaseInconclusive
from fixtures.device import Device

_CATALOGUE = load()
_PORTS = {1: "ir_video_port", 2: "vl_video_port"}
# name: (streamtype, subtype, type of command 24)
_STREAMS = {"ir-main": (1, 1, 3), "ir-sub": (1, 2, 4), "vl-main": (2, 1, 1), "vl-sub": (2, 2, 2)}
_FIRST_FRAME_S = 10.0
_TOKEN_ENDS_S = 10.0
_SPS, _PPS, _IDR = 7, 8, 5
_SLICES = {1, 5}
_SLOW_S = 0.25
_SEEN = 8.0
_GARBAGE = "0123456789abcdef0123456789abcdef"


async def _open(dut: Device, streamtype: int) -> VideoStream:
    """A connection to the port that 500 names for this stream type; nothing is sent."""
    general = await dut.must(500)
    port = general.get(_PORTS[streamtype])
    if not isinstance(port, int):
        raise CaseInconclusive(f"500 names no {_PORTS[streamtype]}")
    wanted = dut.profile["video_transport"]
    wanted = dut.followed("R105") or wanted
    ways: tuple[Any, ...] = ("websocket", "tcp") if wanted == "auto" else (wanted,)
    for transport in ways:
        try:
            stream = await VideoStream.open(
                dut.context.target.host,
                port,
                transport=transport,
                path=dut.profile["video_path"],
                transcript=dut.context.transcript,
                connect_timeout=5.0,
                name=f"video {transport}",
            )
        except ConnectError:
            continue
        dut.follows("R105", transport)
        return stream
    raise CaseInconclusive(f"the video port {port} takes no connection")


def _header(streamtype: int, subtype: int, token: str | None, **facts: Any) -> bytes:
    if token is None or len(token) != 32:
        raise CaseInconclusive("the token has not the 32 characters that a header holds")
    return video_header(streamtype, subtype, token, **facts)


async def _viewer(dut: Device, name: str, token: str | None = None) -> VideoStream:
    """A connection to the stream `name`, its right header sent."""
    streamtype, subtype, _ = _STREAMS[name]
    stream = await _open(dut, streamtype)
    await stream.send(_header(streamtype, subtype, token or dut.control.token))
    return stream


async def _unit(dut: Device, stream: VideoStream) -> bytes:
    try:
        return await stream.receive(_FIRST_FRAME_S)
    except (ReplyTimeout, LinkError) as error:
        dut.demand(False, f"a picture within {_FIRST_FRAME_S:g} s of a right header", str(error))
        raise


async def _stated(dut: Device, name: str) -> dict[str, Any]:
    """What command 24 says of the stream `name`."""
    params = (await dut.must(24)).get("params") or []
    return next((entry for entry in params if entry.get("type") == _STREAMS[name][2]), {})


@cases(
    Case(
        f"A2/{name}",
        "A2/stream",
        f"The stream {name} begins with an IDR and decodes to the size command 24 states",
        "A2",
        capabilities=(f"video.{name}",),
        data=name,
        quick=True,
    )
    for name in _STREAMS
)
async def test_a_stream_decodes(case: Case, dut: Device) -> None:
    stream = await _viewer(dut, case.data)
    try:
        units = [await _unit(dut, stream) for _ in range(10)]
    finally:
        await stream.close()
    found = _nal_types(units[0])
    dut.demand(found >= {_IDR, _SPS, _PPS}, "SPS, PPS and IDR first (R105)", f"NAL units {sorted(found)}")
    if stream.name.endswith("websocket"):
        other = [unit[:4].hex() for unit in units if not unit.startswith(b"\0\0\0\1")]
        dut.demand(not other, "every access unit begins with 00 00 00 01 (R105)", f"begins with {other or 'it'}")
    stated = (await _stated(dut, case.data)).get("ratio")
    size = await asyncio.to_thread(_decoded_size, b"".join(units))
    dut.demand(size == stated, f"pictures of {stated}", f"pictures of {size}")
    broken = await asyncio.to_thread(_broken, b"".join(units))
    dut.demand(not broken, "whole pictures", f"{broken} of {len(units)} in part")


@cases(
    Case(
        f"A2/rate/{name}",
        "A2/rate",
        f"The stream {name} comes at about the frame rate command 24 states",
        "A2",
        capabilities=(f"video.{name}",),
        data=name,
        waits_s=3,
    )
    for name in _STREAMS
)
async def test_a_stream_has_its_frame_rate(case: Case, dut: Device) -> None:
    fps = (await _stated(dut, case.data)).get("fps")
    if not isinstance(fps, int) or fps <= 0:
        raise CaseInconclusive(f"24 states no frame rate: {fps!r}")
    stream = await _viewer(dut, case.data)
    try:
        await _unit(dut, stream)
        # What was waiting for the viewer, a group of pictures perhaps, says nothing of the rate.
        await _pictures(stream, 0.7)
        count, slowest = await _pictures(stream, 2.0)
        if not 0.5 <= count / 2.0 / fps <= 1.5:
            count, slowest = await _pictures(stream, 2.0)
    finally:
        await stream.close()
    rate = count / 2.0
    if slowest > _SLOW_S and not 0.5 <= rate / fps <= 1.5:
        raise CaseInconclusive(f"this host was {slowest:.2f} s late itself: {rate:g} pictures a second say nothing")
    dut.demand(0.5 <= rate / fps <= 1.5, f"about {fps} pictures a second", f"{rate:g} a second")


async def _pictures(stream: VideoStream, seconds: float) -> tuple[int, float]:
    """How many pictures came within `seconds` of real time, and how late this host's own loop was at worst."""
    loop = asyncio.get_running_loop()
    end, count, slowest = loop.time() + seconds, 0, 0.0
    while (left := end - loop.time()) > 0:
        before = loop.time()
        with contextlib.suppress(ReplyTimeout):
            count += bool(_nal_types(await stream.receive(min(left, 0.1))) & _SLICES)
        slowest = max(slowest, loop.time() - before - 0.1)
    return count, slowest


def _nal_types(unit: bytes) -> set[int]:
    """The NAL unit types of an Annex B access unit."""
    found = set()
    position = unit.find(b"\0\0\1")
    while 0 <= position < len(unit) - 3:
        found.add(unit[position + 3] & 31)
        position = unit.find(b"\0\0\1", position + 3)
    return found


def _decoded(data: bytes) -> tuple[list[Any], str]:
    """The pictures of an H.264 stream, and what ended them if that was an error."""
    import av

    pictures: list[Any] = []
    try:
        with av.open(io.BytesIO(data), "r", format="h264") as container:
            pictures.extend(container.decode(video=0))
    except av.FFmpegError as error:
        return pictures, f"no picture: {error}"
    return pictures, "no picture"


def _decoded_size(data: bytes) -> str:
    pictures, why = _decoded(data)
    return f"{pictures[0].width}x{pictures[0].height}" if pictures else why


def _broken(data: bytes) -> int:
    """How many pictures a decoder had to patch up; the last one may have been received in part."""
    return sum(picture.is_corrupt for picture in _decoded(data)[0][:-1])


async def _size_of(dut: Device, stream: VideoStream) -> str:
    units = [await _unit(dut, stream) for _ in range(5)]
    return await asyncio.to_thread(_decoded_size, b"".join(units))


@cases(
    Case(
        f"IV.500/video-port/{image}",
        "IV.500/video-port",
        f"The port that general information names for the {title} image serves it",
        "IV.500",
        capabilities=(f"video.{image}-main",),
        data=f"{image}-main",
    )
    for image, title in (("ir", "infrared"), ("vl", "visible"))
)
async def test_the_named_port_serves_its_stream(case: Case, dut: Device) -> None:
    stream = await _viewer(dut, case.data)
    try:
        got = await _received(stream, _FIRST_FRAME_S)
    finally:
        await stream.close()
    dut.demand(bool(got), "the stream of this type at this port (R60)", "a stream" if got else "no stream")


@case(
    "III.23/stream/ratio",
    "III.23/stream",
    "A picture size that is set is the size of the stream",
    "III.23",
    Safety.REVERSIBLE,
    capabilities=("video.vl-main",),
    writes=("pair:23",),
)
async def test_a_new_size_is_the_size_of_the_stream(case: Case, dut: Device) -> None:
    command = dut.catalogue.commands[23]
    present = writable(dut.catalogue, command, {"params": [await _stated(dut, "vl-main")]})["params"][0]
    ratio = command.request_field("message.params[].ratio")
    for value in values.legals_in(command, ratio, dut.sizes):
        entry = values.request_with(command, ratio.path, value.payload, dut.sizes)["message"]["params"][0]
        if entry["type"] != present["type"] or value.payload == present.get("ratio"):
            continue
        reply = await dut.ask(23, {"params": [{**present, "ratio": value.payload}]}, legal=False)
        if reply.ok:
            stream = await _viewer(dut, "vl-main")
            try:
                size = await _size_of(dut, stream)
            finally:
                await stream.close()
            dut.demand(size == value.payload, f"pictures of {value.payload}", f"pictures of {size}")
            return
    raise CaseInconclusive("the device takes no other size for its visible stream")


@case(
    "A2/heat",
    "A2/heat",
    "An object that becomes hot is seen to change on both infrared streams",
    "A2",
    Safety.REVERSIBLE,
    capabilities=("video.ir-main", "video.ir-sub"),
    stimuli=("heat", "clock"),
)
async def test_heat_is_seen_on_the_infrared_streams(case: Case, dut: Device) -> None:
    """The same object, cold and hot: to the eye it is the same."""
    try:
        for name in ("ir-main", "ir-sub"):
            shown = []
            for temperature in (5, 300):
                await heat(dut, temperature)
                await dut.clock.sleep(1)
                shown.append(await _picture(dut, name))
            change = float(np.median(abs(shown[1] - shown[0])))
            dut.demand(change > _SEEN, f"{name}: heat changes the picture", f"brightness changes by {change:.1f}")
    finally:
        await dut.stimulus.do("cool", name="bench")
        await dut.clock.sleep(1)


async def _picture(dut: Device, name: str) -> Any:
    """The brightness, 0 to 255, where the heated object is, pixel by pixel of a stream's first picture."""
    stream = await _viewer(dut, name)
    try:
        units = [await _unit(dut, stream) for _ in range(2)]
    finally:
        await stream.close()
    pictures, why = await asyncio.to_thread(_decoded, b"".join(units))
    if not pictures:
        raise CaseInconclusive(why)
    grey = pictures[0].to_ndarray(format="gray").astype(float)
    high, wide = grey.shape
    return grey[high // 4 : high // 2, wide // 4 : wide // 2]


# What earns nothing

_WRONG: dict[str, tuple[str, dict[str, Any]]] = {
    "magic": ("a wrong magic", {"magic": b"\x71\x85\x73\x69"}),
    "magic-reversed": ("the magic the other way round", {"magic": b"\x68\x73\x85\x71"}),
    "magic-zero": ("zeros for the magic", {"magic": b"\0\0\0\0"}),
    "type": ("a wrong type", {"kind": 2}),
    "type-zero": ("the type 0", {"kind": 0}),
    "streamtype": ("a stream type that does not exist", {"streamtype": 9}),
    "streamtype-zero": ("the stream type 0", {"streamtype": 0}),
    "streamtype-3": ("the stream type 3", {"streamtype": 3}),
    "subtype-zero": ("the subtype 0", {"subtype": 0}),
    "subtype-3": ("the subtype 3", {"subtype": 3}),
    "token": ("a wrong token", {"token": _GARBAGE}),
    "token-blank": ("a blank token", {"token": " " * 32}),
    "token-zero": ("zeros for the token", {"token": "\0" * 32}),
    "token-first-changed": ("a token whose first character is wrong", {"token": lambda token: _other(token, 0)}),
    "token-middle-changed": ("a token whose middle is wrong", {"token": lambda token: _other(token, 16)}),
    "token-last-changed": ("a token whose last character is wrong", {"token": lambda token: _other(token, 31)}),
}


def _other(token: str, place: int) -> str:
    return token[:place] + ("1" if token[place] != "1" else "2") + token[place + 1 :]


@cases(
    Case(
        f"A2/refused/{label}",
        "A2/refused",
        f"A header with {title} earns nothing",
        "A2",
        Safety.READ_ONLY,
        capabilities=("video.ir-main",),
        data=facts,
        quick=label == "token",
    )
    for label, (title, facts) in _WRONG.items()
)
async def test_a_wrong_header_earns_nothing(case: Case, dut: Device) -> None:
    facts = {"streamtype": 1, "subtype": 1, "token": dut.control.token, **case.data}
    if callable(facts["token"]):
        _header(1, 1, dut.control.token)  # inconclusive, if the right one cannot be
        facts["token"] = facts["token"](dut.control.token)
    stream = await _open(dut, 1)
    try:
        await stream.send(_header(facts.pop("streamtype"), facts.pop("subtype"), facts.pop("token"), **facts))
        await _earns_nothing(dut, stream)
    finally:
        await stream.close()


@cases(
    Case(
        f"A2/refused/{label}",
        "A2/refused",
        f"{title} earns nothing",
        "A2",
        capabilities=("video.ir-main",),
        data=length,
    )
    for label, title, length in (
        ("short", "A header without its last byte", 38),
        ("without-token", "A header that ends before the token", 7),
        ("magic-alone", "The magic alone", 4),
    )
)
async def test_a_short_header_earns_nothing(case: Case, dut: Device) -> None:
    stream = await _open(dut, 1)
    try:
        await stream.send(_header(1, 1, dut.control.token)[: case.data])
        await dut.clock.sleep(1.5)
        await _earns_nothing(dut, stream)
    finally:
        await stream.close()


@case(
    "A2/refused/logged-out",
    "A2/refused",
    "A header with a token that has logged out earns nothing",
    "A2",
    Safety.REVERSIBLE,
    capabilities=("video.ir-main",),
)
async def test_a_logged_out_token_earns_nothing(case: Case, dut: Device) -> None:
    client = await dut.logged_in()
    token = client.token
    await dut.must(502, {"username": client.user}, client=client)
    stream = await _open(dut, 1)
    try:
        await stream.send(_header(1, 1, token))
        await _earns_nothing(dut, stream)
    finally:
        await stream.close()


@cases(
    Case(
        f"A2/refused/silence{'' if name == 'ir' else '-vl'}",
        "A2/silence",
        "Silence for more than a second earns no byte and ends the connection",
        "A2",
        capabilities=(f"video.{name}-main",),
        waits_s=1.5,
        data=streamtype,
    )
    for name, streamtype in (("ir", 1), ("vl", 2))
)
async def test_silence_ends_the_connection(case: Case, dut: Device) -> None:
    stream = await _open(dut, case.data)
    try:
        await dut.clock.sleep(1.5)
        await _earns_nothing(dut, stream)
    finally:
        await stream.close()


@case(
    "A2/refused/early",
    "A2/refused",
    "No byte comes before the header, and a header within the second is in time",
    "A2",
    capabilities=("video.ir-main",),
)
async def test_nothing_comes_before_the_header(case: Case, dut: Device) -> None:
    stream = await _open(dut, 1)
    try:
        early = await _received(stream, 0.4)
        dut.demand(not early, "no byte before the header (R106)", f"{len(early)} bytes")
        await stream.send(_header(1, 1, dut.control.token))
        await _unit(dut, stream)
    finally:
        await stream.close()


async def _received(stream: VideoStream, seconds: float) -> bytes:
    """What came within `seconds`; nothing where nothing came or the connection ended."""
    try:
        return await stream.receive(seconds)
    except RemoteError:
        return b""


async def _earns_nothing(dut: Device, stream: VideoStream) -> None:
    got = await _received(stream, 3.0)
    ended = not got and await stream.wait_closed(0.1)
    dut.demand(not got, "no byte of video", f"{len(got)} bytes")
    dut.demand(ended, "the connection is closed (R106)", "closed" if ended else "still open after 3 s")


# What the document leaves open, and what goes on at once


@case(
    "A2/pieces",
    "A2/pieces",
    "A header in pieces is taken, or the connection ends without a byte",
    "A2",
    capabilities=("video.ir-main",),
)
async def test_a_header_in_pieces(case: Case, dut: Device) -> None:
    """Bytes of a TCP stream come as they come; of a websocket the first message is the header (R105)."""
    header = _header(1, 1, dut.control.token)
    stream = await _open(dut, 1)
    got = b""
    try:
        with contextlib.suppress(LinkError):
            for piece in (header[:5], header[5:20], header[20:]):
                await stream.send(piece)
                await asyncio.sleep(0.05)
            got = await _received(stream, 3.0)
        dut.judgement.observe("R105", f"header in pieces over {stream.name}: {'taken' if got else 'refused'}")
        if stream.name.endswith("tcp"):
            dut.demand(bool(got), "a stream: the header came within a second", "a stream" if got else "nothing")
        else:
            ended = bool(got) or await stream.wait_closed(1.0)
            dut.demand(ended, "a stream, or the connection closed (R106)", "a stream" if got else "nothing")
    finally:
        await stream.close()


@case(
    "A2/longer",
    "A2/pieces",
    "A header with bytes after it is taken, or the connection ends without a byte",
    "A2",
    capabilities=("video.ir-main",),
)
async def test_a_header_with_more_behind_it(case: Case, dut: Device) -> None:
    stream = await _open(dut, 1)
    try:
        await stream.send(_header(1, 1, dut.control.token) + b"and more")
        got = await _received(stream, 3.0)
        dut.judgement.observe("R173", f"bytes after the header: {'taken' if got else 'refused'}")
        ended = bool(got) or await stream.wait_closed(1.0)
        dut.demand(ended, "a stream, or the connection closed (R173)", "a stream" if got else "nothing")
    finally:
        await stream.close()


@cases(
    Case(
        f"A2/other-port/{name}",
        "A2/other-port",
        "A stream type asked for at the other image's port is refused, or is the right one",
        "A2",
        capabilities=("video.ir-main", "video.vl-main"),
        data=(port, streamtype),
    )
    for name, port, streamtype in (("ir", 1, 2), ("vl", 2, 1))
)
async def test_the_other_stream_type_gives_no_wrong_picture(case: Case, dut: Device) -> None:
    port, streamtype = case.data
    mine, other = ("ir-main", "vl-main") if streamtype == 1 else ("vl-main", "ir-main")
    asked, wrong = [(await _stated(dut, name)).get("ratio") for name in (mine, other)]
    stream = await _open(dut, port)
    try:
        await stream.send(_header(streamtype, 1, dut.control.token))
        first = await _received(stream, 3.0)
        size = await asyncio.to_thread(_decoded_size, first) if first else "nothing"
    finally:
        await stream.close()
    dut.judgement.observe("R106", f"stream type {streamtype} at the port of {port}: {size}")
    dut.demand(size in ("nothing", asked) or asked == wrong, f"nothing, or pictures of {asked}", f"pictures of {size}")


@case(
    "A2/two-viewers",
    "A2/two-viewers",
    "Two viewers see a stream at once",
    "A2",
    capabilities=("video.ir-main",),
    quick=True,
)
async def test_two_viewers_at_once(case: Case, dut: Device) -> None:
    first = await _viewer(dut, "ir-main")
    try:
        await _unit(dut, first)
        second = await _viewer(dut, "ir-main")
        try:
            found = _nal_types(await _unit(dut, second))
            dut.demand(_IDR in found, "an IDR first, for each viewer (R105)", f"NAL units {sorted(found)}")
            for stream in (first, second, first, second):
                await _unit(dut, stream)
        finally:
            await second.close()
        await _unit(dut, first)
    finally:
        await first.close()


@case(
    "A2/all-streams",
    "A2/two-viewers",
    "All four streams are seen at once",
    "A2",
    capabilities=tuple(f"video.{name}" for name in _STREAMS),
)
async def test_all_streams_at_once(case: Case, dut: Device) -> None:
    streams = [await _viewer(dut, name) for name in _STREAMS]
    try:
        for name, stream in zip(_STREAMS, streams, strict=True):
            stated = (await _stated(dut, name)).get("ratio")
            size = await _size_of(dut, stream)
            dut.demand(size == stated, f"{name}: pictures of {stated}", f"pictures of {size}")
    finally:
        for stream in streams:
            await stream.close()


@case("A2/again", "A2/two-viewers", "A stream can be left and seen again", "A2", capabilities=("video.ir-main",))
async def test_a_stream_can_be_seen_again(case: Case, dut: Device) -> None:
    for _ in range(3):
        stream = await _viewer(dut, "ir-main")
        try:
            found = _nal_types(await _unit(dut, stream))
        finally:
            await stream.close()
        dut.demand(found >= {_IDR, _SPS, _PPS}, "SPS, PPS and IDR first (R105)", f"NAL units {sorted(found)}")


@case(
    "A2/token-dies",
    "A2/token-dies",
    "A stream ends within 10 s after its token has logged out",
    "A2",
    Safety.REVERSIBLE,
    capabilities=("video.ir-main",),
    waits_s=10,
)
async def test_a_stream_ends_with_its_token(case: Case, dut: Device) -> None:
    client = await dut.logged_in()
    stream = await _viewer(dut, "ir-main", client.token)
    try:
        await _unit(dut, stream)
        await dut.must(502, {"username": client.user}, client=client)
        ended = await stream.wait_closed(_TOKEN_ENDS_S)
    finally:
        await stream.close()
    seen = "ended" if ended else f"goes on after {_TOKEN_ENDS_S:g} s"
    dut.demand(ended, f"the stream ends within {_TOKEN_ENDS_S:g} s (R173)", seen)
