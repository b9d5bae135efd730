"""The suites: a folder per head of a case id, and nothing but cases in it: a stimulus and one check."""

from __future__ import annotations

import sys
from typing import Any

from conformance.rules.case import Case, declared

__all__ = ["all_cases"]


def all_cases() -> list[Case[Any]]:
    """Every case of every module, folder by folder, in the order of their declaration."""
    return declared(sys.modules[__name__])
