"""Waiting for the device under test: while it is busy, and until a condition is met."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from conformance.catalogue.json_types import Json
from conformance.client import Reply
from conformance.dut.device import Device

__all__ = ["ask_when_ready", "until"]

_BUSY = (10021, 10022)
_BUSY_S = 5.0


async def ask_when_ready(dut: Device, cmdtype: int, message: Json, **how: Any) -> Reply:
    """The reply to a request, repeated for 5 s at most while the device switches its shutter or range (R14)."""
    waited = 0.0
    while True:
        reply = await dut.ask(cmdtype, message, **how)
        if reply.retcode not in _BUSY or waited >= _BUSY_S:
            return reply
        dut.judgement.observe("R14", str(reply.retcode))
        await dut.clock.sleep(0.5)
        waited += 0.5


async def until(dut: Device, met: Callable[[], Awaitable[bool]], seconds: float, step: float = 0.5) -> bool:
    """Whether `met` becomes true within `seconds` of the device's time; it is called at least once, every `step` s."""
    waited = 0.0
    while not await met():
        if waited >= seconds:
            return False
        await dut.clock.sleep(step)
        waited += step
    return True
