"""The camera's compensation of emissivity, surroundings, air and optics, compared with radiometry."""

from __future__ import annotations

from conformance.dut.device import Device
from conformance.rules.case import Case, cases
from hil.bench import Bench
from hil.procedures.compensation import CHANGES, measure_compensation
from hil.procedures.measuring import Measuring
from hil.suites.declaring import bench_case


@cases(
    bench_case(
        "compensation", name, f"The compensation of {name.replace('-', ' ')} must be that of radiometry", data=name
    )
    for name in CHANGES
)
async def test_the_compensation_is_that_of_radiometry(case: Case[str], dut: Device, bench: Bench) -> None:
    await measure_compensation(Measuring(dut, bench), case.data)
