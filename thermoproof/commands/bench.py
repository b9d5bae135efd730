"""`thermoproof bench check`: identify and read every instrument of a bench, and verify its wiring."""

from __future__ import annotations

import argparse

from thermoproof.commands.console import Commands, complain

__all__ = ["add", "call"]


def add(commands: Commands) -> None:
    """Describe the command and its one action to the parser."""
    actions = commands.add_parser("bench", help="check a bench of instruments").add_subparsers(
        dest="action", metavar="ACTION", required=True
    )
    parser = actions.add_parser(
        "check",
        help="identify and read every instrument, verify the wiring",
        description="Identify and read every instrument of a bench file, verify its loop-backs, and report what is "
        "wrong.",
        epilog="exit codes: 0 the bench may be used (there may be warnings), 1 something is wrong, 2 the file cannot "
        "be used",
    )
    parser.add_argument("file", metavar="FILE", help="the bench file (YAML; docs/guide/bench.md)")
    parser.add_argument(
        "--certify", action="store_true", help="a calibration that is missing or past its date is an error"
    )
    parser.add_argument("--json", action="store_true", help="print the report as JSON")
    parser.set_defaults(call=call)


def call(options: argparse.Namespace) -> int:
    """Check the bench and print the report; returns the exit code."""
    import json

    from hil.bench import BenchFileError, load_bench
    from hil.bench.check import run_check
    from hil.bench.operator import ask_on_terminal

    try:
        file = load_bench(options.file)
    except BenchFileError as error:
        if not options.json:
            return complain(str(error), 2)
        print(json.dumps({"file": options.file, "ok": False, "problems": str(error).splitlines()}, indent=1))
        return 2
    report = run_check(file, certify=options.certify, ask=ask_on_terminal)
    print(json.dumps(report.as_dict(), indent=1, ensure_ascii=False) if options.json else "\n".join(report.lines()))
    return 0 if report.ok else 1
