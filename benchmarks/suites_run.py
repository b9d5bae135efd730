"""A run of the suites against a camera that is there already, in this process: what two benchmarks measure."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import conformance.suites
from fixtures.run.launch import pytest_words

__all__ = ["run_suites"]


def run_suites(ready: dict[str, Any], folder: Path, patterns: tuple[str, ...], *more: str) -> int:
    """Judge the camera whose ready line is `ready` by the cases of `patterns`; leaves the record in `folder`/out.

    Returns the exit code of the run.
    """
    suites = Path(conformance.suites.__file__).parent
    key = folder / "key.pem"
    key.write_text(ready["public_key"])
    words = pytest_words([str(suites)], suites)
    words += ["--camera", f"127.0.0.1:{ready['control_port']}", "--http-port", str(ready["http_port"])]
    words += ["--stimulus-port", str(ready["stimulus_port"]), "--public-key", str(key), "--profile", "simulated"]
    words += ["--out", str(folder / "out"), *more]
    for pattern in patterns:
        words += ["--select", pattern]
    return int(pytest.main(words))
