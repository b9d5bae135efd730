"""What came of the runs against dialects as a table for people: false alarms first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

__all__ = ["ALARMED", "CLEAN", "UNDECIDED", "UNREPORTED", "dialects_text"]

CLEAN, ALARMED, UNREPORTED, UNDECIDED = "clean", "alarmed", "unreported", "undecided"
"""What became of a run: no false alarm, at least one, a choice that was not observed, or not to be told."""

_HEAD = """\
# Dialects of the simulated camera

Each run is the simulated camera with one or more choices that the document leaves to a device
(`fixtures/camera/dialects/`); such a camera is correct. `alarmed` is a run in which a case complained, `unreported` one
in which no case observed the choice that was made, `undecided` one that could not be finished. Written by
`thermoproof dialects`.
"""
_LONGEST_LIST = 3


def dialects_text(found: Mapping[str, Any]) -> str:
    """The document of what `thermoproof dialects` found."""
    runs: Sequence[Mapping[str, Any]] = found["runs"]
    clean = sum(1 for run in runs if run["verdict"] == CLEAN)
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


def _alarms(runs: Sequence[Mapping[str, Any]]) -> list[str]:
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


def _observed(run: Mapping[str, Any]) -> str:
    if len(run["dialects"]) > 1:
        return ""
    words: Sequence[str] = next(iter(run["observed"].values()), [])
    more = f" and {len(words) - _LONGEST_LIST} more" if len(words) > _LONGEST_LIST else ""
    return "; ".join(words[:_LONGEST_LIST]) + more


def _cell(text: str) -> str:
    return "".join(sign if sign.isprintable() else " " for sign in text).replace("|", "\\|").replace("`", "'")
