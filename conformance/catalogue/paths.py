"""Reading and editing a message at a path such as `message.rule_list[].emiss`; `[]` means the first entry of an array.

The edits return a new message and leave the old one as it was.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["copied", "value_at", "with_value", "without"]


def value_at(message: Mapping[str, Any], path: str) -> Any:
    """The value at `path`. Raises LookupError when it is not there."""
    value: Any = message
    for key in _steps(path):
        value = _entered(value, key, path)
    return value


def copied(value: Any) -> Any:
    """A deep copy of a JSON value; several times as quick as one of anything."""
    if isinstance(value, dict):
        return {key: copied(child) for key, child in value.items()}
    if isinstance(value, list):
        return [copied(child) for child in value]
    return value


def with_value(message: Mapping[str, Any], path: str, payload: Any) -> dict[str, Any]:
    """The message with `payload` at `path`; objects on the way are made, entries of arrays not. Raises LookupError."""
    result: dict[str, Any] = copied(dict(message))
    *way, last = _steps(path)
    owner: Any = result
    for key in way:
        if isinstance(key, str) and isinstance(owner, dict):
            owner.setdefault(key, {})
        owner = _entered(owner, key, path)
    if last == 0 and isinstance(owner, list) and not owner:
        owner.append(copied(payload))
    elif _fits(owner, last):
        owner[last] = copied(payload)
    else:
        raise LookupError(f"the message has no place for {path}")
    return result


def without(message: Mapping[str, Any], path: str) -> dict[str, Any]:
    """The message without what stands at `path`. Raises LookupError when nothing stands there."""
    result: dict[str, Any] = copied(dict(message))
    *way, last = _steps(path)
    owner: Any = result
    for key in way:
        owner = _entered(owner, key, path)
    _entered(owner, last, path)
    del owner[last]
    return result


def _steps(path: str) -> list[str | int]:
    """`message.rule_list[].emiss` as `message`, `rule_list`, 0, `emiss`."""
    steps: list[str | int] = []
    for name in path.split("."):
        steps.append(name.rstrip("[]"))
        steps.extend([0] * name.count("[]"))
    return steps


def _fits(owner: Any, key: str | int) -> bool:
    return isinstance(owner, dict) if isinstance(key, str) else isinstance(owner, list)


def _entered(owner: Any, key: str | int, path: str) -> Any:
    try:
        if _fits(owner, key):
            return owner[key]
    except LookupError:
        pass
    raise LookupError(f"the message has no {path}")
