"""What cases need and write, where it is the same for several of them."""

from __future__ import annotations

from typing import TypedDict

__all__ = ["Needs"]


class Needs(TypedDict):
    """The capabilities that cases need, and what they write, in the words of `Case`."""

    capabilities: tuple[str, ...]
    writes: tuple[str, ...]
