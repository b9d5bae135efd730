"""The matrix of mutants as a page for people: the score by chapter and by clause, then every mutant."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Final, Literal, TypedDict

__all__ = ["MutantEntry", "MutantMatrix", "MutantVerdict", "matrix_text"]

MutantVerdict = Literal["own", "other", "survived", "undecided"]
"""What became of a mutant: killed by a case of its own clause, only by a case of another clause, by no case, or not
judged because a run could not be finished.
"""


class MutantEntry(TypedDict):
    """One mutant and the ids of the cases that found it; `ran` is how many cases met it."""

    id: str
    clause: str
    text: str
    needs: str
    verdict: MutantVerdict
    killers: list[str]
    ran: int
    trouble: str


class MutantMatrix(TypedDict):
    """The content of `mutants.json`; `unsound` are cases that fail without a mutant too."""

    schema: str
    cases: int
    unsound: list[str]
    mutants: list[MutantEntry]


_HEAD: Final = """\
# Mutants of the simulated camera

Each mutant is the simulated camera with one defect that a firmware could have (`fixtures/camera/mutants/`). This table
says which cases find it: `own` is killed by a case of its own clause, `other` only by a case of another clause,
`survived` by no case; `undecided` is a mutant with which no camera started or no run could be finished. It is written
by `thermoproof mutants --out docs/reference`.

A case that also fails on the camera without a mutant does not count as finding one.
"""


def matrix_text(matrix: MutantMatrix) -> str:
    """The page of a matrix, in Markdown."""
    mutants = matrix["mutants"]
    killed = sum(1 for each in mutants if each["verdict"] in ("own", "other"))
    own = sum(1 for each in mutants if each["verdict"] == "own")
    lines = [_HEAD]
    lines.append(
        f"**{killed} of {len(mutants)} mutants are killed ({_share(killed, len(mutants))}), {own} of them "
        f"({_share(own, killed)}) by a case of their own clause**; {matrix['cases']} cases.\n"
    )
    if matrix["unsound"]:
        lines.append(f"Cases that fail without a mutant, left out: {', '.join(matrix['unsound'])}.\n")
    lines += _table("By chapter", "chapter", mutants, lambda each: _chapter(each["clause"]))
    lines += _listed("Survivors", [each for each in mutants if each["verdict"] == "survived"])
    lines += _listed("Undecided", [each for each in mutants if each["verdict"] == "undecided"])
    lines += _listed("Killed only by another clause", [each for each in mutants if each["verdict"] == "other"])
    lines += _table("By need", "need", mutants, lambda each: each["needs"])
    lines += _table("By clause", "clause", mutants, lambda each: each["clause"])
    lines += ["## Every mutant\n", "| mutant | what is wrong | needs | verdict | first case that finds it |", _rule(5)]
    for each in mutants:
        first = f"`{each['killers'][0]}`" if each["killers"] else ""
        lines.append(f"| `{each['id']}` | {_cell(each['text'])} | {each['needs']} | {each['verdict']} | {first} |")
    return "\n".join(lines) + "\n"


def _chapter(clause: str) -> str:
    head, _, number = clause.partition(".")
    return "IV (600-617)" if head == "IV" and number.isdigit() and 600 <= int(number) <= 617 else head


def _table(title: str, column: str, mutants: Sequence[MutantEntry], key: Callable[[MutantEntry], str]) -> list[str]:
    groups: dict[str, Counter[str]] = {}
    for each in mutants:
        groups.setdefault(key(each), Counter())[each["verdict"]] += 1
    lines = [f"## {title}\n", f"| {column} | mutants | own | other | survived | undecided | killed |", _rule(7)]
    for name, counts in groups.items():
        total = counts.total()
        killed = counts["own"] + counts["other"]
        shares = [str(counts[verdict]) for verdict in ("own", "other", "survived", "undecided")]
        lines.append(f"| {name} | {total} | {' | '.join(shares)} | {_share(killed, total)} |")
    return [*lines, ""]


def _listed(title: str, mutants: Sequence[MutantEntry]) -> list[str]:
    if not mutants:
        return []
    lines = [f"## {title}\n", "| mutant | what is wrong | needs | |", _rule(4)]
    for each in mutants:
        last = each["trouble"] or (f"`{each['killers'][0]}`" if each["killers"] else "")
        lines.append(f"| `{each['id']}` | {_cell(each['text'])} | {each['needs']} | {_cell(last)} |")
    return [*lines, ""]


def _rule(columns: int) -> str:
    return "|---" * columns + "|"


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} %" if whole else "-"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
