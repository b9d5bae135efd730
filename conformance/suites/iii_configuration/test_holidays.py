"""Chapter III, 13: on a holiday an alarm stores no video and no picture where it is not allowed to."""

from __future__ import annotations

from typing import Any

from conformance.catalogue import Safety
from conformance.dut.device import Device
from conformance.rules.case import Case, cases
from conformance.rules.verdict import CaseInconclusive
from conformance.steps.alarms import settle
from conformance.steps.linkage import EVENTS, facts_of, happen, linkage_of, over
from conformance.steps.stored_files import urls

_ALARM = next(event for event in EVENTS if event.number == 21)
_NEEDS = facts_of(_ALARM)
_STORED_S = 13
"""A recording of 10 s is over then, and listed."""

# Every day is one, so that it does not matter which date the device shows (R165); in most years the last of February
# is passed over.
_ALWAYS = [
    {"mon": month, "data": list(range(1, days + 1))}
    for month, days in enumerate((31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31), 1)
]


@cases(
    Case(
        f"III.13/holiday/{part}",
        f"An alarm on a holiday stores no {what} where {field} is 1",
        Safety.REVERSIBLE,
        requirement="III.13/obeyed",
        **{**_NEEDS, "capabilities": (*_NEEDS["capabilities"], "storage"), "writes": ("pair:13", *_NEEDS["writes"])},
        waits_s=25,
        data=(part, field, kind),
    )
    for part, field, what, kind in (("record", "is_record", "video", 1), ("capture", "is_capture", "picture", 2))
)
async def test_nothing_is_stored_on_a_holiday(case: Case[Any], dut: Device) -> None:
    part, field, kind = case.data
    await dut.must(13, {field: 1, "month_data": _ALWAYS}, legal=False)
    await _ALARM.apply_settings(dut, **linkage_of(_ALARM, part))
    before = [await urls(dut, stream, kind) for stream in (1, 2)]
    mark = dut.control.pushes.mark()
    try:
        await happen(dut, _ALARM)
        await settle(dut, _STORED_S if part == "record" else 2)
        if not any(push.cmdtype == 1000 for push in dut.control.pushes.since(mark)):
            raise CaseInconclusive("no alarm came, so that nothing had to be stored (VI.1000)")
        after = [await urls(dut, stream, kind) for stream in (1, 2)]
    finally:
        await over(dut, _ALARM)
    new = [url for old, now in zip(before, after, strict=True) for url in now if url not in old]
    dut.demand(not new, f"no file of the alarm ({field} 1, holidays all the year)", f"{new}")
