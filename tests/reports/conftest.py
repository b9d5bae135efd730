from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from reports.record import assemble

Row = Callable[..., dict[str, Any]]
Document = Callable[..., dict[str, Any]]

_TRANSCRIPT = """\
   +0.000000 > control text 20 bytes
    | {"cmdtype":1}
   +0.001000 < control text 30 bytes
    | {"retcode":10008}
"""


@pytest.fixture
def row() -> Row:
    """A function that makes the row of a case."""

    def make(id: str = "III.1/set/emiss/above-max", verdict: str = "pass", **facts: Any) -> dict[str, Any]:
        return {
            "id": id,
            "chapter": "III Configuration",
            "clause": "III.1",
            "requirement": "III.1/range",
            "demand": "An emissivity above 1 is refused.",
            "title": "emiss above its maximum",
            "verdict": verdict,
            "severity": "major" if verdict == "fail" else None,
            "expected": "refused with 10002 (R22)",
            "observed": "retcode 10008 ('failed')",
            "duration_s": 0.012,
            "exchanges": 1,
            "waiver": None,
            "measurements": [],
            "warnings": [],
            "observations": [],
            "repeat": f"thermoproof run --camera sim --select '{id}'",
            "transcript": _TRANSCRIPT,
            **facts,
        }

    return make


@pytest.fixture
def opening() -> dict[str, Any]:
    """The content of the first event of a run."""
    return {
        "tool": {"name": "thermoproof", "version": "0.1.0", "python": "3.11.7", "platform": "Linux"},
        "mode": "nightly",
        "options": {
            "allow": "destructive",
            "select": [],
            "seed": 0,
            "strict": False,
            "camera": "sim",
            "waivers": None,
        },
        "camera": {"simulated": True, "host": "127.0.0.1"},
        "profile": {
            "name": "simulated",
            "device": {"model": "simulated camera"},
            "capabilities": {"ptz": "yes"},
            "parameters": {"admin_password": "(set)"},
            "sha256": "0" * 64,
        },
    }


@pytest.fixture
def document(opening: dict[str, Any]) -> Document:
    """A function that makes the document of a run with the given cases."""

    def make(*rows: dict[str, Any], exit_code: int = 0, notes: tuple[str, ...] = ()) -> dict[str, Any]:
        stamp = "2026-07-01T12:00:00.000+00:00"
        events: list[dict[str, Any]] = [{"event": "run", "at": stamp, **opening}]
        events += [{"event": "case", "at": stamp, "case": each} for each in rows]
        events += [{"event": "note", "at": stamp, "text": each} for each in notes]
        events += [{"event": "end", "at": stamp, "complete": True, "exit_code": exit_code, "not_run": {}}]
        return assemble(events)

    return make
