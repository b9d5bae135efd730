"""`thermoproof mutants`: run the suites against single defects of the simulated camera."""

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

__all__ = ["add", "call"]


def add(commands: Commands) -> None:
    """Describe the command to the parser."""
    parser = commands.add_parser(
        "mutants",
        help="run the suites against single defects of the simulated camera",
        description="Run the suites against single defects of the simulated camera.",
        epilog="exit codes: 0 every defect was found, 1 a defect was not found, 2 usage, 3 a run could not be judged",
    )
    parser.add_argument("--id", action="append", default=[], metavar="GLOB", help="only the mutants whose id matches")
    parser.add_argument("--representative", action="store_true", help="only the mutants that the project's tests run")
    parser.add_argument("--own", action="store_true", help="only with the cases of the mutant's own clause")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, metavar="N", help="default: one per core")
    parser.add_argument(
        "--out",
        metavar="DIR",
        default="reports/out/mutants",
        help="folder of mutants.json and mutants.md (default: %(default)s)",
    )
    parser.set_defaults(call=call)


def call(options: argparse.Namespace) -> int:
    """Run the suites and write the matrix; returns the exit code."""
    from fixtures.proof.farm import CAN_FORK, CannotRun, file_away
    from fixtures.proof.mutant_runs import find_killers, mutants_named
    from reports.render.mutants import matrix_text

    wanted, known = mutants_named(options.id, representative=options.representative)
    if not wanted:
        return complain(f"no mutant matches {' '.join(options.id)} ({known} are known)", 2)
    if not CAN_FORK:
        return complain("mutants need a system that can fork a process (Linux, macOS)", 2)
    try:
        matrix = find_killers(wanted, jobs=max(1, options.jobs), own_only=options.own, progress=_progress)
        table = file_away(matrix, matrix_text(matrix), Path(options.out), "mutants")
    except CannotRun as error:
        return complain(str(error), 3)
    verdicts = Counter(entry["verdict"] for entry in matrix["mutants"])
    print(
        f"{verdicts.total()} mutants: {verdicts['own']} killed by a case of their own clause, {verdicts['other']} by "
        f"another, {verdicts['survived']} survived, {verdicts['undecided']} could not be judged ({table})"
    )
    if verdicts["survived"]:
        return 1
    return 3 if verdicts["undecided"] else 0


def _progress(trial: Trial, killers: list[str]) -> None:
    found = f"killed by {killers[0]}" if killers else f"not killed {trial.trouble()}"
    print(f"{trial.age_s:6.1f} s  {trial.name}: {found}", file=sys.stderr, flush=True)
