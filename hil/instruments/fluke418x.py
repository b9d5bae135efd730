"""Fluke 4180 and 4181 precision infrared calibrators."""

from __future__ import annotations

from typing import Final, TypeVar

from hil.instruments.base import BlackbodyDriver
from hil.instruments.codecs import fluke418x as codec
from hil.instruments.codecs.scpi import QueuedError
from hil.instruments.errors import BadReply, InstrumentError, InstrumentFault, NoReply
from hil.instruments.exchange import Exchange
from hil.instruments.roles import Identity, SetPointLimits
from hil.instruments.transport import Link

__all__ = ["Fluke418x"]

T = TypeVar("T")

_LIMITS: Final = {"4180": SetPointLimits(-15.0, 120.0), "4181": SetPointLimits(35.0, 500.0)}
_QUEUE_LENGTH: Final = 20
_UNDEFINED_HEADER: Final = -113


class Fluke418x(BlackbodyDriver):
    """A 4180 (-15..120 degC), a 4181 (35..500 degC), or a relative that speaks the same commands and is given `limits`.

    Its temperature is the apparent one at the set emissivity, calibrated radiometrically over 8-14 um: it is the
    value to report, and no second correction for emissivity belongs on it.
    """

    has_output_switch = True
    has_stable_flag = True

    def __init__(self, link: Link, *, limits: SetPointLimits | None = None, emissivity: float | None = None) -> None:
        super().__init__(link, limits)
        self._emissivity = emissivity
        self._tells_trip = True

    def start(self) -> None:
        """Decimal point, degC, the wanted emissivity; the limits are those of the model it says it is."""
        self._do(codec.CLEAR)
        identity = self.identify()
        self._limits = self._limits or self._limits_of(identity)
        try:
            self._set(codec.DECIMAL_COMMA.to(False))
        except InstrumentFault:
            pass  # a relative that knows points alone; a comma would be refused when it comes
        self._set(codec.UNIT_TO_CELSIUS)
        self._require_celsius()
        self._tells_trip = self._knows_of_trips()
        if self._emissivity is not None:
            self.set_emissivity(self._emissivity)

    def identify(self) -> Identity:
        return self._do(codec.IDENTITY.ask())

    def read_set_point(self) -> float:
        return self._ask(codec.SET_POINT.ask())

    def read(self) -> float:
        self._require_sound()
        return self._ask(codec.TEMPERATURE.ask())

    def read_block(self) -> float:
        """The uncompensated temperature of the block in degC, for diagnosis."""
        return self._ask(codec.BLOCK_TEMPERATURE.ask())

    def stable(self) -> bool:
        """The instrument's verdict against its stability limit."""
        self._require_sound()
        return self._ask(codec.IS_STABLE.ask())

    def stability(self) -> float:
        """The variation that the instrument sees, in degC."""
        return self._ask(codec.STABILITY.ask())

    def stability_limit(self) -> float:
        """The variation in degC below which it calls itself stable."""
        return self._ask(codec.STABILITY_LIMIT.ask())

    def set_stability_limit(self, degc: float) -> None:
        """Sets that limit, 0.01..5 degC."""
        self._set(codec.STABILITY_LIMIT.to(degc))

    def scan_rate(self) -> float:
        """How fast it approaches a set point, in degC per minute."""
        return self._ask(codec.SCAN_RATE.ask())

    def set_scan_rate(self, degc_per_min: float) -> None:
        """Sets that rate, 0.1..500 degC per minute."""
        self._set(codec.SCAN_RATE.to(degc_per_min))

    def emissivity(self) -> float:
        """The emissivity for which its temperature is apparent: that of the camera."""
        return self._ask(codec.APPARENT_EMISSIVITY.ask())

    def set_emissivity(self, value: float) -> None:
        """Sets that emissivity, 0.9..1."""
        self._set(codec.APPARENT_EMISSIVITY.to(value))

    def calibration_emissivity(self) -> float:
        """The emissivity of its calibration."""
        return self._ask(codec.CALIBRATION_EMISSIVITY.ask())

    def calibration_date(self) -> tuple[int, int, int]:
        """Year, month and day of its calibration, as stored in it: no replacement for the certificate."""
        return self._ask(codec.CALIBRATION_DATE.ask())

    def set_stability_beep(self, on: bool) -> None:
        """Whether it beeps once it is stable."""
        self._set(codec.STABILITY_BEEP.to(on))

    def heater_output(self) -> float:
        """The heating in percent."""
        return self._ask(codec.HEATER_OUTPUT.ask())

    def set_output(self, on: bool) -> None:
        self._set(codec.OUTPUT.to(on))

    def output(self) -> bool:
        """Whether heating and cooling are enabled."""
        return self._ask(codec.OUTPUT.ask())

    def clear_trip(self) -> None:
        """Enables heating and cooling again after a cut-out; its cause is for a person to find first."""
        self._set(codec.CLEAR_TRIP)

    def check(self) -> None:
        self._require_empty_queue()
        self._require_no_trip()

    def _send_set_point(self, degc: float) -> None:
        self._set(codec.SET_POINT.to(degc))

    def _limits_of(self, identity: Identity) -> SetPointLimits:
        for model, limits in _LIMITS.items():
            if model in identity.model:
                return limits
        raise self._refused(f"a {identity} is neither a 4180 nor a 4181; give the limits of its set point")

    def _set(self, command: Exchange[None]) -> None:
        # A command that is refused is not answered: only the error queue tells.
        self._do(command)
        self._require_empty_queue()

    def _ask(self, exchange: Exchange[T]) -> T:
        try:
            return self._do(exchange)
        except NoReply as silence:
            # A question that is refused is not answered either; if the instrument lives, its queue says why.
            try:
                self._require_empty_queue()
            except (NoReply, BadReply):
                raise silence from None
            raise

    def _require_sound(self) -> None:
        # Both can change at the front panel in the middle of a run.
        self._require_no_trip()
        self._require_celsius()

    def _require_celsius(self) -> None:
        if self._ask(codec.UNIT.ask()) != "C":
            raise BadReply("it works in °F, although °C was asked for; set its unit to °C", instrument=self.name)

    def _require_no_trip(self) -> None:
        if self._tells_trip and self._ask(codec.TRIPPED.ask()):
            raise self._fault("its cut-out has tripped; find the cause, then clear the trip")

    def _knows_of_trips(self) -> bool:
        # Wells and baths of the family have the commands of a calibrator, but not all of its protection.
        try:
            self._do(codec.TRIPPED.ask())
        except NoReply:
            errors = self._queued_errors()
            if not errors or any(error.code != _UNDEFINED_HEADER for error in errors):
                raise
            return False
        return True

    def _require_empty_queue(self) -> None:
        errors = self._queued_errors()
        if errors:
            raise self._fault(f"it reports {'; '.join(str(error) for error in errors)}")

    def _queued_errors(self) -> list[QueuedError]:
        errors: list[QueuedError] = []
        while len(errors) < _QUEUE_LENGTH and (error := self._do(codec.ERROR.ask())) is not None:
            errors.append(error)
        return errors

    def clear_errors(self) -> None:
        """Empties the error queue."""
        self._do(codec.CLEAR)

    def safe(self, ambient_degc: float = 23.0) -> None:
        try:
            self._do(codec.CLEAR)  # what is queued of earlier is no reason to doubt the commands that follow
        except InstrumentError:
            pass
        super().safe(ambient_degc)
