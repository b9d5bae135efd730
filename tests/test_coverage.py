"""docs/coverage.md agrees with the catalogue and the suites, and every part of the catalogue is judged or excluded."""

from __future__ import annotations

import fnmatch
import re
from pathlib import Path

from conformance import suites
from conformance.catalogue import load
from conformance.coverage import coverage_text, excluded_fields, field_cases, judged_codes, request_fields, stream_cases
from conformance.rules.case import declared_in
from hil import suites as bench_suites

COVERAGE = Path(__file__).parent.parent / "docs" / "coverage.md"
FOLDERS = ("conformance/suites", ".")
DECLARED = [*declared_in(suites), *declared_in(bench_suites)]
CASES = [case for _, case in DECLARED]


def test_the_committed_coverage_is_the_one_of_these_suites() -> None:
    said = "write it again: thermoproof coverage --out docs/coverage.md"
    assert COVERAGE.read_text(encoding="utf-8") == coverage_text(load(), DECLARED).rstrip("\n") + "\n", said


def test_every_field_of_a_request_is_touched_by_a_boundary_case_or_excluded_with_a_reason() -> None:
    silent = [
        f"{command.cmdtype}:{path}"
        for command in load().commands.values()
        for path, count in field_cases(command, CASES).items()
        if not count and path not in excluded_fields(load(), command)
    ]
    assert not silent


def test_every_exclusion_names_a_field_that_exists() -> None:
    known = [
        f"{command.cmdtype}:{field.path}" for command in load().commands.values() for field in request_fields(command)
    ]
    wrong = [each for row in load().exclusions for each in row.fields if not fnmatch.filter(known, each)]
    assert not wrong


def test_every_return_code_is_provoked_or_accepted_in_the_place_of_another() -> None:
    tolerated = {code for row in load().readings.values() if row.codes for code in row.codes.tolerated}
    provoked = {code for code, rows in judged_codes(load(), CASES).items() if rows}
    documented = {code for code, row in load().return_codes.items() if row.documented and code}
    assert not documented - provoked - tolerated


def test_every_push_and_every_upload_and_every_stream_has_cases() -> None:
    clauses = {case.clause for case in CASES}
    subjects = [*load().pushes.values(), *load().uploads.values()]
    assert not [each.clause for each in subjects if each.clause not in clauses]
    assert all(stream_cases(CASES).values())


def test_every_judged_requirement_names_a_module_that_exists() -> None:
    root = Path(__file__).parent.parent
    rows = [line.split(" | ") for line in coverage_text(load(), DECLARED).splitlines() if line.startswith("| `")]
    places = {place for row in rows if len(row) == 6 for place in re.findall("`([^`]+)`", row[4])}
    assert len(places) > 20
    assert not [place for place in places if not any((root / top / f"{place}.py").exists() for top in FOLDERS)]
