"""III.51, fire detection: off, or outside its schedule, it does not alarm; it watches its areas alone."""

from __future__ import annotations

from conformance.catalogue import Safety
from conformance.dut.device import Device
from conformance.rules.case import Case, cases
from conformance.rules.verdict import CaseInconclusive
from conformance.steps.alarms import OUTSIDE_SCHEDULE, SwitchedOff, judge_no_push, wait_for_pushes
from conformance.steps.causes import set_fire_detection
from conformance.steps.fire_areas import AREAS, judge_areas


@cases(
    Case(
        f"III.51/{label}",
        title,
        Safety.REVERSIBLE,
        requirement=f"III.51/{row}",
        capabilities=("fire",),
        writes=("pair:51",),
        waits_s=8,
        data=off,
    )
    for label, row, title, off in (
        (
            "alarm/off",
            "alarm-flag",
            "A fire must not send a push while its detection is off",
            SwitchedOff({"flag": 0}, "flag of command 51 is 0"),
        ),
        (
            "effect-day/excluded",
            "effect-day",
            "A fire must not send a push outside the schedule",
            OUTSIDE_SCHEDULE,
        ),
    )
)
async def test_a_fire_does_not_alarm_while_detection_is_off(case: Case[SwitchedOff], dut: Device) -> None:
    await set_fire_detection(dut, 2000.0)
    await wait_for_pushes(dut, 2)
    mark = dut.control.pushes.mark()
    await set_fire_detection(dut, -40.0)
    await wait_for_pushes(dut, dut.profile["push_tolerance_s"])
    if not any(push.cmdtype == 1011 for push in dut.control.pushes.since(mark)):
        raise CaseInconclusive("no fire is pushed even while its detection is on (VI.1011)")
    await set_fire_detection(dut, 2000.0, **case.data.settings)
    await wait_for_pushes(dut, 1)
    mark = dut.control.pushes.mark()
    await set_fire_detection(dut, -40.0, **case.data.settings)
    await judge_no_push(dut, 1011, mark, case.data.why)


@cases(
    Case(
        f"III.51/area/{label}",
        f"Fire detection must {title}",
        Safety.REVERSIBLE,
        requirement="III.51/areas",
        capabilities=("fire", "matrix"),
        writes=("pair:51",),
        waits_s=9,
        data=warm,
    )
    for label, (warm, title) in AREAS.items()
)
async def test_fire_detection_watches_its_areas(case: Case[int | None], dut: Device) -> None:
    await judge_areas(dut, case.data)
