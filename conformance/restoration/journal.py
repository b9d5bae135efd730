"""The journal of a run: what a device showed before it was changed, on disk before anything is changed."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TextIO

__all__ = ["Journal", "JournalError", "read_journal"]


class JournalError(Exception):
    """The journal cannot be read."""


class Journal:
    """The file of a run in which every value stands before it is first changed; each line is on disk before we
    go on.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: TextIO | None = None

    def save(self, what: str, value: Any, case: str) -> None:
        """Write one saved value. Raises OSError (a full disk must stop the run before anything is changed)."""
        self._line({"what": what, "value": value, "case": case})

    def close(self, *, restored: bool) -> None:
        """Finish the file; `restored` says that everything in it was put back and verified.

        A disk too full for that leaves the file as it is: a later `thermoproof restore` finds nothing to do.
        """
        if restored and self.path.exists():
            with contextlib.suppress(OSError):
                self._line({"restored": True})
        if self._file is not None:
            with contextlib.suppress(OSError):
                self._file.close()
            self._file = None

    def _line(self, entry: Mapping[str, Any]) -> None:
        if self._file is None:
            # A line torn by an earlier crash must not swallow this one.
            whole = not self.path.exists() or self.path.read_bytes()[-1:] in (b"", b"\n")
            self._file = self.path.open("a", encoding="utf-8")
            self._file.write("" if whole else "\n")
        self._file.write(json.dumps(entry, ensure_ascii=True) + "\n")
        self._file.flush()
        os.fsync(self._file.fileno())


def read_journal(path: Path) -> dict[str, Any]:
    """What a run has saved and not surely put back: {what: value}; the first value saved counts.

    A line torn by a crash is the last one and was followed by no change, so it is passed over. Raises JournalError when
    the file cannot be read.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise JournalError(f"the journal {path} cannot be read: {error}") from None
    saved: dict[str, Any] = {}
    for line in data.split(b"\n"):
        try:
            entry = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if not isinstance(entry, dict):
            continue
        if entry.get("restored") is True:
            saved.clear()
        elif isinstance(entry.get("what"), str) and "value" in entry:
            saved.setdefault(entry["what"], entry["value"])
    return saved
