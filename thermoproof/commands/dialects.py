"""`thermoproof dialects`: run the suites against cameras that choose otherwise where the document leaves a choice."""

from __future__ import annotations

import argparse
import os
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from thermoproof.commands.console import Commands, complain

if TYPE_CHECKING:
    from fixtures.proof.farm import Trial
    from reports.render.dialects import DialectRun

__all__ = ["add", "call"]

_NAMED_ALARMS = 3


def add(commands: Commands) -> None:
    """Describe the command to the parser."""
    parser = commands.add_parser(
        "dialects",
        help="run the suites against tolerated readings of the simulated camera",
        description="Run the suites against tolerated readings of the simulated camera, each alone.",
        epilog="exit codes: 0 no case complained and every choice was observed, 1 otherwise, 2 usage, 3 a run could "
        "not be judged",
    )
    parser.add_argument("--id", action="append", default=[], metavar="GLOB", help="only the dialects whose id matches")
    parser.add_argument(
        "--random", type=int, default=0, metavar="N", help="instead of each alone, N random combinations of them"
    )
    parser.add_argument("--seed", type=int, default=0, metavar="S", help="seed of the combinations (default: 0)")
    parser.add_argument("--whole", action="store_true", help="with every case, not only those that a dialect names")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, metavar="N", help="default: one per core")
    parser.add_argument(
        "--out",
        metavar="DIR",
        default="reports/out/dialects",
        help="folder of dialects.json and dialects.md (default: %(default)s)",
    )
    parser.set_defaults(call=call)


def call(options: argparse.Namespace) -> int:
    """Run the suites and write what was found; returns the exit code."""
    from fixtures.proof.dialect_runs import combinations, dialects_named, false_alarms
    from fixtures.proof.farm import CAN_FORK, CannotRun, file_away
    from reports.render.dialects import dialects_text

    wanted, known = dialects_named(options.id)
    if not wanted:
        return complain(f"no dialect matches {' '.join(options.id)} ({known} are known)", 2)
    if not CAN_FORK:
        return complain("dialects need a system that can fork a process (Linux, macOS)", 2)
    speeches = combinations(wanted, options.random, options.seed) if options.random else [(each,) for each in wanted]
    try:
        found = false_alarms(speeches, jobs=max(1, options.jobs), whole=options.whole, progress=_progress)
        table = file_away(found, dialects_text(found), Path(options.out), "dialects")
    except CannotRun as error:
        return complain(str(error), 3)
    verdicts = Counter(run["verdict"] for run in found["runs"])
    print(
        f"{verdicts.total()} runs: {verdicts['clean']} without a false alarm, {verdicts['alarmed']} with one, "
        f"{verdicts['unreported']} with a choice that was not observed, {verdicts['undecided']} could not be judged "
        f"({table})"
    )
    if verdicts["alarmed"] or verdicts["unreported"]:
        return 1
    return 3 if verdicts["undecided"] else 0


def _progress(trial: Trial, run: DialectRun) -> None:
    spoken = run["dialects"][0] if len(run["dialects"]) == 1 else f"{len(run['dialects'])} dialects"
    alarms = ", ".join(alarm["case"] for alarm in run["alarms"][:_NAMED_ALARMS])
    found = f"{len(run['alarms'])} of {run['ran']} cases complain {alarms} {run['trouble']}".rstrip()
    print(f"{trial.age_s:6.1f} s  {spoken}: {found}", file=sys.stderr, flush=True)
