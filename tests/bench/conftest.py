"""A small laboratory over TCP: a blackbody, a board, and the bench file that names them."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from hil.bench import BenchFile, parse_bench
from hil.emulators import Emulator, Fluke418xEmulator, ModbusBoardEmulator, TcpServer, VirtualClock

ROOT = Path(__file__).parent.parent.parent


class BoardWithWires(ModbusBoardEmulator):
    """A board whose relays are wired to inputs: relay -> input."""

    def __init__(self, clock: VirtualClock, wires: dict[int, int] | None = None) -> None:
        super().__init__(clock)
        self.wires = {1: 1} if wires is None else wires
        self.pressed: set[int] = set()

    def receive(self, data: bytes) -> bytes:
        out = super().receive(data)
        for channel in self.discrete:
            driven = any(self.closed(relay) for relay, wired in self.wires.items() if wired == channel + 1)
            self.discrete[channel] = driven or channel + 1 in self.pressed
        return out


class VirtualTime:
    """The clock of the emulators as that of the bench."""

    def __init__(self, clock: VirtualClock) -> None:
        self.clock = clock

    async def sleep(self, seconds: float) -> None:
        self.clock.advance(seconds)

    def monotonic(self) -> float:
        return self.clock()


@dataclass
class Lab:
    """Emulators on TCP, and the bench file in which they stand."""

    path: Path
    folder: Path
    clock: VirtualClock
    stack: ExitStack
    emulators: dict[str, Any] = field(default_factory=dict)
    servers: dict[str, TcpServer] = field(default_factory=dict)
    document: dict[str, Any] = field(default_factory=lambda: {"bench": "test bench", "instruments": {}})
    others: list[subprocess.Popen[str]] = field(default_factory=list)

    def add(self, name: str, driver: str, emulator: Emulator, **entry: Any) -> TcpServer:
        server = self.stack.enter_context(TcpServer(emulator))
        self.emulators[name], self.servers[name] = emulator, server
        entry.setdefault("options", {}).setdefault("timeout_s", 5.0)
        self.document["instruments"][name] = {"driver": driver, "url": server.url, **entry}
        return server

    def file(self) -> BenchFile:
        self.path.write_text(json.dumps(self.document), encoding="utf-8")
        return parse_bench(self.path.read_text(encoding="utf-8"), str(self.path))

    @property
    def time(self) -> VirtualTime:
        return VirtualTime(self.clock)

    def python(self, program: str, *arguments: str) -> subprocess.Popen[str]:
        """Another process, with the file and the folder of locks as its first arguments."""
        self.file()
        process = subprocess.Popen(
            [sys.executable, "-c", program, str(self.path), str(self.folder), *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            start_new_session=True,
            # A job in the background of a script has Ctrl-C ignored, and hands that on to all it starts.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )
        self.others.append(process)
        return process


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    with ExitStack() as stack:
        clock = VirtualClock()
        built = Lab(tmp_path / "bench.yaml", tmp_path / "state", clock, stack)
        built.document["settling"] = {"window_s": 60, "period_s": 5}
        built.add("hot", "fluke-418x", Fluke418xEmulator(clock), limits={"low": 40, "high": 300})
        built.add("board", "modbus-board", BoardWithWires(clock))
        yield built
        for process in built.others:
            process.kill()
            process.communicate()


@pytest.fixture
def until() -> Callable[[Callable[[], object]], None]:
    """Waits for something that another process does, for a minute at most."""

    def wait(condition: Callable[[], object]) -> None:
        never = threading.Event()
        for _ in range(2400):
            if condition():
                return
            never.wait(0.025)
        raise AssertionError("it did not happen within a minute")

    return wait
