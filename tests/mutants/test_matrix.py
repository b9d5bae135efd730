"""`thermoproof mutants` finds the representative mutants, and reports a mutant that no case finds."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from reports.render.mutants import matrix_text

ROOT = Path(__file__).parent.parent.parent

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="mutants are run in forked processes")


def _run(folder: Path, *arguments: str, before: str = "") -> tuple[int, str, dict[str, Any]]:
    """The exit code, the output and the matrix of `thermoproof mutants`, run after the statements `before`."""
    program = f"import sys; {before}\nfrom thermoproof.cli import main; sys.exit(main(sys.argv[1:]))"
    words = [sys.executable, "-c", program, "mutants", "--out", str(folder), *arguments]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        words, cwd=folder, env=environment, capture_output=True, text=True, timeout=600, stdin=subprocess.DEVNULL
    )
    matrix = folder / "mutants.json"
    return done.returncode, done.stdout + done.stderr, json.loads(matrix.read_text()) if matrix.exists() else {}


def test_every_representative_mutant_is_killed_by_a_case_of_its_own_clause(tmp_path: Path) -> None:
    code, text, matrix = _run(tmp_path, "--representative", "--own", "--jobs", "2")
    assert {entry["id"]: entry["verdict"] for entry in matrix["mutants"] if entry["verdict"] != "own"} == {}, text
    assert matrix["unsound"] == []
    assert len(matrix["mutants"]) == 60
    assert code == 0


_WITH = (
    "import fixtures.camera.mutants.registry as r, fixtures.proof.mutant_runs as m; "
    "from fixtures.camera.mutants import Mutant; "
    "new = Mutant('IV.505/new', 'IV.505', 'New.', 'plain', {change}); "
    "r.MUTANTS = m.MUTANTS = {{new.id: new}}"
)


def test_a_mutant_that_no_case_finds_survives_and_makes_the_command_fail(tmp_path: Path) -> None:
    before = _WITH.format(change="lambda device: None")
    code, text, matrix = _run(tmp_path, "--own", "--id", "IV.505/new", before=before)
    assert [entry["verdict"] for entry in matrix["mutants"]] == ["survived"], text
    assert code == 1
    assert "## Survivors" in (tmp_path / "mutants.md").read_text()


def test_a_mutant_with_which_no_camera_starts_is_not_taken_for_a_killed_one(tmp_path: Path) -> None:
    before = _WITH.format(change="lambda device: 1 / 0")
    code, text, matrix = _run(tmp_path, "--own", "--id", "IV.505/new", before=before)
    assert [(entry["verdict"], entry["trouble"]) for entry in matrix["mutants"]] == [
        ("undecided", "the camera does not start")
    ], text
    assert code == 3


def test_a_pattern_that_matches_no_mutant_is_a_wrong_usage(tmp_path: Path) -> None:
    code, text, matrix = _run(tmp_path, "--id", "III.999/*")
    assert code == 2
    assert "no mutant matches III.999/*" in text
    assert matrix == {}


def test_the_table_counts_by_clause_and_lists_survivors() -> None:
    def entry(identity: str, verdict: str, killers: list[str]) -> dict[str, Any]:
        clause = identity.partition("/")[0]
        return {
            "id": identity,
            "clause": clause,
            "text": "A | B.",
            "needs": "plain",
            "verdict": verdict,
            "killers": killers,
            "ran": 1,
            "trouble": "",
        }

    text = matrix_text(
        {
            "cases": 7,
            "unsound": [],
            "mutants": [
                entry("III.1/a", "own", ["III.1/x"]),
                entry("III.1/b", "other", ["III.2/x"]),
                entry("IV.600/c", "survived", []),
            ],
        }
    )
    assert "**2 of 3 mutants are killed (66.7 %), 1 of them (50.0 %) by a case of their own clause**; 7 cases." in text
    assert "| III.1 | 2 | 1 | 1 | 0 | 0 | 100.0 % |" in text
    assert "| IV (600-617) | 1 | 0 | 0 | 1 | 0 | 0.0 % |" in text
    assert "| `IV.600/c` | A \\| B. | plain |  |" in text
