"""Recordings by hand, the files on the card, and the lists and pushes of them (509, 511, 513, 514, 1006)."""

from __future__ import annotations

import io
from datetime import datetime
from typing import Any

import av
import pytest

pytestmark = pytest.mark.asyncio

NOW, LATER, STOP, ASK, CAPTURE, STOP_LATER, STOP_CAPTURE = range(1, 8)
ALWAYS = {"starttime": "1970-01-01 00:00:00", "endtime": "2099-12-31 23:59:59"}
IDLE = {
    "status": 0,
    "time": 0,
    "allrecord": 0,
    "alltime": 0,
    "delay_status": 0,
    "delay_time": 0,
    "capture_status": 0,
    "capture_count": 0,
    "capture_total": 0,
}


async def record(client: Any, subtype: int, stream: int) -> Any:
    return await client.ask(509, {"record_stream": stream}, subtype=subtype)


async def files(client: Any, videotype: int, datatype: int, index: int = 1, size: int = 100, **times: str) -> Any:
    page = {"pageindex": index, "pagecount": size, "videotype": videotype, "datatype": datatype}
    return await client.get(513, {**ALWAYS, **times, **page})


async def test_nothing_is_recorded_at_first(admin: Any) -> None:
    assert (await record(admin, ASK, 0))["message"] == IDLE


@pytest.mark.parametrize(("stream", "videotype"), [(1, 1), (2, 2)])
async def test_a_recording_runs_until_it_is_stopped(bench: Any, admin: Any, stream: int, videotype: int) -> None:
    started = await record(admin, NOW, stream)
    told = await admin.push(1006)
    bench.advance(12)
    running = await record(admin, ASK, 0)
    stopped = await record(admin, STOP, stream)

    assert started["message"] == {**IDLE, "status": stream} == told["content"]
    assert running["message"] == {**IDLE, "status": stream, "time": 12}
    assert stopped["message"] == IDLE == (await admin.push(1006))["content"]
    found = await files(admin, videotype, 1)
    assert (found["total"], found["datas"][0]["type"]) == (1, 5)
    seconds = [datetime.fromisoformat(found["datas"][0][name]) for name in ("start", "end")]
    assert (seconds[1] - seconds[0]).seconds in (12, 13)


async def test_a_recorded_file_is_video_and_as_long_as_the_list_says(bench: Any, admin: Any) -> None:
    web = await bench.web()
    await record(admin, NOW, 2)
    bench.advance(3)
    await record(admin, STOP, 2)
    entry = (await files(admin, 2, 1))["datas"][0]

    content = (await web.get(entry["url"])).content

    assert len(content) == entry["filesize"]
    with av.open(io.BytesIO(content), "r", format="h264") as container:
        assert len(list(container.decode(video=0))) > 1


async def test_both_images_are_recorded_at_once(bench: Any, admin: Any) -> None:
    assert (await record(admin, NOW, 3))["message"] == {**IDLE, "allrecord": 1}
    bench.advance(5)
    assert (await record(admin, ASK, 0))["message"] == {**IDLE, "allrecord": 1, "alltime": 5}
    assert (await record(admin, STOP, 3))["message"] == IDLE

    assert [(await files(admin, videotype, 1))["total"] for videotype in (1, 2)] == [1, 1]


async def test_a_second_image_is_not_recorded_beside_the_first(admin: Any) -> None:
    await record(admin, NOW, 1)

    assert (await record(admin, NOW, 1))["retcode"] == 0
    assert (await record(admin, NOW, 2))["retcode"] == 10008
    assert (await record(admin, STOP, 2))["message"]["status"] == 1


@pytest.mark.parametrize("stream", [1, 2, 3])
async def test_a_delayed_recording_counts_down_runs_and_ends(bench: Any, admin: Any, stream: int) -> None:
    await admin.get(15, {"record_interval": 20, "record_time": 30})
    shown = 1 if stream == 3 else stream

    waiting = (await record(admin, LATER, stream))["message"]
    bench.advance(15)
    still = (await record(admin, ASK, 0))["message"]
    bench.advance(15)
    running = (await record(admin, ASK, 0))["message"]
    bench.advance(21)
    over = (await record(admin, ASK, 0))["message"]

    assert waiting == {**IDLE, "delay_status": shown + 2, "delay_time": 20}
    assert still == {**IDLE, "delay_status": shown + 2, "delay_time": 5}
    assert running["delay_status"] == shown
    assert 9 <= running["delay_time"] <= 10
    assert over == IDLE
    told = [(await admin.push(1006))["content"]["delay_status"] for _ in range(3)]
    assert told == [shown + 2, shown, 0]
    totals = [(await files(admin, videotype, 1))["total"] for videotype in (1, 2)]
    assert totals == {1: [1, 0], 2: [0, 1], 3: [1, 1]}[stream]


async def test_a_delayed_recording_can_be_called_off(bench: Any, admin: Any) -> None:
    await admin.get(15, {"record_interval": 10, "record_time": 10})
    await record(admin, LATER, 1)
    assert (await record(admin, LATER, 1))["retcode"] == 10008
    assert (await record(admin, STOP_LATER, 1))["message"] == IDLE
    bench.advance(60)

    assert (await files(admin, 1, 1))["total"] == 0


async def test_delayed_pictures_are_taken_one_by_one(bench: Any, admin: Any) -> None:
    await admin.get(15, {"capture_interval": 10, "capture_count": 3})

    begun = (await record(admin, CAPTURE, 2))["message"]
    bench.advance(11)
    first = (await record(admin, ASK, 0))["message"]
    bench.advance(20)
    over = (await record(admin, ASK, 0))["message"]

    assert begun == {**IDLE, "capture_status": 2, "capture_total": 3}
    assert first == {**IDLE, "capture_status": 2, "capture_count": 1, "capture_total": 3}
    assert over == IDLE
    assert [(await admin.push(1006))["content"]["capture_count"] for _ in range(5)] == [0, 1, 2, 3, 0]
    web = await bench.web()
    for entry in (await files(admin, 2, 2))["datas"]:
        picture = await web.get(entry["url"])
        assert picture.content.startswith(b"\xff\xd8\xff")
        assert (len(picture.content), entry["start"]) == (entry["filesize"], entry["end"])


async def test_delayed_pictures_can_be_called_off(bench: Any, admin: Any) -> None:
    await record(admin, CAPTURE, 1)
    assert (await record(admin, STOP_CAPTURE, 1))["message"] == IDLE
    bench.advance(60)

    assert (await files(admin, 1, 2))["total"] == 0


@pytest.mark.parametrize(
    ("subtype", "stream", "code"),
    [(NOW, 0, 10002), (ASK, 1, 10002), (8, 1, 10002), (0, 0, 10002), (NOW, 4, 10002), ("1", 1, 10002)],
)
async def test_a_stream_goes_with_everything_but_the_query(steady: Any, subtype: Any, stream: int, code: int) -> None:
    assert (await record(steady, subtype, stream))["retcode"] == code


async def test_a_recording_without_subtype_or_stream_is_refused(steady: Any) -> None:
    assert await steady.code(509, {"record_stream": 1}) == 10003
    assert await steady.code(509, {}, subtype=ASK) == 10003
    assert await steady.code(509, None, subtype=ASK) == 10001


@pytest.mark.parametrize("subtype", [STOP, STOP_LATER, STOP_CAPTURE])
async def test_stopping_what_does_not_run_is_no_failure(steady: Any, subtype: int) -> None:
    assert (await record(steady, subtype, 1))["message"] == IDLE


@pytest.mark.parametrize("condition", ["memory_full", "storage_failure"])
async def test_nothing_is_stored_on_a_card_that_is_full_or_broken(bench: Any, admin: Any, condition: str) -> None:
    await record(admin, NOW, 1)
    setattr(bench.camera.causes, condition, True)
    bench.advance(1)

    assert (await record(admin, ASK, 0))["message"] == IDLE
    assert [(await record(admin, subtype, 1))["retcode"] for subtype in (NOW, LATER, CAPTURE)] == [10008] * 3
    facts = await admin.get(14)
    assert facts["free"] < bench.camera.store.capacity()["limit"]


# ------------------------------------------------------------------ lists


async def test_a_list_has_pages_that_begin_with_one(bench: Any, admin: Any) -> None:
    urls = [bench.camera.store.add_picture("ir", 1 + n % 7, b"\xff\xd8\xff" + bytes(n)) for n in range(7)]

    pages = [await files(admin, 2, 2, index, 3) for index in (1, 2, 3, 4)]

    assert [page["total"] for page in pages] == [7] * 4
    assert [[entry["url"] for entry in page["datas"]] for page in pages] == [urls[:3], urls[3:6], urls[6:], []]
    assert {entry["type"] for entry in pages[0]["datas"] + pages[1]["datas"]} <= set(range(1, 8))
    assert (await files(admin, 1, 2))["total"] == 0
    assert (await files(admin, 2, 1))["total"] == 0


async def test_a_list_holds_what_lies_in_the_time_asked_for(bench: Any, admin: Any) -> None:
    for day in ("2024-02-28", "2024-02-29", "2024-03-01"):
        await admin.get(506, {"datetime": f"{day} 10:00:00"})
        bench.camera.store.add_picture("vl", 1, b"\xff\xd8\xff")

    async def total(start: str, end: str) -> int:
        return int((await files(admin, 1, 2, starttime=start, endtime=end))["total"])

    assert await total("2024-02-29 00:00:00", "2024-02-29 23:59:59") == 1
    assert await total("2024-02-28 00:00:00", "2024-03-01 23:59:59") == 3
    assert await total("2024-03-02 00:00:00", "2024-02-01 00:00:00") == 0
    month = {"videotype": 1, "datatype": 2, "year": 2024}
    assert await admin.get(514, {**month, "month": 2}) == {"days": [28, 29]}
    assert await admin.get(514, {**month, "month": 3}) == {"days": [1]}
    assert await admin.get(514, {**month, "month": 4}) == {"days": []}


@pytest.mark.parametrize(
    "wrong",
    [
        {"pageindex": 0},
        {"pagecount": 0},
        {"videotype": 3},
        {"datatype": 0},
        {"starttime": "2024-02-30 00:00:00"},
        {"endtime": "2024-02-03"},
        {"starttime": 5},
    ],
)
async def test_a_list_that_cannot_be_is_refused(steady: Any, wrong: dict[str, Any]) -> None:
    message = {**ALWAYS, "pageindex": 1, "pagecount": 10, "videotype": 1, "datatype": 1}

    assert await steady.code(513, {**message, **wrong}) == 10002


@pytest.mark.parametrize("wrong", [{"month": 0}, {"month": 13}, {"year": 0}, {"videotype": 0}])
async def test_a_month_that_cannot_be_is_refused(steady: Any, wrong: dict[str, int]) -> None:
    assert await steady.code(514, {"videotype": 1, "datatype": 1, "year": 2024, "month": 1, **wrong}) == 10002


async def test_a_clean_up_empties_the_card(bench: Any, admin: Any) -> None:
    web = await bench.web()
    url = bench.camera.store.add_picture("ir", 5, b"\xff\xd8\xff")

    assert (await web.get(url)).status_code == 200
    assert await admin.code(511) == 0
    assert (await files(admin, 2, 2))["total"] == 0
    assert (await web.get(url)).status_code == 404


async def test_what_is_older_than_the_days_to_keep_goes(bench: Any, admin: Any) -> None:
    await admin.get(13, {"save_days": 2})
    bench.camera.store.add_picture("ir", 5, b"\xff\xd8\xff")
    await admin.get(506, {"datetime": "2099-01-01 00:00:00"})
    bench.advance(61)

    assert (await files(admin, 2, 2))["total"] == 0


async def test_on_holidays_only_what_a_person_wants_is_stored(bench: Any, admin: Any) -> None:
    await admin.get(506, {"datetime": "2024-12-25 10:00:00"})
    await admin.get(13, {"is_record": 1, "is_capture": 1, "month_data": [{"mon": 12, "data": [24, 25]}]})
    store = bench.camera.store

    assert [store.add_picture("ir", kind, b"\xff\xd8\xff") != "" for kind in (1, 5)] == [False, True]
    assert [store.record("ir", kind, 10) != "" for kind in (1, 5)] == [False, True]


async def test_an_alarm_recording_ends_by_itself(bench: Any, admin: Any) -> None:
    url = bench.camera.store.record("ir", 1, 10)
    web = await bench.web()
    assert (await web.get(url)).status_code == 404

    bench.advance(11)

    entry = (await files(admin, 2, 1))["datas"][0]
    assert (entry["url"], entry["type"]) == (url, 1)
    assert len((await web.get(url)).content) == entry["filesize"]
