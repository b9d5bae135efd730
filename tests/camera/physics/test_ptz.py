"""The PTZ: commands 600 to 617."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fixtures.camera.ptz.motion import Cruise, Head, LineScan, Travel

if TYPE_CHECKING:
    from tests.camera.physics.conftest import Bench

START, STOP = 0, 1
AT_REST = {"ptz_movement": 0, "ptz_move_type": 0, "ptz_move_index": 0}


def preset(index: int, name: str = "gate") -> dict[str, Any]:
    return {"index": index, "name": name, "param": 0}


def group(index: int, *stops: int, duration: int | None = None) -> dict[str, Any]:
    presets = [preset(stop) if duration is None else {**preset(stop), "duration": duration} for stop in stops]
    return {"cruise_index": index, "cruise_name": f"round {index}", "cruise_param": 0, "presets": presets}


def drive(bench: Bench, command: int, action: int = START, speed: int = 50) -> None:
    assert bench.refusal(600, ptz_command=command, ptz_action=action, ptz_param1=speed, ptz_param2=0, ptz_param3=0) == 0


def scan(index: int = 1, left: int = 1, right: int = 1) -> dict[str, Any]:
    return {
        "linescan_index": index,
        "linescan_speed": 20,
        "linescan_left_enable": left,
        "linescan_left_duration": 2,
        "linescan_right_enable": right,
        "linescan_right_duration": 3,
    }


def moving(kind: int, index: int) -> dict[str, int]:
    return {"ptz_movement": 1, "ptz_move_type": kind, "ptz_move_index": index}


def two_presets(bench: Bench) -> None:
    bench.ask(602, presets=[preset(1)])
    drive(bench, 15)
    bench.advance(1)
    drive(bench, 15, STOP)
    bench.ask(602, presets=[preset(2)])


@pytest.mark.parametrize("command", range(1, 36))
def test_every_printed_command_is_carried_out(bench: Bench, command: int) -> None:
    drive(bench, command)
    bench.advance(1)
    drive(bench, command, STOP)
    assert bench.ask(617) == AT_REST


def test_driving_moves_until_it_is_stopped(bench: Bench) -> None:
    drive(bench, 34, speed=50)
    bench.advance(2)
    assert bench.ptz.head.pose == pytest.approx((60, -60, 3))
    drive(bench, 34, STOP)
    bench.advance(2)
    assert bench.ptz.head.pose == pytest.approx((60, -60, 3))


def test_presets_are_added_changed_listed_and_deleted(bench: Bench) -> None:
    bench.ask(602, presets=[preset(255, "last"), preset(1)])
    assert bench.ask(601) == {"presets": [preset(1), preset(255, "last")]}
    bench.ask(604, presets=[preset(1, "door")])
    assert bench.ask(601)["presets"][0]["name"] == "door"
    bench.ask(603, presets=[{"index": 255}])
    assert bench.ask(601) == {"presets": [preset(1, "door")]}


def test_the_head_goes_back_to_a_preset_in_camera_time(bench: Bench) -> None:
    two_presets(bench)
    there = bench.ptz.head.pose
    bench.ask(605, index=1)
    assert bench.ask(617) == AT_REST
    assert bench.ptz.head.pose == there
    bench.advance(3)
    assert bench.ptz.head.pose == pytest.approx((0, 0, 1))


@pytest.mark.parametrize(
    ("command", "message"),
    [
        (603, {"presets": [{"index": 9}]}),
        (604, {"presets": [preset(9)]}),
        (605, {"index": 9}),
        (607, {"cruise_groups": [group(1, 9)]}),
        (608, {"cruise_groups": [{"cruise_index": 3}]}),
        (609, {"cruise_groups": [group(3)]}),
        (610, {"cruise_index": 3, "cruise_action": START}),
        (613, {"linescan_index": 2, "linescan_action": START}),
        (616, {"trace_index": 2, "trace_action": START}),
    ],
)
def test_what_does_not_exist_is_refused(bench: Bench, command: int, message: dict[str, Any]) -> None:
    assert bench.refusal(command, **message) == 10008


def test_a_refused_deletion_deletes_nothing(bench: Bench) -> None:
    bench.ask(602, presets=[preset(1)])
    assert bench.refusal(603, presets=[{"index": 1}, {"index": 2}]) == 10008
    assert len(bench.ask(601)["presets"]) == 1


@pytest.mark.parametrize(
    ("command", "message"),
    [
        (602, {"presets": [preset(256)]}),
        (607, {"cruise_groups": [group(9)]}),
        (612, scan(6)),
        (613, {"linescan_index": 6, "linescan_action": START}),
        (615, {"trace_index": 6, "trace_record_action": START}),
    ],
)
def test_indexes_beyond_the_limits_are_refused(bench: Bench, command: int, message: dict[str, Any]) -> None:
    assert bench.refusal(command, **message) == 10002


def test_cruise_groups_are_added_changed_cleared_and_deleted(bench: Bench) -> None:
    bench.ask(602, presets=[preset(1), preset(2)])
    bench.ask(607, cruise_groups=[group(2, 1, 2), group(1, 2, duration=30)])
    first, second = bench.ask(606)["cruise_groups"]
    assert (first["cruise_index"], second["cruise_index"]) == (1, 2)
    assert [stop["duration"] for stop in second["presets"]] == [10, 10]
    assert first["presets"] == [{**preset(2), "duration": 30}]
    bench.ask(609, cruise_groups=[group(2)])
    assert bench.ask(606)["cruise_groups"][1]["presets"] == []
    bench.ask(607, cruise_groups=[group(2, 1)])
    assert len(bench.ask(606)["cruise_groups"][1]["presets"]) == 1
    bench.ask(608, cruise_groups=[{"cruise_index": 1}, {"cruise_index": 2}])
    assert bench.ask(606) == {"cruise_groups": []}


def test_a_cruise_visits_its_stops_in_turn(bench: Bench) -> None:
    two_presets(bench)
    far = bench.ptz.head.pan
    bench.ask(607, cruise_groups=[group(1, 1, 2, duration=5)])
    bench.ask(610, cruise_index=1, cruise_action=START)
    assert bench.ask(617) == moving(1, 1)
    bench.advance(3)
    assert bench.ptz.head.pan == pytest.approx(0)
    bench.advance(5)
    assert bench.ptz.head.pan == pytest.approx(far)
    bench.advance(5)
    assert bench.ptz.head.pan == pytest.approx(0)
    bench.ask(610, cruise_index=1, cruise_action=STOP)
    assert bench.ask(617) == AT_REST


def test_a_group_without_stops_does_not_cruise(bench: Bench) -> None:
    bench.ask(607, cruise_groups=[group(1)])
    assert bench.refusal(610, cruise_index=1, cruise_action=START) == 10008


def test_there_are_five_line_scans_which_need_both_bounds(bench: Bench) -> None:
    assert [entry["linescan_index"] for entry in bench.ask(611)["linescan_groups"]] == [1, 2, 3, 4, 5]
    bench.ask(612, **scan(4, right=0))
    assert bench.refusal(613, linescan_index=4, linescan_action=START) == 10008
    bench.ask(612, **scan(4))
    assert bench.ask(611)["linescan_groups"][3] == {**scan(4), "linescan_name": ""}
    bench.ask(613, linescan_index=4, linescan_action=START)
    assert bench.ask(617) == moving(2, 4)
    bench.advance(10)
    assert bench.ask(617) == moving(2, 4)
    bench.ask(612, **scan(4, left=0))
    assert bench.ask(617) == AT_REST


def test_a_trace_runs_only_once_it_has_been_recorded(bench: Bench) -> None:
    assert [entry["trace_enable"] for entry in bench.ask(614)["trace_groups"]] == [0] * 5
    bench.ask(615, trace_index=2, trace_record_action=START)
    drive(bench, 15)
    bench.advance(2)
    drive(bench, 15, STOP)
    assert bench.refusal(615, trace_index=3, trace_record_action=START) == 10008
    assert bench.refusal(616, trace_index=2, trace_action=START) == 10008
    bench.ask(615, trace_index=2, trace_record_action=STOP)
    assert [entry["trace_enable"] for entry in bench.ask(614)["trace_groups"]] == [0, 1, 0, 0, 0]
    bench.ask(616, trace_index=2, trace_action=START)
    bench.advance(1)
    assert bench.ask(617) == moving(3, 2)
    assert 0 < bench.ptz.head.pan < 60
    bench.ask(616, trace_index=2, trace_action=STOP)
    assert bench.ask(617) == AT_REST


def test_one_movement_ends_another(bench: Bench) -> None:
    two_presets(bench)
    bench.ask(607, cruise_groups=[group(1, 1, 2)])
    bench.ask(612, **scan(1))
    bench.ask(610, cruise_index=1, cruise_action=START)
    bench.ask(613, linescan_index=1, linescan_action=START)
    assert bench.ask(617) == moving(2, 1)
    bench.ask(605, index=1)
    assert bench.ask(617) == AT_REST


def test_stopping_what_does_not_run_changes_nothing(bench: Bench) -> None:
    two_presets(bench)
    bench.ask(607, cruise_groups=[group(1, 1, 2), group(2, 1)])
    bench.ask(610, cruise_index=1, cruise_action=START)
    bench.ask(610, cruise_index=2, cruise_action=STOP)
    bench.ask(613, linescan_index=1, linescan_action=STOP)
    bench.ask(616, trace_index=1, trace_action=STOP)
    bench.ask(615, trace_index=1, trace_record_action=STOP)
    assert bench.ask(617) == moving(1, 1)


def test_a_restart_keeps_everything_but_the_movement(bench: Bench) -> None:
    two_presets(bench)
    bench.ask(607, cruise_groups=[group(1, 1, 2)])
    bench.ask(612, **scan(3))
    bench.ask(615, trace_index=2, trace_record_action=START)
    bench.ask(615, trace_index=2, trace_record_action=STOP)
    bench.ask(610, cruise_index=1, cruise_action=START)
    before = [bench.ask(query) for query in (601, 606, 611, 614)]
    kept = bench.ptz.save()
    bench.ptz.restarted()
    assert bench.ask(617) == AT_REST
    bench.ptz.reset()
    assert bench.ask(601) == {"presets": []}
    bench.ptz.load(kept)
    assert [bench.ask(query) for query in (601, 606, 611, 614)] == before
    bench.ask(605, index=1)
    bench.advance(5)
    assert bench.ptz.head.pose == pytest.approx((0, 0, 1))


poses = st.tuples(st.floats(0, 359), st.floats(-90, 90), st.floats(1, 30))


@given(goal=poses, steps=st.lists(st.floats(0.01, 0.5), min_size=1, max_size=40))
def test_a_journey_ends_at_its_goal_however_time_is_cut(goal: tuple[float, float, float], steps: list[float]) -> None:
    head, journey = Head(10, 5, 2), Travel(goal)
    for step in steps:
        journey.advance(head, step)
    journey.advance(head, 60)
    assert head.pose == pytest.approx(goal)
    assert not journey.advance(head, 1)


@given(seconds=st.floats(0, 1000))
def test_movements_stay_within_their_bounds(seconds: float) -> None:
    head = Head()
    LineScan(1, 0, 0, 1, 10, (0, 0)).advance(head, seconds)
    assert min(head.pan, 360 - head.pan) <= 45 + 1e-6
    Cruise(1, [((20, 10, 2), 1), ((30, -10, 3), 1)]).advance(head, seconds)
    assert -90 <= head.tilt <= 90
