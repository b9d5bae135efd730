"""The real-time report (push 1007): which reports come to a session, and when."""

from __future__ import annotations

import time

from conformance.client import ControlClient, PushMessage
from conformance.dut.device import Device

__all__ = ["arrivals", "reported"]


async def arrivals(dut: Device, client: ControlClient, seconds: int) -> list[tuple[float, PushMessage]]:
    """The reports that come to `client` within `seconds`, each with the device's time in seconds when it arrived.

    Sends a heartbeat every 20 s, so that the session lives on.
    """
    began, found = client.pushes.mark(), list[tuple[float, PushMessage]]()
    start, skipped = time.monotonic(), dut.clock.advanced_s
    while (passed := time.monotonic() - start + dut.clock.advanced_s - skipped) < seconds:
        await dut.clock.sleep(1)
        if int(passed) % 20 == 0:
            await client.heartbeat()
        await dut.ask(500, client=client)
        pushes = [push for push in client.pushes.since(began) if push.cmdtype == 1007]
        found += [(push.received + dut.clock.advanced_s, push) for push in pushes[len(found) :]]
    return found


async def reported(dut: Device, since: int) -> bool:
    """Whether a report has come to the run's own session since the mark `since`."""
    await dut.must(500)  # what was on its way has come before the reply
    return any(push.cmdtype == 1007 for push in dut.control.pushes.since(since))
