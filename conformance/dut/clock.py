"""How a suite waits, and what it calls now."""

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
    """How a suite waits and what it calls now."""

    advanced_s: float = 0.0

    async def sleep(self, seconds: float) -> None:
        """Let `seconds` of the camera's time pass."""
        raise NotImplementedError

    async def hear(self, wait: Callable[[float], Awaitable[_Heard]], seconds: float) -> _Heard:
        """What `wait(timeout)` waits for, within `seconds` of the camera's time.

        Raises ReplyTimeout, and whatever else `wait` raises.
        """
        return await wait(seconds)

    def now(self) -> datetime:
        """The host's wall clock, moved along by whatever time was skipped."""
        return datetime.now() + timedelta(seconds=self.advanced_s)


class RealClock(Clock):
    """Time passes by itself."""

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class VirtualClock(Clock):
    """Time passes by advancing the camera's clock; `keep_alive` runs every `step_s` of it, so that our own session
    outlives it.

    `advance` is how: for the camera alone, until a bench takes its instruments along.
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
        # The camera's time is over; what it has sent may still be on its way.
        return await wait(_ON_ITS_WAY_S)

    def travel_alone(self) -> None:
        """From now on only the camera's clock is advanced."""
        self.advance = self._advance_camera

    async def _advance_camera(self, seconds: float) -> None:
        await self._stimulus.do("advance", seconds=seconds)
