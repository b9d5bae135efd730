"""One run at a time on a bench: a lock on each of its ports, which the system releases when the process ends.

The lock is an exclusive transaction of SQLite. That is the only lock in the standard library that works the same way on
POSIX and on Windows and ends with its process, however the process ends. Two bench files that share an instrument
exclude each other too.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

from hil.bench.errors import BenchBroken, BenchBusy
from hil.bench.model import BenchFile
from hil.bench.state import Mark, mark_file, new_mark, port_key, read_mark, state_folder, write_mark

__all__ = ["GRACE_S", "BenchLock"]

_PAUSE_S: Final = 0.1
_RECOVERY_S: Final = 60.0
GRACE_S: Final = 3.0


class BenchLock:
    """The locks of all instruments of a bench file, kept in `folder` (by default this user's)."""

    def __init__(self, file: BenchFile, folder: Path | None = None) -> None:
        self.folder = folder if folder is not None else state_folder()
        self._file = file
        self._keys = {station.name: port_key(file, station) for station in file.stations.values()}
        self._held: dict[str, sqlite3.Connection] = {}
        self._left: dict[str, Mark] = {}

    @property
    def left(self) -> Mapping[str, Mark]:
        """The marks of instruments that earlier runs left without their safe state, by the name of the instrument."""
        return self._left

    def acquire(self, *, state: str = "in use", patience_s: float = GRACE_S) -> None:
        """Takes every lock or none, and marks every instrument.

        Raises BenchBusy, which names the holder, after `patience_s` seconds; a guardian that is making an instrument
        safe is given a minute. Some patience is always needed: a process that has just died may still hold its lock,
        and one that has just taken a lock may not have written its mark yet.
        """
        began = time.monotonic()
        while True:
            try:
                self._take_all(state)
            except _Taken as taken:
                mark = taken.mark
                recovering = mark is not None and mark.state == "recovering"
                if time.monotonic() - began >= (max(patience_s, _RECOVERY_S) if recovering else patience_s):
                    holder = mark.holder if mark is not None else "another process"
                    raise BenchBusy(f"{taken.station} is in use by {holder}") from None
            else:
                return
            time.sleep(_PAUSE_S)

    def release(self, unsafe: Mapping[str, str] | None = None) -> None:
        """Releases every lock; the instruments in `unsafe` keep a mark with the reason, the others lose theirs."""
        self.mark_unsafe(unsafe or {})
        for name in list(self._held):
            if name not in (unsafe or {}):
                mark_file(self.folder, self._keys[name]).unlink(missing_ok=True)
            self._held.pop(name).close()

    def mark_unsafe(self, reasons: Mapping[str, str]) -> None:
        """Marks instruments as unsafe, each with its reason."""
        for name, reason in reasons.items():
            if name in self._held:
                mark = self._left.get(name) or new_mark(self._file, self._file.stations[name])
                write_mark(mark_file(self.folder, self._keys[name]), replace(mark, state="unsafe", reason=reason))

    def _take_all(self, state: str) -> None:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            # Always in the same order, so that two runs never wait for each other.
            for name in sorted(self._keys, key=lambda name: self._keys[name]):
                self._take(name, state)
        except OSError as error:
            self._drop()
            raise BenchBroken(f"the bench cannot be locked in {self.folder}: {error}") from error
        except BaseException:
            self._drop()
            raise

    def _take(self, name: str, state: str) -> None:
        path = mark_file(self.folder, self._keys[name])
        connection = sqlite3.connect(
            path.with_suffix(".lock"), timeout=0, isolation_level=None, check_same_thread=False
        )
        try:
            connection.execute("PRAGMA locking_mode = EXCLUSIVE")
            connection.execute("BEGIN EXCLUSIVE")
        except sqlite3.Error as error:
            connection.close()
            if "locked" in str(error):
                raise _Taken(name, read_mark(path)) from None
            raise BenchBroken(f"the bench cannot be locked in {self.folder}: {error}") from error
        self._held[name] = connection
        left = read_mark(path)
        if left is not None:
            self._left[name] = left
        write_mark(path, replace(new_mark(self._file, self._file.stations[name]), state=state))

    def _drop(self) -> None:
        """Releases every lock taken so far, and restores every mark as it was found."""
        for name, connection in self._held.items():
            path = mark_file(self.folder, self._keys[name])
            left = self._left.pop(name, None)
            if left is not None:
                write_mark(path, left)
            else:
                path.unlink(missing_ok=True)
            connection.close()
        self._held.clear()


class _Taken(Exception):
    """Another process holds the lock of `station`; `mark` says which, if it can be read."""

    def __init__(self, station: str, mark: Mark | None) -> None:
        super().__init__(station)
        self.station = station
        self.mark = mark
