"""The two laws of the house: the head of a case id is its folder, and arrows go down a staircase.

A room is a folder with modules of ours. Each has one row below, which names the rooms that it may import from; its own
modules may import each other, but not in a circle. An import for the sake of a type is an arrow like any other.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from conformance import suites
from conformance.rules.case import declared_in

ROOT = Path(__file__).parent.parent
_TOP = ("thermoproof", "conformance", "fixtures", "hil", "reports")

# Inside conformance each room may use what stands before it.
_CATALOGUE = ["conformance.catalogue"]
_SPEAKING = [*_CATALOGUE, "conformance.client"]
_RULES = [*_CATALOGUE, "conformance.rules"]
_JUDGING = [*_SPEAKING, "conformance.rules", "conformance.checks"]
_RESTORING = [*_JUDGING, "conformance.restoration"]
_DUT = [*_RESTORING, "conformance.dut"]
_STEPS = [*_DUT, "conformance.steps"]
_SUITE = _STEPS

_INSTRUMENTS = ["hil.instruments", "hil.instruments.codecs"]
_BENCH = [*_INSTRUMENTS, "hil.metrology", "hil.bench"]
_REPORTS = ["reports.record", "reports.render"]

# The rooms of the simulated camera share its core; the camera itself puts them together.
_CAMERA_PARTS = [
    f"fixtures.camera.{name}" for name in ("alarms", "physics", "picture", "ptz", "settings", "storage", "wire")
]
_CAMERA = ["conformance.catalogue", "conformance.client.codec", "conformance.client.errors", "fixtures.camera"]
_CAMERA_CHANGED = [*_CAMERA, *_CAMERA_PARTS]

_ALLOWED: dict[str, list[str]] = {
    "conformance.catalogue": [],
    "conformance.catalogue.export": _CATALOGUE,
    "conformance.client": _CATALOGUE,
    "conformance.rules": _CATALOGUE,
    "conformance.checks": [*_SPEAKING, "conformance.rules"],
    "conformance.restoration": _JUDGING,
    "conformance.dut": _RESTORING,
    "conformance.steps": _DUT,
    "conformance.suites": _RULES,
    "conformance.suites.p_profile": _SUITE,
    "conformance.suites.ii_description": _SUITE,
    "conformance.suites.iii_configuration": _SUITE,
    "conformance.suites.iii_linkage": _SUITE,
    "conformance.suites.iv_accounts": _SUITE,
    "conformance.suites.iv_system": _SUITE,
    "conformance.suites.iv_storage": _SUITE,
    "conformance.suites.iv_imaging": _SUITE,
    "conformance.suites.iv_ptz": _SUITE,
    "conformance.suites.v_upload": _SUITE,
    "conformance.suites.vi_push": _SUITE,
    "conformance.suites.a2_video": _SUITE,
    "conformance.suites.a5_http": _SUITE,
    "conformance.coverage": _RULES,
    "hil.instruments": _INSTRUMENTS,
    "hil.instruments.codecs": _INSTRUMENTS,
    "hil.emulators": ["hil.instruments.codecs"],
    "hil.metrology": [],
    "hil.bench": [*_INSTRUMENTS, "hil.metrology", "conformance.catalogue"],
    "hil.twin": [*_BENCH, "hil.emulators"],
    "hil.procedures": [*_STEPS, *_BENCH],
    "hil.suites": [*_CATALOGUE, "conformance.rules", "conformance.dut", "hil.bench", "hil.procedures"],
    "reports.record": [],
    "reports.render": ["reports.record"],
    "fixtures.camera": [*_CAMERA, *_CAMERA_PARTS, "fixtures.camera.mutants", "fixtures.camera.dialects"],
    **{part: [*_CAMERA, *_CAMERA_PARTS] for part in _CAMERA_PARTS},
    "fixtures.camera.mutants": _CAMERA_CHANGED,
    "fixtures.camera.dialects": [*_CAMERA_CHANGED, "fixtures.camera.mutants"],
    "fixtures.hostile": ["fixtures.run"],
    "fixtures.transcripts": _CATALOGUE,
    "fixtures.run": [*_DUT, *_BENCH, "hil.twin", *_REPORTS],
    "fixtures.plugin": [*_DUT, *_BENCH, *_REPORTS, "fixtures.run"],
    "fixtures.proof": [
        *_RULES,
        *_REPORTS,
        "conformance.suites",
        "fixtures.camera",
        "fixtures.camera.mutants",
        "fixtures.camera.dialects",
        "fixtures.run",
    ],
    "thermoproof.cli": ["thermoproof", "thermoproof.commands"],
    "thermoproof.__main__": ["thermoproof.cli"],
    "thermoproof.commands": [
        *_DUT,
        *_REPORTS,
        "conformance.catalogue.export",
        "conformance.coverage",
        "conformance.suites",
        "fixtures.camera",
        "fixtures.camera.dialects",
        "fixtures.camera.mutants",
        "fixtures.proof",
        "fixtures.run",
        "hil.bench",
        "hil.suites",
        "thermoproof",
    ],
}
"""A row per room: what it may import of ours beside its own modules."""

_DESCRIBED_ONLY = {*_TOP}
"""Top folders hold no code of their own but a docstring, and in `thermoproof` its version."""


def _modules() -> Iterator[tuple[str, Path]]:
    for top in _TOP:
        for path in sorted((ROOT / top).rglob("*.py")):
            name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
            yield name.removesuffix(".__init__"), path


_PATHS = dict(_modules())
_FOLDERS = {name for name, path in _PATHS.items() if path.name == "__init__.py"}


def _room(module: str) -> str:
    """The folder that a module lies in; a module directly in a top folder is a room of its own."""
    folder = module if module in _FOLDERS else module.rpartition(".")[0]
    return module if folder in _TOP else folder


def _imports(path: Path) -> Iterator[str]:
    """The modules of ours that a file imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module is not None and node.level == 0:
            full = {alias.name: f"{node.module}.{alias.name}" for alias in node.names}
            names = [each if each in _PATHS else node.module for each in full.values()]
        yield from (name for name in names if name.split(".")[0] in _TOP)


def test_every_room_has_a_row_and_every_row_a_room() -> None:
    rooms = {_room(module) for module in _PATHS} - _DESCRIBED_ONLY
    assert rooms == set(_ALLOWED)


def test_no_row_names_a_whole_top_folder() -> None:
    named = {room for room, allowed in _ALLOWED.items() for name in allowed if name in _TOP and name != "thermoproof"}
    assert not named
    assert not set(_ALLOWED) & set(_TOP)


@pytest.mark.parametrize("module", _PATHS)
def test_a_module_imports_only_what_its_room_may_touch(module: str) -> None:
    room = _room(module)
    if room in _DESCRIBED_ONLY:
        assert not list(_imports(_PATHS[module])), f"{module} describes a folder: no code belongs there"
        return
    allowed = {room, *_ALLOWED[room]}
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
