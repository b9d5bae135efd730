"""Appendix II: the right header earns a stream that decodes, nothing else earns a byte."""

from __future__ import annotations

import asyncio
import contextlib
import io
from typing import Any, Literal

from conformance.case import Case, cases
from conformance.catalogue import Safety
from conformance.client import ConnectError, LinkError, ReplyTimeout, VideoStream, video_header
from conformance.verdict import CaseInconclusive
from fixtures.device import Device

# name: (port field of 500, streamtype, subtype, type of command 24)
_STREAMS = {
    "ir-main": ("ir_video_port", 1, 1, 3),
    "ir-sub": ("ir_video_port", 1, 2, 4),
    "vl-main": ("vl_video_port", 2, 1, 1),
    "vl-sub": ("vl_video_port", 2, 2, 2),
}
_FIRST_FRAME_S = 10.0


async def _open(dut: Device, name: str) -> VideoStream:
    general = await dut.must(500)
    port = general.get(_STREAMS[name][0])
    if not isinstance(port, int):
        raise CaseInconclusive(f"500 names no {_STREAMS[name][0]}")
    wanted = dut.profile["video_transport"]
    ways: tuple[Literal["websocket", "tcp"], ...] = ("websocket", "tcp") if wanted == "auto" else (wanted,)
    for transport in ways:
        try:
            stream = await VideoStream.open(
                dut.context.target.host,
                port,
                transport=transport,
                path=dut.profile["video_path"],
                transcript=dut.context.transcript,
                connect_timeout=5.0,
            )
        except ConnectError:
            continue
        dut.judgement.observe("R105", transport)
        return stream
    raise CaseInconclusive(f"the video port {port} takes no connection")


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
    _, streamtype, subtype, kind = _STREAMS[case.data]
    stream = await _open(dut, case.data)
    try:
        await stream.send(video_header(streamtype, subtype, dut.control.token or ""))
        units = [await _unit(dut, stream) for _ in range(5)]
    finally:
        await stream.close()
    dut.demand(_nal_types(units[0]) >= {5, 7, 8}, "SPS, PPS and IDR first", f"NAL units {sorted(_nal_types(units[0]))}")
    size = await asyncio.to_thread(_decoded_size, b"".join(units))
    params = (await dut.must(24)).get("params") or []
    stated = next((entry.get("ratio") for entry in params if entry.get("type") == kind), None)
    dut.demand(size == stated, f"pictures of {stated}", f"pictures of {size}")


async def _unit(dut: Device, stream: VideoStream) -> bytes:
    try:
        return await stream.receive(_FIRST_FRAME_S)
    except (ReplyTimeout, LinkError) as error:
        dut.demand(False, f"a picture within {_FIRST_FRAME_S:g} s of a right header", str(error))
        raise


def _nal_types(unit: bytes) -> set[int]:
    """The NAL unit types of an Annex B access unit."""
    found = set()
    position = unit.find(b"\0\0\1")
    while 0 <= position < len(unit) - 3:
        found.add(unit[position + 3] & 31)
        position = unit.find(b"\0\0\1", position + 3)
    return found


def _decoded_size(data: bytes) -> str:
    import av

    try:
        with av.open(io.BytesIO(data), "r", format="h264") as container:
            for frame in container.decode(video=0):
                return f"{frame.width}x{frame.height}"
    except av.FFmpegError as error:
        return f"no picture: {error}"
    return "no picture"


_WRONG: dict[str, tuple[str, dict[str, Any]]] = {
    "magic": ("a wrong magic", {"magic": b"\x71\x85\x73\x69"}),
    "type": ("a wrong type", {"kind": 2}),
    "streamtype": ("a stream type that does not exist", {"streamtype": 9}),
    "token": ("a wrong token", {"token": "0123456789abcdef0123456789abcdef"}),
}


@cases(
    Case(
        f"A2/refused/{label}",
        "A2/refused",
        f"A header with {title} earns nothing",
        "A2",
        Safety.READ_ONLY,
        capabilities=("video.ir-main",),
        data=label,
        quick=label == "token",
    )
    for label, (title, _) in _WRONG.items()
)
async def test_a_wrong_header_earns_nothing(case: Case, dut: Device) -> None:
    facts = {"streamtype": 1, "subtype": 1, "token": dut.control.token or "", **_WRONG[case.data][1]}
    streamtype, subtype, token = facts.pop("streamtype"), facts.pop("subtype"), facts.pop("token")
    stream = await _open(dut, "ir-main")
    try:
        await stream.send(video_header(streamtype, subtype, token, **facts))
        await _earns_nothing(dut, stream)
    finally:
        await stream.close()


@cases(
    [
        Case(
            "A2/refused/silence",
            "A2/silence",
            "Silence for more than a second ends the connection",
            "A2",
            capabilities=("video.ir-main",),
        )
    ]
)
async def test_silence_ends_the_connection(case: Case, dut: Device) -> None:
    stream = await _open(dut, "ir-main")
    try:
        await dut.clock.sleep(1.5)
        await _earns_nothing(dut, stream)
    finally:
        await stream.close()


async def _earns_nothing(dut: Device, stream: VideoStream) -> None:
    got = b""
    ended = False
    try:
        got = await stream.receive(3.0)
    except LinkError:
        ended = True
    except ReplyTimeout:
        with contextlib.suppress(LinkError):
            ended = stream.closed
    dut.demand(not got, "no byte of video", f"{len(got)} bytes")
    dut.demand(ended, "the connection is closed (R106)", "closed" if ended else "still open after 3 s")
