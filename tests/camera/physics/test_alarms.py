"""The alarms: pushes and linkage as camera time passes."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import pytest

from tests.camera.physics.conftest import rule

if TYPE_CHECKING:
    from tests.camera.physics.conftest import Bench

OFF = {"output": False, "flash": False, "sound": False}


def heat(bench: Bench, temperature: float) -> None:
    bench.scene.heat("plate", 90, 90, 70, 70, temperature, 0.95)


def quiet_linkage(bench: Bench, command: int, **values: Any) -> None:
    """Set `command` with every action off except those in `values`."""
    plain = {name: 0 for name in bench.settings.obeyed(command) if name.endswith("_flag") and name != "alarm_flag"}
    bench.set(command, **{**plain, **values})


def watched(bench: Bench, **changes: Any) -> None:
    quiet_linkage(bench, 22)
    bench.set(4, rule_list=[rule(**changes)])


def test_a_rule_alarms_once_per_crossing(bench: Bench) -> None:
    watched(bench, high_temp=60.0)
    bench.advance(5)
    assert bench.pushes == []
    heat(bench, 80)
    bench.advance(30)
    assert [number for number, _, _ in bench.pushes] == [1000, 1009]
    bench.scene.cool("plate")
    bench.advance(5)
    heat(bench, 80)
    bench.advance(5)
    assert len(bench.pushed(1000)) == 2


def test_an_alarm_waits_for_its_duration(bench: Bench) -> None:
    watched(bench, alarm_time=10)
    heat(bench, 80)
    bench.advance(9.5)
    assert bench.pushes == []
    bench.advance(1.5)
    assert len(bench.pushed(1000)) == 1


def test_the_push_tells_what_alarmed(bench: Bench) -> None:
    watched(bench)
    heat(bench, 80)
    bench.advance(1)
    (told,) = bench.pushed(1000)
    assert told["type"] == 1
    assert told["temp_flag"] == 1
    assert told["name"] == "furnace"
    assert told["high_temp"] >= told["avg_temp"] >= told["low_temp"] > 79
    assert told["time"] == "2026-03-02 08:00:10"
    assert told["config"] == {
        "type": 1,
        "condition": 1,
        "high_temp": 60.0,
        "low_temp": 5.0,
        "avg_temp": 50.0,
        "objtype": 3,
        "points": rule()["points"],
    }
    assert not any(name.startswith(("ir_", "vl_")) for name in told)
    (second,) = bench.pushed(1009)
    assert second["alarm_type"] == 1
    assert second["alarm_points"] == [
        {"temp_flag": 1, "x": 101, "y": 101, "w": 40, "h": 40, "temperature": told["high_temp"]}
    ]
    assert second["ir_image_url"] == second["vl_video_url"] == ""


def test_a_point_alarms_without_a_size(bench: Bench) -> None:
    watched(bench, type=1, points=[{"x": 120, "y": 121}])
    heat(bench, 80)
    bench.advance(1)
    (point,) = bench.pushed(1009)[0]["alarm_points"]
    assert (point["x"], point["y"], point["w"], point["h"]) == (120, 121, 0, 0)


@pytest.mark.parametrize(
    "silenced",
    [
        {22: {"alarm_flag": 0}},
        {22: {"effect_day": []}},
        {22: {"effect_day": [{"day": 2, "period": [{"start": "00:00:00", "end": "23:59:59"}]}]}},
        {2: {"flag": 0}},
        {4: {"rule_list": [rule(alarm_flag=0)]}},
        {18: {"rects": [{"x": 90, "y": 90, "w": 100, "h": 100}]}},
    ],
)
def test_switches_schedule_and_shield_keep_an_alarm_quiet(bench: Bench, silenced: dict[int, dict[str, Any]]) -> None:
    watched(bench)
    for command, values in silenced.items():
        bench.set(command, **values)
    heat(bench, 80)
    bench.advance(5)
    assert bench.pushes == []


def test_a_standing_alarm_is_told_when_its_hour_comes(bench: Bench) -> None:
    watched(bench)
    bench.set(22, effect_day=[{"day": 1, "period": [{"start": "08:01:00", "end": "09:00:00"}]}])
    heat(bench, 80)
    bench.advance(45)
    assert bench.pushes == []
    bench.advance(10)
    assert len(bench.pushed(1000)) == 1


def test_a_rule_set_anew_alarms_anew(bench: Bench) -> None:
    watched(bench)
    heat(bench, 80)
    bench.advance(1)
    bench.set(4, rule_list=[rule(high_temp=70.0)])
    bench.advance(1)
    assert len(bench.pushed(1000)) == 2


def test_an_alarm_stores_pictures_and_videos_and_tells_where(bench: Bench) -> None:
    watched(bench)
    bench.set(22, capture_flag=1, capture_stream=3, record_flag=1, record_stream=2, record_delay=15)
    heat(bench, 80)
    bench.advance(1)
    for body in (bench.pushed(1000)[0], bench.pushed(1009)[0]):
        for stream in ("ir", "vl"):
            content = base64.b64decode(body[f"{stream}_image_content"])
            assert bench.store.files[body[f"{stream}_image_url"]] == content
            assert content.startswith(b"\xff\xd8")
        assert body["ir_video_url"] == "/files/1-ir.h264"
    assert "vl_video_url" not in bench.pushed(1000)[0]
    assert bench.store.recordings == [("ir", 1, 15.0)]


def test_outputs_hold_for_their_time(bench: Bench) -> None:
    watched(bench)
    bench.set(22, output_flag=1, output_hold=20, light_flag=1, light_hold=10)
    bench.set(22, audio_flag=1, audio_playtype=2, audio_playvalue=5)
    assert bench.alarms.outputs() == OFF
    heat(bench, 80)
    bench.advance(0.5)
    assert bench.alarms.outputs() == {"output": True, "flash": True, "sound": True}
    bench.advance(5)
    assert bench.alarms.outputs() == {"output": True, "flash": True, "sound": False}
    bench.advance(5)
    assert bench.alarms.outputs() == {"output": True, "flash": False, "sound": False}
    bench.advance(10)
    assert bench.alarms.outputs() == OFF


def test_a_sound_may_be_counted_in_plays_and_may_be_muted(bench: Bench) -> None:
    watched(bench)
    bench.set(22, audio_flag=1, audio_playtype=1, audio_playvalue=3)
    heat(bench, 80)
    bench.advance(5)
    assert bench.alarms.outputs()["sound"]
    bench.advance(2)
    assert not bench.alarms.outputs()["sound"]
    bench.scene.cool("plate")
    bench.advance(1)
    bench.set(42, silent=1)
    heat(bench, 80)
    bench.advance(1)
    assert len(bench.pushed(1000)) == 2
    assert not bench.alarms.outputs()["sound"]


@pytest.mark.parametrize(
    ("message", "left"),
    [
        ({"type": 0}, {"output": True, "flash": True, "sound": False}),
        ({"type": 1}, {"output": False, "flash": False, "sound": True}),
        ({}, {"output": False, "flash": False, "sound": True}),
        ({"type": 2}, OFF),
    ],
)
def test_what_is_on_can_be_turned_off(bench: Bench, message: dict[str, Any], left: dict[str, bool]) -> None:
    watched(bench)
    bench.set(22, output_flag=1, light_flag=1, audio_flag=1, audio_playtype=2, audio_playvalue=60)
    heat(bench, 80)
    bench.advance(0.5)
    assert bench.ask(524, **message) is None
    assert bench.alarms.outputs() == left


def test_a_restart_switches_everything_off(bench: Bench) -> None:
    watched(bench)
    bench.set(22, output_flag=1)
    heat(bench, 80)
    bench.advance(0.5)
    bench.alarms.restarted()
    assert bench.alarms.outputs() == OFF


@pytest.mark.parametrize(
    ("flag", "temperature", "kind", "stored", "push_flag"), [("high", 70.0, 2, 3, 1), ("low", -5.0, 3, 2, 2)]
)
def test_the_hottest_and_the_coldest_spot_are_followed(
    bench: Bench, flag: str, temperature: float, kind: int, stored: int, push_flag: int
) -> None:
    quiet_linkage(bench, 20, high_temp=60, low_temp=0, trace_flag=1, **{f"{flag}_flag": 1})
    bench.set(20, record_flag=1, record_stream=1, record_delay=12)
    bench.advance(2)
    assert bench.pushes == []
    bench.scene.heat("spot", 301, 201, 4, 4, temperature, 0.95)
    bench.advance(5)
    assert [number for number, _, _ in bench.pushes] == [1000]
    told = bench.pushes[0][1]
    assert (told["type"], told["temp_flag"], told["config"]["objtype"]) == (kind, push_flag, 0)
    (point,) = told["config"]["points"]
    assert 301 <= point["x"] <= 304
    assert 201 <= point["y"] <= 204
    assert bench.store.recordings == [("vl", stored, 12.0)]
    bench.scene.cool("spot")
    bench.advance(1)
    bench.scene.heat("spot", 301, 201, 4, 4, temperature, 0.95)
    bench.advance(1)
    assert len(bench.pushes) == 2


def test_tracking_switched_off_is_quiet(bench: Bench) -> None:
    quiet_linkage(bench, 20, high_flag=1, trace_flag=0)
    heat(bench, 200)
    bench.advance(2)
    assert bench.pushes == []


@pytest.mark.parametrize(("normally_closed", "alarming"), [(0, True), (1, False)])
def test_the_external_input_alarms_on_its_unusual_state(bench: Bench, normally_closed: int, alarming: bool) -> None:
    bench.causes.alarm_input = not alarming
    quiet_linkage(bench, 48, type=normally_closed, flag=1)
    bench.advance(1)
    assert bench.pushes == []
    for _ in range(2):
        bench.causes.alarm_input = alarming
        bench.advance(3)
        bench.causes.alarm_input = not alarming
        bench.advance(1)
    assert bench.pushes == [
        (1010, {"time": "2026-03-02 08:00:11"}, None),
        (1010, {"time": "2026-03-02 08:00:15"}, None),
    ]


def test_the_external_input_links_flash_and_pictures(bench: Bench) -> None:
    bench.set(48, alarm_out_flag=1, alarm_out_delay=20, capture_flag=1, capture_stream=2, record_flag=0)
    bench.causes.alarm_input = True
    bench.advance(1)
    assert bench.alarms.outputs()["flash"]
    assert set(bench.pushed(1010)[0]) == {"time", "ir_image_url", "ir_image_content"}
    bench.advance(20)
    assert not bench.alarms.outputs()["flash"]


def burning(bench: Bench, mode: int) -> None:
    area = {"area_name": "boiler", "top_left_x": 91, "top_left_y": 91, "bo_right_x": 200, "bo_right_y": 200}
    quiet_linkage(bench, 52, flag=1, fire_temp=120.0, detect_mode=mode, area1={**area, "sensitivity": 50})


@pytest.mark.parametrize(
    ("mode", "hot", "flame", "alarm"),
    [
        (0, True, False, False),
        (0, False, True, False),
        (0, True, True, True),
        (1, True, False, True),
        (1, False, True, True),
        (1, False, False, False),
    ],
)
def test_fire_is_heat_and_flame_or_either(bench: Bench, mode: int, hot: bool, flame: bool, alarm: bool) -> None:
    burning(bench, mode)
    bench.causes.flame = flame
    heat(bench, 200.0 if hot else 30.0)
    bench.advance(3)
    assert len(bench.pushed(1011)) == int(alarm)
    if alarm:
        told = bench.pushed(1011)[0]
        assert told["name"] == "boiler"
        assert told["high_temp"] >= told["avg_temp"] >= told["low_temp"]


def test_fire_beside_the_areas_is_none(bench: Bench) -> None:
    burning(bench, 1)
    bench.scene.heat("far", 300, 300, 50, 50, 300.0)
    bench.advance(1)
    assert bench.pushes == []


def test_without_a_valid_area_there_is_no_fire(bench: Bench) -> None:
    quiet_linkage(bench, 52, flag=1, detect_mode=1)
    heat(bench, 500)
    bench.causes.flame = True
    bench.advance(1)
    assert bench.pushes == []


@pytest.mark.parametrize(
    ("condition", "value", "push", "body"),
    [
        ("memory_full", True, 1002, {"total": 1024, "free": 10, "limit": 64}),
        ("storage_failure", True, 1003, {}),
        ("stream_failure", 2, 1004, {"type": 2}),
        ("network_failure", True, 1008, {"type": 2, "ip": "192.168.1.1"}),
        ("ip_conflict", True, 1008, {"type": 1, "ip": "192.168.1.168"}),
    ],
)
def test_each_exception_is_told_once_per_occurrence(
    bench: Bench, condition: str, value: Any, push: int, body: dict[str, Any]
) -> None:
    for _ in range(2):
        setattr(bench.causes, condition, value)
        bench.advance(2)
        setattr(bench.causes, condition, type(value)())
        bench.advance(1)
    assert bench.pushes == [(push, body, None)] * 2


@pytest.mark.parametrize("flag", [0, 1])
def test_the_flag_of_an_exception_switches_its_linkage(bench: Bench, flag: int) -> None:
    entries = [{**entry, "flag": flag, "output_flag": 1} for entry in bench.settings.obeyed(26)["store"]]
    bench.set(26, store=entries)
    bench.causes.storage_failure = True
    bench.advance(1)
    assert len(bench.pushed(1003)) == 1
    assert bench.alarms.outputs()["output"] is bool(flag)


def test_illegal_access_links_what_command_thirty_says(bench: Bench) -> None:
    bench.alarms.illegal_access()
    assert bench.alarms.outputs() == OFF
    bench.set(30, flag=1, light_flag=1)
    bench.alarms.illegal_access()
    assert bench.alarms.outputs() == {**OFF, "flash": True}


@pytest.mark.parametrize(("command", "condition"), [(56, "lens_covered"), (58, "window_dirty")])
def test_a_covered_or_dirty_lens_links_without_a_push(bench: Bench, command: int, condition: str) -> None:
    quiet_linkage(bench, command, flag=1, output_flag=1)
    setattr(bench.causes, condition, True)
    bench.advance(1)
    assert bench.alarms.outputs()["output"]
    assert bench.pushes == []


def test_without_room_on_the_card_the_alarm_is_told_without_pictures(bench: Bench) -> None:
    watched(bench)
    bench.set(22, capture_flag=1, record_flag=1)
    bench.store.add_picture = lambda stream, kind, jpeg: ""  # type: ignore[method-assign]
    bench.store.record = lambda stream, kind, seconds: ""  # type: ignore[method-assign]
    heat(bench, 80)
    bench.advance(1)
    assert not any(name.startswith(("ir_", "vl_")) for name in bench.pushed(1000)[0])
