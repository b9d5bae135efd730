"""What several cases of a module have in common."""

from __future__ import annotations

from typing import TypedDict

__all__ = ["Needs"]


class Needs(TypedDict):
    """The capabilities that cases need, and what they write; see `Case`."""

    capabilities: tuple[str, ...]
    writes: tuple[str, ...]
