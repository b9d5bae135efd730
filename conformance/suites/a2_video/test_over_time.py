"""Appendix II, streams over time: the interval of main frames, the settings of 23, a stream that lasts."""

from __future__ import annotations

import asyncio
import contextlib

from conformance.catalogue import Safety, load, values
from conformance.catalogue.json_types import Json, JsonObject
from conformance.client import RemoteError, VideoStream
from conformance.dut.device import Device
from conformance.restoration import writable
from conformance.rules.case import Case, case, cases
from conformance.rules.verdict import CaseInconclusive
from conformance.steps.accounts import as_user
from conformance.steps.viewers import (
    FIRST_FRAME_S,
    STREAMS,
    comes_at,
    nal_types,
    next_unit,
    size_of,
    stated_by_24,
    viewer_of,
)

_CATALOGUE = load()
_IDR, _SLICES = 5, {1, 5}
_LASTS_S = 33.0
_LATE = 1.25
_SLACK = 2


@cases(
    Case(
        f"A2/main-frames/{name}",
        f"Main frames of the stream {name} must come in the interval that command 24 states",
        requirement="A2/main-frames",
        capabilities=(f"video.{name}",),
        data=name,
        waits_s=4,
    )
    for name in STREAMS
)
async def test_main_frames_come_in_their_interval(case: Case[str], dut: Device) -> None:
    interval = (await stated_by_24(dut, case.data)).get("gop_size")
    if not isinstance(interval, int) or interval <= 0:
        raise CaseInconclusive(f"24 states no interval of main frames: {interval!r}")
    stream = await viewer_of(dut, case.data)
    try:
        await _has_main_frames(dut, stream, interval)
    finally:
        await stream.close()


async def _has_main_frames(dut: Device, stream: VideoStream, interval: int) -> None:
    """Judge that no two main frames are further apart than `interval` pictures, for two intervals.

    They may be nearer, as a new viewer needs one.
    """
    await next_unit(dut, stream)
    longest, since, left = 0, 0, 2
    while left and since <= interval * _LATE + _SLACK:
        kinds = nal_types(await next_unit(dut, stream))
        since += bool(kinds & _SLICES)
        longest = max(longest, since)
        if _IDR in kinds:
            since, left = 0, left - 1
    if stream.dropped:
        raise CaseInconclusive("this host was too slow for the stream")
    seen = f"{longest} pictures after the last"
    dut.demand(longest <= interval * _LATE + _SLACK, f"a main frame every {interval} pictures (gop_size)", seen)


@cases(
    Case(
        f"A2/follows/{name}",
        f"The stream {name} must have the rate, the interval of main frames and the size that command 23 sets",
        Safety.REVERSIBLE,
        requirement="A2/follows",
        capabilities=(f"video.{name}",),
        writes=("pair:23",),
        data=name,
        waits_s=6,
    )
    for name in STREAMS
)
async def test_a_stream_follows_what_is_set(case: Case[str], dut: Device) -> None:
    present = await _settable(dut, case.data)
    fps = present.get("fps")
    if not isinstance(fps, int):
        raise CaseInconclusive(f"24 states no frame rate: {fps!r}")
    # Only a fast device reaches a high rate with large pictures.
    faster = min(2 * fps, 10) if case.data == "vl-main" else 25
    wanted = {"fps": faster if fps < faster else max(fps // 2, 2)}
    wanted["gop_size"] = max(wanted["fps"], 2)
    for ratio in (*_other_sizes(dut, case.data, present.get("ratio")), present.get("ratio")):
        reply = await dut.ask(23, {"params": [{**present, **wanted, "ratio": ratio}]}, legal=False)
        if reply.ok:
            break
    else:
        raise CaseInconclusive(f"the device accepts no other values for the stream {case.data}")
    stream = await viewer_of(dut, case.data)
    try:
        size = await size_of(dut, stream)
        dut.demand(size == ratio, f"pictures of {ratio}", f"pictures of {size}")
        await comes_at(dut, stream, wanted["fps"])
        await _has_main_frames(dut, stream, wanted["gop_size"])
    finally:
        await stream.close()


async def _settable(dut: Device, name: str) -> JsonObject:
    """The entry of the stream in 24, as 23 accepts it."""
    found: JsonObject = writable(dut.catalogue.commands[23], {"params": [await stated_by_24(dut, name)]})["params"][0]
    return found


def _other_sizes(dut: Device, name: str, present: Json) -> list[Json]:
    """The sizes that 23 may set for the stream, without the present one."""
    command = _CATALOGUE.commands[23]
    ratio = command.request_field("message.params[].ratio")
    sizes = []
    for value in values.legals_in(command, ratio, dut.sizes):
        entry = values.request_with(command, ratio.path, value.payload, dut.sizes)["message"]["params"][0]
        if entry["type"] == STREAMS[name].type and value.payload != present:
            sizes.append(value.payload)
    return sizes


@case(
    "A2/lasts",
    "A stream must go on for more than half a minute, at its rate, while its token lives",
    capabilities=("video.ir-main",),
    waits_s=_LASTS_S,
)
async def test_a_stream_lasts(case: Case, dut: Device) -> None:
    names = [name for name in STREAMS if dut.profile.has(f"video.{name}")]
    streams = [await viewer_of(dut, name) for name in names]
    try:
        for stream in streams:
            await next_unit(dut, stream)
        await dut.clock.sleep(_LASTS_S)
        for name, stream in zip(names, streams, strict=True):
            goes_on = await _goes_on(stream)
            seen = "pictures" if goes_on else f"none within {FIRST_FRAME_S:g} s"
            dut.demand(goes_on, f"{name}: pictures after {_LASTS_S:g} s too", seen)
        for stream in streams[1:]:
            await stream.close()
        fps = (await stated_by_24(dut, names[0])).get("fps")
        if isinstance(fps, int) and fps > 0:
            await comes_at(dut, streams[0], fps)
    finally:
        for stream in streams:
            await stream.close()


async def _goes_on(stream: VideoStream) -> bool:
    """Whether more pictures come, beyond those that have been received already."""
    waiting = stream.units_received
    with contextlib.suppress(RemoteError, TimeoutError):
        async with asyncio.timeout(FIRST_FRAME_S):
            while stream.units_received == waiting:
                await stream.receive(FIRST_FRAME_S)
    return stream.units_received > waiting


@case(
    "A2/operator",
    "The token of any login must give access to video",
    capabilities=("video.ir-main", "video.vl-main"),
    parameters=("operator_user", "operator_password"),
)
async def test_an_operator_sees_video(case: Case, dut: Device) -> None:
    """The header holds the token that a login returned, and R27 is about configuration commands alone."""
    client = await as_user(dut, dut.profile["operator_user"], dut.profile["operator_password"])
    for name in ("ir-main", "vl-main"):
        stream = await viewer_of(dut, name, client.token)
        try:
            await next_unit(dut, stream)
        finally:
            await stream.close()
