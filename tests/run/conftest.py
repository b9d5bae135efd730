"""Runs as a user starts them: a process with its exit code, its output and the files it leaves."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent.parent


@dataclass(frozen=True)
class Outcome:
    code: int
    text: str
    folder: Path

    @property
    def run(self) -> dict[str, Any]:
        document: dict[str, Any] = json.loads((self.folder / "run.json").read_text())
        return document

    def verdict(self, case: str) -> str:
        return str(next(row["verdict"] for row in self.run["cases"] if row["id"] == case))


def environment() -> dict[str, str]:
    paths = [str(ROOT), os.environ.get("PYTHONPATH", "")]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths)), "COLUMNS": "200"}


@pytest.fixture
def thermoproof(tmp_path: Path) -> Callable[..., Outcome]:
    """Runs `thermoproof ARGUMENTS` in an empty folder; a run's record goes to `out` below it."""

    def call(*arguments: str, timeout: float = 120) -> Outcome:
        folder = tmp_path / "out"
        words = [sys.executable, "-m", "thermoproof", *arguments]
        if arguments[0] == "run" and "--out" not in arguments:
            words += ["--out", str(folder)]
        done = subprocess.run(
            words, cwd=tmp_path, env=environment(), capture_output=True, timeout=timeout, stdin=subprocess.DEVNULL
        )
        return Outcome(done.returncode, (done.stdout + done.stderr).decode(), folder)

    return call


@dataclass(frozen=True)
class Camera:
    ready: dict[str, Any]
    key: Path

    @property
    def in_real_time(self) -> tuple[str, ...]:
        """The camera without its stimulus channel, so that its time is real."""
        return self.arguments[:-2]

    @property
    def arguments(self) -> tuple[str, ...]:
        where = ("--camera", f"127.0.0.1:{self.ready['control_port']}", "--http-port", str(self.ready["http_port"]))
        return (*where, "--public-key", str(self.key), "--stimulus-port", str(self.ready["stimulus_port"]))


@contextlib.contextmanager
def simulated(folder: Path, *options: str) -> Iterator[Camera]:
    """A simulated camera that `thermoproof simulate` starts with `options`."""
    words = [sys.executable, "-m", "thermoproof", "simulate", "--until-stdin-closes"]
    process = subprocess.Popen(
        [*words, "--state-dir", str(folder / "state"), *options],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment(),
        cwd=folder,
    )
    assert process.stdout is not None
    assert process.stdin is not None
    ready = json.loads(process.stdout.readline())
    key = folder / "key.pem"
    key.write_text(ready["public_key"])
    try:
        yield Camera(ready, key)
    finally:
        process.stdin.close()
        process.wait(10)
        process.stdout.close()


@pytest.fixture
def camera(tmp_path: Path) -> Iterator[Camera]:
    """A simulated camera without options."""
    with simulated(tmp_path) as camera:
        yield camera
