"""The dialects themselves: each describes itself correctly, is found by its names, and can be put into a camera."""

from __future__ import annotations

import importlib
import os
import pkgutil
import random
import subprocess
import sys
from collections.abc import Iterator
from fnmatch import fnmatchcase
from functools import cache
from itertools import zip_longest
from pathlib import Path

import pytest

from conformance.catalogue import load
from conformance.rules.profile import Profile
from conformance.suites import all_cases
from fixtures.camera import dialects
from fixtures.camera.camera import SimulatedCamera
from fixtures.camera.dialects import DIALECTS, WITHOUT_DIALECT, Dialect, UnknownDialect, apply, chosen, listing
from fixtures.camera.dialects.order import LAID_IN_ORDER
from fixtures.profiles import load_profile
from fixtures.proof.dialect_runs import combinations
from fixtures.run.embedded import EmbeddedCamera

ROOT = Path(__file__).parent.parent.parent

_EACH = pytest.mark.parametrize("dialect", list(DIALECTS.values()), ids=list(DIALECTS))


@cache
def _identities() -> tuple[str, ...]:
    return tuple(case.id for case in all_cases())


@_EACH
def test_a_dialect_is_named_by_a_reading_and_says_in_one_sentence_what_the_camera_does(dialect: Dialect) -> None:
    assert dialect.reading in load().readings
    assert dialect.text.endswith(".")
    assert ". " not in dialect.text


@_EACH
def test_every_pattern_of_a_dialect_names_cases(dialect: Dialect) -> None:
    for pattern in dialect.cases:
        assert any(fnmatchcase(identity, pattern) for identity in _identities()), pattern


@_EACH
def test_what_a_dialect_claims_is_something_a_profile_can_say(dialect: Dialect) -> None:
    profile = load_profile(load(), "simulated", list(dialect.claims))
    assert isinstance(profile, Profile)


def test_every_reading_that_leaves_a_choice_is_a_dialect_or_says_why_not() -> None:
    switched = {dialect.reading for dialect in DIALECTS.values()}
    for reading in load().readings.values():
        if reading.open or reading.tolerated:
            assert (reading.id in switched) != (reading.id in WITHOUT_DIALECT), reading.id


def _modules() -> Iterator[tuple[str, list[Dialect]]]:
    """Each module of dialects, and what it declares."""
    for found in pkgutil.iter_modules(dialects.__path__):
        module = importlib.import_module(f"{dialects.__name__}.{found.name}")
        if hasattr(module, "CHOICES"):
            yield found.name, module.CHOICES.dialects


def test_a_module_of_dialects_is_named_after_the_suites_that_meet_its_choices() -> None:
    suites = [path.name for path in (ROOT / "conformance" / "suites").iterdir() if (path / "__init__.py").exists()]
    for name, declared in _modules():
        assert any(name.startswith(suite) for suite in suites), name
        head = name.partition("_")[0].upper()
        for dialect in declared:
            met = [identity for identity in _identities() if any(fnmatchcase(identity, each) for each in dialect.cases)]
            assert head in {identity.partition("/")[0].partition(".")[0] for identity in met}, dialect.id


def test_every_dialect_has_its_place_in_the_order_of_laying() -> None:
    assert sorted(LAID_IN_ORDER) == sorted(dialect.id for _, declared in _modules() for dialect in declared)
    assert set(LAID_IN_ORDER) == set(DIALECTS)


def test_every_dialect_can_be_put_into_a_camera() -> None:
    groups: dict[str, list[str]] = {}
    for dialect in DIALECTS.values():
        groups.setdefault(dialect.group, []).append(dialect.id)
    # As many as a camera can follow at once, until each has been one of them.
    for layer in zip_longest(*groups.values()):
        apply(SimulatedCamera(), [identity for identity in layer if identity is not None])


def test_any_combination_of_them_can_be_put_into_a_camera() -> None:
    for speech in combinations(DIALECTS.values(), 5, seed=5):
        apply(SimulatedCamera(), [dialect.id for dialect in speech])


def test_the_same_seed_combines_the_same_dialects() -> None:
    known = list(DIALECTS.values())
    first, again, other = (combinations(known, 3, seed) for seed in (1, 1, 2))
    assert first == again != other
    assert all(20 < len(speech) < len(known) for speech in first)


def test_a_reading_alone_names_its_first_choice() -> None:
    assert [dialect.id for dialect in chosen(["R47"])] == ["R47=record_time"]
    assert chosen(["R47=tolerated"]) == chosen(["R47"])


def test_the_order_in_which_dialects_are_asked_for_does_not_matter() -> None:
    names = [dialect.id for dialect in combinations(DIALECTS.values(), 1, seed=3)[0]]
    shuffled = random.Random(0).sample(names, len(names))
    assert chosen(shuffled) == chosen(names)


@pytest.mark.parametrize("name", ["R999", "R47=nothing", "", "47"])
def test_an_unknown_dialect_is_refused(name: str) -> None:
    with pytest.raises(UnknownDialect, match="no dialect is called"):
        apply(SimulatedCamera(), [name])


def test_choices_that_exclude_each_other_are_refused() -> None:
    with pytest.raises(UnknownDialect, match="cannot follow R01=missing and R01=empty at once"):
        chosen(["R01=missing", "R01=empty"])


def test_a_camera_with_an_unknown_dialect_does_not_start() -> None:
    words = [sys.executable, "-m", "fixtures.camera", "--dialect", "R999"]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL)
    assert done.returncode == 2
    assert "no dialect is called 'R999'" in done.stderr


def test_the_embedded_camera_takes_dialects() -> None:
    camera = EmbeddedCamera(seed=0, arguments=("--dialect", "R61", "--dialect", "R22=10008"))
    try:
        assert camera.ready["control_port"]
    finally:
        camera.stop()


def test_they_are_listed_one_a_line() -> None:
    words = [sys.executable, "-m", "thermoproof", "simulate", "--list-dialects"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(words, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0
    assert done.stdout.splitlines() == listing().splitlines()
    assert [line.split()[0] for line in done.stdout.splitlines()] == list(DIALECTS)


def test_the_page_of_dialects_names_every_one() -> None:
    page = (ROOT / "docs" / "reference" / "dialects.md").read_text(encoding="utf-8").splitlines()
    for dialect in DIALECTS.values():
        assert any(line.startswith(f"| `{dialect.id}` | {dialect.text} |") for line in page), dialect.id
    named = [line.split("`")[1] for line in page if line.startswith("| `R")]
    assert named == list(DIALECTS)
    for reading, why in WITHOUT_DIALECT.items():
        assert f"| {reading} | {why} |" in page
