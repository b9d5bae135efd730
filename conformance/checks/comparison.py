"""Compares configurations: what was sent with what is shown, and one state of the device with another."""

from __future__ import annotations

from collections.abc import Sequence

from conformance.catalogue.json_types import Json, JsonMapping
from conformance.catalogue.model import Field
from conformance.checks.message import EMISSIVITY_ROUNDING, shown_name, without_padding
from conformance.checks.result import short

__all__ = ["differences", "shows"]

_IDENTITY = {"params": "type", "store": "type", "effect_day": "day", "month_data": "mon"}
"""Arrays whose entries are identified by one of their fields, so that their order and further entries do not matter."""

_COARSE = {"degC": 0.05 - 1e-9, "m": 0.05 - 1e-9}
"""How far a float of this unit may be from the value that was set. The document states no precision, but a tenth must
survive.
"""


def shows(fields: Sequence[Field], sent: JsonMapping, shown: JsonMapping) -> list[str]:
    """Where a configuration that was read back does not show what was sent; fields that were not sent are ignored."""
    found: list[str] = []
    _compare_sent(fields, sent, shown, found)
    return found


def _compare_sent(fields: Sequence[Field], sent: JsonMapping, shown: JsonMapping, found: list[str]) -> None:
    for each in fields:
        wanted, _ = shown_name(each, sent)
        if wanted is None or each.secret or each.read_only:
            continue
        name, _ = shown_name(each, shown)
        if name is None:
            if each.source.startswith("table") and each.absent is None:
                found.append(f"{each.path}: sent {short(sent[wanted])}, not shown")
            continue
        left, right = sent[wanted], shown[name]
        if isinstance(left, dict) and isinstance(right, dict) and each.fields:
            _compare_sent(each.fields, left, right, found)
        elif each.items is not None and isinstance(left, list) and isinstance(right, list):
            _compare_sent_list(each, each.items, left, right, found)
        elif not _same(each, left, right):
            found.append(f"{each.path}: sent {short(left)}, shown {short(right)}")


def _compare_sent_list(each: Field, item: Field, sent: list[Json], shown: list[Json], found: list[str]) -> None:
    key = _IDENTITY.get(each.name)
    if key is not None:
        entries = [entry for entry in shown if isinstance(entry, dict)]
        pairs = [(one, next((entry for entry in entries if entry.get(key) == one.get(key)), None)) for one in sent]
    else:
        sent, shown = without_padding(each, sent), without_padding(each, shown)
        if len(sent) != len(shown):
            found.append(f"{each.path}: sent {len(sent)} entries, shown {len(shown)}")
            return
        pairs = list(zip(sent, shown, strict=True))
    for left, right in pairs:
        if item.fields and isinstance(left, dict):
            if not isinstance(right, dict):
                found.append(f"{each.path}: an entry that was sent is not shown: {short(left)}")
            else:
                _compare_sent(item.fields, left, right, found)
        elif not _same(item, left, right):
            found.append(f"{item.path}: sent {short(left)}, shown {short(right)}")


def differences(fields: Sequence[Field], before: JsonMapping | None, after: JsonMapping | None) -> list[str]:
    """Where two configurations of the same fields differ, as `path: before -> after`.

    Secrets and read-only fields are not compared (R129). Numbers may differ by the rounding of single precision, an
    emissivity by 0.005 (R112). Fields that only one of the two shows are compared too.
    """
    found: list[str] = []
    if before != after:
        _compare(fields, before or {}, after or {}, found)
    return found


def _compare(fields: Sequence[Field], before: JsonMapping, after: JsonMapping, found: list[str]) -> None:
    for each in fields:
        if each.secret or each.read_only:
            continue
        left_name, _ = shown_name(each, before)
        right_name, _ = shown_name(each, after)
        if left_name is None and right_name is None:
            continue
        if left_name is None or right_name is None:
            found.append(f"{each.path}: {'appeared' if left_name is None else 'vanished'}")
            continue
        _compare_value(each, before[left_name], after[right_name], found)


def _compare_value(each: Field, left: Json, right: Json, found: list[str]) -> None:
    if isinstance(left, dict) and isinstance(right, dict) and each.fields:
        _compare(each.fields, left, right, found)
    elif isinstance(left, list) and isinstance(right, list) and each.items is not None:
        left, right = without_padding(each, left), without_padding(each, right)
        if len(left) != len(right):
            found.append(f"{each.path}: {len(left)} entries -> {len(right)}")
            return
        for one, other in zip(left, right, strict=True):
            _compare_value(each.items, one, other, found)
    elif not _same(each, left, right):
        found.append(f"{each.path}: {short(left)} -> {short(right)}")


def _same(each: Field, left: Json, right: Json) -> bool:
    numbers = (int, float)
    if (
        isinstance(left, numbers)
        and isinstance(right, numbers)
        and not isinstance(left, bool) | isinstance(right, bool)
    ):
        slack = 1e-4 if isinstance(left, float) or isinstance(right, float) else 0
        slack = EMISSIVITY_ROUNDING if each.listed else _COARSE.get(each.unit or "", slack) if slack else 0
        return abs(left - right) <= max(slack, 1e-6 * abs(left) if slack else 0)
    if each.format == "color" and isinstance(left, str) and isinstance(right, str):
        return left.lower() == right.lower()
    return bool(left == right) or (left in (None, []) and right in (None, []))
