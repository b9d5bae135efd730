"""The rooms of the house: imports go down only, and the camera never sees a check."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
_ROOMS = ("thermoproof", "conformance", "fixtures", "hil", "reports")
_RULES = [
    f"conformance.{name}"
    for name in "verdict checks case profile safety waivers journal restore writing_back matrix".split()
]
_PURE = ["conformance.client.codec", "conformance.client.errors"]
# What each part may import of ours; the longest matching part rules.
_ALLOWED: dict[str, list[str]] = {
    "conformance": ["conformance.catalogue", "conformance.client", *_RULES],
    "conformance.catalogue": ["conformance.catalogue"],
    "conformance.client": ["conformance.catalogue", "conformance.client"],
    "conformance.suites": ["conformance", "fixtures.device"],
    "fixtures": [
        "conformance",
        "fixtures",
        "hil.bench",
        "hil.instruments",
        "hil.metrology",
        "hil.twin",
        "reports",
        "thermoproof",
    ],
    "fixtures.camera": [
        "conformance.catalogue",
        "conformance.client.codec",
        "conformance.client.errors",
        "fixtures.camera",
    ],
    "fixtures.camera.hostile": ["fixtures.camera", "fixtures.embedded"],
    "fixtures.transcripts": ["conformance", "fixtures.transcripts"],
    "reports": ["reports"],
    "hil": ["hil"],
    "hil.instruments": ["hil.instruments"],
    "hil.emulators": ["hil.emulators", "hil.instruments.codecs"],
    "hil.metrology": ["hil.metrology"],
    "hil.bench": ["hil.bench", "hil.instruments", "hil.metrology", "conformance.catalogue"],
    "hil.procedures": [
        "conformance",
        "fixtures.device",
        "hil.bench",
        "hil.instruments",
        "hil.metrology",
        "hil.procedures",
    ],
    "hil.twin": ["hil.bench", "hil.emulators", "hil.instruments", "hil.metrology", "hil.twin"],
    "hil.suites": ["conformance", "fixtures.device", "hil.bench", "hil.procedures", "hil.suites"],
    "thermoproof": [*_ROOMS],
}


def _modules() -> Iterator[tuple[str, Path]]:
    for room in _ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
            yield name.removesuffix(".__init__"), path


def _imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module is not None and node.level == 0:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _within(name: str, part: str) -> bool:
    return name == part or name.startswith(f"{part}.")


@pytest.mark.parametrize(("module", "path"), list(_modules()), ids=[name for name, _ in _modules()])
def test_a_module_imports_only_what_its_room_may_touch(module: str, path: Path) -> None:
    part = max((part for part in _ALLOWED if _within(module, part)), key=len)
    ours = [name for name in _imports(path) if name.split(".")[0] in _ROOMS]
    wrong = [name for name in ours if not any(_within(name, allowed) for allowed in _ALLOWED[part])]
    assert not wrong, f"{module} must not import {wrong}"


def test_only_the_posix_parts_import_what_only_posix_has() -> None:
    posix = {"pty", "termios", "fcntl", "tty", "pwd", "grp", "resource"}
    wrong = []
    for module, path in _modules():
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in tree.body:
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            wrong += [f"{module}: {name}" for name in names if name in posix]
    assert not wrong
