"""IV, restorability: the clock can be returned to what it was.

Judged before other cases, because the run writes no more to a device on which this fails: it could not be restored, and
its other cases could only end in errors.
"""

from __future__ import annotations

from datetime import datetime

from conformance.catalogue import Safety, load
from conformance.catalogue.formats import DATETIME
from conformance.dut.device import Device
from conformance.rules.case import Case, case
from conformance.steps import device_time

_CATALOGUE = load()


@case(
    "IV.506/half-days",
    "A time before noon and one after noon must be shown twelve hours apart",
    Safety.REVERSIBLE,
    requirement="IV.506/shown",
    writes=("clock",),
)
async def test_both_halves_of_a_day_are_shown(case: Case, dut: Device) -> None:
    shifts = []
    for hour, second in ((8, 52), (20, 7), (0, 33), (12, 20)):
        moment = datetime(2029, 3, 14, hour, 41, second)
        await dut.succeeds(506, {"datetime": moment.strftime(DATETIME)})
        shifts.append((await device_time.read(dut) - moment).total_seconds())
    steady = all(abs(shift - shifts[0]) <= 5 for shift in shifts)
    dut.demand(steady, "the time set, but for a constant zone (R165), within 5 s", f"differences of {shifts} s")
