"""The reference as a source of known radiation: which one, brought to a temperature once, held while it is used.

A blackbody takes a quarter of an hour to be believed. What is measured one after the other at one set point shares that
wait: as long as it still reads as it did when it had settled, it is the same source.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from weakref import WeakKeyDictionary

from conformance.rules.verdict import CaseInconclusive, CaseNotApplicable
from hil.bench import Bench, Reference, Settled
from hil.instruments import Refused
from hil.procedures.preparation import Gear

__all__ = [
    "Memory",
    "Source",
    "approach",
    "clamped",
    "grid",
    "hold",
    "leave",
    "memory_of",
    "nearest_reference",
    "reach",
    "reference_at",
    "references",
    "rest",
    "summary_of",
    "travel",
]

_BEYOND_K: Final = 10.0
"""How far on the other side of a point a source goes first, when it has to come from there."""
_FROM_K: Final = 3.0
_WAIT_S: Final = 15.0
_STILL: Final = 4.0


@dataclass(frozen=True, slots=True)
class Source:
    """A reference that has settled, and from where it came: `rising` from below, falling from above, else None."""

    reference: Reference
    settled: Settled
    rising: bool | None

    @property
    def degc(self) -> float:
        """Its true temperature in degC, by its certificate."""
        return self.settled.degc_true

    @property
    def readings(self) -> tuple[list[float], list[float]]:
        """Times (s) and indications (degC) of the window in which it settled."""
        seen = self.settled.readings
        return [one.time_s for one in seen], [one.indicated for one in seen]


@dataclass
class Memory:
    """What the procedures of one run remember of a bench: what each reference holds, and results by name."""

    held: dict[str, Source] = field(default_factory=dict)
    last: dict[str, float] = field(default_factory=dict)
    results: dict[str, Any] = field(default_factory=dict)


_MEMORIES: WeakKeyDictionary[Bench, Memory] = WeakKeyDictionary()


def memory_of(bench: Bench) -> Memory:
    """What is remembered of this bench; gone with it."""
    return _MEMORIES.setdefault(bench, Memory())


def references(bench: Bench) -> list[Reference]:
    """Every reference of the bench, in the order of its file."""
    found = []
    for name in bench.file.stations:
        try:
            found.append(bench.reference(name))
        except Refused:
            continue
    return found


def reach(reference: Reference) -> tuple[float, float]:
    """The lowest and highest degC at which it can be relied on: its set points, and its certificate."""
    low, high = reference.limits.low, reference.limits.high
    calibration = reference.calibration
    if calibration is not None:
        low, high = max(low, calibration.points[0].degc), min(high, calibration.points[-1].degc)
    return low, high


def reference_at(bench: Bench, degc: float) -> Reference:
    """The reference that reaches `degc`; the first of several. Raises CaseInconclusive where none does."""
    for reference in references(bench):
        low, high = reach(reference)
        if low <= degc <= high:
            return reference
    raise CaseInconclusive(f"no reference of the bench reaches {degc:g} degC")


def nearest_reference(bench: Bench, degc: float) -> Reference:
    """The reference that comes nearest to `degc`; the first of several. Raises CaseInconclusive where there is none."""
    found = references(bench)
    if not found:
        raise CaseInconclusive("the bench has no reference")
    return min(found, key=lambda each: abs(clamped(degc, *reach(each)) - degc))


def clamped(degc: float, low: float, high: float) -> float:
    """`degc`, or the nearer end of `low` to `high`."""
    return min(max(degc, low), high)


def grid(bench: Bench, gear: Gear, count: int) -> list[float]:
    """`count` temperatures in degC, evenly over what range and bench have in common, both ends among them.

    Raises CaseNotApplicable where they have nothing (at least 5 K) in common.
    """
    spans = [reach(reference) for reference in references(bench)]
    low = max(gear.low, min((span[0] for span in spans), default=gear.high))
    high = min(gear.high, max((span[1] for span in spans), default=gear.low))
    if high - low < 5:
        raise CaseNotApplicable(f"the bench does not reach into {gear}")
    points = [low + (high - low) * number / (count - 1) for number in range(count)]
    inner = [float(round(point)) for point in points[1:-1]]
    return [low, *inner, high]


async def hold(bench: Bench, degc: float, *, rising: bool | None = None, name: str | None = None) -> Source:
    """A source settled at `degc`, the one that still is where it can be.

    `rising` True demands that it came from below, False from above. Raises CaseInconclusive where no reference
    reaches, NotStable and BenchBroken from the bench.
    """
    reference = bench.reference(name) if name is not None else reference_at(bench, degc)
    memory = memory_of(bench)
    held = memory.held.get(reference.name)
    if held is not None and held.settled.set_point == degc and rising in (None, held.rising):
        now = await reference.read()
        spread = held.settled.stability.s or 0.0
        if abs(now.indicated - held.settled.indicated) <= max(_STILL * spread, reference.settling.sd_k):
            return held
    came = await approach(bench, reference, degc, rising=rising)
    source = Source(reference, await reference.settle(degc), came)
    memory.held[reference.name] = source
    memory.last[reference.name] = degc
    return source


async def approach(bench: Bench, reference: Reference, degc: float, *, rising: bool | None) -> bool | None:
    """Make sure that the way to `degc` is from the side that is asked for; returns from which side it is."""
    memory = memory_of(bench)
    leave(bench, reference)
    before = memory.last.get(reference.name)
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
    await reference.go(beyond)
    memory.last[reference.name] = beyond
    await travel(bench, reference, beyond, within=_BEYOND_K - _FROM_K)
    return rising


async def travel(bench: Bench, reference: Reference, degc: float, *, within: float) -> float:
    """Wait until the reference, already on its way, reads within `within` K of `degc`; returns what it reads.

    Raises CaseInconclusive where that takes longer than settling may.
    """
    began = bench.clock.monotonic()
    while True:
        found = (await reference.read()).indicated
        if abs(found - degc) <= within:
            return found
        if bench.clock.monotonic() - began > reference.settling.timeout_s:
            raise CaseInconclusive(
                f"{reference.name} did not come within {within:g} K of {degc:g} degC; it reads {found:g}"
            )
        await bench.clock.sleep(min(_WAIT_S, reference.settling.period_s))


async def rest(bench: Bench, but: Reference) -> None:
    """Bring every reference but one near to ambient: where the whole picture counts, only one may stand out."""
    for reference in references(bench):
        if reference.name == but.name:
            continue
        degc = clamped(bench.file.ambient.degc, reference.limits.low, reference.limits.high)
        leave(bench, reference)
        if abs((await reference.read()).indicated - degc) > _FROM_K:
            await reference.go(degc)
            memory_of(bench).last[reference.name] = degc
            await travel(bench, reference, degc, within=_FROM_K)


def leave(bench: Bench, reference: Reference) -> None:
    """The reference moves on: what it held is no longer a source."""
    memory_of(bench).held.pop(reference.name, None)


def summary_of(sources: Sequence[Source]) -> list[dict[str, Any]]:
    """What a raw file says of its sources."""
    return [
        {
            "reference": source.reference.name,
            "set_point_degc": source.settled.set_point,
            "indicated_degc": source.settled.indicated,
            "true_degc": source.degc,
            "direction": None if source.rising is None else "rising" if source.rising else "falling",
        }
        for source in sources
    ]
