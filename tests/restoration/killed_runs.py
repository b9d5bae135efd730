"""Runs that end at a random moment (killed, interrupted, cut off), and `thermoproof restore` after them.

`python -m tests.restoration.killed_runs --moments 100` ends a hundred runs, spread over all chapters. It returns 0 only
if the camera's whole configuration was the same as before each time. A front before the camera counts messages: a
moment is a message, not a time, so that a seed hits the same place on a slow machine and on a fast one.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import random
import signal
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fixtures.hostile.front import Front
from fixtures.run.embedded import EmbeddedCamera

from .reader import holdings, populate

__all__ = ["ENDS", "Ended", "killed_once"]

ROOT = Path(__file__).parent.parent.parent

SELECTIONS: tuple[tuple[str, ...], ...] = (
    ("III.1/*", "III.3/set/*"),
    ("III.5/set/*", "III.7/*"),
    ("III.9/*", "III.11/*", "III.13/*"),
    ("III.15/*", "III.17/*"),
    ("III.19/*", "III.21/*"),
    ("III.23/*", "III.25/*"),
    ("III.27/*", "III.29/*", "III.31/*"),
    ("III.33/*", "III.35/*", "III.39/*", "III.41/*", "III.43/*"),
    ("III.45/*", "III.47/*", "III.49/*"),
    ("III.51/*", "III.53/*"),
    ("III.55/*", "III.57/*"),
    ("IV.50[0-8]/*",),
    ("IV.503/*", "IV.504/*", "VI.1001/*"),
    ("IV.509/*", "IV.513/*", "IV.514/*"),
    ("IV.512/*", "V.3/*"),
    ("IV.515/*", "IV.51[678]/*", "IV.52*/*"),
    ("IV.527/*", "IV.528/*", "IV.530/*", "IV.531/*"),
    ("IV.600/*", "IV.60[1-5]/*"),
    ("IV.60[6-9]/*", "IV.610/*"),
    ("IV.61[1-7]/*",),
    ("V/*", "V.[1245678]/*"),
    ("VI.*",),
    ("A5/*", "II/*"),
    ("IV.512/factory",),
    ("IV.503/change", "IV.504/reset"),
    ("V.3/reimport",),
)
"""All chapters that write, in parts so short that a hundred moments take minutes."""

ENDS = ("kill", "interrupt", "terminate", "interrupt-twice", "link", "reboot")
"""How a run can end: SIGKILL, SIGINT, SIGTERM, SIGINT twice, the camera gone for good, the camera away for 2 s."""

_LATEST_MESSAGE = 150
_DEEPEST_MESSAGE = 250
_FEW = 2
_RUN_S = 180.0
_REBOOT_S = 2.0


@dataclass
class Ended:
    """The outcome of one moment; `wrong` is empty if all is as before, `dirty` says that the run left a change."""

    how: str
    moment: str
    code: int | None = None
    wrong: list[str] = field(default_factory=list)
    said: str = ""
    dirty: bool = False


class Moments(Front):
    """Passes everything on and counts messages; `come` is set when the chosen one has come."""

    sentence = "passes everything on"

    def __init__(self, camera: Mapping[str, Any]) -> None:
        super().__init__(camera)
        self.messages_left = -1
        self.come = asyncio.Event()

    def choose(self, messages: int) -> None:
        """The moment is `messages` messages from now."""
        self.messages_left = messages
        self._count(0)

    async def request(self, frame: str | bytes) -> None:
        """Count the requests of the client."""
        self._count(1)

    async def reply(self, link: Any, text: str) -> None:
        """Count the replies of the camera too: a run may end before it has received the reply to a change."""
        self._count(1)
        await link.send(text)

    def _count(self, messages: int) -> None:
        if self.messages_left >= 0:
            self.messages_left -= messages
            if self.messages_left < 0 or messages == 0 == self.messages_left:
                self.messages_left = -1
                self.come.set()


async def killed_once(seed: int, how: str, selection: tuple[str, ...] | None = None) -> Ended:
    """Start a camera, set it up, start a run on it, end that as `how` says at a random moment, restore, compare."""
    dice = random.Random(f"{seed} {how}")
    patterns = selection or SELECTIONS[seed % len(SELECTIONS)]
    with tempfile.TemporaryDirectory(prefix="thermoproof-restore-") as name:
        folder = Path(name)
        camera = EmbeddedCamera(seed=0)
        front = Moments(camera.ready)
        try:
            await populate(camera.ready)
            before = await holdings(camera.ready)
            await front.start()
            return await _ended(folder, front, before, dice, how, patterns)
        finally:
            await front.stop()
            camera.stop()


async def _ended(
    folder: Path, front: Moments, before: dict[str, Any], dice: random.Random, how: str, patterns: tuple[str, ...]
) -> Ended:
    (folder / "key.pem").write_text(front.camera["public_key"])
    out = folder / "out"
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "thermoproof", "run", *_camera(front, folder), "--profile", "simulated", "--json"),
        *("--allow", "destructive", "--set", "restart_s=5", "--out", str(out)),
        *(word for pattern in patterns for word in ("--select", pattern)),
        env=_environment(),
        cwd=folder,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        limit=2**24,
    )
    said: list[str] = []
    reading = asyncio.create_task(_reading(process, said, front, dice))
    ended, struck = Ended(how, f"{' '.join(patterns)}"), False
    try:
        async with asyncio.timeout(_RUN_S):
            await asyncio.wait({asyncio.create_task(front.come.wait()), reading}, return_when=asyncio.FIRST_COMPLETED)
            ended.moment += f", {sum(1 for line in said if _event(line) == 'case')} cases judged"
            struck = front.come.is_set() and not reading.done()
            await _strike(front, process, how)
            await reading
            ended.code = await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()
        ended.wrong.append(f"the run did not end within {_RUN_S:g} s")
    if how == "link":
        await front.open_ports()
    ended.said = "\n".join(said[-15:])
    ended.dirty = bool(_differences(before, await holdings(front.camera)))
    if any(pattern.startswith("IV.512/") for pattern in patterns):
        # Factory settings forget recorded traces, which the protocol can neither read nor write.
        before.pop("614")
    if how in ("interrupt", "terminate", "reboot"):
        # A run that ends in good order has restored what it changed.
        ended.wrong += _differences(before, await holdings(front.camera))
        if how != "reboot" and struck and ended.code != 3:
            ended.wrong.append(f"exit code {ended.code}, not 3")
    first, words = await _restore(out, front, folder)
    if first != 0:
        ended.wrong.append(f"restore ended with {first}: {words[-400:]}")
    ended.wrong += _differences(before, await holdings(front.camera))
    second, words = await _restore(out, front, folder)
    if second != 0 or "nothing to restore" not in words:
        ended.wrong.append(f"a second restore ended with {second}: {words[-400:]}")
    ended.wrong += _differences(before, await holdings(front.camera))
    ended.wrong = list(dict.fromkeys(ended.wrong))
    return ended


async def _reading(process: asyncio.subprocess.Process, said: list[str], front: Moments, dice: random.Random) -> None:
    """Read what the run prints; choose the moment as soon as it says how many cases there are."""
    assert process.stdout is not None
    cases, at, planned = 0, -1, 0
    async for line in process.stdout:
        said.append(line.decode(errors="replace").rstrip())
        event = _event(said[-1])
        if event == "begin":
            planned = int(json.loads(said[-1])["planned"])
            at = dice.randrange(planned)
        cases += event == "case"
        if cases == at and event in ("begin", "case"):
            # Mostly soon; sometimes deep within a long case, most of all where there are no others.
            deep = dice.randrange(_DEEPEST_MESSAGE) if planned <= _FEW else int(_LATEST_MESSAGE ** dice.random()) - 1
            front.choose(deep)


async def _strike(front: Moments, process: asyncio.subprocess.Process, how: str) -> None:
    if process.returncode is not None:
        return
    match how:
        case "kill":
            _signal(process, signal.SIGKILL)
        case "interrupt":
            _signal(process, signal.SIGINT)
        case "terminate":
            _signal(process, signal.SIGTERM)
        case "interrupt-twice":
            _signal(process, signal.SIGINT)
            await asyncio.sleep(0.01)
            _signal(process, signal.SIGINT)
        case "link":
            await front.close_ports()
        case "reboot":
            await front.close_ports()
            await asyncio.sleep(_REBOOT_S)
            await front.open_ports()


def _signal(process: asyncio.subprocess.Process, number: int) -> None:
    # `process.send_signal` would take the exit code of a run that has just ended away from asyncio.
    with contextlib.suppress(ProcessLookupError):
        os.kill(process.pid, number)


async def _restore(out: Path, front: Moments, folder: Path) -> tuple[int, str]:
    if not (out / "journal.jsonl").exists() and not (out / "run.jsonl").exists():
        return 0, "nothing to restore: the run had not begun"
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "thermoproof", "restore", str(out), "--public-key", str(folder / "key.pem")),
        env=_environment(),
        cwd=folder,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    words, _ = await process.communicate()
    assert process.returncode is not None
    return process.returncode, words.decode(errors="replace")


def _camera(front: Front, folder: Path) -> list[str]:
    words = ["--camera", f"127.0.0.1:{front.control_port}", "--http-port", str(front.http_port)]
    return [*words, "--stimulus-port", str(front.camera["stimulus_port"]), "--public-key", str(folder / "key.pem")]


def _environment() -> dict[str, str]:
    paths = [str(ROOT), os.environ.get("PYTHONPATH", "")]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths)), "COLUMNS": "200"}


def _event(line: str) -> str:
    try:
        return str(json.loads(line).get("event"))
    except (ValueError, AttributeError):
        return ""


def _differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    return [
        f"{key}: {json.dumps(before[key])[:300]} became {json.dumps(after[key])[:300]}"
        for key in before
        if before[key] != after[key]
    ]


async def _all(first: int, moments: int, hows: list[str], jobs: int) -> int:
    """Try every moment, `jobs` at a time; returns how many went wrong."""
    slots, bad, dirty = asyncio.Semaphore(jobs), 0, 0

    async def one(seed: int, how: str) -> None:
        nonlocal bad, dirty
        async with slots:
            ended = await killed_once(seed, how)
        bad += bool(ended.wrong)
        dirty += ended.dirty
        found = "WRONG" if ended.wrong else "right"
        left = "left dirty" if ended.dirty else "left clean"
        print(f"{found}  seed {seed:3} {how:15} exit {ended.code}  {left}  {ended.moment}", flush=True)
        for wrong in ended.wrong:
            print(f"       {wrong}")
        if ended.wrong:
            print("       | " + "\n       | ".join(line[:200] for line in ended.said.splitlines()[-6:]), flush=True)

    await asyncio.gather(*(one(seed, how) for seed in range(first, first + moments) for how in hows))
    print(f"{moments * len(hows)} moments: {dirty} runs left the camera changed, {bad} moments went wrong")
    return bad


def main() -> int:
    """Kill the given number of runs; returns 0 if each camera was as before."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--moments", type=int, default=5, metavar="N", help="how many random moments (default 5)")
    parser.add_argument("--first", type=int, default=0, metavar="SEED", help="the first one's seed")
    parser.add_argument("--how", action="append", choices=ENDS, help="how the runs end (default: kill); repeatable")
    parser.add_argument("--jobs", type=int, default=1, metavar="N", help="how many at a time")
    options = parser.parse_args()
    hows = options.how or ["kill"]
    bad = asyncio.run(_all(options.first, options.moments, hows, options.jobs))
    return 1 if bad else 0


if __name__ == "__main__":
    raise SystemExit(main())
