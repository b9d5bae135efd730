"""The bench twin alone, and runs of the command line on it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from conformance.client import Cipher, ControlClient, Transcript
from conformance.dut.stimulus import Stimulus
from fixtures.run.embedded import EmbeddedCamera
from fixtures.run.simulated_bench import StimulatedCamera
from hil.bench import Bench
from hil.twin import Truth, Twin

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture(scope="session")
def embedded() -> Iterator[EmbeddedCamera]:
    camera = EmbeddedCamera(seed=0)
    yield camera
    camera.stop()


class Beating:
    """The twin's time, with the heartbeats that the client's session needs."""

    def __init__(self, twin: Twin, client: ControlClient) -> None:
        self._twin, self._client = twin, client

    async def sleep(self, seconds: float) -> None:
        while seconds > 0:
            await self._twin.sleep(min(seconds, 30.0))
            await self._client.heartbeat()
            seconds -= 30.0

    def monotonic(self) -> float:
        return self._twin.monotonic()


@dataclass
class World:
    """A twin with its camera, a client of the camera, and the bench that drives the instruments."""

    stimulus: Stimulus
    twin: Twin
    bench: Bench
    client: ControlClient

    async def reads(self, x: int, y: int) -> float:
        """What the camera shows at a pixel, the mean of eight frames a second apart."""
        values = []
        for _ in range(8):
            await self.twin.sleep(1)
            reply = await self.client.request(521, {"cursor_x": x, "cursor_y": y, "cursor_type": 0})
            values.append(float((reply.message or {})["value"]))
        return sum(values) / len(values)


Assemble = Callable[..., Any]


@pytest_asyncio.fixture(loop_scope="session")
async def world(embedded: EmbeddedCamera) -> AsyncIterator[Assemble]:
    """Puts a twin before the embedded camera: `await world(truth=..., camera=...)`."""
    made: list[World] = []

    async def assemble(truth: Truth | None = None, camera: Callable[[Stimulus], Any] = StimulatedCamera) -> World:
        ready = embedded.ready
        stimulus = Stimulus("127.0.0.1", ready["stimulus_port"])
        twin = Twin(camera(stimulus), truth=truth)
        await twin.start()
        client = await ControlClient.connect("127.0.0.1", ready["control_port"], transcript=Transcript())
        await client.login("admin", "admin", Cipher(ready["public_key"]))
        bench = Bench(twin.file, Beating(twin, client), simulated=True)
        await bench.open()
        facts = {"emiss_mode": 2, "emiss": 0.95, "dist": 1.0, "ref_temp": 23.0, "humi": 50}
        assert (await client.request(1, facts)).ok
        made.append(World(stimulus, twin, bench, client))
        return made[-1]

    yield assemble
    for each in made:
        assert await each.bench.close() == ()
        await each.twin.stop()
        await each.client.logout("admin")
        await each.client.close()
        await each.stimulus.close()


@dataclass(frozen=True)
class Outcome:
    code: int
    text: str
    folder: Path

    @property
    def run(self) -> dict[str, Any]:
        document: dict[str, Any] = json.loads((self.folder / "run.json").read_text())
        return document

    @property
    def rows(self) -> dict[str, dict[str, Any]]:
        return {row["id"]: row for row in self.run["cases"]}

    @property
    def left(self) -> dict[str, Any]:
        """How the instruments were left."""
        document: dict[str, Any] = json.loads((self.folder / "left.json").read_text())
        return document


def environment(folder: Path, **extra: str) -> dict[str, str]:
    paths = [str(ROOT), str(Path(__file__).parent), os.environ.get("PYTHONPATH", "")]
    own = {"PYTHONPATH": os.pathsep.join(filter(None, paths)), "COLUMNS": "200", "PYTEST_ADDOPTS": "-p faulty"}
    state = {"TWIN_LEFT": str(folder / "left.json"), "THERMOPROOF_STATE": str(folder / "state")}
    return {**os.environ, **own, **state, **extra}


@pytest.fixture
def thermoproof(tmp_path: Path) -> Callable[..., Outcome]:
    """Runs `thermoproof run ARGUMENTS`, with a fault of the bench if the environment is to name one."""
    folder = tmp_path / "out"
    folder.mkdir()

    def call(*arguments: str, fault: Mapping[str, str] | None = None) -> Outcome:
        words = [sys.executable, "-m", "thermoproof", "run", *arguments, "--out", str(folder)]
        done = subprocess.run(
            words,
            cwd=tmp_path,
            env=environment(folder, **(fault or {})),
            capture_output=True,
            timeout=240,
            stdin=subprocess.DEVNULL,
        )
        return Outcome(done.returncode, (done.stdout + done.stderr).decode(), folder)

    return call
