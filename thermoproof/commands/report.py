"""`thermoproof report`: print the summary of a run from its record."""

from __future__ import annotations

import argparse

from thermoproof.commands.console import Commands, complain

__all__ = ["add", "call"]


def add(commands: Commands) -> None:
    """Describe the command to the parser."""
    parser = commands.add_parser("report", help="print the summary of a finished or interrupted run")
    parser.add_argument("run", metavar="RUN", help="folder of the run, or its run.json or run.jsonl")
    parser.add_argument("--format", choices=("console", "json"), default="console", help="default: console")
    parser.set_defaults(call=call)


def call(options: argparse.Namespace) -> int:
    """Print the summary; returns the exit code: 0, or 2 where there is no record that can be read."""
    import json
    from pathlib import Path

    from reports.record import RecordError, read_run
    from reports.render.console import summary_text

    try:
        run = read_run(Path(options.run))
    except RecordError as error:
        return complain(str(error), 2)
    print(json.dumps(run, indent=1) if options.format == "json" else summary_text(run))
    return 0
