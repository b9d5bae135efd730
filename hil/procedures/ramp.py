"""A slow ramp of the source, watched for an alarm: by the push, and by the camera's relay where the bench sees it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from conformance.client import PushMessage
from hil.bench import Contact, Reference
from hil.procedures.measuring import Measuring
from hil.procedures.settling import leave, send, travel

__all__ = ["SAMPLE_S", "Crossing", "Ramp", "Sample"]

SAMPLE_S: Final = 7.5
_STEP_K: Final = 0.5
_SAMPLES_PER_STEP: Final = 2
_NEAR_K: Final = 0.2
_QUIET_S: Final = 40.0
_LONGEST_S: Final = 900.0


@dataclass(frozen=True, slots=True)
class Sample:
    """One look at the source and the camera.

    `time_s` is bench time; `degc` the source's true temperature and `indicated` what it shows, in degC; `alarmed`
    whether an alarm was pushed since the ramp began; `relay` whether the relay is closed (None: the bench cannot see
    it).
    """

    time_s: float
    degc: float
    indicated: float
    alarmed: bool
    relay: bool | None


@dataclass(frozen=True, slots=True)
class Crossing:
    """Where something happened between two samples.

    `degc` is the true temperature in the middle between them, `half_k` half of the way in K, `rate_k_per_s` how fast
    the source moved.
    """

    degc: float
    half_k: float
    rate_k_per_s: float


@dataclass
class Ramp:
    """Moves a reference in small steps and looks at it every few seconds.

    `match` says whether a push 1000 is one of the alarm; `relay` is the contact that sees the camera's alarm output.
    """

    measuring: Measuring
    reference: Reference
    match: Callable[[PushMessage], bool]
    relay: Contact | None = None
    samples: list[Sample] = field(default_factory=list)
    history: list[Sample] = field(default_factory=list)
    _mark: int = 0

    @property
    def _near(self) -> float:
        """How near to its set point, in K, the source has arrived: some never indicate exactly what they are set to."""
        return max(_NEAR_K, self.reference.settling.close_k)

    async def begin(self, degc: float) -> None:
        """Bring the source near `degc`, without waiting for it to settle, then wait until the relay is open."""
        leave(self.measuring, self.reference)
        await send(self.measuring, self.reference, degc)
        await travel(self.measuring.clock, self.reference, degc, within=self._near)
        waited = 0.0
        while self.relay is not None and await self.measuring.bench.sense(self.relay) and waited < _QUIET_S:
            await self.measuring.clock.sleep(SAMPLE_S)
            waited += SAMPLE_S

    def arm(self) -> None:
        """Count alarms from now on: `samples` begins anew, while `history` keeps every sample."""
        self._mark = self.measuring.dut.control.pushes.mark()
        self.samples.clear()

    async def look(self, pause_s: float = SAMPLE_S) -> Sample:
        """One sample, `pause_s` from now."""
        await self.measuring.clock.sleep(pause_s)
        reading = await self.reference.read()
        # A push that was sent before the reply to this question has arrived with the reply.
        await self.measuring.dut.ask(505)
        pushes = self.measuring.dut.control.pushes.since(self._mark)
        pushed = any(push.cmdtype == 1000 and self.match(push) for push in pushes)
        closed = await self.measuring.bench.sense(self.relay) if self.relay is not None else None
        sample = Sample(reading.time_s, reading.degc_true, reading.indicated, pushed, closed)
        self.samples.append(sample)
        self.history.append(sample)
        return sample

    async def until_alarm(self, degc: float) -> Sample | None:
        """Go to `degc` in small steps, after one step over the first quarter of the way.

        Returns the first sample with an alarm, or None where none came.
        """
        now = (self.samples[-1] if self.samples else await self.look()).indicated
        way = degc - now
        steps = max(1, round(abs(way) / _STEP_K))
        for number in range(max(1, steps // 4), steps + 1):
            await self.reference.go(now + way * number / steps)
            for _ in range(_SAMPLES_PER_STEP):
                if (sample := await self.look()).alarmed:
                    return sample
        return await self._rest(degc)

    async def _rest(self, degc: float) -> Sample | None:
        """Wait for a slow source, which needs longer than the steps took."""
        clock = self.measuring.clock
        began = clock.monotonic()
        while abs(self.samples[-1].indicated - degc) > self._near and clock.monotonic() - began < _LONGEST_S:
            if (sample := await self.look()).alarmed:
                return sample
        sample = await self.look()
        return sample if sample.alarmed else None

    async def move(self, degc: float, pause_s: float = SAMPLE_S, *, heedless: bool = False) -> bool:
        """Go to `degc` in one step; returns whether an alarm came before the source had been there for two samples.

        An alarm ends the movement, unless `heedless`.
        """
        await send(self.measuring, self.reference, degc)
        began, there = self.measuring.clock.monotonic(), 0
        while there < 2 and self.measuring.clock.monotonic() - began < _LONGEST_S:
            sample = await self.look(pause_s)
            if sample.alarmed and not heedless:
                return True
            there = there + 1 if abs(sample.indicated - degc) <= self._near else 0
        return self.samples[-1].alarmed

    def crossing(self, happened: Callable[[Sample], bool]) -> Crossing | None:
        """Where `happened` first became true; None where it never did, or was true from the beginning."""
        for before, after in zip(self.samples, self.samples[1:], strict=False):
            if happened(after) and not happened(before):
                middle, half = (before.degc + after.degc) / 2, abs(after.degc - before.degc) / 2
                return Crossing(middle, half, 2 * half / max(after.time_s - before.time_s, 1e-3))
        return None

    @property
    def columns(self) -> dict[str, list[float]]:
        """Every sample of `history`, for the raw file."""
        return {
            "time_s": [sample.time_s for sample in self.history],
            "true_degc": [sample.degc for sample in self.history],
            "alarmed": [float(sample.alarmed) for sample in self.history],
            "relay": [float("nan") if sample.relay is None else float(sample.relay) for sample in self.history],
        }
