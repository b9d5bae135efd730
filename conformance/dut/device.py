"""The device under test as a case sees it: ask, check, wait, open another session.

Whatever a case opens is closed after it. Every reply passes the checks of the envelope, whatever the case is about.
"""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Mapping
from typing import Any

from conformance import checks
from conformance.catalogue.json_types import JsonMapping, JsonObject
from conformance.catalogue.model import Catalogue, Command, Keyword
from conformance.checks import Result
from conformance.client import (
    ControlClient,
    HttpClient,
    LinkError,
    PushMessage,
    RemoteError,
    RemoteProtocolError,
    Reply,
    ReplyTimeout,
    State,
)
from conformance.dut.clock import Clock
from conformance.dut.facts import CapabilityAnswer, DeviceFacts
from conformance.dut.link import Link
from conformance.dut.probing import Prober
from conformance.dut.session import RunSession
from conformance.dut.stimulus import Stimulus
from conformance.rules.case import Case
from conformance.rules.judgement import Judgement
from conformance.rules.measurement import Measurement
from conformance.rules.profile import Profile
from conformance.rules.verdict import CaseError, CaseFailed, CaseInconclusive, Finding, Observation

__all__ = ["Device"]

_SHOWN_FRAMES = 20


class Device:
    """One case's view of the camera. Every reply passes the checks of the envelope; the case adds its own."""

    def __init__(self, session: RunSession, case: Case[Any], judgement: Judgement) -> None:
        self.session = session
        self.case = case
        self.judgement = judgement
        self._control: ControlClient | None = None
        self._clients: list[ControlClient | HttpClient] = []
        self._http: HttpClient | None = None
        self._unexpected = 0
        self._malformed = 0
        self._mark = 0
        self.answers: list[Reply] = []
        """What the device has answered to this case."""

    def begin(self, control: ControlClient) -> None:
        """Begin the case on the run's session `control`. Nothing that it received before belongs to this case."""
        self._control = control
        self._unexpected = len(control.unexpected)
        self._malformed = len(control.malformed)
        self._mark = control.pushes.mark()

    def pushed(self) -> list[PushMessage]:
        """The pushes that came on the run's session during this case."""
        return [] if self._control is None else self._control.pushes.since(self._mark)

    @property
    def control(self) -> ControlClient:
        """The run's own session, logged in as the administrator."""
        if self._control is None:
            raise CaseError("the case has not begun")
        return self._control

    @property
    def alone(self) -> bool:
        """Whether the case spoke over the run's own session alone, so that nothing else can have changed the device."""
        return not self._clients

    @property
    def forced_itself_out(self) -> bool:
        """Whether a login of this case has ended the run's session (R12), for want of a second account."""
        again = self.facts.forces_out and not self.profile["second_user"]
        if not again or self._control is None or not any(client.user for client in self._clients):
            return False
        return self._control.session.state in (State.FORCED_OUT, State.REFUSED)

    @property
    def is_prepared(self) -> bool:
        """Whether the preparation of an earlier case with the same `shares` is still in place."""
        return self.session.left_for_next is not None and self.session.left_for_next.shares == self.case.shares

    @property
    def link(self) -> Link:
        """The way to the device: its address, accounts and keys."""
        return self.session.link

    @property
    def facts(self) -> DeviceFacts:
        """What the run knows of the device."""
        return self.session.facts

    @property
    def catalogue(self) -> Catalogue:
        """The document as data."""
        return self.link.catalogue

    @property
    def profile(self) -> Profile:
        """What the device claims."""
        return self.link.profile

    @property
    def sizes(self) -> Mapping[str, int]:
        """The device's image sizes in pixels (R58)."""
        return self.facts.sizes

    @property
    def clock(self) -> Clock:
        """Waits in the camera's time."""
        return self.session.clock

    @property
    def stimulus(self) -> Stimulus:
        """Produces causes, for cases that name a stimulus. Raises CaseInconclusive without a channel."""
        if self.session.stimulus is None:
            raise CaseInconclusive("no stimulus channel is connected")
        return self.session.stimulus

    # Judging

    def check(self, result: Result) -> bool:
        """Take over the result of a check; true when it found nothing wrong."""
        for observation in result.observations:
            self.judgement.observe(observation.reading, observation.found)
        for choice in result.choices:
            self.judgement.choose(choice)
        return self.judgement.check(result.findings, expected=result.expected, observed=result.observed)

    def demand(self, condition: bool, expected: str, observed: str, **facts: Any) -> bool:
        """One check in words: a finding unless `condition` holds."""
        return self.judgement.demand(condition, expected, observed, **facts)

    def measured(self, measurement: Measurement) -> None:
        """Put a measurement into the record; its decision counts as a check of the case."""
        self.judgement.measured(measurement)

    def follows(self, reading: str, found: str) -> None:
        """Note which reading the device follows, and hold it to the one it followed before."""
        self.judgement.choose(Observation(reading, found))

    def followed(self, reading: str) -> str | None:
        """The choice of a reading that the device was found to make earlier in this run, or None."""
        return self.facts.readings.known(reading)

    # Speaking

    async def ask(
        self,
        cmdtype: int,
        message: Any = None,
        *,
        client: ControlClient | HttpClient | None = None,
        extra: JsonMapping | None = None,
        **how: Any,
    ) -> Reply:
        """Send a request and check its reply's envelope. `message` None is an empty object; `null=True` sends null.

        No reply while the link lives is a failure; a dead link is inconclusive.
        """
        speaker = client or self.control
        if how.pop("null", False):
            content: Any = None
        else:
            content = {} if message is None else message
        try:
            reply = await speaker.request(cmdtype, content, extra=extra, **how)
        except ReplyTimeout as error:
            await self._blame(error, cmdtype, speaker)
            raise
        except RemoteProtocolError as error:
            self.judgement.check(
                [Finding("a reply that is strict JSON (II.2)", str(error), check="json")], expected="a readable reply"
            )
            raise CaseFailed(str(error)) from None
        self.answers.append(reply)
        if speaker is self.control and not reply.ok and self.forced_itself_out:
            raise CaseInconclusive("a login of this case has ended the run's session (R12)")
        self.check(checks.envelope(reply.request or {"cmdtype": cmdtype, "sequence": reply.sequence}, reply))
        if extra and extra.keys() & {"from", "to"}:
            shown = [key for key in ("from", "to") if key in reply.envelope]
            self.judgement.observe("R06", "echoed" if shown else "absent")
        if "message" not in reply.envelope:
            self.judgement.observe("R01", "missing")
        elif reply.envelope["message"] is None:
            self.judgement.observe("R01", "null")
        elif reply.envelope["message"] == {}:
            self.judgement.observe("R01", "{}")
        return reply

    async def _blame(self, error: ReplyTimeout, cmdtype: int, speaker: ControlClient | HttpClient) -> None:
        """Judge a missing reply: silence on a living link violates the document, a dead link proves nothing."""
        unexpected = [each.frame for each in self.control.unexpected[self._unexpected :][:_SHOWN_FRAMES]]
        malformed = self.control.malformed[self._malformed :][:_SHOWN_FRAMES]
        seen = f"none; instead came {checks.short(unexpected or malformed)}" if unexpected or malformed else "none"
        if isinstance(speaker, ControlClient):
            try:
                await speaker.request(500, {})
            except RemoteError:
                # A half-open connection looks alive: the next case begins on a new one.
                await speaker.close()
                raise LinkError(f"no reply to {cmdtype}, and the link is dead: {error}") from None
        self.judgement.check(
            [Finding(f"a reply to command {cmdtype} within {self.profile['reply_timeout_s']:g} s", seen, check="reply")]
        )
        raise CaseFailed(str(error)) from None

    async def must(self, cmdtype: int, message: Any = None, **how: Any) -> JsonObject:
        """Ask a command before the purpose of the case; returns the reply's message.

        A refusal makes the case inconclusive.
        """
        reply = await self.ask(cmdtype, message, **how)
        if not reply.ok:
            raise CaseInconclusive(f"preamble: command {cmdtype} answered {checks.describe(reply)}")
        return reply.message or {}

    async def get(self, cmdtype: int, message: Any = None, **how: Any) -> JsonObject:
        """Ask a command that must succeed; returns the reply's message. Success and content are judged.

        A get of chapter III must show its whole configuration.
        """
        reply = await self.ask(cmdtype, message, **how)
        if not self.check(checks.success(reply)):
            raise CaseFailed(checks.describe(reply))
        self.conforms(self.catalogue.commands[cmdtype], reply)
        return reply.message or {}

    def conforms(self, command: Command, reply: Reply) -> bool:
        """Check a successful reply's message against the catalogue."""
        return self.check(
            checks.conforms(
                command.reply,
                reply.message,
                self.sizes,
                complete=command.group == "get",
                what=f"reply of {command.cmdtype}",
            )
        )

    async def succeeds(self, cmdtype: int, message: Any = None, **how: Any) -> Reply:
        """Judge that the command succeeds."""
        reply = await self.ask(cmdtype, message, **how)
        if not self.check(checks.success(reply)):
            raise CaseFailed(checks.describe(reply))
        return reply

    async def is_refused(self, cmdtype: int, message: Any = None, *readings: str, **how: Any) -> Reply:
        """Judge that the command is refused with a code of one of `readings`."""
        reply = await self.ask(cmdtype, message, legal=False, **how)
        self.check(checks.refused(self.catalogue, reply, *readings))
        return reply

    async def claims(self, identity: str) -> CapabilityAnswer:
        """The device's answer to a capability, asked by questions that change nothing."""
        await self.must(500)
        return await Prober(self.link, self.control, self.session.allowed).ask(identity)

    # Sessions and transports

    async def open(self, name: str = "other") -> ControlClient:
        """Another control connection, not logged in."""
        client = await self.link.connect(name)
        self._clients.append(client)
        return client

    async def logged_in(self, name: str = "other", *, second: bool = False) -> ControlClient:
        """Another control connection, logged in."""
        client = await self.open(name)
        reply = await self.link.login(client, second=second)
        self.answers.append(reply)
        if not (reply.ok and client.token):
            raise CaseInconclusive(f"preamble: login answered {checks.describe(reply)}")
        return client

    async def http(self) -> HttpClient:
        """The case's HTTP client, logged in."""
        if self._http is None:
            self._http = self.plain_http()
            reply = await self.link.login(self._http)
            self.answers.append(reply)
            if not (reply.ok and self._http.token):
                raise CaseInconclusive(f"preamble: login over HTTP answered {checks.describe(reply)}")
        return self._http

    def plain_http(self, path: str | None = None) -> HttpClient:
        """An HTTP client that is not logged in."""
        client = self.link.http(path)
        self._clients.append(client)
        return client

    async def push(
        self,
        cmdtype: int,
        *,
        since: int,
        timeout: float | None = None,
        match: Any = None,
        keyword: Keyword = Keyword.MUST,
    ) -> PushMessage | None:
        """Wait for a push on the run's session and check it; none in time fails the case, or warns for a SHOULD."""
        wait = timeout if timeout is not None else self.profile["push_tolerance_s"]
        try:
            message = await self.hear(self.control, cmdtype, since=since, timeout=wait, match=match)
        except ReplyTimeout:
            others = sorted({push.cmdtype for push in self.control.pushes.since(since)})
            seen = f"none (others: {others})" if others else "none"
            expected = f"push {cmdtype} within {wait:g} s"
            if self.judgement.check([Finding(expected, seen, keyword=keyword, check="push")], expected=expected):
                return None
            if keyword is Keyword.MUST or self.judgement.strict:
                raise CaseFailed(f"no push {cmdtype}") from None
            return None
        self.check(checks.pushed(self.catalogue, message, self.sizes))
        return message

    async def beat(self, client: ControlClient) -> None:
        """Send a heartbeat on the session of `client`, and wait until the device has read it."""
        await client.heartbeat()
        await self.ask(500, client=client)

    async def hear(
        self, client: ControlClient, cmdtype: int, *, timeout: float, since: int = 0, match: Any = None
    ) -> PushMessage:
        """The first push `cmdtype` to `client` since the mark `since`, within `timeout` seconds of the camera's time.

        Raises ReplyTimeout, or the end of the link.
        """

        def wait(seconds: float) -> Awaitable[PushMessage]:
            return client.pushes.wait(cmdtype, since=since, timeout=seconds, match=match)

        return await self.clock.hear(wait, timeout)

    async def close(self) -> None:
        """Close what the case opened, and judge what came unasked on the run's session."""
        for client in self._clients:
            with contextlib.suppress(RemoteError):
                if isinstance(client, ControlClient) and not client.closed and client.token:
                    await client.logout(client.user or self.profile["admin_user"])
                elif isinstance(client, HttpClient) and client.token:
                    await client.request(502, {"username": client.user or self.profile["admin_user"]})
            await client.close()
        if self._control is None:
            return
        # The first few of a flood are enough.
        for error in self.control.malformed[self._malformed :][:_SHOWN_FRAMES]:
            self.judgement.check([Finding("frames of strict JSON (II.2)", str(error), check="json")])
        for each in self.control.unexpected[self._unexpected :][:_SHOWN_FRAMES]:
            if each.frame.get("cmdtype") != 9999:
                seen = f"{each.why}: {checks.short(each.frame)}"
                self.judgement.check([Finding("one reply per request, nothing else", seen, check="stray")])
