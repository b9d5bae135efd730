"""A case: its identity, what it judges, what it needs and what it may change. Suites declare cases, the plugin runs
them.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from types import ModuleType
from typing import Any, Generic, TypedDict, Unpack, cast

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
"""The type of `Case.data`; a plain `Case` has no data."""


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
"""Short names of the chapters, with which a clause begins, and their titles in reports."""


def chapter_of(clause: str) -> str:
    """The chapter of the report that a clause belongs to: `III.1` to `III Configuration`, `IV.600` to the PTZ part.

    Raises KeyError for a clause of no chapter.
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
    (`pair:1`, `presets`): each is saved before the case and restored after it. `stimuli` and `parameters` must be in
    the profile, or the case is not applicable; `packages.lowpkg.good|package_form` demands an entry of a map, or the
    other parameter in its place. `quick` cases are part of a quick run. `waits_s` is the device time in seconds that
    the case waits in all. `data` is what the body of the case needs to know.

    A case that mostly waits, writes nothing and uses only its own sessions may run beside others: `beside_group` says
    what it waits for (`session`, `report`), `sessions` how many sessions it keeps open at once. Neighbouring cases with
    the same `shares` share one preparation: what the first writes is restored after the last.
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
        """The command that the case judges. Raises TypeError for a case without one."""
        if self.command is None:
            raise TypeError(f"the case {self.id} names no command")
        return self.command

    @property
    def chapter(self) -> str:
        """The chapter of the report that lists the case."""
        return chapter_of(self.clause)


def cases(rows: Iterable[Case[Any]]) -> pytest.MarkDecorator:
    """Parametrizes a suite function over `rows`; the function takes one row as its argument `case`."""
    return pytest.mark.parametrize("case", [pytest.param(row, id=row.id) for row in rows])


class Facts(TypedDict, total=False):
    """What a declaration may say of a case beside its id, title and safety class; see `Case`."""

    requirement: str
    clause: str
    capabilities: tuple[str, ...]
    stimuli: tuple[str, ...]
    parameters: tuple[str, ...]
    writes: tuple[str, ...]
    quick: bool
    waits_s: float
    beside_group: str
    sessions: int
    shares: str
    command: Command | None
    data: object


def case(id: str, title: str, safety: Safety = Safety.READ_ONLY, **facts: Unpack[Facts]) -> pytest.MarkDecorator:
    """Declares a suite function to be one case written by hand; `facts` are the other fields of `Case`."""
    return cases([Case(id, title, safety, **facts)])


NEEDED = "bench"
"""The stimulus of a case that needs the bench."""


def needs_bench(case: Case[Any]) -> bool:
    """Whether a case needs the bench."""
    return NEEDED in case.stimuli


def permits(allowed: Safety, needed: Safety) -> bool:
    """Whether a run that allows the safety class `allowed` may run a case of the class `needed`."""
    return needed.rank <= allowed.rank


def default_class(*, simulated: bool) -> Safety:
    """The safety class that a run allows by default: everything on the simulated camera; on a real one nothing that
    interrupts its link or cannot be undone.
    """
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
