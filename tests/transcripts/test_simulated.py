"""The simulated camera in the place of the recorded ones: a client written from the document runs unmodified."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import pytest
from websockets.asyncio.client import connect

from conformance.client import decode
from fixtures.run.embedded import EmbeddedCamera
from fixtures.transcripts.recorded import Recorded, recorded


@pytest.fixture(scope="module")
def camera() -> Iterator[dict[str, Any]]:
    """Where a simulated camera is."""
    embedded = EmbeddedCamera(seed=0)
    yield embedded.ready
    embedded.stop()


def messages(appendix: str, direction: str) -> list[Recorded]:
    return [each for each in recorded() if (each.appendix, each.direction) == (appendix, direction)]


def keys(reply: dict[str, Any]) -> set[str]:
    """The keys of a reply's message, by the names of the tables (R61)."""
    names = {"control_url": "control_uri"}
    return {names.get(key, key) for key in reply["message"] or {}}


def shapes(replies: list[dict[str, Any]]) -> list[tuple[int, int, int, set[str]]]:
    return [(each["cmdtype"], each["sequence"], each["retcode"], keys(each)) for each in replies]


async def post(camera: dict[str, Any], message: Recorded, body: bytes) -> tuple[str, dict[str, Any]]:
    """Sends a recorded HTTP request with its own head; waits for leave to go on where the head asks for it."""
    reader, writer = await asyncio.open_connection(camera["host"], camera["http_port"])
    headers = {**message.headers, "Content-Length": str(len(body)), "Connection": "close"}
    head = [message.start, *(f"{name}: {value}" for name, value in headers.items()), "", ""]
    writer.write("\r\n".join(head).encode("ascii"))
    assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 100 ")
    writer.write(body)
    answer_head, _, answer = (await reader.read()).partition(b"\r\n\r\n")
    writer.close()
    if b"chunked" in answer_head.lower():
        size, _, rest = answer.partition(b"\r\n")
        answer = rest[: int(size, 16)]
    return answer_head.split(b"\r\n")[0].decode("ascii"), decode(answer)


@pytest.mark.asyncio
async def test_the_recorded_client_of_the_websocket_is_served_to_its_end(camera: dict[str, Any]) -> None:
    replies: list[dict[str, Any]] = []
    async with connect(f"ws://{camera['host']}:{camera['control_port']}/api/v1/control") as link:
        for sent in messages("IV", ">"):
            frame = json.loads(sent.text)
            if frame.get("token"):
                frame["token"] = replies[1]["message"]["token"]
            await link.send(json.dumps(frame))
            if frame["action"] == "request":
                replies.append(decode(await link.recv()))
    expected = [decode(each.text) for each in messages("IV", "<")]
    for reply, (cmdtype, sequence, retcode, names) in zip(shapes(replies), shapes(expected), strict=True):
        assert reply[:3] == (cmdtype, sequence, retcode)
        assert reply[3] >= names


@pytest.mark.asyncio
async def test_the_recorded_clients_of_http_are_served_with_their_own_heads(camera: dict[str, Any]) -> None:
    general, login, network = messages("V", ">")
    replies: list[dict[str, Any]] = []
    for sent in (general, login, network):
        frame = json.loads(sent.text)
        if frame.get("token"):
            frame["token"] = replies[1]["message"]["token"]
        body = sent.text.encode() if sent is login else json.dumps(frame).encode()
        status, reply = await post(camera, sent, body)
        assert status == "HTTP/1.1 200 OK"
        replies.append(reply)
    expected = [decode(each.text) for each in messages("V", "<")]
    for answered, (cmdtype, sequence, retcode, names) in zip(shapes(replies), shapes(expected), strict=True):
        assert answered[:3] == (cmdtype, sequence, retcode)
        assert answered[3] >= names
