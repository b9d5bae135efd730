"""`thermoproof bench check` says in words what is wrong, and goes on after an instrument that fails."""

from __future__ import annotations

import datetime as dt
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from hil.bench.check import check_bench
from hil.emulators import LcusEmulator

ROOT = Path(__file__).parent.parent.parent
TODAY = dt.date(2026, 6, 1)
CALIBRATION = {
    "certificate": "2026-117",
    "laboratory": "somebody",
    "date": "2026-01-01",
    "due": "2026-12-31",
    "emissivity": 0.95,
    "points": [{"degc": 35, "U": 0.4, "k": 2}, {"degc": 300, "U": 0.8, "k": 2}],
}
GEOMETRY = {"distance_m": 1.0, "x": 100, "y": 80, "radius_px": 20}
LOOP = {"relay": {"instrument": "board", "channel": 1}, "input": {"instrument": "board", "channel": 1}}


@pytest.fixture
def whole(lab: Any) -> Any:
    """A laboratory with nothing to complain of."""
    lab.document["instruments"]["hot"] |= {"calibration": dict(CALIBRATION), "geometry": GEOMETRY}
    lab.document["wiring"] = {"loopbacks": [json.loads(json.dumps(LOOP))], "settle_s": 0}
    return lab


async def found(lab: Any, **options: Any) -> list[str]:
    report = await check_bench(lab.file(), today=TODAY, simulated=True, **options)
    return [str(finding) for finding in report.findings]


pytestmark = pytest.mark.asyncio


async def test_a_bench_that_is_as_its_file_says_has_no_findings(whole: Any) -> None:
    report = await check_bench(whole.file(), today=TODAY, certify=True, simulated=True)
    assert report.findings == []
    assert report.ok
    assert [(one.name, one.identity.split(",")[0]) for one in report.seen] == [
        ("hot", "FLUKE 4181"),
        ("board", "Modbus RTU board unit 1"),
    ]
    assert "23.00 °C" in report.seen[0].state
    assert report.wires == ["relay board 1 to input board 1"]
    assert list(report.lines())[-1] == "everything is as the file says"


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (None, "hot: it has no calibration"),
        ({"due": "2026-05-31"}, "hot: its calibration was due on 2026-05-31, 1 day ago"),
        ({"date": "2026-06-02"}, "hot: certificate 2026-117 is dated 2026-06-02, which lies in the future"),
    ],
)
async def test_a_calibration_that_does_not_hold_is_a_warning_and_refuses_certify_mode(
    whole: Any, change: dict[str, str] | None, sentence: str
) -> None:
    if change is None:
        del whole.document["instruments"]["hot"]["calibration"]
    else:
        whole.document["instruments"]["hot"]["calibration"] |= change
    assert await found(whole) == [f"warning: {sentence}; certify mode would be refused"]
    assert await found(whole, certify=True) == [f"error: {sentence}; certify mode is refused"]


async def test_limits_beyond_the_certificate_and_the_instrument_are_doubtful(whole: Any) -> None:
    whole.document["instruments"]["hot"]["limits"] = {"low": 20, "high": 400}
    first, second = await found(whole)
    assert first.startswith("warning: hot: the file allows 20..400 °C, certificate 2026-117 covers only 34..301 °C")
    assert second.startswith("warning: hot: the file allows 20..400 °C, the instrument only 35..500 °C")


async def test_an_instrument_that_fails_does_not_keep_the_others_from_being_checked(whole: Any) -> None:
    whole.document["instruments"] = {
        "gone": {"driver": "lcus", "url": "socket://127.0.0.1:1"},
        **whole.document["instruments"],
    }
    whole.emulators["hot"].trip()
    told = await found(whole)
    assert any(one.startswith("error: gone: cannot open socket://127.0.0.1:1") for one in told)
    assert "error: hot: its cut-out has tripped; find the cause, then clear the trip" in told
    assert len(told) == 2
    report = await check_bench(whole.file(), today=TODAY, simulated=True)
    assert report.wires == ["relay board 1 to input board 1"]


@pytest.mark.parametrize(
    ("wires", "sentence"),
    [
        ({}, "the input stays inactive whether the relay is closed or open: is the wire there"),
        ({1: 3}, "the input stays inactive, and input 3 follows instead: the wire is on the wrong one"),
    ],
)
async def test_a_wire_that_is_not_where_the_file_says_is_told(whole: Any, wires: dict[int, int], sentence: str) -> None:
    whole.emulators["board"].wires = wires
    (told,) = await found(whole)
    assert told.startswith(f"error: wiring: relay board 1 to input board 1: {sentence}")


async def test_an_input_that_is_always_active_is_told(whole: Any) -> None:
    whole.emulators["board"].pressed = {1}
    (told,) = await found(whole)
    assert "the input stays active whether the relay is closed or open" in told


async def test_a_wire_the_wrong_way_round_is_told_and_accepted_where_the_file_says_so(whole: Any) -> None:
    whole.document["wiring"]["loopbacks"][0]["relay"]["inverted"] = True
    (told,) = await found(whole)
    assert "the input follows the relay inverted" in told
    whole.document["wiring"]["loopbacks"][0]["input"]["inverted"] = True
    assert await found(whole) == []


async def test_a_contact_that_the_board_does_not_have_is_told(whole: Any) -> None:
    whole.document["wiring"]["alarm_in"] = {"instrument": "board", "channel": 9}
    whole.document["wiring"]["alarm_out"] = {"instrument": "board", "channel": 0}
    whole.document["wiring"]["loopbacks"][0]["input"]["channel"] = 12
    assert await found(whole) == [
        "error: wiring: board has no relay 9",
        "error: wiring: board has no input 0",
        "error: wiring: relay board 1 to input board 12: board has no input 12",
    ]


async def test_a_wire_whose_board_failed_is_not_passed_over_in_silence(whole: Any) -> None:
    whole.add("lcus", "lcus", LcusEmulator(whole.clock))
    whole.document["wiring"]["loopbacks"].append(
        {"relay": {"instrument": "lcus", "channel": 1}, "input": {"instrument": "board", "channel": 2}}
    )
    whole.servers["lcus"].pull()
    told = await found(whole)
    assert told[-1] == "error: wiring: relay lcus 1 to input board 2 cannot be verified: lcus failed"


async def test_relays_are_open_after_a_check_and_a_blackbody_is_left_as_it_was(whole: Any) -> None:
    hot = whole.emulators["hot"].physics
    hot.command(80.0)
    hot.switch(True)
    report = await check_bench(whole.file(), today=TODAY, simulated=True)
    assert "output on" in report.seen[0].state
    assert "set point 80 °C" in report.seen[0].state
    assert (hot.set_point, hot.output) == (80.0, True)
    assert not any(whole.emulators["board"].closed(channel) for channel in range(1, 9))


async def test_a_manual_instrument_is_asked_for_its_reading(whole: Any) -> None:
    whole.document["instruments"]["hand"] = {
        "driver": "manual",
        "options": {"low": 0, "high": 100},
        "calibration": dict(CALIBRATION),
        "geometry": GEOMETRY,
    }
    asked: list[str] = []

    def ask(sentence: str) -> str:
        asked.append(sentence)
        return "21.5"

    report = await check_bench(whole.file(), today=TODAY, simulated=True, ask=ask)
    assert report.seen[-1].state == ("21.50 °C",)
    assert asked == ["Type the temperature that the blackbody shows, in °C"]


def _run(lab: Any, *arguments: str, typed: str = "") -> subprocess.CompletedProcess[str]:
    lab.path.write_text(json.dumps(lab.document), encoding="utf-8")
    return subprocess.run(
        [sys.executable, "-m", "thermoproof", "bench", "check", str(lab.path), *arguments],
        input=typed,
        capture_output=True,
        text=True,
        encoding="utf-8",
        cwd=ROOT,
        env={**os.environ, "THERMOPROOF_STATE": str(lab.folder), "PYTHONUTF8": "1"},
        check=False,
    )


async def test_the_command_ends_with_0_1_or_2_and_speaks_json(whole: Any) -> None:
    fine = _run(whole)
    assert (fine.returncode, fine.stderr) == (0, "")
    assert fine.stdout.splitlines()[0] == f"bench test bench ({whole.path})"
    del whole.document["instruments"]["hot"]["calibration"]
    wrong = _run(whole, "--certify", "--json")
    assert wrong.returncode == 1
    report = json.loads(wrong.stdout)
    assert not report["ok"]
    assert report["findings"][0]["where"] == "hot"
    whole.document["setling"] = {}
    unusable = _run(whole)
    assert unusable.returncode == 2
    assert "setling: unknown key; did you mean settling?" in unusable.stderr
