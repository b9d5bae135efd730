"""Measurement error: at five points and more of each range, rising and falling, by each path, and how they agree."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from conformance.dut.device import Device
from conformance.rules.case import Case, cases
from hil.bench import Bench
from hil.procedures.gears import gear_of
from hil.procedures.measuring import Measuring
from hil.procedures.paths import PATHS
from hil.procedures.temperature_error import PARTS, measure_error, measure_hysteresis, places
from hil.suites.declaring import GEARS, bench_case


def _points() -> Iterator[Case[Any]]:
    """Up through the points of a range and down again; at each, every path, while the source stands."""
    for gear in GEARS:
        rising = [(part, True) for part in range(1, PARTS + 1)]
        falling = [(part, False) for part in range(PARTS - 1, 0, -1)]
        for part, up in rising + falling:
            for path, capability in PATHS.items():
                direction = "rising" if up else "falling"
                yield bench_case(
                    "error",
                    f"range-{gear}/{direction}-{part}/{path}",
                    f"The error of a temperature by {path}, point {part} of range {gear}, {direction}",
                    capability,
                    data=(gear, part, up, path),
                    quick=up and part == (PARTS + 1) // 2,
                )


@cases(_points())
async def test_the_error_of_a_temperature(case: Case[Any], dut: Device, bench: Bench) -> None:
    number, part, rising, path = case.data
    for place in places(bench, gear_of(dut, number), part, rising):
        await measure_error(Measuring(dut, bench), place, path)


@cases(
    bench_case(
        "error",
        f"range-{gear}/hysteresis",
        f"The difference between rising and falling in range {gear}",
        requirement="hysteresis",
        waits_s=2 * 4 * 3600.0,
        data=gear,
    )
    for gear in GEARS
)
async def test_the_hysteresis_of_a_range(case: Case[Any], dut: Device, bench: Bench) -> None:
    await measure_hysteresis(Measuring(dut, bench), gear_of(dut, case.data))
