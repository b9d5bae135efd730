"""How constant the readings are: repetition over corrections (529), and drift over an hour."""

from __future__ import annotations

from conformance.dut.device import Device
from conformance.rules.case import Case, cases
from hil.bench import Bench
from hil.procedures.constancy import DRIFT_S, REPETITIONS, measure_drift, measure_repeatability
from hil.procedures.measuring import Measuring
from hil.suites.declaring import SETTLING_S, bench_case


@cases(
    [
        bench_case(
            "constancy",
            "repeatability",
            f"The error must repeat within the limit over {REPETITIONS} corrections (529)",
            "nuc",
        )
    ]
)
async def test_repetition_over_corrections(case: Case, dut: Device, bench: Bench) -> None:
    await measure_repeatability(Measuring(dut, bench))


@cases(
    [
        bench_case(
            "constancy",
            "drift",
            "The drift over an hour at a constant source must keep its limit",
            waits_s=SETTLING_S + DRIFT_S,
        )
    ]
)
async def test_drift(case: Case, dut: Device, bench: Bench) -> None:
    await measure_drift(Measuring(dut, bench))
