"""The document is the map: the head of an id or a clause is the head of the file that holds the row."""

from __future__ import annotations

import re
import shutil
from importlib import resources
from pathlib import Path

import pytest

from conformance.catalogue import load_directory
from conformance.catalogue.strict_yaml import load_yaml

DATA = Path(str(resources.files("conformance.catalogue") / "data"))
HEADS = {"P", "II", "III", "IV", "V", "VI", "A1", "A2", "A5", "HIL"}
ABOUT_THE_WHOLE = {"capabilities", "exclusions", "groups", "parameters", "readings"}
FILES = sorted(DATA.glob("*.yaml"))
REQUIREMENTS = [path for path in FILES if path.stem.endswith("requirements")]


def head_of(name: str) -> str:
    """`III` of `III.21/linkage`, of `III.21` and of `iii-requirements`."""
    return re.split(r"[./-]", name)[0].upper()


def test_every_file_is_named_by_a_head_of_the_document_or_is_about_the_whole() -> None:
    assert not [path.name for path in FILES if path.stem not in ABOUT_THE_WHOLE and head_of(path.stem) not in HEADS]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_sections_and_rules_between_fields_are_in_the_file_of_their_head(path: Path) -> None:
    document = load_yaml(path.read_text(encoding="utf-8"), path.name)
    rows = [row for key in ("commands", "pushes", "uploads", "constraints") for row in document.get(key, ())]
    assert not [row["clause"] for row in rows if head_of(row["clause"]) != head_of(path.stem)]


def test_requirements_are_in_files_of_requirements_alone() -> None:
    holders = [path for path in FILES if "requirements" in load_yaml(path.read_text(encoding="utf-8"), path.name)]
    assert holders == REQUIREMENTS


@pytest.mark.parametrize("path", REQUIREMENTS, ids=lambda path: path.stem)
def test_every_requirement_row_is_in_the_file_of_its_head(path: Path, tmp_path: Path) -> None:
    for each in FILES:
        if each == path or each not in REQUIREMENTS:
            shutil.copy(each, tmp_path)
    ids = list(load_directory(tmp_path).requirements)
    assert ids
    assert not [name for name in ids if head_of(name) != head_of(path.stem)], "a row of another head"
