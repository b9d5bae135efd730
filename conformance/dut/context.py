"""One run: the camera it speaks to, the session it keeps open, what it knows of the device, what it must put back."""

from __future__ import annotations

import asyncio
import contextlib
import copy
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from conformance.catalogue.model import Catalogue, Safety
from conformance.checks import describe
from conformance.client import (
    Cipher,
    ControlClient,
    HttpClient,
    Limits,
    LinkError,
    LocalError,
    PasswordCipher,
    RemoteError,
    Reply,
    ReplyTimeout,
    State,
    Transcript,
    clear_text,
)
from conformance.dut.clock import Clock, RealClock, VirtualClock
from conformance.dut.patience import Patience
from conformance.dut.probing import HTTP_PATHS, UNTOLD, Answer, Prober
from conformance.dut.second_password import second_password
from conformance.dut.stimulus import Stimulus, StimulusError
from conformance.dut.target import Target
from conformance.restoration.keeper import SECOND_PASSWORD, Journal, Keeper
from conformance.rules.case import NEEDED, Case
from conformance.rules.consistency import ChosenReadings
from conformance.rules.profile import Profile

__all__ = ["CannotStart", "RunContext", "WrongCredentials"]

_HEARTBEATS = 4
"""How often within the life of a token the session that a run keeps open is heard of (R11)."""

_SHOWN_BY = {"presets": 601, "cruise-groups": 606, "linescans": 611, "dead-pixels": 528, "recording": 509, "ptz": 617}
"""The command that shows a thing that cases write."""

_SIZES = ("ir_output_w", "ir_output_h", "ir_model_w", "ir_model_h")


class CannotStart(Exception):
    """Nothing could be judged: the camera cannot be reached, or is no camera. A sentence for people."""


class WrongCredentials(CannotStart):
    """The camera refused the login that the run was given."""


@dataclass
class RunContext:
    """Everything that lives as long as the run."""

    catalogue: Catalogue
    profile: Profile
    target: Target
    folder: Path
    allowed: Safety
    seed: int
    transcript: Transcript
    sizes: dict[str, int] = field(default_factory=dict)
    general: dict[str, Any] = field(default_factory=dict)
    camera: dict[str, Any] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    answers: dict[str, Answer] = field(default_factory=dict)
    learnt: dict[str, Any] = field(default_factory=dict)
    """What cases found out about the device or its scene and need not find out again."""
    left_for_next: Case[Any] | None = None
    """The case that has left what it wrote standing for the next one."""
    lost: str = ""
    forces_out: bool = False

    def __post_init__(self) -> None:
        self.stimulus = Stimulus(self.target.host, self.target.stimulus_port) if self.target.stimulus_port else None
        self.heartbeat_s: float = self.profile["keep_alive_s"] / _HEARTBEATS
        self.clock: Clock = RealClock()
        if self.stimulus is not None:
            self.clock = VirtualClock(self.stimulus, self.keep_alive, self.heartbeat_s)
        self.chosen_readings = ChosenReadings(self.catalogue)
        self.journal = Journal(self.folder / "journal.jsonl")
        self.keeper = Keeper(self.catalogue, self.journal, self.clock.now)
        self.keeper.learn(SECOND_PASSWORD, second_password(self))
        self.cipher: PasswordCipher = Cipher(self.profile["public_key"]) if self.profile["public_key"] else clear_text
        self.control: ControlClient | None = None
        self.patience = Patience(self.profile["reply_timeout_s"])
        self._heartbeat: asyncio.Task[None] | None = None

    @property
    def limits(self) -> Limits:
        """How much of what the device sends is accepted."""
        return Limits(max_bytes=self.profile["max_message_bytes"])

    async def connect(self, name: str = "control") -> ControlClient:
        """A fresh control connection, not logged in. Raises LinkError."""
        return await ControlClient.connect(
            self.target.host,
            self.target.control_port,
            path=self.profile["control_path"],
            transcript=self.transcript,
            catalogue=self.catalogue,
            limits=self.limits,
            connect_timeout=max(5.0, self.profile["reply_timeout_s"]),
            reply_timeout=self.profile["reply_timeout_s"],
            name=name,
            sizes=self.sizes,
        )

    def http(self, path: str | None = None) -> HttpClient:
        """A fresh HTTP client, not logged in."""
        return HttpClient(
            self.target.host,
            self.target.http_port,
            path=path or self.http_path,
            transcript=self.transcript,
            catalogue=self.catalogue,
            limits=self.limits,
            timeout=self.profile["reply_timeout_s"],
            sizes=self.sizes,
        )

    @property
    def http_path(self) -> str:
        """The path of HTTP commands; where the profile says `auto`, the one found out, else the field's."""
        path: str = self.profile["http_path"]
        return path if path != "auto" else self.camera.get("http_path", "/getmsginfo")

    async def login(self, client: ControlClient | HttpClient, *, second: bool = False, own: bool = False) -> Reply:
        """Log `client` in with the administrator's account, or the second one.

        On a device where another login of an account ends the first (R12), every session but the run's `own` takes the
        second account, where the profile names one.
        """
        second = second or (self.forces_out and not own and bool(self.profile["second_user"]))
        who = "second" if second else "admin"
        user, password = self.profile[f"{who}_user"], self.profile[f"{who}_password"]
        if not second and not password and self.profile["admin_ciphertext"]:
            return await client.login(user, self.profile["admin_ciphertext"], clear_text)
        return await client.login(user, password, self.cipher)

    async def open(self) -> None:
        """Connect, log in, learn what the device says of itself, answer what the profile leaves to probing.

        Raises CannotStart or WrongCredentials with a sentence for people.
        """
        where = f"{self.target.host}:{self.target.control_port}"
        try:
            client = await self.connect()
        except LinkError as error:
            raise CannotStart(
                f"no camera answers at {where} ({error}); is the address right, and the control port (9980 by default)?"
            ) from None
        try:
            hello = await client.request(500, {})
            reply = await self.login(client, own=True)
        except RemoteError as error:
            await client.close()
            raise CannotStart(f"the peer at {where} does not speak the protocol: {error}") from None
        if not reply.ok:
            await client.close()
            key = "" if self.profile["public_key"] else " (no public key is known: the password was sent in clear)"
            raise WrongCredentials(
                f"the camera at {where} refused the login of {self.profile['admin_user']!r}: {describe(reply)}{key}"
            )
        if not client.token:
            await client.close()
            raise CannotStart(f"the camera at {where} accepted the login but sent no token")
        self.control = client
        self.prober = Prober(self, client)
        try:
            await self._learn(client, hello)
            await self._probe()
            await self._learn_forced_logout()
        except (RemoteError, LocalError) as error:
            await client.close()
            raise CannotStart(f"the peer at {where} does not speak the protocol: {error}") from None
        self._heartbeat = asyncio.create_task(self._beat())

    async def _learn(self, client: ControlClient, hello: Reply) -> None:
        self.general = dict(hello.message or {})
        for name in _SIZES:
            stated = self.profile[name]
            shown = self.general.get(name)
            size = stated or (shown if isinstance(shown, int) and 0 < shown <= 8192 else 0)
            if size:
                self.sizes[name] = size
        if client.sizes is not self.sizes:
            client.sizes = self.sizes
        self.camera.update({"host": self.target.host, "control_port": self.target.control_port})
        self.camera.update({"http_port": self.target.http_port, "simulated": self.target.simulated, **self.sizes})
        version = await client.request(505, {})
        for key in ("model", "version", "serial", "fpga_version", "measure_version"):
            if isinstance((version.message or {}).get(key), str):
                self.camera[key] = (version.message or {})[key]
        if self.profile["http_path"] == "auto":
            paths = await self.prober.http_paths()
            if not paths:
                self.notes.append(f"HTTP: neither {' nor '.join(HTTP_PATHS)} answers command 500 (R100)")
            self.camera["http_path"] = paths[0] if paths else HTTP_PATHS[0]

    async def _learn_forced_logout(self) -> None:
        """Whether a second login of an account ends the first (R12); cases then must not log in over this session."""
        with contextlib.suppress(RemoteError):
            async with await self.connect("second login") as other:
                if not (await self.login(other, own=True)).ok or self.control is None:
                    return
                # A 1001 comes before the reply to what is asked after it, or that reply says that the token is dead.
                await self.control.request(505, {})
                self.forces_out = self.control.session.state in (State.FORCED_OUT, State.REFUSED)
                await other.logout(self.profile["admin_user"])
        if self.forces_out:
            self.notes.append("another login of an account ends its earlier session (R12)")
            await self.session()

    async def _probe(self) -> None:
        """Answer `probe`: what cannot be told is judged as if it were there."""
        for identity in self.catalogue.capabilities:
            if self.profile.capabilities[identity] != "probe":
                continue
            answer = self.answers[identity] = await self.prober.ask(identity)
            if answer.found is None and answer is not UNTOLD:
                self.notes.append(f"{identity}: {answer.seen}; judged as supported")
        self.profile = self.profile.answered({key: each.found is not False for key, each in self.answers.items()})

    def beside(self) -> RunContext:
        """The same run for a case that runs beside others: with a session, heartbeats and a transcript of its own."""
        other = copy.copy(self)
        other.transcript = Transcript(secrets_of=self.transcript)
        other.control = other.left_for_next = None
        other._heartbeat = asyncio.create_task(other._beat())
        return other

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(self.heartbeat_s)
            with contextlib.suppress(RemoteError):
                await self.keep_alive()

    async def keep_alive(self) -> None:
        """One heartbeat on the session that the run keeps open."""
        if self.control is not None and not self.control.closed and self.control.token:
            with contextlib.suppress(LinkError, ReplyTimeout):
                await self.control.heartbeat()
                if self.stimulus is not None:
                    # Time that is skipped must not overtake a heartbeat on a slow link.
                    await self.control.request(500, {})

    async def session(self) -> ControlClient:
        """The run's own session, opened again when a case has ended it. Raises LinkError after `restart_s`."""
        if self.lost:
            if self.control is not None and not self.control.closed:
                await self.control.close()
            raise LinkError(self.lost)
        if self.control is not None and not self.control.closed and self.control.token and not self._dead:
            return self.control
        if self.control is not None:
            await self.control.close()
        try:
            self.control = await self.reconnect()
        except RemoteError as error:
            self.lost = f"the camera does not come back: {error}"
            raise LinkError(self.lost) from None
        return self.control

    @property
    def _dead(self) -> bool:
        """Whether the device has said that the token of the run's session is over."""
        return self.control is not None and self.control.session.state in (State.FORCED_OUT, State.REFUSED)

    async def reconnect(self) -> ControlClient:
        """Connect and log in, trying for as long as a restart may take. Raises RemoteError."""
        deadline = asyncio.get_running_loop().time() + max(self.profile["restart_s"], 5.0)
        while True:
            try:
                client = await self.connect()
                try:
                    reply = await self.login(client, own=True)
                except BaseException:  # broken off, perhaps: nobody else knows of this connection
                    await client.close()
                    raise
                if reply.ok and client.token:
                    return client
                await client.close()
                raise LinkError(f"the login is refused: {describe(reply)}")
            except RemoteError:
                if asyncio.get_running_loop().time() > deadline:
                    raise
                await asyncio.sleep(0.2)

    async def close(self) -> dict[str, str]:
        """Put back what is still changed, log out, close; returns what could not be put back, and why."""
        if self._heartbeat is not None:
            self._heartbeat.cancel()
        # A camera given up before may be back by now, and what was changed has to be put back whatever came in between.
        self.lost = ""
        problems = await self.keeper.put_all_back(self.session)
        self.journal.close(restored=not problems)
        await self.leave()
        return problems

    async def leave(self) -> None:
        """Log out and close, leaving everything as it is."""
        if self._heartbeat is not None:
            self._heartbeat.cancel()
        if self.control is not None and not self.control.closed:
            with contextlib.suppress(RemoteError):
                if self.control.token:
                    await self.control.logout(self.profile["admin_user"])
            await self.control.close()
        if self.stimulus is not None:
            with contextlib.suppress(StimulusError):
                await self.stimulus.close()

    def has(self, what: str) -> bool:
        """Whether the device has what a case writes: a case over all pairs (`pair:51`) leaves out those it has not."""
        kind, _, number = what.partition(":")
        asked = int(number) if kind == "pair" else _SHOWN_BY.get(kind)
        command = None if asked is None else self.catalogue.commands[asked]
        return command is None or command.capability is None or self.profile.has(command.capability)

    def missing(self, case: Any, *, bench: bool = False) -> str | None:
        """Why `case` is not applicable by the profile, or None; `bench`: whether the run has one."""
        for capability in case.capabilities:
            if not self.profile.has(capability):
                return f"the profile says no to {capability}"
        for stimulus in case.stimuli:
            if stimulus == NEEDED:
                if not bench:
                    return "no bench is connected (--bench)"
            elif stimulus not in self.available_stimuli:
                return f"the bench cannot produce: {stimulus}"
        for parameter in case.parameters:
            if not any(self._knows(word) for word in parameter.split("|")):
                return f"the profile does not know {parameter.replace('|', ' or ')}"
        return None

    def _knows(self, word: str) -> bool:
        """Whether the profile has the parameter, or the entry of a map (`packages.lowpkg.good`), that `word` names."""
        value: Any = self.profile.parameters
        for key in word.split("."):
            value = value.get(key) if isinstance(value, Mapping) else None
        return bool(value)

    @property
    def available_stimuli(self) -> Mapping[str, bool]:
        """The causes the profile lists, as far as a channel to produce them is there."""
        return dict.fromkeys(self.profile["stimuli"], True) if self.stimulus is not None else {}
