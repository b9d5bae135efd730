"""The two families of names by which a linkage tells its sound (R48): a device may show the one where the other is due.

Under the name of the other family a value is of that family too: 1 plays, 2 or 0 lasts for a duration.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from conformance.catalogue.model import Field

__all__ = ["by_table", "other_names", "translated"]

_NUMBERS: Final[Mapping[tuple[str, str], Mapping[Any, Any]]] = {
    ("audio_playtype", "audio_mode"): {1: 1, 2: 0},
    ("audio_mode", "audio_playtype"): {1: 1, 0: 2},
}
_READING: Final = "R48"


def translated(name: str, other: str, value: Any) -> Any:
    """A value that stands under `name`, as it is written under `other`."""
    numbers = _NUMBERS.get((name, other))
    return numbers.get(value, value) if numbers is not None and type(value) is int else value


def other_names(field: Field) -> tuple[str, ...]:
    """The names of the other family for `field`."""
    return tuple(name for each in field.tolerates if each.reading == _READING for name in each.names)


def by_table(fields: tuple[Field, ...], shown: Mapping[str, Any]) -> dict[str, Any]:
    """What a get shows by names of the other family, by those of the field table; everything else as it is."""
    result = dict(shown)
    for field in fields:
        for name in other_names(field):
            if name in result and field.name not in result:
                result[field.name] = translated(name, field.name, result.pop(name))
        below = result.get(field.name)
        if field.items is not None and isinstance(below, list):
            inner = field.items.fields
            result[field.name] = [by_table(inner, entry) if isinstance(entry, dict) else entry for entry in below]
    return result
