"""What a case waits for: a busy device, a file, a condition, a restart."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from conformance.catalogue import load
from conformance.client import LinkError, RemoteProtocolError, Reply
from conformance.dut.device import Device
from conformance.rules.verdict import CaseInconclusive

__all__ = ["capabilities", "download", "patient", "restart", "until", "work_file"]

_BUSY = (10021, 10022)


_BUSY_S = 5.0


_RESTART_S = 10.0


_DOORS = 5


def capabilities(*numbers: int) -> tuple[str, ...]:
    """The capabilities that these commands need, none twice."""
    needed = [load().commands[number].capability for number in numbers]
    return tuple(dict.fromkeys(name for name in needed if name))


async def patient(dut: Device, cmdtype: int, message: Any, **how: Any) -> Reply:
    """Ask, and again while the device says that the shutter or the range is being switched (R14), for 5 s at most."""
    waited = 0.0
    while True:
        reply = await dut.ask(cmdtype, message, **how)
        if reply.retcode not in _BUSY or waited >= _BUSY_S:
            return reply
        dut.judgement.observe("R14", str(reply.retcode))
        await dut.clock.sleep(0.5)
        waited += 0.5


async def download(dut: Device, url: str) -> bytes:
    """The bytes of a file that the device named; that it can be fetched is judged.

    Nothing says that a download needs a login, and one more login may end the run's own session (R12): only a device
    that asks for it gets one.
    """
    if not dut.link.target.http_port:
        raise CaseInconclusive("no HTTP port is known")
    path = url if url.startswith(("/", "http://", "https://")) else f"/{url}"
    try:
        answer = await dut.plain_http().fetch(path)
        if answer.status in (401, 403):
            answer = await (await dut.http()).fetch(path)
    except RemoteProtocolError as error:
        dut.demand(False, f"{url!r} can be fetched", str(error))
        return b""
    dut.demand(answer.status == 200, f"{url} can be fetched", f"status {answer.status}")
    return bytes(answer.body) if answer.status == 200 else b""


async def work_file(work: Callable[[], Any]) -> Any:
    """Decode something large without stopping the clock of the run's own sessions."""
    return await asyncio.to_thread(work)


async def until(dut: Device, met: Callable[[], Awaitable[bool]], seconds: float, step: float = 0.5) -> bool:
    """Whether `met` becomes true within `seconds` of the device's time; asked at least once, every `step` seconds."""
    waited = 0.0
    while not await met():
        if waited >= seconds:
            return False
        await dut.clock.sleep(step)
        waited += step
    return True


async def restart(dut: Device) -> None:
    """Restart the device and wait until it is back; the case goes on in a new session."""
    await dut.succeeds(508, {})
    if not await dut.control.wait_closed(_RESTART_S):
        await dut.control.close()
    for _ in range(_DOORS):
        dut.begin(await dut.session.live_control())
        # A device may open its door before it is done, and drop who came in.
        await dut.clock.sleep(1)
        try:
            await dut.ask(500)
        except LinkError:
            await dut.control.close()
        else:
            return
