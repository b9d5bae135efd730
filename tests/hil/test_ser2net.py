"""The same instruments behind Debian's ser2net, over raw TCP and over RFC 2217."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from hil.emulators import PtyServer, VirtualClock
from hil.instruments import LinkLost, connect

SER2NET = shutil.which("ser2net", path=os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/sbin"]))
pytestmark = [
    pytest.mark.skipif(SER2NET is None, reason="ser2net is not installed (apt-get install ser2net)"),
    pytest.mark.filterwarnings("ignore:set(Daemon|Name):DeprecationWarning"),  # of pyserial's own
]

ACCEPTERS = {"socket": "tcp,127.0.0.1,{port}", "rfc2217": "telnet(rfc2217),tcp,127.0.0.1,{port}"}
CONFIGURATION = """%YAML 1.1
---
connection: &instrument
  accepter: {accepter}
  connector: serialdev,{device},9600n81,local
admin:
  accepter: tcp,127.0.0.1,{admin}
"""
WIRED = ["fluke-418x", "sr-800n", "sr-800r", "hart-913x", "modbus-blackbody", "modbus-board", "numato", "lcus"]


def free_ports(count: int) -> list[int]:
    listeners = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [listener.getsockname()[1] for listener in listeners]
    for listener in listeners:
        listener.close()
    return ports


@pytest.fixture
def ser2net(tmp_path: Path) -> Iterator[Any]:
    """Starts ser2net in front of a device and returns the url for a driver."""
    processes: list[subprocess.Popen[bytes]] = []

    def start(device: str, protocol: str) -> str:
        port, admin = free_ports(2)
        file = tmp_path / "ser2net.yaml"
        accepter = ACCEPTERS[protocol].format(port=port)
        file.write_text(CONFIGURATION.format(accepter=accepter, device=device, admin=admin), encoding="ascii")
        assert SER2NET is not None
        process = subprocess.Popen(
            [SER2NET, "-n", "-d", "-u", "-c", str(file)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        processes.append(process)
        for _ in range(500):
            with suppress(OSError), socket.create_connection(("127.0.0.1", admin), timeout=5):
                return f"{protocol}://127.0.0.1:{port}"
            with suppress(subprocess.TimeoutExpired):
                process.wait(0.02)
                raise AssertionError(f"ser2net has ended: {process.communicate()[0]!r}")
        raise AssertionError("ser2net does not open its port")

    yield start
    for process in processes:
        process.terminate()
        process.communicate()


@pytest.mark.parametrize("protocol", list(ACCEPTERS))
@pytest.mark.parametrize("name", WIRED)
def test_a_driver_keeps_the_promises_of_its_roles_behind_ser2net(
    name: str, protocol: str, ser2net: Any, setups: Any, exercise_all: Any, bench_of: Any
) -> None:
    setup = setups[name]
    clock = VirtualClock()
    emulator = setup.emulator(clock)
    with PtyServer(emulator) as server:
        instrument: Any = connect(setup.driver, ser2net(server.url, protocol), **{**setup.options, "timeout_s": 5.0})
        try:
            exercise_all(bench_of(emulator, clock, server, instrument), setup)
        finally:
            instrument.close()


@pytest.mark.parametrize("protocol", list(ACCEPTERS))
def test_a_cable_pulled_behind_ser2net_ends_the_link_or_the_replies(protocol: str, ser2net: Any, setups: Any) -> None:
    from hil.instruments import NoReply

    with PtyServer(setups["fluke-418x"].emulator(VirtualClock())) as server:
        instrument: Any = connect("fluke-418x", ser2net(server.url, protocol), timeout_s=1.0)
        server.pull()
        with pytest.raises((LinkLost, NoReply)):
            instrument.read()
        instrument.close()
