"""Viewers of the video: they open a port, send a header, receive and decode."""

from __future__ import annotations

import asyncio
import contextlib
import io
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, TypeAlias

from conformance.catalogue.json_types import JsonObject
from conformance.checks.files import DECODER_LIMITS
from conformance.client import ConnectError, RemoteError, ReplyTimeout, VideoStream, video_header
from conformance.dut.device import Device
from conformance.rules.verdict import CaseInconclusive

if TYPE_CHECKING:
    from av import VideoFrame

__all__ = [
    "FIRST_FRAME_S",
    "MAGIC",
    "STREAMS",
    "Stream",
    "comes_at",
    "connect",
    "count_broken",
    "decoded",
    "decoded_size",
    "header_of",
    "nal_types",
    "next_unit",
    "open_port",
    "received",
    "size_of",
    "stated_by_24",
    "transports",
    "viewer_of",
]


class Stream(NamedTuple):
    """The stream type and the subtype of a header (1 infrared, 2 visible; 1 main, 2 secondary), and the type in 24."""

    streamtype: int
    subtype: int
    type: int


STREAMS: Final = {
    "ir-main": Stream(1, 1, 3),
    "ir-sub": Stream(1, 2, 4),
    "vl-main": Stream(2, 1, 1),
    "vl-sub": Stream(2, 2, 2),
}
"""The streams by name."""

FIRST_FRAME_S = 10.0
"""How long, in seconds, the first picture after a right header may take."""

MAGIC = b"\x71\x85\x73\x68"
"""The first bytes of a right header."""

_SLICES = {1, 5}
_SLOW_S = 0.25
_NEAR = (2 / 3, 1.5)
_COUNTED = 12

_DECODED_BYTES = 8 * 1024 * 1024
_DECODED_PIXELS = 160_000_000

Transport: TypeAlias = Literal["websocket", "tcp"]
_TRANSPORTS: tuple[Transport, ...] = ("websocket", "tcp")
_PORTS = {1: "ir_video_port", 2: "vl_video_port"}


def transports(wanted: str) -> tuple[Transport, ...]:
    """The transports of video to try, one after the other: all of them for `auto`, or else the wanted one (R105)."""
    return tuple(each for each in _TRANSPORTS if wanted in ("auto", each))


async def connect(dut: Device, port: int, transport: Transport) -> VideoStream:
    """A connection to a video port, on which nothing is sent. Raises ConnectError where it fails within 5 s."""
    return await VideoStream.open(
        dut.link.target.host,
        port,
        transport=transport,
        path=dut.profile["video_path"],
        transcript=dut.link.transcript,
        connect_timeout=5.0,
        name=f"video {transport}",
    )


async def open_port(dut: Device, streamtype: int) -> VideoStream:
    """A connection to the port that 500 names for this stream type; nothing is sent."""
    general = await dut.must(500)
    port = general.get(_PORTS[streamtype])
    if not isinstance(port, int):
        raise CaseInconclusive(f"500 names no {_PORTS[streamtype]}")
    wanted = dut.followed("R105") or dut.profile["video_transport"]
    for transport in transports(wanted):
        try:
            stream = await connect(dut, port, transport)
        except ConnectError:
            continue
        dut.follows("R105", transport)
        return stream
    raise CaseInconclusive(f"the video port {port} accepts no connection")


def header_of(streamtype: int, subtype: int, token: str | None, *, magic: bytes = MAGIC, kind: int = 1) -> bytes:
    """The header of Appendix II. Raises CaseInconclusive where the token does not fit into it."""
    if token is None or len(token) != 32:
        raise CaseInconclusive("the token does not have the 32 characters that a header holds")
    return video_header(streamtype, subtype, token, magic=magic, kind=kind)


async def viewer_of(dut: Device, name: str, token: str | None = None) -> VideoStream:
    """A connection to the stream `name`, to which a right header has been sent."""
    streamtype, subtype, _ = STREAMS[name]
    stream = await open_port(dut, streamtype)
    await stream.send(header_of(streamtype, subtype, token or dut.control.token))
    return stream


async def next_unit(dut: Device, stream: VideoStream) -> bytes:
    """Judge that an access unit comes in time; the access unit."""
    try:
        return await stream.receive(FIRST_FRAME_S)
    except RemoteError as error:
        dut.demand(False, f"a picture within {FIRST_FRAME_S:g} s of a right header", str(error))
        raise


async def stated_by_24(dut: Device, name: str) -> JsonObject:
    """The entry of the stream `name` in command 24; an empty one where it is not listed."""
    params = (await dut.must(24)).get("params") or []
    return next((entry for entry in params if entry.get("type") == STREAMS[name].type), {})


async def received(stream: VideoStream, seconds: float) -> bytes:
    """The bytes that came within `seconds`; none where nothing came or the connection ended."""
    try:
        return await stream.receive(seconds)
    except RemoteError:
        return b""


def nal_types(unit: bytes) -> set[int]:
    """The NAL unit types of an Annex B access unit."""
    found = set()
    position = unit.find(b"\0\0\1")
    while 0 <= position < len(unit) - 3:
        found.add(unit[position + 3] & 31)
        position = unit.find(b"\0\0\1", position + 3)
    return found


def decoded(data: bytes) -> tuple[list[VideoFrame], str]:
    """The pictures of an H.264 stream, and why there are no more."""
    import av

    pictures: list[VideoFrame] = []
    try:
        limited = data[:_DECODED_BYTES]
        with av.open(io.BytesIO(limited), "r", format="h264", options=DECODER_LIMITS) as container:
            container.streams.video[0].codec_context.options = dict(DECODER_LIMITS)
            for picture in container.decode(video=0):
                pictures.append(picture)
                # A few kilobytes can hold gigabytes of pictures.
                if sum(each.width * each.height for each in pictures) > _DECODED_PIXELS:
                    break
    except (av.FFmpegError, IndexError) as error:
        return pictures, f"no picture: {error}"
    return pictures, "no picture"


def decoded_size(data: bytes) -> str:
    """The size of the first picture, as command 24 writes it; words where there is none."""
    pictures, why = decoded(data)
    return f"{pictures[0].width}x{pictures[0].height}" if pictures else why


def count_broken(data: bytes) -> int:
    """How many pictures are incomplete, apart from the last one, which may have been received in part."""
    return sum(picture.is_corrupt for picture in decoded(data)[0][:-1])


async def size_of(dut: Device, stream: VideoStream) -> str:
    """The size of the pictures that come next."""
    units = [await next_unit(dut, stream) for _ in range(5)]
    return await asyncio.to_thread(decoded_size, b"".join(units))


async def comes_at(dut: Device, stream: VideoStream, fps: int) -> None:
    """Judge that a stream, to which a right header was sent, has about `fps` pictures a second."""
    await next_unit(dut, stream)
    # Pictures that waited for the viewer, perhaps a group of them, say nothing about the rate.
    await _pictures(stream, 0.7)
    rate, slowest = 0.0, 0.0
    seconds = min(8.0, max(2.0, _COUNTED / fps))
    for _ in range(3):
        count, slowest = await _pictures(stream, seconds)
        rate = count / seconds
        if _NEAR[0] <= rate / fps <= _NEAR[1]:
            break
    near = _NEAR[0] <= rate / fps <= _NEAR[1]
    if slowest > _SLOW_S and not near:
        late = f"this host itself was {slowest:.2f} s late"
        raise CaseInconclusive(f"{late}: {rate:g} pictures a second say nothing about the device")
    dut.demand(near, f"about {fps} pictures a second", f"{rate:g} pictures a second")


async def _pictures(stream: VideoStream, seconds: float) -> tuple[int, float]:
    """How many pictures came within `seconds` of real time, and how late this host's own loop was at worst."""
    loop = asyncio.get_running_loop()
    end, count, slowest = loop.time() + seconds, 0, 0.0
    while (left := end - loop.time()) > 0:
        before = loop.time()
        with contextlib.suppress(ReplyTimeout):
            count += bool(nal_types(await stream.receive(min(left, 0.1))) & _SLICES)
        slowest = max(slowest, loop.time() - before - 0.1)
    return count, slowest
