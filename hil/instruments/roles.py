"""The roles of instruments: what a test may ask of them, whatever their class.

Temperatures are degC, times seconds; channels have the numbers that are printed on the board. Every method may raise
an InstrumentError. None blocks for longer than the timeout of its port times the few exchanges that it needs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from hil.instruments.errors import Refused

__all__ = [
    "Blackbody",
    "DigitalInput",
    "Edge",
    "EdgeInput",
    "Identity",
    "Instrument",
    "Relay",
    "SetPointLimits",
]


@dataclass(frozen=True, slots=True)
class Identity:
    """The identity that an instrument reports; a field that it does not report is empty."""

    maker: str
    model: str = ""
    serial: str = ""
    firmware: str = ""

    def __str__(self) -> str:
        named = [f"{word} {value}" for word, value in (("serial", self.serial), ("firmware", self.firmware)) if value]
        return ", ".join([f"{self.maker} {self.model}".strip(), *named])


@dataclass(frozen=True, slots=True)
class SetPointLimits:
    """The lowest and the highest set point in degC."""

    low: float
    high: float

    def __post_init__(self) -> None:
        if not self.low < self.high:
            raise Refused(
                f"the lower limit of a set point must lie below the upper one; found {self.low:g} and {self.high:g} °C"
            )

    def check(self, degc: float) -> float:
        """Returns `degc` if it lies within the limits. Raises Refused otherwise, also for NaN."""
        if not self.low <= degc <= self.high:
            raise Refused(f"a set point of {degc:g} °C is outside {self.low:g}..{self.high:g} °C")
        return degc

    def nearest(self, degc: float) -> float:
        """The set point within the limits that is nearest to `degc`."""
        return min(max(degc, self.low), self.high)


@runtime_checkable
class Instrument(Protocol):
    """What every instrument can do."""

    @property
    def name(self) -> str: ...

    def identify(self) -> Identity:
        """Asks the instrument who it is."""

    def close(self) -> None:
        """Closes the port, in whatever state it is; never raises."""


@runtime_checkable
class Blackbody(Instrument, Protocol):
    """A source of known temperature."""

    @property
    def limits(self) -> SetPointLimits: ...

    @property
    def has_output_switch(self) -> bool:
        """Whether heating and cooling can be switched off; otherwise they are always on."""

    @property
    def has_stable_flag(self) -> bool:
        """Whether the instrument reports that it is stable."""

    def set_point(self, degc: float) -> None:
        """Sets the temperature to reach and verifies that it was accepted. Raises Refused outside `limits`."""

    def read_set_point(self) -> float:
        """The set point that the instrument works towards, in degC."""

    def read(self) -> float:
        """The temperature that the instrument states for its target, in degC."""

    def stable(self) -> bool | None:
        """The instrument's own verdict; None where it has none."""

    def set_output(self, on: bool) -> None:
        """Switches heating and cooling; Refused for off where `has_output_switch` is false."""

    def output(self) -> bool | None:
        """Whether heating and cooling are on; None where the instrument cannot tell."""

    def check(self) -> None:
        """Raises InstrumentFault when the instrument reports an error or a trip."""

    def safe(self, ambient_degc: float = 23.0) -> None:
        """Sets the set point as near to ambient as it goes, and the output off: each even if the other fails."""


@runtime_checkable
class Relay(Instrument, Protocol):
    """Switched contacts."""

    @property
    def channels(self) -> Sequence[int]: ...

    def set(self, channel: int, closed: bool) -> None:
        """Closes or opens a contact."""

    def read_back(self, channel: int) -> bool | None:
        """Whether the board reports that it drives the contact closed; None where it reports nothing."""

    def safe(self) -> None:
        """Opens every contact."""


@runtime_checkable
class DigitalInput(Instrument, Protocol):
    """Inputs whose state can be read."""

    @property
    def inputs(self) -> Sequence[int]: ...

    def read_input(self, channel: int) -> bool:
        """Whether the input is active now."""


@dataclass(frozen=True, slots=True)
class Edge:
    """A change of an input.

    `t_ns` is the host's monotonic clock in nanoseconds, stamped when the change was learnt of; the event lies between
    `t_ns - resolution_ns` and `t_ns`, apart from the delay of drivers and converters. `missed` counts other
    changes of that line that fell together with this one: they have the same stamp, or none.
    """

    line: str
    active: bool
    t_ns: int
    resolution_ns: int
    missed: int = 0


@runtime_checkable
class EdgeInput(Instrument, Protocol):
    """Inputs whose changes are stamped."""

    @property
    def lines(self) -> Sequence[str]: ...

    @property
    def resolution_ns(self) -> int:
        """What watching adds to the uncertainty of a stamp: the polling period; 0 where the kernel waits."""

    def arm(self) -> None:
        """Forgets earlier edges and keeps every change from now on."""

    def wait_edge(self, line: str, active: bool | None, timeout_s: float) -> Edge | None:
        """The next change of `line` (to `active`, unless None); None when there was none within `timeout_s`."""

    def level(self, line: str) -> bool:
        """Whether `line` is active now."""
