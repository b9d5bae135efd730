"""LCUS relay boards with a CH340."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from hil.instruments.base import SerialInstrument, all_of
from hil.instruments.codecs import lcus as codec
from hil.instruments.errors import NoReply
from hil.instruments.roles import Identity
from hil.instruments.transport import Link

__all__ = ["LcusBoard"]


class LcusBoard(SerialInstrument):
    """A board with `relays` relays (1..8). It confirms no command; some firmware reports its states when asked.

    `answers` says whether this firmware does. None finds out at the start, which costs one timeout where it does not.
    """

    def __init__(self, link: Link, *, relays: int = 1, answers: bool | None = None) -> None:
        super().__init__(link)
        if not 1 <= relays <= codec.LARGEST:
            raise self._refused(f"an LCUS board has 1..{codec.LARGEST} relays, not {relays}")
        self._relays = range(1, relays + 1)
        self._answers = answers

    def start(self) -> None:
        """Opens every relay and finds out whether the firmware answers."""
        self.safe()
        if self._answers is None:
            try:
                self._do(codec.ask_states(len(self._relays)))
            except NoReply:
                self._answers = False
            else:
                self._answers = True

    def identify(self) -> Identity:
        """The board has no identity; a board that reports its states is at least connected."""
        if self._answers:
            self._do(codec.ask_states(len(self._relays)))
        return Identity("LCUS", f"{len(self._relays)} relays")

    @property
    def channels(self) -> Sequence[int]:
        """The relays."""
        return self._relays

    def set(self, channel: int, closed: bool) -> None:
        """Switches a relay. Only a loop-back through its contact shows whether the board did it."""
        if channel not in self._relays:
            raise self._refused(f"it has no relay {channel}")
        self._do(codec.set_relay(channel, closed))

    def read_back(self, channel: int) -> bool | None:
        """The state of the relay that the firmware reports; None where it does not answer."""
        if channel not in self._relays:
            raise self._refused(f"it has no relay {channel}")
        if not self._answers:
            return None
        return self._do(codec.ask_states(len(self._relays)))[channel - 1]

    def safe(self) -> None:
        """Opens every relay, one after the other."""

        def opening(channel: int) -> Callable[[], object]:
            return lambda: self._do(codec.set_relay(channel, False))

        all_of([opening(channel) for channel in self._relays])
