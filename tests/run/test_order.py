"""The order of a run is said in one table: every suite is in it, and neither names nor pytest decide anything else."""

from __future__ import annotations

import random
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import conformance.suites
import hil.suites
from conformance.catalogue import Safety
from conformance.rules.case import Case
from conformance.suites import all_cases
from fixtures.run.order import FIRST, MODULES, in_order, phase

SUITES = Path(conformance.suites.__file__).parent
BENCH = Path(hil.suites.__file__).parent


def _item(case: Case[Any], path: Path) -> Any:
    """As much of pytest's item as has a place in the order."""
    return _Item(case, path)


class _Item:
    def __init__(self, case: Case[Any], path: Path) -> None:
        self.case, self.path = case, path
        self.callspec = SimpleNamespace(params={"case": case})


def _of(module: str, name: str, **facts: Any) -> Any:
    path = BENCH / f"{module}.py" if "/" not in module else SUITES / f"{module}.py"
    return _item(Case(name, name, **{"clause": "III.1", "safety": Safety.REVERSIBLE, **facts}), path)


def _ids(items: list[Any], **how: bool) -> list[str]:
    return [item.case.id for item in in_order(items, **how)]  # type: ignore[attr-defined]


@cache
def _modules(folder: Path) -> frozenset[str]:
    return frozenset(path.stem for path in folder.glob("test_*.py"))


@pytest.mark.parametrize("folder", sorted(MODULES))
def test_the_table_lists_every_module_of_a_folder_and_no_other(folder: str) -> None:
    path = BENCH if folder == "hil" else SUITES / folder
    assert len(MODULES[folder]) == len(set(MODULES[folder]))
    assert set(MODULES[folder]) == _modules(path)


def test_the_table_lists_every_folder_of_suites() -> None:
    folders = {path.name for path in SUITES.iterdir() if _modules(path)}
    assert set(MODULES) == folders | {"hil"}
    assert any(FIRST in modules for modules in MODULES.values())


def test_folders_come_as_in_the_document_and_modules_as_in_the_table() -> None:
    names = [f"{folder}/{module}" for folder, modules in MODULES.items() for module in modules]
    names = [name for name in names if not name.startswith("hil/") and not name.endswith(FIRST)]
    items = [_of(name, name) for name in sorted(names, reverse=True)]
    assert _ids(items) == names


def test_restorability_is_judged_before_all_else_of_its_phase() -> None:
    later, first = f"iv_ptz/{FIRST}", f"iii_configuration/{FIRST}"
    items = [
        _of("ii_description/test_envelope", "a"),
        _of(later, "b"),
        _of(first, "c"),
        _of(first, "d", safety=Safety.DISRUPTIVE),
    ]
    assert _ids(items) == ["c", "b", "a", "d"]


def test_a_lower_version_is_uploaded_before_a_higher_one() -> None:
    items = [_of("v_upload/test_upload", "higher"), _of("iv_system/test_upgraded", "lower")]
    assert _ids(items) == ["lower", "higher"]


def test_cases_of_one_module_keep_the_order_of_their_declaration() -> None:
    names = random.Random(0).sample([f"III.1/{number}" for number in range(50)], 50)
    assert _ids([_of("iii_configuration/test_values", name) for name in names]) == names


def test_a_file_of_a_user_comes_after_the_known_suites_of_its_phase(tmp_path: Path) -> None:
    own = [
        _item(Case(name, name, Safety.REVERSIBLE, clause="III.1"), tmp_path / "iii_linkage" / "a.py") for name in "zy"
    ]
    items = [*own, _of("a5_http/test_requests", "known"), _of("iv_ptz/test_kept", "late", safety=Safety.DISRUPTIVE)]
    assert _ids(items) == ["known", "z", "y", "late"]


def test_cases_that_share_a_preparation_are_neighbours() -> None:
    known = "iii_configuration/test_kept"
    items = [_of(known, "a", shares="x"), _of(known, "b"), _of("iii_configuration/test_lists", "c", shares="x")]
    assert _ids(items) == ["a", "c", "b"]


def test_those_that_share_a_preparation_are_of_one_phase() -> None:
    phases: dict[str, set[int]] = {}
    for case in all_cases():
        if case.shares:
            phases.setdefault(case.shares, set()).add(phase(case))
    assert phases
    assert all(len(found) == 1 for found in phases.values())


def test_the_given_order_is_kept_within_a_phase_where_that_is_asked_for() -> None:
    items = [
        _of("vi_push/test_causes", "a"),
        _of("ii_description/test_envelope", "b"),
        _of("p_profile/test_claims", "c", clause="P"),
    ]
    assert _ids(items, by_place=False) == ["c", "a", "b"]


def test_claims_are_probed_first_and_what_cannot_be_undone_is_done_last() -> None:
    phases = {case.id: phase(case) for case in all_cases()}
    assert {phases[case.id] for case in all_cases() if case.clause == "P"} == {0}
    destructive = [phases[case.id] for case in all_cases() if case.safety is Safety.DESTRUCTIVE]
    assert min(destructive) > max(phases[case.id] for case in all_cases() if case.safety is Safety.DISRUPTIVE)
