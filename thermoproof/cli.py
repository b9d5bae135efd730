"""The command line: the parser, and what holds for every command. The commands are in `thermoproof.commands`."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from thermoproof import __version__
from thermoproof.commands import (
    bench,
    catalogue,
    coverage,
    dialects,
    mutants,
    probe,
    report,
    restore,
    run,
    simulate,
)

__all__ = ["main"]

_COMMANDS = (run, probe, simulate, catalogue, coverage, report, restore, bench, mutants, dialects)
"""In the order of `--help`."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    parser = _parser()
    try:
        options = parser.parse_args(arguments)
        if options.command is None:
            parser.print_help()
            return 2
        return int(options.call(options))
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 3
    except BrokenPipeError:
        # The reader of a pipe has gone (`| head`): the interpreter must not complain about it when it flushes.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 3


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="thermoproof",
        description="Judges whether a dual-light thermal camera does what its protocol document says, and files the "
        "evidence.",
    )
    parser.add_argument("--version", action="version", version=f"thermoproof {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    for command in _COMMANDS:
        command.add(commands)
    return parser
