"""The control connection: requests out, replies and pushes in, over one websocket (II.5, Appendix IV).

A reader drains the connection from the first moment to the last and stamps every frame on arrival. Malformed frames do
not end the connection: they are collected, and fail the request they were meant to answer if that can be told.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from itertools import count
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Self

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from conformance.catalogue import Catalogue
from conformance.client.account import hide_password, token_of, tokenless_of
from conformance.client.codec import DEFAULT_LIMITS, Limits, Reply, decode, encode
from conformance.client.errors import ClientError, LinkLost, LocalError, RemoteProtocolError, ReplyTimeout
from conformance.client.inbox import PushInbox
from conformance.client.link import end_of_link, open_websocket
from conformance.client.pending import PendingReply
from conformance.client.selfcheck import check_request
from conformance.client.session import (
    EMPTY,
    HEARTBEAT,
    KEEP,
    LOGIN,
    LOGOUT,
    Answer,
    Event,
    Message,
    Pending,
    Pushed,
    Session,
    Stray,
    TokenChoice,
)
from conformance.client.strays import StrayBox
from conformance.client.transcript import Transcript

if TYPE_CHECKING:
    from conformance.client.cipher import PasswordCipher

__all__ = ["ControlClient", "PendingReply"]

_AT_ONCE: Final = 64


class ControlClient:
    """One open control connection; made by `connect`.

    `session` holds the token and the requests on their way, `pushes` what came unasked, `last_word` the latest reply as
    long as nothing has been sent after its request. Timeouts in seconds.
    """

    def __init__(
        self,
        connection: ClientConnection,
        *,
        transcript: Transcript,
        catalogue: Catalogue | None,
        limits: Limits,
        reply_timeout: float,
        name: str,
        sizes: Mapping[str, int] | None,
    ) -> None:
        self.session = Session(tokenless=tokenless_of(catalogue))
        self.pushes = PushInbox()
        self.name = name
        self.user = ""
        """The account that logged in last."""
        self.transcript = transcript
        self.catalogue = catalogue
        self.sizes = sizes
        self.limits = limits
        self.reply_timeout = reply_timeout
        self.last_word: Reply | None = None
        self._connection = connection
        self._waiting: dict[Pending, PendingReply] = {}
        self._box = StrayBox()
        self._end: ClientError | None = None
        self._closing = False
        self._reader = asyncio.create_task(self._read(), name=f"reader of {name}")

    @classmethod
    async def connect(
        cls,
        host: str,
        port: int,
        *,
        path: str = "/api/v1/control",
        transcript: Transcript,
        catalogue: Catalogue | None = None,
        limits: Limits = DEFAULT_LIMITS,
        connect_timeout: float = 5.0,
        reply_timeout: float = 5.0,
        name: str = "control",
        sizes: Mapping[str, int] | None = None,
    ) -> Self:
        """Opens the control connection of a device (Appendix IV).

        `catalogue` makes every legal request of ours be checked before it goes out, with the device's image `sizes` in
        pixels. Timeouts in seconds. Raises ConnectError.
        """
        transcript.event(name, f"connecting to ws://{host}:{port}{path}")
        connection = await open_websocket(host, port, path, max_bytes=limits.max_bytes, timeout=connect_timeout)
        transcript.event(name, "connected")
        return cls(
            connection,
            transcript=transcript,
            catalogue=catalogue,
            limits=limits,
            reply_timeout=reply_timeout,
            name=name,
            sizes=sizes,
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    @property
    def token(self) -> str | None:
        """The token that requests carry; setting it keeps it out of the transcript."""
        return self.session.token

    @token.setter
    def token(self, value: str | None) -> None:
        if value is not None:
            self.transcript.hide(value)
        self.session.token = value

    @property
    def strays(self) -> list[Stray]:
        """The well-formed frames that answered nothing, the first 10,000 of them."""
        return self._box.strays

    @property
    def violations(self) -> list[RemoteProtocolError]:
        """The malformed frames, the first 10,000 of them."""
        return self._box.violations

    @property
    def overlooked(self) -> int:
        """How many strays and violations came beyond those that are kept."""
        return self._box.overlooked

    @property
    def closed(self) -> bool:
        """Whether the connection has ended, by whomever."""
        return self._reader.done()

    @property
    def close_code(self) -> int | None:
        """The websocket close code; None while the connection is open, 1006 if it was lost without one."""
        return self._connection.close_code

    # Sending

    async def request(
        self,
        cmdtype: int,
        message: Message = EMPTY,
        *,
        legal: bool = True,
        timeout: float | None = None,
        sequence: int | None = None,
        token: TokenChoice = KEEP,
        extra: Mapping[str, Any] | None = None,
        action: str = "request",
    ) -> Reply:
        """Sends a command and waits for its reply; arguments as for `start`.

        Raises ReplyTimeout, LinkLost, or RemoteProtocolError for a reply that cannot be read; LocalMessageError before
        anything is sent.
        """
        return await (
            await self.start(
                cmdtype,
                message,
                legal=legal,
                timeout=timeout,
                sequence=sequence,
                token=token,
                extra=extra,
                action=action,
            )
        )

    async def start(
        self,
        cmdtype: int,
        message: Message = EMPTY,
        *,
        legal: bool = True,
        timeout: float | None = None,
        sequence: int | None = None,
        token: TokenChoice = KEEP,
        extra: Mapping[str, Any] | None = None,
        action: str = "request",
    ) -> PendingReply:
        """Sends a command without waiting for its reply, so that several can be on their way.

        `message`: its fields, None for null, OMIT for none. `legal`: check it against the catalogue first. `timeout`:
        in seconds from sending (default: that of the connection). `sequence`: a number of the caller's. `token`: KEEP
        for the session's own, OMIT, or another. `extra`: further envelope keys. Raises as `request`.
        """
        self._raise_if_ended()
        frame = self.session.build(cmdtype, message, sequence=sequence, token=token, extra=extra, action=action)
        text = self._checked(frame, legal)
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
        extra: Mapping[str, Any] | None = None,
    ) -> int:
        """Sends a command as a notification, which needs no reply; returns its sequence. Arguments as for `start`."""
        self._raise_if_ended()
        frame = self.session.build(cmdtype, message, sequence=sequence, token=token, extra=extra, action="notify")
        text = self._checked(frame, legal)
        self.session.notified(frame)
        await self._send(text, self.reply_timeout)
        number: int = frame["sequence"]
        return number

    async def send_raw(self, data: str | bytes, *, text: bool | None = None) -> None:
        """Sends one frame as it is: a text frame for `str`, a binary one for `bytes`, unless `text` says otherwise."""
        self._raise_if_ended()
        await self._send(data, self.reply_timeout, text=text)

    async def login(
        self,
        user: str,
        password: str,
        cipher: PasswordCipher,
        *,
        timeout: float | None = None,
        extra: Mapping[str, Any] | None = None,
    ) -> Reply:
        """Logs in (IV.501) and keeps the token if that succeeds; a refusal is a reply too. Raises as `request`."""
        ciphertext = cipher.encrypt(password)
        hide_password(self.transcript, user, password, ciphertext)
        message = {"username": user, "password": ciphertext}
        reply = await self.request(LOGIN, message, timeout=timeout, extra=extra)
        token = token_of(reply)
        if token is not None:
            self.transcript.hide(token)
            self.session.logged_in(token, reply.received)
            self.user = user
        return reply

    async def logout(self, user: str, *, timeout: float | None = None) -> Reply:
        """Logs out (IV.502) and forgets the token if that succeeds. Raises as `request`."""
        reply = await self.request(LOGOUT, {"username": user}, timeout=timeout)
        if reply.ok:
            self.session.logged_out()
        return reply

    async def heartbeat(self, as_request: bool = False) -> Reply | None:
        """Keeps the token alive (IV.9999): as a notification, or as a request, which may go unanswered (R08)."""
        if not as_request:
            await self.notify(HEARTBEAT)
            self.session.lease.renew(time.monotonic())
            return None
        reply = await self.request(HEARTBEAT)
        if reply.ok:
            self.session.lease.renew(reply.received)
        return reply

    def _checked(self, frame: dict[str, Any], legal: bool) -> str:
        if legal and self.catalogue is not None:
            check_request(self.catalogue, frame, self.sizes)
        return encode(frame)

    async def _send(self, data: str | bytes, timeout: float, *, text: bool | None = None) -> None:
        is_text = isinstance(data, str) if text is None else text
        self.transcript.add(">", self.name, "text" if is_text else "binary", data)
        self.last_word = None
        try:
            async with asyncio.timeout(timeout):
                await self._connection.send(data, text=is_text)
        except TimeoutError:
            raise ReplyTimeout(f"{self.name}: the device took no more data within {timeout:g} s") from None
        except ConnectionClosed:
            await asyncio.wait({self._reader})
            self._raise_if_ended()

    # Receiving

    async def next_stray(self, timeout: float) -> dict[str, Any] | RemoteProtocolError:
        """The next frame that answers no request of ours, or is malformed, in order of arrival; each is given once.

        Late answers and answers to notifications are passed over. Raises ReplyTimeout after `timeout` seconds, or the
        end of the link.
        """
        return await self._box.next(timeout, self.name)

    def forget_strays(self) -> int:
        """Drops the frames `next_stray` would still give; returns how many there were."""
        return self._box.forget()

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
        """Called by a request whose time is over: the error to raise, a malformed frame being the likelier answer."""
        self.abandon(pending)
        violation = self._box.violation_since(pending.sent_at)
        if violation is not None:
            return violation
        seen = self._box.seen_since(pending.sent_at)
        found = f"found only: {'; '.join(seen)}" if seen else "found none"
        return ReplyTimeout(
            f"{self.name}: a reply to command {pending.cmdtype} (sequence {pending.sequence}) was expected within "
            f"{timeout:g} s, {found}"
        )

    def abandon(self, pending: Pending) -> None:
        """Called by a request nobody waits for any more."""
        self._waiting.pop(pending, None)
        self.session.give_up(pending)

    async def _read(self) -> None:
        end: ClientError = LocalError(f"{self.name}: reading was broken off")
        try:
            for number in count(1):
                data = await self._connection.recv()
                self._arrived(data, time.monotonic_ns())
                if number % _AT_ONCE == 0:
                    # What has arrived is handed over without a pause: a flood must not keep the time limits waiting.
                    await asyncio.sleep(0)
                    self._box.refuse_flood()
        except ConnectionClosed as error:
            end = end_of_link(self.name, error, self.limits.max_bytes)
            if isinstance(end, RemoteProtocolError):
                end.data = self.transcript.redact(end.data)
                self._box.add_violation(end, len(end.data), time.monotonic(), attributed=True)
        except RemoteProtocolError as error:
            end = error
            self._connection.transport.abort()
        except Exception as error:
            end = LocalError(f"{self.name}: reading failed by our own fault: {type(error).__name__}: {error}")
            end.__cause__ = error
            await self._connection.close()
        finally:
            # Also when the reader is cancelled: nobody may wait for a reply that can no longer be read.
            self._ended(end)

    def _ended(self, end: ClientError) -> None:
        if self._closing and isinstance(end, LinkLost):
            end = LocalError(f"{self.name}: the connection was closed by this client")
        self._end = end
        self.session.tell(Event.LINK_END)
        self.transcript.event(self.name, f"ended: {end}")
        for pending, waiting in self._waiting.items():
            self.session.give_up(pending)
            waiting.fail(end)
        self._waiting.clear()
        self.pushes.end(end)
        self._box.end(end)

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
            case Stray() as stray:
                self._box.add_stray(stray)
            case Answer(pending, reply, problem):
                waiting = self._waiting.pop(pending)
                if reply is not None:
                    self.last_word = None if self._waiting else reply
                    waiting.succeed(reply)
                elif problem is not None:
                    problem.lighten()
                    problem.data = self.transcript.redact(problem.data)
                    self._box.add_violation(problem, len(data), at, attributed=True)
                    waiting.fail(problem)

    def _binary(self, data: bytes) -> RemoteProtocolError:
        try:
            frame: Mapping[str, Any] | None = decode(data, self.limits)
        except RemoteProtocolError as error:
            frame = error.frame
        sentence = f"a text frame was expected, found a binary one of {len(data)} bytes"
        return RemoteProtocolError(sentence, reason="binary-frame", data=data, frame=frame)

    def _malformed(self, error: RemoteProtocolError, size: int, at: float) -> None:
        error.lighten()
        error.data = self.transcript.redact(error.data)
        frame = error.frame
        pending = None if frame is None or self.session.is_push(frame) else self.session.claim(frame)
        if pending is not None:
            self._waiting.pop(pending).fail(error)
        self._box.add_violation(error, size, at, attributed=pending is not None)

    def _raise_if_ended(self) -> None:
        if self._end is not None:
            raise self._end.with_traceback(None)
