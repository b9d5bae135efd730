"""Numato relay and GPIO modules."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from hil.instruments.base import SerialInstrument, all_of
from hil.instruments.codecs import numato as codec
from hil.instruments.errors import InstrumentFault
from hil.instruments.exchange import Exchange
from hil.instruments.roles import Identity
from hil.instruments.transport import Link

__all__ = ["NumatoBoard"]


class NumatoBoard(SerialInstrument):
    """A module with `relays` relays and `gpios` pins used as inputs, both numbered from 0 as printed on it."""

    def __init__(self, link: Link, *, relays: int = 8, gpios: int = 8) -> None:
        super().__init__(link)
        self._relays = range(relays)
        self._inputs = range(gpios)

    def start(self) -> None:
        """Makes every pin an input."""
        self.identify()
        if self._inputs:
            self._do(codec.set_directions((1 << len(self._inputs)) - 1, len(self._inputs)))

    def identify(self) -> Identity:
        """Its version and its identifier, which not every module has; the prompt shows that it speaks the protocol."""
        return Identity(
            "Numato", firmware=self._text_or_nothing(codec.ask_version()), serial=self._text_or_nothing(codec.ask_id())
        )

    @property
    def channels(self) -> Sequence[int]:
        """The relays."""
        return self._relays

    @property
    def inputs(self) -> Sequence[int]:
        """The pins."""
        return self._inputs

    def set(self, channel: int, closed: bool) -> None:
        """Switches a relay."""
        self._require(channel, self._relays, "relay")
        self._do(codec.set_relay(channel, closed))

    def read_back(self, channel: int) -> bool:
        """Whether the module drives the relay; its contact is not measured."""
        self._require(channel, self._relays, "relay")
        return self._do(codec.read_relay(channel))

    def read_input(self, channel: int) -> bool:
        """Whether a pin is high."""
        self._require(channel, self._inputs, "input")
        return self._do(codec.read_gpio(channel))

    def safe(self) -> None:
        """Opens every relay with one command, or one by one where the module does not know that command."""
        if not self._relays:
            return
        try:
            self._do(codec.write_all_relays(0, len(self._relays)))
        except InstrumentFault:
            all_of([partial(self.set, channel, False) for channel in self._relays])

    def _text_or_nothing(self, question: Exchange[str]) -> str:
        try:
            return self._do(question)
        except InstrumentFault:
            return ""

    def _require(self, channel: int, known: Sequence[int], what: str) -> None:
        if channel not in known:
            raise self._refused(f"it has no {what} {channel}")
