"""Appendix V, HTTP itself: headers, bodies, connections, and requests that are not for commands."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping
from typing import NamedTuple

from conformance import checks
from conformance.catalogue.model import Keyword
from conformance.client import OMIT, RemoteError, RemoteProtocolError, Reply, decode
from conformance.dut.device import Device
from conformance.rules.case import Case, case, cases
from conformance.rules.verdict import CaseNotApplicable
from conformance.steps.frames import request

_LOGIN = ("http.login",)
_JSON = {"Content-Type": "application/json"}


@cases(
    Case(
        f"A5/content-type/{label}",
        f"A request with {f'the content type {kind}' if kind else 'no content type'} must be read as JSON",
        requirement="A5/content-type",
        capabilities=_LOGIN,
        data={"Content-Type": kind} if kind else {},
    )
    for label, kind in (
        ("form", "application/x-www-form-urlencoded"),
        ("json", "application/json"),
        ("json-utf8", "application/json; charset=utf-8"),
        ("text", "text/plain"),
        ("none", ""),
    )
)
async def test_the_content_type_does_not_matter(case: Case[Mapping[str, str]], dut: Device) -> None:
    await _serves(dut, case.data)


@cases(
    Case(f"A5/http/{label}", title, requirement="A5/http", capabilities=_LOGIN, data=headers)
    for label, title, headers in (
        ("chunked", "A request in chunks must be served", {"Transfer-Encoding": "chunked", **_JSON}),
        ("expect", "A client that expects 100-continue must be served", {"Expect": "100-continue", **_JSON}),
        ("close", "A client that closes the connection must be served", {"Connection": "close", **_JSON}),
        (
            "browser",
            "The headers of a browser must do no harm",
            {"Origin": "http://192.168.1.1", "Accept": "*/*", **_JSON},
        ),
        (
            "many-headers",
            "Sixty more headers must do no harm",
            {f"X-Header-{number}": "x" * 40 for number in range(60)},
        ),
    )
)
async def test_a_request_of_http_1_1_is_served(case: Case[Mapping[str, str]], dut: Device) -> None:
    await _serves(dut, case.data)


@case("A5/http/long", "A request of 40,000 bytes must be served", requirement="A5/http", capabilities=_LOGIN)
async def test_a_long_request_over_http_is_served(case: Case, dut: Device) -> None:
    """The rules of command 3 may be as long; here white space fills the request, which JSON allows anywhere."""
    await _serves(dut, _JSON, request(sequence=4712)[:-1] + " " * 40_000 + "}")


async def _serves(dut: Device, headers: Mapping[str, str], content: str = "") -> None:
    client = dut.plain_http()
    sent = (content or request(sequence=4712)).encode()
    answer = await client.raw("POST", client.path, content=sent, headers=headers)
    # HTTP lets a server demand the length of a request, and the document does not name chunks: hence SHOULD.
    keyword = Keyword.SHOULD if answer.status == 411 and "Transfer-Encoding" in headers else Keyword.MUST
    dut.demand(answer.status == 200, "status 200", f"status {answer.status}", keyword=keyword)
    if answer.status != 200:
        return
    try:
        frame = decode(answer.body)
    except RemoteProtocolError as error:
        dut.demand(False, "a reply of strict JSON in UTF-8 (R102)", str(error))
        return
    right = (frame.get("retcode"), frame.get("sequence"), frame.get("cmdtype")) == (0, 4712, 500)
    dut.demand(right, "the reply to the request, retcode 0", checks.short(frame))


@case(
    "A5/http/keep-alive",
    "Requests that follow each other must each be answered",
    requirement="A5/http",
    capabilities=_LOGIN,
)
async def test_requests_follow_each_other(case: Case, dut: Device) -> None:
    http = await dut.http()
    for number in (500, 505, 10, 505, 30, 16):
        await dut.get(number, client=http)


@case(
    "A5/http/same-connection",
    "A connection must serve one request after the other",
    requirement="A5/http",
    capabilities=_LOGIN,
)
async def test_a_connection_serves_several_requests(case: Case, dut: Device) -> None:
    """Every reply that Appendix V and chapter V show says `Connection: keep-alive`."""
    client = dut.plain_http()
    dut.check(checks.success(await dut.ask(500, {}, client=client, token=OMIT)))
    head = f"POST {client.path} HTTP/1.1\r\nHost: {client.host}\r\nContent-Type: application/json\r\n"
    content = request().encode()
    reader, writer = await asyncio.open_connection(client.host, client.port)
    served = 0
    try:
        with contextlib.suppress(OSError, EOFError, ValueError):
            async with asyncio.timeout(4 * dut.profile["reply_timeout_s"]):
                for _ in range(4):
                    writer.write(f"{head}Content-Length: {len(content)}\r\n\r\n".encode() + content)
                    await writer.drain()
                    version = await _answer_on(reader)
                    if version == b"HTTP/1.0":
                        raise CaseNotApplicable("the device speaks HTTP/1.0, which has one request per connection")
                    served += 1
    finally:
        writer.transport.abort()
    dut.link.transcript.event("http", f"{served} of 4 requests answered on one connection")
    dut.demand(served == 4, "4 requests answered on one connection (keep-alive)", f"{served} requests answered")


async def _answer_on(reader: asyncio.StreamReader) -> bytes:
    """Read the next answer to its end; its HTTP version. Raises EOFError where no whole answer comes."""
    lines = (await reader.readuntil(b"\r\n\r\n")).lower().split(b"\r\n")
    fields = dict(line.split(b":", 1) for line in lines[1:] if b":" in line)
    if b"chunked" in fields.get(b"transfer-encoding", b""):
        while size := int((await reader.readuntil(b"\r\n")).split(b";")[0], 16):
            await reader.readexactly(size + 2)
        await reader.readuntil(b"\r\n")
    elif b"content-length" in fields:
        await reader.readexactly(int(fields[b"content-length"]))
    else:
        await reader.read()
    return lines[0].split(b" ")[0].upper()


@case("A5/http/parallel", "Five requests at once must each be answered", requirement="A5/http", capabilities=_LOGIN)
async def test_requests_at_once_are_answered(case: Case, dut: Device) -> None:
    http = await dut.http()
    numbers = (505, 10, 30, 16, 24)
    replies = await asyncio.gather(*(http.request(number, {}) for number in numbers), return_exceptions=True)
    for number, reply in zip(numbers, replies, strict=True):
        right = isinstance(reply, Reply) and reply.ok and reply.cmdtype == number
        dut.demand(right, f"the reply to {number}", checks.describe(reply) if isinstance(reply, Reply) else str(reply))


class _OddRequest(NamedTuple):
    """A method of HTTP and a path; an empty path is that of commands."""

    method: str
    path: str


@cases(
    Case(
        f"A5/http/{label}",
        f"{method} of {path[:40] or 'the path of commands'} must do no harm",
        requirement="A5/harmless",
        capabilities=_LOGIN,
        data=_OddRequest(method, path),
    )
    for label, method, path in (
        ("get", "GET", ""),
        ("delete", "DELETE", ""),
        ("options", "OPTIONS", ""),
        ("unknown-path", "GET", "/no/such/path"),
        ("unknown-path-post", "POST", "/no/such/path"),
        ("climbing-path", "GET", "/../../../../etc/passwd"),
        ("climbing-path-encoded", "GET", "/%2e%2e/%2e%2e/%2e%2e/etc/passwd"),
        ("long-path", "GET", "/" + "x" * 4000),
    )
)
async def test_an_odd_request_does_no_harm(case: Case[_OddRequest], dut: Device) -> None:
    method, path = case.data
    client = dut.plain_http()
    try:
        answer = await client.raw(method, path or client.path, content=request().encode() if method == "POST" else b"")
        dut.judgement.observe("R100", f"{method} {path[:40] or 'of commands'}: status {answer.status}")
        dut.demand(b"root:" not in answer.body, "no file of the device's own", "its list of accounts")
    except RemoteError as error:
        dut.judgement.observe("R100", f"{method} {path[:40] or 'of commands'}: {type(error).__name__}")
    dut.check(checks.success(await dut.ask(500, {}, client=dut.plain_http(), token=OMIT)))
    await dut.succeeds(505)
