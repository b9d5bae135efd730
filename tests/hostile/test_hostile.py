"""Whatever a peer does, the run ends in time, judges rightly, stays small, and its reports are harmless."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from fixtures.camera.hostile.peers import PEERS

ROOT = Path(__file__).parent.parent.parent
_BOUND_S = 90
_MEMORY_KIB = 512 * 1024
_CASES = tuple(
    "II/sequence/* III.1/get/* III.1/set/humi/* IV.506/* IV.510/* IV.522/* A5/500 A5/login VI.1003/*".split()
)
# Where the spoiling only shows in a few cases, the rest may pass; elsewhere nothing may.
_MOSTLY_RIGHT = {
    "gzip-bomb",
    "endless",
    "redirect",
    "urls",
    "year-9999",
    "reboot",
    "twice",
    "flood",
    "bad-utf8",
    # Answers each request under its own sequence, so that cases of the sequence alone may pass.
    "markup",
}
_NEVER_STARTS = {"noise", "tls"}
# Runs one after the other take minutes; the tests of every day take those whose way through the code is its own.
_EVERY_DAY = {"silent", "twice", "mid-frame", "huge", "deep", "surrogates", "markup", "gzip-bomb", "redirect", "noise"}


def _environment() -> dict[str, str]:
    paths = [str(ROOT), os.environ.get("PYTHONPATH", "")]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))}


# The kernel's own high-water mark of this program's memory. Not ru_maxrss: that one survives exec, so the
# child would answer for the size of the test process that started it.
_WATCHED = """\
import pathlib, re, sys
from thermoproof.cli import main
code = main(sys.argv[1:])
print("PEAK", re.search(r"VmHWM:\\s+(\\d+)", pathlib.Path("/proc/self/status").read_text())[1])
raise SystemExit(code)
"""


def _run(peer: str, folder: Path) -> tuple[int, str, dict[str, Any]]:
    front = subprocess.Popen(
        [sys.executable, "-m", "fixtures.camera.hostile", peer],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=_environment(),
        cwd=folder,
    )
    assert front.stdout is not None
    assert front.stdin is not None
    try:
        ready = json.loads(front.stdout.readline())
        (folder / "key.pem").write_text(ready["public_key"])
        words = ["run", "--camera", f"127.0.0.1:{ready['control_port']}", "--http-port", str(ready["http_port"])]
        words += ["--stimulus-port", str(ready["stimulus_port"]), "--public-key", "key.pem", "--profile", "simulated"]
        words += ["--set", "reply_timeout_s=0.5", "--set", "restart_s=1", "--out", str(folder / "out")]
        words += ["--junitxml", "junit.xml", "--alluredir", "allure"]
        for pattern in _CASES:
            words += ["--select", pattern]
        done = subprocess.run(
            [sys.executable, "-c", _WATCHED, *words],
            env=_environment(),
            cwd=folder,
            capture_output=True,
            timeout=_BOUND_S,
            stdin=subprocess.DEVNULL,
        )
    finally:
        front.stdin.close()
        front.wait(10)
        front.stdout.close()
    text = (done.stdout + done.stderr).decode()
    assert (folder / "out" / "run.json").exists(), text
    return done.returncode, text, json.loads((folder / "out" / "run.json").read_text())


@pytest.mark.parametrize(
    "peer", [pytest.param(name, marks=() if name in _EVERY_DAY else pytest.mark.slow) for name in PEERS]
)
def test_a_hostile_peer_is_survived_and_judged(peer: str, tmp_path: Path) -> None:
    code, text, run = _run(peer, tmp_path)
    assert "Traceback" not in text, text
    assert code in (1, 3), text
    verdicts = [row["verdict"] for row in run["cases"]]
    assert "error" not in verdicts, [row["observed"] for row in run["cases"] if row["verdict"] == "error"]
    if peer in _NEVER_STARTS:
        assert not verdicts
    else:
        assert {"fail", "inconclusive"} & set(verdicts), text
    if peer not in _MOSTLY_RIGHT | _NEVER_STARTS:
        # What came before the spoiling began may be right.
        assert verdicts.count("pass") <= 3, [row["id"] for row in run["cases"] if row["verdict"] == "pass"]
    peak = int(next(line for line in text.splitlines() if line.startswith("PEAK")).split()[1])
    assert peak < _MEMORY_KIB, f"{peak} KiB"
    assert all(sign == "\n" or " " <= sign <= "~" for sign in text), "the console shows only plain text"
    ET.parse(tmp_path / "junit.xml")
    for result in (tmp_path / "allure").glob("*-result.json"):
        json.loads(result.read_text())
    (tmp_path / "out" / "run.json").read_bytes().decode("ascii")
