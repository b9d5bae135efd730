"""Hart Scientific and Fluke 9132, 9133 portable infrared calibrators."""

from __future__ import annotations

from typing import Final

from hil.instruments.base import BlackbodyDriver
from hil.instruments.codecs import hart as codec
from hil.instruments.errors import BadReply, NoReply
from hil.instruments.roles import Identity, SetPointLimits
from hil.instruments.transport import Link

__all__ = ["MODEL_LIMITS", "Hart913x"]

MODEL_LIMITS: Final = {"9132": SetPointLimits(50.0, 500.0), "9133": SetPointLimits(-22.0, 150.0)}
_ATTEMPTS: Final = 3


class Hart913x(BlackbodyDriver):
    """A 9132, a 9133, or a relative that is given `limits`. It has no stable flag, no output switch, no error queue."""

    def __init__(self, link: Link, *, model: str = "", limits: SetPointLimits | None = None) -> None:
        super().__init__(link, limits or MODEL_LIMITS.get(model))
        self._model = model
        if self._limits is None:
            known = " or ".join(MODEL_LIMITS)
            raise self._refused(f"give its model ({known}) or the limits of its set point")

    def start(self) -> None:
        """Stops unsolicited readings and the echo, and sets degC."""
        self._do(codec.STOP_STREAM)
        self._do(codec.HALF_DUPLEX)
        self._do(codec.UNIT_TO_CELSIUS)
        self._require_celsius()

    def identify(self) -> Identity:
        """Its identity; a unit that does not answer the question must at least state a temperature."""
        try:
            return self._do(codec.ask_version())
        except (NoReply, BadReply):
            self._do(codec.ask_temperature())
            return Identity("Hart", self._model)

    def read_set_point(self) -> float:
        return self._do(codec.ask_set_point())

    def read(self) -> float:
        return self._do(codec.ask_temperature())

    def check(self) -> None:
        self._require_celsius()

    def _send_set_point(self, degc: float) -> None:
        self._do(codec.set_point(degc))

    def _require_celsius(self) -> None:
        # The first reply may be the end of a reading that the instrument began to send before the stream was stopped.
        for attempt in range(_ATTEMPTS):
            try:
                unit = self._do(codec.ask_unit())
            except NoReply as silence:
                # A reading includes its unit too, and a reading in °F is refused.
                try:
                    self._do(codec.ask_temperature())
                except NoReply:
                    raise silence from None
                return
            except BadReply:
                if attempt == _ATTEMPTS - 1:
                    raise
            else:
                break
        else:
            raise AssertionError("the last attempt returns or raises")
        if unit != "C":
            raise BadReply("°C was set, but it works in °F; set its unit to °C", instrument=self.name)
