"""A blackbody without an interface: a person sets it and types the temperature that it shows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from hil.instruments.errors import BadReply, NoReply, Refused
from hil.instruments.roles import Identity, SetPointLimits
from hil.instruments.values import decimal, plausible

__all__ = ["ManualBlackbody"]

_ATTEMPTS: Final = 3


class ManualBlackbody:
    """A blackbody worked by hand: `ask` shows the operator a sentence and returns the answer.

    An empty answer to a command confirms it. A reading that is not a number is asked for again, up to three times.
    """

    has_output_switch = True
    has_stable_flag = False

    def __init__(
        self, ask: Callable[[str], str], *, limits: SetPointLimits, name: str = "manual blackbody", model: str = ""
    ) -> None:
        self._ask = ask
        self._limits = limits
        self._name = name
        self._model = model
        self._set_point: float | None = None

    @property
    def name(self) -> str:
        """The name in its errors."""
        return self._name

    @property
    def limits(self) -> SetPointLimits:
        """The lowest and highest set point."""
        return self._limits

    def identify(self) -> Identity:
        return Identity(self._model or "manual blackbody")

    def set_point(self, degc: float) -> None:
        """Asks the operator to set the blackbody."""
        try:
            self._limits.check(degc)
        except Refused as error:
            error.instrument = self._name
            raise
        self._prompt(f"Set the blackbody to {degc:g} °C, then confirm")
        self._set_point = degc

    def read_set_point(self) -> float:
        if self._set_point is None:
            raise Refused("no set point has been sent yet", instrument=self._name)
        return self._set_point

    def read(self) -> float:
        """Asks the operator for the reading."""
        sentence = "Type the temperature that the blackbody shows, in °C"
        problem: BadReply | None = None
        for _ in range(_ATTEMPTS):
            try:
                return plausible(
                    decimal(self._prompt(sentence if problem is None else f"{problem.sentence}. {sentence}"))
                )
            except BadReply as error:
                error.instrument = self._name
                problem = error
        assert problem is not None
        raise problem

    def stable(self) -> None:
        """None: the operator is not asked, and stability is computed from the readings."""
        return

    def set_output(self, on: bool) -> None:
        """Asks the operator to switch the blackbody."""
        self._prompt(f"Switch the blackbody {'on' if on else 'off'}, then confirm")

    def output(self) -> None:
        """None: it is unknown."""
        return

    def check(self) -> None:
        """Does nothing: a blackbody without an interface reports no errors."""
        return

    def safe(self, ambient_degc: float = 23.0) -> None:
        """Asks the operator to cool it down; the end of a run does not wait for the answer."""
        self._prompt(f"Set the blackbody to {self._limits.nearest(ambient_degc):g} °C or switch it off, then confirm")

    def close(self) -> None:
        """Does nothing: there is no port."""

    def _prompt(self, sentence: str) -> str:
        try:
            return self._ask(sentence)
        except EOFError as error:
            raise NoReply("no operator answers", instrument=self._name) from error
