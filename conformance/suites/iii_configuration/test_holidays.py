"""III.13, holidays: an alarm stores no video and no picture where the settings forbid it."""

from __future__ import annotations

from typing import NamedTuple

from conformance.catalogue import Safety
from conformance.dut.device import Device
from conformance.rules.case import Case, cases
from conformance.rules.verdict import CaseInconclusive
from conformance.steps.alarms import wait_for_pushes
from conformance.steps.linkage import Part, end_event, event_of, facts_of, happen, linkage_of
from conformance.steps.stored_files import urls

_ALARM = event_of(21)
_NEEDS = facts_of(_ALARM, capabilities=("storage",))
_STORED_S = 13
"""A recording of 10 s is over then, and listed."""

# Every day is a holiday, so that the date that the device shows does not matter (R165). In most years the device
# ignores the last of February.
_ALWAYS = [
    {"mon": month, "data": list(range(1, days + 1))}
    for month, days in enumerate((31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31), 1)
]


class _Forbidden(NamedTuple):
    """What a holiday forbids: the part of an alarm, the field of 13 that forbids it, its datatype in command 513."""

    part: Part
    field: str
    datatype: int


_FILES: tuple[tuple[Part, str, str, int], ...] = (
    ("record", "is_record", "video", 1),
    ("capture", "is_capture", "picture", 2),
)


@cases(
    Case(
        f"III.13/holiday/{part}",
        f"An alarm on a holiday must store no {name} where {field} is 1",
        Safety.REVERSIBLE,
        requirement="III.13/obeyed",
        capabilities=_NEEDS["capabilities"],
        stimuli=_NEEDS["stimuli"],
        writes=("pair:13", *_NEEDS["writes"]),
        waits_s=25,
        data=_Forbidden(part, field, datatype),
    )
    for part, field, name, datatype in _FILES
)
async def test_nothing_is_stored_on_a_holiday(case: Case[_Forbidden], dut: Device) -> None:
    part, field, datatype = case.data
    await dut.must(13, {field: 1, "month_data": _ALWAYS}, legal=False)
    await _ALARM.apply_settings(dut, **linkage_of(_ALARM, part))
    before = [await urls(dut, stream, datatype) for stream in (1, 2)]
    mark = dut.control.pushes.mark()
    try:
        await happen(dut, _ALARM)
        await wait_for_pushes(dut, _STORED_S if part == "record" else 2)
        if not any(push.cmdtype == 1000 for push in dut.control.pushes.since(mark)):
            raise CaseInconclusive("preamble: no alarm was pushed (VI.1000)")
        after = [await urls(dut, stream, datatype) for stream in (1, 2)]
    finally:
        await end_event(dut, _ALARM)
    new = [url for old, now in zip(before, after, strict=True) for url in now if url not in old]
    dut.demand(not new, f"no file of the alarm ({field} 1, every day a holiday)", f"{new}")
