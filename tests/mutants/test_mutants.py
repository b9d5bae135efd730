"""The mutants themselves: each describes itself correctly and can be put into a camera."""

from __future__ import annotations

import importlib
import pkgutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from conformance.catalogue import load
from fixtures.camera import mutants
from fixtures.camera.camera import SimulatedCamera
from fixtures.camera.mutants import MUTANTS, NEEDS, REPRESENTATIVE, Mutant, UnknownMutant, apply

ROOT = Path(__file__).parent.parent.parent


def test_there_are_at_least_300_mutants() -> None:
    assert len(MUTANTS) >= 300


@pytest.mark.parametrize("mutant", list(MUTANTS.values()), ids=list(MUTANTS))
def test_a_mutant_says_in_one_sentence_what_is_wrong_with_which_clause(mutant: Mutant) -> None:
    clauses = {requirement.clause for requirement in load().requirements.values()}
    assert mutant.clause in clauses
    assert mutant.id.startswith(f"{mutant.clause}/")
    assert mutant.text.endswith(".")
    assert ". " not in mutant.text
    assert mutant.needs in NEEDS


def test_every_chapter_has_mutants_in_some_proportion_to_what_it_demands() -> None:
    def chapters(clauses: list[str]) -> Counter[str]:
        return Counter(clause.split(".")[0] for clause in clauses)

    demands = chapters([requirement.clause for requirement in load().requirements.values()])
    declared = chapters([mutant.clause for mutant in MUTANTS.values()])
    # Neither is a chapter of the document: what a profile claims, and what a bench measures.
    for other in ("P", "HIL"):
        del demands[other]
    for chapter, count in demands.items():
        assert declared[chapter] >= 0.5 * len(MUTANTS) * count / demands.total(), chapter


def _modules() -> Iterator[tuple[str, list[Mutant]]]:
    """Each module of mutants, as `folder.module`, and what it declares."""
    for folder in pkgutil.iter_modules(mutants.__path__):
        if folder.ispkg:
            package = importlib.import_module(f"{mutants.__name__}.{folder.name}")
            for found in pkgutil.iter_modules(package.__path__):
                module = importlib.import_module(f"{package.__name__}.{found.name}")
                if hasattr(module, "DEFECTS"):
                    yield f"{folder.name}.{found.name}", module.DEFECTS.mutants


def test_a_mutant_lies_in_a_folder_of_the_head_of_its_clause() -> None:
    for name, declared in _modules():
        head = name.partition("_")[0].upper()
        assert {mutant.clause.partition(".")[0] for mutant in declared} == {head}, name


def test_the_folders_of_mutants_are_those_of_the_suites() -> None:
    suites = {path.name for path in (ROOT / "conformance" / "suites").iterdir() if (path / "__init__.py").exists()}
    # A profile is the user's own, and no defect of a camera.
    assert {name.partition(".")[0] for name, _ in _modules()} == suites - {"p_profile"}


def test_every_module_of_mutants_is_registered_once() -> None:
    assert sorted(MUTANTS) == sorted(mutant.id for _, declared in _modules() for mutant in declared)


def test_every_mutant_can_be_put_into_a_camera() -> None:
    device = SimulatedCamera()
    for identity in MUTANTS:
        apply(device, identity)


def test_an_unknown_mutant_is_refused() -> None:
    with pytest.raises(UnknownMutant, match=r"III\.1/nothing"):
        apply(SimulatedCamera(), "III.1/nothing")


def test_a_camera_with_an_unknown_mutant_does_not_start() -> None:
    words = [sys.executable, "-m", "fixtures.camera", "--mutant", "III.1/nothing"]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL)
    assert done.returncode == 2
    assert "no mutant is called 'III.1/nothing'" in done.stderr


def test_the_representative_ones_are_spread_over_needs_and_chapters() -> None:
    assert len(REPRESENTATIVE) == len(set(REPRESENTATIVE)) == 60
    chosen = [MUTANTS[identity] for identity in REPRESENTATIVE]
    assert {mutant.needs for mutant in chosen} == set(NEEDS)
    assert {mutant.clause.split(".")[0] for mutant in chosen} == {"II", "III", "IV", "V", "VI", "A2", "A5"}
    assert len({mutant.clause for mutant in chosen}) >= 40
