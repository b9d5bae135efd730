"""The temperature history and the real-time report: commands 515 to 517, push 1007."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Any

import pytest

from tests.camera.physics.conftest import rule

if TYPE_CHECKING:
    from tests.camera.physics.conftest import Bench


def query(bench: Bench, **changes: Any) -> dict[str, Any]:
    message = {
        "query_start_time": "2026-03-02 08:00:00",
        "query_end_time": "2026-03-02 08:09:00",
        "query_interval": 1,
        "query_type": 31,
        "query_temp_type": 1,
        "report": 0,
        "page_index": 1,
        "page_count": 100,
    }
    reply: dict[str, Any] = bench.ask(515, **{**message, **changes})
    return reply


def test_one_sample_a_minute_is_remembered_and_gaps_are_null(bench: Bench) -> None:
    bench.scene.heat("plate", 90, 90, 70, 70, 80.0, 0.95)
    bench.set(4, rule_list=[rule()])
    bench.advance(180)
    reply = query(bench)
    (entry,) = reply["measure_list"]
    assert (entry["measure_type"], entry["measure_id"], entry["measurer_name"]) == (3, 1, "furnace")
    assert reply["total"] == 10
    values = entry["temperature"]
    assert len(values) == 10
    assert values[:4] == [pytest.approx(80, abs=0.5)] * 4
    assert values[4:] == [None] * 6
    assert (reply["start_time"], reply["end_time"]) == ("2026-03-02 08:00:00", "2026-03-02 08:09:00")


def test_the_kinds_of_temperature_are_in_order(bench: Bench) -> None:
    bench.set(4, rule_list=[rule()])
    bench.advance(5)
    highest, lowest, average = (
        query(bench, query_temp_type=kind)["measure_list"][0]["temperature"][0] for kind in (1, 2, 3)
    )
    assert highest >= average >= lowest


def test_a_longer_interval_takes_several_samples_together(bench: Bench) -> None:
    bench.set(4, rule_list=[rule()])
    bench.advance(100)
    bench.scene.heat("plate", 90, 90, 70, 70, 80.0, 0.95)
    bench.advance(200)
    reply = query(bench, query_interval=5)
    highest = reply["measure_list"][0]["temperature"]
    lowest = query(bench, query_interval=5, query_temp_type=2)["measure_list"][0]["temperature"]
    assert reply["total"] == 2
    assert highest[0] == pytest.approx(80, abs=0.5)
    assert lowest[0] < 50


@pytest.mark.parametrize(("bit", "shape"), [(1, 1), (2, 2), (4, 5), (8, 3), (16, 4)])
def test_the_bits_of_the_query_choose_shapes(bench: Bench, bit: int, shape: int) -> None:
    corners = rule()["points"]
    numbers = {1: 1, 2: 2, 3: 4, 4: 4, 5: 4}
    bench.set(4, rule_list=[rule(id=kind, type=kind, points=corners[:count]) for kind, count in numbers.items()])
    bench.advance(1)
    assert [entry["measure_type"] for entry in query(bench, query_type=bit)["measure_list"]] == [shape]


def test_pages_cut_the_steps(bench: Bench) -> None:
    bench.set(4, rule_list=[rule()])
    bench.advance(1)
    second = query(bench, page_index=2, page_count=4)
    assert second["total"] == 10
    assert len(second["measure_list"][0]["temperature"]) == 4
    assert (second["start_time"], second["end_time"]) == ("2026-03-02 08:04:00", "2026-03-02 08:07:00")
    assert len(query(bench, page_index=3, page_count=4)["measure_list"][0]["temperature"]) == 2
    assert query(bench, page_index=9, page_count=4)["measure_list"][0]["temperature"] == []


def test_an_inverted_range_holds_nothing(bench: Bench) -> None:
    bench.set(4, rule_list=[rule()])
    reply = query(bench, query_start_time="2026-03-02 09:00:00")
    assert reply["total"] == 0
    assert reply["measure_list"][0]["temperature"] == []


def test_the_longest_range_is_answered(bench: Bench) -> None:
    bench.set(4, rule_list=[rule()])
    bench.advance(1)
    reply = query(bench, query_start_time="0001-01-01 00:00:00", query_end_time="9999-12-31 23:59:59", report=1)
    assert reply["total"] > 5_000_000_000
    assert len(bench.store.files[reply["report_path"]].splitlines()) == 2


@pytest.mark.parametrize("changes", [{"query_interval": 0}, {"page_index": 0}, {"page_count": 0}])
def test_zero_is_refused_where_counting_starts_at_one(bench: Bench, changes: dict[str, int]) -> None:
    with pytest.raises(Exception, match="10002"):
        query(bench, **changes)


def test_a_report_is_a_csv_behind_a_url(bench: Bench) -> None:
    bench.set(4, rule_list=[rule(), rule(id=2, rule_name="door, left")])
    bench.advance(130)
    reply = query(bench, report=1)
    rows = list(csv.reader(bench.store.files[reply["report_path"]].decode().splitlines()))
    assert rows[0] == ["time", "furnace", "door, left"]
    assert [row[0] for row in rows[1:]] == [f"2026-03-02 08:0{minute}:00" for minute in range(3)]
    assert float(rows[1][1]) == query(bench)["measure_list"][0]["temperature"][0]
    assert "report_path" not in query(bench)


def test_a_deleted_object_keeps_its_history(bench: Bench) -> None:
    bench.set(4, rule_list=[rule()])
    bench.advance(1)
    bench.set(4, rule_list=[])
    assert [entry["measurer_name"] for entry in query(bench)["measure_list"]] == ["furnace"]


def test_a_subscriber_is_told_every_period(bench: Bench) -> None:
    bench.set(4, rule_list=[rule()])
    session, other = bench.sessions.login(), bench.sessions.login("root")
    assert bench.ask(516, session=session, push_report=1) == {"interval": 1}
    bench.ask(516, session=other, push_report=0)
    bench.advance(59)
    assert bench.pushes == []
    bench.advance(122)
    assert [(number, to) for number, _, to in bench.pushes] == [(1007, session)] * 3
    body = bench.pushes[0][1]
    assert body["interval"] == 60
    assert set(body["obj_list"][0]) == {
        "measure_type", "measure_id", "measurer_name", "max_temp", "min_temp", "avg_temp",
    }  # fmt: skip


def test_the_period_is_set_in_minutes_and_told_in_seconds(bench: Bench) -> None:
    session = bench.sessions.login()
    bench.ask(516, session=session, push_report=1)
    assert bench.ask(517, session=session, interval=3) is None
    bench.advance(179)
    assert bench.pushes == []
    bench.advance(1.5)
    assert [body["interval"] for _, body, _ in bench.pushes] == [180]
    assert bench.ask(516, session=session, push_report=1) == {"interval": 3}


def test_unsubscribing_ends_the_report(bench: Bench) -> None:
    session = bench.sessions.login()
    bench.ask(516, session=session, push_report=1)
    bench.ask(516, session=session, push_report=0)
    bench.advance(130)
    assert bench.pushes == []


def test_a_dead_token_gets_no_report(bench: Bench) -> None:
    session = bench.sessions.login()
    bench.ask(516, session=session, push_report=1)
    bench.sessions.by_token.clear()
    bench.advance(130)
    assert bench.pushes == []


@pytest.mark.parametrize("period", [0, -1, 1441])
def test_an_impossible_period_is_refused_and_changes_nothing(bench: Bench, period: int) -> None:
    assert bench.refusal(517, interval=period) == 10002
    assert bench.thermometry.period_min == 1


def test_the_period_survives_a_restart_and_ends_with_the_factory_settings(bench: Bench) -> None:
    bench.ask(517, interval=5)
    kept = bench.thermometry.save()
    bench.thermometry.reset()
    assert bench.thermometry.period_min == 1
    bench.thermometry.load(kept)
    assert bench.thermometry.period_min == 5
