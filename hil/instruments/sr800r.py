"""CI Systems SR-800R extended-area blackbody, ASCII protocol."""

from __future__ import annotations

from hil.instruments.base import BlackbodyDriver
from hil.instruments.codecs import sr800r as codec
from hil.instruments.roles import Identity, SetPointLimits
from hil.instruments.transport import Link

__all__ = ["Sr800R"]


class Sr800R(BlackbodyDriver):
    """An SR-800R in its absolute mode; its `limits` are those of its head, which the certificate states.

    It has no stable flag, no error queue and no question for its identity.
    """

    resolution_degc = 0.001

    def __init__(self, link: Link, *, limits: SetPointLimits) -> None:
        super().__init__(link, limits)

    def start(self) -> None:
        """Sets the absolute mode; a refusal would come before the first reading."""
        self._do(codec.set_absolute_mode())
        self._do(codec.took())

    def identify(self) -> Identity:
        self._do(codec.ask_temperature())
        return Identity("CI Systems", "SR-800R")

    def read_set_point(self) -> float:
        return self._do(codec.ask_target_temperature())

    def read(self) -> float:
        return self._do(codec.ask_temperature())

    def _send_set_point(self, degc: float) -> None:
        self._do(codec.set_temperature(degc))
        self._do(codec.took())
