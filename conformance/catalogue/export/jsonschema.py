"""JSON Schema (2020-12) of every message.

A schema judges one message alone: types, ranges, enumerations, lengths, forms, presence. Requests must follow the
canonical readings; replies and pushes may also follow a tolerated one. Unknown keys are allowed (R152). An `int`
accepts 1.0, as JSON Schema does and R153 leaves open. The checks judge what a schema cannot express: rules between
fields, agreement with the request, forms that need a calendar or a decoder.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from conformance.catalogue.formats import FORMATS
from conformance.catalogue.json_types import JsonObject
from conformance.catalogue.messages import push_fields, reply_fields, request_fields, upload_reply_fields
from conformance.catalogue.model import MISSING, Catalogue, Field, Tolerance
from conformance.catalogue.sizes import ImageSizes

__all__ = ["DIALECT", "as_bundle", "as_jsonschema", "field_schema", "message_schemas"]

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_ID: Final = "urn:thermoproof:protocol-1.1.0:"
_TYPES: Final[Mapping[str, str]] = {
    "int": "integer",
    "uint64": "integer",
    "float": "number",
    "string": "string",
    "bool": "boolean",
    "array": "array",
    "object": "object",
}


def as_jsonschema(catalogue: Catalogue, sizes: ImageSizes | None = None) -> dict[str, JsonObject]:
    """A complete schema for every message, by name: `request-1`, `reply-1`, `push-1000`, `upload-751`.

    `sizes` (pixels, by the names of command 500) replaces the printed bounds of coordinates by the device's own (R58).
    """
    return {
        name: {"$schema": DIALECT, "$id": _ID + name, **schema}
        for name, schema in message_schemas(catalogue, sizes).items()
    }


def as_bundle(catalogue: Catalogue, sizes: ImageSizes | None = None) -> JsonObject:
    """All schemas in one document, below `$defs`; refer to `#/$defs/reply-1`, or to the `$id` of one."""
    return {
        "$schema": DIALECT,
        "$id": f"{_ID}all",
        "title": "Communication Protocol of Double Light Source System 1.1.0",
        "$comment": "Asserts nothing itself: choose the definition of the message at hand.",
        "$defs": {name: {"$id": _ID + name, **schema} for name, schema in message_schemas(catalogue, sizes).items()},
    }


def message_schemas(catalogue: Catalogue, sizes: ImageSizes | None = None) -> dict[str, JsonObject]:
    """The schemas of `as_jsonschema` without dialect and `$id`, for documents that embed them."""
    sizes = sizes or {}
    codes = list(catalogue.return_codes)
    schemas: dict[str, JsonObject] = {}
    for number, command in catalogue.commands.items():
        asked = _limited(request_fields(catalogue, command), sizes)
        answered = _limited(reply_fields(catalogue, command), sizes)
        schemas[f"request-{number}"] = {"title": f"{command.title}: request", **_object(asked, reply=False)}
        schemas[f"reply-{number}"] = {"title": f"{command.title}: reply", **_reply(answered, codes)}
    for number, push in catalogue.pushes.items():
        pushed = _limited(push_fields(catalogue, push), sizes)
        schemas[f"push-{number}"] = {"title": push.title, **_object(pushed, reply=True)}
    for number, upload in catalogue.uploads.items():
        answered = _limited(upload_reply_fields(catalogue, upload), sizes)
        schemas[f"upload-{number}"] = {"title": f"{upload.title}: reply", **_reply(answered, codes)}
    return schemas


def field_schema(field: Field, *, reply: bool) -> JsonObject:
    """The schema of one field; in a `reply`, which includes pushes, with what readings tolerate of a device."""
    schema = _canonical(field, reply=reply)
    if reply and (tolerated := [option for each in field.tolerates for option in _options(each)]):
        schema = {"anyOf": [schema, *tolerated]}
    if field.default is not MISSING and not _outside(field):
        schema["default"] = field.default
    if field.bound is not None:
        schema["$comment"] = f"On a device the maximum is its {field.bound} of command 500 (R58)."
    if description := _description(field):
        schema["description"] = description
    if field.unit is not None:
        schema["x-unit"] = field.unit
    if field.readings:
        schema["x-readings"] = list(field.readings)
    return schema


def _canonical(field: Field, *, reply: bool) -> JsonObject:
    kind = _TYPES[field.type]
    schema: JsonObject = {"type": [kind, "null"] if field.nullable else kind}
    if field.enum is not None:
        schema["enum"] = [*field.enum, None] if field.nullable else list(field.enum)
    if field.type == "array" and field.items is not None:
        schema["items"] = field_schema(field.items, reply=reply)
    if field.fields:
        schema.update(_object(field.fields, reply=reply))
    schema.update(_limits(field))
    if field.format is not None:
        form = FORMATS[field.format]
        # In a reply the text of an optional field may be empty.
        schema["pattern"] = f"^$|{form.pattern}" if reply and not field.required else form.pattern
        if form.encoding is not None:
            schema["contentEncoding"] = form.encoding
    return schema


def _options(tolerance: Tolerance) -> Iterator[JsonObject]:
    """The other schemas that one reading allows. A schema does not see the sibling fields of `when`."""
    if tolerance.types:
        yield {"type": [_TYPES.get(kind, kind) for kind in tolerance.types]}
    if tolerance.values:
        yield {"enum": list(tolerance.values)}
    if tolerance.max_length is not None:
        yield {"type": "string", "maxLength": tolerance.max_length}


def _limits(field: Field) -> JsonObject:
    """Range, lengths, numbers of entries. A value that is listed beside a range satisfies it too (R40, R43)."""
    bounds = {"minimum": field.minimum, "maximum": field.maximum}
    limits: JsonObject = {key: value for key, value in bounds.items() if value is not None}
    if field.listed is not None and limits:
        limits = {"anyOf": [limits, {"enum": sorted(set(field.listed.values()))}]}
    others = {"maxLength": field.max_length, "minItems": field.min_items, "maxItems": field.max_items}
    return {**limits, **{key: value for key, value in others.items() if value is not None}}


def _outside(field: Field) -> bool:
    """Whether the printed default is longer than the printed length (R115)."""
    return isinstance(field.default, str) and field.max_length is not None and len(field.default) > field.max_length


def _description(field: Field) -> str:
    meanings = "; ".join(f"{value}: {meaning}" for value, meaning in (field.enum or {}).items() if meaning)
    return ". ".join(part for part in (field.text.rstrip("."), meanings) if part)


def _object(fields: Iterable[Field], *, reply: bool) -> JsonObject:
    required = [field.name for field in fields if field.required and _due(field, reply=reply)]
    return {
        "type": "object",
        "properties": {field.name: field_schema(field, reply=reply) for field in fields},
        **({"required": required} if required else {}),
    }


def _due(field: Field, *, reply: bool) -> bool:
    """Whether a required field must be present: no reading frees or renames it, and its sender may set it."""
    if reply:
        return field.absent is None and not any(tolerance.names for tolerance in field.tolerates)
    return not field.read_only


def _reply(fields: tuple[Field, ...], codes: list[int]) -> JsonObject:
    """A reply needs its fields only on success; without payload its message may be null or missing (R01)."""
    message = next(field for field in fields if field.name == "message")
    schema = _object([field for field in fields if field is not message], reply=True)
    schema["properties"]["retcode"]["enum"] = codes
    body = field_schema(message, reply=True)
    due = {key: body.pop(key) for key in ("required",) if key in body}
    schema["properties"]["message"] = {**body, "type": ["object", "null"]}
    if message.fields:
        schema["if"] = {"properties": {"retcode": {"const": 0}}}
        schema["then"] = {"properties": {"message": {"type": "object", **due}}, "required": ["message"]}
    return schema


def _limited(fields: tuple[Field, ...], sizes: ImageSizes) -> tuple[Field, ...]:
    return tuple(field.limited_to(sizes) for field in fields)
