"""What the host remembers of instruments between runs: who holds one, and which was left without its safe state.

A mark is a small file per port. It is written before an instrument is touched and removed once its safe state is
reached, so that it also tells after a power cut.
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
    """Where it is kept: $THERMOPROOF_STATE, else this user's folder for such things."""
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
    """Who touched an instrument. `state`: `in use`, `recovering` (by a guardian) or `unsafe`, for `reason`."""

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
        """The run, in words."""
        return f"process {self.pid} of {self.user} on {self.host} since {self.since} (bench {self.bench})"

    def left(self) -> str:
        """What it means when nobody holds the instrument any more."""
        if self.state == "unsafe":
            return f"{self.station} was left without its safe state by {self.holder}: {self.reason}"
        return f"{self.station} was left as it was by {self.holder}, which ended without its safe state"


def new_mark(file: BenchFile, station: Station) -> Mark:
    """The mark of this process."""
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
    """What stands for the port of an instrument, by whichever name a bench file calls it."""
    url = station.url
    if not url:  # worked by hand: all that tells it from another is its place
        url = f"{Path(file.path).absolute() if file.path else file.name}#{station.name}"
    elif "://" in url:
        url = url.lower()
    elif os.path.exists(url):  # noqa: PTH110 - a device path or COM port, no path of ours
        url = os.path.realpath(url)
    else:
        url = url.upper()
    return hashlib.sha256(url.encode()).hexdigest()[:16]


def mark_file(folder: Path, key: str) -> Path:
    """Where the mark of a port is."""
    return folder / f"{key}.json"


def read_mark(path: Path) -> Mark | None:
    """The mark, or None where there is none, or none that can be read."""
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        return Mark(**{field.name: values[field.name] for field in fields(Mark)})
    except (OSError, ValueError, KeyError, TypeError):
        return None


def write_mark(path: Path, mark: Mark) -> None:
    """Puts the mark on the disk, whole or not at all."""
    draft = path.with_suffix(f".{os.getpid()}.new")
    with draft.open("w", encoding="utf-8") as file:
        json.dump(asdict(mark), file, ensure_ascii=False)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
