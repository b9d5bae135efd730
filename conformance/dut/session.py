"""The session that a run keeps with the device: login, heartbeats, and a new login when a case has ended it.

A run has one. A case that runs beside others has one of its own: another object with a transcript and heartbeats of its
own, over the same device, and with the same keeper, so that each thing is saved and restored once.

Heartbeats: where time is real, a task of the event loop sends one every `heartbeat_s`, also while a case waits. Where
the clock of a simulated camera is advanced, `conformance.dut.clock` calls `keep_alive` between its steps.
"""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path
from typing import Any

from conformance.catalogue.model import Catalogue, Safety
from conformance.checks import describe
from conformance.client import ControlClient, LinkError, LocalError, RemoteError, ReplyTimeout, State, Transcript
from conformance.dut.clock import Clock, RealClock, VirtualClock
from conformance.dut.facts import DeviceFacts
from conformance.dut.first_contact import begin, learn_forced_logout, no_camera
from conformance.dut.link import Link
from conformance.dut.probing import Prober
from conformance.dut.second_password import SECOND_PASSWORD, SecondPassword
from conformance.dut.stimulus import Stimulus, StimulusError
from conformance.dut.target import Target
from conformance.restoration import Journal, Keeper
from conformance.rules.case import Case
from conformance.rules.consistency import ChosenReadings
from conformance.rules.profile import Profile

__all__ = ["RunSession"]

_HEARTBEATS = 4
"""How many heartbeats the session of a run sends within the life of a token (R11)."""

_SHORTEST_RESTART_S = 5.0
_RETRY_S = 0.2


class RunSession:
    """One session with the device, and what lives as long as it.

    `folder` is where the run leaves its evidence and its journal; `allowed` is how far it may go. `keeper` restores
    what cases change. `lost`, once it is a sentence, says why the device is given up. `left_for_next` is the case that
    has left what it wrote in place for the next one.
    """

    def __init__(self, link: Link, folder: Path, allowed: Safety, keeper: Keeper | None = None) -> None:
        self.link = link
        self.folder = folder
        self.allowed = allowed
        self.heartbeat_s: float = link.profile["keep_alive_s"] / _HEARTBEATS
        target = link.target
        self.stimulus = Stimulus(target.host, target.stimulus_port) if target.stimulus_port else None
        self.clock: Clock = RealClock()
        if self.stimulus is not None:
            self.clock = VirtualClock(self.stimulus, self.keep_alive, self.heartbeat_s)
        self._journal = Journal(folder / "journal.jsonl")
        self.keeper = keeper if keeper is not None else self._own_keeper()
        self.control: ControlClient | None = None
        self.lost = ""
        self.left_for_next: Case[Any] | None = None
        self._heartbeat: asyncio.Task[None] | None = None

    @classmethod
    def of(
        cls,
        catalogue: Catalogue,
        profile: Profile,
        target: Target,
        folder: Path,
        allowed: Safety,
        transcript: Transcript | None = None,
    ) -> RunSession:
        """The session of a run with the camera at `target`, not opened yet."""
        facts = DeviceFacts(ChosenReadings(catalogue))
        return cls(Link(catalogue, profile, target, transcript or Transcript(), facts), folder, allowed)

    def _own_keeper(self) -> Keeper:
        keeper = Keeper(self.link.catalogue, self._journal, self.clock.now)
        keeper.register(SECOND_PASSWORD, SecondPassword(self.link))
        return keeper

    @property
    def profile(self) -> Profile:
        """What the device claims; after the first contact every question of it is answered."""
        return self.link.profile

    @property
    def facts(self) -> DeviceFacts:
        """What is known of the device."""
        return self.link.facts

    async def open(self) -> Prober:
        """Make the first contact and begin the heartbeats; returns the prober with its answers.

        Raises CannotStart or WrongCredentials with a sentence for people.
        """
        contact = await begin(self.link, self.allowed)
        self.link, self.control = contact.link, contact.control
        try:
            await learn_forced_logout(self.link, contact.control)
            if self.facts.forces_out:
                await self.live_control()
        except (RemoteError, LocalError) as error:
            await contact.control.close()
            raise no_camera(self.link.target, error) from None
        self._start_heartbeats()
        return contact.prober

    def beside(self) -> RunSession:
        """A session for a case that runs beside others: with a connection, heartbeats and a transcript of its own.

        A device that this session has given up is given up there too.
        """
        other = RunSession(self.link.with_own_transcript(), self.folder, self.allowed, self.keeper)
        other.lost = self.lost
        other._start_heartbeats()
        return other

    # The control connection

    async def live_control(self) -> ControlClient:
        """The connection of this session, opened again when a case has ended it. Raises LinkError after `restart_s`."""
        if self.lost:
            if self.control is not None and not self.control.closed:
                await self.control.close()
            raise LinkError(self.lost)
        if self.control is not None and not self.control.closed and self.control.token and not self._dead:
            return self.control
        if self.control is not None:
            await self.control.close()
        try:
            self.control = await self._reconnect()
        except RemoteError as error:
            self.lost = f"the camera does not come back: {error}"
            raise LinkError(self.lost) from None
        return self.control

    @property
    def _dead(self) -> bool:
        """Whether the device has said that the token of this session is over."""
        return self.control is not None and self.control.session.state in (State.FORCED_OUT, State.REFUSED)

    async def _reconnect(self) -> ControlClient:
        """Connect and log in, trying for as long as a restart may take. Raises RemoteError."""
        deadline = asyncio.get_running_loop().time() + max(self.profile["restart_s"], _SHORTEST_RESTART_S)
        while True:
            try:
                return await self._logged_in()
            except RemoteError:
                if asyncio.get_running_loop().time() > deadline:
                    raise
                await asyncio.sleep(_RETRY_S)

    async def _logged_in(self) -> ControlClient:
        client = await self.link.connect()
        try:
            reply = await self.link.login(client, own=True)
        except BaseException:  # broken off, perhaps: nobody else knows of this connection
            await client.close()
            raise
        if reply.ok and client.token:
            return client
        await client.close()
        raise LinkError(f"the login is refused: {describe(reply)}")

    # Heartbeats

    def _start_heartbeats(self) -> None:
        self._heartbeat = asyncio.create_task(self._beat())

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(self.heartbeat_s)
            with contextlib.suppress(RemoteError):
                await self.keep_alive()

    async def keep_alive(self) -> None:
        """One heartbeat on this session, if it is open."""
        if self.control is not None and not self.control.closed and self.control.token:
            with contextlib.suppress(LinkError, ReplyTimeout):
                await self.control.heartbeat()
                if self.stimulus is not None:
                    # Time that is skipped must not overtake a heartbeat on a slow link.
                    await self.control.request(500, {})

    # The end

    async def close(self) -> dict[str, str]:
        """Restore what is still changed, log out, close; returns what could not be restored, and why."""
        if self._heartbeat is not None:
            self._heartbeat.cancel()
        # A camera given up before may be back by now, and whatever was changed has to be restored in any case.
        self.lost = ""
        problems = await self.keeper.restore_all(self.live_control)
        self._journal.close(restored=not problems)
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
