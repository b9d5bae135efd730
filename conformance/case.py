"""A case: its identity, what it judges, what it needs and what it may touch. Suites declare them, the plugin
runs them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import pytest

from conformance.catalogue.model import Command, Safety

__all__ = ["CHAPTERS", "Case", "case", "cases", "chapter_of"]

CHAPTERS = {
    "II": "II Description",
    "III": "III Configuration",
    "IV": "IV Functions",
    "PTZ": "IV Functions: PTZ",
    "V": "V Upload",
    "VI": "VI Push",
    "A1": "Appendix I Return codes",
    "A2": "Appendix II Video",
    "A5": "Appendix V HTTP",
    "P": "Profile",
    "HIL": "Bench",
}
"""Short names of the chapters, as they begin a clause, and their titles in reports."""


def chapter_of(clause: str) -> str:
    """The report's chapter of a clause: `III.1` is in `III Configuration`, `IV.600` in the PTZ part. Raises
    KeyError.
    """
    head, _, number = clause.partition(".")
    if head == "IV" and number.isdigit() and 600 <= int(number) <= 617:
        head = "PTZ"
    return CHAPTERS[head]


@dataclass(frozen=True, slots=True, repr=False)
class Case:
    """One case.

    `id` is made of clause and names (`III.1/set/emiss/above-max`) and is what `--select` matches. `requirement` is the
    id of the row of the catalogue it judges. `writes` names what it changes on the device, in the words of
    `conformance.restore` (`pair:1`, `presets`): each is saved before and put back after. `stimuli` and `parameters`
    must be in the profile, or the case is not applicable; `packages.lowpkg.good|package_form` is an entry of a map, or
    another parameter in its place. `waits_s` is the device time it waits in all. A case that mostly waits, writes
    nothing and keeps to its own sessions may run beside others: `apart` says what it waits for (`session`, `report`),
    `sessions` how many it keeps open at once. Cases with the same word in `stays` leave what they have written standing
    for the next of them, so that what takes minutes to prepare is prepared once.
    """

    id: str
    requirement: str
    title: str
    clause: str
    safety: Safety = Safety.READ_ONLY
    capabilities: tuple[str, ...] = ()
    stimuli: tuple[str, ...] = ()
    parameters: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()
    quick: bool = False
    waits_s: float = 0.0
    apart: str = ""
    sessions: int = 1
    stays: str = ""
    command: Command | None = None
    data: Any = None

    def __repr__(self) -> str:
        return self.id

    @property
    def subject(self) -> Command:
        """The command it is about. Raises TypeError for a case without one."""
        if self.command is None:
            raise TypeError(f"the case {self.id} is about no command")
        return self.command

    @property
    def chapter(self) -> str:
        """The chapter of the report it is listed under."""
        return chapter_of(self.clause)


def cases(rows: Iterable[Case]) -> pytest.MarkDecorator:
    """Parametrizes a suite function over `rows`; it takes the row as its argument `case`."""
    return pytest.mark.parametrize("case", [pytest.param(row, id=row.id) for row in rows])


def case(
    id: str, requirement: str, title: str, clause: str, safety: Safety = Safety.READ_ONLY, **facts: Any
) -> pytest.MarkDecorator:
    """Declares a suite function to be one case written by hand; the facts are those of `Case`."""
    return cases([Case(id, requirement, title, clause, safety, **facts)])
