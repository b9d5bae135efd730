"""The matrix of mutants as a table for people: the score by chapter and by clause, survivors first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

__all__ = ["OTHER", "OWN", "SURVIVED", "UNDECIDED", "matrix_text"]

OWN, OTHER, SURVIVED, UNDECIDED = "own", "other", "survived", "undecided"
"""What became of a mutant: killed by a case of its own clause, by another case only, by none, or not to be told."""

_HEAD = """\
# Mutants of the simulated camera

Each mutant is the simulated camera with one defect that a firmware could have (`fixtures/camera/mutants/`). This table
says which cases find it: `own` is killed by a case of its own clause, `other` by a case of another clause only,
`survived` by none; `undecided` is a mutant with which no camera started or no run could be finished. It is written by
`thermoproof mutants --out docs`.

A case that fails on the camera without a mutant as well finds nothing here.
"""


def matrix_text(matrix: Mapping[str, Any]) -> str:
    """The document of a matrix as `thermoproof mutants` finds it."""
    mutants: Sequence[Mapping[str, Any]] = matrix["mutants"]
    killed = sum(1 for each in mutants if each["verdict"] in (OWN, OTHER))
    own = sum(1 for each in mutants if each["verdict"] == OWN)
    lines = [_HEAD]
    lines.append(
        f"**{killed} of {len(mutants)} mutants are killed ({_share(killed, len(mutants))}), {own} of them "
        f"({_share(own, killed)}) by a case of their own clause**; {matrix['cases']} cases.\n"
    )
    if matrix["unsound"]:
        lines.append(f"Cases that fail without a mutant, left out: {', '.join(matrix['unsound'])}.\n")
    lines += _table("By chapter", "chapter", mutants, lambda each: _chapter(each["clause"]))
    lines += _listed("Survivors", [each for each in mutants if each["verdict"] == SURVIVED])
    lines += _listed("Undecided", [each for each in mutants if each["verdict"] == UNDECIDED])
    lines += _listed("Killed by another clause only", [each for each in mutants if each["verdict"] == OTHER])
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


def _table(title: str, column: str, mutants: Sequence[Mapping[str, Any]], key: Any) -> list[str]:
    groups: dict[str, Counter[str]] = {}
    for each in mutants:
        groups.setdefault(key(each), Counter())[each["verdict"]] += 1
    lines = [f"## {title}\n", f"| {column} | mutants | own | other | survived | undecided | killed |", _rule(7)]
    for name, counts in groups.items():
        total = counts.total()
        killed = counts[OWN] + counts[OTHER]
        lines.append(
            f"| {name} | {total} | {counts[OWN]} | {counts[OTHER]} | {counts[SURVIVED]} | {counts[UNDECIDED]} "
            f"| {_share(killed, total)} |"
        )
    return [*lines, ""]


def _listed(title: str, mutants: Sequence[Mapping[str, Any]]) -> list[str]:
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
