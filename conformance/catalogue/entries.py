"""Checks of one entry of a catalogue file: it is a mapping of known keys, and its values have the right types."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, TypeAlias, TypeVar

from conformance.catalogue.errors import CatalogueError

__all__ = ["RawEntry", "member_of", "only_keys", "require_type", "required_key"]

RawEntry: TypeAlias = Mapping[str, Any]
"""One entry of a YAML file as it was read, before its keys and the types of its values are checked."""

_Value = TypeVar("_Value")
_Member = TypeVar("_Member", bound=StrEnum)


def only_keys(entry: object, keys: set[str], where: str) -> None:
    """Raises CatalogueError, naming the place `where`, unless `entry` is a mapping that has no keys beyond `keys`."""
    if not isinstance(entry, dict):
        raise CatalogueError(f"{where}: a mapping is expected")
    for key in entry:
        if key not in keys:
            raise CatalogueError(f"{where}: unknown key {key!r}")


def required_key(entry: RawEntry, key: str, kind: type[_Value], where: str) -> _Value:
    """The value of `key`. Raises CatalogueError when it is missing or not of type `kind`."""
    if key not in entry:
        raise CatalogueError(f"{where}: {key} is missing")
    value: _Value = entry[key]
    require_type(value, (kind,), f"{where}: {key}")
    return value


def require_type(value: object, kinds: tuple[type, ...], where: str) -> None:
    """Raises CatalogueError unless `value` is one of `kinds`; true and false are no numbers."""
    if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
        wanted = " or ".join(kind.__name__ for kind in kinds)
        raise CatalogueError(f"{where} must be {wanted}, found {value!r}")


def member_of(kind: type[_Member], value: str, where: str) -> _Member:
    """The member of the enumeration `kind` that is written as `value`. Raises CatalogueError when there is none."""
    try:
        return kind(value)
    except ValueError:
        raise CatalogueError(f"{where}: {value!r} is none of {', '.join(member.value for member in kind)}") from None
