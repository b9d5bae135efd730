"""The camera as a process of its own: its ready line, its end, its arguments."""

from __future__ import annotations

import argparse
import json
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from fixtures.camera.serve import add_arguments, options_from

ROOT = Path(__file__).parents[3]
END_S = 20.0


@contextmanager
def camera(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "fixtures.camera", "--until-stdin-closes", *arguments]
    process = subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout, process.stderr):
            if stream is not None:
                stream.close()


def ready_line(process: subprocess.Popen[str]) -> dict[str, Any]:
    assert process.stdout is not None
    line: dict[str, Any] = json.loads(process.stdout.readline())
    return line


def test_the_ready_line_tells_everything_a_client_needs_and_stdin_ends_it(tmp_path: Path) -> None:
    with camera("--state-dir", str(tmp_path / "state")) as process:
        ready = ready_line(process)
        request = {"action": "request", "cmdtype": 500, "sequence": 1, "message": {}}
        url = f"http://{ready['host']}:{ready['http_port']}/getmsginfo"
        information = httpx.post(url, json=request, trust_env=False).json()["message"]
        state = httpx.post(f"http://127.0.0.1:{ready['stimulus_port']}/stimulus", json={"do": "state"}, trust_env=False)

        assert process.stdin is not None
        process.stdin.close()
        code = process.wait(END_S)
        rest = process.stdout.read() if process.stdout is not None else ""

    assert (ready["thermoproof"], code, rest, state.status_code) == ("camera", 0, "", 200)
    for name in ("control_port", "ir_video_port", "vl_video_port"):
        assert ready[name] == information[name]
    assert {account["user"]: account["rights"] for account in ready["accounts"]} == {
        "admin": "all",
        "root": "all",
        "operator": "view",
    }
    published = ROOT / "fixtures" / "profiles" / "simulated-public-key.pem"
    assert ready["public_key"] == published.read_text(encoding="ascii")
    assert (tmp_path / "state" / "state.json").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="there are no POSIX signals")
def test_a_signal_ends_it_cleanly() -> None:
    with camera() as process:
        ready_line(process)
        process.send_signal(signal.SIGTERM)

        assert process.wait(END_S) == 0


def test_a_port_in_use_is_a_sentence_and_code_two() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, camera("--http-port", str(taken.getsockname()[1])) as process:
        output, errors = process.communicate(timeout=END_S)

    assert (process.returncode, output) == (2, "")
    assert "cannot start" in errors
    assert "Traceback" not in errors


def test_arguments_become_options(tmp_path: Path) -> None:
    parser = argparse.ArgumentParser()
    add_arguments(parser)

    words = "--control-port 9980 --vl-video-port 9981 --ir-video-port 9982 --seed 7 --dialect R62 --dialect R01"
    options = options_from(parser.parse_args([*words.split(), "--state-dir", str(tmp_path)]))

    assert (options.control_port, options.vl_video_port, options.ir_video_port, options.http_port) == (
        9980,
        9981,
        9982,
        0,
    )
    assert (options.seed, options.state_dir, options.dialects) == (7, tmp_path, frozenset({"R62", "R01"}))
    assert not options.until_stdin_closes


@pytest.mark.parametrize("port", ["-1", "65536", "x", "", "99999999999999999999"])
def test_a_port_that_is_none_is_a_usage_error(port: str, capsys: pytest.CaptureFixture[str]) -> None:
    parser = argparse.ArgumentParser()
    add_arguments(parser)

    with pytest.raises(SystemExit):
        parser.parse_args(["--http-port", port])

    assert "expected a port from 0 to 65535" in capsys.readouterr().err
