"""The two laws of the house: the head of a case id is its folder, and arrows go down a staircase.

`tests/house.py` has a row per room. The modules of a room may import each other, but not in a circle.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from conformance import suites
from conformance.rules.case import declared_in

from .house import ALLOWED, DESCRIBED_ONLY, TOP, VERSION

ROOT = Path(__file__).parent.parent


def _modules() -> Iterator[tuple[str, Path]]:
    for top in TOP:
        for path in sorted((ROOT / top).rglob("*.py")):
            name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
            yield name.removesuffix(".__init__"), path


_PATHS = dict(_modules())
_FOLDERS = {name for name, path in _PATHS.items() if path.name == "__init__.py"}


def _room(module: str) -> str:
    """The folder that a module lies in; a module directly in a top folder is a room of its own."""
    folder = module if module in _FOLDERS else module.rpartition(".")[0]
    return module if folder in TOP else folder


def _imports(path: Path) -> Iterator[str]:
    """The modules of ours that a file imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module is not None and node.level == 0:
            full = {alias.name: f"{node.module}.{alias.name}" for alias in node.names}
            names = [each if each in _PATHS else node.module for each in full.values()]
        yield from (name for name in names if name.split(".")[0] in TOP)


def test_every_room_has_a_row_and_every_row_a_room() -> None:
    rooms = {_room(module) for module in _PATHS} - DESCRIBED_ONLY
    assert rooms == set(ALLOWED)


def test_no_row_names_a_whole_top_folder() -> None:
    named = {room for room, allowed in ALLOWED.items() for name in allowed if name in TOP and name != "thermoproof"}
    assert not named
    assert not set(ALLOWED) & set(TOP)


@pytest.mark.parametrize("module", _PATHS)
def test_a_module_imports_only_what_its_room_may_touch(module: str) -> None:
    room = _room(module)
    allowed = {room, VERSION, *ALLOWED.get(room, ())}
    wrong = [name for name in _imports(_PATHS[module]) if not {name, _room(name)} & allowed]
    assert not wrong, f"{module} must not import {wrong}"


def test_no_module_imports_itself_in_a_circle() -> None:
    arrows = {module: {name for name in _imports(path) if name != module} for module, path in _PATHS.items()}
    try:
        TopologicalSorter(arrows).prepare()
    except CycleError as error:
        pytest.fail(f"a circle of imports: {' -> '.join(error.args[1])}")


def test_the_head_of_a_case_id_is_its_folder() -> None:
    misplaced = [
        (module, case.id)
        for module, case in declared_in(suites)
        if not module.split(".")[-2].startswith(f"{case.id.split('/')[0].split('.')[0].lower()}_")
    ]
    assert not misplaced


def test_a_suite_folder_holds_cases_only() -> None:
    strangers = [
        module
        for module in _PATHS
        if module.startswith("conformance.suites.")
        and module not in _FOLDERS
        and not module.rpartition(".")[2].startswith("test_")
    ]
    assert not strangers


def test_no_suite_imports_a_suite() -> None:
    wrong = [
        (module, name)
        for module, path in _PATHS.items()
        if module.startswith("conformance.suites.")
        for name in _imports(path)
        if name.startswith("conformance.suites")
    ]
    assert not wrong


def test_only_the_posix_parts_import_what_only_posix_has() -> None:
    posix = {"pty", "termios", "fcntl", "tty", "pwd", "grp", "resource"}
    wrong = []
    for module, path in _PATHS.items():
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in tree.body:
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            wrong += [f"{module}: {name}" for name in names if name in posix]
    assert not wrong
