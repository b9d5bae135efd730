"""A whole bench behind Debian's ser2net: checked, used, and made safe when its run is killed."""

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

from hil.bench.check import check_bench
from hil.emulators import PtyServer

SER2NET = shutil.which("ser2net", path=os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/sbin"]))
pytestmark = [
    pytest.mark.skipif(SER2NET is None, reason="ser2net is not installed (apt-get install ser2net)"),
    pytest.mark.filterwarnings("ignore:set(Daemon|Name):DeprecationWarning"),  # of pyserial's own
    pytest.mark.asyncio,
]
ACCEPTERS = {"socket": "tcp,127.0.0.1,{port}", "rfc2217": "telnet(rfc2217),tcp,127.0.0.1,{port}"}
CONNECTION = """connection: &port{port}
  accepter: {accepter}
  connector: serialdev,{device},9600n81,local
"""
RUN = """
import asyncio, sys
from pathlib import Path
from hil.bench import Bench, load_bench

async def main():
    async with Bench(load_bench(sys.argv[1]), folder=Path(sys.argv[2])) as bench:
        await bench.reference().go(100.0)
        await bench.relay().set(1, True)
        print("working", flush=True)
        await asyncio.sleep(3600)

asyncio.run(main())
"""


def _free_ports(count: int) -> list[int]:
    listeners = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [listener.getsockname()[1] for listener in listeners]
    for listener in listeners:
        listener.close()
    return ports


@pytest.fixture(params=list(ACCEPTERS))
def served(request: pytest.FixtureRequest, lab: Any, tmp_path: Path) -> Iterator[Any]:
    """The laboratory with its instruments behind one ser2net."""
    *ports, admin = _free_ports(len(lab.emulators) + 1)
    text = f"%YAML 1.1\n---\nadmin:\n  accepter: tcp,127.0.0.1,{admin}\n"
    for (name, emulator), port in zip(lab.emulators.items(), ports, strict=True):
        device = lab.stack.enter_context(PtyServer(emulator)).url
        text += CONNECTION.format(port=port, accepter=ACCEPTERS[request.param].format(port=port), device=device)
        lab.document["instruments"][name]["url"] = f"{request.param}://127.0.0.1:{port}"
    file = tmp_path / "ser2net.yaml"
    file.write_text(text, encoding="ascii")
    assert SER2NET is not None
    process = subprocess.Popen(
        [SER2NET, "-n", "-d", "-u", "-c", str(file)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    try:
        for _ in range(500):
            with suppress(OSError), socket.create_connection(("127.0.0.1", admin), timeout=5):
                break
            with suppress(subprocess.TimeoutExpired):
                process.wait(0.02)
                raise AssertionError(f"ser2net has ended: {process.communicate()[0]!r}")
        yield lab
    finally:
        process.terminate()
        process.communicate()


async def test_a_bench_behind_ser2net_is_checked_with_its_wires(served: Any) -> None:
    served.document["wiring"] = {
        "loopbacks": [{"relay": {"instrument": "board", "channel": 1}, "input": {"instrument": "board", "channel": 1}}]
    }
    report = await check_bench(served.file(), folder=served.folder)
    assert [str(finding) for finding in report.findings if finding.severity == "error"] == []
    assert len(report.seen) == len(served.emulators)
    assert len(report.wires) == 1


async def test_the_guardian_of_a_killed_run_reaches_its_instruments_through_ser2net(served: Any, until: Any) -> None:
    run = served.python(RUN)
    assert run.stdout.readline() == "working\n", run.stderr.read()
    hot, board = served.emulators["hot"], served.emulators["board"]
    assert hot.physics.output
    assert board.closed(1)
    run.kill()
    run.wait(60)
    until(lambda: not hot.physics.output and not board.closed(1) and not list(served.folder.glob("*.json")))
    assert hot.physics.set_point == 35.0
