"""Alarms: the temperature at which each type and condition trips, by a slow ramp; hysteresis; and the alarm input."""

from __future__ import annotations

from conformance.catalogue import Safety
from conformance.dut.device import Device
from conformance.rules.case import NEEDED, Case, cases
from hil.bench import Bench
from hil.procedures.contacts import judge_alarm_input
from hil.procedures.measuring import Measuring
from hil.procedures.trip import SPOTS, Alarm, alarms, measure_slope, measure_spot_trip, measure_trip
from hil.suites.declaring import bench_case


@cases(
    bench_case(
        "alarm",
        f"trip/{alarm}",
        f"An alarm of command 3 must trip at its threshold: {str(alarm).replace('/', ', ')}",
        "temperature-alarm",
        requirement="trip",
        writes=("pair:21",),
        data=alarm,
        quick=alarm.condition == 1,
    )
    for alarm in alarms()
)
async def test_where_an_alarm_trips(case: Case[Alarm], dut: Device, bench: Bench) -> None:
    await (measure_slope if case.data.kind == 6 else measure_trip)(Measuring(dut, bench), case.data)


@cases(
    bench_case(
        "alarm",
        f"trip/{spot}",
        f"The tracking of the {spot.replace('-', ' ')} (19) must trip at its threshold",
        "tracking",
        requirement="spot-trip",
        writes=("pair:19",),
        data=spot,
    )
    for spot in SPOTS
)
async def test_where_a_tracked_spot_trips(case: Case[str], dut: Device, bench: Bench) -> None:
    await measure_spot_trip(Measuring(dut, bench), case.data)


@cases(
    Case(
        f"HIL/alarm/input/{'normally-closed' if kind else 'normally-open'}",
        f"Push 1010 must report the contact at the alarm input, {'normally closed' if kind else 'normally open'}",
        Safety.REVERSIBLE,
        requirement="HIL/input",
        clause="HIL.alarm",
        capabilities=("external-input",),
        stimuli=(NEEDED,),
        writes=("pair:47",),
        waits_s=120,
        quick=True,
        data=kind,
    )
    for kind in (0, 1)
)
async def test_the_contact_at_the_alarm_input(case: Case[int], dut: Device, bench: Bench) -> None:
    await judge_alarm_input(Measuring(dut, bench), case.data)
