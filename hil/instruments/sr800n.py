"""CI Systems SR-800N extended-area blackbody, binary protocol."""

from __future__ import annotations

from typing import Final

from hil.instruments.base import BlackbodyDriver
from hil.instruments.codecs import sr800n as codec
from hil.instruments.errors import BadReply, InstrumentFault, NoReply
from hil.instruments.roles import Identity, SetPointLimits
from hil.instruments.transport import Link

__all__ = ["Sr800N"]


_IDENTITY: Final = (codec.MODEL, codec.SERIAL_NUMBER, codec.SOFTWARE_VERSION)


class Sr800N(BlackbodyDriver):
    """An SR-800N in its absolute mode; the instrument states its own limits where `limits` are not given."""

    has_stable_flag = True

    def __init__(self, link: Link, *, limits: SetPointLimits | None = None) -> None:
        super().__init__(link, limits)
        self._reports_mode = True

    def start(self) -> None:
        """Sets the absolute mode and verifies it; asks for the limits of the set point."""
        self._do(codec.set_value(codec.MODE, codec.MODE_ABSOLUTE))
        self._do(codec.ask(codec.TEMPERATURE))
        try:
            self._require_absolute_mode()
        except (BadReply, NoReply):
            # The mode can always be set, but not every version reports it.
            self._reports_mode = False
        if self._limits is None:
            self._limits = self._stated_limits()

    def identify(self) -> Identity:
        try:
            packed = self._do(codec.ask_all(*(parameter.code for parameter in _IDENTITY)))
        except (InstrumentFault, BadReply, NoReply):
            # An older version does not know all of them; its temperature shows that it speaks the protocol.
            self._do(codec.ask(codec.TEMPERATURE))
            return Identity("CI Systems", "SR-800N")
        model, serial, software = (parameter.read(packed[parameter.code]) for parameter in _IDENTITY)
        return Identity("CI Systems", f"SR-800N {model}".strip(), serial, software)

    def read_set_point(self) -> float:
        return self._do(codec.ask(codec.SET_POINT_CURRENT))

    def read(self) -> float:
        return self._do(codec.ask(codec.TEMPERATURE))

    def stable(self) -> bool:
        """The instrument's own verdict, in the absolute mode."""
        self._require_absolute_mode()
        return self._do(codec.ask(codec.STABLE))

    def check(self) -> None:
        self._require_absolute_mode()

    def _send_set_point(self, degc: float) -> None:
        self._do(codec.set_value(codec.SET_POINT_ABSOLUTE, degc))

    def _stated_limits(self) -> SetPointLimits:
        try:
            low, high = self._do(codec.ask(codec.LOWEST_SET_POINT)), self._do(codec.ask(codec.HIGHEST_SET_POINT))
        except (InstrumentFault, NoReply) as error:
            raise self._refused(
                f"it does not state the limits of its set point; give low and high ({error.sentence})"
            ) from error
        if not low < high:
            raise self._fault(f"it states {low:g}..{high:g} °C as the limits of its set point; give low and high")
        return SetPointLimits(low, high)

    def _require_absolute_mode(self) -> None:
        if not self._reports_mode:
            return
        try:
            mode = self._do(codec.ask(codec.MODE))
        except InstrumentFault:
            self._reports_mode = False  # it does not know the question
            return
        if mode != codec.MODE_ABSOLUTE:
            raise self._fault("it is in its differential mode, where temperatures are differences to its target plate")
