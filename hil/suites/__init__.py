"""The suites of the bench: one module per quantity, bodies of a few lines on the procedures of `hil.procedures`."""

from __future__ import annotations

import sys
from typing import Any

from conformance.rules.case import Case, declared

__all__ = ["all_cases"]


def all_cases() -> list[Case[Any]]:
    """Every case of every module, in the order of their declaration."""
    return declared(sys.modules[__name__])
