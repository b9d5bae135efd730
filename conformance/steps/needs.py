"""The capabilities that several cases need, and what they write, declared once."""

from __future__ import annotations

from typing import TypedDict

__all__ = ["Needs"]


class Needs(TypedDict):
    """The capabilities that cases need, and what they write; see `Case`."""

    capabilities: tuple[str, ...]
    writes: tuple[str, ...]
