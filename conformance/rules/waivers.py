"""Waivers: failures that somebody has decided to accept, for one case, for a reason, until a date.

A waiver never changes a verdict, only the exit code. A waiver that has expired, that names no existing case or that
covers a case which passes is an error: it would hide the next failure. Inconclusive cases and errors cannot be waived.
"""

from __future__ import annotations

import datetime as dt
import fnmatch
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from conformance.catalogue.json_types import JsonMapping
from conformance.catalogue.strict_yaml import StrictYamlError, load_yaml

__all__ = ["Waiver", "WaiverError", "load_waivers", "stale"]

_KEYS = {"id", "case", "check", "when", "reason", "owner", "expires", "issue"}
_DEVICE = {"model", "version"}
_NEEDED = ("id", "case", "reason", "owner", "expires")


class WaiverError(Exception):
    """A waiver file that cannot be used, or a waiver that no longer holds."""


@dataclass(frozen=True, slots=True)
class Waiver:
    """One waiver. `check` limits it to failures of that check; `when` to a model and a firmware (shell patterns for
    `model` and `version` of command 505).
    """

    id: str
    case: str
    reason: str
    owner: str
    expires: dt.date
    check: str | None = None
    when: Mapping[str, str] | None = None
    issue: str | None = None

    def covers(self, case: str, checks: Iterable[str], device: JsonMapping) -> bool:
        """Whether the waiver covers a failure of `case` in which exactly `checks` failed, on the `device` that command
        505 describes.
        """
        if case != self.case:
            return False
        if self.check is not None and set(checks) != {self.check}:
            return False
        return all(fnmatch.fnmatchcase(str(device.get(key, "")), pattern) for key, pattern in (self.when or {}).items())


def load_waivers(path: Path, *, today: dt.date, known: Iterable[str] | None = None) -> list[Waiver]:
    """The waivers of a file. Raises WaiverError for a bad entry, an expired one, or one for a case not in `known`."""
    try:
        document = load_yaml(path.read_text(encoding="utf-8"), str(path))
    except (OSError, UnicodeDecodeError, StrictYamlError) as error:
        raise WaiverError(f"the waivers {path} cannot be read: {error}") from None
    entries = document.get("waivers") if isinstance(document, dict) else None
    if not isinstance(entries, list):
        raise WaiverError(f"{path}: a list under `waivers:` was expected")
    cases = None if known is None else set(known)
    waivers = [_waiver(entry, path, today) for entry in entries]
    for waiver in waivers:
        if cases is not None and waiver.case not in cases:
            raise WaiverError(f"{path}: waiver {waiver.id} names a case that does not exist: {waiver.case}")
    return waivers


def _waiver(entry: Any, path: Path, today: dt.date) -> Waiver:
    where = f"{path}: waiver {_shown(entry.get('id') if isinstance(entry, dict) else entry)}"
    if not isinstance(entry, dict) or not set(entry) <= _KEYS:
        raise WaiverError(f"{where}: expected a mapping with the keys {', '.join(sorted(_KEYS))}")
    missing = [key for key in _NEEDED if not entry.get(key)]
    if missing:
        raise WaiverError(f"{where}: {', '.join(missing)} missing")
    for key, value in entry.items():
        if key != "when" and not isinstance(value, str):
            raise WaiverError(f"{where}: {key} must be a text, found {_shown(value)} (put it in quotes)")
    when = entry.get("when")
    if when is not None and not (isinstance(when, dict) and when and set(when) <= _DEVICE):
        raise WaiverError(f"{where}: `when` is a mapping of {' and '.join(sorted(_DEVICE))}, found {_shown(when)}")
    if any(sign in entry["case"] for sign in "*?["):
        raise WaiverError(f"{where}: a waiver names exactly one case, not a pattern")
    try:
        expires = dt.date.fromisoformat(entry["expires"])
    except ValueError:
        raise WaiverError(
            f"{where}: expires must be a date such as 2027-03-31, found {_shown(entry['expires'])}"
        ) from None
    if expires < today:
        raise WaiverError(f"{where} expired on {expires}: renew it, or remove it and fix the device")
    return Waiver(**{**entry, "expires": expires})


def _shown(value: Any) -> str:
    """A value of the file as JSON, so that true and "true" look different."""
    return json.dumps(value, ensure_ascii=False, default=str)


def stale(waivers: Iterable[Waiver], verdicts: Mapping[str, str]) -> list[Waiver]:
    """The waivers whose case ran and passed: they would hide the next failure."""
    return [waiver for waiver in waivers if verdicts.get(waiver.case) == "pass"]
