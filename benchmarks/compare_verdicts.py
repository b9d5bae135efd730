"""Two run records compared by case id and verdict: `python benchmarks/compare_verdicts.py RUN_A RUN_B [--order]`.

A change that should leave the behaviour alone is judged by it: the same cases must have the same verdicts. With
`--order` the order of the cases must be the same as well. RUN is the folder of a run, its run.json or its run.jsonl.

Exit codes: 0 the runs agree, 1 they differ, 2 a record cannot be read.
"""

from __future__ import annotations

import argparse
import bisect
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from reports.document import RunDocument
from reports.record import RecordError, read_run

__all__ = ["differences", "main", "moves"]

_SHOWN = 20


def differences(before: Mapping[str, str], after: Mapping[str, str]) -> list[str]:
    """What differs between two runs, each given as the verdict of each case id; empty where they agree."""
    missing = [f"{case}: {verdict}" for case, verdict in before.items() if case not in after]
    new = [f"{case}: {verdict}" for case, verdict in after.items() if case not in before]
    changed = [
        f"{case}: {verdict}, now {after[case]}"
        for case, verdict in before.items()
        if after.get(case, verdict) != verdict
    ]
    return [*_listed("missing", missing), *_listed("new", new), *_listed("changed", changed)]


def moves(before: Sequence[str], after: Sequence[str]) -> list[str]:
    """How many cases of both runs come elsewhere in the second, by the head of their id, which names their folder.

    Empty where the order is the same. As few cases as possible count as moved: those outside the longest sequence that
    both runs have in common.
    """
    known = set(before)
    common = [case for case in after if case in known]
    place = {case: number for number, case in enumerate(common)}
    kept = _longest_rising([place[case] for case in before if case in place])
    moved = Counter(case.partition("/")[0] for case in common if place[case] not in kept)
    return _listed("moved", [f"{head}: {count} cases" for head, count in moved.most_common()], moved.total())


def _longest_rising(numbers: Sequence[int]) -> set[int]:
    """The numbers of a longest rising subsequence."""
    last: list[int] = []  # for each length, the smallest number with which a rising subsequence can end
    previous: dict[int, int | None] = {}
    for number in numbers:
        length = bisect.bisect_left(last, number)
        previous[number] = last[length - 1] if length else None
        last[length : length + 1] = [number]
    found: set[int] = set()
    number_or_end = last[-1] if last else None
    while number_or_end is not None:
        found.add(number_or_end)
        number_or_end = previous[number_or_end]
    return found


def _listed(title: str, entries: Iterable[str], count: int | None = None) -> list[str]:
    entries = list(entries)
    if not entries:
        return []
    more = [f"  ... and {len(entries) - _SHOWN} more"] if len(entries) > _SHOWN else []
    total = len(entries) if count is None else count
    return [f"{title}: {total}", *(f"  {each}" for each in entries[:_SHOWN]), *more]


def _verdicts(run: RunDocument) -> dict[str, str]:
    return {row["id"]: row["verdict"] for row in run["cases"]}


def main(arguments: Sequence[str] | None = None) -> int:
    """Compare the two runs and print what differs; returns the exit code."""
    parser = argparse.ArgumentParser(description="Compare two run records by case id and verdict.")
    parser.add_argument("before", metavar="RUN_A", type=Path)
    parser.add_argument("after", metavar="RUN_B", type=Path)
    parser.add_argument("--order", action="store_true", help="compare the order of the cases too")
    options = parser.parse_args(arguments)
    try:
        before, after = (_verdicts(read_run(path)) for path in (options.before, options.after))
    except RecordError as error:
        print(error, file=sys.stderr)
        return 2
    lines = differences(before, after)
    if options.order:
        lines += moves(list(before), list(after))
    print("\n".join(lines) or f"the same {len(before)} cases with the same verdicts")
    return 1 if lines else 0


if __name__ == "__main__":
    raise SystemExit(main())
