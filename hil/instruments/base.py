"""The base of all drivers: a link that is closed at the end, a set point that is checked, sent and read back."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import Self, TypeVar

from hil.instruments.errors import InstrumentError, InstrumentFault, Refused
from hil.instruments.exchange import Exchange
from hil.instruments.roles import Identity, SetPointLimits
from hil.instruments.transport import Link, Transcript

__all__ = ["BlackbodyDriver", "SerialInstrument", "all_of"]

T = TypeVar("T")


def all_of(steps: Iterable[Callable[[], object]]) -> None:
    """Does every step even if others fail; then raises the first error."""
    first: InstrumentError | None = None
    for step in steps:
        try:
            step()
        except InstrumentError as error:
            first = first or error
    if first is not None:
        raise first


class SerialInstrument(ABC):
    """An instrument behind a link. `start` comes before everything else and brings it to a known state."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self.unstarted: InstrumentError | None = None
        """The error at its start, where it is used all the same to be made safe."""

    @property
    def name(self) -> str:
        """The name in its errors."""
        return self._link.name

    @property
    def transcript(self) -> Transcript:
        """The bytes that went over the wire."""
        return self._link.transcript

    @abstractmethod
    def start(self) -> None:
        """Prepares the instrument and verifies that it is the expected one."""

    @abstractmethod
    def identify(self) -> Identity:
        """Asks the instrument who it is."""

    def close(self) -> None:
        """Closes the port, in whatever state it is; never raises."""
        self._link.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def _do(self, exchange: Exchange[T]) -> T:
        return self._link.perform(exchange)

    def _refused(self, sentence: str) -> Refused:
        return Refused(sentence, instrument=self.name)

    def _fault(self, sentence: str) -> InstrumentFault:
        return InstrumentFault(sentence, instrument=self.name)


class BlackbodyDriver(SerialInstrument):
    """A blackbody: the rules are here, each driver adds its exchanges.

    `resolution_degc` is the step of the set point: the value that is read back may differ by that much.
    """

    has_output_switch: bool = False
    has_stable_flag: bool = False
    resolution_degc: float = 0.01

    def __init__(self, link: Link, limits: SetPointLimits | None) -> None:
        super().__init__(link)
        self._limits = limits

    @property
    def limits(self) -> SetPointLimits:
        """The lowest and highest set point."""
        if self._limits is None:
            raise self._refused("the limits of its set point are unknown before it is started")
        return self._limits

    def set_point(self, degc: float) -> None:
        """Sets the temperature to reach and verifies that the instrument accepted it."""
        try:
            self.limits.check(degc)
        except Refused as error:
            error.instrument = self.name
            raise
        self._send_set_point(degc)
        reported = self.read_set_point()
        # A little more than the resolution, because a decimal is not exactly its binary fraction.
        if abs(reported - degc) > 1.01 * self.resolution_degc:
            raise self._fault(f"the set point {degc:g} °C was sent, but the instrument reports {reported:g} °C")

    @abstractmethod
    def read_set_point(self) -> float:
        """The set point that the instrument works towards, in degC."""

    @abstractmethod
    def read(self) -> float:
        """The temperature that the instrument states for its target, in degC."""

    def stable(self) -> bool | None:
        """The instrument's own verdict; None where it has none."""
        return None

    def set_output(self, on: bool) -> None:
        """Switches heating and cooling; most have no switch and are always on."""
        if not on:
            raise self._refused("its output cannot be switched off by remote control")

    def output(self) -> bool | None:
        """Whether heating and cooling are on; None where the instrument cannot tell."""
        return None

    def check(self) -> None:
        """Raises InstrumentFault when the instrument reports an error or a trip; most report nothing."""
        return

    def safe(self, ambient_degc: float = 23.0) -> None:
        """Sets the set point as near to ambient as it goes, and the output off: each even if the other fails."""
        steps: list[Callable[[], object]] = [lambda: self._send_set_point(self.limits.nearest(ambient_degc))]
        if self.has_output_switch:
            steps.append(lambda: self.set_output(False))
        all_of(steps)

    @abstractmethod
    def _send_set_point(self, degc: float) -> None: ...
