"""What the camera makes of emissivity, surroundings, air and optics, against radiometry."""

from __future__ import annotations

from typing import Any

from conformance.dut.device import Device
from conformance.rules.case import Case, cases
from hil.bench import Bench
from hil.procedures.compensation import CHANGES, measure_compensation
from hil.procedures.measuring import Measuring
from hil.suites.declaring import bench_case


@cases(
    bench_case("compensation", name, f"The compensation of {name.replace('-', ' ')} is that of radiometry", data=name)
    for name in CHANGES
)
async def test_the_compensation_is_that_of_radiometry(case: Case[Any], dut: Device, bench: Bench) -> None:
    await measure_compensation(Measuring(dut, bench), case.data)
