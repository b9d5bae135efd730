"""One run at a time, and what is known of the one before."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from hil.bench import Bench, BenchBroken, BenchBusy, Station
from hil.bench.check import check_bench
from hil.bench.lock import BenchLock
from hil.bench.state import port_key, state_folder

HOLD = """
import sys
from pathlib import Path
from hil.bench import load_bench
from hil.bench.lock import BenchLock
BenchLock(load_bench(sys.argv[1]), Path(sys.argv[2])).acquire()
print("held", flush=True)
sys.stdin.read()
"""


def test_a_second_lock_is_refused_in_the_same_process_and_free_after_the_first(lab: Any) -> None:
    first, second = BenchLock(lab.file(), lab.folder), BenchLock(lab.file(), lab.folder)
    first.acquire()
    with pytest.raises(BenchBusy, match=f"is in use by process {os.getpid()}"):
        second.acquire(patience_s=0)
    first.release()
    second.acquire(patience_s=0)
    second.release()
    assert not list(lab.folder.glob("*.json"))


def test_a_process_that_is_killed_holds_nothing_and_is_told_of(lab: Any) -> None:
    holder = lab.python(HOLD)
    assert holder.stdout.readline() == "held\n", holder.stderr.read()
    lock = BenchLock(lab.file(), lab.folder)
    with pytest.raises(BenchBusy, match=f"process {holder.pid}"):
        lock.acquire(patience_s=0)
    holder.kill()
    holder.wait(60)
    lock.acquire()
    assert set(lock.left) == {"hot", "board"}
    assert f"hot was left as it was by process {holder.pid}" in lock.left["hot"].left()
    lock.release()


def test_two_bench_files_that_share_an_instrument_exclude_each_other(lab: Any) -> None:
    whole = lab.file()
    part = replace(whole, name="another", path="", stations={"other": replace(whole.stations["board"], name="other")})
    first, second = BenchLock(part, lab.folder), BenchLock(whole, lab.folder)
    first.acquire()
    with pytest.raises(BenchBusy, match=r"board is in use by .*bench another"):
        second.acquire(patience_s=0)
    assert len(list(lab.folder.glob("*.json"))) == 1  # what could be taken besides was given back as it was
    first.release()


@pytest.mark.skipif(os.name == "nt", reason="symbolic links need rights there")
def test_a_port_is_the_same_by_whichever_name(lab: Any, tmp_path: Path) -> None:
    device, link = tmp_path / "ttyUSB0", tmp_path / "by-id"
    device.touch()
    link.symlink_to(device)
    file = lab.file()
    assert port_key(file, Station("a", "lcus", str(device))) == port_key(file, Station("b", "lcus", str(link)))
    assert port_key(file, Station("a", "lcus", "COM7")) == port_key(file, Station("b", "lcus", "com7"))
    assert port_key(file, Station("a", "lcus", "COM7")) != port_key(file, Station("b", "lcus", "COM8"))


def test_a_folder_that_cannot_be_written_is_told(lab: Any, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(BenchBroken, match="the bench cannot be locked in"):
        BenchLock(lab.file(), tmp_path / "file" / "state").acquire()


def test_a_mark_that_cannot_be_read_is_no_mark(lab: Any) -> None:
    lock = BenchLock(lab.file(), lab.folder)
    lock.acquire()
    lock.release({"hot": "a reason"})
    (mark,) = lab.folder.glob("*.json")
    mark.write_text("{", encoding="utf-8")
    lock = BenchLock(lab.file(), lab.folder)
    lock.acquire()
    assert lock.left == {}
    lock.release()


def test_the_folder_is_this_users_unless_told_otherwise(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("THERMOPROOF_STATE", str(tmp_path / "here"))
    assert state_folder() == tmp_path / "here"
    monkeypatch.delenv("THERMOPROOF_STATE")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path))
    assert state_folder() == tmp_path / "thermoproof" / "bench"


@pytest.mark.asyncio
async def test_an_instrument_that_fell_silent_is_told_at_the_end_and_by_the_next_check_and_made_safe_later(
    lab: Any,
) -> None:
    lab.document["instruments"]["hot"]["options"]["timeout_s"] = 0.2
    hot = lab.emulators["hot"]
    bench = Bench(lab.file(), lab.time, folder=lab.folder)
    await bench.open()
    await bench.reference().go(100.0)
    answer = hot.answer
    hot.answer = lambda request: b""  # it neither answers nor obeys
    with pytest.raises(BenchBroken, match="hot: no reply"):
        await bench.reference().read()
    (told,) = await bench.close()
    assert told.startswith("hot is not in its safe state: hot: no reply")
    for _ in range(2):  # a check that does not reach it either does not make it forgotten
        report = await check_bench(lab.file(), folder=lab.folder)
        sentences = [one.sentence for one in report.findings if one.where == "hot"]
        assert any("hot was left without its safe state by process" in one for one in sentences)
        assert not report.ok
    hot.answer = answer
    assert hot.physics.output
    report = await check_bench(lab.file(), folder=lab.folder)
    assert report.ok
    assert not hot.physics.output
    assert not list(lab.folder.glob("*.json"))


def test_the_guardian_costs_no_metrology() -> None:
    program = "import sys, json, hil.bench.guardian; print(json.dumps(sorted(sys.modules)))"
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert not {"GTC", "numpy", "scipy", "jsonschema", "yaml"} & set(json.loads(run.stdout))
