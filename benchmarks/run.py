"""The ratios of docs/benchmarks.md: `python benchmarks/run.py [NAME...]` measures replay, requests, matrix, start.

Each is a ratio of two things that are measured side by side in one invocation, so that a slow machine slows both.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import io
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import websockets
from suites_run import run_suites

from conformance.catalogue import load
from conformance.checks.matrix import decode_matrix
from conformance.client import Cipher, Transcript
from conformance.dut.stimulus import Stimulus
from fixtures.run.embedded import EmbeddedCamera

_SELECTED = ("P/*", "II/*", "III.*", "IV.5*", "IV.6*", "A5/*", "VI.*")
"""What the replay covers: all but video, uploads and restarts, which a bare loop cannot repeat."""


class _Capture:
    """Records in order what a run sends, before secrets are removed."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, Any]] = []

    @contextlib.contextmanager
    def recording(self) -> Any:
        add, do, sent = Transcript.add, Stimulus.do, self.sent

        def recorded(
            transcript: Transcript, direction: Any, channel: str, kind: Any, payload: Any, **facts: Any
        ) -> Any:
            if direction == ">":
                sent.append((f"{kind}:{channel}", payload))
            return add(transcript, direction, channel, kind, payload, **facts)

        async def done(stimulus: Stimulus, what: str, **facts: Any) -> Any:
            sent.append(("stimulus", {"do": what, **facts}))
            return await do(stimulus, what, **facts)

        Transcript.add, Stimulus.do = recorded, done  # type: ignore[method-assign,assignment]
        try:
            yield
        finally:
            Transcript.add, Stimulus.do = add, do  # type: ignore[method-assign]


def replay() -> str:
    """(1) Wall time of a run, divided by that of a bare loop that sends the same frames to such a camera."""
    capture = _Capture()
    with tempfile.TemporaryDirectory() as folder, _camera() as ready, capture.recording():
        began, worked = time.perf_counter(), time.process_time()
        code = run_suites(ready, Path(folder), _SELECTED, "--allow", "reversible")
        run_s, run_cpu_s = time.perf_counter() - began, time.process_time() - worked
        if code != 0:
            return f"(1) run over replay: the run ended with exit code {code}"
        cases = len(json.loads((Path(folder) / "out" / "run.json").read_text())["cases"])
    with _camera() as ready:
        worked = time.process_time()
        bare_s = asyncio.run(_bare(ready, capture.sent))
        bare_cpu_s = time.process_time() - worked
    frames = len(capture.sent)
    return (
        f"(1) run over replay: {run_s / bare_s:.2f} (goal <= 3): {cases} cases, {frames} frames; "
        f"run {run_s:.1f} s ({run_cpu_s:.1f} s of it computing), bare loop {bare_s:.1f} s ({bare_cpu_s:.1f} s)"
    )


@contextlib.contextmanager
def _camera() -> Any:
    camera = EmbeddedCamera(seed=0)
    try:
        yield camera.ready
    finally:
        camera.stop()


async def _bare(ready: dict[str, Any], sent: list[tuple[str, Any]]) -> float:
    """Seconds to send `sent` one after the other and to wait for each answer, with nothing checked."""
    control = f"ws://127.0.0.1:{ready['control_port']}/api/v1/control"
    open_websocket = lambda: websockets.connect(control, compression=None, ping_interval=None, max_size=None)  # noqa: E731
    cipher = Cipher(ready["public_key"])
    async with open_websocket() as main, httpx.AsyncClient(trust_env=False, timeout=60) as http:
        login = {"action": "request", "cmdtype": 501, "sequence": 1}
        message = {"username": "admin", "password": cipher.encrypt("admin")}
        await main.send(json.dumps({**login, "message": message}))
        token = json.loads(await main.recv())["message"]["token"]
        beat = json.dumps({"action": "notify", "cmdtype": 9999, "sequence": 2, "token": token, "message": {}})
        began = time.perf_counter()
        for kind, payload in sent:
            if kind == "stimulus":
                await http.post(f"http://127.0.0.1:{ready['stimulus_port']}/stimulus", json=payload)
                if payload["do"] == "advance":
                    await main.send(beat)
            elif kind.startswith("text"):
                await _exchange(main, payload, token)
            elif kind.startswith("http"):
                with contextlib.suppress(httpx.HTTPError):
                    await http.post(f"http://127.0.0.1:{ready['http_port']}/getmsginfo", content=_body(payload, token))
        return time.perf_counter() - began


async def _exchange(main: Any, payload: Any, token: str) -> None:
    """Send one frame and wait for its reply; all sessions of the run share one connection and one token.

    Frames that get no reply or end the session are left out: those that are not requests, 502, 508.
    """
    try:
        frame = json.loads(payload)
    except (ValueError, RecursionError):
        return
    if not isinstance(frame, dict) or frame.get("action") not in ("request", "notify"):
        return
    number = frame.get("cmdtype")
    if number in (502, 508) or not (isinstance(number, int) and number in load().commands):
        return
    if len(str(frame.get("token", ""))) == 32:
        payload = payload.replace(frame["token"], token)
    await main.send(payload)
    if frame["action"] == "notify":
        return
    while True:
        async with asyncio.timeout(10):
            reply = json.loads(await main.recv())
        if reply.get("action") == "response":
            return


def _body(payload: str | bytes, token: str) -> bytes:
    raw = payload if isinstance(payload, bytes) else payload.encode()
    body = raw.partition(b"\r\n\r\n")[2]
    with contextlib.suppress(ValueError, RecursionError):
        frame = json.loads(body)
        if isinstance(frame, dict) and "token" in frame:
            return json.dumps({**frame, "token": token}).encode()
    return body


def requests() -> str:
    """(2) Requests per second of the simulated camera, divided by those of a bare echo server of the same library."""
    with _camera() as ready, _echo() as port:
        rounds = []
        for _ in range(5):
            camera = asyncio.run(_rate(f"ws://127.0.0.1:{ready['control_port']}/api/v1/control", ready))
            echo = asyncio.run(_rate(f"ws://127.0.0.1:{port}/", None))
            rounds.append((camera / echo, camera, echo))
    ratio, camera, echo = statistics.median(rounds)
    return f"(2) camera over echo: {ratio:.2f} (goal >= 0.5): {camera:.0f} and {echo:.0f} requests a second (command 2)"


@contextlib.contextmanager
def _echo() -> Any:
    """An echo server in a process of its own, like the camera."""
    program = (
        "import asyncio, websockets\n"
        "async def echo(link):\n"
        "    async for frame in link: await link.send(frame)\n"
        "async def main():\n"
        "    async with websockets.serve(echo, '127.0.0.1', 0, compression=None, ping_interval=None) as server:\n"
        "        print(server.sockets[0].getsockname()[1], flush=True)\n"
        "        await asyncio.Future()\n"
        "asyncio.run(main())\n"
    )
    process = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE)
    assert process.stdout is not None
    try:
        yield int(process.stdout.readline())
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


async def _rate(url: str, ready: dict[str, Any] | None) -> float:
    count, token = 3000, "0" * 32
    async with websockets.connect(url, compression=None, ping_interval=None) as link:
        if ready is not None:
            password = Cipher(ready["public_key"]).encrypt("admin")
            login = {"action": "request", "cmdtype": 501, "sequence": 1}
            await link.send(json.dumps({**login, "message": {"username": "admin", "password": password}}))
            token = json.loads(await link.recv())["message"]["token"]
        frame = {"action": "request", "cmdtype": 2, "sequence": 7, "token": token, "message": {}}
        text = json.dumps(frame)
        began = time.perf_counter()
        for _ in range(count):
            await link.send(text)
            await link.recv()
        return count / (time.perf_counter() - began)


def matrix() -> str:
    """(3) Time to decode a 512x384 matrix, divided by that of bare base64 and frombuffer."""
    values = (np.arange(512 * 384) % 30000).astype("<i2")
    message = {"width": 512, "height": 384, "temps": base64.b64encode(values.tobytes()).decode()}
    text = message["temps"]

    def bare() -> Any:
        return np.frombuffer(base64.b64decode(text), "<i2").reshape(384, 512)  # type: ignore[arg-type]

    ours_s, bare_s = _paired(lambda: decode_matrix(message), bare)
    times = f"{ours_s * 1e6:.0f} and {bare_s * 1e6:.0f} us"
    return f"(3) matrix over bare decoding: {ours_s / bare_s:.2f} (goal <= 1.5): {times}"


def _paired(one: Callable[[], Any], other: Callable[[], Any], rounds: int = 200) -> tuple[float, float]:
    """The median seconds of each, measured alternately."""
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(rounds):
        for call, taken in zip((one, other), times, strict=True):
            began = time.perf_counter()
            call()
            taken.append(time.perf_counter() - began)
    return statistics.median(times[0]), statistics.median(times[1])


def start() -> str:
    """(4) Start-up of `thermoproof --help`, with that of a bare interpreter beside it."""

    def seconds(*words: str) -> float:
        began = time.perf_counter()
        subprocess.run([sys.executable, *words], check=True, capture_output=True)
        return time.perf_counter() - began

    pairs = [(seconds("-m", "thermoproof", "--help"), seconds("-c", "pass")) for _ in range(9)]
    ours, bare = statistics.median(pair[0] for pair in pairs), statistics.median(pair[1] for pair in pairs)
    return f"(4) thermoproof --help: {ours:.2f} s (goal <= 0.4 s); a bare interpreter {bare:.2f} s"


BENCHMARKS = {"replay": replay, "requests": requests, "matrix": matrix, "start": start}


def main(names: list[str]) -> int:
    unknown = set(names) - set(BENCHMARKS)
    if unknown:
        print(f"unknown: {', '.join(sorted(unknown))}; known: {', '.join(BENCHMARKS)}", file=sys.stderr)
        return 2
    for name in names or list(BENCHMARKS):
        with contextlib.redirect_stderr(io.StringIO()):
            line = BENCHMARKS[name]()
        print(line, flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
