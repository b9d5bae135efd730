"""What the runs against dialects found, as a page for people: false alarms first, then every run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal, TypedDict

from reports.document import VerdictWord

__all__ = ["Alarm", "DialectRun", "DialectRuns", "DialectVerdict", "dialects_text"]

DialectVerdict = Literal["clean", "alarmed", "unreported", "undecided"]
"""What became of a run: no false alarm, at least one, a choice that no case observed, or not judged because the run
could not be finished.
"""


class Alarm(TypedDict):
    """A case that did not pass on a camera that is correct."""

    verdict: VerdictWord
    expected: str
    observed: str
    case: str


class DialectRun(TypedDict):
    """One camera that follows `dialects`. `unreported` are those of them whose choice no case observed; `observed`
    says for each reading what the cases saw; `ran` is how many cases were run.
    """

    dialects: list[str]
    verdict: DialectVerdict
    alarms: list[Alarm]
    unreported: list[str]
    observed: dict[str, list[str]]
    ran: int
    duration_s: float
    trouble: str


class DialectRuns(TypedDict):
    """The content of `dialects.json`; `unsound` are cases that complain without a dialect too."""

    schema: str
    cases: int
    unsound: list[str]
    runs: list[DialectRun]


_HEAD: Final = """\
# Dialects of the simulated camera

Each run is the simulated camera with one or more choices that the document leaves to a device
(`fixtures/camera/dialects/`); such a camera is correct. `alarmed` is a run in which a case complained, `unreported` one
in which no case observed the choice, `undecided` one that could not be finished. It is written by
`thermoproof dialects`.
"""
_LONGEST_LIST: Final = 3


def dialects_text(found: DialectRuns) -> str:
    """The page of what the runs found, in Markdown."""
    runs = found["runs"]
    clean = sum(1 for run in runs if run["verdict"] == "clean")
    lines = [_HEAD, f"**{clean} of {len(runs)} runs without a false alarm**; {found['cases']} cases.\n"]
    if found["unsound"]:
        lines.append(f"Cases that complain without a dialect too, left out: {', '.join(found['unsound'])}.\n")
    lines += _alarms(runs)
    lines += ["## Every run\n", "| dialects | verdict | cases | seconds | observed |", "|---|---|---|---|---|"]
    for run in runs:
        lines.append(
            f"| {_named(run['dialects'])} | {run['verdict']} | {run['ran']} | {run['duration_s']:g} "
            f"| {_cell(run['trouble'] or _observed(run))} |"
        )
    return "\n".join(lines) + "\n"


def _alarms(runs: Sequence[DialectRun]) -> list[str]:
    rows = [
        f"| {_named(run['dialects'])} | `{alarm['case']}` | {alarm['verdict']} | {_cell(alarm['expected'])} "
        f"| {_cell(alarm['observed'])} |"
        for run in runs
        for alarm in run["alarms"]
    ]
    if not rows:
        return []
    head = ["## False alarms\n", "| dialects | case | verdict | expected | observed |", "|---|---|---|---|---|"]
    return [*head, *rows, ""]


def _named(dialects: Sequence[str]) -> str:
    return ", ".join(f"`{each}`" for each in dialects)


def _observed(run: DialectRun) -> str:
    if len(run["dialects"]) > 1:
        return ""
    words = next(iter(run["observed"].values()), [])
    more = f" and {len(words) - _LONGEST_LIST} more" if len(words) > _LONGEST_LIST else ""
    return "; ".join(words[:_LONGEST_LIST]) + more


def _cell(text: str) -> str:
    return "".join(sign if sign.isprintable() else " " for sign in text).replace("|", "\\|").replace("`", "'")
