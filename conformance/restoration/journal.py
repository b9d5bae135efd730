"""The journal of a run: the values that a device showed, on disk before anything is changed.

Each line is a JSON object: a saved value, `{"what": "pair:1", "value": {...}, "case": "III.1/set/emiss"}`, or, at the
end of a run that restored everything, `{"restored": true}`.
"""

from __future__ import annotations

import contextlib
import json
import os
from pathlib import Path
from typing import TextIO

from conformance.catalogue.json_types import Json, JsonMapping

__all__ = ["Journal", "JournalError", "read_journal"]


class JournalError(Exception):
    """The journal cannot be read."""


class Journal:
    """The journal file of a run, made with its first line; each line is on disk (fsync) before the call returns."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: TextIO | None = None

    def save(self, thing: str, value: Json, case: str) -> None:
        """Write the saved value of one thing, and the case that is about to change it.

        Raises OSError: a full disk must stop the run before anything is changed.
        """
        self._line({"what": thing, "value": value, "case": case})

    def close(self, *, restored: bool) -> None:
        """Finish the file; `restored` says that everything in it was restored and verified.

        If the disk is too full to say so, the file stays as it is: a later `thermoproof restore` finds nothing to do.
        """
        if restored and self.path.exists():
            with contextlib.suppress(OSError):
                self._line({"restored": True})
        if self._file is not None:
            with contextlib.suppress(OSError):
                self._file.close()
            self._file = None

    def _line(self, entry: JsonMapping) -> None:
        if self._file is None:
            # A line that an earlier crash has cut short must not swallow this one.
            whole = not self.path.exists() or self.path.read_bytes()[-1:] in (b"", b"\n")
            self._file = self.path.open("a", encoding="utf-8")
            self._file.write("" if whole else "\n")
        self._file.write(json.dumps(entry, ensure_ascii=True) + "\n")
        self._file.flush()
        os.fsync(self._file.fileno())


def read_journal(path: Path) -> dict[str, Json]:
    """The values that a run has saved and perhaps not restored, by the name of their thing; the first of each counts.

    A line that a crash has cut short is ignored: it is the last one, and nothing was changed after it. Raises
    JournalError when the file cannot be read.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise JournalError(f"the journal {path} cannot be read: {error}") from None
    saved: dict[str, Json] = {}
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
