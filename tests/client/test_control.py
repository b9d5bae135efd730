from __future__ import annotations

import asyncio
import gc
import json
import logging
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from aiohttp import web
from websockets.asyncio.server import ServerConnection

from conformance.catalogue import Catalogue
from conformance.client import (
    OMIT,
    ClientSettings,
    ConnectError,
    ControlClient,
    Limits,
    LinkLost,
    LocalError,
    LocalMessageError,
    RemoteProtocolError,
    ReplyTimeout,
    State,
    Transcript,
    WhyUnexpected,
    clear_text,
)

pytestmark = pytest.mark.asyncio

_TOKEN = "7d358ef09eaa11ecaf4d00151810ca9d"
_SOON = 0.05
_HASTY = ClientSettings(connect_timeout=_SOON)
_LONG = 5.0
Connect = Callable[..., Awaitable[ControlClient]]
Answer = Callable[..., str]


def _push(cmdtype: int, number: int = 1, **content: Any) -> str:
    return json.dumps({"action": "notify", "cmdtype": cmdtype, "sequence": number, "content": content})


async def test_a_request_gets_its_reply_with_the_time_of_arrival(control: Connect, answer_to: Answer) -> None:
    async def device(socket: ServerConnection) -> None:
        async for request in socket:
            await socket.send(answer_to(request, message={"flag": 1}))

    client = await control(device)
    pending = await client.start(2, {"default": 0})
    reply = await pending
    assert reply.ok
    assert reply.message == {"flag": 1}
    assert reply.sequence == pending.sequence == 1
    assert reply.received >= pending.pending.sent_at
    assert isinstance(reply.raw, str)


async def test_several_requests_on_their_way_find_their_replies_in_any_order(
    control: Connect, answer_to: Answer
) -> None:
    async def device(socket: ServerConnection) -> None:
        requests = [await socket.recv() for _ in range(3)]
        for request in reversed(requests):
            await socket.send(answer_to(request))
        await socket.wait_closed()

    client = await control(device)
    pending = [await client.start(cmdtype) for cmdtype in (2, 4, 6)]
    assert [(await each).cmdtype for each in pending] == [2, 4, 6]


async def test_one_sequence_may_be_on_its_way_twice(control: Connect, answer_to: Answer) -> None:
    async def device(socket: ServerConnection) -> None:
        async for request in socket:
            await socket.send(answer_to(request))

    client = await control(device)
    pending = [await client.start(cmdtype, sequence=2**64 - 1) for cmdtype in (4, 2)]
    assert [(await each).cmdtype for each in pending] == [4, 2]


async def test_a_device_that_never_answers_is_a_timeout(control: Connect) -> None:
    async def device(socket: ServerConnection) -> None:
        await socket.wait_closed()

    client = await control(device)
    with pytest.raises(ReplyTimeout, match=r"command 2 \(sequence 1\).*found none"):
        await client.request(2, timeout=_SOON)
    assert not client.closed


async def test_an_answer_with_another_sequence_is_told_in_the_timeout(control: Connect, answer_to: Answer) -> None:
    async def device(socket: ServerConnection) -> None:
        await socket.send(answer_to(await socket.recv(), sequence=99))
        await socket.wait_closed()

    client = await control(device)
    pending = await client.start(2, timeout=_SOON)
    await client.next_unexpected(_LONG)
    with pytest.raises(ReplyTimeout, match="found only: cmdtype 2, sequence 99"):
        await pending
    assert [unexpected.why for unexpected in client.unexpected] == [WhyUnexpected.NO_SUCH_SEQUENCE]


async def test_a_late_answer_is_kept_apart_from_the_next_request(control: Connect, answer_to: Answer) -> None:
    async def device(socket: ServerConnection) -> None:
        first = await socket.recv()
        second = await socket.recv()
        await socket.send(answer_to(first, message={"late": 1}))
        await socket.send(answer_to(second, message={"late": 0}))
        await socket.wait_closed()

    client = await control(device)
    with pytest.raises(ReplyTimeout):
        await client.request(2, timeout=_SOON)
    assert (await client.request(2)).message == {"late": 0}
    assert [unexpected.why for unexpected in client.unexpected] == [WhyUnexpected.LATE_ANSWER]


async def test_a_close_in_the_middle_fails_the_request_and_every_later_one(control: Connect) -> None:
    async def device(socket: ServerConnection) -> None:
        await socket.recv()
        await socket.close(1001, "restart")

    client = await control(device)
    with pytest.raises(LinkLost, match="code 1001 saying 'restart'") as lost:
        await client.request(508)
    assert (lost.value.code, lost.value.reason) == (1001, "restart")
    for step in (client.request(2), client.send_raw("x"), client.next_unexpected(1), client.notify(9999)):
        with pytest.raises(LinkLost):
            await step
    with pytest.raises(LinkLost):
        await client.pushes.wait(1000, timeout=1)
    assert client.closed
    assert client.close_code == 1001
    assert await client.wait_closed(0)


async def test_a_connection_cut_without_a_close_frame_is_lost(control: Connect) -> None:
    async def device(socket: ServerConnection) -> None:
        await socket.recv()
        socket.transport.abort()

    client = await control(device)
    with pytest.raises(LinkLost, match="without a websocket close frame") as lost:
        await client.request(2)
    assert lost.value.code == 1006


async def test_the_end_of_the_link_is_noticed_while_nobody_asks(control: Connect) -> None:
    async def device(socket: ServerConnection) -> None:
        await socket.close(1000)

    client = await control(device)
    assert await client.wait_closed(_LONG)
    with pytest.raises(LinkLost):
        await client.request(2)


async def test_after_our_own_close_a_request_is_our_own_error(control: Connect) -> None:
    async def device(socket: ServerConnection) -> None:
        await socket.wait_closed()

    client = await control(device)
    await client.close()
    with pytest.raises(LocalError, match="closed by this client"):
        await client.request(2)


async def test_frames_that_arrive_byte_by_byte_are_read(control: Connect, answer_to: Answer) -> None:
    async def device(socket: ServerConnection) -> None:
        body = answer_to(await socket.recv()).encode("ascii")
        first, second = body[:40], body[40:]
        for byte in bytes((0x01, len(first))) + first + bytes((0x80, len(second))) + second:
            socket.transport.write(bytes((byte,)))
            await asyncio.sleep(0)
        await socket.wait_closed()

    client = await control(device)
    assert (await client.request(2)).ok


async def test_a_frame_above_64_mib_ends_the_connection_before_it_is_received(control: Connect) -> None:
    async def device(socket: ServerConnection) -> None:
        await socket.recv()
        socket.transport.write(b"\x81\x7f" + (67_108_864 + 1).to_bytes(8, "big"))
        await socket.wait_closed()

    client = await control(device)
    with pytest.raises(RemoteProtocolError, match="at most 67108864 bytes") as refusal:
        await client.request(2)
    assert refusal.value.reason == "too-large"
    with pytest.raises(RemoteProtocolError):
        await client.request(2)


async def test_a_device_that_ignores_our_close_is_cut_off(
    tcp_device: Callable[..., Awaitable[int]], accept_by_hand: Any, transcript: Transcript
) -> None:
    async def device(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await accept_by_hand(reader, writer)
        writer.write(b"\x81\x7f" + (67_108_864 + 1).to_bytes(8, "big"))
        await reader.read()

    port = await tcp_device(device)
    async with await ControlClient.connect("127.0.0.1", port, transcript=transcript) as client:
        assert await client.wait_closed(_LONG)
        assert [violation.reason for violation in client.malformed] == ["too-large"]


async def test_many_fragments_do_not_add_up_above_the_limit(control: Connect) -> None:
    async def device(socket: ServerConnection) -> None:
        await socket.recv()
        await socket.send("x" * 600 for _ in range(4))

    client = await control(device, limits=Limits(max_bytes=2_000))
    with pytest.raises(RemoteProtocolError) as refusal:
        await client.request(2)
    assert refusal.value.reason == "too-large"


async def test_a_violation_of_the_websocket_protocol_is_told(control: Connect) -> None:
    async def device(socket: ServerConnection) -> None:
        socket.transport.write(b"\x83\x00")
        await socket.wait_closed()

    client = await control(device)
    with pytest.raises(RemoteProtocolError) as refusal:
        await client.request(2)
    assert refusal.value.reason == "bad-websocket"


async def test_invalid_utf8_ends_the_connection_and_is_shown(control: Connect) -> None:
    async def device(socket: ServerConnection) -> None:
        await socket.recv()
        await socket.send(b'{"a":"\xff"}', text=True)
        await socket.wait_closed()

    client = await control(device)
    with pytest.raises(RemoteProtocolError) as refusal:
        await client.request(2)
    assert refusal.value.reason == "invalid-utf8"
    assert refusal.value.data == b'{"a":"\xff"}'
    assert [violation.reason for violation in client.malformed] == ["invalid-utf8"]


async def test_a_binary_reply_fails_its_request_and_the_connection_goes_on(control: Connect, answer_to: Answer) -> None:
    async def device(socket: ServerConnection) -> None:
        await socket.send(answer_to(await socket.recv()).encode("utf-8"))
        async for request in socket:
            await socket.send(answer_to(request))

    client = await control(device)
    with pytest.raises(RemoteProtocolError) as refusal:
        await client.request(2)
    assert refusal.value.reason == "binary-frame"
    assert (await client.request(2)).ok
    assert len(client.malformed) == 1


@pytest.mark.parametrize(
    ("end", "reason"),
    [
        (',"message":{"a":1,"a":2}}', "duplicate-key"),
        (',"message":{"a":NaN}}', "not-a-number"),
        (',"message":{"a":"\\ud800"}}', "lone-surrogate"),
        (',"message":[]}', "bad-envelope"),
    ],
)
async def test_a_malformed_reply_fails_its_request_at_once(control: Connect, end: str, reason: str) -> None:
    async def device(socket: ServerConnection) -> None:
        await socket.recv()
        await socket.send('{"action":"response","cmdtype":2,"sequence":1,"retcode":0,"retmsg":"x"' + end)
        await socket.wait_closed()

    client = await control(device, reply_timeout=60)
    with pytest.raises(RemoteProtocolError) as refusal:
        await client.request(2)
    assert refusal.value.reason == reason


async def test_a_malformed_push_fails_no_request(control: Connect, answer_to: Answer) -> None:
    async def device(socket: ServerConnection) -> None:
        request = await socket.recv()
        await socket.send('{"action":"notify","cmdtype":1000,"sequence":1,"content":{"a":1,"a":2}}')
        await socket.send(answer_to(request))
        await socket.wait_closed()

    client = await control(device)
    assert (await client.request(2)).ok
    assert [violation.reason for violation in client.malformed] == ["duplicate-key"]
    assert len(client.pushes) == 0


async def test_a_frame_nobody_can_read_fails_the_request_when_its_time_is_over(control: Connect) -> None:
    async def device(socket: ServerConnection) -> None:
        await socket.recv()
        await socket.send('{"sequence":1,"cmdtype":2,,}')
        await socket.wait_closed()

    client = await control(device)
    pending = await client.start(2, timeout=_SOON)
    await client.next_unexpected(_LONG)
    with pytest.raises(RemoteProtocolError) as refusal:
        await pending
    assert refusal.value.reason == "not-json"


async def test_answers_to_malformed_frames_are_handed_out_in_order(control: Connect) -> None:
    async def device(socket: ServerConnection) -> None:
        await socket.recv()
        await socket.send('{"action":"response","cmdtype":0,"sequence":0,"retcode":10002,"retmsg":"x"}')
        await socket.send("no json")
        await socket.wait_closed()

    client = await control(device)
    await client.send_raw("{")
    unexpected = await client.next_unexpected(_LONG)
    violation = await client.next_unexpected(_LONG)
    assert isinstance(unexpected, dict)
    assert unexpected["retcode"] == 10002
    assert isinstance(violation, RemoteProtocolError)
    assert violation.reason == "not-json"
    with pytest.raises(ReplyTimeout):
        await client.next_unexpected(_SOON)


async def test_answers_to_a_heartbeat_are_not_taken_for_answers_to_malformed_frames(
    control: Connect, answer_to: Answer
) -> None:
    async def device(socket: ServerConnection) -> None:
        await socket.send(answer_to(await socket.recv()))
        await socket.recv()
        await socket.send('{"action":"response","retcode":10002,"retmsg":"x"}')
        await socket.wait_closed()

    client = await control(device)
    assert await client.heartbeat() is None
    await client.send_raw("{")
    unexpected = await client.next_unexpected(_LONG)
    assert isinstance(unexpected, dict)
    assert unexpected["retcode"] == 10002
    assert [each.why for each in client.unexpected] == [
        WhyUnexpected.ANSWER_TO_NOTIFICATION,
        WhyUnexpected.NO_SUCH_SEQUENCE,
    ]


async def test_raw_frames_go_out_as_they_are(control: Connect) -> None:
    received: asyncio.Queue[str | bytes] = asyncio.Queue()

    async def device(socket: ServerConnection) -> None:
        received.put_nowait(await socket.recv())
        received.put_nowait(await socket.recv())
        received.put_nowait(await socket.recv(decode=False))

    client = await control(device)
    await client.send_raw('{"a":')
    await client.send_raw(b"\x00\xff")
    await client.send_raw(b'{"a":"\xff"}', text=True)
    assert [await received.get() for _ in range(3)] == ['{"a":', b"\x00\xff", b'{"a":"\xff"}']


async def test_pushes_are_kept_and_waited_for(control: Connect) -> None:
    async def device(socket: ServerConnection) -> None:
        await socket.send(_push(1000, 1, n=1))
        async for _ in socket:
            await socket.send(_push(1002, 2))
            await socket.send(_push(1000, 3, n=2))

    client = await control(device)
    assert (await client.pushes.wait(1000, timeout=_LONG)).body == {"n": 1}
    mark = client.pushes.mark()
    await client.send_raw("next")
    assert (await client.pushes.wait(1000, since=mark, timeout=_LONG)).body == {"n": 2}
    assert [push.cmdtype for push in client.pushes.since(mark)] == [1002, 1000]
    assert (await client.pushes.wait(1000, timeout=_LONG, match=lambda push: push.body["n"] == 2)).envelope[
        "sequence"
    ] == 3
    with pytest.raises(ReplyTimeout, match=r"push 1001 .* found 1000 \(1 times\), 1002 \(1 times\)"):
        await client.pushes.wait(1001, since=mark, timeout=_SOON)


async def test_a_flood_of_pushes_neither_hides_the_reply_nor_fills_the_memory(
    control: Connect, answer_to: Answer
) -> None:
    async def device(socket: ServerConnection) -> None:
        request = await socket.recv()
        for number in range(2_000):
            await socket.send(_push(1007, number, filling="x" * 100))
        await socket.send(answer_to(request))
        await socket.wait_closed()

    client = await control(device)
    client.pushes.max_messages = 100
    assert (await client.request(516, {"type": 1})).ok
    assert len(client.pushes) == 100
    assert client.pushes.dropped == 1_900
    assert client.pushes.since(0)[-1].envelope["sequence"] == 1_999
    client.pushes.max_bytes = 1_000
    assert client.pushes.mark() == 2_000


async def test_a_flood_of_unexpected_frames_is_bounded(control: Connect, answer_to: Answer) -> None:
    async def device(socket: ServerConnection) -> None:
        request = await socket.recv()
        for _ in range(300):
            await socket.send("{}")
            await socket.send("[]")
        await socket.send(answer_to(request))
        await socket.wait_closed()

    client = await control(device)
    client._unexpected.max_frames = 50
    assert (await client.request(2)).ok
    assert len(client.unexpected) + len(client.malformed) == 50
    assert client.not_kept == 550


async def test_login_keeps_the_token_and_hides_every_secret(
    control: Connect, answer_to: Answer, transcript: Transcript
) -> None:
    requests: list[dict[str, Any]] = []

    async def device(socket: ServerConnection) -> None:
        async for request in socket:
            requests.append(json.loads(request))
            reply = {"token": _TOKEN} if requests[-1]["cmdtype"] == 501 else {"echo": f"{_TOKEN} geheim!"}
            await socket.send(answer_to(request, message=reply))

    client = await control(device)
    reply = await client.login("admin", "geheim!", clear_text)
    assert reply.ok
    assert (client.token, client.session.state) == (_TOKEN, State.LOGGED_IN)
    await client.request(2)
    assert (await client.logout("admin")).ok
    assert client.token is None
    assert [request.get("token") for request in requests] == [None, _TOKEN, _TOKEN]
    assert requests[0]["message"] == {"username": "admin", "password": "geheim!"}
    assert all(
        _TOKEN.encode() not in entry.payload and b"geheim!" not in entry.payload for entry in transcript.since(0)
    )
    assert b"admin" in transcript.since(0)[2].payload


async def test_a_refused_login_is_a_reply_and_leaves_no_token(control: Connect, answer_to: Answer) -> None:
    async def device(socket: ServerConnection) -> None:
        async for request in socket:
            await socket.send(answer_to(request, retcode=10009, message={"count": 2}))

    client = await control(device)
    reply = await client.login("admin", "wrong", clear_text)
    assert (reply.retcode, reply.message) == (10009, {"count": 2})
    assert client.token is None


async def test_a_heartbeat_renews_the_lease(control: Connect, answer_to: Answer) -> None:
    async def device(socket: ServerConnection) -> None:
        async for request in socket:
            await socket.send(answer_to(request, message={"token": _TOKEN}))

    client = await control(device)
    await client.login("admin", "geheim!", clear_text)
    begun = client.session.lease.last_heartbeat
    assert begun is not None
    await client.heartbeat()
    notified = client.session.lease.last_heartbeat
    assert notified is not None
    assert notified > begun
    reply = await client.heartbeat(as_request=True)
    assert reply is not None
    assert client.session.lease.last_heartbeat == reply.received


async def test_our_own_illegal_request_never_reaches_the_device(
    control: Connect, answer_to: Answer, catalogue: Catalogue
) -> None:
    received = []

    async def device(socket: ServerConnection) -> None:
        async for request in socket:
            received.append(json.loads(request)["cmdtype"])
            await socket.send(answer_to(request))

    client = await control(device, catalogue=catalogue)
    client.token = _TOKEN
    with pytest.raises(LocalMessageError):
        await client.request(1, {"humi": 0})
    assert (await client.request(1, {"humi": 0}, legal=False)).ok
    assert (await client.request(2, OMIT, token=OMIT, legal=False)).ok
    assert received == [1, 2]
    assert client.session.pending == []


async def test_a_handshake_answered_by_http_tells_the_status(http_device: Callable[..., Awaitable[int]]) -> None:
    async def device(_request: web.Request) -> web.Response:
        return web.Response(status=403)

    port = await http_device(device)
    with pytest.raises(ConnectError, match="found HTTP status 403") as refusal:
        await ControlClient.connect("127.0.0.1", port, transcript=Transcript())
    assert refusal.value.status == 403


@pytest.mark.parametrize("same_host", [True, False])
async def test_a_redirected_handshake_is_not_followed(
    http_device: Callable[..., Awaitable[int]], websocket_device: Callable[..., Awaitable[int]], same_host: bool
) -> None:
    reached = []

    async def elsewhere(_socket: ServerConnection) -> None:
        reached.append("elsewhere")

    other = await websocket_device(elsewhere)

    async def device(request: web.Request) -> web.Response:
        reached.append(request.path)
        return web.Response(status=302, headers={"Location": "/other" if same_host else f"ws://127.0.0.1:{other}/"})

    port = await http_device(device)
    with pytest.raises(ConnectError) as refusal:
        await ControlClient.connect("127.0.0.1", port, transcript=Transcript())
    assert refusal.value.status == 302
    assert reached == ["/api/v1/control"]


async def test_a_closed_port_is_a_connect_error() -> None:
    server = await asyncio.start_server(lambda _reader, _writer: None, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()
    with pytest.raises(ConnectError, match="no websocket was opened"):
        await ControlClient.connect("127.0.0.1", port, transcript=Transcript())


async def test_a_handshake_that_never_ends_is_a_connect_error(tcp_device: Callable[..., Awaitable[int]]) -> None:
    async def device(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        await reader.read()

    port = await tcp_device(device)
    with pytest.raises(ConnectError, match=r"within 0\.05 s"):
        await ControlClient.connect("127.0.0.1", port, transcript=Transcript(), settings=_HASTY)


async def test_no_proxy_of_the_environment_is_used(
    control: Connect, answer_to: Answer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "ws_proxy", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")

    async def device(socket: ServerConnection) -> None:
        async for request in socket:
            await socket.send(answer_to(request))

    client = await control(device)
    assert (await client.request(2)).ok


async def test_frames_are_never_logged(control: Connect, answer_to: Answer, caplog: pytest.LogCaptureFixture) -> None:
    async def device(socket: ServerConnection) -> None:
        async for request in socket:
            await socket.send(answer_to(request))

    client = await control(device)
    client.token = _TOKEN
    with caplog.at_level(logging.DEBUG):
        await client.request(2)
    ours = [record for record in caplog.records if not record.name.startswith("websockets.server")]
    assert all(_TOKEN not in record.getMessage() for record in ours)


async def test_requests_nobody_awaits_leave_no_noise(control: Connect, caplog: pytest.LogCaptureFixture) -> None:
    async def device(socket: ServerConnection) -> None:
        await socket.recv()
        await socket.close(1011)

    client = await control(device)
    await client.start(2)
    assert await client.wait_closed(_LONG)
    await client.close()
    gc.collect()
    assert "never retrieved" not in caplog.text


async def test_a_cancelled_request_is_forgotten(control: Connect) -> None:
    async def device(socket: ServerConnection) -> None:
        await socket.recv()
        await socket.send(_push(1000))
        await socket.wait_closed()

    client = await control(device)
    task = asyncio.create_task(client.request(2))
    await client.pushes.wait(1000, timeout=_LONG)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert client.session.pending == []
