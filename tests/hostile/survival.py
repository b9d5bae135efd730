"""One run against one hostile peer, and all that must hold for it.

`python -m tests.hostile.survival` runs against every peer and prints a table; names select some of them.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

from fixtures.hostile.peers import PEERS

__all__ = ["MEMORY_KIB", "Survival", "survive"]

ROOT = Path(__file__).parent.parent.parent
MEMORY_KIB = 512 * 1024
BOUND_S = 300.0
ALL_BOUND_S = 600.0

_CONTROL = "II/sequence/* III.1/get/* III.1/set/humi/* IV.506/* IV.510/* IV.522/* A5/500 A5/login VI.1003/*".split()
_FILES = "A5/500 A5/login IV.510/* IV.512/export IV.513/file-* IV.515/*report* IV.523/* V.1/*".split()
_VIDEO = ["A2/*"]
_MAIL = ["IV.525/*"]

# The spoiling of these peers shows only in some cases, so the others may pass; against any other peer no case may.
_MOSTLY_RIGHT = {
    *("reboot", "dark", "twice", "flood", "garbage-flood", "wide-flood", "pings", "bad-utf8", "forced-out"),
    *("year-9999", "year-0001", "urls", "redirect", "gzip-bomb", "endless", "mails"),
    *("keys", "counts", "lists", "out-of-order", "tokens", "wide-tokens", "long-tokens", "refusing"),
    # These answer each request with its own sequence, so cases about the sequence alone may pass.
    *("markup", "strings", "types", "numbers", "empty", "echo", "long"),
}
# These peers do not violate the document: unknown keys are only observed, replies in another order are legal, a reboot
# is over before the next request, and mails are no replies.
_MAY_BE_GREEN = {"keys", "mails", "dark", "out-of-order"}
_NEVER_STARTS = {"noise", "tls", "accepting", "slamming", "wrong-key", "headers", "dripping", "elsewhere", "page"}
_NEVER_STARTS |= {"tokens", "wide-tokens", "long-tokens"}


def cases_for(peer: str) -> list[str]:
    """The patterns of cases that meet what `peer` spoils."""
    if peer.startswith("video-"):
        return _VIDEO
    if peer == "mails":
        return _MAIL
    if peer.startswith("http-") or peer.endswith("files") or peer in ("bombs", "gzip-bomb", "endless", "redirect"):
        return _FILES
    return _CONTROL


@dataclass
class Survival:
    """The result of a run; `problems` is empty if all holds that must hold."""

    peer: str
    code: int | None = None
    seconds: float = 0.0
    peak_kib: int = 0
    verdicts: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)
    text: str = ""


# The high-water mark of this program's memory by the kernel. Not ru_maxrss: it survives exec, so the child would
# report the size of the test process that started it.
_WATCHED = """\
import pathlib, re, sys
from thermoproof.cli import main
code = main(sys.argv[1:])
print("PEAK", re.search(r"VmHWM:\\s+(\\d+)", pathlib.Path("/proc/self/status").read_text())[1])
raise SystemExit(code)
"""


def survive(
    peer: str, folder: Path, *, seed: int = 0, everything: bool = False, more: tuple[str, ...] = ()
) -> Survival:
    """Run against `peer`: the cases that meet what it spoils, or with `everything` those of quick mode."""
    front = subprocess.Popen(
        [sys.executable, "-m", "fixtures.hostile", peer, "--seed", str(seed)],
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
        words += ["--junitxml", "junit.xml", "--alluredir", "allure", *more]
        if everything:
            words += ["--mode", "quick"]
        else:
            words += [word for pattern in cases_for(peer) for word in ("--select", pattern)]
        survival = _watched(peer, words, folder, ALL_BOUND_S if everything else BOUND_S)
    finally:
        front.stdin.close()
        try:
            front.wait(10)
        except subprocess.TimeoutExpired:
            front.kill()
            front.wait()
        front.stdout.close()
    _judge(survival, folder, everything=everything)
    return survival


def _watched(peer: str, words: list[str], folder: Path, bound_s: float) -> Survival:
    survival, began = Survival(peer), time.monotonic()
    try:
        done = subprocess.run(
            [sys.executable, "-c", _WATCHED, *words],
            env=_environment(),
            cwd=folder,
            capture_output=True,
            timeout=bound_s,
            stdin=subprocess.DEVNULL,
        )
    except subprocess.TimeoutExpired as error:
        survival.problems.append(f"the run does not end within {bound_s:g} s")
        survival.text = ((error.stdout or b"") + (error.stderr or b"")).decode(errors="replace")
        return survival
    finally:
        survival.seconds = time.monotonic() - began
    survival.code, survival.text = done.returncode, (done.stdout + done.stderr).decode(errors="replace")
    return survival


def _judge(survival: Survival, folder: Path, *, everything: bool) -> None:
    demand = survival.problems.append
    if survival.code is None:
        return
    text, peer = survival.text, survival.peer
    if "Traceback" in text:
        demand("a traceback")
    if survival.code not in ((0, 1, 3) if peer in _MAY_BE_GREEN else (1, 3)):
        demand(f"exit code {survival.code}")
    strange = sorted({sign for sign in text if sign != "\n" and not " " <= sign <= "~"})
    if strange:
        demand(f"the console shows {strange!a}")
    peaks = [line for line in text.splitlines() if line.startswith("PEAK")]
    survival.peak_kib = int(peaks[0].split()[1]) if peaks else 0
    if not 0 < survival.peak_kib < MEMORY_KIB:
        demand(f"{survival.peak_kib} KiB of memory")
    try:
        run = json.loads((folder / "out" / "run.json").read_bytes().decode("ascii"))
        ET.parse(folder / "junit.xml")
        for result in (folder / "allure").glob("*-result.json"):
            json.loads(result.read_text())
    except (OSError, ValueError, ET.ParseError) as error:
        demand(f"a report cannot be read: {error}")
        return
    _judge_verdicts(survival, run["cases"], everything=everything)


def _judge_verdicts(survival: Survival, rows: list[dict[str, Any]], *, everything: bool) -> None:
    demand, peer = survival.problems.append, survival.peer
    survival.verdicts = Counter(row["verdict"] for row in rows)
    for row in rows:
        if row["verdict"] == "error":
            demand(f"error: {row['id']}: {row['observed'][:200]!a}")
    if peer in _NEVER_STARTS:
        if rows and not peer.endswith("tokens"):
            demand(f"{len(rows)} cases were judged")
        return
    if not survival.verdicts.keys() & {"fail", "inconclusive"} and peer not in _MAY_BE_GREEN:
        demand("nothing was found")
    all_spoiled = peer not in _MOSTLY_RIGHT and not peer.startswith(("video-", "http-", "fuzz-"))
    # Cases before the spoiling began may pass.
    if all_spoiled and cases_for(peer) == _CONTROL and not everything and survival.verdicts["pass"] > 3:
        demand(f"passed: {[row['id'] for row in rows if row['verdict'] == 'pass'][:10]}")


def _environment() -> dict[str, str]:
    paths = [str(ROOT), os.environ.get("PYTHONPATH", "")]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))}


def main() -> int:
    """Run against the named peers, or all of them; 0 if all runs held."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("peers", nargs="*", metavar="PEER", help="default: all of them")
    parser.add_argument("--seed", type=int, action="append", help="seed of peers that behave at random; repeatable")
    parser.add_argument("--everything", action="store_true", help="all cases of quick mode, instead of a chosen few")
    parser.add_argument("--keep", metavar="DIR", help="keep the output of the runs there")
    options = parser.parse_args()
    bad = 0
    print(f"{'peer':22} {'exit':>4} {'s':>6} {'MiB':>5}  verdicts")
    for peer in options.peers or PEERS:
        for seed in options.seed or [0]:
            with tempfile.TemporaryDirectory(prefix="thermoproof-hostile-") as name:
                folder = Path(options.keep) / f"{peer}-{seed}" if options.keep else Path(name)
                folder.mkdir(parents=True, exist_ok=True)
                found = survive(peer, folder, seed=seed, everything=options.everything)
                (folder / "text.txt").write_text(found.text, encoding="utf-8", errors="replace")
            bad += bool(found.problems)
            verdicts = ", ".join(f"{count} {verdict}" for verdict, count in sorted(found.verdicts.items()))
            print(
                f"{peer:22} {found.code!s:>4} {found.seconds:6.1f} {found.peak_kib / 1024:5.0f}  {verdicts}", flush=True
            )
            for problem in found.problems[:8]:
                print(f"    {problem}", flush=True)
    return 1 if bad else 0


if __name__ == "__main__":
    raise SystemExit(main())
