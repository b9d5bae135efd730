"""The measurement error: at five or more points of each range, rising and falling, by each path; and the hysteresis."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from conformance.dut.device import Device
from conformance.rules.case import Case, cases
from hil.bench import Bench
from hil.procedures.gears import gear_of
from hil.procedures.measuring import Measuring
from hil.procedures.paths import PATHS
from hil.procedures.temperature_error import PARTS, measure_error, measure_hysteresis, places
from hil.suites.declaring import GEARS, SETTLING_S, bench_case


@dataclass(frozen=True, slots=True)
class Part:
    """Part `number` (1 to PARTS) of the points of a range, in one direction, by one path."""

    gear: int
    number: int
    rising: bool
    path: str


def _points() -> Iterator[Case[Part]]:
    """Up through the points of a range and down again; at each point every path, while the source stands still."""
    for gear in GEARS:
        rising = [(part, True) for part in range(1, PARTS + 1)]
        falling = [(part, False) for part in range(PARTS - 1, 0, -1)]
        for part, up in rising + falling:
            for path, capability in PATHS.items():
                direction = "rising" if up else "falling"
                yield bench_case(
                    "error",
                    f"range-{gear}/{direction}-{part}/{path}",
                    f"The error by {path} must keep its limit: point {part} of range {gear}, {direction}",
                    capability,
                    data=Part(gear, part, up, path),
                    quick=up and part == (PARTS + 1) // 2,
                )


@cases(_points())
async def test_the_error_of_a_temperature(case: Case[Part], dut: Device, bench: Bench) -> None:
    part = case.data
    for place in places(bench, gear_of(dut, part.gear), part.number, part.rising):
        await measure_error(Measuring(dut, bench), place, part.path)


@cases(
    bench_case(
        "error",
        f"range-{gear}/hysteresis",
        f"The difference between rising and falling must keep its limit in range {gear}",
        requirement="hysteresis",
        waits_s=2 * SETTLING_S,
        data=gear,
    )
    for gear in GEARS
)
async def test_the_hysteresis_of_a_range(case: Case[int], dut: Device, bench: Bench) -> None:
    await measure_hysteresis(Measuring(dut, bench), gear_of(dut, case.data))
