"""Video: the client sends one header, and the device sends access units (Appendix II, readings R105, R106)."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import deque
from types import TracebackType
from typing import Final, Literal, Protocol, Self

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from conformance.client.access_units import AccessUnitSplitter, split_access_units
from conformance.client.errors import (
    ClientError,
    ConnectError,
    LinkLost,
    LocalError,
    LocalMessageError,
    RemoteProtocolError,
    ReplyTimeout,
)
from conformance.client.link import end_of_link, open_websocket
from conformance.client.transcript import Transcript

__all__ = ["VideoStream", "split_access_units", "video_header"]

_TOKEN_BYTES: Final = 32
_UNIT_BYTES: Final = 8_388_608
_KEPT_BYTES: Final = 16_777_216
_KEPT_UNITS: Final = 10_000
_READ_BYTES: Final = 65_536
_SEND_TIMEOUT_S: Final = 5.0
_NOTED_UNITS: Final = 4
_AT_ONCE: Final = 16


def video_header(
    streamtype: int, subtype: int, token: str, *, magic: bytes = b"\x71\x85\x73\x68", kind: int = 1
) -> bytes:
    """The 39 bytes that open a video stream (Appendix II).

    `streamtype` 1 infrared, 2 visible; `subtype` 1 main, 2 secondary; `token` 32 ASCII characters; `magic` 4 bytes.
    The numbers may be any byte, for headers that are wrong on purpose. Raises LocalMessageError for values that do not
    fit into the header.
    """
    problems = [
        f"{name}: 0 to 255 expected, found {value}"
        for name, value in (("type", kind), ("streamtype", streamtype), ("subtype", subtype))
        if not 0 <= value <= 255
    ]
    if len(magic) != 4:
        problems.append(f"header: 4 bytes expected, found {len(magic)}")
    if len(token) != _TOKEN_BYTES or not token.isascii():
        problems.append(f"token: {_TOKEN_BYTES} ASCII characters expected, found {len(token)} characters")
    if problems:
        raise LocalMessageError(f"our own video header is wrong: {'; '.join(problems)}", problems)
    return magic + bytes((kind, streamtype, subtype)) + token.encode("ascii")


class _Transport(Protocol):
    bytes_received: int

    async def send(self, data: bytes) -> None: ...

    async def receive(self) -> list[bytes]:
        """The next access units, one or more. Raises the ClientError that ended the link."""
        ...

    async def close(self) -> None: ...

    def abort(self) -> None:
        """Cuts off a peer that breaks the rules: a closing handshake would go on receiving its data."""
        ...


class _Websocket:
    """One binary message per access unit."""

    def __init__(self, connection: ClientConnection, name: str) -> None:
        self.bytes_received = 0
        self._connection = connection
        self._name = name

    async def send(self, data: bytes) -> None:
        try:
            await self._connection.send(data)
        except ConnectionClosed as error:
            raise end_of_link(self._name, error, _UNIT_BYTES) from None

    async def receive(self) -> list[bytes]:
        try:
            message = await self._connection.recv()
        except ConnectionClosed as error:
            raise end_of_link(self._name, error, _UNIT_BYTES) from None
        self.bytes_received += len(message)
        if isinstance(message, str):
            sentence = f"{self._name}: binary frames were expected, found a text frame of {len(message)} characters"
            raise RemoteProtocolError(sentence, reason="bad-websocket", data=message[:4096].encode("utf-8"))
        return [message]

    async def close(self) -> None:
        await self._connection.close()

    def abort(self) -> None:
        self._connection.transport.abort()


class _Tcp:
    """A bare byte stream, cut into access units."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, name: str) -> None:
        self.bytes_received = 0
        self._reader = reader
        self._writer = writer
        self._name = name
        self._splitter = AccessUnitSplitter(_UNIT_BYTES)

    async def send(self, data: bytes) -> None:
        try:
            self._writer.write(data)
            await self._writer.drain()
        except OSError as error:
            raise LinkLost(f"{self._name}: the connection ended: {error}") from None

    async def receive(self) -> list[bytes]:
        while True:
            try:
                data = await self._reader.read(_READ_BYTES)
            except OSError as error:
                data, ended = b"", f"the connection ended: {error}"
            else:
                ended = "the device closed the connection"
            self.bytes_received += len(data)
            units = self._splitter.feed(data)
            if not data:
                rest = self._splitter.flush()
                if rest:
                    return [rest]
                raise LinkLost(f"{self._name}: {ended}")
            if units:
                return units

    async def close(self) -> None:
        self._writer.close()
        with contextlib.suppress(OSError):
            await self._writer.wait_closed()

    def abort(self) -> None:
        self._writer.transport.abort()


class VideoStream:
    """One video connection; `open` makes it.

    A reader takes everything that arrives and keeps the newest access units, up to 16 MiB. `dropped` counts the others,
    `units_received` all of them. `received_at` is when the unit arrived that `receive` gave last, in monotonic seconds.
    """

    def __init__(self, transport: _Transport, transcript: Transcript, name: str) -> None:
        self.name = name
        self.transcript = transcript
        self.dropped = 0
        self.units_received = 0
        self.received_at: float | None = None
        self._transport = transport
        self._units: deque[tuple[float, bytes]] = deque()
        self._kept = 0
        self._news = asyncio.Event()
        self._end: ClientError | None = None
        self._closing = False
        self._reader = asyncio.create_task(self._read(), name=f"reader of {name}")

    @classmethod
    async def open(
        cls,
        host: str,
        port: int,
        *,
        transport: Literal["websocket", "tcp"] = "websocket",
        path: str = "/ws",
        transcript: Transcript,
        connect_timeout: float = 5.0,
        name: str = "video",
    ) -> Self:
        """Connects to a video port and sends nothing yet; `path` is for a websocket only. Raises ConnectError."""
        if transport == "websocket":
            transcript.event(name, f"connecting to ws://{host}:{port}{path}")
            socket = await open_websocket(host, port, path, max_bytes=_UNIT_BYTES, timeout=connect_timeout)
            return cls(_Websocket(socket, name), transcript, name)
        transcript.event(name, f"connecting to tcp {host}:{port}")
        try:
            async with asyncio.timeout(connect_timeout):
                reader, writer = await asyncio.open_connection(host, port)
        except (OSError, TimeoutError) as error:
            said = str(error) or f"no answer within {connect_timeout:g} s"
            raise ConnectError(f"{name}: no connection to {host}:{port}: {said}") from None
        return cls(_Tcp(reader, writer, name), transcript, name)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    @property
    def closed(self) -> bool:
        """Whether the connection has ended, whichever side ended it."""
        return self._reader.done()

    @property
    def bytes_received(self) -> int:
        """All bytes that arrived, of complete access units or not."""
        return self._transport.bytes_received

    async def send(self, data: bytes) -> None:
        """Sends bytes, the header first (`video_header`). Raises LinkLost, or ReplyTimeout if nobody reads them."""
        if self._end is not None:
            raise self._end.with_traceback(None)
        self.transcript.add(">", self.name, "binary", data)
        try:
            async with asyncio.timeout(_SEND_TIMEOUT_S):
                await self._transport.send(data)
        except TimeoutError:
            raise ReplyTimeout(f"{self.name}: the device accepted no more data within {_SEND_TIMEOUT_S:g} s") from None

    async def receive(self, timeout: float) -> bytes:
        """The next access unit, waited for at most `timeout` seconds.

        Over TCP a unit is complete when the next one begins or the stream ends. Raises ReplyTimeout; LinkLost or
        RemoteProtocolError after the last unit of a stream that has ended.
        """
        try:
            async with asyncio.timeout(timeout):
                while not self._units:
                    if self._end is not None:
                        raise self._end.with_traceback(None)
                    await self._news.wait()
        except TimeoutError:
            raise ReplyTimeout(f"{self.name}: an access unit was expected within {timeout:g} s, found none") from None
        self.received_at, unit = self._units.popleft()
        self._kept -= len(unit)
        return unit

    async def wait_closed(self, timeout: float) -> bool:
        """Whether the connection has ended, or ends within `timeout` seconds."""
        await asyncio.wait({self._reader}, timeout=timeout)
        return self._reader.done()

    async def close(self) -> None:
        """Closes the connection."""
        self._closing = True
        await self._transport.close()
        self._reader.cancel()
        await asyncio.wait({self._reader})

    async def _read(self) -> None:
        end: ClientError = LocalError(f"{self.name}: the connection was closed by this client")
        try:
            while True:
                for unit in await self._transport.receive():
                    self._arrived(unit)
                if self.units_received % _AT_ONCE == 0:
                    await asyncio.sleep(0)  # a flood must not keep the time limits waiting
        except ClientError as error:
            if isinstance(error, RemoteProtocolError):
                error.data = self.transcript.redact(error.data)
                self._transport.abort()
            if not (self._closing and isinstance(error, LinkLost)):
                end = error
        except Exception as error:
            end = LocalError(f"{self.name}: the reader failed by our own fault: {type(error).__name__}: {error}")
            end.__cause__ = error
        finally:
            self._end = end
            seen = f"{self.units_received} access units, {self.bytes_received} bytes"
            self.transcript.event(self.name, f"ended after {seen}: {end}")
            self._announce()

    def _arrived(self, unit: bytes) -> None:
        stamp = time.monotonic_ns()
        self.units_received += 1
        # The first few units are evidence enough; a whole video would push everything else out of the transcript.
        if self.units_received <= _NOTED_UNITS:
            self.transcript.add("<", self.name, "binary", unit, t=stamp)
        self._units.append((stamp / 1e9, unit))
        self._kept += len(unit)
        while (self._kept > _KEPT_BYTES and len(self._units) > 1) or len(self._units) > _KEPT_UNITS:
            self._kept -= len(self._units.popleft()[1])
            self.dropped += 1
        self._announce()

    def _announce(self) -> None:
        self._news.set()
        self._news.clear()
