"""A run of the suites against a camera that is there already, in this process: what two benchmarks measure."""

from __future__ import annotations

from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import pytest

import conformance.suites

__all__ = ["run_suites"]

_OTHERS = ("terminal", "cacheprovider", "logging", "anyio", "randomly", "warnings", "hypothesispytest")
"""Plugins that a run does not need."""


def run_suites(ready: dict[str, Any], folder: Path, patterns: tuple[str, ...], *more: str) -> int:
    """Judge the camera that has told `ready` by the cases of `patterns`; leaves the record in `folder`/out.

    Returns the exit code of the run.
    """
    suites = str(Path(conformance.suites.__file__).parent)
    key = folder / "key.pem"
    key.write_text(ready["public_key"])
    words = [suites, "-c", "/dev/null", "--rootdir", suites, "--import-mode=importlib", "--capture=no"]
    words += ["-o", "asyncio_mode=strict", "-o", "asyncio_default_fixture_loop_scope=session"]
    for name in _OTHERS:
        words += ["-p", f"no:{name}"]
    if "fixtures.plugin" not in {entry.value for entry in entry_points(group="pytest11")}:
        words += ["-p", "fixtures.plugin"]
    words += ["--camera", f"127.0.0.1:{ready['control_port']}", "--http-port", str(ready["http_port"])]
    words += ["--stimulus-port", str(ready["stimulus_port"]), "--public-key", str(key), "--profile", "simulated"]
    words += ["--out", str(folder / "out"), *more]
    for pattern in patterns:
        words += ["--select", pattern]
    return int(pytest.main(words))
