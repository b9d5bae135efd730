"""A small process that outlives a run and brings its bench to the safe state when the run dies.

The run holds the writing end of a pipe. It sends a plan, and at its proper end the word `safe`. A pipe that closes
without that word means that the run has died, for whatever reason: the guardian takes the locks that the system has
released, opens every instrument by the same drivers and brings it to its safe state. An instrument that it cannot reach
stays marked for the next run.
"""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TextIO, TypedDict

from hil.bench.errors import BenchBroken
from hil.bench.lock import BenchLock
from hil.bench.model import BenchFile, Station
from hil.bench.safety import make_all_safe

__all__ = ["PATIENCE_S", "Guardian", "Plan", "main"]

_START_S: Final = 60.0
_END_S: Final = 10.0
_SAFE: Final = "safe"
_READY: Final = "ready"
PATIENCE_S: Final = 30.0
"""For how long the guardian tries to reach an instrument, in s."""


class PlannedStation(TypedDict):
    """An instrument in a plan."""

    name: str
    driver: str
    url: str
    options: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Plan:
    """What the guardian needs to know of a bench; it goes over the pipe as a line of JSON."""

    bench: str
    file: str
    folder: str
    ambient_degc: float
    stations: tuple[PlannedStation, ...]
    patience_s: float = PATIENCE_S

    @classmethod
    def of(cls, file: BenchFile, folder: Path, patience_s: float = PATIENCE_S) -> Plan:
        """The plan for a bench whose marks are in `folder`."""
        stations = tuple(
            PlannedStation(name=each.name, driver=each.driver, url=each.url, options=dict(each.options))
            for each in file.stations.values()
        )
        return cls(file.name, file.path, str(folder), file.ambient.degc, stations, patience_s)

    def line(self) -> str:
        """The plan as it goes over the pipe."""
        return json.dumps({name: getattr(self, name) for name in self.__slots__}) + "\n"

    def bench_file(self) -> BenchFile:
        """The part of the bench file that locks and drivers need."""
        stations = {
            entry["name"]: Station(entry["name"], entry["driver"], entry["url"], entry["options"])
            for entry in self.stations
        }
        return BenchFile(self.bench, self.file, stations)


class Guardian:
    """The run's end of the pipe. Raises BenchBroken where the guardian does not start."""

    def __init__(self, plan: Plan) -> None:
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "hil.bench.guardian"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
                encoding="utf-8",
                env=_environment(),
                **_apart(),
            )
        except OSError as error:
            raise BenchBroken(f"the guardian of the bench does not start: {error}") from error
        try:
            answer = self._greeted(plan)
        except BaseException:
            self._process.kill()
            self._process.communicate()
            raise
        if answer != _READY:
            self._process.kill()
            self._process.communicate()
            raise BenchBroken(f"the guardian of the bench does not start: {answer or 'it ended at once'}")

    @property
    def alive(self) -> bool:
        """Whether it still watches."""
        return self._process.poll() is None

    @property
    def pid(self) -> int:
        """The id of its process."""
        return self._process.pid

    def dismiss(self) -> None:
        """Ends the guardian: the bench is safe, or its state is written down."""
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(f"{_SAFE}\n")
            self._process.stdin.close()
        except OSError:
            pass  # it has ended already, and nothing is left for it to do
        try:
            self._process.wait(_END_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()

    def _greeted(self, plan: Plan) -> str:
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        try:
            stdin.write(plan.line())
            stdin.flush()
        except OSError:
            return ""
        answers: queue.SimpleQueue[str] = queue.SimpleQueue()
        threading.Thread(target=lambda: answers.put(stdout.readline().strip()), daemon=True).start()
        try:
            return answers.get(timeout=_START_S)
        except queue.Empty:
            return f"it did not answer within {_START_S:g} s"


def _environment() -> dict[str, str]:
    # The guardian finds the same packages as this process, and nothing in the working directory.
    root = str(Path(__file__).absolute().parent.parent.parent)
    paths = [root, *(str(Path(path).absolute()) for path in sys.path if path)]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(dict.fromkeys(paths)), "PYTHONUTF8": "1"}


def _apart() -> dict[str, Any]:
    # Ctrl-C reaches a whole group of processes, and a terminal that closes ends all its processes: the guardian belongs
    # to neither of ours.
    if os.name == "nt":
        flags = ("CREATE_NEW_PROCESS_GROUP", "CREATE_NO_WINDOW")
        return {"creationflags": sum(getattr(subprocess, flag) for flag in flags)}
    return {"start_new_session": True}


def main(source: TextIO = sys.stdin, out: TextIO = sys.stdout) -> int:
    """The guardian itself. Returns 0 when the run ended properly or its bench is safe, 1 when an instrument is not."""
    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    first = source.readline()
    if not first:
        return 0
    plan = Plan(**json.loads(first))
    lock = BenchLock(plan.bench_file(), Path(plan.folder))
    out.write(f"{_READY}\n")
    out.flush()
    if any(line.strip() == _SAFE for line in source):
        return 0
    return _recover(plan, lock)


def _recover(plan: Plan, lock: BenchLock) -> int:
    try:
        lock.acquire(state="recovering", patience_s=plan.patience_s)
    except BenchBroken:
        # The next run holds the bench already; it has found the marks of the dead run and makes everything safe itself.
        return 0
    reasons = make_all_safe(plan.bench_file().stations, plan.ambient_degc, plan.patience_s)
    lock.release(reasons)
    return 1 if reasons else 0


if __name__ == "__main__":
    sys.exit(main())
