"""The response to a step of temperature."""

from __future__ import annotations

from conformance.dut.device import Device
from conformance.rules.case import Case, cases
from hil.bench import Bench
from hil.procedures.measuring import Measuring
from hil.procedures.response import measure_response
from hil.suites.declaring import bench_case


@cases([bench_case("response", "t90", "A step of temperature must be shown to 90 % within the limit")])
async def test_the_response_to_a_step(case: Case, dut: Device, bench: Bench) -> None:
    await measure_response(Measuring(dut, bench))
