"""A device on which a second login of an account ends the first, and a profile without a second account."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from .conftest import Outcome, simulated


def test_a_case_that_ends_the_runs_own_session_is_no_verdict_about_the_device(
    tmp_path: Path, thermoproof: Callable[..., Outcome]
) -> None:
    with simulated(tmp_path, "--dialect", "R12") as camera:
        arguments = ("run", *camera.in_real_time, "--profile", "simulated", "--set", "second_user=")
        outcome = thermoproof(*arguments, "--select", "II/utf8/*", "--select", "IV.502/others", "--select", "A5/set")
    assert outcome.code == 0, outcome.text
    run = outcome.run
    reasons = {row["observed"] for row in run["cases"] if row["verdict"] == "not_applicable"}
    assert any("R12" in reason for reason in reasons), reasons
    assert run["summary"]["pass"] > 0
