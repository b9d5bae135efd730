"""The path of a Windows bench: nothing that only POSIX has is needed to import and run the drivers."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent

HIDE = """
import sys
for name in ("pty", "termios", "fcntl", "tty", "pwd", "grp", "resource"):
    sys.modules[name] = None  # what Python does for a module that is not there
"""

RUN = """
from hil.emulators import *
from hil.instruments import *

def over_a_socket(emulator, driver, **options):
    return TcpServer(emulator), driver, options

clock = VirtualClock()
for emulator, driver, options in [
    (Fluke418xEmulator(clock), "fluke-418x", {}),
    (Sr800NEmulator(clock), "sr-800n", {}),
    (Sr800REmulator(clock), "sr-800r", {"low": -40, "high": 150}),
    (Hart913xEmulator(clock), "hart-913x", {"model": "9132"}),
]:
    with TcpServer(emulator) as server:
        blackbody = connect(driver, server.url, **options)
        blackbody.set_output(True)
        blackbody.set_point(60.0)
        clock.advance(3600)
        assert abs(blackbody.read() - 60.0) < 0.1
        blackbody.safe()
        blackbody.close()
for emulator, driver, options in [
    (ModbusBoardEmulator(clock), "modbus-board", {}),
    (NumatoEmulator(clock), "numato", {}),
    (LcusEmulator(clock), "lcus", {"relays": 2}),
]:
    with TcpServer(emulator) as server:
        board = connect(driver, server.url, **options)
        board.set(1, True)
        assert board.read_back(1) is True
        board.close()
lines = connect("modem-lines", "loop://", method="poll")
lines.set(2, False)
lines.arm()
lines.set(2, True)
assert lines.wait_edge("cts", True, 5) is not None
lines.close()
for make, words in [
    (lambda: connect("modem-lines", "loop://"), "poll"),
    (lambda: connect("fluke-418x", "COM7"), "socket://"),
]:
    try:
        make()
    except Refused as error:
        assert words in str(error), error
    else:
        raise AssertionError(words)
try:
    PtyServer(NumatoEmulator())
except OSError as error:
    assert "serve the emulator over TCP" in str(error)
print("done")
"""

BENCH = """
import asyncio, json, os, subprocess, sys
from pathlib import Path
from hil.bench import Bench, BenchBusy, load_bench
from hil.bench.check import check_bench
from hil.emulators import *

folder, mode = Path(sys.argv[1]), sys.argv[2]
file, state = folder / "bench.yaml", folder / "state"

def lab():
    hot, board = Fluke418xEmulator(), LcusEmulator()
    servers = TcpServer(hot), TcpServer(board)
    file.write_text(json.dumps({"bench": "portable", "instruments": {
        "hot": {"driver": "fluke-418x", "url": servers[0].url, "limits": {"low": 40, "high": 200}},
        "board": {"driver": "lcus", "url": servers[1].url, "options": {"relays": 2}},
    }}))
    return hot, board

async def work(then):
    async with Bench(load_bench(file), folder=state) as bench:
        await bench.reference().go(150.0)
        await bench.relay().set(2, True)
        assert await bench.relay().read_back(2)  # a board that confirms nothing has heard it once it answers
        await then()

async def main():
    assert sys.modules["termios"] is None and sys.modules["fcntl"] is None
    hot, board = lab()
    assert (await check_bench(load_bench(file), folder=state)).ok

    async def busy():
        assert hot.physics.output and board.closed(2)
        try:
            await Bench(load_bench(file), folder=state).open()
        except BenchBusy as error:
            assert str(os.getpid()) in str(error), error
        else:
            raise AssertionError("it was not locked")

    await work(busy)
    assert not hot.physics.output and not board.closed(2)
    # Another process, as stripped as this one, dies at work: its guardian makes the bench safe.
    run = await asyncio.create_subprocess_exec(sys.executable, sys.argv[3], str(folder), "die", sys.argv[3])
    assert await run.wait() == 7
    for _ in range(1200):
        if not hot.physics.output and not board.closed(2) and not list(state.glob("*.json")):
            break
        await asyncio.sleep(0.05)
    else:
        raise AssertionError("the guardian did not come")
    assert hot.physics.set_point == 35.0
    print("done")

async def die():
    async def at_once():
        os._exit(7)
    await work(at_once)

asyncio.run(main() if mode == "watch" else die())
"""


def test_file_bench_check_safe_state_and_guardian_run_without_the_modules_that_only_posix_has(tmp_path: Path) -> None:
    # A module of this name is loaded by every Python that is started here, the guardian's too: it hides them there.
    (tmp_path / "sitecustomize.py").write_text(HIDE, encoding="utf-8")
    program = tmp_path / "program.py"
    program.write_text(BENCH, encoding="utf-8")
    paths = [str(tmp_path), str(ROOT), os.environ.get("PYTHONPATH", "")]
    run = subprocess.run(
        [sys.executable, str(program), str(tmp_path), "watch", str(program)],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(path for path in paths if path)},
        timeout=240,
        check=False,
    )
    assert run.stdout.strip() == "done", run.stderr


@pytest.mark.parametrize("first", ["", "import serial\n"], ids=["pyserial hidden too", "pyserial there"])
def test_the_drivers_run_without_the_modules_that_only_posix_has(first: str) -> None:
    program = (
        first + HIDE + RUN
        if not first
        else first
        + HIDE
        + RUN.replace('"socket://"', '""').replace('    (lambda: connect("fluke-418x", "COM7"), ""),\n', "")
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=120, check=False)
    assert run.stdout.strip() == "done", run.stderr
