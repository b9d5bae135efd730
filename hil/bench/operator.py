"""The operator at the terminal, for instruments that a person works."""

from __future__ import annotations

import sys

__all__ = ["ask_on_terminal"]


def ask_on_terminal(sentence: str) -> str:
    """Shows `sentence` and returns the line that the operator types.

    The sentence goes to standard error, because results go to standard output. Raises EOFError at the end of input.
    """
    print(f"{sentence}: ", end="", file=sys.stderr, flush=True)
    line = sys.stdin.readline()
    if not line:
        print(file=sys.stderr)
        raise EOFError
    return line.rstrip("\r\n")
