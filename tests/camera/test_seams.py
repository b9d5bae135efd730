"""The seams where a defect may be put are listed, exist, and are the only way into the camera."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from fixtures.camera import dialects, mutants
from fixtures.camera.seams import SEAMS

_FOLDERS = [Path(package.__file__ or "").parent for package in (mutants, dialects)]
_FILES = [path for folder in _FOLDERS for path in sorted(folder.rglob("*.py"))]
_REPLACING = {"replace_method", "instead"}
_LISTED = {name for members in SEAMS.values() for name in members}


def _nodes() -> Iterator[tuple[Path, ast.AST]]:
    for path in _FILES:
        yield from ((path, node) for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))))


def _is_private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__")


def test_no_mutant_and_no_dialect_reaches_for_a_private_member_of_another() -> None:
    found = [
        f"{path.name}:{node.lineno} {ast.unparse(node)}"
        for path, node in _nodes()
        if isinstance(node, ast.Attribute)
        and _is_private(node.attr)
        and not (isinstance(node.value, ast.Name) and node.value.id in ("self", "cls"))
    ]
    assert found == []


def test_no_mutant_and_no_dialect_imports_a_private_name_of_the_camera() -> None:
    found = [
        f"{path.name}:{node.lineno} {node.module}.{alias.name}"
        for path, node in _nodes()
        if isinstance(node, ast.ImportFrom)
        and (node.module or "").startswith("fixtures.camera.")
        and not (node.module or "").startswith(("fixtures.camera.mutants", "fixtures.camera.dialects"))
        for alias in node.names
        if _is_private(alias.name)
    ]
    assert found == []


def test_every_method_that_is_replaced_by_its_name_is_a_listed_seam() -> None:
    replaced = {
        node.args[1].value
        for _, node in _nodes()
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in _REPLACING
        and len(node.args) > 1
        and isinstance(node.args[1], ast.Constant)
    }
    assert replaced
    assert replaced - _LISTED == set()


@pytest.mark.parametrize(
    ("owner", "name"),
    [
        pytest.param(owner, name, id=f"{owner.__name__.rpartition('.')[2]}-{name}")
        for owner, members in SEAMS.items()
        for name in members
    ],
)
def test_every_listed_seam_exists(owner: type | ModuleType, name: str) -> None:
    assert hasattr(owner, name) or re.search(rf"\bself\.{name}(:[^=]+)? = ", inspect.getsource(owner))
