"""The ends of the ranges: a source outside, the overlap of two ranges, and what 16 bits cannot represent (R77)."""

from __future__ import annotations

from dataclasses import dataclass

from conformance.dut.device import Device
from conformance.rules.case import Case, cases
from hil.bench import Bench
from hil.procedures.gears import gear_of
from hil.procedures.measuring import Measuring
from hil.procedures.ranges import measure_matrix_limit, measure_outside, measure_overlap
from hil.suites.declaring import GEARS, bench_case


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a range: above its upper end, or below its lower one."""

    gear: int
    above: bool


@cases(
    bench_case(
        "ranges",
        f"range-{gear}/{side}",
        f"A source {side} range {gear} must not be shown as a temperature inside it",
        requirement="outside",
        data=Side(gear, above=side == "above"),
    )
    for gear in GEARS
    for side in ("above", "below")
)
async def test_a_source_outside_the_range(case: Case[Side], dut: Device, bench: Bench) -> None:
    await measure_outside(Measuring(dut, bench), gear_of(dut, case.data.gear), above=case.data.above)


@cases([bench_case("ranges", "overlap", "Two ranges must agree where they overlap", requirement="overlap")])
async def test_two_ranges_agree(case: Case, dut: Device, bench: Bench) -> None:
    gear_of(dut, 1)
    await measure_overlap(Measuring(dut, bench))


@cases(
    [
        bench_case(
            "ranges",
            "matrix-limit",
            "Above 327.67 degC, command 530 must show the temperature or the end of its scale",
            "matrix",
            requirement="matrix-limit",
        )
    ]
)
async def test_the_matrix_above_what_16_bits_hold(case: Case, dut: Device, bench: Bench) -> None:
    await measure_matrix_limit(Measuring(dut, bench))
