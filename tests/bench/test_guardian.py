"""A run that dies, however it dies, leaves a bench in its safe state, or a note that says why not."""

from __future__ import annotations

import os
import signal
import sys
from typing import Any

import pytest

from hil.bench import Bench, BenchBroken, BenchBusy
from hil.bench.check import check_bench
from hil.bench.lock import BenchLock
from hil.emulators import (
    Hart913xEmulator,
    LcusEmulator,
    ModbusBlackbodyEmulator,
    NumatoEmulator,
    Sr800NEmulator,
    Sr800REmulator,
    TcpServer,
)
from hil.instruments.codecs.register_map import RegisterMap

REGISTERS: dict[str, Any] = {
    "temperature": {"address": 1, "scale": 0.1},
    "set_point": {"address": 2, "scale": 0.1},
    "output": {"address": 0, "space": "coil"},
    "low": -20,
    "high": 400,
}

RUN = """
import asyncio, os, sys
from pathlib import Path
from hil.bench import Bench, load_bench

async def main():
    patience = float(sys.argv[4]) if len(sys.argv) > 4 else 30.0
    async with Bench(load_bench(sys.argv[1]), folder=Path(sys.argv[2]), patience_s=patience) as bench:
        for name in bench.file.stations:
            if name.startswith("hot"):
                await bench.reference(name).go(100.0)
            else:
                await bench.relay(name).set(1, True)
        print("working", flush=True)
        match sys.argv[3]:
            case "wait":
                await asyncio.sleep(3600)
            case "raise":
                raise RuntimeError("something else has failed")
            case "exit":
                os._exit(3)

asyncio.run(main())
"""


def _start(lab: Any, how: str, *arguments: str) -> Any:
    run = lab.python(RUN, how, *arguments)
    line = run.stdout.readline()
    assert line == "working\n", run.stderr.read()
    return run


def _is_safe(lab: Any) -> bool:
    for name, emulator in lab.emulators.items():
        with emulator.lock:
            if name.startswith("hot"):
                if emulator.physics.set_point == 100.0:
                    return False
                if name in ("hot", "hot-modbus") and emulator.physics.output:
                    return False
            elif emulator.closed(1):
                return False
    return True


@pytest.mark.skipif(os.name == "nt", reason="signals are a thing of POSIX")
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_run_that_a_signal_ends_leaves_a_bench_that_becomes_safe(lab: Any, until: Any, number: int) -> None:
    run = _start(lab, "wait")
    assert lab.emulators["hot"].physics.output
    assert lab.emulators["board"].closed(1)
    run.send_signal(number)
    run.wait(60)
    until(lambda: _is_safe(lab))
    assert lab.emulators["hot"].physics.set_point == 35.0  # as near to ambient as a 4181 goes
    until(lambda: not list(lab.folder.glob("*.json")))


@pytest.mark.parametrize("how", ["raise", "exit", "end"])
def test_a_run_that_ends_by_itself_leaves_a_safe_bench(lab: Any, until: Any, how: str) -> None:
    run = _start(lab, how)
    run.wait(60)
    until(lambda: _is_safe(lab))
    until(lambda: not list(lab.folder.glob("*.json")))


@pytest.mark.skipif(os.name == "nt", reason="process groups are a thing of POSIX")
def test_the_guardian_outlives_the_end_of_its_whole_process_group(lab: Any, until: Any) -> None:
    run = _start(lab, "wait")
    os.killpg(run.pid, signal.SIGKILL)
    run.wait(60)
    until(lambda: _is_safe(lab))


def test_every_kind_of_instrument_becomes_safe_after_a_kill(lab: Any, until: Any) -> None:
    clock = lab.clock
    lab.add("hot-sr-n", "sr-800n", Sr800NEmulator(clock))
    lab.add("hot-sr-r", "sr-800r", Sr800REmulator(clock), options={"low": -40, "high": 150})
    lab.add("hot-hart", "hart-913x", Hart913xEmulator(clock), options={"model": "9132"})
    registers = RegisterMap.from_data(REGISTERS)
    lab.add(
        "hot-modbus", "modbus-blackbody", ModbusBlackbodyEmulator(registers, clock), options={"registers": REGISTERS}
    )
    lab.add("numato", "numato", NumatoEmulator(clock))
    lab.add("lcus", "lcus", LcusEmulator(clock), options={"relays": 2})
    run = _start(lab, "wait")
    assert not _is_safe(lab)
    run.kill()
    run.wait(60)
    until(lambda: _is_safe(lab))


@pytest.mark.asyncio
async def test_a_second_run_is_told_who_holds_the_bench(lab: Any) -> None:
    run = _start(lab, "wait")
    with pytest.raises(BenchBusy, match=f"is in use by process {run.pid} of .* since .*test bench") as caught:
        await Bench(lab.file(), folder=lab.folder).open()
    report = await check_bench(lab.file(), folder=lab.folder)
    assert [(one.where, one.sentence) for one in report.findings if one.severity == "error"] == [
        ("bench", str(caught.value))
    ]
    assert lab.emulators["hot"].physics.output  # the run that has it was not disturbed


@pytest.mark.asyncio
async def test_a_kill_does_not_leave_the_bench_locked(lab: Any, until: Any) -> None:
    run = _start(lab, "wait")
    run.kill()
    run.wait(60)
    async with Bench(lab.file(), folder=lab.folder) as bench:  # whether the guardian or this run comes first
        assert _is_safe(lab)
        assert bench.broken == ""


@pytest.mark.asyncio
async def test_what_the_guardian_cannot_reach_is_told_by_the_next_check_and_made_safe_by_the_next_run(
    lab: Any, until: Any
) -> None:
    run = _start(lab, "wait", "0.5")
    host, port = lab.servers["hot"].address
    lab.servers["hot"].close()
    run.kill()
    run.wait(60)
    until(lambda: not lab.emulators["board"].closed(1))
    lock = BenchLock(lab.file(), lab.folder)
    lock.acquire(patience_s=60)  # the guardian is through
    lock.release({name: mark.reason for name, mark in lock.left.items()})
    report = await check_bench(lab.file(), folder=lab.folder)
    told = [one.sentence for one in report.findings if one.where == "hot"]
    assert any("left without its safe state by process" in one and "cannot open" in one for one in told)
    with lab.stack.enter_context(TcpServer(lab.emulators["hot"], host, port)):
        assert lab.emulators["hot"].physics.output
        async with Bench(lab.file(), folder=lab.folder) as bench:
            assert not lab.emulators["hot"].physics.output
            assert len(bench.notices) == 1
        async with Bench(lab.file(), folder=lab.folder) as bench:
            assert bench.notices == ()


@pytest.mark.asyncio
async def test_a_bench_without_its_guardian_is_broken(lab: Any) -> None:
    async with Bench(lab.file(), folder=lab.folder) as bench:
        guardian = bench._rack._guardian
        assert guardian is not None
        guardian._process.kill()
        guardian._process.wait()
        with pytest.raises(BenchBroken, match="the guardian of the bench has ended"):
            await bench.reference("hot").go(50.0)
    assert _is_safe(lab)


@pytest.mark.asyncio
async def test_a_guardian_that_does_not_start_is_a_broken_bench(lab: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with pytest.raises(BenchBroken, match="the guardian of the bench does not start"):
        await Bench(lab.file(), folder=lab.folder).open()
    monkeypatch.undo()
    async with Bench(lab.file(), folder=lab.folder):
        pass  # and nothing is locked
