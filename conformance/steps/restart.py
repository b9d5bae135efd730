"""Restarting the device under test (508)."""

from __future__ import annotations

from conformance.client import LinkError
from conformance.dut.device import Device

__all__ = ["restart"]

_CLOSES_WITHIN_S = 10.0
_ATTEMPTS = 5


async def restart(dut: Device) -> None:
    """Restart the device and wait until it serves again; the case goes on in a new session."""
    await dut.succeeds(508, {})
    if not await dut.control.wait_closed(_CLOSES_WITHIN_S):
        await dut.control.close()
    for _ in range(_ATTEMPTS):
        dut.begin(await dut.session.live_control())
        # A device may accept a session before its restart is complete, and then drop it.
        await dut.clock.sleep(1)
        try:
            await dut.ask(500)
        except LinkError:
            await dut.control.close()
        else:
            return
