"""The stated interval holds the injected truth, through drivers and sockets; benchmarks/accuracy.py runs many."""

from __future__ import annotations

import asyncio
import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

BENCHMARK = Path(__file__).parent.parent.parent / "benchmarks" / "accuracy.py"


@pytest.fixture(scope="module")
def benchmark() -> ModuleType:
    spec = importlib.util.spec_from_file_location("accuracy_benchmark", BENCHMARK)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_the_interval_holds_the_injected_error(benchmark: ModuleType) -> None:
    points = asyncio.run(benchmark.run(range(1, 4), "520"))
    assert len(points) == 3 * len(benchmark.POINTS)
    # Two of fifteen may miss by chance; none lies far out, and the injected errors are large enough to be seen.
    assert sum(point.held for point in points) >= len(points) - 2
    assert all(abs(point.measured - point.true) < 4 * point.budget.u_c for point in points)
    assert max(abs(point.true) / point.budget.U for point in points) > 2
