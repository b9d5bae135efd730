"""The path of a Windows bench: nothing that only POSIX has is needed to import and run the drivers."""

from __future__ import annotations

import subprocess
import sys

import pytest

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
