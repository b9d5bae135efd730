"""Our client in the place of the recorded ones: it sends what they sent, and reads what the cameras answered."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest
from aiohttp import web
from websockets.asyncio.server import ServerConnection, serve

from conformance import checks
from conformance.catalogue import Catalogue
from conformance.client import ClientSettings, ControlClient, HttpClient, Transcript, clear_text, decode
from fixtures.transcripts.recorded import Recorded, recorded

# What a client may leave out: its name, the camera's, and a token that it does not have (R06, R09).
_OPTIONAL = {"from", "to"}


def messages(appendix: str, direction: str) -> list[Recorded]:
    return [each for each in recorded() if (each.appendix, each.direction) == (appendix, direction)]


def essence(frame: Mapping[str, Any]) -> dict[str, Any]:
    """A request without what its client might as well have left out."""
    return {key: value for key, value in frame.items() if key not in _OPTIONAL and (key, value) != ("token", "")}


@pytest.mark.asyncio
async def test_a_conversation_over_websocket_goes_as_recorded(catalogue: Catalogue) -> None:
    answers = {each.cmdtype: each.text for each in messages("IV", "<")}
    heard: list[dict[str, Any]] = []

    async def camera(connection: ServerConnection) -> None:
        assert connection.request is not None
        assert connection.request.path == "/api/v1/control"
        async for frame in connection:
            heard.append(json.loads(frame))
            if heard[-1]["action"] == "request":
                await connection.send(answers[heard[-1]["cmdtype"]])

    printed = [decode(each.text) for each in messages("IV", ">")]
    async with serve(camera, "127.0.0.1", 0) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        async with await ControlClient.connect(
            "127.0.0.1", port, transcript=Transcript(), settings=ClientSettings(catalogue)
        ) as client:
            general = await client.request(500, {}, sequence=0)
            account = printed[1]["message"]
            login = await client.login(account["username"], account["password"], clear_text)
            await client.heartbeat()
            system = await client.request(16, {"default": 0}, sequence=2)
            logout = await client.request(502, {"username": "admin"}, sequence=11)
            assert client.unexpected == []
            assert client.malformed == []
    for reply in (general, login, system, logout):
        assert checks.success(reply).findings == []
    assert login.message == {"token": "7d358ef09eaa11ecaf4d00151810ca9d"}
    heard[2]["sequence"] = printed[2]["sequence"]  # the recorded heartbeat bears the number of the login
    assert heard == [essence(frame) for frame in printed]


@pytest.mark.asyncio
async def test_the_conversations_over_http_go_as_recorded(catalogue: Catalogue) -> None:
    answers = {each.cmdtype: each for each in messages("V", "<")}
    heard: list[tuple[str, str, dict[str, Any]]] = []

    async def camera(request: web.Request) -> web.StreamResponse:
        heard.append((request.method, request.path, json.loads(await request.read())))
        answer = answers[heard[-1][2]["cmdtype"]]
        response = web.StreamResponse(headers={"Content-Type": answer.headers["Content-Type"]})
        response.enable_chunked_encoding()
        await response.prepare(request)
        await response.write(answer.text.encode("utf-8"))
        await response.write_eof()
        return response

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", camera)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    printed = messages("V", ">")
    account = decode(printed[1].text)["message"]
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        port = runner.addresses[0][1]
        replies = []
        for cmdtype in (500, 501, 10):  # three sessions, as recorded (R145)
            async with HttpClient(
                "127.0.0.1", port, transcript=Transcript(), settings=ClientSettings(catalogue)
            ) as client:
                if cmdtype == 501:
                    replies.append(await client.login(account["username"], account["password"], clear_text))
                    continue
                if cmdtype == 10:
                    client.token = decode(printed[2].text)["token"]
                replies.append(await client.request(cmdtype, {}))
    finally:
        await runner.cleanup()
    for reply in replies:
        assert checks.success(reply).findings == []
    assert heard == [(*each.start.split()[:2], essence(decode(each.text))) for each in printed]
