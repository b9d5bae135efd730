from __future__ import annotations

import asyncio
import gzip
import hashlib
import json
import logging
import zlib
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from aiohttp import web

from conformance.catalogue import Catalogue
from conformance.client import (
    OMIT,
    ClientSettings,
    ConnectError,
    HttpClient,
    Limits,
    LinkLost,
    LocalError,
    LocalMessageError,
    RemoteProtocolError,
    ReplyTimeout,
    Signer,
    Transcript,
    clear_text,
)
from conformance.client.http_body import BodyReader

pytestmark = pytest.mark.asyncio

_TOKEN = "7d358ef09eaa11ecaf4d00151810ca9d"
_SOON = 0.05
_HASTY = ClientSettings(reply_timeout=_SOON)
Connect = Callable[..., Awaitable[HttpClient]]
Answer = Callable[..., str]
Tcp = Callable[..., Awaitable[int]]


async def _head(reader: asyncio.StreamReader) -> bytes:
    return await reader.readuntil(b"\r\n\r\n")


async def test_a_reply_is_read_whatever_its_content_type(http: Connect, answer_to: Answer) -> None:
    async def device(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/html; charset=gb2312"})
        await response.prepare(request)
        await response.write(answer_to(await request.read(), message={"name": "高德"}).encode("utf-8"))
        return response

    client = await http(device)
    reply = await client.request(16)
    assert reply.ok
    assert reply.message == {"name": "高德"}


async def test_a_request_is_a_post_of_json_to_the_devices_path(http: Connect, answer_to: Answer) -> None:
    seen: list[tuple[str, str, Any]] = []

    async def device(request: web.Request) -> web.Response:
        body = await request.read()
        seen.append((request.method, request.raw_path, json.loads(body)))
        return web.Response(text=answer_to(body))

    client = await http(device, path="/api/v1/msg")
    client.token = _TOKEN
    await client.request(2, {"default": 1}, extra={"subtype": 1})
    method, path, frame = seen[0]
    assert (method, path) == ("POST", "/api/v1/msg")
    assert frame == {
        "action": "request",
        "cmdtype": 2,
        "sequence": 1,
        "token": _TOKEN,
        "subtype": 1,
        "message": {"default": 1},
    }


async def test_login_and_logout_work_as_over_the_websocket(
    http: Connect, answer_to: Answer, transcript: Transcript
) -> None:
    async def device(request: web.Request) -> web.Response:
        return web.Response(text=answer_to(await request.read(), message={"token": _TOKEN}))

    client = await http(device)
    assert (await client.login("admin", "geheim!", clear_text)).ok
    given = client.token
    await client.raw("GET", f"/echo/{_TOKEN}")
    await client.logout("admin")
    assert (given, client.token) == (_TOKEN, None)
    kept = b"".join(entry.payload for entry in transcript.since(0))
    assert _TOKEN.encode() not in kept
    assert b"geheim!" not in kept


async def test_our_own_illegal_request_never_reaches_the_device(
    http: Connect, answer_to: Answer, catalogue: Catalogue
) -> None:
    received = []

    async def device(request: web.Request) -> web.Response:
        received.append(1)
        return web.Response(text=answer_to(await request.read()))

    client = await http(device, catalogue=catalogue)
    client.token = _TOKEN
    with pytest.raises(LocalMessageError):
        await client.request(1, {"humi": 0})
    assert received == []
    assert (await client.request(1, {"humi": 0}, legal=False)).ok


@pytest.mark.parametrize("status", [201, 301, 404, 500])
async def test_any_status_but_200_is_no_reply(http: Connect, answer_to: Answer, status: int) -> None:
    async def device(request: web.Request) -> web.Response:
        return web.Response(status=status, text=answer_to(await request.read()), headers={"Location": "/x"})

    client = await http(device)
    with pytest.raises(RemoteProtocolError, match=f"found {status}") as refusal:
        await client.request(2)
    assert (refusal.value.reason, refusal.value.status) == ("bad-http", status)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "not-json"),
        (b"<html>", "not-json"),
        (b"[]", "not-object"),
        (b"\xff", "invalid-utf8"),
        (b"{}", "bad-envelope"),
    ],
)
async def test_a_body_that_is_no_reply_is_refused(http: Connect, body: bytes, reason: str) -> None:
    async def device(_request: web.Request) -> web.Response:
        return web.Response(body=body)

    client = await http(device)
    with pytest.raises(RemoteProtocolError) as refusal:
        await client.request(2)
    assert refusal.value.reason == reason


async def test_a_signature_is_the_documents_formula() -> None:
    headers = Signer("key").headers("POST", "/api/v1/msg", b'{"a":1}', 1_700_000_000)
    inner = hashlib.sha256(b'{"a":1}').hexdigest()
    signed = hashlib.sha256(f"POST\n/api/v1/msg\n1700000000\nkey\nSHA256\n{inner}".encode()).hexdigest()
    assert headers == {"Signed": signed, "ExpiredTime": "1700000000", "Algorithm": "SHA256", "AppKey": "key"}


async def test_a_signed_request_carries_the_signature_of_its_own_body_and_no_token(
    http: Connect, answer_to: Answer, catalogue: Catalogue
) -> None:
    async def device(request: web.Request) -> web.Response:
        body = await request.read()
        expected = Signer("key").headers("POST", request.raw_path, body, 1_700_000_000)
        good = all(request.headers[name] == value for name, value in expected.items())
        return web.Response(text=answer_to(body, message={"good": good, "token": "token" in json.loads(body)}))

    client = await http(device, catalogue=catalogue)
    client.token = _TOKEN
    reply = await client.request(2, sign=Signer("key"), expires=1_700_000_000)
    assert reply.message == {"good": True, "token": False}
    forged = await client.request(
        2, sign=lambda method, uri, _content: Signer("key").headers(method, uri, b"other", 1_700_000_000)
    )
    assert forged.message == {"good": False, "token": False}


async def test_a_device_that_never_answers_is_a_timeout(tcp_device: Tcp, transcript: Transcript) -> None:
    async def device(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        await reader.read()

    async with HttpClient("127.0.0.1", await tcp_device(device), transcript=transcript, settings=_HASTY) as client:
        with pytest.raises(ReplyTimeout, match=r"within 0\.05 s"):
            await client.request(2)


async def test_a_body_dripped_without_end_is_a_timeout(tcp_device: Tcp, transcript: Transcript) -> None:
    async def device(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await _head(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while True:
            writer.write(b"1\r\n \r\n")
            await writer.drain()
            await asyncio.sleep(0.001)

    async with HttpClient("127.0.0.1", await tcp_device(device), transcript=transcript, settings=_HASTY) as client:
        with pytest.raises(ReplyTimeout):
            await client.request(2)


@pytest.mark.parametrize("sent", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"])
async def test_a_connection_cut_in_the_middle_is_lost(tcp_device: Tcp, transcript: Transcript, sent: bytes) -> None:
    async def device(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await _head(reader)
        await reader.readexactly(int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0]))
        writer.write(sent)

    async with HttpClient("127.0.0.1", await tcp_device(device), transcript=transcript) as client:
        with pytest.raises(LinkLost):
            await client.request(2)


async def test_what_is_no_http_is_told(tcp_device: Tcp, transcript: Transcript) -> None:
    async def device(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await _head(reader)
        writer.write(b"SSH-2.0-device\r\n\r\n")
        await reader.read()

    async with HttpClient("127.0.0.1", await tcp_device(device), transcript=transcript) as client:
        with pytest.raises(RemoteProtocolError) as refusal:
            await client.request(2)
        assert refusal.value.reason == "bad-http"


async def test_a_closed_port_is_a_connect_error(transcript: Transcript) -> None:
    server = await asyncio.start_server(lambda _reader, _writer: None, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()
    async with HttpClient("127.0.0.1", port, transcript=transcript) as client:
        with pytest.raises(ConnectError):
            await client.request(2)


@pytest.mark.parametrize("length_told", [True, False])
async def test_a_body_above_the_limit_is_refused(http: Connect, length_told: bool) -> None:
    async def device(request: web.Request) -> web.StreamResponse:
        if length_told:
            return web.Response(body=b"x" * 2_000)
        response = web.StreamResponse()
        await response.prepare(request)
        for _ in range(4):
            await response.write(b"x" * 500)
        return response

    client = await http(device, limits=Limits(max_bytes=1_000))
    with pytest.raises(RemoteProtocolError) as refusal:
        await client.request(2)
    assert refusal.value.reason == "too-large"


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
async def test_a_packed_bomb_is_refused_before_it_unfolds(http: Connect, encoding: str) -> None:
    bomb = gzip.compress(bytes(2**24)) if encoding == "gzip" else zlib.compress(bytes(2**24))

    async def device(_request: web.Request) -> web.Response:
        return web.Response(body=bomb, headers={"Content-Encoding": encoding})

    client = await http(device, limits=Limits(max_bytes=2**20))
    with pytest.raises(RemoteProtocolError) as refusal:
        await client.fetch("/bomb")
    assert refusal.value.reason == "too-large"


async def test_a_packed_reply_is_unpacked(http: Connect, answer_to: Answer) -> None:
    async def device(request: web.Request) -> web.Response:
        body = gzip.compress(answer_to(await request.read()).encode("utf-8"))
        return web.Response(body=body, headers={"Content-Encoding": "gzip"})

    client = await http(device)
    assert (await client.request(2)).ok


@pytest.mark.parametrize("piece", [1, 7, 10_000])
@pytest.mark.parametrize(
    ("encoding", "packed"),
    [
        ("", b"text" * 1_000),
        ("gzip", gzip.compress(b"text" * 1_000, mtime=0)),
        ("gzip", gzip.compress(b"text" * 600, mtime=0) + gzip.compress(b"text" * 400, mtime=0)),
        ("deflate", zlib.compress(b"text" * 1_000)),
        ("deflate", zlib.compress(b"text" * 1_000, wbits=-15)),
    ],
)
async def test_a_packed_body_is_unpacked_in_any_pieces(encoding: str, packed: bytes, piece: int) -> None:
    reader = BodyReader(encoding, 4_000)
    for start in range(0, len(packed), piece):
        reader.feed(packed[start : start + piece])
    assert reader.finish() == b"text" * 1_000


@pytest.mark.parametrize(
    ("encoding", "packed"),
    [
        ("gzip", b"no gzip"),
        ("deflate", b"no deflate"),
        ("gzip", gzip.compress(b"text", mtime=0)[:-3]),
        ("gzip", gzip.compress(b"text", mtime=0) + b"rest"),
        ("gzip", gzip.compress(b"", mtime=0) * 150),
        ("gzip, gzip", b""),
        ("br", b""),
    ],
)
async def test_a_body_packed_wrongly_is_refused(encoding: str, packed: bytes) -> None:
    def read() -> None:
        reader = BodyReader(encoding, 4_000)
        reader.feed(packed)
        reader.finish()

    with pytest.raises(RemoteProtocolError) as refusal:
        read()
    assert refusal.value.reason == "bad-http"


async def test_a_file_is_fetched_by_path_or_by_url_of_the_same_device(http: Connect) -> None:
    async def device(request: web.Request) -> web.Response:
        return web.Response(text=request.raw_path, status=404 if "gone" in request.path else 200)

    client = await http(device)
    for url in ("/a%20b.jpg?x=1", f"http://127.0.0.1:{client.port}/a%20b.jpg?x=1#part"):
        download = await client.fetch(url)
        assert (download.status, download.body, download.url) == (200, b"/a%20b.jpg?x=1", url)
    assert (await client.fetch("/gone")).status == 404


async def test_a_device_known_by_name_may_write_its_address_into_urls(
    http_device: Callable[..., Awaitable[int]], transcript: Transcript
) -> None:
    async def device(request: web.Request) -> web.Response:
        return web.Response(text=request.raw_path)

    port = await http_device(device)
    async with HttpClient("localhost", port, transcript=transcript) as client:
        await client.fetch("/first")
        assert (await client.fetch(f"http://127.0.0.1:{port}/a")).body == b"/a"


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://192.0.2.1/a", "off-host"),
        ("http://127.0.0.1:1/a", "off-host"),
        ("http://127.0.0.1.example.com/a", "off-host"),
        ("http:/a", "off-host"),
        ("//192.0.2.1/a", "bad-url"),
        ("https://127.0.0.1/a", "bad-url"),
        ("ftp://127.0.0.1/a", "bad-url"),
        ("file:///etc/passwd", "bad-url"),
        ("http://user:pass@127.0.0.1/a", "bad-url"),
        ("http://127.0.0.1@192.0.2.1/a", "bad-url"),
        ("http://[::1/a", "bad-url"),
        ("http://127.0.0.1:99999/a", "bad-url"),
        ("/a/../b", "bad-url"),
        ("/..", "bad-url"),
        ("/a/%2e%2E/b", "bad-url"),
        ("/a/..%2fb", "bad-url"),
        ("/a\\..\\b", "bad-url"),
        ("/a b", "bad-url"),
        ("/a\r\nX: y", "bad-url"),
        ("/\u00e9", "bad-url"),
        ("a.jpg", "bad-url"),
        ("", "bad-url"),
    ],
)
async def test_a_url_that_leads_elsewhere_is_not_followed(
    tcp_device: Tcp, transcript: Transcript, url: str, reason: str
) -> None:
    reached = []

    async def device(_reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        reached.append(1)

    async with HttpClient("127.0.0.1", await tcp_device(device), transcript=transcript) as client:
        with pytest.raises(RemoteProtocolError) as refusal:
            await client.fetch(url)
    assert refusal.value.reason == reason
    assert reached == []


async def test_a_redirect_is_not_followed(http: Connect, http_device: Callable[..., Awaitable[int]]) -> None:
    reached = []

    async def elsewhere(_request: web.Request) -> web.Response:
        reached.append("elsewhere")
        return web.Response()

    other = await http_device(elsewhere)

    async def device(_request: web.Request) -> web.Response:
        return web.Response(status=302, headers={"Location": f"http://127.0.0.1:{other}/"})

    client = await http(device)
    with pytest.raises(RemoteProtocolError, match="a redirect to") as refusal:
        await client.fetch("/a")
    assert (refusal.value.reason, refusal.value.status) == ("off-host", 302)
    assert reached == []


async def test_an_upload_by_post_is_multipart_and_by_put_as_it_is(http: Connect, answer_to: Answer) -> None:
    data = bytes(range(256)) * 1_000
    seen: list[tuple[str, str, bytes]] = []

    async def device(request: web.Request) -> web.Response:
        if request.method == "POST":
            part = await (await request.multipart()).next()
            assert part is not None
            assert (part.name, part.filename) == ("file", "new.bin")  # type: ignore[union-attr]
            body = await part.read()  # type: ignore[union-attr]
        else:
            body = await request.read()
        seen.append((request.method, request.raw_path, body))
        return web.Response(text=answer_to("{}", cmdtype=754, sequence=1))

    client = await http(device)
    client.token = _TOKEN
    for method in ("POST", "PUT"):
        answer = await client.upload("apppkg", data, method=method, filename="new.bin")
        assert answer.status == 200
        assert answer.reply is not None
        assert answer.reply.cmdtype == 754
    assert seen == [(method, f"/upload/apppkg/{_TOKEN}", data) for method in ("POST", "PUT")]


async def test_an_upload_answered_by_no_reply_keeps_status_and_body(http: Connect, transcript: Transcript) -> None:
    paths: list[str] = []

    async def device(request: web.Request) -> web.Response:
        paths.append(request.raw_path)
        return web.Response(status=404, text="<html>")

    client = await http(device)
    answer = await client.upload("none/such", b"x", token="wrong token")
    assert (answer.status, answer.reply, answer.body) == (404, None, b"<html>")
    await client.upload("apppkg", b"x", token=OMIT)
    assert paths == ["/upload/none%2Fsuch/wrong%20token", "/upload/apppkg"]
    assert b"wrong%20token" not in b"".join(entry.payload for entry in transcript.since(0))


async def test_the_token_of_an_upload_is_not_logged(http: Connect, caplog: pytest.LogCaptureFixture) -> None:
    async def device(_request: web.Request) -> web.Response:
        return web.Response()

    client = await http(device)
    with caplog.at_level(logging.DEBUG):
        await client.upload("apppkg", b"x", token=_TOKEN)
    ours = [record.getMessage() for record in caplog.records if not record.name.startswith("aiohttp")]
    assert any("HTTP Request: POST" in message for message in ours)
    assert all(_TOKEN not in message for message in ours)


async def test_raw_sends_the_path_unchanged_and_takes_any_status(http: Connect) -> None:
    async def device(request: web.Request) -> web.Response:
        text = f"{request.method} {request.raw_path} {request.headers.get('X-Own')} {(await request.read())!r}"
        return web.Response(status=418, text=text, headers={"X-Reply": "1"})

    client = await http(device)
    answer = await client.raw("PUT", "/a/../%41?b", content=b"\x00", headers={"X-Own": "2"})
    assert answer.status == 418
    assert answer.headers["x-reply"] == "1"
    assert answer.body == b"PUT /a/../%41?b 2 b'\\x00'"


@pytest.mark.parametrize("path", ["a", "", "/a b", "/a\r\nX: y", "/é"])
async def test_an_impossible_path_is_our_own_error(http: Connect, path: str) -> None:
    async def device(_request: web.Request) -> web.Response:
        return web.Response()

    client = await http(device)
    with pytest.raises(LocalError):
        await client.raw("GET", path)


async def test_no_proxy_of_the_environment_is_used(
    http: Connect, answer_to: Answer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")

    async def device(request: web.Request) -> web.Response:
        return web.Response(text=answer_to(await request.read()))

    client = await http(device)
    assert (await client.request(2)).ok
