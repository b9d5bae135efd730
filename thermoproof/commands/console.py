"""What several commands share: the type of the parser's list of commands, an error sentence, a text to a file."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TypeAlias

__all__ = ["Commands", "complain", "print_or_write"]

# argparse has no public name for what add_subparsers returns.
Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"
"""The list of commands of a parser, to which each command adds itself."""


def complain(sentence: str, code: int) -> int:
    """Print an error sentence to standard error; returns `code`, the exit code of the command."""
    print(f"thermoproof: {sentence}", file=sys.stderr)
    return code


def print_or_write(text: str, out: str | None) -> int:
    """Print `text`, or write it to the file `out`; returns the exit code: 0, or 2 where the file cannot be written."""
    if out is None:
        print(text)
        return 0
    try:
        Path(out).write_text(text.rstrip("\n") + "\n", encoding="utf-8")
    except OSError as error:
        return complain(f"{out} cannot be written: {error.strerror}", 2)
    return 0
