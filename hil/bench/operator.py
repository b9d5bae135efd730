"""The operator at the terminal, for instruments that a person works."""

from __future__ import annotations

import sys

__all__ = ["ask_on_terminal"]


def ask_on_terminal(sentence: str) -> str:
    """Shows `sentence` (on standard error, results are on standard output) and returns what is typed.

    Raises EOFError where nobody can type.
    """
    print(f"{sentence}: ", end="", file=sys.stderr, flush=True)
    line = sys.stdin.readline()
    if not line:
        print(file=sys.stderr)
        raise EOFError
    return line.rstrip("\r\n")
