"""The suites on the simulated bench: what a run states can be checked, and nothing stays changed."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import pytest

from hil.metrology import Budget

from .conftest import Outcome

POINT = "HIL/error/range-0/rising-3/*"


def test_an_error_is_stated_by_every_path_with_a_budget_and_raw_data(measure: Callable[..., Outcome]) -> None:
    done = measure("--select", POINT)
    assert done.code == 0, done.text
    stated = done.measurements
    assert {name.rsplit(" ", 1)[-1] for name in stated if name.startswith("error")} == {"520", "521", "530", "1007"}
    assert sum(name.startswith("difference") for name in stated) == 3
    files = {hashlib.sha256(path.read_bytes()).hexdigest() for path in (done.folder / "raw").iterdir()}
    for name, each in stated.items():
        assert each["raw_sha256"] in files, name
        assert each["limits"] is not None, name
        assert each["decision"] == "pass", name
        budget = Budget.from_dict(each["budget"])
        assert pytest.approx(each["U"]) == budget.U
        assert budget.k == pytest.approx(each["k"])
        lines = {component.name for component in budget.components}
        assert {"noise", "resolution"} <= lines, name
        if name.startswith("error"):
            assert {"low: calibration", "low: drift", "low: uniformity", "low: stability"} <= lines
            assert {"reflected temperature", "humidity of the air", "repeat of the correction"} <= lines


def test_a_path_that_the_profile_denies_is_not_applicable_and_the_others_are_measured(
    measure: Callable[..., Outcome],
) -> None:
    done = measure("--select", POINT, "--set", "matrix=no", "--set", "report=no")
    assert done.code == 0, done.text
    verdicts = {identity.rsplit("/", 1)[-1]: row["verdict"] for identity, row in done.cases.items()}
    assert verdicts == {"521": "pass", "520": "pass", "530": "not_applicable", "1007": "not_applicable"}


def test_what_bench_or_camera_do_not_have_is_not_applicable(measure: Callable[..., Outcome]) -> None:
    done = measure("--select", "HIL/ranges/range-[02]/*", "--select", "HIL/error/range-2/rising-1/520")
    assert done.code == 0, done.text
    assert done.cases["HIL/ranges/range-0/above"]["verdict"] == "pass"
    for identity in ("HIL/ranges/range-0/below", "HIL/ranges/range-2/above", "HIL/error/range-2/rising-1/520"):
        assert done.cases[identity]["verdict"] == "not_applicable", identity


def test_what_sixteen_bits_cannot_hold_is_observed_and_not_an_error_of_the_camera(
    measure: Callable[..., Outcome],
) -> None:
    done = measure("--select", "HIL/ranges/matrix-limit")
    assert done.code == 0, done.text
    (row,) = done.cases.values()
    assert not row["measurements"]
    assert any(each["reading"] == "R77" and "not representable" in each["found"] for each in row["observations"])


def test_an_alarm_trips_at_its_threshold_by_push_and_by_relay(measure: Callable[..., Outcome]) -> None:
    done = measure("--select", "HIL/alarm/trip/average/above", "--select", "HIL/alarm/input/*")
    assert done.code == 0, done.text
    stated = {name.partition(": ")[2]: each for name, each in done.measurements.items()}
    for name in ("trip less threshold, by the push", "trip less threshold, by the relay"):
        # The simulated camera is right: what it trips off by is noise and the way between two samples.
        assert abs(stated[name]["value"]) < 0.4
        assert stated[name]["decision"] == "pass"
    # Its hysteresis is 0.2 K.
    assert abs(stated["hysteresis"]["value"] - 0.2) <= stated["hysteresis"]["U"]


def test_a_wrong_camera_is_found_out(measure: Callable[..., Outcome]) -> None:
    done = measure("--select", "HIL/error/range-1/rising-5/520", "--truth", "4")
    (stated,) = done.measurements.values()
    # The truth of seed 4 is in no bench file: whoever put it there can look it up.
    from hil.bench.file import load_bench
    from hil.twin import SIM, Truth

    truth = Truth.draw(4, load_bench(SIM)).camera.at(500.0, 0.3)
    assert abs(stated["value"] - truth) <= 1.5 * stated["U"]
