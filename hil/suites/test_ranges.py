"""The ends of the ranges: sources outside, the overlap of two ranges, and what sixteen bits cannot hold (R77)."""

from __future__ import annotations

from typing import Any

from conformance.dut.device import Device
from conformance.rules.case import Case, cases
from hil.bench import Bench
from hil.procedures.gears import gear_of
from hil.procedures.measuring import Measuring
from hil.procedures.ranges import measure_matrix_limit, measure_outside, measure_overlap
from hil.suites.declaring import GEARS, bench_case


@cases(
    bench_case(
        "ranges",
        f"range-{gear}/{side}",
        f"A source {side} range {gear} is not shown as a temperature inside it",
        requirement="outside",
        data=(gear, side == "above"),
    )
    for gear in GEARS
    for side in ("above", "below")
)
async def test_a_source_outside_the_range(case: Case[Any], dut: Device, bench: Bench) -> None:
    number, above = case.data
    await measure_outside(Measuring(dut, bench), gear_of(dut, number), above=above)


@cases([bench_case("ranges", "overlap", "Two ranges agree where they overlap", requirement="overlap")])
async def test_two_ranges_agree(case: Case, dut: Device, bench: Bench) -> None:
    gear_of(dut, 1)
    await measure_overlap(Measuring(dut, bench))


@cases([bench_case("ranges", "matrix-limit", "Above 327.67 degC by 530", "matrix", requirement="matrix-limit")])
async def test_the_matrix_above_what_16_bits_hold(case: Case, dut: Device, bench: Bench) -> None:
    await measure_matrix_limit(Measuring(dut, bench))
