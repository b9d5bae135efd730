"""benchmarks/compare_verdicts.py: two records agree in ids and verdicts, or it says in what they differ."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from types import ModuleType

import pytest

from .conftest import Document, Row

_PATH = Path(__file__).parent.parent.parent / "benchmarks" / "compare_verdicts.py"


@pytest.fixture(scope="module")
def compare() -> ModuleType:
    spec = importlib.util.spec_from_file_location("compare_verdicts", _PATH)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _record(folder: Path, document: Document, row: Row, **verdicts: str) -> str:
    folder.mkdir()
    rows = [row(name.replace("_", "/"), verdict) for name, verdict in verdicts.items()]
    (folder / "run.json").write_text(json.dumps(document(*rows)))
    return str(folder)


def _printed(compare: ModuleType, capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    code = int(compare.main(arguments))
    return code, capsys.readouterr().out


def test_runs_with_the_same_verdicts_agree_in_any_order(
    compare: ModuleType, tmp_path: Path, document: Document, row: Row, capsys: pytest.CaptureFixture[str]
) -> None:
    one = _record(tmp_path / "one", document, row, II_a="pass", II_b="fail", IV_c="pass")
    other = _record(tmp_path / "other", document, row, IV_c="pass", II_a="pass", II_b="fail")
    assert _printed(compare, capsys, one, other) == (0, "the same 3 cases with the same verdicts\n")
    assert _printed(compare, capsys, one, one, "--order")[0] == 0
    assert _printed(compare, capsys, one, other, "--order") == (1, "moved: 1\n  IV: 1 cases\n")


def test_every_kind_of_difference_is_listed(
    compare: ModuleType, tmp_path: Path, document: Document, row: Row, capsys: pytest.CaptureFixture[str]
) -> None:
    one = _record(tmp_path / "one", document, row, II_a="pass", II_b="fail", II_c="pass")
    other = _record(tmp_path / "other", document, row, II_a="error", II_c="pass", II_d="pass")
    code, text = _printed(compare, capsys, one, other)
    assert code == 1
    assert text.splitlines() == [
        "missing: 1",
        "  II/b: fail",
        "new: 1",
        "  II/d: pass",
        "changed: 1",
        "  II/a: pass, now error",
    ]


def test_what_is_not_a_record_is_a_wrong_usage(compare: ModuleType, tmp_path: Path) -> None:
    assert compare.main([str(tmp_path), str(tmp_path)]) == 2
