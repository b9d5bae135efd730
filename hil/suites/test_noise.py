"""Thermal noise: noise in time (NETD), and the fixed pattern of the picture."""

from __future__ import annotations

from conformance.dut.device import Device
from conformance.rules.case import Case, cases
from hil.bench import Bench
from hil.procedures.measuring import Measuring
from hil.procedures.noise import measure_noise
from hil.suites.declaring import bench_case


@cases(
    [
        bench_case(
            "noise",
            "netd-and-pattern",
            "Noise in time (NETD) and the fixed pattern must each keep their limit",
            "matrix",
            quick=True,
        )
    ]
)
async def test_noise_in_time_and_the_fixed_pattern(case: Case, dut: Device, bench: Bench) -> None:
    await measure_noise(Measuring(dut, bench))
