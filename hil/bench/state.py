"""What this host remembers of instruments between runs: who holds one, and which one was left without its safe state.

A mark is a small file for each port. It is written before an instrument is touched and removed once the instrument is
in its safe state, so that it remains after a power cut.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import socket
import tempfile
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from hil.bench.model import BenchFile, Station

__all__ = ["Mark", "mark_file", "new_mark", "port_key", "read_mark", "state_folder", "write_mark"]


def state_folder() -> Path:
    """The folder of the marks: $THERMOPROOF_STATE, otherwise this user's folder for the state of programs."""
    chosen = os.environ.get("THERMOPROOF_STATE")
    if chosen:
        return Path(chosen)
    if os.name == "nt":
        base = Path(os.environ.get("LOCALAPPDATA") or tempfile.gettempdir())
    else:
        home = os.environ.get("HOME")
        state = os.environ.get("XDG_STATE_HOME") or (f"{home}/.local/state" if home else tempfile.gettempdir())
        base = Path(state)
    return base / "thermoproof" / "bench"


@dataclass(frozen=True, slots=True)
class Mark:
    """Who touched an instrument. `state` is `in use`, `recovering` (by a guardian) or `unsafe` for a `reason`."""

    bench: str
    file: str
    station: str
    url: str
    user: str
    host: str
    pid: int
    since: str
    state: str = "in use"
    reason: str = ""

    @property
    def holder(self) -> str:
        """The run that made the mark, in words."""
        return f"process {self.pid} of {self.user} on {self.host} since {self.since} (bench {self.bench})"

    def left(self) -> str:
        """What the mark means once nobody holds the instrument any more, as a sentence."""
        if self.state == "unsafe":
            return f"{self.station} was left without its safe state by {self.holder}: {self.reason}"
        return f"{self.station} was left as it was by {self.holder}, which ended without making it safe"


def new_mark(file: BenchFile, station: Station) -> Mark:
    """A mark by this process."""
    return Mark(
        bench=file.name,
        file=file.path,
        station=station.name,
        url=station.url,
        user=os.environ.get("USER") or os.environ.get("USERNAME") or "an unknown user",
        host=socket.gethostname(),
        pid=os.getpid(),
        since=dt.datetime.now().astimezone().isoformat(timespec="seconds"),
    )


def port_key(file: BenchFile, station: Station) -> str:
    """A key for the port of an instrument that is the same for every name of that port."""
    url = station.url
    if not url:  # worked by hand: only its place in a bench file identifies it
        url = f"{Path(file.path).absolute() if file.path else file.name}#{station.name}"
    elif "://" in url:
        url = url.lower()
    elif os.path.exists(url):  # noqa: PTH110 - a device path or COM port, no path of ours
        url = os.path.realpath(url)
    else:
        url = url.upper()
    return hashlib.sha256(url.encode()).hexdigest()[:16]


def mark_file(folder: Path, key: str) -> Path:
    """The file with the mark of a port."""
    return folder / f"{key}.json"


def read_mark(path: Path) -> Mark | None:
    """The mark in a file; None where there is none, or where it cannot be read."""
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        return Mark(**{field.name: values[field.name] for field in fields(Mark)})
    except (OSError, ValueError, KeyError, TypeError):
        return None


def write_mark(path: Path, mark: Mark) -> None:
    """Writes a mark to the disk, completely or not at all."""
    draft = path.with_suffix(f".{os.getpid()}.new")
    with draft.open("w", encoding="utf-8") as file:
        json.dump(asdict(mark), file, ensure_ascii=False)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
