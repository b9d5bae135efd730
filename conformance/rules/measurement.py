"""What a judgement needs to know of a measurement; the bench makes them (`hil.metrology.Measurement`)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

__all__ = ["Measurement"]


class Measurement(Protocol):
    """One measured value, with the decision that its maker has already taken.

    At most one of `failed`, `undecided` and `invalid` is true. None of them is true for a pass, a conditional pass, or
    a value that is only reported.
    """

    @property
    def name(self) -> str:
        """What was measured (`error at 50 degC`)."""

    @property
    def failed(self) -> bool:
        """Whether the value was decided to violate its limits."""

    @property
    def undecided(self) -> bool:
        """Whether the value lies outside its limits by less than its uncertainty (a conditional fail)."""

    @property
    def invalid(self) -> bool:
        """Whether no statement can be made; `reason` says why."""

    @property
    def reason(self) -> str:
        """Why no statement can be made; empty otherwise."""

    @property
    def stated(self) -> str:
        """The result as a sentence for people: name, value, expanded uncertainty, decision."""

    @property
    def demanded(self) -> str:
        """The limits and the decision rule as a sentence for people."""

    def as_record(self) -> Mapping[str, object]:
        """The measurement as plain JSON, for the writer of the record."""
