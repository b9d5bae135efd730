"""The suites of the bench: nothing but cases, whose bodies call the procedures of `hil.procedures`.

The second part of a case id is the module: `HIL/noise/netd-and-pattern` is in `test_noise.py`.
"""

from __future__ import annotations

import sys
from typing import Any

from conformance.rules.case import Case, declared

__all__ = ["all_cases"]


def all_cases() -> list[Case[Any]]:
    """Every case of every module: the modules by the alphabet, the cases in the order of their declaration."""
    return declared(sys.modules[__name__])
