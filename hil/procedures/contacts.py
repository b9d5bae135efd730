"""The camera's alarm input, driven by a relay of the bench."""

from __future__ import annotations

from typing import Final

from conformance.rules.verdict import CaseNotApplicable
from conformance.steps.alarms import judge_no_push
from conformance.steps.causes import set_external_input
from hil.procedures.measuring import Measuring

__all__ = ["judge_alarm_input"]

_SHAKE_S: Final = 12.0
"""In s: the shortest `alarm_shake` is 10 s, and the document does not say what it does (R163)."""


async def judge_alarm_input(measuring: Measuring, kind: int) -> None:
    """Judge that push 1010 comes when the contact becomes an alarm, and does not come when it stops being one.

    `kind` is the type of command 47: 0 normally open, an alarm when the bench closes the contact; 1 normally closed.
    Raises CaseNotApplicable where the bench file does not wire the input.
    """
    dut, bench = measuring.dut, measuring.bench
    contact = bench.file.wiring.alarm_in
    if contact is None:
        raise CaseNotApplicable("the bench file wires nothing to the camera's alarm input (wiring: alarm_in)")
    alarm = kind == 0
    try:
        await bench.drive(contact, not alarm)
        await set_external_input(dut, type=kind)
        await bench.clock.sleep(_SHAKE_S)
        await dut.ask(500)
        mark = dut.control.pushes.mark()
        await bench.drive(contact, alarm)
        await bench.clock.sleep(_SHAKE_S)
        await dut.push(1010, since=mark)
        mark = dut.control.pushes.mark()
        await bench.drive(contact, not alarm)
        await judge_no_push(dut, 1010, mark, "the contact is no alarm any more", seconds=_SHAKE_S)
    finally:
        await bench.drive(contact, False)
