from __future__ import annotations

import copy
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from conformance.catalogue import Catalogue, load, values
from conformance.client import Reply
from conformance.client.codec import reply_from
from conformance.restoration import Journal, Keeper, NotKept, Recalled, RestoreError, writable

from .shelf import SIZES, Shelf

pytestmark = pytest.mark.asyncio

PAIRS = [setter.cmdtype for setter, _ in load().pairs()]
CLOCK = "%Y-%m-%d %H:%M:%S"


@pytest.fixture
def shelf(catalogue: Catalogue) -> Shelf:
    return Shelf(catalogue)


@pytest.fixture
def keeper(catalogue: Catalogue) -> Keeper:
    return Keeper(catalogue, None)


def with_secrets(catalogue: Catalogue, number: int, message: dict[str, Any], word: str) -> dict[str, Any]:
    """The configuration of a get with `word` in every secret; {} if it has none."""
    names = [each.name for each in catalogue.commands[number].reply if each.secret]
    return {**message, **dict.fromkeys(names, word)} if names else {}


def changed(catalogue: Catalogue, number: int, message: Mapping[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """For each field of a set that can have another value: its name, and the configuration with that value."""
    found = []
    for each in catalogue.commands[number].request:
        if each.read_only or each.secret or each.name not in message:
            continue
        others = (value.payload for value in values.legals(each, SIZES) if value.payload != message[each.name])
        other = next(others, None)
        if other is not None:
            found.append((each.name, {**message, each.name: other}))
    return found


# What may be written back


@pytest.mark.parametrize("number", PAIRS)
async def test_what_a_get_shows_can_be_written_back_by_its_set(catalogue: Catalogue, number: int) -> None:
    shelf, command = Shelf(catalogue), catalogue.commands[number]
    assert command.pair is not None
    message = writable(command, shelf.kept[command.pair])
    assert message
    unsettable = {each.name for each in command.request if each.secret or each.read_only}
    assert not unsettable & message.keys()
    assert (await shelf.request(number, message)).ok


@pytest.mark.parametrize(
    ("number", "shown", "settable"),
    [
        (27, {"output_flag": 0, "output_hold": 0}, {"output_flag": 0}),
        (27, {"output_flag": 1, "output_hold": 10}, {"output_flag": 1, "output_hold": 10}),
        (45, {"flag": 0, "serverport": 0, "password": "x"}, {"flag": 0}),
        (45, {"serverport": "1883"}, {"serverport": 1883}),
        (45, {"serverport": "x"}, {}),
        (31, {"mailto": ["a@b", "", ""], "password": "***"}, {"mailto": ["a@b"]}),
        (15, {"name": "x" * 33, "language": 1}, {"language": 1}),
        (9, {"mac": "00:15:18:10:CA:9D", "host_name": "a"}, {"host_name": "a"}),
        (11, {"max_connections": 3}, {"max_connections": 3}),
        (13, {"save_days": 7, "free": 5, "vendor": 1}, {"save_days": 7}),
        (13, {"month_data": [{"mon": 1, "data": ["4"]}]}, {"month_data": [{"mon": 1, "data": [4]}]}),
        (1, {"emiss": 0.06, "emiss_mode": 1}, {"emiss": 0.06, "emiss_mode": 1}),
        (1, {"emiss": 0.01}, {}),
        (1, {"color_bar": 27, "humi": None, "dist": "near"}, {}),
    ],
)
async def test_what_may_be_shown_but_not_set_is_left_out(
    catalogue: Catalogue, number: int, shown: dict[str, Any], settable: dict[str, Any]
) -> None:
    message = writable(catalogue.commands[number], shown)
    assert message == settable


# Pairs


async def test_a_thing_is_read_once_and_stands_in_the_journal_before_anything_else(
    catalogue: Catalogue, shelf: Shelf, tmp_path: Path
) -> None:
    journal = Journal(tmp_path / "journal.jsonl")
    keeper = Keeper(catalogue, journal)
    await keeper.save("pair:1", shelf, "III.1/set/emiss")
    text = journal.path.read_text()
    assert '"what": "pair:1"' in text
    assert '"case": "III.1/set/emiss"' in text
    shelf.kept[2]["humi"] += 1
    await keeper.save("pair:1", shelf, "III.1/set/humi")
    assert shelf.asked == [2]
    assert journal.path.read_text() == text
    journal.close(restored=False)


async def test_no_entries_shown_as_null_come_back_where_null_stands_for_nothing_said(
    catalogue: Catalogue, keeper: Keeper
) -> None:
    shelf = Shelf(catalogue, strict=False)

    def lenient(message: Mapping[str, Any], extra: Mapping[str, Any]) -> None:
        told = {name: value for name, value in message.items() if value is not None}
        if "month_data" in told:
            told["month_data"] = told["month_data"] or None  # an empty list is shown as null (R44)
        shelf.kept[14].update(told)

    shelf.handlers[13] = lenient
    shelf.kept[14]["month_data"] = None
    await keeper.save("pair:13", shelf, "case")
    shelf.kept[14]["month_data"] = [{"mon": 1, "data": [2]}]
    await keeper.restore("pair:13", shelf)
    assert shelf.kept[14]["month_data"] is None


async def test_nothing_is_saved_that_could_not_be_written_down(
    catalogue: Catalogue, shelf: Shelf, tmp_path: Path
) -> None:
    keeper = Keeper(catalogue, Journal(tmp_path / "missing" / "journal.jsonl"))
    with pytest.raises(OSError, match="journal"):
        await keeper.save("pair:1", shelf, "III.1/set/emiss")
    assert keeper.saved == {}


async def test_no_secret_of_any_pair_reaches_the_journal(catalogue: Catalogue, shelf: Shelf, tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.jsonl")
    keeper = Keeper(catalogue, journal)
    hidden = 0
    for setter, getter in catalogue.pairs():
        secret = with_secrets(catalogue, getter.cmdtype, shelf.kept[getter.cmdtype], "hunter2")
        hidden += bool(secret)
        shelf.kept[getter.cmdtype].update(secret)
        await keeper.save(f"pair:{setter.cmdtype}", shelf, "case")
    journal.close(restored=False)
    assert hidden >= 5
    assert "hunter2" not in journal.path.read_text()
    assert "hunter2" not in repr(keeper.saved)


async def test_what_was_not_changed_is_not_written(shelf: Shelf, keeper: Keeper) -> None:
    await keeper.save("pair:1", shelf, "case")
    await keeper.restore("pair:1", shelf)
    assert shelf.told == []


@pytest.mark.parametrize("number", PAIRS)
async def test_every_field_of_every_pair_is_put_back_and_the_others_are_left_alone(
    catalogue: Catalogue, number: int
) -> None:
    getter = catalogue.commands[number].pair
    assert getter is not None
    before = copy.deepcopy(Shelf(catalogue).kept[getter])
    for name, message in changed(catalogue, number, before):
        shelf, keeper = Shelf(catalogue), Keeper(catalogue, None)
        await keeper.save(f"pair:{number}", shelf, "case")
        shelf.kept[getter] = copy.deepcopy(message)
        await keeper.restore(f"pair:{number}", shelf)
        assert shelf.kept[getter] == before, name
        required = {each.name for each in catalogue.commands[number].request if each.required}
        assert set(shelf.told[-1][1]) <= {name, *required}


async def test_a_password_is_never_written_back(catalogue: Catalogue, shelf: Shelf, keeper: Keeper) -> None:
    shelf.kept[44]["reg_password"] = "***"
    await keeper.save("pair:43", shelf, "case")
    shelf.kept[44]["heart_count"] += 1
    await keeper.restore("pair:43", shelf)
    assert "reg_password" not in shelf.told[-1][1]


async def test_a_value_that_may_be_shown_but_not_set_is_given_up_where_it_has_no_effect(
    shelf: Shelf, keeper: Keeper
) -> None:
    shelf.kept[28].update(output_flag=0, output_hold=0)
    await keeper.save("pair:27", shelf, "case")
    shelf.kept[28].update(output_flag=1, output_hold=10)
    await keeper.restore("pair:27", shelf)
    assert (shelf.kept[28]["output_flag"], shelf.kept[28]["output_hold"]) == (0, 10)


async def test_a_device_that_does_not_take_it_is_told_by_name(shelf: Shelf, keeper: Keeper) -> None:
    before = shelf.kept[2]["humi"]
    await keeper.save("pair:1", shelf, "case")
    shelf.kept[2]["humi"] = before + 1
    shelf.deaf.add(1)
    with pytest.raises(NotKept, match=rf"pair:1 differs from what was saved: message\.humi: sent {before}, shown"):
        await keeper.restore("pair:1", shelf)


async def test_a_device_that_refuses_is_told_with_its_code(shelf: Shelf, keeper: Keeper) -> None:
    await keeper.save("pair:1", shelf, "case")
    shelf.kept[2]["humi"] += 1
    shelf.handlers[1] = lambda message, extra: (10007, None)
    with pytest.raises(RestoreError, match="command 1 answered 10007"):
        await keeper.restore("pair:1", shelf)


async def test_a_device_that_cannot_be_read_is_told_with_its_code(shelf: Shelf, keeper: Keeper) -> None:
    del shelf.kept[2]
    shelf.handlers[2] = lambda message, extra: (10005, None)
    with pytest.raises(RestoreError, match="command 2 answered 10005"):
        await keeper.save("pair:1", shelf, "case")
    assert keeper.saved == {}


async def test_a_thing_that_nobody_knows_is_told_and_not_a_crash(shelf: Shelf, keeper: Keeper) -> None:
    for what in ("pair:999", "pair:x", "nonsense", ""):
        with pytest.raises(RestoreError):
            await keeper.save(what, shelf, "case")


# Lists, the clock, recording, movement


def presets(shelf: Shelf, *entries: tuple[int, str]) -> dict[int, dict[str, Any]]:
    """Gives the shelf presets; the result is what it keeps, by index."""
    kept = {index: {"index": index, "name": name, "param": 0} for index, name in entries}

    def add(message: Mapping[str, Any], extra: Mapping[str, Any]) -> None:
        kept.update({entry["index"]: dict(entry) for entry in message["presets"]})

    def delete(message: Mapping[str, Any], extra: Mapping[str, Any]) -> None:
        for entry in message["presets"]:
            del kept[entry["index"]]

    shelf.handlers.update({601: lambda message, extra: {"presets": list(kept.values())}, 602: add, 603: delete})
    return kept


async def test_presets_are_put_back_whatever_was_added_changed_or_deleted(shelf: Shelf, keeper: Keeper) -> None:
    kept = presets(shelf, (1, "gate"), (2, "door"))
    before = copy.deepcopy(kept)
    await keeper.save("presets", shelf, "case")
    del kept[1]
    kept[2]["name"] = "window"
    kept[7] = {"index": 7, "name": "new", "param": 0}
    await keeper.restore("presets", shelf)
    assert kept == before


@pytest.mark.parametrize("shown", [[5], [{}], {"index": 1}, "abc", [{"index": "1"}, {"index": None}]])
async def test_a_list_of_nonsense_is_told_and_not_a_crash(shelf: Shelf, keeper: Keeper, shown: Any) -> None:
    presets(shelf, (1, "gate"))
    await keeper.save("presets", shelf, "case")
    shelf.handlers[601] = lambda message, extra: {"presets": shown}
    with pytest.raises(RestoreError, match="presets"):
        await keeper.restore("presets", shelf)


async def test_dead_pixels_are_put_back_one_way_and_the_other(shelf: Shelf, keeper: Keeper) -> None:
    kept = {(1, 1), (2, 2)}

    def mark(message: Mapping[str, Any], extra: Mapping[str, Any]) -> None:
        points = {(point["x"], point["y"]) for point in message["points"]}
        if extra["subtype"] == 2:
            kept.difference_update(points)
        else:
            kept.update(points)

    shelf.handlers[528] = lambda message, extra: {"points": [{"x": x, "y": y} for x, y in sorted(kept)]}
    shelf.handlers[527] = mark
    await keeper.save("dead-pixels", shelf, "case")
    kept.symmetric_difference_update({(1, 1), (3, 3)})
    await keeper.restore("dead-pixels", shelf)
    assert kept == {(1, 1), (2, 2)}


@pytest.mark.parametrize("zone_h", [0, 8])
async def test_the_clock_is_kept_as_its_difference_to_the_hosts_clock(catalogue: Catalogue, zone_h: int) -> None:
    host = [datetime(2026, 7, 1, 12)]
    shelf, keeper = Shelf(catalogue), Keeper(catalogue, None, lambda: host[0])
    offset = [timedelta(hours=1)]

    def show(message: Mapping[str, Any], extra: Mapping[str, Any]) -> dict[str, str]:
        return {"datetime": (host[0] + offset[0]).strftime(CLOCK)}

    def put(message: Mapping[str, Any], extra: Mapping[str, Any]) -> None:
        offset[0] = datetime.strptime(message["datetime"], CLOCK) + timedelta(hours=zone_h) - host[0]

    shelf.handlers.update({500: show, 506: put})
    await keeper.save("clock", shelf, "case")
    host[0] += timedelta(days=1)
    await keeper.restore("clock", shelf)
    assert shelf.told == []
    offset[0] = timedelta(days=-400)
    await keeper.restore("clock", shelf)
    assert abs(offset[0] - timedelta(hours=1)) <= timedelta(seconds=5)


async def test_a_clock_that_shows_no_time_cannot_be_kept(shelf: Shelf, keeper: Keeper) -> None:
    shelf.handlers[500] = lambda message, extra: {"datetime": "soon"}
    with pytest.raises(RestoreError, match="shows no time: 'soon'"):
        await keeper.save("clock", shelf, "case")


async def test_a_movement_and_a_recording_that_a_case_began_are_ended(shelf: Shelf, keeper: Keeper) -> None:
    status = {"status": 0, "allrecord": 0, "delay_status": 0, "capture_status": 0}
    movement = {"ptz_movement": 0, "ptz_move_type": 0, "ptz_move_index": 0}
    ended: list[Any] = []

    def record(message: Mapping[str, Any], extra: Mapping[str, Any]) -> dict[str, int]:
        if extra["subtype"] == 3:
            ended.append(("record", message["record_stream"]))
            status["status"] = 0
        return dict(status)

    def stop(message: Mapping[str, Any], extra: Mapping[str, Any]) -> None:
        ended.append(message)
        movement.update(ptz_movement=0, ptz_move_type=0)

    shelf.handlers.update({509: record, 617: lambda message, extra: dict(movement), 613: stop})
    for what in ("recording", "ptz"):
        await keeper.save(what, shelf, "case")
    status["status"] = 2
    movement.update(ptz_movement=1, ptz_move_type=2, ptz_move_index=4)
    for what in ("recording", "ptz"):
        await keeper.restore(what, shelf)
    assert ended == [("record", 2), {"linescan_index": 4, "linescan_action": 1}]


# What was read last need not be read again


def _said(shelf: Shelf, number: int, *, message: Any = None, code: int = 0) -> Reply:
    frame = {"action": "response", "cmdtype": number, "sequence": 1, "retcode": code, "retmsg": "said"}
    asked = {"cmdtype": number, "message": {} if message is None else message}
    return reply_from({**frame, "message": copy.deepcopy(shelf.kept[number])}, "", 0.0, asked)


async def test_the_last_word_of_the_device_need_not_be_asked_for_again(shelf: Shelf, keeper: Keeper) -> None:
    await keeper.save("pair:1", shelf, "case")
    asked = len(shelf.asked)
    await keeper.restore("pair:1", Recalled(shelf, _said(shelf, 2)))
    assert (len(shelf.asked), shelf.told) == (asked, [])


async def test_what_was_put_back_is_verified_by_asking_even_so(shelf: Shelf, keeper: Keeper) -> None:
    await keeper.save("pair:1", shelf, "case")
    shelf.kept[2]["humi"] += 1
    asked = len(shelf.asked)
    await keeper.restore("pair:1", Recalled(shelf, _said(shelf, 2)))
    assert len(shelf.asked) == asked + 1
    assert [number for number, _ in shelf.told] == [1]


@pytest.mark.parametrize(
    "facts", [{"number": 6}, {"number": 2, "message": {"default": 1}}, {"number": 2, "code": 10005}]
)
async def test_another_answer_is_no_answer(shelf: Shelf, keeper: Keeper, facts: dict[str, Any]) -> None:
    await keeper.save("pair:1", shelf, "case")
    said = _said(shelf, **facts)
    shelf.kept[2]["humi"] += 1
    await keeper.restore("pair:1", Recalled(shelf, said))
    assert [number for number, _ in shelf.told] == [1]
