"""Legal and illegal values of a field, the same in every run, each with a label for the id of a case.

An illegal value says which fact of the catalogue it violates. Rules between fields are those of
`conformance.catalogue.constraints`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Final, TypeAlias

from conformance.catalogue.constraints import broken, settle, spared
from conformance.catalogue.formats import FORMATS
from conformance.catalogue.json_types import Json, JsonMapping, JsonObject
from conformance.catalogue.model import MISSING, Command, Field
from conformance.catalogue.paths import copied, with_value, without
from conformance.catalogue.sizes import DOCUMENT_SIZES, ImageSizes

__all__ = [
    "Value",
    "legal",
    "legals",
    "legals_in",
    "message",
    "request",
    "request_with",
    "violations",
    "with_value",
    "without",
]

Sizes: TypeAlias = ImageSizes | None
"""The image sizes of the device; None stands for those of the document's example."""


@dataclass(frozen=True, slots=True)
class Value:
    """One value to send. `violates` names the fact it violates (`maximum 1.0`, `type int`); None when it is legal."""

    label: str
    payload: Json
    violates: str | None = None


_ORDINARY: Final[JsonMapping] = {
    "gateway": "192.168.1.1",
    "gear": 0,
    "id": 0,
    "netmask": "255.255.255.0",
    "sip_server": "192.168.1.10",
    "smtp_server": "192.168.1.10",
    "serverip": "192.168.1.10",
    "year": 2024,
}
"""Ordinary values by field name, where the table allows nearly everything and the general rule makes an odd one."""
_NON_ASCII: Final = "Tür 5 热像仪"
_ESCAPED: Final = 'a"b\\c/d'
_BEYOND_DOUBLE: Final = 2**53 + 1
_UINT64_END: Final = 2**64


def legal(field: Field, sizes: Sizes = None) -> Value:
    """One ordinary legal value: the printed default, the first of an enumeration, the middle of a range.

    It obeys the field's own facts. `request_with` makes the other fields of a request agree with it.
    """
    return Value("ordinary", _ordinary(field.limited_to(sizes or DOCUMENT_SIZES), _Scope()))


def legals(field: Field, sizes: Sizes = None) -> tuple[Value, ...]:
    """Every legal value worth sending: limits, members of enumerations, listed values, lengths, texts; none twice."""
    field = field.limited_to(sizes or DOCUMENT_SIZES)
    return tuple(_distinct([*_legals(field), Value("ordinary", _ordinary(field, _Scope()))]))


def legals_in(command: Command, field: Field, sizes: Sizes = None) -> tuple[Value, ...]:
    """The legal values of a request field of `command` that a request can carry and that a device must keep as sent.

    A gop_size of 150 is left out: it is in its range, but no frame rate allows it (R148). So is an area at the border,
    which a device may cut (R159).
    """
    fields = command.envelope + command.request
    return tuple(
        value
        for value in legals(field, sizes)
        if not broken(request_with(command, field.path, value.payload, sizes), fields, command.constraints, sizes=sizes)
    )


def violations(field: Field, sizes: Sizes = None, constraints: Iterable[str] = ()) -> tuple[Value, ...]:
    """Every illegal value worth sending: limits passed, outside the enumeration, wrong types, null, lengths, forms.

    It leaves out values that one of `constraints` (of the command) makes legal or that a reading tolerates (R44, R53).
    """
    field = field.limited_to(sizes or DOCUMENT_SIZES)
    names = tuple(constraints)
    return tuple(
        value
        for value in _distinct(_violations(field))
        if not spared(field.path, value.payload, names) and not _tolerated(field, value.payload)
    )


def message(
    fields: Iterable[Field],
    sizes: Sizes = None,
    *,
    only_required: bool = False,
    whole: bool = False,
    constraints: Iterable[str] = (),
) -> JsonObject:
    """A legal message of `fields`, laid out by their paths (`message.x` is below `message`).

    It has one entry in every array. Without `whole` it leaves out fields that a client has no reason to send: read-only
    ones, and those that only examples show. `constraints` are the rules between fields that it obeys.
    """
    known = tuple(field.limited_to(sizes or DOCUMENT_SIZES) for field in fields)
    scope = _Scope(only_required, whole)
    result: JsonObject = {}
    for field in known:
        *way, name = field.path.split(".")
        owner = result
        for key in way:
            owner = owner.setdefault(key, {})
        if scope.takes(field):
            owner[name] = _ordinary(field, scope)
    return settle(result, known, constraints, sizes=sizes or DOCUMENT_SIZES)


def request(command: Command, sizes: Sizes = None, *, only_required: bool = False) -> JsonObject:
    """A legal request of `command` without the common envelope: its own rows (a `subtype`) and `message`."""
    made: JsonObject = copied(_request(command, tuple((sizes or DOCUMENT_SIZES).items()), only_required))
    return made


@cache
def _request(command: Command, sizes: tuple[tuple[str, int], ...], only_required: bool) -> JsonObject:
    """The request itself, made once because nearly every case asks for it; callers edit a copy."""
    fields = command.envelope + command.request
    content = message(fields, dict(sizes), only_required=only_required, constraints=command.constraints)
    content.setdefault("message", {})
    return content


def request_with(command: Command, path: str, payload: Json, sizes: Sizes = None) -> JsonObject:
    """A request of `command` with `payload` at `path`; the other fields are settled so that this value alone decides.

    Raises LookupError when the request has no such place.
    """
    changed = with_value(request(command, sizes), path, payload)
    fields = tuple(field.limited_to(sizes or DOCUMENT_SIZES) for field in command.envelope + command.request)
    return settle(changed, fields, command.constraints, keep=path, sizes=sizes or DOCUMENT_SIZES)


@dataclass(frozen=True, slots=True)
class _Scope:
    """Which fields go into an object."""

    only_required: bool = False
    whole: bool = False

    def takes(self, field: Field) -> bool:
        if self.whole:
            return True
        if field.read_only or (self.only_required and not field.required):
            return False
        return field.required or field.source.startswith("table")


def _ordinary(field: Field, scope: _Scope) -> Json:
    if field.default is not MISSING and field.default != "" and _within(field, field.default):
        return field.default
    if field.enum:
        return next(iter(field.enum))
    if field.name in _ORDINARY:
        return _ORDINARY[field.name]
    match field.type:
        case "object":
            return {child.name: _ordinary(child, scope) for child in field.fields if scope.takes(child)}
        case "array":
            return [_ordinary(_entry(field), scope) for _ in range(max(1, field.min_items or 1))]
        case "bool":
            return True
        case "string":
            return _text(field)
    return _number(field)


def _number(field: Field) -> float:
    low, high = field.minimum, field.maximum
    if low is None or high is None:
        return low if low is not None else high if high is not None else 1
    return round((low + high) / 2, 2) if field.type == "float" else int(low + high) // 2


def _text(field: Field) -> str:
    if field.format is None:
        return field.name.removesuffix("[]")[: field.max_length]
    form = FORMATS[field.format]
    # Of an interval, the end comes after the start (513, 515, effect_day).
    return form.later if form.later is not None and "end" in field.name else form.sample


def _entry(field: Field) -> Field:
    assert field.items is not None, f"{field.path} is an array without items"
    return field.items


def _within(field: Field, value: Json) -> bool:
    """Whether a printed default obeys the facts printed beside it; not every one does (R115)."""
    if field.enum is not None:
        return value in field.enum
    if isinstance(value, str):
        return field.max_length is None or len(value) <= field.max_length
    if isinstance(value, int | float) and value not in (field.listed or {}).values():
        low, high = field.minimum, field.maximum
        return (low is None or value >= low) and (high is None or value <= high)
    return True


def _legals(field: Field) -> Iterator[Value]:
    if field.default is not MISSING and _within(field, field.default):
        yield Value("default", field.default)
    if field.nullable:
        yield Value("null", None)
    for member in field.enum or {}:
        yield Value(f"enum-{_slug(member)}", member)
    if field.enum is None:
        match field.type:
            case "int" | "uint64" | "float":
                yield from _legal_numbers(field)
            case "string":
                yield from _legal_texts(field)
            case "array":
                yield from _legal_arrays(field)
            case "bool":
                yield Value("true", True)
                yield Value("false", False)


def _legal_numbers(field: Field) -> Iterator[Value]:
    if field.minimum is not None:
        yield Value("min", field.minimum)
    if field.maximum is not None:
        yield Value("max", field.maximum)
    if field.type == "uint64":
        yield Value("beyond-2-53", _BEYOND_DOUBLE)
    if field.type == "float" and field.minimum is not None and field.maximum is not None:
        whole = int(field.maximum)
        if field.minimum <= whole:
            yield Value("without-fraction", whole)
        for label, tenths in (("tenths", (12.3, 0.3)), ("negative-tenths", (-12.3, -0.3))):
            if fitting := [value for value in tenths if field.minimum <= value <= field.maximum]:
                yield Value(label, fitting[0])
    for meaning, value in (field.listed or {}).items():
        yield Value(f"listed-{_slug(meaning)}", value)


def _legal_texts(field: Field) -> Iterator[Value]:
    if field.format is not None:
        form = FORMATS[field.format]
        if form.later is not None:
            yield Value("later", form.later)
        return
    if field.max_length is None:
        return
    yield Value("empty", "")
    yield Value("max-length", "x" * field.max_length)
    for label, text in (("non-ascii", _NON_ASCII), ("escapes", _ESCAPED)):
        if len(text) <= field.max_length:
            yield Value(label, text)


def _legal_arrays(field: Field) -> Iterator[Value]:
    one = _ordinary(_entry(field), _Scope())
    if not field.min_items:
        yield Value("empty", [])
    if field.max_items is not None:
        yield Value("max-items", [one] * field.max_items)


def _violations(field: Field) -> Iterator[Value]:
    if field.enum is not None:
        yield from _outside_enumeration(field)
    elif field.type in ("int", "uint64", "float"):
        yield from _outside_range(field)
    if field.type == "string":
        yield from _bad_texts(field)
    if field.type == "array":
        yield from _bad_arrays(field)
    yield from _wrong_types(field)


def _outside_enumeration(field: Field) -> Iterator[Value]:
    assert field.enum is not None
    violated = f"enumeration of {len(field.enum)}"
    if field.type == "string":
        yield Value("outside-enum", "no such member", violated)
        return
    members = sorted(field.enum)
    low, high = members[0], members[-1]
    yield Value("outside-enum-below", low - 1, violated)
    yield Value("outside-enum-above", high + 1, violated)
    if gap := next((member + 1 for member in members[:-1] if member + 1 not in field.enum), None):
        yield Value("outside-enum-gap", gap, violated)
    if field.type != "float":
        yield Value("2-64", _UINT64_END, violated)


def _outside_range(field: Field) -> Iterator[Value]:
    # One step outside: a device may store tenths of a degree or of a metre, and hundredths of a ratio.
    span = (field.maximum or 0) - (field.minimum or 0)
    step = 1 if field.type != "float" else 0.1 if span > 10 else 0.01
    if (low := field.minimum) is not None:
        # Listed values just below the range are legal in their own mode, so this one is farther out.
        below = round(low - (10 * step if field.listed else step), 6)
        yield Value("below-min", below, f"minimum {low}")
        if low > 0 and below >= 0:
            yield Value("negative", -1, f"minimum {low}")
    if (high := field.maximum) is not None:
        yield Value("above-max", round(high + step, 6), f"maximum {high}")
        if field.type == "int":
            yield Value("2-64", _UINT64_END, f"maximum {high}")


def _bad_texts(field: Field) -> Iterator[Value]:
    if field.max_length is not None:
        yield Value("over-length", "x" * (field.max_length + 1), f"length {field.max_length}")
    if field.format is not None and field.enum is None:
        form = FORMATS[field.format]
        for label, text in {**form.bad, **form.impossible}.items():
            yield Value(f"bad-format-{label}", text, f"format {field.format}")


def _bad_arrays(field: Field) -> Iterator[Value]:
    one = _ordinary(_entry(field), _Scope())
    if field.max_items is not None:
        yield Value("too-many-items", [one] * (field.max_items + 1), f"at most {field.max_items} items")
    if field.min_items:
        yield Value("too-few-items", [one] * (field.min_items - 1), f"at least {field.min_items} items")


def _wrong_types(field: Field) -> Iterator[Value]:
    kind = "int" if field.type == "uint64" else field.type
    number = legal(field).payload if kind in ("int", "float") else 1
    others: dict[str, tuple[str, Json]] = {
        "wrong-type-string": ("string", str(number)),
        "wrong-type-number": ("int float", number),
        "wrong-type-fraction": ("float", 1.5),
        "wrong-type-bool": ("bool", True),
        "wrong-type-object": ("object", {}),
        "wrong-type-array": ("array", [number]),
    }
    for label, (kinds, payload) in others.items():
        # A fraction is a wrong type only where the table wants a whole number.
        if kind not in kinds.split() and (label != "wrong-type-fraction" or kind == "int"):
            yield Value(label, payload, f"type {field.type}")
    if not field.nullable:
        yield Value("null", None, f"type {field.type}")


def _tolerated(field: Field, payload: Json) -> bool:
    """Whether a reading tolerates the value whatever the other fields are; accepting it is then no failure."""
    kinds: dict[type, str] = {str: "string", int: "int", float: "float", bool: "bool", type(None): "null"}
    return any(
        tolerance.when is None and (payload in tolerance.values or kinds.get(type(payload)) in tolerance.types)
        for tolerance in field.tolerates
        if not tolerance.names  # under the field's own name the value is what its table says
    )


def _distinct(values: Iterable[Value]) -> Iterator[Value]:
    """The values without those whose payload came before; 1, 1.0 and true are different payloads."""
    seen: set[str] = set()
    for value in values:
        key = repr(value.payload)
        if key not in seen:
            seen.add(key)
            yield value


def _slug(value: Json) -> str:
    return re.sub(r"[^a-z0-9]+", "-", str(value).lower()).strip("-") if isinstance(value, str) else str(value)
