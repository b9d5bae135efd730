"""The time of a run: how a suite waits, and the present time.

On a real camera time passes by itself. On the simulated one a suite that waits for two minutes advances the camera's
clock over the stimulus channel instead, in steps, with heartbeats in between.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import TypeVar

from conformance.client import ReplyTimeout
from conformance.dut.stimulus import Stimulus

__all__ = ["Clock", "RealClock", "VirtualClock"]

_GLANCE_S = 0.01


_LISTENING_STEP_S = 0.5


_ON_ITS_WAY_S = 2.0


_Heard = TypeVar("_Heard")


class Clock:
    """Waits in the camera's time, and knows the present time."""

    advanced_s: float = 0.0

    async def sleep(self, seconds: float) -> None:
        """Let `seconds` of the camera's time pass."""
        raise NotImplementedError

    async def hear(self, wait: Callable[[float], Awaitable[_Heard]], seconds: float) -> _Heard:
        """Call `wait(timeout)` until it returns, for `seconds` of the camera's time at most.

        Raises ReplyTimeout, and whatever else `wait` raises.
        """
        return await wait(seconds)

    def now(self) -> datetime:
        """The host's wall clock, plus the time that was skipped."""
        return datetime.now() + timedelta(seconds=self.advanced_s)


class RealClock(Clock):
    """Time passes by itself."""

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class VirtualClock(Clock):
    """Time passes by advancing the camera's clock. `keep_alive` runs every `step_s` of it, so that the
    session of the run stays alive.

    `advance` moves the clock: of the camera alone, until a bench moves its instruments along.
    """

    def __init__(self, stimulus: Stimulus, keep_alive: Callable[[], Awaitable[None]], step_s: float = 30.0) -> None:
        self._stimulus = stimulus
        self._keep_alive = keep_alive
        self._step_s = self._unheard_s = step_s
        self.advance: Callable[[float], Awaitable[None]] = self._advance_camera

    async def sleep(self, seconds: float) -> None:
        left = seconds
        while left > 0:
            step = min(left, self._step_s)
            await self.advance(step)
            self.advanced_s += step
            left -= step
            self._unheard_s += step
            if self._unheard_s >= self._step_s:
                self._unheard_s = 0.0
                await self._keep_alive()
        await asyncio.sleep(0)

    async def hear(self, wait: Callable[[float], Awaitable[_Heard]], seconds: float) -> _Heard:
        left = seconds
        while left > 0:
            try:
                return await wait(_GLANCE_S)
            except ReplyTimeout:
                step = min(left, _LISTENING_STEP_S)
                await self.sleep(step)
                left -= step
        # The camera's time is over, but its last frames may still be on their way.
        return await wait(_ON_ITS_WAY_S)

    def travel_alone(self) -> None:
        """Advance only the camera's clock from now on."""
        self.advance = self._advance_camera

    async def _advance_camera(self, seconds: float) -> None:
        await self._stimulus.do("advance", seconds=seconds)
