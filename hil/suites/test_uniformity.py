"""Uniformity over the picture."""

from __future__ import annotations

from conformance.dut.device import Device
from conformance.rules.case import Case, cases
from hil.bench import Bench
from hil.procedures.measuring import Measuring
from hil.procedures.uniformity import measure_uniformity
from hil.suites.declaring import bench_case


@cases(
    [bench_case("uniformity", "grid", "The same source must show the same temperature at 3 x 3 places of the picture")]
)
async def test_uniformity_over_the_picture(case: Case, dut: Device, bench: Bench) -> None:
    await measure_uniformity(Measuring(dut, bench))
