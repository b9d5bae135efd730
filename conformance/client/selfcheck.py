"""Checks our own requests against the catalogue: a mistake of ours must never become a verdict on a device."""

from __future__ import annotations

import base64
import binascii
import ipaddress
import json
import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Final

from conformance.catalogue import Catalogue, Command, Field
from conformance.catalogue.json_types import Json, JsonMapping
from conformance.catalogue.sizes import ImageSizes
from conformance.client.codec import is_int
from conformance.client.errors import LocalMessageError

__all__ = ["check_request"]

_SHOWN: Final = 60


def check_request(
    catalogue: Catalogue, frame: JsonMapping, sizes: ImageSizes | None = None, *, signed: bool = False
) -> None:
    """Refuses a request that the catalogue does not allow.

    `sizes` are the device's own image sizes in pixels, by the names of command 500 (reading R58); a `signed` HTTP
    request needs no token (R101). Rules between fields (`constraints`) are not checked.
    Raises LocalMessageError, whose `problems` name every violation by its path.
    """
    problems = list(_frame_problems(catalogue, frame, sizes or {}, signed))
    if problems:
        head = f"our own request {_shown(frame.get('cmdtype'))} violates the catalogue"
        raise LocalMessageError(f"{head}: {'; '.join(problems)}", problems)


def _frame_problems(catalogue: Catalogue, frame: JsonMapping, sizes: ImageSizes, signed: bool) -> Iterator[str]:
    number = frame.get("cmdtype")
    command = catalogue.commands.get(number) if is_int(number) else None
    if command is None:
        yield f"cmdtype: a command of the catalogue expected, found {_shown(number)}"
        return
    envelope = [_as_due(each, command, signed) for each in catalogue.request_envelope if each.name != "message"]
    envelope += [each.limited_to(sizes) for each in command.envelope]
    rest = {key: value for key, value in frame.items() if key != "message"}
    yield from _object_problems(envelope, rest, "")
    if not command.token and frame.get("token"):
        yield f"token: command {number} must have none (R09)"
    if command.token and not signed and frame.get("token") == "":
        yield "token: a token is required, found an empty string"
    message = frame.get("message")
    if message is None:
        if command.message_required:
            yield f"message: an object is required, found {'null' if 'message' in frame else 'nothing'}"
    elif not isinstance(message, Mapping):
        yield f"message: an object is expected, found {_shown(message)}"
    else:
        yield from _object_problems([each.limited_to(sizes) for each in command.request], message, "message.")


def _as_due(each: Field, command: Command, signed: bool) -> Field:
    if each.name == "token" and (signed or not command.token):
        return replace(each, required=False)
    return each


def _object_problems(fields: list[Field] | tuple[Field, ...], value: JsonMapping, prefix: str) -> Iterator[str]:
    known = {each.name: each for each in fields}
    for name, each in known.items():
        if each.required and not each.read_only and name not in value:
            yield f"{prefix}{name}: required, but missing"
    for name, entry in value.items():
        path = f"{prefix}{name}"
        if name not in known:
            yield f"{path}: unknown"
        elif known[name].read_only:
            yield f"{path}: read-only, it cannot be set"
        else:
            yield from _value_problems(known[name], entry, path)


def _value_problems(field: Field, value: object, path: str) -> Iterator[str]:
    if not _TYPES[field.type](value):
        yield f"{path}: {field.type} expected, found {_shown(value, field.secret)}"
    elif isinstance(value, Mapping):
        yield from _object_problems(field.fields, value, f"{path}.")
    elif isinstance(value, list | tuple):
        yield from _array_problems(field, value, path)
    elif isinstance(value, str):
        yield from _string_problems(field, value, path)
    elif isinstance(value, float) or is_int(value):
        yield from _number_problems(field, value, path)


def _array_problems(field: Field, value: list[Json] | tuple[Json, ...], path: str) -> Iterator[str]:
    if field.min_items is not None and len(value) < field.min_items:
        yield f"{path}: at least {field.min_items} entries expected, found {len(value)}"
    if field.max_items is not None and len(value) > field.max_items:
        yield f"{path}: at most {field.max_items} entries expected, found {len(value)}"
    if field.items is not None:
        for index, entry in enumerate(value):
            yield from _value_problems(field.items, entry, f"{path}[{index}]")


def _string_problems(field: Field, value: str, path: str) -> Iterator[str]:
    if field.max_length is not None and len(value) > field.max_length:
        yield f"{path}: at most {field.max_length} characters expected, found {len(value)}"
    if field.enum is not None and value not in field.enum:
        yield f"{path}: {_shown(value, field.secret)} is none of {_members(field)}"
    if field.format is not None and not _FORMATS.get(field.format, _any)(value):
        yield f"{path}: the format {field.format} expected, found {_shown(value, field.secret)}"


def _number_problems(field: Field, value: float, path: str) -> Iterator[str]:
    if not _is_finite(value):
        yield f"{path}: a finite number expected, found {value}"
    elif field.listed is not None and any(value == legal for legal in field.listed.values()):
        return
    elif field.enum is not None and value not in field.enum:
        yield f"{path}: {_shown(value, field.secret)} is none of {_members(field)}"
    elif field.minimum is not None and value < field.minimum:
        yield f"{path}: {field.minimum} or more expected, found {_shown(value, field.secret)}"
    elif field.maximum is not None and value > field.maximum:
        yield f"{path}: {field.maximum} or less expected, found {_shown(value, field.secret)}"


def _members(field: Field) -> str:
    return ", ".join(str(member) for member in list(field.enum or ())[:40])


def _shown(value: object, secret: bool = False) -> str:
    if secret:
        return f"a {type(value).__name__} that is not shown"
    text = json.dumps(value, default=str, skipkeys=True)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."


def _is_finite(value: object) -> bool:
    return not isinstance(value, float) or math.isfinite(value)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


_TYPES: Final[Mapping[str, Callable[[object], bool]]] = {
    "int": is_int,
    "uint64": lambda value: is_int(value) and 0 <= value < 2**64,
    "float": _is_number,
    "string": lambda value: isinstance(value, str),
    "bool": lambda value: isinstance(value, bool),
    "array": lambda value: isinstance(value, list | tuple),
    "object": lambda value: isinstance(value, Mapping),
}


def _any(_value: str) -> bool:
    return True


def _matching(pattern: str) -> Callable[[str], bool]:
    compiled = re.compile(pattern)
    return lambda value: compiled.fullmatch(value) is not None


def _is_ipv4(value: str) -> bool:
    try:
        ipaddress.IPv4Address(value)
    except ValueError:
        return False
    return True


def _is_datetime(value: str) -> bool:
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}", value):
        return False
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return True


def _is_base64(value: str) -> bool:
    try:
        base64.b64decode(value, validate=True)
    except (ValueError, binascii.Error):
        return False
    return True


# Ciphertexts, tokens and urls have no form that could be checked: a ciphertext may be clear text where a device has no
# key (R62), a token is any text that the device gave, and a url may be absolute or a path.
_FORMATS: Final[Mapping[str, Callable[[str], bool]]] = {
    "ipv4": _is_ipv4,
    "mac": _matching(r"[0-9A-Fa-f]{2}(?:[:-][0-9A-Fa-f]{2}){5}"),
    "datetime": _is_datetime,
    "time": _matching(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]"),
    "color": _matching(r"#[0-9A-Fa-f]{6}"),
    "base64": _is_base64,
    "jpeg-base64": _is_base64,
    "image-base64": _is_base64,
    "resolution": _matching(r"[1-9][0-9]{1,4}x[1-9][0-9]{1,4}"),
}
