"""Commands, downloads and uploads over HTTP (II.5, chapter V, Appendix V).

The client connects to the one device it was made for and to no other: no proxies, no redirects, no foreign urls.
"""

from __future__ import annotations

import asyncio
import re
import ssl
import time
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, NoReturn
from urllib.parse import quote, urlsplit

import httpx

from conformance.catalogue.json_types import JsonMapping
from conformance.client.account import AccountClient
from conformance.client.codec import Reply, decode, encode, reply_from
from conformance.client.errors import ConnectError, LinkLost, LocalError, RemoteError, RemoteProtocolError, ReplyTimeout
from conformance.client.http_body import BodyReader
from conformance.client.session import EMPTY, KEEP, OMIT, Message, TokenChoice
from conformance.client.settings import DEFAULT_SETTINGS, ClientSettings
from conformance.client.signer import Signer
from conformance.client.transcript import Transcript

__all__ = ["Download", "HttpClient", "RawAnswer", "Sign", "Signer", "UploadAnswer"]

_SIGNATURE_LIFE_S: Final = 300
# The protocol has plain HTTP only, and reading the certificates of the machine takes longer than most requests.
_NO_AUTHORITIES: Final = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
_TARGET: Final = re.compile(r"/[!-~]*")

Sign = Signer | Callable[[str, str, bytes], Mapping[str, str]]
"""Signs a request: a Signer, or a function from method, uri and content to the headers."""


@dataclass(frozen=True, slots=True)
class RawAnswer:
    """One HTTP response; header names in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    received: float = 0.0


@dataclass(frozen=True, slots=True)
class Download:
    """One downloaded file; `url` as the caller gave it."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    url: str


@dataclass(frozen=True, slots=True)
class UploadAnswer:
    """The answer to an upload; `reply` is None where the body is not a reply."""

    status: int
    reply: Reply | None
    body: bytes = field(repr=False)


class HttpClient(AccountClient):
    """The HTTP side of one device.

    Commands are sent to `path` (R100). `settings.reply_timeout` bounds a whole exchange, `settings.limits` every body.
    """

    def __init__(
        self,
        host: str,
        port: int,
        *,
        transcript: Transcript,
        settings: ClientSettings = DEFAULT_SETTINGS,
        path: str = "/getmsginfo",
        name: str = "http",
    ) -> None:
        super().__init__(transcript=transcript, settings=settings, name=name)
        self.host = host
        self.port = port
        self.path = path
        self._base = str(httpx.URL(scheme="http", host=host, port=port))
        # The address that our host name resolves to: devices write their address, not their name, into urls.
        self._address: str | None = None
        self._client = httpx.AsyncClient(
            trust_env=False,
            follow_redirects=False,
            verify=_NO_AUTHORITIES,
            headers={"User-Agent": "thermoproof", "Accept-Encoding": "gzip, deflate"},
        )

    async def close(self) -> None:
        """Closes every connection."""
        await self._client.aclose()

    async def request(
        self,
        cmdtype: int,
        message: Message = EMPTY,
        *,
        legal: bool = True,
        token: TokenChoice = KEEP,
        extra: JsonMapping | None = None,
        sign: Sign | None = None,
        expires: int | None = None,
        timeout: float | None = None,
        sequence: int | None = None,
        action: str = "request",
    ) -> Reply:
        """Sends a command by POST and reads its reply, whatever its content type (R102) and the numbers it echoes.

        `legal`: check the request against the catalogue first. `message`: the fields, None for null, OMIT to leave the
        key out. `token`: KEEP for the token of the session, OMIT to leave it out, or another token. `sign` makes it a
        login-free request (II.5), without a token unless one is given, valid until `expires` (unix seconds, default:
        300 s from now). `timeout` in seconds. Raises ConnectError, LinkLost, ReplyTimeout,
        RemoteProtocolError (bad-http with `status` for any status but 200), LocalMessageError before anything is sent.
        """
        if sign is not None and token is KEEP:
            token = OMIT
        frame = self.session.build(cmdtype, message, sequence=sequence, token=token, extra=extra, action=action)
        if legal:
            self._check_own(frame, signed=sign is not None)
        content = encode(frame).encode("utf-8")
        headers = {"Content-Type": "application/json"}
        if isinstance(sign, Signer):
            due = int(time.time()) + _SIGNATURE_LIFE_S if expires is None else expires
            headers.update(sign.headers("POST", self.path, content, due))
        elif sign is not None:
            headers.update(sign("POST", self.path, content))
        answer = await self.raw("POST", self.path, content=content, headers=headers, timeout=timeout)
        if answer.status != 200:
            sentence = f"{self.name}: HTTP status 200 was expected for command {cmdtype}, found {answer.status}"
            data = self.transcript.redact(answer.body)
            raise RemoteProtocolError(sentence, reason="bad-http", data=data, status=answer.status)
        try:
            return reply_from(decode(answer.body, self.limits), answer.body, answer.received, frame)
        except RemoteProtocolError as error:
            error.data = self.transcript.redact(error.data)
            raise

    async def fetch(self, url: str, *, timeout: float | None = None, max_bytes: int | None = None) -> Download:
        """Downloads a file that the device named: an absolute path, or an absolute url of this very device.

        `max_bytes` bounds this file (default: the bound of every body). Raises RemoteProtocolError with reason bad-url
        (other scheme, `..`, white space, credentials ...) or off-host (another host or port, a redirect), and as `raw`.
        """
        target = self._target_of(url)
        answer = await self._exchange("GET", target, b"", {}, timeout, max_bytes)
        if 300 <= answer.status < 400:
            where = ascii(answer.headers.get("location", ""))[:200]
            sentence = f"{self.name}: the file {url[:200]!a} was expected, found a redirect to {where}, not followed"
            raise RemoteProtocolError(sentence, reason="off-host", status=answer.status)
        return Download(answer.status, answer.headers, answer.body, url)

    async def upload(
        self,
        kind: str,
        data: bytes,
        *,
        token: TokenChoice = KEEP,
        method: Literal["POST", "PUT"] = "POST",
        filename: str = "package.bin",
        timeout: float | None = None,
    ) -> UploadAnswer:
        """Sends a file to /upload/<kind>/<token> (chapter V): POST as the multipart part `file`, PUT as the whole body
        (R103).

        Without a token (OMIT, or KEEP before a login) the path ends after the kind. Raises as `raw`.
        """
        secret = self.token if token is KEEP else None if token is OMIT else token
        if secret:
            self.transcript.hide(secret)
        target = f"/upload/{quote(kind, safe='')}" + (f"/{quote(secret, safe='')}" if secret is not None else "")
        headers = {"Content-Type": "application/octet-stream"}
        content = data
        if method == "POST":
            form = httpx.Request("POST", self._base, files={"file": (filename, data, "application/octet-stream")})
            content, headers = form.read(), {"Content-Type": form.headers["Content-Type"]}
        answer = await self.raw(method, target, content=content, headers=headers, timeout=timeout)
        try:
            reply = reply_from(decode(answer.body, self.limits), answer.body, answer.received)
        except RemoteProtocolError:
            reply = None
        return UploadAnswer(answer.status, reply, answer.body)

    async def raw(
        self,
        method: str,
        path: str,
        *,
        content: bytes = b"",
        headers: Mapping[str, str] | None = None,
        timeout: float | None = None,
    ) -> RawAnswer:
        """One exchange as it is, whatever its status; `path` is sent unchanged.

        Raises ConnectError, LinkLost, ReplyTimeout, RemoteProtocolError (bad-http, too-large); LocalError for a `path`
        that does not begin with / or is not printable ASCII.
        """
        return await self._exchange(method, path, content, headers or {}, timeout, None)

    async def _exchange(
        self,
        method: str,
        target: str,
        content: bytes,
        headers: Mapping[str, str],
        timeout: float | None,
        max_bytes: int | None,
    ) -> RawAnswer:
        if not _TARGET.fullmatch(target):
            raise LocalError(
                f"a path of printable ASCII characters that begins with / was expected, found {target[:200]!a}"
            )
        limit = self.reply_timeout if timeout is None else timeout
        # httpx would normalise a url and log it with its tokens: the target travels beside the url.
        request = self._client.build_request(
            method,
            self._base,
            content=_in_chunks(content) if "Transfer-Encoding" in headers else content,
            headers=headers,
            timeout=limit,
            extensions={"target": target.encode("ascii")},
        )
        head = f"{method} {target} HTTP/1.1\r\n{_lines(request.headers)}\r\n"
        self.transcript.add(">", self.name, "http", head.encode("utf-8") + content)
        try:
            # The time limits of httpx are for each read: a device that sends one byte a second would never reach them.
            async with asyncio.timeout(limit):
                return await self._receive(request, max_bytes or self.limits.max_bytes)
        except (TimeoutError, httpx.TimeoutException) as error:
            if isinstance(error, httpx.ConnectTimeout):
                self._fail(ConnectError(f"{self.name}: no connection to {self._base} within {limit:g} s"))
            shown = self.transcript.redact(target.encode("ascii"), 200).decode("ascii")
            self._fail(ReplyTimeout(f"{self.name}: an answer to {method} {shown} was expected within {limit:g} s"))
        except httpx.ConnectError as error:
            self._fail(ConnectError(f"{self.name}: no connection to {self._base}: {self._said(error)}"))
        except httpx.RemoteProtocolError as error:
            said = self._said(error)
            if said.startswith(("Server disconnected", "peer closed connection")):
                self._fail(LinkLost(f"{self.name}: the connection ended before the answer did: {said}"))
            sentence = f"{self.name}: HTTP/1.1 (RFC 9112) was expected, found a violation: {said}"
            self._fail(RemoteProtocolError(sentence, reason="bad-http"))
        except httpx.NetworkError as error:
            self._fail(LinkLost(f"{self.name}: the connection ended before the answer did: {self._said(error)}"))
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError) as error:
            raise LocalError(f"{self.name}: {method} cannot be sent: {self._said(error)}") from None
        except RemoteProtocolError as error:
            error.data = self.transcript.redact(error.data)
            self._fail(error)

    async def _receive(self, request: httpx.Request, limit: int) -> RawAnswer:
        response = await self._client.send(request, stream=True)
        try:
            self._note_address(response)
            reader = BodyReader(response.headers.get("content-encoding", ""), limit)
            async for chunk in response.aiter_raw():
                reader.feed(chunk)
            body = reader.finish()
        finally:
            await response.aclose()
        stamp = time.monotonic_ns()
        head = (
            f"{response.http_version} {response.status_code} {response.reason_phrase}\r\n{_lines(response.headers)}\r\n"
        )
        self.transcript.add("<", self.name, "http", head.encode("utf-8", "replace") + body, t=stamp)
        return RawAnswer(response.status_code, dict(response.headers), body, stamp / 1e9)

    def _note_address(self, response: httpx.Response) -> None:
        stream = response.extensions.get("network_stream")
        address = None if stream is None else stream.get_extra_info("server_addr")
        if address:
            self._address = str(address[0])

    def _target_of(self, url: str) -> str:
        if not re.fullmatch(r"[!-~]+", url) or "\\" in url:
            self._refuse(url, "bad-url", "printable ASCII without blanks and backslashes")
        try:
            parts = urlsplit(url)
            port = 80 if parts.port is None else parts.port
        except ValueError:
            self._refuse(url, "bad-url", "a url")
        if url.startswith("//") or (parts.scheme and parts.scheme.lower() != "http"):
            self._refuse(url, "bad-url", "an absolute path or an http url")
        if parts.username is not None or parts.password is not None:
            self._refuse(url, "bad-url", "a url without credentials")
        if parts.scheme and (not self._is_own_host(parts.hostname or "") or port != self.port):
            self._refuse(url, "off-host", f"a url of {self._base}")
        path = parts.path or ("/" if parts.scheme else "")
        if not path.startswith("/"):
            self._refuse(url, "bad-url", "an absolute path")
        segments = re.split("/", re.sub("%2f|%5c", "/", path.lower().replace("%2e", ".")))
        if ".." in segments:
            self._refuse(url, "bad-url", "a path without ..")
        return f"{path}?{parts.query}" if parts.query else path

    def _is_own_host(self, name: str) -> bool:
        return name in (self.host.strip("[]").lower(), self._address)

    def _refuse(self, url: str, reason: str, expected: str) -> NoReturn:
        shown = self.transcript.redact(url.encode("utf-8", "surrogatepass"), 200)
        sentence = f"{self.name}: {expected} was expected of the device, found {shown.decode('utf-8', 'replace')!a}"
        self._fail(RemoteProtocolError(sentence, reason=reason, data=shown))

    def _said(self, error: Exception) -> str:
        return ascii(self.transcript.redact(str(error).encode("utf-8", "replace"), 200).decode("utf-8", "replace"))[
            1:-1
        ]

    def _fail(self, error: RemoteError) -> NoReturn:
        self.transcript.event(self.name, str(error))
        raise error from None


async def _in_chunks(content: bytes) -> AsyncIterator[bytes]:
    """The content of a request that states `Transfer-Encoding: chunked`: three chunks, where it has the bytes."""
    step = max(1, len(content) // 3)
    for start in range(0, len(content), step):
        yield content[start : start + step]


def _lines(headers: httpx.Headers) -> str:
    return "".join(f"{name.decode('ascii', 'replace')}: {value.decode('latin-1')}\r\n" for name, value in headers.raw)
