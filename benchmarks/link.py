"""A camera behind a slow link: `python benchmarks/link.py [SELECT...]` divides the time of a run by its round trips.

A proxy in a process of its own stands before the control port and the HTTP port of the simulated camera, and delays
every byte by half a round trip each way. Video is left out, because the camera itself names the ports of its video.
"""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from suites_run import run_suites

from fixtures.run.embedded import EmbeddedCamera

RTT_S = 0.030
_SELECTED = ("III.1/*", "III.9/*", "III.23/*", "IV.60*", "II/*", "A5/*")


class Link:
    """A TCP proxy to `127.0.0.1:port` that adds half of RTT_S each way; bytes that arrive together leave together."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._tasks: set[asyncio.Task[None]] = set()

    async def listen(self) -> int:
        """Start to listen; returns the port."""
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        number: int = self._server.sockets[0].getsockname()[1]
        return number

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(RTT_S)  # over such a link the handshake of a connection takes a round trip
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._port)
        except OSError:
            writer.close()
            return
        for source, sink in ((reader, far_writer), (far_reader, writer)):
            task = asyncio.create_task(self._carry(source, sink))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _carry(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        loop = asyncio.get_running_loop()
        with contextlib.suppress(OSError):
            while data := await source.read(65536):
                loop.call_later(RTT_S / 2, _deliver, sink, data)
        loop.call_later(RTT_S / 2, sink.close)


def _deliver(sink: asyncio.StreamWriter, data: bytes) -> None:
    if not sink.is_closing():
        sink.write(data)


async def _serve(ports: list[int]) -> None:
    links = [Link(port) for port in ports]
    print(json.dumps([await link.listen() for link in links]), flush=True)
    await asyncio.to_thread(sys.stdin.read)


@contextlib.contextmanager
def _slow_camera() -> Iterator[dict[str, Any]]:
    camera = EmbeddedCamera(seed=0)
    words = [sys.executable, __file__, "--proxy", str(camera.ready["control_port"]), str(camera.ready["http_port"])]
    proxy = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert proxy.stdout is not None
    assert proxy.stdin is not None
    try:
        control, http = json.loads(proxy.stdout.readline())
        yield {**camera.ready, "control_port": control, "http_port": http}
    finally:
        proxy.stdin.close()
        proxy.wait(10)
        proxy.stdout.close()
        camera.stop()


def measure(patterns: tuple[str, ...]) -> str:
    """The line of docs/benchmarks.md: wall time of the run over exchanges times the round trip."""
    with tempfile.TemporaryDirectory() as folder, _slow_camera() as ready:
        code = run_suites(ready, Path(folder), patterns, "--allow", "reversible")
        if code not in (0, 1, 3):
            return f"(5) run over round trips: the run ended with exit code {code}"
        run = json.loads((Path(folder) / "out" / "run.json").read_text())
    wall_s = sum(row["duration_s"] for row in run["cases"])
    exchanges = sum(row["exchanges"] for row in run["cases"])
    whole_s = (datetime.fromisoformat(run["ended"]) - datetime.fromisoformat(run["started"])).total_seconds()
    return (
        f"(5) run over round trips: {whole_s / (exchanges * RTT_S):.2f} (goal <= 2): {len(run['cases'])} cases, "
        f"{exchanges} exchanges over a link of {RTT_S * 1000:.0f} ms; cases {wall_s:.1f} s, run {whole_s:.1f} s, "
        f"exit code {code}"
    )


def main(words: list[str]) -> int:
    if words[:1] == ["--proxy"]:
        asyncio.run(_serve([int(word) for word in words[1:]]))
        return 0
    with contextlib.redirect_stderr(io.StringIO()):
        line = measure(tuple(words) or _SELECTED)
    print(line, flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
