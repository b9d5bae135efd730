"""The suites of the bench: one module per quantity, bodies of a few lines on the procedures of `hil.procedures`."""

from __future__ import annotations

import sys

from conformance.case import Case
from conformance.suites import declared

__all__ = ["all_cases"]


def all_cases() -> list[Case]:
    """Every case of every module, in the order of their declaration."""
    return declared(sys.modules[__name__])
