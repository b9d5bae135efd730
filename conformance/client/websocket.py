"""The control connection: requests out, replies and pushes in, over one websocket (II.5, Appendix IV).

A reader takes every frame from the connection, from its opening to its end, and stamps the time of arrival. Malformed
frames do not end the connection: they are collected, and where a malformed frame shows which request it answers, that
request fails.
"""

from __future__ import annotations

import asyncio
import time
from itertools import count
from typing import Final, Self, TypedDict, Unpack

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from conformance.catalogue.json_types import JsonMapping, JsonObject
from conformance.client.account import AccountClient
from conformance.client.codec import Reply, decode, encode
from conformance.client.errors import ClientError, LinkLost, LocalError, RemoteProtocolError, ReplyTimeout
from conformance.client.inbox import PushInbox
from conformance.client.link import end_of_link, open_websocket
from conformance.client.pending import PendingReply
from conformance.client.session import (
    EMPTY,
    HEARTBEAT,
    KEEP,
    Answer,
    Event,
    Message,
    Pending,
    Pushed,
    TokenChoice,
    UnexpectedFrame,
)
from conformance.client.settings import DEFAULT_SETTINGS, ClientSettings
from conformance.client.transcript import Transcript
from conformance.client.unexpected import UnexpectedInbox

__all__ = ["ControlClient", "PendingReply", "RequestOptions"]

_READ_WITHOUT_PAUSE: Final = 64


class RequestOptions(TypedDict, total=False):
    """How `ControlClient.request` sends a command; see `ControlClient.start`."""

    legal: bool
    timeout: float | None
    sequence: int | None
    token: TokenChoice
    extra: JsonMapping | None
    action: str


class ControlClient(AccountClient):
    """One open control connection; `connect` makes it.

    `pushes` keeps what the device sent unasked. `last_word` is the latest reply, as long as nothing has been sent after
    its request. Timeouts are in seconds.
    """

    def __init__(
        self, connection: ClientConnection, *, transcript: Transcript, settings: ClientSettings, name: str
    ) -> None:
        super().__init__(transcript=transcript, settings=settings, name=name)
        self.pushes = PushInbox()
        self.last_word: Reply | None = None
        self._connection = connection
        self._waiting: dict[Pending, PendingReply] = {}
        self._unexpected = UnexpectedInbox()
        self._end: ClientError | None = None
        self._closing = False
        self._reader = asyncio.create_task(self._read(), name=f"reader of {name}")

    @classmethod
    async def connect(
        cls,
        host: str,
        port: int,
        *,
        transcript: Transcript,
        settings: ClientSettings = DEFAULT_SETTINGS,
        path: str = "/api/v1/control",
        name: str = "control",
    ) -> Self:
        """Opens the control connection of a device (Appendix IV). Raises ConnectError."""
        transcript.event(name, f"connecting to ws://{host}:{port}{path}")
        connection = await open_websocket(
            host, port, path, max_bytes=settings.limits.max_bytes, timeout=settings.connect_timeout
        )
        transcript.event(name, "connected")
        return cls(connection, transcript=transcript, settings=settings, name=name)

    @property
    def unexpected(self) -> list[UnexpectedFrame]:
        """The well-formed frames that answered nothing, the first 10,000 of them."""
        return self._unexpected.frames

    @property
    def malformed(self) -> list[RemoteProtocolError]:
        """The malformed frames, the first 10,000 of them, each as the error it was."""
        return self._unexpected.malformed

    @property
    def not_kept(self) -> int:
        """How many unexpected and malformed frames came beyond those that are kept."""
        return self._unexpected.not_kept

    @property
    def closed(self) -> bool:
        """Whether the connection has ended, whichever side ended it."""
        return self._reader.done()

    @property
    def close_code(self) -> int | None:
        """The websocket close code; None while the connection is open, 1006 if it was lost without one."""
        return self._connection.close_code

    # Sending

    async def request(self, cmdtype: int, message: Message = EMPTY, **options: Unpack[RequestOptions]) -> Reply:
        """Sends a command and waits for its reply; the options are those of `start`.

        Raises LocalMessageError before anything is sent; ReplyTimeout, LinkLost, or RemoteProtocolError for a reply
        that cannot be read.
        """
        return await (await self.start(cmdtype, message, **options))

    async def start(
        self,
        cmdtype: int,
        message: Message = EMPTY,
        *,
        legal: bool = True,
        timeout: float | None = None,
        sequence: int | None = None,
        token: TokenChoice = KEEP,
        extra: JsonMapping | None = None,
        action: str = "request",
    ) -> PendingReply:
        """Sends a command without waiting for its reply, so that several requests can wait at once.

        `message`: the fields, None for null, OMIT to leave the key out. `legal`: check the request against the
        catalogue first. `timeout`: in seconds from sending (default: that of the settings). `sequence`: a number chosen
        by the caller. `token`: KEEP for the token of the session, OMIT to leave it out, or another token. `extra`:
        further keys of the envelope. Raises as `request`.
        """
        self._raise_if_ended()
        frame = self.session.build(cmdtype, message, sequence=sequence, token=token, extra=extra, action=action)
        text = self._encoded(frame, legal)
        pending = self.session.expect(frame, time.monotonic())
        limit = self.reply_timeout if timeout is None else timeout
        waiting = self._waiting[pending] = PendingReply(self, pending, limit)
        try:
            await self._send(text, limit)
        except BaseException:
            self.abandon(pending)
            raise
        return waiting

    async def notify(
        self,
        cmdtype: int,
        message: Message = EMPTY,
        *,
        legal: bool = True,
        sequence: int | None = None,
        token: TokenChoice = KEEP,
        extra: JsonMapping | None = None,
    ) -> int:
        """Sends a command as a notification, which needs no reply; returns its sequence. Options as for `start`."""
        self._raise_if_ended()
        frame = self.session.build(cmdtype, message, sequence=sequence, token=token, extra=extra, action="notify")
        text = self._encoded(frame, legal)
        self.session.notified(frame)
        await self._send(text, self.reply_timeout)
        number: int = frame["sequence"]
        return number

    async def send_raw(self, data: str | bytes, *, text: bool | None = None) -> None:
        """Sends one frame unchanged: a text frame for `str`, a binary one for `bytes`, unless `text` says otherwise."""
        self._raise_if_ended()
        await self._send(data, self.reply_timeout, text=text)

    async def heartbeat(self, as_request: bool = False) -> Reply | None:
        """Keeps the token alive (IV.9999) by a notification, or by a request, which need not be answered (R08)."""
        if not as_request:
            await self.notify(HEARTBEAT)
            self.session.lease.renew(time.monotonic())
            return None
        reply = await self.request(HEARTBEAT)
        if reply.ok:
            self.session.lease.renew(reply.received)
        return reply

    def _encoded(self, frame: JsonObject, legal: bool) -> str:
        if legal:
            self._check_own(frame)
        return encode(frame)

    async def _send(self, data: str | bytes, timeout: float, *, text: bool | None = None) -> None:
        is_text = isinstance(data, str) if text is None else text
        self.transcript.add(">", self.name, "text" if is_text else "binary", data)
        self.last_word = None
        try:
            async with asyncio.timeout(timeout):
                await self._connection.send(data, text=is_text)
        except TimeoutError:
            raise ReplyTimeout(f"{self.name}: the device accepted no more data within {timeout:g} s") from None
        except ConnectionClosed:
            await asyncio.wait({self._reader})
            self._raise_if_ended()

    # Receiving

    async def next_unexpected(self, timeout: float) -> JsonObject | RemoteProtocolError:
        """The next frame that answers no request of ours, or is malformed, in order of arrival; each is given once.

        Late answers and answers to notifications are left out. Raises ReplyTimeout after `timeout` seconds, or the
        error that ended the link.
        """
        return await self._unexpected.next(timeout, self.name)

    async def wait_closed(self, timeout: float) -> bool:
        """Whether the connection has ended, or ends within `timeout` seconds."""
        await asyncio.wait({self._reader}, timeout=timeout)
        return self._reader.done()

    async def close(self) -> None:
        """Closes the connection; a device that does not answer the close frame is cut off after 1 s."""
        self._closing = True
        await self._connection.close()
        await asyncio.wait({self._reader})

    def give_up(self, pending: Pending, timeout: float) -> ClientError:
        """Called by a request whose time is over; returns the error to raise.

        A malformed frame that came meanwhile is the likelier answer than none.
        """
        self.abandon(pending)
        malformed = self._unexpected.malformed_since(pending.sent_at)
        if malformed is not None:
            return malformed
        seen = self._unexpected.seen_since(pending.sent_at)
        found = f"found only: {'; '.join(seen)}" if seen else "found none"
        return ReplyTimeout(
            f"{self.name}: a reply to command {pending.cmdtype} (sequence {pending.sequence}) was expected within "
            f"{timeout:g} s, {found}"
        )

    def abandon(self, pending: Pending) -> None:
        """Called by a request that nobody waits for any more."""
        self._waiting.pop(pending, None)
        self.session.give_up(pending)

    async def _read(self) -> None:
        end: ClientError = LocalError(f"{self.name}: the reader was cancelled")
        try:
            for number in count(1):
                data = await self._connection.recv()
                self._arrived(data, time.monotonic_ns())
                if number % _READ_WITHOUT_PAUSE == 0:
                    # recv() does not pause while frames are waiting, and a flood would hold up every time limit.
                    await asyncio.sleep(0)
                    self._unexpected.refuse_flood()
        except ConnectionClosed as error:
            end = end_of_link(self.name, error, self.limits.max_bytes)
            if isinstance(end, RemoteProtocolError):
                end.data = self.transcript.redact(end.data)
                self._unexpected.add_malformed(end, len(end.data), time.monotonic(), attributed=True)
        except RemoteProtocolError as error:
            end = error
            self._connection.transport.abort()
        except Exception as error:
            end = LocalError(f"{self.name}: the reader failed by our own fault: {type(error).__name__}: {error}")
            end.__cause__ = error
            await self._connection.close()
        finally:
            # Also when the reader is cancelled: no request may wait for a reply that can no longer be read.
            self._ended(end)

    def _ended(self, end: ClientError) -> None:
        if self._closing and isinstance(end, LinkLost):
            end = LocalError(f"{self.name}: the connection was closed by this client")
        self._end = end
        self.session.transition(Event.LINK_END)
        self.transcript.event(self.name, f"ended: {end}")
        for pending, waiting in self._waiting.items():
            self.session.give_up(pending)
            waiting.fail(end)
        self._waiting.clear()
        self.pushes.end(end)
        self._unexpected.end(end)

    def _arrived(self, data: str | bytes, at_ns: int) -> None:
        at = at_ns / 1e9
        self.transcript.add("<", self.name, "text" if isinstance(data, str) else "binary", data, t=at_ns)
        try:
            if isinstance(data, bytes):
                raise self._binary(data)
            frame = decode(data, self.limits)
        except RemoteProtocolError as error:
            self._malformed(error, len(data), at)
            return
        match self.session.receive(frame, data, at):
            case Pushed(push):
                self.pushes.add(push)
            case UnexpectedFrame() as unexpected:
                self._unexpected.add(unexpected)
            case Answer(pending, reply, problem):
                waiting = self._waiting.pop(pending)
                if reply is not None:
                    self.last_word = None if self._waiting else reply
                    waiting.succeed(reply)
                elif problem is not None:
                    problem.drop_traceback()
                    problem.data = self.transcript.redact(problem.data)
                    self._unexpected.add_malformed(problem, len(data), at, attributed=True)
                    waiting.fail(problem)

    def _binary(self, data: bytes) -> RemoteProtocolError:
        try:
            frame: JsonMapping | None = decode(data, self.limits)
        except RemoteProtocolError as error:
            frame = error.frame
        sentence = f"a text frame was expected, found a binary one of {len(data)} bytes"
        return RemoteProtocolError(sentence, reason="binary-frame", data=data, frame=frame)

    def _malformed(self, error: RemoteProtocolError, size: int, at: float) -> None:
        error.drop_traceback()
        error.data = self.transcript.redact(error.data)
        frame = error.frame
        pending = None if frame is None or self.session.is_push(frame) else self.session.claim(frame)
        if pending is not None:
            self._waiting.pop(pending).fail(error)
        self._unexpected.add_malformed(error, size, at, attributed=pending is not None)

    def _raise_if_ended(self) -> None:
        if self._end is not None:
            raise self._end.with_traceback(None)
