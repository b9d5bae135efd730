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

    Its temperature is the apparent one at the set emissivity (0.9..1), calibrated radiometrically over 8-14 um: it is
    the value to report, without a second correction for emissivity. The driver has what a bench needs; the other
    questions of the manual (scan rate, stability limit, block temperature, ...) are exchanges of its codec.
    """

    has_output_switch = True
    has_stable_flag = True

    def __init__(self, link: Link, *, limits: SetPointLimits | None = None, emissivity: float | None = None) -> None:
        super().__init__(link, limits)
        self._emissivity = emissivity
        self._reports_trip = True

    def start(self) -> None:
        """Sets decimal point, degC and the wanted emissivity; takes the limits from the model that it reports."""
        self._do(codec.CLEAR)
        identity = self.identify()
        self._limits = self._limits or self._limits_of(identity)
        try:
            self._set(codec.DECIMAL_COMMA.to(False))
        except InstrumentFault:
            pass  # a relative that only knows decimal points; a reply with a comma would be refused
        self._set(codec.UNIT_TO_CELSIUS)
        self._require_celsius()
        self._reports_trip = self._has_trip_question()
        if self._emissivity is not None:
            self._set(codec.APPARENT_EMISSIVITY.to(self._emissivity))

    def identify(self) -> Identity:
        return self._do(codec.IDENTITY.ask())

    def read_set_point(self) -> float:
        return self._ask(codec.SET_POINT.ask())

    def read(self) -> float:
        self._require_sound()
        return self._ask(codec.TEMPERATURE.ask())

    def stable(self) -> bool:
        """The instrument's own verdict, by its stability limit."""
        self._require_sound()
        return self._ask(codec.IS_STABLE.ask())

    def set_output(self, on: bool) -> None:
        self._set(codec.OUTPUT.to(on))

    def output(self) -> bool:
        """Whether heating and cooling are enabled."""
        return self._ask(codec.OUTPUT.ask())

    def clear_trip(self) -> None:
        """Enables heating and cooling again after a cut-out. No run calls this: a person must find the cause first."""
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
        raise self._refused(f"a {identity} is neither a 4180 nor a 4181; give the limits of its set point (low, high)")

    def _set(self, command: Exchange[None]) -> None:
        # The instrument does not answer a command that it refuses: only the error queue shows it.
        self._do(command)
        self._require_empty_queue()

    def _ask(self, exchange: Exchange[T]) -> T:
        try:
            return self._do(exchange)
        except NoReply as silence:
            # Nor does it answer a question that it refuses; if it is alive, its error queue says why.
            try:
                self._require_empty_queue()
            except (NoReply, BadReply):
                raise silence from None
            raise

    def _require_sound(self) -> None:
        # A person at the front panel can change both in the middle of a run.
        self._require_no_trip()
        self._require_celsius()

    def _require_celsius(self) -> None:
        if self._ask(codec.UNIT.ask()) != "C":
            raise BadReply("°C was set, but it works in °F; set its unit to °C", instrument=self.name)

    def _require_no_trip(self) -> None:
        if self._reports_trip and self._ask(codec.TRIPPED.ask()):
            raise self._fault("its cut-out has tripped; find the cause, then clear the trip")

    def _has_trip_question(self) -> bool:
        # Wells and baths of the family have the commands of a calibrator, but not its whole protection.
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

    def safe(self, ambient_degc: float = 23.0) -> None:
        try:
            self._do(codec.CLEAR)  # an older error in the queue says nothing about the commands that follow
        except InstrumentError:
            pass
        super().safe(ambient_degc)
