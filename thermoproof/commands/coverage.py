"""`thermoproof coverage`: which clauses of the document are judged, by how many cases, and which are not."""

from __future__ import annotations

import argparse

from thermoproof.commands.console import Commands, print_or_write

__all__ = ["add", "call"]


def add(commands: Commands) -> None:
    """Describe the command to the parser."""
    parser = commands.add_parser("coverage", help="list clause by clause what the suites judge, and what they do not")
    parser.add_argument("--out", metavar="FILE", help="write to a file instead of the console")
    parser.set_defaults(call=call)


def call(options: argparse.Namespace) -> int:
    """Print or write the list; returns the exit code: 0, or 2 where the file cannot be written."""
    from conformance import suites
    from conformance.catalogue import load
    from conformance.coverage import coverage_text
    from conformance.rules.case import declared_in
    from hil import suites as bench_suites

    cases = [*declared_in(suites), *declared_in(bench_suites)]
    return print_or_write(coverage_text(load(), cases), options.out)
