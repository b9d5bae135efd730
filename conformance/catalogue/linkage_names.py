"""Two families of field names for the sound of a linkage (R48): a device may show one where the table has the other.

A value belongs to the family of its name: 1 means a number of plays in both; a duration is 2 in `audio_playtype`, and 0
in `audio_mode`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from conformance.catalogue.json_types import Json, JsonMapping, JsonObject
from conformance.catalogue.model import Field

__all__ = ["by_table", "other_names", "translated"]

_NUMBERS: Final[Mapping[tuple[str, str], Mapping[Json, Json]]] = {
    ("audio_playtype", "audio_mode"): {1: 1, 2: 0},
    ("audio_mode", "audio_playtype"): {1: 1, 0: 2},
}
_READING: Final = "R48"


def translated(name: str, other: str, value: Json) -> Json:
    """The value of the field `name`, as it is written in the field `other`."""
    numbers = _NUMBERS.get((name, other))
    return numbers.get(value, value) if numbers is not None and type(value) is int else value


def other_names(field: Field) -> tuple[str, ...]:
    """The names that the other family has for `field`."""
    return tuple(name for each in field.tolerates if each.reading == _READING for name in each.names)


def by_table(fields: tuple[Field, ...], shown: JsonMapping) -> JsonObject:
    """The configuration that a get shows, with the names of the field table in place of those of the other family."""
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
