"""What a person sees of a run: progress with counts and time left, a summary per chapter, every failure with its
evidence.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any, TextIO

from reports.record import harmless_json

__all__ = ["PUTTING_BACK", "Progress", "plain", "summary_text"]

PUTTING_BACK = "--- from here on what the case changed is put back ---"
"""Stands in a transcript where the case itself is over."""

_ORDER = ("pass", "fail", "inconclusive", "not_applicable", "error")
_WORDS = {"pass": "pass", "fail": "fail", "inconclusive": "inconcl", "not_applicable": "n/a", "error": "error"}
_SHOWN_FAILURES = 20
_SHOWN_LINES = 12
_SHOWN_MEASUREMENTS = 24


class Progress:
    """Shows nothing: the display of a run under plain pytest, and the base of the others."""

    @staticmethod
    def of(kind: str) -> Progress:
        """The display called `bar` (a terminal), `lines` (a log), `json` (a machine) or `none`."""
        if kind == "bar" and not sys.stdout.isatty():
            kind = "lines"
        displays: dict[str, type[Progress]] = {"bar": _Bar, "lines": _Lines, "json": _Json}
        return displays.get(kind, Progress)()

    def begin(self, planned: int, folder: Path, not_run: Mapping[str, int]) -> None:
        """The run starts with `planned` cases."""

    def waiting(self, identity: str, seconds: float) -> None:
        """The case `identity` begins, which waits up to `seconds` of real time."""

    def case(self, row: Mapping[str, Any]) -> None:
        """One case is done."""

    def end(
        self, run: Mapping[str, Any] | None, folder: Path, trouble: str, leftovers: list[str], *, interrupted: bool
    ) -> None:
        """The run is over; `run` is its document, None when it could not be written."""


class _Json(Progress):
    def begin(self, planned: int, folder: Path, not_run: Mapping[str, int]) -> None:
        print(
            harmless_json({"event": "begin", "planned": planned, "folder": str(folder), "not_run": dict(not_run)}),
            flush=True,
        )

    def waiting(self, identity: str, seconds: float) -> None:
        print(harmless_json({"event": "waiting", "id": identity, "seconds": seconds}), flush=True)

    def case(self, row: Mapping[str, Any]) -> None:
        shown = {key: row[key] for key in ("id", "verdict", "severity", "expected", "observed", "duration_s")}
        print(harmless_json({"event": "case", **shown}), flush=True)

    def end(
        self, run: Mapping[str, Any] | None, folder: Path, trouble: str, leftovers: list[str], *, interrupted: bool
    ) -> None:
        shown = {"summary": run["summary"], "exit_code": run["exit_code"]} if run else {}
        print(
            harmless_json(
                {"event": "end", "folder": str(folder), "trouble": trouble, "interrupted": interrupted, **shown}
            ),
            flush=True,
        )


class _Lines(Progress):
    """A line every few seconds and whenever something fails: fit for a log file."""

    EVERY_S = 5.0

    def __init__(self, out: TextIO | None = None) -> None:
        self.out = out or sys.stdout
        self.planned = 0
        self.done = 0
        self.counts = dict.fromkeys(_ORDER, 0)
        self.started = self.shown = time.monotonic()

    def begin(self, planned: int, folder: Path, not_run: Mapping[str, int]) -> None:
        self.planned = planned
        self.started = self.shown = time.monotonic()
        self.say(f"thermoproof: {planned} cases; the record grows in {folder}")
        for reason, count in not_run.items():
            self.say(f"  not run: {count} cases ({reason})")

    def waiting(self, identity: str, seconds: float) -> None:
        self.say(f"  waiting up to {_duration(seconds)} for {identity}")

    def case(self, row: Mapping[str, Any]) -> None:
        self.done += 1
        self.counts[row["verdict"]] += 1
        if row["verdict"] in ("fail", "inconclusive", "error"):
            self.say(f"  {row['verdict']:12} {row['id']}: {plain(row['observed'], 100)}")
        now = time.monotonic()
        if now - self.shown >= self.EVERY_S:
            self.shown = now
            self.say(f"  {self.state()}")

    def state(self) -> str:
        """Counts and time left in one line."""
        spent = time.monotonic() - self.started
        left = spent / self.done * (self.planned - self.done) if self.done else 0
        counts = ", ".join(f"{count} {_WORDS[verdict]}" for verdict, count in self.counts.items() if count)
        return f"{self.done}/{self.planned}: {counts}; about {_duration(left)} left"

    def end(
        self, run: Mapping[str, Any] | None, folder: Path, trouble: str, leftovers: list[str], *, interrupted: bool
    ) -> None:
        if run is not None and run["cases"]:
            self.say(summary_text(run))
        for leftover in leftovers:
            self.say(f"NOT RESTORED: {plain(leftover, 400)}\n  put it back with: thermoproof restore {folder}")
        if interrupted:
            self.say(
                "Interrupted. What was judged before is in the record; the device was put back as far as it answered."
            )
        if trouble:
            self.say(f"thermoproof: {plain(trouble, 600)}")
        self.say(f"record: {folder / ('run.json' if run is not None else 'run.jsonl')}")

    def say(self, text: str) -> None:
        """Write one piece of text."""
        print(text, file=self.out, flush=True)


class _Bar(_Lines):
    """A bar on a terminal."""

    def __init__(self) -> None:
        super().__init__()
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

        self.console = Console(highlight=False, markup=False)
        columns = (
            BarColumn(),
            TextColumn("{task.completed}/{task.total}"),
            TextColumn("{task.description}", markup=False),
        )
        self.bar = Progress(*columns, TimeRemainingColumn(), console=self.console, transient=True)
        self.task: Any = None

    def begin(self, planned: int, folder: Path, not_run: Mapping[str, int]) -> None:
        super().begin(planned, folder, not_run)
        self.task = self.bar.add_task("", total=planned)
        self.bar.start()

    def case(self, row: Mapping[str, Any]) -> None:
        super().case(row)
        counts = "  ".join(f"{_WORDS[verdict]} {count}" for verdict, count in self.counts.items() if count)
        self.bar.update(self.task, advance=1, description=counts)

    def state(self) -> str:
        return ""

    def end(
        self, run: Mapping[str, Any] | None, folder: Path, trouble: str, leftovers: list[str], *, interrupted: bool
    ) -> None:
        self.bar.stop()
        super().end(run, folder, trouble, leftovers, interrupted=interrupted)

    def say(self, text: str) -> None:
        if text.strip():
            self.console.print(text, soft_wrap=True)


def summary_text(run: Mapping[str, Any]) -> str:
    """The summary of a run document: a row per chapter, then the failures with expected, observed, transcript,
    repeat.
    """
    chapters: dict[str, dict[str, int]] = {}
    for row in run["cases"]:
        counts = chapters.setdefault(row["chapter"], dict.fromkeys(_ORDER, 0))
        counts[row["verdict"]] += 1
    width = max([len(name) for name in chapters] + [20])
    lines = ["", f"{'chapter':{width}}" + "".join(f"{_WORDS[verdict]:>9}" for verdict in _ORDER)]
    for name, counts in sorted(chapters.items()):
        lines.append(f"{name:{width}}" + "".join(f"{counts[verdict] or '-':>9}" for verdict in _ORDER))
    totals = run["summary"]
    lines.append(f"{'all':{width}}" + "".join(f"{totals[verdict]:>9}" for verdict in _ORDER))
    lines.append("")
    lines += _measurements(run)
    bad = [row for row in run["cases"] if row["verdict"] in ("fail", "inconclusive", "error")]
    for row in bad[:_SHOWN_FAILURES]:
        lines += _failure(row)
    if len(bad) > _SHOWN_FAILURES:
        lines.append(f"... and {len(bad) - _SHOWN_FAILURES} more, in the record")
    if totals["warnings"]:
        lines.append(f"{totals['warnings']} warnings (SHOULD), in the record")
    if run["readings"]:
        lines.append(f"readings this device follows: {len(run['readings'])} observed, in the record")
    lines += [f"note: {plain(note, 300)}" for note in dict.fromkeys(run.get("notes", ()))]
    lines.append(_verdict_line(run))
    return "\n".join(lines)


def _measurements(run: Mapping[str, Any]) -> list[str]:
    """What the bench measured, a line each; of many those that were not a plain pass, and how many passed."""
    measured = [each for row in run["cases"] for each in row["measurements"]]
    if not measured:
        return []
    shown = measured
    if len(measured) > _SHOWN_MEASUREMENTS:
        shown = [each for each in measured if each.get("decision") not in ("pass", "reported")][:_SHOWN_MEASUREMENTS]
    counts = Counter(str(each.get("decision", "")).replace("_", " ") for each in measured)
    told = ", ".join(f"{count} {decision}" for decision, count in counts.most_common())
    lines = [f"measurements: {len(measured)} ({plain(told, 200)}), all in the record"]
    lines += [f"  {_measurement(each)}" for each in shown]
    lines += [_bench(bench)] if (bench := run.get("bench")) else []
    return [*lines, ""]


def _measurement(each: Mapping[str, Any]) -> str:
    unit = "" if each.get("unit") == "1" else f" {each.get('unit')}"
    value, doubt = each.get("value"), each.get("U")
    told = f"{value:.4g}{unit}" if isinstance(value, int | float) else "no value"
    told += f" +/- {doubt:.2g}{unit}" if isinstance(doubt, int | float) else ""
    return plain(f"{each.get('name')}: {told}, {str(each.get('decision')).replace('_', ' ')}", 160)


def _bench(bench: Mapping[str, Any]) -> str:
    ratio = bench.get("ratio")
    pace = f", {ratio:g} times real time" if ratio else ""
    spent = f"{bench.get('bench_s', 0):.0f} s of bench time in {bench.get('wall_s', 0):.0f} s"
    return plain(f"bench {bench.get('name')}: {spent}{pace}", 200)


def _failure(row: Mapping[str, Any]) -> list[str]:
    severity = f" ({row['severity']})" if row["severity"] else ""
    waived = f", waived by {row['waiver']}" if row["waiver"] else ""
    lines = [f"{row['verdict'].upper()}{severity}{waived}  {row['id']}  {plain(row['title'], 120)}"]
    lines.append(f"  expected  {plain(row['expected'], 400) or '-'}")
    lines.append(f"  observed  {plain(row['observed'], 400) or '-'}")
    lines += [f"  | {plain(line, 200)}" for line in _own_part(row["transcript"])[-_SHOWN_LINES:]]
    lines += [f"  repeat    {row['repeat']}", ""]
    return lines


def _own_part(transcript: str) -> list[str]:
    """The lines of a transcript up to our mark; a camera may send the same words, but not below such a head."""
    lines = transcript.splitlines()
    for number, (head, line) in enumerate(pairwise(lines)):
        if PUTTING_BACK in line and " ! thermoproof event " in head and not head.startswith("    |"):
            return lines[:number]
    return lines


def _verdict_line(run: Mapping[str, Any]) -> str:
    words = {
        0: "CONFORMANT: every case that was run passed.",
        1: "NONCONFORMITIES: the camera does not do what the document says.",
        2: "NOT JUDGED: the run could not be set up.",
        3: "INCONCLUSIVE: no statement about the camera can be made from this run.",
    }
    return words.get(run["exit_code"], "The run has not ended.")


def plain(text: str, limit: int) -> str:
    """`text` in one line of printable ASCII, at most `limit` characters: it may come from a hostile peer."""
    shown = "".join(
        sign if " " <= sign <= "~" else sign.encode("unicode_escape", "surrogatepass").decode() for sign in text
    )
    return shown if len(shown) <= limit else f"{shown[: limit - 3]}..."


def _duration(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"
