from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hil.metrology.stability import StabilityGate, TimedValue

GATE = StabilityGate(limit_s=0.05, closeness=0.2)


def readings(*, seconds: int = 900, every: int = 10, celsius: float = 50.0, swing: float = 0.02) -> list[TimedValue]:
    return [
        TimedValue(1000.0 + time, celsius + swing * (-1) ** number, stable=True)
        for number, time in enumerate(range(0, seconds + 1, every))
    ]


def test_a_quiet_source_at_its_set_point_is_stable() -> None:
    found = GATE.judge(readings(), 50)
    assert found.stable
    assert found.reasons == ()
    assert (found.count, found.covered_s) == (91, 900)
    assert found.s == pytest.approx(0.02, rel=0.02)
    assert found.mean == pytest.approx(50, abs=0.001)


def test_only_the_window_before_the_last_reading_counts() -> None:
    heating = [TimedValue(float(second), 20 + second / 40, stable=False) for second in range(0, 990, 10)]
    found = GATE.judge([*heating, *readings()], 50)
    assert found.stable
    assert found.count == 91


def test_the_instruments_own_doubt_closes_the_gate() -> None:
    series = readings()
    series[-1] = TimedValue(series[-1].time_s, 50, stable=False)
    assert GATE.judge(series, 50).reasons == ("the instrument does not report itself stable",)


def test_an_instrument_without_a_flag_is_judged_by_its_readings() -> None:
    assert GATE.judge([TimedValue(r.time_s, r.celsius) for r in readings()], 50).stable


def test_a_window_that_is_not_full_closes_the_gate() -> None:
    assert GATE.judge(readings(seconds=300), 50).reasons == ("the readings cover 300 s, the window is 900 s",)


def test_a_gap_in_the_readings_closes_the_gate() -> None:
    series = readings()
    assert GATE.judge(series[:40] + series[45:], 50).reasons == ("readings lie up to 60 s apart, 15 s are allowed",)


def test_a_restless_source_closes_the_gate() -> None:
    (reason,) = GATE.judge(readings(swing=0.1), 50).reasons
    assert reason.startswith("the standard deviation is 0.1")
    assert reason.endswith("0.05 K are allowed")


def test_a_slow_ramp_closes_the_gate_by_its_standard_deviation() -> None:
    series = [TimedValue(float(second), 49.9 + second / 4500) for second in range(0, 901, 10)]
    (reason,) = GATE.judge(series, 50).reasons
    assert "standard deviation" in reason


def test_a_source_that_settled_elsewhere_closes_the_gate() -> None:
    (reason,) = GATE.judge(readings(celsius=49.5), 50).reasons
    assert "from the set point 50 degC" in reason


def test_everything_that_is_wrong_is_said_at_once() -> None:
    found = GATE.judge([TimedValue(0, 20, stable=False)], 50)
    assert not found.stable
    assert len(found.reasons) == 3
    assert (found.mean, found.s) == (None, None)


@given(st.floats(0.001, 1), st.floats(0.001, 1), st.floats(48, 52))
def test_a_wider_gate_never_closes_what_a_narrow_one_lets_through(swing: float, limit: float, celsius: float) -> None:
    series = readings(swing=swing, celsius=celsius)
    if StabilityGate(limit, limit).judge(series, 50).stable:
        assert StabilityGate(2 * limit, 2 * limit).judge(series, 50).stable


def test_readings_that_are_no_numbers_or_out_of_order_are_refused() -> None:
    with pytest.raises(ValueError, match="reading must be a finite number"):
        TimedValue(0, math.nan)
    with pytest.raises(ValueError, match="no readings"):
        GATE.judge([], 50)
    with pytest.raises(ValueError, match="order of time"):
        GATE.judge([TimedValue(10, 50), TimedValue(10, 50)], 50)
    with pytest.raises(ValueError, match="set point"):
        GATE.judge(readings(), math.nan)


def test_gates_that_cannot_be_are_refused() -> None:
    with pytest.raises(ValueError, match="limit_s must be over 0"):
        StabilityGate(0, 0.2)
    with pytest.raises(ValueError, match="cannot fill a window"):
        StabilityGate(0.05, 0.2, window_s=10)
    with pytest.raises(ValueError, match="at least 2 readings"):
        StabilityGate(0.05, 0.2, least=1)
