"""The interchange form: a flat row per field of every message, for tools that compare transcriptions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, TypedDict

from conformance.catalogue.json_types import Json, JsonObject
from conformance.catalogue.messages import push_fields, reply_fields, request_fields
from conformance.catalogue.model import Catalogue, Field

__all__ = ["as_interchange"]


class InterchangeField(TypedDict):
    """One field of a message: `path` and `direction` identify it, the facts are those of the field table."""

    path: str
    name: str
    direction: str
    type: str
    required: bool
    min: float | None
    max: float | None
    enum: list[Json] | None
    max_length: int | None
    unit: str | None
    readings: list[str]


_FACTS: Final = ("type", "required", "min", "max", "enum", "max_length", "unit")
_UINT64_MAX: Final = 2**64 - 1


def as_interchange(catalogue: Catalogue) -> JsonObject:
    """The catalogue as commands, pushes, uploads and return codes, each by number (docs/reference/formats.md)."""
    return {
        "commands": [
            {
                "cmdtype": command.cmdtype,
                "section": command.clause,
                "title": command.title,
                "group": command.group.value,
                "fields": _merged(
                    _rows(request_fields(catalogue, command), "request"),
                    _rows(reply_fields(catalogue, command), "reply"),
                ),
            }
            for command in catalogue.commands.values()
        ],
        "pushes": [
            {
                "cmdtype": push.cmdtype,
                "section": push.clause,
                "title": push.title,
                "group": "push",
                "fields": list(_rows(push_fields(catalogue, push), "reply")),
            }
            for push in catalogue.pushes.values()
        ],
        "uploads": [{"cmdtype": upload.cmdtype, "path": upload.path} for upload in catalogue.uploads.values()],
        "return_codes": [
            {"code": code.code, "text": code.text} for code in catalogue.return_codes.values() if code.documented
        ],
    }


def _rows(fields: Iterable[Field], direction: str) -> Iterator[InterchangeField]:
    """A row per field, parents first. The objects of an array have no row of their own: their fields represent them."""
    for top in fields:
        for field in top.walk():
            if field.path.endswith("[]") and field.type == "object":
                continue
            # The tables print no limits for an unsigned 64-bit number; its whole range says no more than its type.
            unlimited = field.type == "uint64" and (field.minimum, field.maximum) == (0, _UINT64_MAX)
            yield {
                "path": field.path,
                "name": field.name.removesuffix("[]"),
                "direction": direction,
                "type": field.type,
                "required": field.required,
                "min": None if unlimited else field.minimum,
                "max": None if unlimited else field.maximum,
                "enum": None if field.enum is None else list(field.enum),
                "max_length": field.max_length,
                "unit": field.unit,
                "readings": list(field.readings),
            }


def _merged(request: Iterable[InterchangeField], reply: Iterable[InterchangeField]) -> list[InterchangeField]:
    """Rows of both directions; a path with the same facts in both becomes one row, with the readings of both."""
    rows = list(request)
    asked = {row["path"]: row for row in rows}
    for row in reply:
        twin = asked.get(row["path"])
        if twin is not None and all(twin[fact] == row[fact] for fact in _FACTS):
            twin["direction"] = "both"
            twin["readings"] += [reading for reading in row["readings"] if reading not in twin["readings"]]
        else:
            rows.append(row)
    return rows
