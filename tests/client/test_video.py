from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

import pytest
from websockets.asyncio.server import ServerConnection

from conformance.catalogue import Catalogue
from conformance.client import (
    ConnectError,
    LinkLost,
    LocalError,
    LocalMessageError,
    RemoteProtocolError,
    ReplyTimeout,
    Transcript,
    VideoStream,
    video_header,
)
from conformance.client import video as video_module

pytestmark = pytest.mark.asyncio

_TOKEN = "7d358ef09eaa11ecaf4d00151810ca9d"
_HEADER = video_header(1, 2, _TOKEN)
_UNITS = [b"\x00\x00\x00\x01\x67\x42\x00\x00\x00\x01\x65\x88", b"\x00\x00\x00\x01\x41\x9a", b"\x00\x00\x00\x01\x41\x9b"]
_SOON = 0.05
_LONG = 5.0
Device = Callable[..., Awaitable[int]]
Open = Callable[..., Awaitable[VideoStream]]


@pytest.fixture
def video(stack: AsyncExitStack, transcript: Transcript) -> Open:
    async def connect(port: int, **options: Any) -> VideoStream:
        return await stack.enter_async_context(
            await VideoStream.open("127.0.0.1", port, transcript=transcript, **options)
        )

    return connect


async def test_the_header_has_the_layout_of_the_catalogue(catalogue: Catalogue) -> None:
    assert sum(field.size for field in catalogue.video) == len(_HEADER) == 39
    parts = {}
    rest = _HEADER
    for field in catalogue.video:
        parts[field.name], rest = rest[: field.size], rest[field.size :]
        assert field.constant in (None, parts[field.name])
        assert field.values is None or parts[field.name][0] in field.values
    assert parts["streamtype"] == b"\x01"
    assert parts["subtype"] == b"\x02"
    assert parts["token"] == _TOKEN.encode("ascii")


@pytest.mark.parametrize(
    ("arguments", "options"),
    [
        ((256, 1, _TOKEN), {}),
        ((1, -1, _TOKEN), {}),
        ((1, 1, _TOKEN[:-1]), {}),
        ((1, 1, "é" * 32), {}),
        ((1, 1, _TOKEN), {"magic": b"GUI"}),
        ((1, 1, _TOKEN), {"kind": 256}),
    ],
)
async def test_what_does_not_fit_the_header_is_our_own_error(arguments: Any, options: Any) -> None:
    with pytest.raises(LocalMessageError):
        video_header(*arguments, **options)


async def test_over_a_websocket_each_message_is_a_unit(websocket_device: Device, video: Open) -> None:
    async def device(socket: ServerConnection) -> None:
        assert await socket.recv() == _HEADER
        for unit in _UNITS:
            await socket.send(unit)
        await socket.close(1000, "over")

    stream = await video(await websocket_device(device))
    await stream.send(_HEADER)
    assert [await stream.receive(_LONG) for _ in _UNITS] == _UNITS
    assert stream.received_at is not None
    with pytest.raises(LinkLost, match="over"):
        await stream.receive(_LONG)
    assert stream.closed
    assert stream.bytes_received == sum(map(len, _UNITS))


async def test_over_tcp_the_stream_is_cut_into_units(tcp_device: Device, video: Open) -> None:
    async def device(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        assert await reader.readexactly(39) == _HEADER
        for byte in b"".join(_UNITS):
            writer.write(bytes((byte,)))
            await writer.drain()

    stream = await video(await tcp_device(device), transport="tcp")
    await stream.send(_HEADER)
    assert [await stream.receive(_LONG) for _ in _UNITS] == _UNITS
    with pytest.raises(LinkLost, match="the device closed the connection"):
        await stream.receive(_LONG)
    with pytest.raises(LinkLost):
        await stream.send(b"more")


@pytest.mark.parametrize("transport", ["websocket", "tcp"])
async def test_a_device_that_sends_nothing_is_a_timeout(
    websocket_device: Device, tcp_device: Device, video: Open, transport: str
) -> None:
    async def silent_socket(socket: ServerConnection) -> None:
        await socket.wait_closed()

    async def silent_tcp(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        await reader.read()

    port = await (websocket_device(silent_socket) if transport == "websocket" else tcp_device(silent_tcp))
    stream = await video(port, transport=transport)
    with pytest.raises(ReplyTimeout):
        await stream.receive(_SOON)
    assert not await stream.wait_closed(0)
    assert stream.bytes_received == 0


@pytest.mark.parametrize("transport", ["websocket", "tcp"])
async def test_a_device_that_closes_at_once_is_noticed(
    websocket_device: Device, tcp_device: Device, video: Open, transport: str
) -> None:
    async def brief_socket(socket: ServerConnection) -> None:
        await socket.close()

    async def brief_tcp(_reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        return

    port = await (websocket_device(brief_socket) if transport == "websocket" else tcp_device(brief_tcp))
    stream = await video(port, transport=transport)
    assert await stream.wait_closed(_LONG)
    with pytest.raises(LinkLost):
        await stream.receive(_LONG)


async def test_text_in_a_video_stream_is_a_violation(websocket_device: Device, video: Open) -> None:
    async def device(socket: ServerConnection) -> None:
        await socket.send("no video")
        await socket.wait_closed()

    stream = await video(await websocket_device(device))
    with pytest.raises(RemoteProtocolError, match="binary frames were expected"):
        await stream.receive(_LONG)


async def test_a_stream_nobody_reads_keeps_the_newest_units(
    websocket_device: Device, video: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(video_module, "_KEPT_BYTES", 100)

    async def device(socket: ServerConnection) -> None:
        for number in range(20):
            await socket.send(bytes((number,)) * 30)

    stream = await video(await websocket_device(device))
    assert await stream.wait_closed(_LONG)
    assert (stream.units_received, stream.dropped) == (20, 17)
    assert await stream.receive(_LONG) == b"\x11" * 30


async def test_only_the_beginning_of_a_video_enters_the_transcript_and_no_token(
    websocket_device: Device, video: Open, transcript: Transcript
) -> None:
    async def device(socket: ServerConnection) -> None:
        await socket.recv()
        for _ in range(100):
            await socket.send(_UNITS[1])

    stream = await video(await websocket_device(device))
    await stream.send(_HEADER)
    assert await stream.wait_closed(_LONG)
    entries = transcript.since(0)
    assert sum(entry.direction == "<" for entry in entries) == 4
    assert b"ended after 100 access units" in entries[-1].payload
    assert all(_TOKEN.encode("ascii") not in entry.payload for entry in entries)


@pytest.mark.parametrize("transport", ["websocket", "tcp"])
async def test_after_our_own_close_receiving_is_our_own_error(
    websocket_device: Device, tcp_device: Device, video: Open, transport: str
) -> None:
    async def open_socket(socket: ServerConnection) -> None:
        await socket.wait_closed()

    async def open_tcp(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        await reader.read()

    port = await (websocket_device(open_socket) if transport == "websocket" else tcp_device(open_tcp))
    stream = await video(port, transport=transport)
    await stream.close()
    with pytest.raises(LocalError, match="closed by this client"):
        await stream.receive(_LONG)


@pytest.mark.parametrize("transport", ["websocket", "tcp"])
async def test_a_closed_port_is_a_connect_error(video: Open, transport: str) -> None:
    server = await asyncio.start_server(lambda _reader, _writer: None, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()
    with pytest.raises(ConnectError):
        await video(port, transport=transport)
