"""The real-time report (push 1007): which reports come to a session, and when."""

from __future__ import annotations

import time

from conformance.client import ControlClient, PushMessage
from conformance.dut.device import Device
from conformance.rules.verdict import CaseInconclusive

__all__ = ["arrivals", "operator_session", "reported"]


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


async def operator_session(dut: Device) -> ControlClient:
    """A session of the account that may look but not configure; inconclusive where its login is refused."""
    client = await dut.open("stranger")
    user, password = dut.profile["operator_user"], dut.profile["operator_password"]
    if not (await client.login(user, password, dut.link.cipher)).ok:
        raise CaseInconclusive("preamble: the operator's login is refused")
    return client


async def reported(dut: Device, since: int) -> bool:
    """Whether a report has come to the run's own session since the mark `since`."""
    await dut.must(500)  # what was on its way has come before the reply
    return any(push.cmdtype == 1007 for push in dut.control.pushes.since(since))
