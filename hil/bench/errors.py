"""What can go wrong with a bench.

BenchError
 |-- BenchFileError   the bench file cannot be used
 |-- BenchBroken      an instrument, a line or the bench as a whole has failed: the one cause, from then on
 |    `-- BenchBusy   another run holds the bench
 `-- NotStable        a reference never settled: nothing was measured, and nothing is broken
"""

from __future__ import annotations

__all__ = ["BenchBroken", "BenchBusy", "BenchError", "BenchFileError", "NotStable"]


class BenchError(Exception):
    """One sentence for a person."""


class BenchFileError(BenchError):
    """The bench file cannot be used: where, what was expected, what stands there."""


class BenchBroken(BenchError):
    """The bench has failed and can no longer be relied on; every later use of it raises the same cause."""


class BenchBusy(BenchBroken):
    """Another run holds the bench, or one of its instruments."""


class NotStable(BenchError):
    """A reference did not settle in the time it is given: what is measured there is inconclusive."""
