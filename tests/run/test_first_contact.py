"""The first contact with a camera is broken off: it must not keep one of the camera's sessions."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import replace
from pathlib import Path

import pytest

from conformance.catalogue import Safety, load
from conformance.dut.facts import Answer
from conformance.dut.probing import Prober
from conformance.dut.session import RunSession
from conformance.dut.target import Target
from conformance.rules.profile import load_profile

from .conftest import Camera

_SESSIONS = 10
"""As many as the simulated camera admits."""


@pytest.mark.asyncio
async def test_a_first_contact_that_is_broken_off_logs_out(
    tmp_path: Path, camera: Camera, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = asyncio.Event()

    async def silent(self: Prober, identity: str) -> Answer:
        asked.set()
        await asyncio.sleep(3600)
        raise AssertionError

    monkeypatch.setattr(Prober, "ask", silent)
    profile = load_profile(load(), "simulated").with_parameters(public_key=camera.key.read_text())
    profile = replace(profile, capabilities=dict.fromkeys(profile.capabilities, "probe"))
    target = Target("127.0.0.1", camera.ready["control_port"], camera.ready["http_port"])
    session = RunSession.of(load(), profile, target, tmp_path, Safety.REVERSIBLE)
    opening = asyncio.create_task(session.open())
    await asked.wait()
    opening.cancel()
    with pytest.raises(asyncio.CancelledError):
        await opening
    async with contextlib.AsyncExitStack() as stack:
        for number in range(_SESSIONS):
            client = await stack.enter_async_context(await session.link.connect(f"session {number}"))
            assert (await session.link.login(client)).ok, number
