"""Runs of the bench's suites as a user starts them, on the simulated bench."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
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

    @property
    def cases(self) -> dict[str, dict[str, Any]]:
        return {row["id"]: row for row in self.run["cases"]}

    @property
    def measurements(self) -> dict[str, dict[str, Any]]:
        return {each["name"]: each for row in self.run["cases"] for each in row["measurements"]}


@pytest.fixture
def measure(tmp_path: Path) -> Callable[..., Outcome]:
    """`thermoproof run hil` with some cases selected."""

    def call(*arguments: str, timeout: float = 300) -> Outcome:
        folder = tmp_path / "out"
        words = [sys.executable, "-m", "thermoproof", "run", "hil", "--out", str(folder), *arguments]
        paths = [str(ROOT), os.environ.get("PYTHONPATH", "")]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))}
        done = subprocess.run(
            words, cwd=tmp_path, env=environment, capture_output=True, timeout=timeout, stdin=subprocess.DEVNULL
        )
        return Outcome(done.returncode, (done.stdout + done.stderr).decode(), folder)

    return call
