"""Runs on the simulated bench as a user starts them: what they say, what they leave, and what a broken bench costs."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from hil.twin import SIM

from .conftest import ROOT, Outcome, environment

Thermoproof = Callable[..., Outcome]

POINT = "HIL/error/range-0/rising-1/520"
LATER = "HIL/error/range-0/rising-2/520"
PLAIN = "IV.505/*"
CHOSEN = ("--select", POINT, "--select", LATER)
SAFE = {"output": False, "set_point": 23.0}


def test_the_suite_hil_measures_on_the_simulated_bench(thermoproof: Thermoproof) -> None:
    outcome = thermoproof("hil", *CHOSEN)
    assert outcome.code == 0, outcome.text
    schema = json.loads((ROOT / "docs" / "reference" / "run.schema.json").read_text())
    assert [error.message for error in Draft202012Validator(schema).iter_errors(outcome.run)] == []
    assert {row["verdict"] for row in outcome.rows.values()} == {"pass"}
    measured = [each for row in outcome.rows.values() for each in row["measurements"]]
    assert measured
    assert all(each["budget"] and each["raw_sha256"] for each in measured)
    bench = outcome.run["bench"]
    assert bench["simulated"]
    assert bench["safe"]
    assert bench["ratio"] == pytest.approx(bench["bench_s"] / bench["wall_s"], rel=0.01)
    assert "measurements: " in outcome.text
    assert f"{measured[0]['name']}: " in outcome.text
    assert "thermoproof run hil " in outcome.rows[POINT]["repeat"]
    assert outcome.left["low"] == SAFE
    assert outcome.left["board"] == []


def test_a_run_without_a_suite_leaves_the_bench_alone(thermoproof: Thermoproof) -> None:
    outcome = thermoproof("--select", PLAIN, "--select", POINT)
    assert outcome.code == 0, outcome.text
    assert POINT not in outcome.rows
    assert outcome.run["bench"] is None


def test_both_suites_are_one_run(thermoproof: Thermoproof) -> None:
    outcome = thermoproof("conformance", "hil", "--select", PLAIN, "--select", POINT)
    assert outcome.code == 0, outcome.text
    assert POINT in outcome.rows
    assert any(row["clause"] == "IV.505" for row in outcome.rows.values())


def test_without_a_bench_nothing_is_green(thermoproof: Thermoproof) -> None:
    outcome = thermoproof("hil", "--bench", "none", *CHOSEN)
    assert outcome.code == 3, outcome.text
    assert {row["verdict"] for row in outcome.rows.values()} == {"not_applicable"}
    assert "nothing was judged" in outcome.text


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--bench", "sim", "--camera", "127.0.0.1:9"), "--stimulus-port"),
        (("--bench", "no-such-file.yaml"), "cannot be read"),
        (("--bench", "none", "--truth", "1"), "only the simulated bench"),
    ],
)
def test_a_bench_that_cannot_be_meant_is_a_mistake_of_the_command_line(
    thermoproof: Thermoproof, arguments: tuple[str, ...], sentence: str
) -> None:
    outcome = thermoproof("hil", *arguments)
    assert outcome.code == 2, outcome.text
    assert sentence in outcome.text
    assert "Traceback" not in outcome.text


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ('due: "2099-12-31"', 'due: "2026-02-01"', "was due on 2026-02-01"),
        ('date: "2026-01-01"', 'date: "2098-01-01"', "lies in the future"),
    ],
)
def test_certify_mode_refuses_a_calibration_that_does_not_hold(
    thermoproof: Thermoproof, tmp_path: Path, old: str, new: str, sentence: str
) -> None:
    file = tmp_path / "bench.yaml"
    file.write_text(SIM.read_text().replace(old, new))
    outcome = thermoproof("hil", "--mode", "certify", "--bench", str(file))
    assert outcome.code == 2, outcome.text
    assert sentence in outcome.text


def _broken(outcome: Outcome, cause: str) -> None:
    assert outcome.code == 3, outcome.text
    first, later = outcome.rows[POINT], outcome.rows[LATER]
    assert (first["verdict"], later["verdict"]) == ("error", "error"), (first["observed"], later["observed"])
    assert cause in first["observed"]
    assert later["observed"] == first["observed"]
    assert later["exchanges"] == 0
    assert outcome.run["bench"]["broken"] in first["observed"]
    others = [row["verdict"] for identity, row in outcome.rows.items() if not identity.startswith("HIL/")]
    assert others
    assert set(others) == {"pass"}


def test_a_trip_in_the_middle_is_one_cause_and_the_rest_goes_on(thermoproof: Thermoproof) -> None:
    fault = {"TWIN_FAULT": "trip", "TWIN_FAULT_AT": "120"}
    outcome = thermoproof("conformance", "hil", "--select", PLAIN, *CHOSEN, fault=fault)
    _broken(outcome, "cut-out")
    assert outcome.run["bench"]["safe"]
    assert outcome.left["low"] == SAFE
    assert outcome.left["high"] == SAFE | {"set_point": 35.0}


def test_a_cable_pulled_in_the_middle_is_one_cause_and_what_can_be_reached_is_safe(thermoproof: Thermoproof) -> None:
    fault = {"TWIN_FAULT": "pull", "TWIN_FAULT_AT": "120"}
    outcome = thermoproof("conformance", "hil", "--select", PLAIN, *CHOSEN, fault=fault)
    _broken(outcome, "low: ")
    assert not outcome.run["bench"]["safe"]
    assert "NOT SAFE: low" in outcome.text
    assert outcome.left["high"] == SAFE | {"set_point": 35.0}
    assert outcome.left["board"] == []


def test_a_blackbody_that_never_settles_makes_its_cases_inconclusive(thermoproof: Thermoproof) -> None:
    outcome = thermoproof(
        "conformance", "hil", "--select", PLAIN, *CHOSEN, fault={"TWIN_FAULT": "never-settles", "TWIN_FAULT_AT": "60"}
    )
    assert outcome.code == 3, outcome.text
    assert outcome.rows[POINT]["verdict"] == "inconclusive", outcome.rows[POINT]["observed"]
    assert "did not settle" in outcome.rows[POINT]["observed"]
    assert outcome.rows[LATER]["verdict"] == "inconclusive"
    assert outcome.run["bench"]["broken"] == ""
    assert outcome.run["bench"]["safe"]
    assert outcome.left["low"] == SAFE


def _event(process: subprocess.Popen[bytes], wanted: str) -> dict[str, Any]:
    assert process.stdout is not None
    for line in process.stdout:
        event: dict[str, Any] = json.loads(line)
        if event["event"] == wanted:
            return event
    pytest.fail("the run ended early")


def test_ctrl_c_leaves_the_bench_safe(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    words = [sys.executable, "-m", "thermoproof", "run", "hil", "--json", "--out", str(folder)]
    process = subprocess.Popen(words, cwd=tmp_path, env=environment(folder), stdout=subprocess.PIPE)
    _event(process, "case")
    process.send_signal(signal.SIGINT)
    rest = process.communicate(timeout=120)[0].decode()
    assert process.returncode == 3, rest
    left = json.loads((folder / "left.json").read_text())
    assert left["low"] == SAFE
    assert left["high"]["output"] is False
    assert left["board"] == []
    run = json.loads((folder / "run.json").read_text())
    assert run["bench"]["safe"]
    assert not run["complete"]
