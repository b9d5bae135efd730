"""VI.1000, pictures of an alarm: of the images that are set, and of no other."""

from __future__ import annotations

from conformance.dut.device import Device
from conformance.rules.case import Case, cases
from conformance.steps.alarm_files import IMAGE_NAMES, AlarmFiles, alarm_files_case, leaves_its_files
from conformance.steps.linkage import event_of


@cases(
    alarm_files_case(f"VI.1000/pictures/{name}", "VI.1000/pictures", AlarmFiles(event_of(21), "capture", stream))
    for stream, name in IMAGE_NAMES.items()
)
async def test_an_alarm_leaves_its_files(case: Case[AlarmFiles], dut: Device) -> None:
    await leaves_its_files(dut, case.data)
