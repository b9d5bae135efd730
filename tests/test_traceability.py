"""Every case judges a requirement of the catalogue, and every requirement is judged or says why not."""

from __future__ import annotations

import fnmatch
import re

import conformance.suites
from conformance.catalogue import load
from conformance.rules.case import declared_in
from conformance.steps.folders import FOLDERS
from conformance.suites import all_cases
from hil.suites import all_cases as all_cases_of_the_bench

CASES = [*all_cases(), *all_cases_of_the_bench()]


def test_no_two_cases_have_the_same_id() -> None:
    ids = [case.id for case in CASES]
    assert len(ids) == len(set(ids)), sorted({name for name in ids if ids.count(name) > 1})


def test_every_case_judges_a_requirement_that_exists() -> None:
    known = load().requirements
    assert not sorted({case.requirement for case in CASES if case.requirement not in known})


def test_every_requirement_is_judged_by_a_case_or_says_why_not() -> None:
    judged = {case.requirement for case in CASES}
    silent = [row.id for row in load().requirements.values() if row.excluded is None and row.id not in judged]
    assert not silent


def test_every_demand_is_a_sentence_with_its_keyword() -> None:
    """The demand is printed with a failure: `must` for a MUST, `should` for a SHOULD."""
    rows = load().requirements.values()
    assert not [row.id for row in rows if not re.search(rf"\b{row.keyword.lower()}\b.*\.$", row.text)]


def test_every_case_that_a_requirement_names_exists() -> None:
    ids = [case.id for case in CASES]
    wrong = [
        (row.id, pattern)
        for row in load().requirements.values()
        for pattern in row.cases
        if not fnmatch.filter(ids, pattern) and not pattern.endswith("missing")
    ]
    assert not wrong


def test_every_capability_and_parameter_a_case_needs_is_in_the_catalogue() -> None:
    catalogue = load()
    assert not {name for case in CASES for name in case.capabilities} - set(catalogue.capabilities)
    words = {word for case in CASES for parameter in case.parameters for word in parameter.split("|")}
    assert not {word.partition(".")[0] for word in words} - set(catalogue.parameters)


def test_every_command_is_exercised_by_a_case() -> None:
    heads = {case.clause for case in CASES}
    missing = [command.clause for command in load().commands.values() if command.clause not in heads]
    assert not missing


def test_every_case_of_a_command_of_chapter_iv_is_in_the_folder_of_the_command() -> None:
    wrong = [
        (module, case.id)
        for module, case in declared_in(conformance.suites)
        if case.id.startswith("IV.") and FOLDERS[int(case.clause.removeprefix("IV."))] != module.split(".")[2]
    ]
    assert not wrong
