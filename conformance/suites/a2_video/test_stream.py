"""Appendix II, streams: a right header brings a stream that decodes, to as many viewers as ask."""

from __future__ import annotations

import asyncio
from typing import Any, NamedTuple

import numpy as np

from conformance.catalogue import Safety, load
from conformance.dut.device import Device
from conformance.rules.case import Case, case, cases
from conformance.rules.verdict import CaseInconclusive
from conformance.steps.alarms import heat_object
from conformance.steps.viewers import (
    STREAMS,
    comes_at,
    count_broken,
    decoded,
    decoded_size,
    header_of,
    nal_types,
    next_unit,
    open_port,
    received,
    size_of,
    stated_by_24,
    viewer_of,
)

_CATALOGUE = load()
_TOKEN_ENDS_S = 10.0
_SPS, _PPS, _IDR = 7, 8, 5
_SEEN = 8.0
"""By how much, of 255, a picture has to change."""


@cases(
    Case(
        f"A2/{name}",
        f"The stream {name} must begin with an IDR and decode to the size that command 24 states",
        requirement="A2/stream",
        capabilities=(f"video.{name}",),
        data=name,
        quick=True,
    )
    for name in STREAMS
)
async def test_a_stream_decodes(case: Case[str], dut: Device) -> None:
    stream = await viewer_of(dut, case.data)
    try:
        units = [await next_unit(dut, stream) for _ in range(10)]
    finally:
        await stream.close()
    found = nal_types(units[0])
    dut.demand(found >= {_IDR, _SPS, _PPS}, "SPS, PPS and IDR first (R105)", f"NAL units {sorted(found)}")
    if stream.name.endswith("websocket"):
        other = [unit[:4].hex() for unit in units if not unit.startswith(b"\0\0\0\1")]
        dut.demand(not other, "every access unit begins with 00 00 00 01 (R105)", f"begins with {other or '00000001'}")
    stated = (await stated_by_24(dut, case.data)).get("ratio")
    size = await asyncio.to_thread(decoded_size, b"".join(units))
    dut.demand(size == stated, f"pictures of {stated}", f"pictures of {size}")
    broken = await asyncio.to_thread(count_broken, b"".join(units))
    dut.demand(not broken, "every picture whole", f"{broken} of {len(units)} pictures incomplete")


@cases(
    Case(
        f"A2/rate/{name}",
        f"The stream {name} must have about the frame rate that command 24 states",
        requirement="A2/rate",
        capabilities=(f"video.{name}",),
        data=name,
        waits_s=3,
    )
    for name in STREAMS
)
async def test_a_stream_has_its_frame_rate(case: Case[str], dut: Device) -> None:
    fps = (await stated_by_24(dut, case.data)).get("fps")
    if not isinstance(fps, int) or fps <= 0:
        raise CaseInconclusive(f"24 states no frame rate: {fps!r}")
    stream = await viewer_of(dut, case.data)
    try:
        await comes_at(dut, stream, fps)
    finally:
        await stream.close()


@case(
    "A2/heat",
    "An object that becomes hot must look different on both infrared streams",
    Safety.REVERSIBLE,
    capabilities=("video.ir-main", "video.ir-sub"),
    stimuli=("heat", "clock"),
)
async def test_heat_is_seen_on_the_infrared_streams(case: Case, dut: Device) -> None:
    """The same object, cold and hot; visible light would not show a difference."""
    try:
        for name in ("ir-main", "ir-sub"):
            shown = []
            for temperature in (5, 300):
                await heat_object(dut, temperature)
                await dut.clock.sleep(1)
                shown.append(await _picture(dut, name))
            change = float(np.median(abs(shown[1] - shown[0])))
            dut.demand(change > _SEEN, f"{name}: heat changes the picture", f"brightness changes by {change:.1f}")
    finally:
        await dut.stimulus.do("cool", name="bench")
        await dut.clock.sleep(1)


async def _picture(dut: Device, name: str) -> Any:
    """The brightness, 0 to 255, where the heated object is, pixel by pixel of a stream's first picture."""
    stream = await viewer_of(dut, name)
    try:
        units = [await next_unit(dut, stream) for _ in range(2)]
    finally:
        await stream.close()
    pictures, why = await asyncio.to_thread(decoded, b"".join(units))
    if not pictures:
        raise CaseInconclusive(why)
    grey = pictures[0].to_ndarray(format="gray").astype(float)
    high, wide = grey.shape
    return grey[high // 4 : high // 2, wide // 4 : wide // 2]


# Several viewers, and the end


class _Asked(NamedTuple):
    """The stream type of a port, and the stream type that is asked for there."""

    port: int
    streamtype: int


@cases(
    Case(
        f"A2/other-port/{name}",
        f"The port of the {image} image must refuse the stream of the other image, or send the right one",
        requirement="A2/other-port",
        capabilities=("video.ir-main", "video.vl-main"),
        data=_Asked(port, streamtype),
    )
    for name, image, port, streamtype in (("ir", "infrared", 1, 2), ("vl", "visible", 2, 1))
)
async def test_the_other_stream_type_gives_no_wrong_picture(case: Case[_Asked], dut: Device) -> None:
    port, streamtype = case.data
    mine, other = ("ir-main", "vl-main") if streamtype == 1 else ("vl-main", "ir-main")
    asked, wrong = [(await stated_by_24(dut, name)).get("ratio") for name in (mine, other)]
    stream = await open_port(dut, port)
    try:
        await stream.send(header_of(streamtype, 1, dut.control.token))
        first = await received(stream, 3.0)
        size = await asyncio.to_thread(decoded_size, first) if first else "nothing"
    finally:
        await stream.close()
    dut.judgement.observe("R106", f"stream type {streamtype} at the port of {port}: {size}")
    dut.demand(size in ("nothing", asked) or asked == wrong, f"nothing, or pictures of {asked}", f"pictures of {size}")


@case(
    "A2/two-viewers",
    "Two viewers must see a stream at once",
    capabilities=("video.ir-main",),
    quick=True,
)
async def test_two_viewers_at_once(case: Case, dut: Device) -> None:
    first = await viewer_of(dut, "ir-main")
    try:
        await next_unit(dut, first)
        second = await viewer_of(dut, "ir-main")
        try:
            found = nal_types(await next_unit(dut, second))
            dut.demand(_IDR in found, "an IDR first, for each viewer (R105)", f"NAL units {sorted(found)}")
            for stream in (first, second, first, second):
                await next_unit(dut, stream)
        finally:
            await second.close()
        await next_unit(dut, first)
    finally:
        await first.close()


@case(
    "A2/all-streams",
    "All four streams must be seen at once",
    requirement="A2/two-viewers",
    capabilities=tuple(f"video.{name}" for name in STREAMS),
)
async def test_all_streams_at_once(case: Case, dut: Device) -> None:
    streams = [await viewer_of(dut, name) for name in STREAMS]
    try:
        for name, stream in zip(STREAMS, streams, strict=True):
            stated = (await stated_by_24(dut, name)).get("ratio")
            size = await size_of(dut, stream)
            dut.demand(size == stated, f"{name}: pictures of {stated}", f"pictures of {size}")
    finally:
        for stream in streams:
            await stream.close()


@case(
    "A2/again",
    "A viewer must see a stream again after leaving it",
    requirement="A2/two-viewers",
    capabilities=("video.ir-main",),
)
async def test_a_stream_can_be_seen_again(case: Case, dut: Device) -> None:
    for _ in range(3):
        stream = await viewer_of(dut, "ir-main")
        try:
            found = nal_types(await next_unit(dut, stream))
        finally:
            await stream.close()
        dut.demand(found >= {_IDR, _SPS, _PPS}, "SPS, PPS and IDR first (R105)", f"NAL units {sorted(found)}")


@case(
    "A2/token-dies",
    "A stream must end within 10 s after its token has logged out",
    Safety.REVERSIBLE,
    capabilities=("video.ir-main",),
    waits_s=10,
)
async def test_a_stream_ends_with_its_token(case: Case, dut: Device) -> None:
    client = await dut.logged_in()
    stream = await viewer_of(dut, "ir-main", client.token)
    try:
        await next_unit(dut, stream)
        await dut.must(502, {"username": client.user}, client=client)
        ended = await stream.wait_closed(_TOKEN_ENDS_S)
    finally:
        await stream.close()
    seen = "ended" if ended else f"goes on after {_TOKEN_ENDS_S:g} s"
    dut.demand(ended, f"the stream ends within {_TOKEN_ENDS_S:g} s (R173)", seen)
