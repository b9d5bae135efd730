"""A run on a bench file: instruments on wires of their own, in real time, that the run knows only by their urls."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from hil.emulators import Fluke418xEmulator, ModbusBoardEmulator, TcpServer, Thermal
from hil.twin import SIM

from .conftest import environment

POINT = "HIL/error/range-0/rising-1/520"
LATER = "HIL/error/range-0/rising-2/520"
QUICK = Thermal(ramp=60_000.0, settling_s=0.01, overshoot=0.0, stable_window_s=0.2, cooling_s=0.1)


@dataclass
class Shelf:
    """Emulated instruments in this process, and the bench file that names them."""

    blackbody: Fluke418xEmulator
    board: ModbusBoardEmulator
    servers: dict[str, TcpServer]
    file: Path


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    blackbody = Fluke418xEmulator(model="4180", thermal=QUICK)
    board = ModbusBoardEmulator()
    servers = {"low": TcpServer(blackbody), "board": TcpServer(board)}
    document = yaml.safe_load(SIM.read_text())
    document["instruments"] = {name: document["instruments"][name] | {"url": servers[name].url} for name in servers}
    document["settling"] = {"window_s": 0.6, "sd_k": 0.05, "close_k": 0.1, "timeout_s": 30, "period_s": 0.1}
    document["accuracy"] = {"frames": 6}
    document["wiring"] = {"alarm_in": {"instrument": "board", "channel": 1}}
    file = tmp_path / "bench.yaml"
    file.write_text(yaml.safe_dump(document, sort_keys=False))
    yield Shelf(blackbody, board, servers, file)
    for server in servers.values():
        server.close()


def test_a_cable_pulled_between_two_cases_is_one_cause_and_the_rest_is_made_safe(tmp_path: Path, shelf: Shelf) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    words = [sys.executable, "-m", "thermoproof", "run", "conformance", "hil", "--json", "--out", str(folder)]
    words += ["--bench", str(shelf.file), "--select", POINT, "--select", LATER, "--select", "IV.505/*"]
    shelf.board.drive(3, True)
    process = subprocess.Popen(words, cwd=tmp_path, env=environment(folder), stdout=subprocess.PIPE)
    assert process.stdout is not None
    for line in process.stdout:
        event = json.loads(line)
        if event["event"] == "case" and event["id"] == POINT:
            shelf.servers["low"].pull()
    process.wait(120)
    run = json.loads((folder / "run.json").read_text())
    rows = {row["id"]: row for row in run["cases"]}
    assert rows[POINT]["measurements"], rows[POINT]["observed"]
    assert rows[LATER]["verdict"] == "error"
    assert rows[LATER]["observed"].startswith("the bench is broken: low: ")
    assert all(row["verdict"] == "pass" for row in rows.values() if row["clause"] == "IV.505")
    bench = run["bench"]
    assert (bench["name"], bench["simulated"], bench["safe"]) == ("simulated bench", False, False)
    assert bench["instruments"][0]["identity"].startswith("FLUKE 4180")
    assert not any(shelf.board.coils.values())
    assert process.returncode == 3


def test_a_bench_that_answers_to_nobody_is_told_before_anything_is_measured(tmp_path: Path, shelf: Shelf) -> None:
    folder = tmp_path / "out"
    shelf.servers["low"].pull()
    words = [sys.executable, "-m", "thermoproof", "run", "hil", "--out", str(folder), "--bench", str(shelf.file)]
    done = subprocess.run(
        [*words, "--select", POINT, "--select", LATER], cwd=tmp_path, env=environment(tmp_path), capture_output=True,
        timeout=120, check=False,
    )  # fmt: skip
    rows = json.loads((folder / "run.json").read_text())["cases"]
    assert done.returncode == 3, done.stdout.decode()
    assert {row["verdict"] for row in rows} == {"error"}
    assert len({row["observed"] for row in rows}) == 1
    assert "cannot open" in rows[0]["observed"]
