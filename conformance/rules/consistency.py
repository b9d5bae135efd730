"""Which tolerated reading a device follows: the first choice is written down, and later choices must equal it.

The document often leaves a choice (the name of a field, its type, where a push keeps its fields). Either answer is
right, but a device must not give now one and now the other: no client could be written for it. The catalogue says for
each reading where the choice must stay the same (`Reading.consistent`): over the whole run, in one command, or in one
field.
"""

from __future__ import annotations

from dataclasses import dataclass

from conformance.catalogue.model import Catalogue
from conformance.rules.verdict import Finding, Observation, Severity

__all__ = ["ChosenReadings", "Comparison"]


@dataclass(frozen=True, slots=True)
class Comparison:
    """A choice compared with the earlier ones: whether it is the `first` of its reading in its scope, and the finding
    if it contradicts the first one.
    """

    first: bool = False
    contradiction: Finding | None = None


class ChosenReadings:
    """The choices of one device so far in this run."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._scopes = {row.id: row.consistent for row in catalogue.readings.values() if row.consistent}
        self._chosen: dict[tuple[str, str, str], dict[str, str]] = {}
        """By reading, message and field: each choice with the case that saw it first."""

    def known(self, reading: str) -> str | None:
        """The first choice of a reading whose scope is the whole run; None before the device has made one."""
        return next(iter(self._chosen.get((reading, "", ""), {})), None)

    def compare(self, choice: Observation, case: str) -> Comparison:
        """Write down what the device chose in `case`, and compare it with what it chose before.

        The same contradiction is a finding only once: repeating it would add nothing.
        """
        scope = self._scopes.get(choice.reading)
        if scope is None:
            return Comparison()
        key = (choice.reading, "" if scope == "run" else choice.message, choice.field if scope == "field" else "")
        known = self._chosen.setdefault(key, {})
        if choice.found in known:
            return Comparison()
        known[choice.found] = case
        if len(known) == 1:
            return Comparison(first=True)
        first, first_case = next(iter(known.items()))
        place = ", ".join(part for part in key[1:] if part)
        return Comparison(
            contradiction=Finding(
                f"one reading of {choice.reading} throughout{f' ({place})' if place else ''}: "
                f"{first}, as in {first_case}",
                choice.found,
                Severity.MINOR,
                check="consistency",
                reading=choice.reading,
            )
        )
