"""Which tolerated reading a device follows: found out once, then held to it for the rest of the run.

The document often leaves a choice (a field's name, its type, where a push keeps its fields). Either answer is right,
but not now one and now the other: a client could not be written for such a device.
"""

from __future__ import annotations

from conformance.catalogue.model import Catalogue
from conformance.rules.verdict import Finding, Observation, Severity

__all__ = ["ChosenReadings"]


class ChosenReadings:
    """The choices of one device, in the scope that the reading's `consistent` gives them."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._scopes = {row.id: row.consistent for row in catalogue.readings.values() if row.consistent}
        self._chosen: dict[tuple[str, str, str], dict[str, str]] = {}

    def known(self, reading: str) -> str | None:
        """The choice made first of a reading that holds for the whole run; None before it is known."""
        return next(iter(self._chosen.get((reading, "", ""), {})), None)

    def settle(self, choice: Observation, case: str) -> tuple[bool, Finding | None]:
        """Write a choice down: whether it is the first of its kind, and what is wrong with it, if anything.

        A choice that contradicts an earlier one is a finding once; when it comes again nothing new is to be said.
        """
        scope = self._scopes.get(choice.reading)
        if scope is None:
            return False, None
        key = (choice.reading, "" if scope == "run" else choice.message, choice.field if scope == "field" else "")
        known = self._chosen.setdefault(key, {})
        if choice.found in known:
            return False, None
        known[choice.found] = case
        if len(known) == 1:
            return True, None
        first, where = next(iter(known.items()))
        place = ", ".join(part for part in key[1:] if part)
        return False, Finding(
            f"one reading of {choice.reading} throughout{f' ({place})' if place else ''}: {first}, as in {where}",
            choice.found,
            Severity.MINOR,
            check="consistency",
            reading=choice.reading,
        )
