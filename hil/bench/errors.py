"""The errors of a bench.

BenchError
 |-- BenchFileError   the bench file cannot be used
 |-- BenchBroken      an instrument, a line or the whole bench has failed; it stays the one cause from then on
 |    `-- BenchBusy   another run holds the bench
 `-- NotStable        a reference did not settle: nothing was measured, and nothing is broken
"""

from __future__ import annotations

__all__ = ["BenchBroken", "BenchBusy", "BenchError", "BenchFileError", "NotStable"]


class BenchError(Exception):
    """An error of the bench, as one sentence for a person."""


class BenchFileError(BenchError):
    """The bench file cannot be used; it says where, what was expected and what was found."""


class BenchBroken(BenchError):
    """The bench has failed and can no longer be relied on; every later use of it raises the same cause."""


class BenchBusy(BenchBroken):
    """Another run holds the bench, or one of its instruments."""


class NotStable(BenchError):
    """A reference did not settle within its time; a case that needs it is inconclusive."""
