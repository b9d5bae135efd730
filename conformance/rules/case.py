"""A case: its identity, what it judges, what it needs and what it may touch. Suites declare them, the plugin
runs them.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from types import ModuleType
from typing import Any, Generic, cast

import pytest
from typing_extensions import TypeVar

from conformance.catalogue.model import Command, Safety

__all__ = [
    "CHAPTERS",
    "NEEDED",
    "Case",
    "case",
    "cases",
    "chapter_of",
    "declared",
    "declared_in",
    "default_class",
    "needs_bench",
    "permits",
]

T = TypeVar("T", covariant=True, default=None)
"""The type of what a case is made from, its `data`; a plain `Case` has none."""


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
class Case(Generic[T]):
    """One case.

    `id` is made of clause and names (`III.1/set/emiss/above-max`) and is what `--select` matches; its head, before the
    first `/`, is the folder of the suite that holds the case. `title` is the demand in one sentence.
    `requirement` is the row of the catalogue that the case judges, by default its own id; `clause` by default the head
    of the id. `writes` names what the case changes on the device, in the words of `conformance.restoration`
    (`pair:1`, `presets`): each is saved before and restored after. `stimuli` and `parameters` must be in the profile,
    or the case is not applicable; `packages.lowpkg.good|package_form` is an entry of a map, or another parameter in its
    place. `waits_s` is the device time that the case waits in all. `data` is what its body needs to know.

    A case that mostly waits, writes nothing and keeps to its own sessions may run beside others: `beside_group` says
    what it waits for (`session`, `report`), `sessions` how many it keeps open at once. Neighbouring cases with the same
    `shares` share one preparation: what the first writes is restored after the last.
    """

    id: str
    title: str
    safety: Safety = Safety.READ_ONLY
    requirement: str = ""
    clause: str = ""
    capabilities: tuple[str, ...] = ()
    stimuli: tuple[str, ...] = ()
    parameters: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()
    quick: bool = False
    waits_s: float = 0.0
    beside_group: str = ""
    sessions: int = 1
    shares: str = ""
    command: Command | None = None
    data: T = cast("T", None)  # noqa: RUF009 - a case without data is a Case[None]

    def __post_init__(self) -> None:
        if not self.requirement:
            object.__setattr__(self, "requirement", self.id)
        if not self.clause:
            object.__setattr__(self, "clause", self.id.partition("/")[0])

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


def cases(rows: Iterable[Case[Any]]) -> pytest.MarkDecorator:
    """Parametrizes a suite function over `rows`; it takes the row as its argument `case`."""
    return pytest.mark.parametrize("case", [pytest.param(row, id=row.id) for row in rows])


def case(id: str, title: str, safety: Safety = Safety.READ_ONLY, **facts: Any) -> pytest.MarkDecorator:
    """Declares a suite function to be one case written by hand; the facts are those of `Case`."""
    return cases([Case(id, title, safety, **facts)])


NEEDED = "bench"
"""The stimulus that a case names when it needs the bench."""


def needs_bench(case: Case[Any]) -> bool:
    """Whether a case is one of the bench."""
    return NEEDED in case.stimuli


def permits(allowed: Safety, needed: Safety) -> bool:
    """Whether a run that allows `allowed` may do something of class `needed`."""
    return needed.rank <= allowed.rank


def default_class(*, simulated: bool) -> Safety:
    """Everything on the simulated camera; on a real one nothing that drops its link or cannot be undone."""
    return Safety.DESTRUCTIVE if simulated else Safety.REVERSIBLE


def declared(package: ModuleType) -> list[Case[Any]]:
    """Every case of every module below a package of suites, in the order of their declaration."""
    return [case for _, case in declared_in(package)]


def declared_in(package: ModuleType) -> Iterator[tuple[str, Case[Any]]]:
    """The cases of `declared`, each after the full name of the module that declares it."""
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        suite = importlib.import_module(module.name)
        for function in vars(suite).values():
            for mark in getattr(function, "pytestmark", ()):
                if isinstance(mark, pytest.Mark) and mark.name == "parametrize" and mark.args[0] == "case":
                    yield from ((module.name, param.values[0]) for param in mark.args[1])
