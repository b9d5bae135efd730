"""Words for the titles of cases: a title shows JSON, as the protocol does."""

from __future__ import annotations

from conformance import checks
from conformance.catalogue.json_types import Json

__all__ = ["json_of", "sentence_case"]

_LONGEST = 40


def json_of(value: Json) -> str:
    """A value as JSON, in at most about 40 characters."""
    return checks.short(value, _LONGEST)


def sentence_case(words: str) -> str:
    """The same words with a capital letter at the beginning."""
    return words[:1].upper() + words[1:]
