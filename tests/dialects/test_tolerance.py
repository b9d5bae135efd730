"""`thermoproof dialects`: no case complains about representative dialects, and the command reports what goes wrong."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from reports.render.dialects import dialects_text

ROOT = Path(__file__).parent.parent.parent

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="dialects are run in forked processes")

_REPRESENTATIVE = (
    "R01=empty",
    "R06=swapped",
    "R11=closed",
    "R12=forced-out",
    "R26=10011",
    "R42=*",
    "R61=*",
    "R69=*",
    "R77=int32",
    "R87=*",
    "R92=*",
    "R101=*",
    "R131=*",
    "R157=per-address",
    "R172=*",
)


def _run(folder: Path, *arguments: str, before: str = "") -> tuple[int, str, dict[str, Any]]:
    """The exit code, the output and the record of `thermoproof dialects`, run after the statements `before`."""
    program = f"import sys; {before}\nfrom thermoproof.cli import main; sys.exit(main(sys.argv[1:]))"
    words = [sys.executable, "-c", program, "dialects", "--out", str(folder), *arguments]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        words, cwd=folder, env=environment, capture_output=True, text=True, timeout=600, stdin=subprocess.DEVNULL
    )
    record = folder / "dialects.json"
    return done.returncode, done.stdout + done.stderr, json.loads(record.read_text()) if record.exists() else {}


def test_no_case_complains_about_representative_dialects_and_each_is_observed(tmp_path: Path) -> None:
    code, text, found = _run(tmp_path, *(word for each in _REPRESENTATIVE for word in ("--id", each)), "--jobs", "2")
    assert {run["dialects"][0]: run["alarms"] for run in found["runs"] if run["verdict"] != "clean"} == {}, text
    assert len(found["runs"]) == len(_REPRESENTATIVE)
    assert code == 0


_WITH = (
    "import fixtures.camera.dialects.registry as r, fixtures.proof.dialect_runs as t; "
    "from fixtures.camera.dialects import Dialect; from fixtures.camera.mutants.overrides import recode_reply; "
    "new = Dialect('R25=new', 'New.', ('IV.505/*',), {found!r}, 'R25', (), {change}); "
    "r.LAID_IN_ORDER = (new.id,); r.DIALECTS = t.DIALECTS = {{new.id: new}}"
)


def test_a_camera_about_which_a_case_complains_is_a_false_alarm(tmp_path: Path) -> None:
    before = _WITH.format(found="", change="lambda device: recode_reply(device, 505, 10005, 10007)")
    code, text, found = _run(tmp_path, before=before)
    assert [run["verdict"] for run in found["runs"]] == ["alarmed"], text
    assert "IV.505/token/missing" in {alarm["case"] for alarm in found["runs"][0]["alarms"]}
    assert code == 1
    assert "## False alarms" in (tmp_path / "dialects.md").read_text()


def test_a_choice_that_no_case_observes_makes_the_command_fail(tmp_path: Path) -> None:
    code, text, found = _run(tmp_path, before=_WITH.format(found="something", change="lambda device: None"))
    assert [(run["verdict"], run["unreported"]) for run in found["runs"]] == [("unreported", ["R25=new"])], text
    assert code == 1


def test_a_dialect_with_which_no_camera_starts_is_not_taken_for_a_clean_one(tmp_path: Path) -> None:
    code, text, found = _run(tmp_path, before=_WITH.format(found="", change="lambda device: 1 / 0"))
    assert [(run["verdict"], run["trouble"]) for run in found["runs"]] == [
        ("undecided", "the camera does not start")
    ], text
    assert code == 3


def test_a_pattern_that_matches_no_dialect_is_a_wrong_usage(tmp_path: Path) -> None:
    code, text, found = _run(tmp_path, "--id", "R999=*")
    assert code == 2
    assert "no dialect matches R999=*" in text
    assert found == {}


def test_the_table_lists_false_alarms_first() -> None:
    def run(identity: str, verdict: str, alarms: list[dict[str, str]]) -> dict[str, Any]:
        return {
            "dialects": [identity],
            "verdict": verdict,
            "alarms": alarms,
            "unreported": [],
            "observed": {"R01": ["a", "b", "c", "d"]},
            "ran": 3,
            "duration_s": 1.5,
            "trouble": "",
        }

    alarm = {"case": "II/x", "verdict": "fail", "expected": "a | b", "observed": "`c`"}
    runs = [run("R01=one", "clean", []), run("R01=two", "alarmed", [alarm])]
    text = dialects_text({"cases": 7, "unsound": [], "runs": runs})
    assert "**1 of 2 runs without a false alarm**; 7 cases." in text
    assert "| `R01=two` | `II/x` | fail | a \\| b | 'c' |" in text
    assert "| `R01=one` | clean | 3 | 1.5 | a; b; c and 1 more |" in text
    assert text.index("## False alarms") < text.index("## Every run")
