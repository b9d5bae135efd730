"""The video listeners over real websockets; a decoder reads the streams."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

import av
import numpy as np
import pytest
import pytest_asyncio
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from fixtures.camera.picture.encoder import Coding, Encoder, coding_of, planes_of

if TYPE_CHECKING:
    from tests.camera.physics.conftest import Bench

IR, VL = 1, 2
MAIN, SUB = 1, 2
START_CODES = re.compile(rb"\x00*\x00\x00\x01")


@pytest_asyncio.fixture
async def listening(small_bench: Bench) -> AsyncIterator[Bench]:
    parameters = [{**entry, "fps": 25, "gop_size": 4} for entry in small_bench.settings.obeyed(24)["params"]]
    parameters[0]["ratio"] = "320x192"
    small_bench.set(24, params=parameters)
    await small_bench.video.start()
    yield small_bench
    await small_bench.video.stop()


def header(token: str, stream: int, subtype: int = MAIN, *, magic: bytes = b"\x71\x85\x73\x68", kind: int = 1) -> bytes:
    return magic + bytes((kind, stream, subtype)) + token.encode("ascii")


def looking(bench: Bench, stream: int = IR) -> Any:
    return connect(f"ws://127.0.0.1:{bench.video.ports['ir' if stream == IR else 'vl']}/ws", max_size=None)


async def units(viewer: ClientConnection, count: int) -> list[bytes]:
    received = [await asyncio.wait_for(viewer.recv(), 10) for _ in range(count)]
    assert all(isinstance(unit, bytes) for unit in received)
    return [unit for unit in received if isinstance(unit, bytes)]


async def is_closed_without_video(viewer: ClientConnection) -> bool:
    try:
        await asyncio.wait_for(viewer.recv(), 10)
    except ConnectionClosed:
        return True
    return False


def decoded(stream: bytes, codec: str = "h264") -> list[np.ndarray]:
    decoder = av.CodecContext.create(codec, "r")
    assert isinstance(decoder, av.VideoCodecContext)
    packets = [*decoder.parse(stream), *decoder.parse(b"")]
    frames = [frame for packet in [*packets, None] for frame in decoder.decode(packet)]
    return [frame.to_ndarray(format="rgb24") for frame in frames]


def unit_kinds(unit: bytes) -> list[int]:
    return [part[0] & 0x1F for part in START_CODES.split(unit)[1:]]


def has_long_start_codes(unit: bytes) -> bool:
    return unit.startswith(b"\x00\x00\x00\x01") and all(len(code) == 4 for code in START_CODES.findall(unit))


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("stream", "subtype", "size"),
    [(IR, MAIN, (384, 512)), (IR, SUB, (192, 256)), (VL, MAIN, (192, 320)), (VL, SUB, (576, 704))],
)
async def test_a_viewer_gets_access_units_that_decode(
    listening: Bench, stream: int, subtype: int, size: tuple[int, int]
) -> None:
    token = listening.sessions.login().token
    async with looking(listening, stream) as viewer:
        await viewer.send(header(token, stream, subtype))
        received = await units(viewer, 6)
    assert unit_kinds(received[0])[:3] == [7, 8, 5]
    assert all(has_long_start_codes(unit) for unit in received)
    assert [5 in unit_kinds(unit) for unit in received] == [True, False, False, False, True, False]
    pictures = decoded(b"".join(received))
    assert len(pictures) == 6
    assert pictures[0].shape == (*size, 3)
    assert pictures[0].std() > 5


@pytest.mark.asyncio
async def test_the_video_shows_the_scene(listening: Bench) -> None:
    listening.set(2, color_bar=1, color_show=0)
    listening.scene.heat("plate", 201, 101, 60, 40, 90.0, 0.95)
    token = listening.sessions.login().token
    async with looking(listening) as viewer:
        await viewer.send(header(token, IR))
        picture = decoded(b"".join(await units(viewer, 2)))[0].astype(int)
    assert picture[115:125, 215:240].min() > 180
    assert picture[300:320, 400:440].max() < 100


@pytest.mark.asyncio
async def test_the_header_may_come_in_pieces(listening: Bench) -> None:
    whole = header(listening.sessions.login().token, IR)
    async with looking(listening) as viewer:
        for start in range(0, len(whole), 13):
            await viewer.send(whole[start : start + 13])
        assert unit_kinds((await units(viewer, 1))[0])[0] == 7


@pytest.mark.asyncio
async def test_a_second_viewer_enters_at_a_main_frame(listening: Bench) -> None:
    token = listening.sessions.login().token
    async with looking(listening) as first:
        await first.send(header(token, IR))
        await units(first, 2)
        async with looking(listening) as second:
            await second.send(header(token, IR))
            received = await units(second, 3)
        assert unit_kinds(received[0])[:2] == [7, 8]
        assert len(decoded(b"".join(received))) == 3


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "wrong",
    [
        {"magic": b"GUID"},
        {"kind": 2},
        {"stream": VL},
        {"stream": 3},
        {"subtype": 0},
        {"subtype": 3},
        {"token": "f" * 32},
    ],
)
async def test_a_wrong_header_is_closed_without_video(listening: Bench, wrong: dict[str, Any]) -> None:
    token = listening.sessions.login().token
    async with looking(listening) as viewer:
        await viewer.send(header(**{"token": token, "stream": IR, **wrong}))
        assert await is_closed_without_video(viewer)


@pytest.mark.asyncio
async def test_a_header_in_text_is_closed_without_video(listening: Bench) -> None:
    async with looking(listening) as viewer:
        await viewer.send("q" * 39)
        assert await is_closed_without_video(viewer)


@pytest.mark.asyncio
async def test_silence_is_closed_once_a_second_of_camera_time_is_over(listening: Bench) -> None:
    async with looking(listening) as viewer:
        # One more byte shows that the camera waits for the header; then time passes.
        await viewer.send(b"\x71")
        await asyncio.wait_for(await viewer.ping(), 10)
        listening.clock.uptime += 1.0
        assert await is_closed_without_video(viewer)


@pytest.mark.asyncio
async def test_a_stream_ends_when_its_token_dies(listening: Bench) -> None:
    session = listening.sessions.login()
    async with looking(listening) as viewer:
        await viewer.send(header(session.token, IR))
        await units(viewer, 1)
        del listening.sessions.by_token[session.token]
        with pytest.raises(ConnectionClosed):
            await units(viewer, 60)


@pytest.mark.asyncio
async def test_a_failing_stream_ends_and_does_not_open(listening: Bench) -> None:
    token = listening.sessions.login().token
    async with looking(listening) as viewer:
        await viewer.send(header(token, IR))
        await units(viewer, 1)
        listening.causes.stream_failure = 2
        with pytest.raises(ConnectionClosed):
            await units(viewer, 60)
    async with looking(listening) as viewer:
        await viewer.send(header(token, IR))
        assert await is_closed_without_video(viewer)
    listening.causes.stream_failure = 0
    async with looking(listening) as viewer:
        await viewer.send(header(token, IR))
        assert len(await units(viewer, 1)) == 1


@pytest.mark.asyncio
async def test_another_path_has_no_video(listening: Bench) -> None:
    with pytest.raises(InvalidStatus):
        await connect(f"ws://127.0.0.1:{listening.video.ports['ir']}/other")


@pytest.mark.asyncio
async def test_settings_take_effect_while_somebody_looks(listening: Bench) -> None:
    token = listening.sessions.login().token
    async with looking(listening, VL) as viewer:
        await viewer.send(header(token, VL, SUB))
        await units(viewer, 1)
        parameters = listening.settings.obeyed(24)["params"]
        listening.set(24, params=[{**e, "ratio": "640x480"} if e["type"] == 2 else e for e in parameters])
        received = await units(viewer, 8)
    sizes = [decoded(unit)[0].shape for unit in received if 5 in unit_kinds(unit)]
    assert sizes[-1] == (480, 640, 3)


@pytest.mark.asyncio
async def test_the_encoder_rests_while_nobody_looks(listening: Bench) -> None:
    token = listening.sessions.login().token
    async with looking(listening) as viewer:
        await viewer.send(header(token, IR))
        await units(viewer, 1)
    encoders = [task for task in asyncio.all_tasks() if "encoder" in task.get_name()]
    assert len(encoders) == 1
    _, running = await asyncio.wait(encoders, timeout=10)
    assert not running


@pytest.mark.asyncio
async def test_the_listeners_come_back_on_their_ports(listening: Bench) -> None:
    ports = dict(listening.video.ports)
    await listening.video.stop()
    with pytest.raises(OSError, match=r"."):
        await looking(listening)
    await listening.video.start()
    assert listening.video.ports == ports


@pytest.mark.parametrize("stream", ["ir", "vl"])
def test_a_clip_lasts_as_long_as_it_should(small_bench: Bench, stream: Any) -> None:
    clip = small_bench.video.clip(stream, 3)
    assert unit_kinds(clip)[:3] == [7, 8, 5]
    pictures = decoded(clip)
    assert len(pictures) == 15
    assert pictures[0].shape == ((384, 512, 3) if stream == "ir" else (192, 320, 3))
    assert small_bench.video.clip(stream, 3) == clip
    assert len(small_bench.video.clip(stream, 0.1)) == len(clip) // 3


@pytest.mark.parametrize(("number", "codec"), [(1, "hevc"), (2, "mjpeg")])
def test_other_codings_follow_the_settings(number: int, codec: str) -> None:
    coding = coding_of({"ratio": "256x192", "encodec": number, "fps": 10, "gop_size": 5, "bit_size": 800}, 1, 1)
    encoder = Encoder(coding)
    planes = planes_of(np.full((192, 256, 3), 90, np.uint8))
    received = [encoder.encode(planes) for _ in range(4)]
    assert received[0].key
    assert all(unit.data for unit in received)
    pictures = (
        [p for unit in received for p in decoded(unit.data, codec)]
        if codec == "mjpeg"
        else decoded(b"".join(unit.data for unit in received), codec)
    )
    assert len(pictures) == 4


def test_a_coding_without_numbers_falls_back_to_the_streams_own_size() -> None:
    assert coding_of({}, 513, 385) == Coding(512, 384)
    assert coding_of({"ratio": "nonsense", "encodec": 9}, 100, 50).codec == "libx264"
