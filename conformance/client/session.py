"""One client's view of a conversation with a device, without any I/O.

A session answers four questions:

- Which request comes next? `build` makes a frame with a fresh sequence number and the token. `expect` remembers it.
- What is this frame? `receive` says of each arriving frame whether it answers a request (`Answer`), was sent unasked
  (`Pushed`), or is unexpected (`UnexpectedFrame`). Only the sequence number decides which request a reply answers (R03,
  R10): a device may answer in any order, twice, late, or not at all.
- What is our token worth? `state` follows `TRANSITIONS`, a literal table of (state, event). The token is only as good
  as the client can know: it may have expired, been refused, or been taken over by another login (R12).
- How long does the token live? `lease` counts from the last heartbeat (R11).

Frames are dictionaries, and the caller gives the times, so that a test needs neither a socket nor a clock. An event
that the table does not have in the present state is our own mistake and raises LocalError. `session_diagram` draws the
table (docs/reference/session.md).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, StrEnum
from types import MappingProxyType
from typing import Final, Literal

from conformance.catalogue.json_types import JsonMapping, JsonObject
from conformance.client.codec import PushMessage, Reply, is_int, push_from, reply_from
from conformance.client.errors import LocalError, RemoteProtocolError
from conformance.client.lease import Lease

__all__ = [
    "EMPTY",
    "HEARTBEAT",
    "KEEP",
    "LOGIN",
    "LOGOUT",
    "OMIT",
    "TOKENLESS",
    "TRANSITIONS",
    "Answer",
    "Event",
    "Message",
    "Pending",
    "Pushed",
    "Session",
    "State",
    "TokenChoice",
    "UnexpectedFrame",
    "WhyUnexpected",
]

LOGIN: Final = 501
LOGOUT: Final = 502
HEARTBEAT: Final = 9999
FORCED_LOGOUT: Final = 1001
NOT_AUTHENTICATED: Final = 10005
TOKENLESS: Final = frozenset({500, LOGIN})
"""Commands that carry no token (reading R09)."""

_SEQUENCES: Final = 2**64
_REMEMBERED: Final = 4096


class _Choice(Enum):
    KEEP = "keep"
    OMIT = "omit"


KEEP: Final = _Choice.KEEP
"""Sends the token of the session, where the command takes one."""
OMIT: Final = _Choice.OMIT
"""Leaves the key out of the request."""
EMPTY: Final[JsonMapping] = MappingProxyType({})

TokenChoice = str | Literal[_Choice.KEEP, _Choice.OMIT]
Message = JsonMapping | Literal[_Choice.OMIT] | None


class State(StrEnum):
    """What the token of a session is worth, as far as the client can know."""

    LOGGED_OUT = "logged out"
    LOGGED_IN = "logged in"
    EXPIRED = "lease expired"
    REFUSED = "token refused"
    FORCED_OUT = "forced out"
    CLOSED = "link closed"


class Event(StrEnum):
    """What changes the state of a session."""

    LOGIN = "login succeeded"
    LOGOUT = "logout succeeded"
    LEASE_END = "the lease ended"
    REFUSAL = "the token was refused"
    FORCED = "forced logout"
    LINK_END = "the link ended"


TRANSITIONS: Final[Mapping[tuple[State, Event], State]] = {
    (State.LOGGED_OUT, Event.LOGIN): State.LOGGED_IN,
    (State.LOGGED_OUT, Event.LOGOUT): State.LOGGED_OUT,
    (State.LOGGED_OUT, Event.REFUSAL): State.LOGGED_OUT,
    (State.LOGGED_OUT, Event.FORCED): State.LOGGED_OUT,
    (State.LOGGED_OUT, Event.LINK_END): State.CLOSED,
    (State.LOGGED_IN, Event.LOGIN): State.LOGGED_IN,
    (State.LOGGED_IN, Event.LOGOUT): State.LOGGED_OUT,
    (State.LOGGED_IN, Event.LEASE_END): State.EXPIRED,
    (State.LOGGED_IN, Event.REFUSAL): State.REFUSED,
    (State.LOGGED_IN, Event.FORCED): State.FORCED_OUT,
    (State.LOGGED_IN, Event.LINK_END): State.CLOSED,
    (State.EXPIRED, Event.LOGIN): State.LOGGED_IN,
    (State.EXPIRED, Event.LOGOUT): State.LOGGED_OUT,
    (State.EXPIRED, Event.REFUSAL): State.REFUSED,
    (State.EXPIRED, Event.FORCED): State.FORCED_OUT,
    (State.EXPIRED, Event.LINK_END): State.CLOSED,
    (State.REFUSED, Event.LOGIN): State.LOGGED_IN,
    (State.REFUSED, Event.LOGOUT): State.LOGGED_OUT,
    (State.REFUSED, Event.REFUSAL): State.REFUSED,
    (State.REFUSED, Event.FORCED): State.FORCED_OUT,
    (State.REFUSED, Event.LINK_END): State.CLOSED,
    (State.FORCED_OUT, Event.LOGIN): State.LOGGED_IN,
    (State.FORCED_OUT, Event.LOGOUT): State.LOGGED_OUT,
    (State.FORCED_OUT, Event.REFUSAL): State.FORCED_OUT,
    (State.FORCED_OUT, Event.FORCED): State.FORCED_OUT,
    (State.FORCED_OUT, Event.LINK_END): State.CLOSED,
    # The reply to a login or logout may be read after the link has already gone.
    (State.CLOSED, Event.LOGIN): State.CLOSED,
    (State.CLOSED, Event.LOGOUT): State.CLOSED,
    (State.CLOSED, Event.LINK_END): State.CLOSED,
}


class WhyUnexpected(StrEnum):
    """Why a frame is unexpected."""

    NO_SUCH_SEQUENCE = "no request with this sequence waits for a reply"
    SECOND_ANSWER = "the request with this sequence was answered before"
    LATE_ANSWER = "the request with this sequence was given up before"
    ANSWER_TO_NOTIFICATION = "a notification with this sequence was sent, which needs no reply"
    NEITHER = "it is neither a reply nor a push"


@dataclass(frozen=True, slots=True, eq=False)
class Pending:
    """One request that waits for its reply; `sent_at` in monotonic seconds."""

    cmdtype: int
    sequence: int
    frame: JsonMapping = field(repr=False)
    sent_at: float


@dataclass(frozen=True, slots=True)
class Answer:
    """A frame that answers a request; exactly one of `reply` and `problem` (a reply that cannot be read) is set."""

    pending: Pending
    reply: Reply | None
    problem: RemoteProtocolError | None = None


@dataclass(frozen=True, slots=True)
class Pushed:
    """A frame that the device sent unasked."""

    push: PushMessage


@dataclass(frozen=True, slots=True)
class UnexpectedFrame:
    """A well-formed frame that answers no request that waits, and why."""

    why: WhyUnexpected
    frame: JsonObject = field(repr=False)
    raw: str | bytes = field(repr=False)
    received: float

    def __str__(self) -> str:
        cmdtype, sequence = (ascii(self.frame.get(key))[:40] for key in ("cmdtype", "sequence"))
        return f"cmdtype {cmdtype}, sequence {sequence}: {self.why.value}"


class Session:
    """Builds requests, remembers which wait, and says what each arriving frame is.

    `sender` and `receiver` become `from` and `to` of every request (reading R06; None: left out). `tokenless` are the
    commands that carry no token. `keep_alive_s` is the lease of a token in seconds.
    """

    def __init__(
        self,
        sender: str | None = None,
        receiver: str | None = None,
        first_sequence: int = 1,
        *,
        keep_alive_s: float = 120.0,
        tokenless: frozenset[int] = TOKENLESS,
    ) -> None:
        self.sender = sender
        self.receiver = receiver
        self.tokenless = tokenless
        self.token: str | None = None
        self.state = State.LOGGED_OUT
        self.lease = Lease(keep_alive_s)
        self._next = first_sequence % _SEQUENCES
        self._pending: dict[int, list[Pending]] = {}
        self._past: dict[int, WhyUnexpected] = {}

    @property
    def pending(self) -> list[Pending]:
        """The requests that wait for a reply, in order of sending."""
        return sorted((each for queue in self._pending.values() for each in queue), key=lambda each: each.sent_at)

    def transition(self, event: Event) -> State:
        """Goes to the state that `event` leads to. Raises LocalError if it cannot happen in the present state."""
        following = TRANSITIONS.get((self.state, event))
        if following is None:
            raise LocalError(f"{event.value} cannot happen in a session in the state: {self.state.value}")
        self.state = following
        return following

    def state_at(self, at: float) -> State:
        """The state at `at`, which is EXPIRED if the lease has ended by then."""
        if self.state is State.LOGGED_IN and self.lease.last_heartbeat is not None and not self.lease.alive(at):
            self.transition(Event.LEASE_END)
        return self.state

    def logged_in(self, token: str, at: float) -> None:
        """Keeps the `token` that a login gave at `at`."""
        self.transition(Event.LOGIN)
        self.token = token
        self.lease.start(at)

    def logged_out(self) -> None:
        """Forgets the token after a successful logout."""
        self.transition(Event.LOGOUT)
        self.token = None
        self.lease.end()

    def build(
        self,
        cmdtype: int,
        message: Message = EMPTY,
        *,
        sequence: int | None = None,
        token: TokenChoice = KEEP,
        extra: JsonMapping | None = None,
        action: str = "request",
    ) -> JsonObject:
        """A request or notification, which is not remembered yet.

        `message` may be None (null) or OMIT; `token` KEEP, OMIT or a string; `extra` holds further envelope keys.
        Raises LocalError once the link has ended, or for an `extra` that would replace a key of its own argument.
        """
        if self.state is State.CLOSED:
            raise LocalError(f"command {cmdtype} cannot be sent: the link of this session has ended")
        frame: JsonObject = {"action": action, "cmdtype": cmdtype}
        frame["sequence"] = self._fresh_sequence() if sequence is None else sequence
        if token is KEEP:
            if self.token is not None and cmdtype not in self.tokenless:
                frame["token"] = self.token
        elif token is not OMIT:
            frame["token"] = token
        if self.sender is not None:
            frame["from"] = self.sender
        if self.receiver is not None:
            frame["to"] = self.receiver
        for key, value in (extra or {}).items():
            if key in ("action", "cmdtype", "sequence", "token", "message"):
                raise LocalError(f"the key {key} has an argument of its own and must not be in extra")
            frame[key] = value
        if message is not OMIT:
            frame["message"] = None if message is None else dict(message)
        return frame

    def _fresh_sequence(self) -> int:
        while self._next in self._pending:
            self._next = (self._next + 1) % _SEQUENCES
        fresh = self._next
        self._next = (fresh + 1) % _SEQUENCES
        return fresh

    def expect(self, frame: JsonMapping, at: float) -> Pending:
        """Remembers a request that is sent at `at`, so that its reply can be recognised."""
        pending = Pending(frame["cmdtype"], frame["sequence"], frame, at)
        self._past.pop(pending.sequence, None)
        self._pending.setdefault(pending.sequence, []).append(pending)
        return pending

    def notified(self, frame: JsonMapping) -> None:
        """Remembers a notification, so that a reply to it can be recognised (R08)."""
        if frame["sequence"] not in self._pending:
            self._remember(frame["sequence"], WhyUnexpected.ANSWER_TO_NOTIFICATION)

    def give_up(self, pending: Pending) -> None:
        """Stops waiting for `pending`; a reply that comes later is unexpected."""
        if self._drop(pending):
            self._remember(pending.sequence, WhyUnexpected.LATE_ANSWER)

    def claim(self, frame: JsonMapping) -> Pending | None:
        """The request that `frame` answers, which then waits no more; None for a frame that answers none.

        The sequence must be the same integer. Of several requests with one sequence it is the first of the same
        command, else the first.
        """
        sequence = frame.get("sequence")
        queue = self._pending.get(sequence) if is_int(sequence) else None
        if not queue:
            return None
        pending = next((each for each in queue if each.cmdtype == frame.get("cmdtype")), queue[0])
        self._drop(pending)
        self._remember(pending.sequence, WhyUnexpected.SECOND_ANSWER)
        return pending

    def receive(self, frame: JsonObject, raw: str | bytes, at: float) -> Answer | Pushed | UnexpectedFrame:
        """Says what `frame` is, which was received as `raw` at `at`."""
        if self.is_push(frame):
            try:
                push = push_from(frame, raw, at)
            except RemoteProtocolError:
                return UnexpectedFrame(WhyUnexpected.NEITHER, frame, raw, at)
            if push.cmdtype == FORCED_LOGOUT and self.state is not State.CLOSED:
                self.transition(Event.FORCED)
            return Pushed(push)
        pending = self.claim(frame)
        if pending is None:
            if frame.get("action") != "response" and "retcode" not in frame:
                return UnexpectedFrame(WhyUnexpected.NEITHER, frame, raw, at)
            sequence = frame.get("sequence")
            why = self._past.get(sequence) if is_int(sequence) else None
            return UnexpectedFrame(why or WhyUnexpected.NO_SUCH_SEQUENCE, frame, raw, at)
        try:
            reply = reply_from(frame, raw, at, pending.frame)
        except RemoteProtocolError as problem:
            return Answer(pending, None, problem)
        self._learn(pending, reply)
        return Answer(pending, reply)

    def is_push(self, frame: JsonMapping) -> bool:
        """Whether `frame` calls itself a notification and no reply: it has no return code, or answers nothing."""
        if frame.get("action") != "notify":
            return False
        sequence = frame.get("sequence")
        return "retcode" not in frame or not (is_int(sequence) and sequence in self._pending)

    def _learn(self, pending: Pending, reply: Reply) -> None:
        own = self.token is not None and pending.frame.get("token") == self.token
        if own and reply.retcode == NOT_AUTHENTICATED and self.state is not State.CLOSED:
            self.transition(Event.REFUSAL)

    def _drop(self, pending: Pending) -> bool:
        queue = self._pending.get(pending.sequence, [])
        if pending not in queue:
            return False
        queue.remove(pending)
        if not queue:
            del self._pending[pending.sequence]
        return True

    def _remember(self, sequence: int, why: WhyUnexpected) -> None:
        self._past.pop(sequence, None)
        self._past[sequence] = why
        if len(self._past) > _REMEMBERED:
            del self._past[next(iter(self._past))]
