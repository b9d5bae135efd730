"""What a person sees of a run: its progress with counts and the time left, then the summary.

The summary counts the verdicts of each chapter, and shows every failure with its evidence and the command that repeats
it.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Final, TextIO

from reports.document import RESTORATION_BEGINS, BenchEntry, CaseEntry, MeasurementEntry, RunDocument, VerdictWord
from reports.record import harmless_json

if TYPE_CHECKING:
    from rich.progress import TaskID

__all__ = ["Progress", "plain", "summary_text"]

_HEADINGS: Final[Mapping[VerdictWord, str]] = {
    "pass": "pass",
    "fail": "fail",
    "inconclusive": "inconcl",
    "not_applicable": "n/a",
    "error": "error",
}
"""The columns of the summary, in their order."""

_NOT_PASSED: Final = ("fail", "inconclusive", "error")
_SHOWN_FAILURES: Final = 20
_SHOWN_LINES: Final = 12
_SHOWN_MEASUREMENTS: Final = 24
_MARKS: Final = (RESTORATION_BEGINS, "--- from here on what the case changed is put back ---")
"""The mark before the restoration, and the former one, which older records have."""


class Progress:
    """Shows nothing: the display of a run under plain pytest, and the base of the other displays."""

    @staticmethod
    def of(kind: str) -> Progress:
        """The display of this kind: `bar` for a terminal, `lines` for a log, `json` for a machine, or `none`."""
        if kind == "bar" and not sys.stdout.isatty():
            kind = "lines"
        displays: dict[str, type[Progress]] = {"bar": _Bar, "lines": _Lines, "json": _Json}
        return displays.get(kind, Progress)()

    def begin(self, planned: int, folder: Path, not_run: Mapping[str, int]) -> None:
        """The run starts with `planned` cases."""

    def waiting(self, identity: str, seconds: float) -> None:
        """The case `identity` begins; it waits up to `seconds` of real time."""

    def case(self, row: CaseEntry) -> None:
        """One case is done."""

    def end(
        self, run: RunDocument | None, folder: Path, trouble: str, leftovers: Sequence[str], *, interrupted: bool
    ) -> None:
        """The run is over; `run` is its document, None where it could not be written."""


class _Json(Progress):
    def begin(self, planned: int, folder: Path, not_run: Mapping[str, int]) -> None:
        print(
            harmless_json({"event": "begin", "planned": planned, "folder": str(folder), "not_run": dict(not_run)}),
            flush=True,
        )

    def waiting(self, identity: str, seconds: float) -> None:
        print(harmless_json({"event": "waiting", "id": identity, "seconds": seconds}), flush=True)

    def case(self, row: CaseEntry) -> None:
        event = {
            "event": "case",
            "id": row["id"],
            "verdict": row["verdict"],
            "severity": row["severity"],
            "expected": row["expected"],
            "observed": row["observed"],
            "duration_s": row["duration_s"],
        }
        print(harmless_json(event), flush=True)

    def end(
        self, run: RunDocument | None, folder: Path, trouble: str, leftovers: Sequence[str], *, interrupted: bool
    ) -> None:
        shown = {"summary": run["summary"], "exit_code": run["exit_code"]} if run else {}
        print(
            harmless_json(
                {"event": "end", "folder": str(folder), "trouble": trouble, "interrupted": interrupted, **shown}
            ),
            flush=True,
        )


class _Lines(Progress):
    """A line every few seconds and one for each case that does not pass, as a log file needs it."""

    EVERY_S = 5.0

    def __init__(self, out: TextIO | None = None) -> None:
        self.out = out or sys.stdout
        self.planned = 0
        self.done = 0
        self.counts: dict[VerdictWord, int] = dict.fromkeys(_HEADINGS, 0)
        self.started = self.shown = time.monotonic()

    def begin(self, planned: int, folder: Path, not_run: Mapping[str, int]) -> None:
        self.planned = planned
        self.started = self.shown = time.monotonic()
        self.say(f"thermoproof: {planned} cases; the record is written to {folder}")
        for reason, count in not_run.items():
            self.say(f"  not run: {count} cases ({reason})")

    def waiting(self, identity: str, seconds: float) -> None:
        self.say(f"  waiting up to {_duration(seconds)} for {identity}")

    def case(self, row: CaseEntry) -> None:
        self.done += 1
        self.counts[row["verdict"]] += 1
        if row["verdict"] in _NOT_PASSED:
            self.say(f"  {row['verdict']:12} {row['id']}: {plain(row['observed'], 100)}")
        now = time.monotonic()
        if now - self.shown >= self.EVERY_S:
            self.shown = now
            self.say(f"  {self.state()}")

    def state(self) -> str:
        """The counts and the time left, in one line."""
        spent = time.monotonic() - self.started
        left = spent / self.done * (self.planned - self.done) if self.done else 0
        counts = ", ".join(f"{count} {_HEADINGS[verdict]}" for verdict, count in self.counts.items() if count)
        return f"{self.done}/{self.planned}: {counts}; about {_duration(left)} left"

    def end(
        self, run: RunDocument | None, folder: Path, trouble: str, leftovers: Sequence[str], *, interrupted: bool
    ) -> None:
        if run is not None and run["cases"]:
            self.say(summary_text(run))
        for leftover in leftovers:
            self.say(f"NOT RESTORED: {plain(leftover, 400)}\n  restore it with: thermoproof restore {folder}")
        if interrupted:
            self.say(
                "Interrupted. What was judged before is in the record; the device was restored as far as it answered."
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
        self.task: TaskID | None = None

    def begin(self, planned: int, folder: Path, not_run: Mapping[str, int]) -> None:
        super().begin(planned, folder, not_run)
        self.task = self.bar.add_task("", total=planned)
        self.bar.start()

    def case(self, row: CaseEntry) -> None:
        super().case(row)
        counts = "  ".join(f"{_HEADINGS[verdict]} {count}" for verdict, count in self.counts.items() if count)
        if self.task is not None:
            self.bar.update(self.task, advance=1, description=counts)

    def state(self) -> str:
        return ""

    def end(
        self, run: RunDocument | None, folder: Path, trouble: str, leftovers: Sequence[str], *, interrupted: bool
    ) -> None:
        self.bar.stop()
        super().end(run, folder, trouble, leftovers, interrupted=interrupted)

    def say(self, text: str) -> None:
        if text.strip():
            self.console.print(text, soft_wrap=True)


def summary_text(run: RunDocument) -> str:
    """The summary of a run: a row of counts per chapter, then every failure with expected, observed, transcript and
    the command that repeats it.
    """
    totals = run["summary"]
    lines = ["", *_chapters(run), "", *_measurements(run)]
    failures = [row for row in run["cases"] if row["verdict"] in _NOT_PASSED]
    for row in failures[:_SHOWN_FAILURES]:
        lines += _failure(row)
    if len(failures) > _SHOWN_FAILURES:
        lines.append(f"... and {len(failures) - _SHOWN_FAILURES} more, in the record")
    if totals["warnings"]:
        lines.append(f"{totals['warnings']} warnings (SHOULD), in the record")
    if run["readings"]:
        lines.append(f"readings this device follows: {len(run['readings'])} observed, in the record")
    lines += [f"note: {plain(note, 300)}" for note in dict.fromkeys(run.get("notes", ()))]
    lines.append(_statement(run))
    return "\n".join(lines)


def _chapters(run: RunDocument) -> list[str]:
    """The table of the summary: how many cases of each chapter ended how."""
    chapters: dict[str, Counter[str]] = {}
    for row in run["cases"]:
        chapters.setdefault(row["chapter"], Counter())[row["verdict"]] += 1
    width = max([len(name) for name in chapters] + [20])
    lines = [f"{'chapter':{width}}" + "".join(f"{heading:>9}" for heading in _HEADINGS.values())]
    for name, counts in sorted(chapters.items()):
        lines.append(f"{name:{width}}" + "".join(f"{counts[verdict] or '-':>9}" for verdict in _HEADINGS))
    lines.append(f"{'all':{width}}" + "".join(f"{run['summary'][verdict]:>9}" for verdict in _HEADINGS))
    return lines


def _measurements(run: RunDocument) -> list[str]:
    """A line for each measurement; of many only those that did not simply pass."""
    measured = [each for row in run["cases"] for each in row["measurements"]]
    if not measured:
        return []
    shown = measured
    if len(measured) > _SHOWN_MEASUREMENTS:
        shown = [each for each in measured if each["decision"] not in ("pass", "reported")][:_SHOWN_MEASUREMENTS]
    counts = Counter(_words(each["decision"]) for each in measured)
    decisions = ", ".join(f"{count} {decision}" for decision, count in counts.most_common())
    lines = [f"measurements: {len(measured)} ({plain(decisions, 200)}), all in the record"]
    lines += [f"  {_measurement(each)}" for each in shown]
    lines += [_bench(bench)] if (bench := run.get("bench")) else []
    return [*lines, ""]


def _measurement(each: MeasurementEntry) -> str:
    unit = "" if each["unit"] == "1" else f" {each['unit']}"
    value, uncertainty = each["value"], each["U"]
    result = "no value" if value is None else f"{value:.4g}{unit}"
    result += "" if uncertainty is None else f" +/- {uncertainty:.2g}{unit}"
    return plain(f"{each['name']}: {result}, {_words(each['decision'])}", 160)


def _words(decision: str) -> str:
    return decision.replace("_", " ")


def _bench(bench: BenchEntry) -> str:
    ratio = bench.get("ratio")
    pace = f", {ratio:g} times real time" if ratio else ""
    spent = f"{bench.get('bench_s', 0):.0f} s of bench time in {bench.get('wall_s', 0):.0f} s"
    return plain(f"bench {bench.get('name')}: {spent}{pace}", 200)


def _failure(row: CaseEntry) -> list[str]:
    severity = f" ({row['severity']})" if row["severity"] else ""
    waived = f", waived by {row['waiver']}" if row["waiver"] else ""
    lines = [f"{row['verdict'].upper()}{severity}{waived}  {row['id']}  {plain(row['title'], 120)}"]
    lines.append(f"  expected  {plain(row['expected'], 400) or '-'}")
    lines.append(f"  observed  {plain(row['observed'], 400) or '-'}")
    lines += [f"  | {plain(line, 200)}" for line in _own_part(row["transcript"])[-_SHOWN_LINES:]]
    lines += [f"  repeat    {row['repeat']}", ""]
    return lines


def _own_part(transcript: str) -> list[str]:
    """The lines of a transcript before the restoration began.

    A camera may send the words of our mark too, but they are not below the first line of an event of ours.
    """
    lines = transcript.splitlines()
    for number, (head, line) in enumerate(pairwise(lines)):
        if any(mark in line for mark in _MARKS) and " ! thermoproof event " in head and not head.startswith("    |"):
            return lines[:number]
    return lines


def _statement(run: RunDocument) -> str:
    """What the exit code of the run says about the camera."""
    statements = {
        0: "CONFORMANT: every case that was run passed.",
        1: "NONCONFORMITIES: the camera does not do what the document says.",
        2: "NOT JUDGED: the run could not be set up.",
        3: "INCONCLUSIVE: no statement about the camera can be made from this run.",
    }
    code = run["exit_code"]
    return "The run has not ended." if code is None else statements.get(code, "The run has not ended.")


def plain(text: str, limit: int) -> str:
    """`text` as one line of printable ASCII of at most `limit` characters, since it may come from a hostile peer."""
    shown = "".join(
        sign if " " <= sign <= "~" else sign.encode("unicode_escape", "surrogatepass").decode() for sign in text
    )
    return shown if len(shown) <= limit else f"{shown[: limit - 3]}..."


def _duration(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"
