"""A case that could not be judged never looks judged: each of these runs ends red and says why."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from conformance.dut.patience import Patience
from conformance.rules.verdict import Verdict

from .conftest import Outcome, environment

Call = Callable[..., Outcome]

_SUITE = """\
import asyncio
from conformance.rules.case import case
from conformance.client import ReplyTimeout

@case("II/own", "own", requirement="II/sequence", clause="II.2")
async def test_own(case, dut):
"""


def _own(tmp_path: Path, body: str) -> str:
    suite = tmp_path / "test_own.py"
    suite.write_text(_SUITE + body)
    return str(suite)


def test_a_suite_without_cases_is_red(thermoproof: Call, tmp_path: Path) -> None:
    (tmp_path / "test_none.py").write_text("x = 1\n")
    outcome = thermoproof("run", str(tmp_path / "test_none.py"))
    assert outcome.code == 2
    assert "there is no case in" in outcome.text
    assert "nothing was judged" in outcome.text


def test_a_suite_that_cannot_be_imported_is_red_even_alone(thermoproof: Call, tmp_path: Path) -> None:
    (tmp_path / "test_broken.py").write_text("import nothing_of_that_name\n")
    outcome = thermoproof("run", str(tmp_path / "test_broken.py"))
    assert outcome.code == 3
    assert "nothing_of_that_name" in outcome.text
    assert "Traceback" not in outcome.text


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "a mapping with profile, device, capabilities and parameters was expected"),
        ("profile: mine\n", "no answer for"),
        ("profile: mine\ncapabilities: {others: maybe}\n", "must be yes, no or probe"),
    ],
)
def test_an_empty_profile_is_red(thermoproof: Call, tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "mine.yaml").write_text(text)
    outcome = thermoproof("run", "--profile", "mine.yaml", "--select", "II/sequence/0")
    assert outcome.code == 2
    assert words in outcome.text


def test_a_keyword_that_matches_nothing_is_red(thermoproof: Call) -> None:
    outcome = thermoproof("run", "-k", "nothing_of_that_name")
    assert outcome.code == 3
    assert "nothing was judged" in outcome.text


def test_a_reader_that_has_died_is_our_own_error_and_nobody_waits_for_it(thermoproof: Call, tmp_path: Path) -> None:
    body = """\
    await dut.ask(500)
    dut.control._reader.cancel()
    await asyncio.sleep(0)
    await dut.ask(500)
"""
    outcome = thermoproof("run", _own(tmp_path, body))
    assert outcome.code == 3, outcome.text
    assert outcome.verdict("II/own") == "error"
    assert "the reader was cancelled" in outcome.text


def test_a_reader_that_breaks_down_is_our_own_error(thermoproof: Call, tmp_path: Path) -> None:
    body = """\
    def broken(*_):
        raise ZeroDivisionError("in the reader")
    dut.control.session.receive = broken
    await dut.ask(500)
"""
    outcome = thermoproof("run", _own(tmp_path, body))
    assert outcome.code == 3, outcome.text
    assert outcome.verdict("II/own") == "error"
    assert "in the reader" in outcome.text


def test_a_measurement_that_is_no_number_is_red(thermoproof: Call, tmp_path: Path) -> None:
    body = """\
    from hil.metrology.measurement import Measurement, ReportOnly
    await dut.ask(500)
    dut.judgement.measured(Measurement("error at 50 degC", float("nan"), "K", rule=ReportOnly()))
"""
    outcome = thermoproof("run", _own(tmp_path, body))
    assert outcome.code == 3, outcome.text
    assert outcome.verdict("II/own") == "error"
    assert "not a finite number" in outcome.text


def test_a_case_that_never_ends_is_given_up(thermoproof: Call, tmp_path: Path) -> None:
    body = """\
    await dut.ask(500)
    await asyncio.Event().wait()

import fixtures.run.carry_out
fixtures.run.carry_out.CASE_S = 0.2
"""
    outcome = thermoproof("run", _own(tmp_path, body))
    assert outcome.code == 3, outcome.text
    assert outcome.verdict("II/own") == "inconclusive"
    assert "did not come to its end" in outcome.text


def test_a_run_does_not_wait_for_a_camera_for_ever() -> None:
    patience = Patience(5.0)
    assert patience.after(Verdict.PASS, 1000.0, 0.0) == ""
    assert patience.after(Verdict.INCONCLUSIVE, 400.0, 150.0) == ""
    assert "more than the 300 s" in patience.after(Verdict.FAIL, 51.0, 0.0)


def _with_a_disk_of(size: int, tmp_path: Path, *arguments: str) -> Outcome:
    """A run whose files may not exceed `size` bytes each, as if the disk were nearly full."""
    program = (
        "import resource, signal, sys\n"
        "from thermoproof.cli import main\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({size}, {size}))\n"
        "raise SystemExit(main(sys.argv[1:]))\n"
    )
    words = [sys.executable, "-c", program, "run", "--out", str(tmp_path / "out"), *arguments]
    done = subprocess.run(
        words, cwd=tmp_path, env=environment(), capture_output=True, timeout=120, stdin=subprocess.DEVNULL
    )
    return Outcome(done.returncode, (done.stdout + done.stderr).decode(), tmp_path / "out")


@pytest.mark.skipif(sys.platform == "win32", reason="limits of a process are POSIX")
@pytest.mark.parametrize("size", [0, 3_000, 40_000])
def test_a_full_disk_is_red_and_says_why(tmp_path: Path, size: int) -> None:
    outcome = _with_a_disk_of(size, tmp_path, "--select", "III.1/set/*")
    assert outcome.code in (2, 3), outcome.text
    assert "cannot be written" in outcome.text
    assert "Traceback" not in outcome.text
