"""A slow ramp of the source, watched for an alarm: by the push, and by the camera's relay where the bench sees it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from conformance.client import PushMessage
from conformance.dut.device import Device
from hil.bench import Bench, Contact, Reference
from hil.procedures.source import leave, memory_of, travel

__all__ = ["SAMPLE_S", "Crossing", "Ramp", "Sample"]

SAMPLE_S: Final = 7.5
_STEP_K: Final = 0.5
_SAMPLES_PER_STEP: Final = 2
_NEAR_K: Final = 0.2
_QUIET_S: Final = 40.0
_LONGEST_S: Final = 900.0


@dataclass(frozen=True, slots=True)
class Sample:
    """One look: seconds of bench time, the source's true temperature and its indication in degC, whether an alarm was
    pushed since the ramp began, and whether the relay is closed (None: nobody sees it).
    """

    time_s: float
    degc: float
    indicated: float
    alarmed: bool
    relay: bool | None


@dataclass(frozen=True, slots=True)
class Crossing:
    """Between two samples something happened: the truth in the middle and half of the way between, in degC and K."""

    degc: float
    half_k: float
    rate_k_per_s: float


@dataclass
class Ramp:
    """Moves a reference in small steps and looks at it every few seconds.

    `match` tells which pushes 1000 are the alarm's; `relay` is the contact that sees the camera's alarm output.
    """

    dut: Device
    bench: Bench
    reference: Reference
    match: Callable[[PushMessage], bool]
    relay: Contact | None = None
    samples: list[Sample] = field(default_factory=list)
    history: list[Sample] = field(default_factory=list)
    _mark: int = 0

    @property
    def _near(self) -> float:
        """How near to a set point the source is there: some never indicate quite what they are set to."""
        return max(_NEAR_K, self.reference.settling.close_k)

    async def begin(self, degc: float) -> None:
        """Bring the source near `degc`, without waiting until it is settled, and wait until the relay is open."""
        leave(self.bench, self.reference)
        await self.reference.go(degc)
        memory_of(self.bench).last[self.reference.name] = degc
        await travel(self.bench, self.reference, degc, within=self._near)
        waited = 0.0
        while self.relay is not None and await self.bench.sense(self.relay) and waited < _QUIET_S:
            await self.bench.clock.sleep(SAMPLE_S)
            waited += SAMPLE_S

    def arm(self) -> None:
        """From now on alarms count; `samples` begins anew, `history` keeps them all."""
        self._mark = self.dut.control.pushes.mark()
        self.samples.clear()

    async def look(self, pause_s: float = SAMPLE_S) -> Sample:
        """One sample, `pause_s` from now."""
        await self.bench.clock.sleep(pause_s)
        reading = await self.reference.read()
        # Whatever was pushed before the reply to a question has arrived with it.
        await self.dut.ask(505)
        pushed = any(push.cmdtype == 1000 and self.match(push) for push in self.dut.control.pushes.since(self._mark))
        closed = await self.bench.sense(self.relay) if self.relay is not None else None
        sample = Sample(reading.time_s, reading.degc_true, reading.indicated, pushed, closed)
        self.samples.append(sample)
        self.history.append(sample)
        return sample

    async def until_alarm(self, degc: float) -> Sample | None:
        """Go to `degc` in small steps, but for the first quarter of the way, which is one.

        The sample at which the alarm was there, or None when it never came.
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
        """A slow source needs longer than the steps took."""
        began = self.bench.clock.monotonic()
        while abs(self.samples[-1].indicated - degc) > self._near and self.bench.clock.monotonic() - began < _LONGEST_S:
            if (sample := await self.look()).alarmed:
                return sample
        sample = await self.look()
        return sample if sample.alarmed else None

    async def move(self, degc: float, pause_s: float = SAMPLE_S, *, heedless: bool = False) -> bool:
        """Go to `degc` at once; whether an alarm came before the source was there and had stayed for two samples.

        An alarm ends the way, unless `heedless`.
        """
        await self.reference.go(degc)
        memory_of(self.bench).last[self.reference.name] = degc
        began, there = self.bench.clock.monotonic(), 0
        while there < 2 and self.bench.clock.monotonic() - began < _LONGEST_S:
            sample = await self.look(pause_s)
            if sample.alarmed and not heedless:
                return True
            there = there + 1 if abs(sample.indicated - degc) <= self._near else 0
        return self.samples[-1].alarmed

    def crossing(self, happened: Callable[[Sample], bool]) -> Crossing | None:
        """Where `happened` first became true; None where it never did, or was from the beginning."""
        for before, after in zip(self.samples, self.samples[1:], strict=False):
            if happened(after) and not happened(before):
                middle, half = (before.degc + after.degc) / 2, abs(after.degc - before.degc) / 2
                return Crossing(middle, half, 2 * half / max(after.time_s - before.time_s, 1e-3))
        return None

    @property
    def columns(self) -> dict[str, list[float]]:
        """Every sample for the raw file."""
        return {
            "time_s": [sample.time_s for sample in self.history],
            "true_degc": [sample.degc for sample in self.history],
            "alarmed": [float(sample.alarmed) for sample in self.history],
            "relay": [float("nan") if sample.relay is None else float(sample.relay) for sample in self.history],
        }
