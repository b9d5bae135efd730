"""Thermal quality: noise in time and fixed pattern, uniformity over the picture, repetition, drift, response."""

from __future__ import annotations

from conformance.dut.device import Device
from conformance.rules.case import Case, cases
from hil.bench import Bench
from hil.procedures.constancy import DRIFT_S, REPETITIONS, measure_drift, measure_repeatability
from hil.procedures.measuring import Measuring
from hil.procedures.noise import measure_noise
from hil.procedures.response import measure_response
from hil.procedures.uniformity import measure_uniformity
from hil.suites.declaring import SETTLING_S, bench_case


@cases(
    [
        bench_case(
            "noise", "netd-and-pattern", "Noise in time (NETD) and the fixed pattern, kept apart", "matrix", quick=True
        )
    ]
)
async def test_noise_in_time_and_the_fixed_pattern(case: Case, dut: Device, bench: Bench) -> None:
    await measure_noise(Measuring(dut, bench))


@cases([bench_case("constancy", "repeatability", f"Repetition over {REPETITIONS} corrections (529)", "nuc")])
async def test_repetition_over_corrections(case: Case, dut: Device, bench: Bench) -> None:
    await measure_repeatability(Measuring(dut, bench))


@cases([bench_case("constancy", "drift", "Drift at a source that stands, over an hour", waits_s=SETTLING_S + DRIFT_S)])
async def test_drift(case: Case, dut: Device, bench: Bench) -> None:
    await measure_drift(Measuring(dut, bench))


@cases([bench_case("uniformity", "grid", "The same temperature at 3 x 3 places of the picture")])
async def test_uniformity_over_the_picture(case: Case, dut: Device, bench: Bench) -> None:
    await measure_uniformity(Measuring(dut, bench))


@cases([bench_case("response", "t90", "The time to 90 % of a step of temperature")])
async def test_the_response_to_a_step(case: Case, dut: Device, bench: Bench) -> None:
    await measure_response(Measuring(dut, bench))
