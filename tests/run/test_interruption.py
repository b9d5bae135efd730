"""A run that is interrupted, killed or cut off loses no verdict, and the camera is restored."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from conformance.catalogue import load
from conformance.client import Cipher, ControlClient, Transcript

from .conftest import ROOT, Camera, Outcome, environment

pytestmark = pytest.mark.asyncio

_SELECT = ("--select", "III.1/set/*", "--select", "III.3/set/*", "--select", "III.21/set/*", "--select", "IV.60*/life")


def _started(folder: Path, camera: Camera, *arguments: str) -> subprocess.Popen[bytes]:
    words = [sys.executable, "-m", "thermoproof", "run", *camera.arguments, "--profile", "simulated", "--json"]
    return subprocess.Popen(
        [*words, "--out", str(folder), *arguments],
        stdout=subprocess.PIPE,
        env=environment(),
        cwd=folder.parent,
        # A job in the background of a script has Ctrl-C ignored, and hands that on to all it starts.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )


def _after(process: subprocess.Popen[bytes], cases: int) -> None:
    """Return when the run has judged `cases` cases."""
    assert process.stdout is not None
    seen = 0
    for line in process.stdout:
        seen += json.loads(line)["event"] == "case"
        if seen == cases:
            return
    pytest.fail("the run ended early")


async def _configuration(camera: Camera) -> dict[int, Any]:
    client = await ControlClient.connect("127.0.0.1", camera.ready["control_port"], transcript=Transcript())
    async with client:
        await client.login("admin", "admin", Cipher(camera.ready["public_key"]))
        found = {get.cmdtype: (await client.request(get.cmdtype, {})).message for _, get in load().pairs()}
        found[601] = (await client.request(601, {})).message
        found[606] = (await client.request(606, {})).message
        found.pop(14)  # free space changes by itself
        await client.logout("admin")
    return found


async def test_ctrl_c_keeps_what_was_judged_and_puts_the_camera_back(tmp_path: Path, camera: Camera) -> None:
    before = await _configuration(camera)
    process = _started(tmp_path / "out", camera, *_SELECT)
    _after(process, 20)
    process.send_signal(signal.SIGINT)
    rest = process.communicate(timeout=60)[0].decode()
    run = json.loads((tmp_path / "out" / "run.json").read_text())
    assert process.returncode == 3, rest
    assert '"interrupted": true' in rest
    assert not run["complete"]
    assert len(run["cases"]) >= 20
    assert await _configuration(camera) == before


@pytest.mark.parametrize("cases", [1, 7, 33])
async def test_restore_puts_back_what_a_killed_run_left(
    tmp_path: Path, camera: Camera, thermoproof: Callable[..., Outcome], cases: int
) -> None:
    before = await _configuration(camera)
    process = _started(tmp_path / "out", camera, *_SELECT)
    _after(process, cases)
    process.kill()
    process.communicate(timeout=60)
    arguments = ("restore", str(tmp_path / "out"), "--public-key", str(camera.key))
    first = thermoproof(*arguments)
    assert first.code == 0, first.text
    assert await _configuration(camera) == before
    second = thermoproof(*arguments)
    assert (second.code, "nothing to restore" in second.text) == (0, True), second.text
    report = thermoproof("report", str(tmp_path / "out"))
    assert report.code == 0
    assert "III Configuration" in report.text


async def test_a_camera_that_goes_away_ends_the_run_with_one_cause(tmp_path: Path, camera: Camera) -> None:
    process = _started(tmp_path / "out", camera, *_SELECT, "--set", "restart_s=0", "--set", "reply_timeout_s=1")
    _after(process, 10)
    os.kill(_camera_process(camera), signal.SIGKILL)
    rest = process.communicate(timeout=100)[0].decode()
    run = json.loads((tmp_path / "out" / "run.json").read_text())
    assert process.returncode == 3, rest
    verdicts = {row["verdict"] for row in run["cases"]}
    assert verdicts <= {"pass", "inconclusive", "error"}
    reasons = {row["observed"] for row in run["cases"] if row["verdict"] == "inconclusive"}
    assert any("does not come back" in reason for reason in reasons), reasons


def _camera_process(camera: Camera) -> int:
    return int(camera.ready["pid"])


async def test_the_same_suites_run_under_plain_pytest(tmp_path: Path) -> None:
    words = [sys.executable, "-m", "pytest", str(ROOT / "conformance" / "suites"), "-p", "no:cacheprovider", "-q"]
    plugin = [] if _installed() else ["-p", "fixtures.plugin"]
    words += [*plugin, "--camera", "sim", "--select", "II/sequence/0", "--out", str(tmp_path / "out")]
    done = subprocess.run(  # noqa: ASYNC221 - nothing else runs on this loop
        words, cwd=ROOT, env=environment(), capture_output=True, timeout=120, stdin=subprocess.DEVNULL
    )
    assert done.returncode == 0, done.stdout.decode()
    assert b"1 passed" in done.stdout
    assert json.loads((tmp_path / "out" / "run.json").read_text())["summary"]["pass"] == 1


def _installed() -> bool:
    from importlib.metadata import entry_points

    return any(entry.value == "fixtures.plugin" for entry in entry_points(group="pytest11"))
