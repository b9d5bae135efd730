"""Files that the device names by their address: how they are fetched, and decoded."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

from conformance.client import RemoteProtocolError
from conformance.dut.device import Device
from conformance.rules.verdict import CaseInconclusive

__all__ = ["download", "in_thread"]

_T = TypeVar("_T")


async def download(dut: Device, url: str) -> bytes:
    """Judge that a file can be fetched which the device named; its bytes, none where it cannot.

    The document does not say that a download needs a login, and one more login may end the run's own session (R12):
    the download logs in only where the device asks for it.
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


async def in_thread(work: Callable[[], _T]) -> _T:
    """The result of `work`, which takes long, while the run's own sessions are served."""
    return await asyncio.to_thread(work)
