"""Command 506: it sets the clock, refuses what is not a time, and the clock keeps its pace."""

from __future__ import annotations

from datetime import datetime

from conformance.catalogue import Safety
from conformance.catalogue.formats import DATETIME
from conformance.dut.device import Device
from conformance.rules.case import Case, case, cases
from conformance.steps import device_time

_SAFE = Safety.REVERSIBLE


@case(
    "IV.506/time",
    "General information must show the time that command 506 has set",
    _SAFE,
    requirement="IV.506/shown",
    writes=("clock",),
    quick=True,
)
async def test_the_time_set_is_the_time_shown(case: Case, dut: Device) -> None:
    shifts = []
    # Every unit differs each time, and the seconds are far from a full minute.
    for moment in (datetime(2030, 6, 1, 12, 7, 37), datetime(2031, 2, 28, 23, 0, 44), datetime(2024, 2, 29, 0, 30, 22)):
        await dut.succeeds(506, {"datetime": moment.strftime(DATETIME)})
        shown = await dut.get(500)
        try:
            shifts.append((datetime.strptime(str(shown.get("datetime")), DATETIME) - moment).total_seconds())
        except ValueError:
            dut.demand(False, "500 shows the time", f"datetime {shown.get('datetime')!r}")
            return
    # R165: the zone may shift what 500 shows, but by the same amount each time; summer time would be another amount.
    quarter = round(shifts[0] / 900) * 900
    dut.judgement.observe("R165", f"{quarter / 3600:g} h")
    steady = all(abs(shift - quarter) <= 5 for shift in shifts)
    dut.demand(steady, "the time set, but for a constant zone (R165), within 5 s", f"differences of {shifts} s")
    zone = (await dut.ask(16)).message or {}
    offsets = [0, *device_time.zone_offsets(zone.get("time_zone"))]
    dut.demand(
        any(abs(quarter - offset) <= 5 for offset in offsets),
        "no difference, or the zone's (R165)",
        f"a difference of {quarter} s",
    )


_NOT_TIMES = {
    "february-30": "2021-02-30 12:00:00",
    "april-31": "2021-04-31 12:00:00",
    "no-leap-year": "2023-02-29 12:00:00",
    "month-0": "2021-00-10 12:00:00",
    "day-0": "2021-10-00 12:00:00",
    "hour-25": "2021-02-03 25:00:00",
    "minute-60": "2021-02-03 12:60:00",
    "slashes": "2021/02/03 12:00:00",
    "empty": "",
}


@cases(
    Case(
        f"IV.506/no-time/{label}",
        f'Command 506 must refuse "{text}" and the clock must go on',
        _SAFE,
        requirement="IV.506/no-time",
        writes=("clock",),
        data=text,
    )
    for label, text in _NOT_TIMES.items()
)
async def test_a_text_that_is_not_a_time_is_refused(case: Case[str], dut: Device) -> None:
    before = await device_time.read(dut) - dut.clock.now()
    await dut.is_refused(506, {"datetime": case.data}, "R22")
    moved = (await device_time.read(dut) - dut.clock.now() - before).total_seconds()
    dut.demand(abs(moved) <= 5, "the clock as it was", f"moved by {moved:g} s")


@case(
    "IV.506/pace",
    "The clock must keep its pace after it was set",
    _SAFE,
    writes=("clock",),
    waits_s=40,
)
async def test_the_clock_that_was_set_keeps_its_pace(case: Case, dut: Device) -> None:
    await dut.succeeds(506, {"datetime": "2029-05-17 10:11:12"})
    before, began = await device_time.read(dut), dut.clock.now()
    await dut.clock.sleep(40)
    shown, passed = await device_time.read(dut) - before, dut.clock.now() - began
    off = (shown - passed).total_seconds()
    dut.demand(
        abs(off) <= 2, f"{passed.total_seconds():.0f} s later (within 2 s)", f"{shown.total_seconds():g} s later"
    )
