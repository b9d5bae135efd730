"""Judges the fields that a device sent by the field table of the document.

The catalogue says of every field what it must be: present, of a type, in a range, one of an enumeration, of a length,
in a written form. Where the document contradicts itself or is silent, a *reading* says what a device may do instead.
A reading is data of the field as well (`Field.tolerates`: other names, types or values, a longer text, padding, white
space at the end; `Field.absent`; `Field.own_values`), so no check names a reading. For each field, in this order:

1. Find the name under which the message shows the field: the canonical one, or one that a reading tolerates.
   A missing field is a finding, unless it is optional or a reading lets the device leave it out.
2. Judge type and value. A value that is canonical is accepted in silence. One that only a reading accepts is an
   *observation*: the report lists it, and it costs nothing. Anything else is a finding.
3. Write down the *choice* the device made, canonical or not, where a reading offers one. A device must keep to its
   choices: `conformance.rules.consistency` compares them over the whole run.
4. Go into objects and arrays. A key that the table does not name is no fault, because a device may have more to show.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import replace

from conformance.catalogue.json_types import Json, JsonMapping
from conformance.catalogue.model import Field, Tolerance
from conformance.catalogue.sizes import ImageSizes
from conformance.checks.result import Result, short
from conformance.checks.written_form import has_form
from conformance.rules.verdict import Observation, Severity

__all__ = ["EMISSIVITY_ROUNDING", "conforms", "has_type", "shown_name", "without_padding"]

EMISSIVITY_ROUNDING = 0.005 + 1e-9
"""How far a shown emissivity may be from the one it stands for (R112): half a hundredth, inclusive."""


def has_type(kind: str, value: Json) -> bool:
    """Whether a decoded JSON value has the catalogue's type `kind`. True and false are no numbers, 1.0 is no int.

    Raises ValueError for a type that the catalogue does not have.
    """
    match kind:
        case "int":
            return isinstance(value, int) and not isinstance(value, bool)
        case "uint64":
            return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**64
        case "float":
            return isinstance(value, int | float) and not isinstance(value, bool)
        case "string":
            return isinstance(value, str)
        case "bool":
            return isinstance(value, bool)
        case "array":
            return isinstance(value, list)
        case "object":
            return isinstance(value, dict)
        case "null":
            return value is None
    raise ValueError(f"no such type: {kind}")


def conforms(
    fields: Sequence[Field],
    message: JsonMapping | None,
    sizes: ImageSizes,
    *,
    complete: bool = False,
    what: str = "message",
) -> Result:
    """The message of a device has the fields of the catalogue: presence, type, range, enumeration, length, form.

    `sizes` are the device's own image sizes in pixels (R58). With `complete`, fields that the table calls optional must
    be there as well (a get shows its whole configuration), unless a reading lets the device leave them out. `what` is
    the name of the message in the report.
    """
    result = Result(f"{what} as the field table says", f"{what} with {len(message or ())} fields")
    _check_object([each.limited_to(sizes) for each in fields], message or {}, result, complete)
    result.choices = [replace(choice, message=what) for choice in result.choices]
    return result


def shown_name(each: Field, message: JsonMapping) -> tuple[str | None, Tolerance | None]:
    """The name under which a message shows a field, with the tolerance that allows it where it is not the canonical
    name; None for a field that the message does not show.
    """
    if each.name in message:
        return each.name, None
    for tolerance in each.tolerates:
        for name in tolerance.names:
            if name in message:
                return name, tolerance
    return None, None


def without_padding(each: Field, entries: list[Json]) -> list[Json]:
    """The entries of an array without those that only fill it up (the empty recipients of R51)."""
    padding = [value for tolerance in each.tolerates for value in tolerance.padding]
    return [entry for entry in entries if entry not in padding] if padding else entries


def _check_object(fields: Sequence[Field], value: JsonMapping, result: Result, complete: bool) -> None:
    for each in fields:
        name, tolerance = shown_name(each, value)
        if name is None:
            needed = each.required or (complete and each.source == "table")
            if needed and each.absent is None:
                result.fail(f"{each.path} is there", f"{each.path} is missing", "presence")
            continue
        if tolerance is not None:
            result.observe(tolerance.reading, name)
        if each.tolerates:
            _note_choices(each, name, value[name], result)
        _check_value(each, value[name], value, result, complete, name)
    known = {each.name for each in fields}
    for key in value:
        if key not in known and key.strip() in known:
            result.fail(f"{key.strip()} without blanks (R04)", f"the key {short(key)}", "key")


def _note_choices(each: Field, name: str, value: Json, result: Result) -> None:
    """Write down the name, the type or the numbering by which a device shows a field that has tolerated ones."""
    for tolerance in each.tolerates:
        found = ""
        if tolerance.names:
            found = name
        elif tolerance.types:
            found = _type_of_number(value)
        elif tolerance.instead_of:
            found = "canonical" if value in tolerance.instead_of else "tolerated" if value in tolerance.values else ""
        if found:
            result.choices.append(Observation(tolerance.reading, found, field=each.path))


def _type_of_number(value: Json) -> str:
    """`int` or `string` for a whole number, which a device can write as either; empty for anything else."""
    if has_type("int", value):
        return "int"
    return "string" if isinstance(value, str) and re.fullmatch(r"-?[0-9]+", value) else ""


def _check_value(
    each: Field, value: Json, siblings: JsonMapping, result: Result, complete: bool, name: str = ""
) -> None:
    if value is None and each.nullable:
        return
    if isinstance(value, list):
        value = without_padding(each, value)
    if not has_type(each.type, value) or _violated_rule(each, value) is not None:
        tolerance = _tolerance_of(each, value, siblings, name)
        if tolerance is not None:
            result.observe(tolerance.reading, short(value, 40))
            return
    if not has_type(each.type, value):
        integral = each.type == "int" and isinstance(value, float) and value.is_integer()
        result.fail(
            f"{each.path} is of type {each.type}",
            f"{each.path} is {short(value)}",
            "type",
            Severity.MINOR if integral else Severity.MAJOR,
        )
        return
    problem = _violated_rule(each, value)
    if problem is not None:
        result.fail(f"{each.path}: {problem}", f"{each.path} is {short(value)}", "value")
    elif each.enum is not None and value not in each.enum:
        # Legal as a value of the device's own; one that a reading names is worth an observation all the same (R49).
        tolerance = _tolerance_of(each, value, siblings, name)
        if tolerance is not None:
            result.observe(tolerance.reading, short(value, 40))
    if isinstance(value, str) and value != value.rstrip():
        for tolerance in each.tolerates:
            if tolerance.trailing_space:
                result.observe(tolerance.reading, "white space at the end")
    if each.fields:
        _check_object(each.fields, value, result, complete)
    if each.items is not None:
        for entry in value:
            _check_value(each.items, entry, siblings, result, complete)


def _tolerance_of(each: Field, value: Json, siblings: JsonMapping, name: str) -> Tolerance | None:
    """The tolerance that accepts a value which is not canonical."""
    for tolerance in each.tolerates:
        if tolerance.names and name not in tolerance.names:
            continue
        if tolerance.when is not None and any(siblings.get(key) != wanted for key, wanted in tolerance.when.items()):
            continue
        if any(value == legal and isinstance(value, bool) == isinstance(legal, bool) for legal in tolerance.values):
            return tolerance
        if any(has_type(kind, value) for kind in tolerance.types) and _holds_legal_value(each, value):
            return tolerance
        if tolerance.max_length is not None and isinstance(value, str):
            limit = each.max_length if each.max_length is not None else math.inf
            if limit < len(value) <= tolerance.max_length:
                return tolerance
    return None


def _holds_legal_value(each: Field, value: Json) -> bool:
    """Whether a value of a tolerated type stands for a legal value of the canonical type ("4" for 4)."""
    if value is None or not has_type("string", value) or each.type not in ("int", "float", "uint64"):
        return True
    if each.type != "float" and not re.fullmatch(r"-?[0-9]{1,20}", value):
        return not value
    try:
        number: float = int(value) if each.type != "float" else float(value)
    except ValueError:
        return False
    return _violated_rule(each, number) is None


def _violated_rule(each: Field, value: Json) -> str | None:
    """The rule of the catalogue that `value`, which has the right type, violates; None where it violates none."""
    if each.enum is not None and value not in each.enum and not _is_own_value(each, value):
        return (
            f"one of {', '.join(map(str, each.enum)) if len(each.enum) < 12 else f'the {len(each.enum)} listed values'}"
        )
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _violated_range(each, value)
    if isinstance(value, str):
        if each.max_length is not None and len(value) > each.max_length:
            return f"at most {each.max_length} characters"
        if each.format is not None and not _has_form(each, value):
            return f"of the form {each.format}"
    if isinstance(value, list):
        if each.min_items is not None and len(value) < each.min_items:
            return f"at least {each.min_items} entries"
        if each.max_items is not None and len(value) > each.max_items:
            return f"at most {each.max_items} entries"
    return None


def _violated_range(each: Field, value: float) -> str | None:
    if not math.isfinite(value):
        return "a finite number"
    low, high = each.minimum, each.maximum
    too_low = low is not None and value < low - _rounding(low)
    too_high = high is not None and value > high + _rounding(high)
    # A material of the printed list is legal although its emissivity lies outside the range (R112).
    listed = any(abs(value - material) <= EMISSIVITY_ROUNDING for material in (each.listed or {}).values())
    if (too_low or too_high) and not listed:
        return f"in {'' if low is None else low} .. {'' if high is None else high}"
    return None


def _rounding(bound: float) -> float:
    """Room for a device that keeps single-precision floats: 0.1 read back as 0.10000000149."""
    return 1e-6 * max(1.0, abs(bound)) if isinstance(bound, float) else 0.0


def _is_own_value(each: Field, value: Json) -> bool:
    """Whether a value beside the enumeration is the device's own, such as the size of a stream (R49).

    Its written form is all that can be judged here; the video cases compare the size with the stream.
    """
    if each.own_values is None or each.format is None or not isinstance(value, str):
        return False
    return has_form(each.format, value)


def _has_form(each: Field, value: str) -> bool:
    if value == "" and not each.required:
        return True
    if any(tolerance.trailing_space for tolerance in each.tolerates):
        value = value.rstrip()
    return each.format is None or has_form(each.format, value)
