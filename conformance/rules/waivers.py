"""Waivers: failures that somebody has decided to live with, for one case, for a reason, until a date.

A waiver never changes a verdict, only the exit code. One that is expired, names no case of the run or covers a case
that passes is an error: it would hide the next failure. Inconclusive cases and errors cannot be waived.
"""

from __future__ import annotations

import datetime as dt
import fnmatch
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from conformance.catalogue.strict_yaml import StrictYamlError, load_yaml

__all__ = ["Waiver", "WaiverError", "load_waivers", "stale"]

_KEYS = {"id", "case", "check", "when", "reason", "owner", "expires", "issue"}
_DEVICE = {"model", "version"}
_NEEDED = ("id", "case", "reason", "owner", "expires")


class WaiverError(Exception):
    """A waiver file that cannot be used, or a waiver that no longer holds."""


@dataclass(frozen=True, slots=True)
class Waiver:
    """One waiver; `when` limits it to a model and a firmware (shell patterns of command 505's `model` and
    `version`).
    """

    id: str
    case: str
    reason: str
    owner: str
    expires: dt.date
    check: str | None = None
    when: Mapping[str, str] | None = None
    issue: str | None = None

    def covers(self, case: str, checks: Iterable[str], device: Mapping[str, Any]) -> bool:
        """Whether it covers a failure of `case` in which exactly `checks` failed, on `device` (model, version)."""
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
        raise WaiverError(f"{path}: `waivers:` with a list is expected")
    cases = None if known is None else set(known)
    waivers = [_waiver(entry, path, today) for entry in entries]
    for waiver in waivers:
        if cases is not None and waiver.case not in cases:
            raise WaiverError(f"{path}: waiver {waiver.id} names a case that does not exist: {waiver.case}")
    return waivers


def _waiver(entry: Any, path: Path, today: dt.date) -> Waiver:
    where = f"{path}: waiver {entry.get('id') if isinstance(entry, dict) else entry!r}"
    if not isinstance(entry, dict) or not set(entry) <= _KEYS:
        raise WaiverError(f"{where}: the keys are {', '.join(sorted(_KEYS))}")
    missing = [key for key in _NEEDED if not entry.get(key)]
    if missing:
        raise WaiverError(f"{where}: {', '.join(missing)} missing")
    for key, value in entry.items():
        if key != "when" and not isinstance(value, str):
            raise WaiverError(f"{where}: {key} must be a text, found {value!r} (quote it)")
    when = entry.get("when")
    if when is not None and not (isinstance(when, dict) and when and set(when) <= _DEVICE):
        raise WaiverError(f"{where}: `when` is a mapping of {' and '.join(sorted(_DEVICE))}, found {when!r}")
    if any(sign in entry["case"] for sign in "*?["):
        raise WaiverError(f"{where}: a waiver names exactly one case, not a pattern")
    try:
        expires = dt.date.fromisoformat(entry["expires"])
    except ValueError:
        raise WaiverError(f"{where}: expires {entry['expires']!r} is no date (2027-03-31)") from None
    if expires < today:
        raise WaiverError(f"{where} expired on {expires}: decide again, or fix the device")
    return Waiver(**{**entry, "expires": expires})


def stale(waivers: Iterable[Waiver], verdicts: Mapping[str, str]) -> list[Waiver]:
    """The waivers whose case ran and passed: they would hide the next failure."""
    return [waiver for waiver in waivers if verdicts.get(waiver.case) == "pass"]
