"""Files that the device names by their address: how they are fetched, and decoded."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

from conformance.client import Download, RemoteError, RemoteProtocolError
from conformance.dut.device import Device
from conformance.rules.verdict import CaseInconclusive

__all__ = ["download", "fetch", "in_thread", "served"]

_T = TypeVar("_T")


async def fetch(dut: Device, path: str) -> Download:
    """The answer to a GET of `path` without a login, or else with one where the device asks for it.

    The document does not say that a download needs a login, and one more login may end the run's own session (R12).
    Raises RemoteError where no answer comes.
    """
    answer = await dut.plain_http().fetch(path)
    if answer.status in (401, 403):
        answer = await (await dut.http()).fetch(path)
    return answer


async def served(dut: Device, path: str) -> bytes:
    """The bytes that the device serves at `path` without a login; none where it serves nothing there."""
    try:
        answer = await dut.plain_http().fetch(path if path.startswith("/") else f"/{path}")
    except RemoteError:
        return b""
    return bytes(answer.body) if answer.status == 200 else b""


async def download(dut: Device, url: str) -> bytes:
    """Judge that a file which the device named can be fetched; its bytes, none where it cannot.

    Raises CaseInconclusive where no HTTP port is known.
    """
    if not dut.link.target.http_port:
        raise CaseInconclusive("no HTTP port is known")
    path = url if url.startswith(("/", "http://", "https://")) else f"/{url}"
    try:
        answer = await fetch(dut, path)
    except RemoteProtocolError as error:
        dut.demand(False, f"{url!r} can be fetched", str(error))
        return b""
    dut.demand(answer.status == 200, f"{url} can be fetched", f"status {answer.status}")
    return bytes(answer.body) if answer.status == 200 else b""


async def in_thread(work: Callable[[], _T]) -> _T:
    """The result of `work`, which takes long, while the run's own sessions are served."""
    return await asyncio.to_thread(work)
