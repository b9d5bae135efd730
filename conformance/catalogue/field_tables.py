"""Reads field tables: the rows `name: {type: ..., min: ...}` of a YAML file become the fields of the model."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final, TypeAlias

from conformance.catalogue.entries import RawEntry, only_keys, require_type, required_key
from conformance.catalogue.errors import CatalogueError
from conformance.catalogue.field import MISSING, Field, Tolerance
from conformance.catalogue.sizes import SIZE_NAMES

__all__ = ["FieldTables", "RawEnum"]

RawEnum: TypeAlias = dict[Any, Any]
"""An entry of `enums`: members with their meanings, or meanings with their values (for `listed`)."""

_NUMBER: Final = (int, float)
_FIELD_KEYS: Final[Mapping[str, tuple[type, ...]]] = {
    "type": (str,),
    "required": (bool,),
    "min": _NUMBER,
    "max": _NUMBER,
    "bound": (str,),
    "enum": (dict, list, str),
    "listed": (str,),
    "max_length": (int,),
    "min_items": (int,),
    "max_items": (int,),
    "unit": (str,),
    "format": (str,),
    "default": (int, float, str, list, dict, bool),
    "source": (str,),
    "absent": (str,),
    "own_values": (str,),
    "tolerates": (list,),
    "read_only": (bool,),
    "secret": (bool,),
    "nullable": (bool,),
    "readings": (list,),
    "text": (str,),
    "fields": (dict,),
    "items": (dict,),
}
_TOLERATED: Final = frozenset({"types", "names", "values", "max_length", "instead_of", "padding", "trailing_space"})
_TYPES: Final = frozenset({"int", "float", "string", "bool", "array", "object", "uint64"})
_SOURCES: Final = frozenset({"table", "table-only", "example", "reading"})
_BOUND: Final = re.compile(rf"^(?:{'|'.join(SIZE_NAMES)})(?:-1)?$")


class FieldTables:
    """Makes fields of field tables; a table may refer to `enums` and `groups` by name."""

    def __init__(self, enums: Mapping[str, RawEnum], groups: Mapping[str, RawEntry]) -> None:
        self._enums = enums
        self._groups = groups

    def fields(self, spec: object, prefix: str, where: str) -> tuple[Field, ...]:
        if not isinstance(spec, dict):
            raise CatalogueError(f"{where}: a mapping of fields is expected, found {type(spec).__name__}")
        merged: dict[str, object] = {}
        self._flatten(spec, merged, where)
        return tuple(self.field(name, body, f"{prefix}{name}", where) for name, body in merged.items())

    def _flatten(self, spec: RawEntry, into: dict[str, object], where: str) -> None:
        for name, body in spec.items():
            if name == "use" and isinstance(body, list):
                for group in body:
                    if group not in self._groups:
                        raise CatalogueError(f"{where}: there is no group {group!r}")
                    self._flatten(self._groups[group], into, f"{where}, group {group}")
            else:
                into[name] = body

    def field(self, name: str, body: object, path: str, where: str) -> Field:
        where = f"{where}, {path}"
        if not isinstance(name, str) or not isinstance(body, dict):
            raise CatalogueError(f"{where}: a field is `name: {{type: ...}}`")
        for key, value in body.items():
            if key not in _FIELD_KEYS:
                raise CatalogueError(f"{where}: unknown key {key!r}")
            require_type(value, _FIELD_KEYS[key], f"{where}: {key}")
        kind = body.get("type")
        if kind not in _TYPES:
            raise CatalogueError(f"{where}: type {kind!r} is none of {', '.join(sorted(_TYPES))}")
        if body.get("source", "table") not in _SOURCES:
            raise CatalogueError(f"{where}: source {body['source']!r} is none of {', '.join(sorted(_SOURCES))}")
        if "bound" in body and not _BOUND.match(body["bound"]):
            raise CatalogueError(f"{where}: bound {body['bound']!r} is no size of command 500")
        if ("fields" in body) and kind != "object":
            raise CatalogueError(f"{where}: only an object has fields")
        if ("items" in body) != (kind == "array"):
            raise CatalogueError(f"{where}: an array has items, and nothing else has")
        enum = body.get("enum")
        if isinstance(enum, str):
            enum = self._enum(enum, where)
        elif isinstance(enum, list):
            enum = dict.fromkeys(enum, "")
        if enum is not None:
            kinds: tuple[type, ...] = {"int": (int,), "uint64": (int,), "string": (str,), "float": _NUMBER}.get(
                kind, ()
            )
            if not all(isinstance(value, kinds) and not isinstance(value, bool) for value in enum):
                raise CatalogueError(f"{where}: a member of the enumeration is not of type {kind}")
        listed = body.get("listed")
        return Field(
            name=name,
            path=path,
            type=kind,
            required=body.get("required", False),
            minimum=body.get("min"),
            maximum=body.get("max"),
            bound=body.get("bound"),
            enum=enum,
            listed=None if listed is None else self._enum(listed, where),
            max_length=body.get("max_length"),
            min_items=body.get("min_items"),
            max_items=body.get("max_items"),
            unit=body.get("unit"),
            format=body.get("format"),
            default=body.get("default", MISSING),
            readings=tuple(body.get("readings", ())),
            source=body.get("source", "table"),
            absent=body.get("absent"),
            own_values=body.get("own_values"),
            tolerates=tuple(_tolerance(entry, where) for entry in body.get("tolerates", ())),
            read_only=body.get("read_only", False),
            secret=body.get("secret", False),
            nullable=body.get("nullable", False),
            text=body.get("text", ""),
            fields=self.fields(body["fields"], f"{path}.", where) if "fields" in body else (),
            items=self.items(body["items"], path, where) if "items" in body else None,
        )

    def items(self, body: RawEntry, path: str, where: str) -> Field:
        return self.field(f"{path.rsplit('.', 1)[-1]}[]", body, f"{path}[]", where)

    def _enum(self, name: str, where: str) -> RawEnum:
        if name not in self._enums:
            raise CatalogueError(f"{where}: there is no enumeration {name!r}")
        return self._enums[name]


def _tolerance(entry: RawEntry, where: str) -> Tolerance:
    where = f"{where}, tolerates"
    only_keys(entry, {"reading", "when", *_TOLERATED}, where)
    if not entry.keys() & _TOLERATED:
        raise CatalogueError(f"{where}: an entry must have one of {', '.join(sorted(_TOLERATED))}")
    require_type(entry.get("trailing_space", False), (bool,), f"{where}: trailing_space")
    return Tolerance(
        reading=required_key(entry, "reading", str, where),
        types=tuple(entry.get("types", ())),
        names=tuple(entry.get("names", ())),
        values=tuple(entry.get("values", ())),
        when=entry.get("when"),
        max_length=entry.get("max_length"),
        instead_of=tuple(entry.get("instead_of", ())),
        padding=tuple(entry.get("padding", ())),
        trailing_space=entry.get("trailing_space", False),
    )
