"""A simulated camera on real sockets, and clients of a few lines that use nothing of the project's client."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from websockets.asyncio.client import ClientConnection, connect

from fixtures.camera.camera import SimulatedCamera
from fixtures.camera.options import CameraOptions
from fixtures.camera.stimulus import StimulusServer
from fixtures.camera.wire.cipher import public_key

REPLY_S = 5.0
EMPTY: dict[str, Any] = {}


def encrypted(password: str) -> str:
    key = load_pem_public_key(public_key().encode())
    assert isinstance(key, RSAPublicKey)
    return base64.b64encode(key.encrypt(password.encode(), PKCS1v15())).decode()


class Client:
    """One websocket; `pushes` are the messages that came unasked."""

    def __init__(self, websocket: ClientConnection) -> None:
        self.websocket = websocket
        self.token: str | None = None
        self.pushes: deque[dict[str, Any]] = deque()
        self._sequence = 0

    async def ask(self, cmdtype: int, message: Any = EMPTY, /, **envelope: Any) -> dict[str, Any]:
        """Send a request, with any keys of its envelope replaced, and return its reply."""
        self._sequence += 1
        request = {"action": "request", "cmdtype": cmdtype, "sequence": self._sequence, "message": message}
        if self.token is not None:
            request["token"] = self.token
        await self.websocket.send(json.dumps({**request, **envelope}))
        return await self.reply()

    async def code(self, cmdtype: int, message: Any = EMPTY, /, **envelope: Any) -> int:
        """The return code of a request."""
        return int((await self.ask(cmdtype, message, **envelope))["retcode"])

    async def get(self, cmdtype: int, message: Any = EMPTY, /, **envelope: Any) -> dict[str, Any]:
        """The `message` of a reply with success."""
        reply = await self.ask(cmdtype, message, **envelope)
        assert reply["retcode"] == 0, reply
        return reply["message"] or {}

    async def raw(self, frame: str | bytes) -> dict[str, Any]:
        """Send a frame as it is and return the reply."""
        await self.websocket.send(frame)
        return await self.reply()

    async def reply(self) -> dict[str, Any]:
        while True:
            frame: dict[str, Any] = json.loads(await asyncio.wait_for(self.websocket.recv(), REPLY_S))
            if frame["action"] == "response":
                return frame
            self.pushes.append(frame)

    async def push(self, cmdtype: int) -> dict[str, Any]:
        """The next push of that number, which may have come already."""
        while True:
            while self.pushes:
                frame = self.pushes.popleft()
                if frame["cmdtype"] == cmdtype:
                    return frame
            self.pushes.append(json.loads(await asyncio.wait_for(self.websocket.recv(), REPLY_S)))

    async def login(self, user: str = "admin", password: str | None = None) -> dict[str, Any]:
        """Log in, by default with the password the user has at first."""
        reply = await self.ask(501, {"username": user, "password": encrypted(password or user)})
        if reply["retcode"] == 0:
            self.token = reply["message"]["token"]
        return reply


async def _close(websocket: ClientConnection) -> None:
    # The library fails on its own transport if the camera closed in the middle of a frame.
    with contextlib.suppress(AttributeError):
        await websocket.close()


class Bench:
    """A running camera and its clients."""

    def __init__(self, camera: SimulatedCamera, stack: AsyncExitStack) -> None:
        self.camera = camera
        self._stack = stack

    async def anonymous(self) -> Client:
        """A client that has connected."""
        url = f"ws://127.0.0.1:{self.camera.control.port}/api/v1/control"
        websocket = await connect(url, compression=None, max_size=None)
        self._stack.push_async_callback(_close, websocket)
        return Client(websocket)

    async def client(self, user: str = "admin", password: str | None = None) -> Client:
        """A client that has connected and logged in."""
        client = await self.anonymous()
        reply = await client.login(user, password)
        assert reply["retcode"] == 0, reply
        return client

    async def web(self) -> httpx.AsyncClient:
        """A client of the HTTP port."""
        base = f"http://127.0.0.1:{self.camera.web.port}"
        return await self._stack.enter_async_context(httpx.AsyncClient(base_url=base, trust_env=False))

    async def bench(self) -> httpx.AsyncClient:
        """A client of the stimulus channel."""
        stimulus = StimulusServer(self.camera)
        await stimulus.start()
        self._stack.push_async_callback(stimulus.stop)
        base = f"http://127.0.0.1:{stimulus.port}"
        return await self._stack.enter_async_context(httpx.AsyncClient(base_url=base, trust_env=False))

    def advance(self, seconds: float) -> None:
        """Let camera time pass."""
        self.camera.clock.advance(seconds)


@pytest_asyncio.fixture
async def opened() -> AsyncIterator[Callable[..., Awaitable[Bench]]]:
    """Starts cameras with the options of a test, and stops them at its end."""
    async with AsyncExitStack() as stack:

        async def open_bench(**options: Any) -> Bench:
            camera = SimulatedCamera(replace(CameraOptions(), **options))
            await camera.start()
            stack.push_async_callback(camera.stop)
            return Bench(camera, stack)

        yield open_bench


@pytest_asyncio.fixture(scope="module")
async def steady() -> AsyncIterator[Client]:
    """A client that is logged in at a camera shared by a whole module, for tests that change nothing."""
    async with AsyncExitStack() as stack:
        camera = SimulatedCamera()
        await camera.start()
        stack.push_async_callback(camera.stop)
        yield await Bench(camera, stack).client()


@pytest_asyncio.fixture
async def bench(opened: Callable[..., Awaitable[Bench]]) -> Bench:
    """A camera fresh from the factory."""
    return await opened()


@pytest_asyncio.fixture
async def admin(bench: Bench) -> Client:
    """A client that is logged in at `bench` with every right."""
    return await bench.client()


@pytest.fixture
def cipher() -> Callable[[str], str]:
    """The text that a client sends for a password."""
    return encrypted


@pytest.fixture
def png() -> Callable[[int], str]:
    """A logo of the given number of bytes, in the form of a message."""
    return lambda size: base64.b64encode(b"\x89PNG\r\n\x1a\n".ljust(size, b"\0")).decode()


@pytest.fixture
def state_dir(tmp_path: Path) -> Path:
    return tmp_path / "state"
