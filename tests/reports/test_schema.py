"""docs/reference/run.schema.json describes every key of the document that a run leaves, and allows no other."""

from __future__ import annotations

import copy
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker

from conformance.rules.verdict import Verdict
from hil.metrology import Decision
from reports.document import (
    DECISIONS,
    VERDICTS,
    BenchEntry,
    CameraEntry,
    CaseEntry,
    MeasurementEntry,
    OptionsEntry,
    ProfileEntry,
    RunDocument,
)

from .conftest import Document, Row

ROOT = Path(__file__).parent.parent.parent
SCHEMA: dict[str, Any] = json.loads((ROOT / "docs" / "reference" / "run.schema.json").read_text())
JUDGE = Draft202012Validator(SCHEMA, format_checker=FormatChecker())


def problems(run: Any) -> list[str]:
    return [f"{error.json_path}: {error.message}" for error in JUDGE.iter_errors(run)]


def undescribed(schema: dict[str, Any], value: Any, path: str = "$") -> Iterator[str]:
    """The keys of a document that the schema does not describe."""
    if "$ref" in schema:
        schema = SCHEMA["$defs"][schema["$ref"].rsplit("/", 1)[-1]]
    if isinstance(value, dict) and "properties" in schema:
        for key, below in value.items():
            if key not in schema["properties"]:
                yield f"{path}.{key}"
            else:
                yield from undescribed(schema["properties"][key], below, f"{path}.{key}")
    elif isinstance(value, list) and "items" in schema:
        for number, below in enumerate(value):
            yield from undescribed(schema["items"], below, f"{path}[{number}]")


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The document of a small run on the simulated camera."""
    folder = tmp_path_factory.mktemp("run")
    suite = str(ROOT / "conformance" / "suites" / "iv_system" / "test_questions.py")
    words = [sys.executable, "-m", "thermoproof", "run", suite, "--select", "IV.505/*", "--select", "IV.506/*"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [*words, "--out", str(folder)], cwd=folder, env=environment, capture_output=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stdout.decode()
    run: dict[str, Any] = json.loads((folder / "run.json").read_text())
    return run


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(SCHEMA)


def test_the_document_of_a_real_run_is_valid_and_described_whole(real: dict[str, Any]) -> None:
    assert real["cases"]
    assert problems(real) == []
    assert list(undescribed(SCHEMA, real)) == []


def test_a_document_with_every_verdict_is_valid_and_described_whole(document: Document, row: Row) -> None:
    finding = {"expected": "a", "observed": "b"}
    rows = [row(f"II/{each}", each) for each in ("pass", "inconclusive", "not_applicable", "error")]
    rows += [row("II/waived", "fail", waiver="W1", warnings=[finding])]
    rows += [row("II/minor", "fail", severity="minor", observations=[{"reading": "R01", "found": "null"}])]
    run = document(*rows, exit_code=3, notes=("one",))
    assert problems(run) == []
    assert list(undescribed(SCHEMA, run)) == []


def test_the_document_of_a_killed_run_is_valid(real: dict[str, Any]) -> None:
    killed = {**real, "ended": None, "complete": False, "exit_code": None}
    killed.pop("not_run")
    assert problems(killed) == []


def test_keys_of_a_later_version_are_no_fault(real: dict[str, Any]) -> None:
    assert problems({**real, "weather": {}}) == []


@pytest.mark.parametrize(
    ("where", "value"),
    [
        (("schema",), "thermoproof.run/2"),
        (("summary", "pass"), -1),
        (("summary", "warnings"), None),
        (("mode",), "fast"),
        (("exit_code",), 4),
        (("cases", 0, "verdict"), "passed"),
        (("cases", 0, "severity"), "major"),
        (("cases", 0, "waiver"), "W1"),
        (("cases", 0, "duration_s"), "1"),
        (("cases", 0, "observed"), ""),
        (("cases", 0, "measurements"), None),
        (("readings",), {"1": "x"}),
        (("profile", "capabilities"), {"ptz": True}),
    ],
)
def test_what_no_run_leaves_is_invalid(real: dict[str, Any], where: tuple[Any, ...], value: Any) -> None:
    run: Any = copy.deepcopy(real)
    *way, last = where
    owner = run
    for key in way:
        owner = owner[key]
    owner[last] = value
    assert problems(run)


def test_every_key_that_outside_tools_rely_on_is_required() -> None:
    assert set(SCHEMA["required"]) == {
        "schema", "tool", "camera", "profile", "mode", "summary", "readings", "cases",
    }  # fmt: skip
    assert set(SCHEMA["$defs"]["case"]["required"]) == {
        "id", "chapter", "clause", "requirement", "title", "verdict", "severity", "expected", "observed", "duration_s",
        "exchanges", "waiver", "measurements", "transcript",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("entry", "schema"),
    [
        (RunDocument, SCHEMA),
        (CaseEntry, SCHEMA["$defs"]["case"]),
        (MeasurementEntry, SCHEMA["$defs"]["measurement"]),
        (BenchEntry, SCHEMA["properties"]["bench"]),
        (CameraEntry, SCHEMA["properties"]["camera"]),
        (ProfileEntry, SCHEMA["properties"]["profile"]),
        (OptionsEntry, SCHEMA["properties"]["options"]),
    ],
)
def test_the_types_of_the_record_have_the_keys_of_the_schema(entry: type, schema: dict[str, Any]) -> None:
    assert set(entry.__annotations__) == set(schema["properties"])


def test_the_words_of_the_record_are_those_of_the_schema_and_of_the_judges() -> None:
    case, measurement = SCHEMA["$defs"]["case"]["properties"], SCHEMA["$defs"]["measurement"]["properties"]
    assert set(VERDICTS) == set(case["verdict"]["enum"]) == {each.value for each in Verdict}
    assert set(DECISIONS) == set(measurement["decision"]["enum"]) == {each.value for each in Decision}
