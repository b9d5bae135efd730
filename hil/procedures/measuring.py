"""What every procedure works with: the camera under test, the bench before it, and what earlier cases have found out.

A blackbody needs a quarter of an hour to settle, so cases share what it holds: the memory lives as long as the bench of
a run, while a `Measuring` is made anew in the body of each case.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from conformance.dut.device import Device
from hil.bench import Accuracy, Bench, BenchClock
from hil.procedures.gears import Place
from hil.procedures.source import Source

__all__ = ["Measuring", "Memory"]


@dataclass
class Memory:
    """What the procedures of one run remember of a bench from one case to the next.

    `held`: the settled source that each reference still is, by the name of the reference. `sent`: where each reference
    was sent last, in degC. `is_celsius`: the camera was seen to state temperatures in degC. `errors`: the error in K
    that command 520 had at a place.
    """

    held: dict[str, Source] = field(default_factory=dict)
    sent: dict[str, float] = field(default_factory=dict)
    is_celsius: bool = False
    errors: dict[Place, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Measuring:
    """The camera under test and the bench that measures it, within one case."""

    dut: Device
    bench: Bench

    @property
    def memory(self) -> Memory:
        """What earlier cases of the run have left: one memory for each bench."""
        return self.bench.remembered(Memory)

    @property
    def clock(self) -> BenchClock:
        """The time of the bench."""
        return self.bench.clock

    @property
    def accuracy(self) -> Accuracy:
        """What the bench file expects of the camera, and how it is judged."""
        return self.bench.file.accuracy
