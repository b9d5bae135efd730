"""The device's own spelling of a configuration, and the catalogue's.

Readings leave names, types and counts open (R42, R44, R47-R49, R51, R53, R54, R56). They also let a device show 0, or
something else, in place of a value that has no effect (R46, R48, R50).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from conformance.catalogue import Field
from conformance.catalogue.constraints import HOLDS
from conformance.catalogue.json_types import Json, JsonMapping, JsonObject
from conformance.catalogue.linkage_names import translated

__all__ = [
    "STREAM_FLAGS",
    "canonical",
    "first_store",
    "from_one",
    "spellings",
    "spoken",
    "without_idle_holds",
    "without_presets",
]


def first_store(shown: JsonMapping) -> JsonMapping:
    """The settings of one linkage: the first entry of command 25, which has several."""
    store = shown.get("store")
    return store[0] if isinstance(store, list) and store and isinstance(store[0], dict) else shown


STREAM_FLAGS: Final = {"record_stream": "record_flag", "capture_stream": "capture_flag"}
"""By field of a stream: the flag without which it has no effect."""


def from_one(shown: JsonMapping) -> JsonMapping:
    """The same with shielded areas counted from 1, for which a device may show 0 (R46)."""
    areas = shown.get("rects")
    if not isinstance(areas, list) or not all(isinstance(area, dict) for area in areas):
        return shown
    places = ("x", "y")
    return {
        **shown,
        "rects": [
            {name: 1 if name in places and type(value) is int and value == 0 else value for name, value in area.items()}
            for area in areas
        ],
    }


def without_idle_holds(value: Json) -> Json:
    """A message without the durations whose flag is 0: a device may show 0 for them (R50)."""
    if isinstance(value, list):
        return [without_idle_holds(entry) for entry in value]
    if not isinstance(value, Mapping):
        return value
    idle = {hold for hold, flag in HOLDS.items() if value.get(flag) == 0}
    return {name: without_idle_holds(child) for name, child in value.items() if name not in idle}


def without_presets(message: JsonMapping) -> JsonMapping:
    """A message without the presets of its rules: without PTZ a device may show 0 for them (R113)."""
    rules = message.get("rule_list")
    if not isinstance(rules, list):
        return message
    return {**message, "rule_list": [{k: v for k, v in rule.items() if k != "preset"} for rule in rules]}


def spellings(field: Field) -> tuple[str, ...]:
    """Every other name under which a device may show `field`."""
    return tuple(name for tolerance in field.tolerates for name in tolerance.names)


def _name(field: Field, shown: JsonMapping) -> str:
    """The name under which the device shows a field."""
    if field.name in shown:
        return field.name
    return next((name for name in spellings(field) if name in shown), field.name)


def canonical(fields: tuple[Field, ...], shown: JsonMapping) -> JsonObject:
    """The values that a device shows, in the names and types of the catalogue."""
    result = dict(shown)
    for each in fields:
        name = _name(each, shown)
        if name not in shown:
            continue
        value = _canonical_value(each, shown[name])
        if name != each.name:
            del result[name]
            value = translated(name, each.name, value)
        result[each.name] = value
    return result


def _canonical_value(field: Field, value: Json) -> Json:
    if isinstance(value, dict) and field.fields:
        return canonical(field.fields, value)
    kinds = {kind for tolerance in field.tolerates for kind in tolerance.types} if field.tolerates else ()
    if value is None and "null" in kinds:
        return []
    if isinstance(value, list) and field.items is not None:
        entries = [_canonical_value(field.items, entry) for entry in value]
        if field.name == "effect_day":  # a day 8 may be shown, never set (R56)
            entries = [entry for entry in entries if not (isinstance(entry, dict) and entry.get("day") == 8)]
        return [entry for entry in entries if entry != ""] if field.name == "mailto" else entries
    if field.type == "int" and isinstance(value, str) and "string" in kinds and value.isdecimal() and value.isascii():
        return int(value)
    return value


def spoken(
    fields: tuple[Field, ...], message: JsonMapping, shown: JsonMapping, *, own_numbers: bool = False
) -> JsonObject:
    """A message of the catalogue's names, in the names and types in which the device has `shown` its values.

    With `own_numbers`, a sound under the other family's names keeps the numbers of its own table (R48).
    """
    result = dict(message)
    for each in fields:
        if each.name not in message:
            continue
        name, value = _name(each, shown), message[each.name]
        sample = shown.get(name)
        if isinstance(value, dict) and each.fields and isinstance(sample, dict):
            value = spoken(each.fields, value, sample, own_numbers=own_numbers)
        elif isinstance(value, list) and each.items is not None and isinstance(sample, list) and sample:
            model = sample[0] if isinstance(sample[0], dict) else {}
            inner = each.items.fields
            value = [
                spoken(inner, one, model, own_numbers=own_numbers) if isinstance(one, dict) else one for one in value
            ]
        if name != each.name:
            del result[each.name]
            value = value if own_numbers else translated(each.name, name, value)
        result[name] = value
    return result
