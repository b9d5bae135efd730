"""A reference is brought to a temperature once, and held while cases use it.

A blackbody takes a quarter of an hour to settle. Measurements at the same set point share that wait: a reference that
still reads as it did when it had settled is the same source.
"""

from __future__ import annotations

from typing import Final

from conformance.rules.verdict import CaseInconclusive
from hil.bench import BenchClock, Reference
from hil.procedures.measuring import Measuring
from hil.procedures.source import Source, clamped, reference_at

__all__ = ["hold", "leave", "rest", "send", "travel"]

_BEYOND_K: Final = 10.0
"""A source that must come from one side of a point first goes this far beyond it."""
_FROM_K: Final = 3.0
_WAIT_S: Final = 15.0
_STILL: Final = 4.0


async def hold(measuring: Measuring, degc: float, *, rising: bool | None = None, name: str | None = None) -> Source:
    """A source settled at `degc`: the one that is still held where that is possible, else a new one.

    `rising` True demands that it came from below, False from above. Raises CaseInconclusive where no reference
    reaches `degc`, and NotStable and BenchBroken from the bench.
    """
    bench, memory = measuring.bench, measuring.memory
    reference = bench.reference(name) if name is not None else reference_at(bench, degc)
    held = memory.held.get(reference.name)
    if held is not None and held.settled.set_point == degc and rising in (None, held.rising):
        now = await reference.read()
        spread = held.settled.stability.s or 0.0
        if abs(now.indicated - held.settled.indicated) <= max(_STILL * spread, reference.settling.sd_k):
            return held
    came = await _approach(measuring, reference, degc, rising=rising)
    source = Source(reference, await reference.settle(degc), came)
    memory.held[reference.name] = source
    memory.sent[reference.name] = degc
    return source


async def _approach(measuring: Measuring, reference: Reference, degc: float, *, rising: bool | None) -> bool | None:
    """Make sure that the reference comes to `degc` from the side that is asked for; returns that side."""
    leave(measuring, reference)
    before = measuring.memory.sent.get(reference.name)
    if rising is None:
        return None if before is None else degc > before
    low, high = reference.limits.low, reference.limits.high
    beyond = max(low, degc - _BEYOND_K) if rising else min(high, degc + _BEYOND_K)
    there = (await reference.read()).indicated
    if (there < degc - _FROM_K) if rising else (there > degc + _FROM_K):
        return rising
    if abs(beyond - degc) < _FROM_K:
        # At the end of its limits there is only one side to come from.
        return rising
    await send(measuring, reference, beyond)
    await travel(measuring.clock, reference, beyond, within=_BEYOND_K - _FROM_K)
    return rising


async def send(measuring: Measuring, reference: Reference, degc: float) -> None:
    """Set the reference to `degc` and remember it, without waiting."""
    await reference.go(degc)
    measuring.memory.sent[reference.name] = degc


async def travel(clock: BenchClock, reference: Reference, degc: float, *, within: float) -> float:
    """Wait until the reference, already on its way, reads within `within` K of `degc`; returns what it reads.

    Raises CaseInconclusive where that takes longer than settling may.
    """
    began = clock.monotonic()
    while True:
        found = (await reference.read()).indicated
        if abs(found - degc) <= within:
            return found
        if clock.monotonic() - began > reference.settling.timeout_s:
            raise CaseInconclusive(
                f"{reference.name} did not come within {within:g} K of {degc:g} degC; it reads {found:g}"
            )
        await clock.sleep(min(_WAIT_S, reference.settling.period_s))


async def rest(measuring: Measuring, but: Reference) -> None:
    """Bring every reference except `but` near to ambient: in the whole picture only one may stand out."""
    for reference in measuring.bench.references():
        if reference.name == but.name:
            continue
        degc = clamped(measuring.bench.file.ambient.degc, reference.limits.low, reference.limits.high)
        leave(measuring, reference)
        if abs((await reference.read()).indicated - degc) > _FROM_K:
            await send(measuring, reference, degc)
            await travel(measuring.clock, reference, degc, within=_FROM_K)


def leave(measuring: Measuring, reference: Reference) -> None:
    """Forget what the reference held: it is about to move."""
    measuring.memory.held.pop(reference.name, None)
