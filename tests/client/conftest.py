"""Devices that behave as a test tells them to, on real sockets of this host."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import web
from websockets.asyncio.server import ServerConnection, serve

from conformance.client import ClientSettings, ControlClient, HttpClient, Transcript

WebsocketScript = Callable[[ServerConnection], Awaitable[None]]
TcpScript = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
HttpScript = Callable[[web.Request], Awaitable[web.StreamResponse]]


@pytest.fixture
def transcript() -> Transcript:
    return Transcript()


@pytest.fixture
def answer_to() -> Callable[..., str]:
    """The reply of an obedient device to a request, with any keys replaced."""

    def answer(request: str | bytes, **replaced: Any) -> str:
        asked = json.loads(request)
        reply = {
            "action": "response",
            "cmdtype": asked.get("cmdtype"),
            "sequence": asked.get("sequence"),
            "retcode": 0,
            "retmsg": "success.",
            "message": None,
        }
        return json.dumps(reply | replaced)

    return answer


@pytest_asyncio.fixture
async def stack() -> AsyncIterator[AsyncExitStack]:
    """Closed at the end of the test: clients first, then their devices."""
    async with AsyncExitStack() as opened:
        yield opened


@pytest.fixture
def websocket_device(stack: AsyncExitStack) -> Callable[..., Awaitable[int]]:
    """Starts a websocket server that runs a script for each connection; gives its port."""

    async def start(script: WebsocketScript, **options: Any) -> int:
        server = await stack.enter_async_context(serve(script, "127.0.0.1", 0, **options))
        port: int = next(iter(server.sockets)).getsockname()[1]
        return port

    return start


@pytest.fixture
def tcp_device(stack: AsyncExitStack) -> Callable[[TcpScript], Awaitable[int]]:
    """Starts a TCP server that runs a script for each connection and then closes it; gives its port."""

    async def start(script: TcpScript) -> int:
        async def serve_one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                await script(reader, writer)
            except ConnectionError:
                pass
            finally:
                writer.close()

        server = await asyncio.start_server(serve_one, "127.0.0.1", 0)
        stack.callback(server.close)
        port: int = server.sockets[0].getsockname()[1]
        return port

    return start


@pytest.fixture
def http_device(stack: AsyncExitStack) -> Callable[[HttpScript], Awaitable[int]]:
    """Starts an HTTP server that gives every request to a script; gives its port."""

    async def start(script: HttpScript) -> int:
        app = web.Application(client_max_size=2**28)
        app.router.add_route("*", "/{path:.*}", script)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        port: int = runner.addresses[0][1]
        return port

    return start


@pytest.fixture
def control(
    websocket_device: Callable[..., Awaitable[int]], stack: AsyncExitStack, transcript: Transcript
) -> Callable[..., Awaitable[ControlClient]]:
    """A control client connected to a device that runs `script`."""

    async def connect(script: WebsocketScript, **settings: Any) -> ControlClient:
        port = await websocket_device(script)
        return await stack.enter_async_context(
            await ControlClient.connect("127.0.0.1", port, transcript=transcript, settings=ClientSettings(**settings))
        )

    return connect


@pytest.fixture
def http(
    http_device: Callable[[HttpScript], Awaitable[int]], stack: AsyncExitStack, transcript: Transcript
) -> Callable[..., Awaitable[HttpClient]]:
    """An HTTP client of a device that runs `script`."""

    async def connect(script: HttpScript, path: str = "/getmsginfo", **settings: Any) -> HttpClient:
        port = await http_device(script)
        return await stack.enter_async_context(
            HttpClient("127.0.0.1", port, transcript=transcript, settings=ClientSettings(**settings), path=path)
        )

    return connect


@pytest.fixture
def accept_by_hand() -> TcpScript:
    """The opening handshake of a websocket, for devices that then break its rules."""

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("ascii")
        key = next(line.split(": ")[1] for line in head.split("\r\n") if line.lower().startswith("sec-websocket-key"))
        digest = hashlib.sha1((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode("ascii")).digest()
        writer.write(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Accept: " + base64.b64encode(digest) + b"\r\n\r\n"
        )
        await writer.drain()

    return accept
