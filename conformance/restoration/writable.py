"""Which part of a configuration that a device shows may be saved, and which part of it may be written back."""

from __future__ import annotations

from conformance.catalogue.json_types import Json, JsonMapping, JsonObject
from conformance.catalogue.linkage_names import by_table
from conformance.catalogue.model import Command, Field
from conformance.checks import has_type

__all__ = ["kept", "narrowed", "writable"]


def writable(command: Command, value: JsonMapping) -> JsonObject:
    """The message of set `command` that writes back `value`, which its get command showed.

    It leaves out keys that the set does not know, read-only facts and secrets. It also leaves out optional values that
    a device may show but need not accept: a hold of 0 (R50), a port of 0 (R128), padding (R51), a name that is longer
    than a client may set (R115).
    """
    return _writable_object(command.request, value)


def _writable_object(fields: tuple[Field, ...], value: JsonMapping) -> JsonObject:
    result: JsonObject = {}
    for each in fields:
        if each.secret or each.read_only:
            continue
        name = next((name for name in each.names if name in value), None)
        if name is None:
            continue
        content = _writable_value(each, value[name])
        # Under another name (R48) the value belongs to that name's family, and the device accepted it before.
        if each.required or name != each.name or _settable(each, content):
            result[name] = content
    return result


def _writable_value(each: Field, value: Json) -> Json:
    if value is None and each.items is not None:
        return []  # a list without entries may be shown as null (R44)
    if isinstance(value, dict) and each.fields:
        return _writable_object(each.fields, value)
    if isinstance(value, list) and each.items is not None:
        if each.name == "effect_day":  # some devices show a day 8, which no client may set (R56)
            value = [entry for entry in value if not (isinstance(entry, dict) and entry.get("day") == 8)]
        entries = [_writable_value(each.items, entry) for entry in value]
        return [entry for entry in entries if entry != "" or each.items.type != "string"]
    if isinstance(value, str) and each.type in ("int", "float"):
        try:
            return int(value) if each.type == "int" else float(value)
        except ValueError:
            return value
    return value


def _settable(each: Field, value: Json) -> bool:
    if not has_type(each.type, value):
        return False
    if isinstance(value, int | float):
        outside = (each.minimum is not None and value < each.minimum) or (
            each.maximum is not None and each.bound is None and value > each.maximum
        )
        listed = any(abs(value - material) <= 0.005 for material in (each.listed or {}).values())
        return (not outside or listed) and (each.enum is None or value in each.enum or each.own_values is not None)
    return not (isinstance(value, str) and each.max_length is not None and len(value) > each.max_length)


def narrowed(command: Command, value: JsonMapping, present: JsonMapping) -> JsonObject:
    """The part of `value` that a second write sends, in the form of the document.

    Of lists whose entries differ by their type (23, 25), it has the entries that the device does not show. The infrared
    mode is counted from 0, where its get counts from 1 (R53). A sound has the names of the table, where the get shows
    the other ones (R48).
    """
    result = dict(value)
    for name in ("params", "store"):
        if isinstance(result.get(name), list):
            result[name] = [entry for entry in result[name] if entry not in (present.get(name) or [])]
    if command.cmdtype == 39 and isinstance(result.get("mode"), int):
        result["mode"] -= 1
    return by_table(command.request, result)


def kept(fields: tuple[Field, ...], value: JsonMapping) -> JsonObject:
    """The configuration that the journal may hold: without secrets, read-only facts and unknown keys."""
    result: JsonObject = {}
    for each in fields:
        if each.secret or each.read_only:
            continue
        for name in each.names:
            if name not in value:
                continue
            content = value[name]
            if isinstance(content, dict) and each.fields:
                content = kept(each.fields, content)
            elif isinstance(content, list) and each.items is not None and each.items.fields:
                content = [kept(each.items.fields, entry) if isinstance(entry, dict) else entry for entry in content]
            result[name] = content
    return result
