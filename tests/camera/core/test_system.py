"""General information, time, log, factory settings, restart, and the state that survives it."""

from __future__ import annotations

import asyncio
import io
import json
import tarfile
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed

pytestmark = pytest.mark.asyncio

TIME = "%Y-%m-%d %H:%M:%S"


async def test_general_information_tells_the_ports_that_listen(bench: Any) -> None:
    information = await (await bench.anonymous()).get(500)

    assert information["control_port"] == bench.camera.control.port
    assert information["control_uri"] == "/api/v1/control"
    assert information["ir_video_port"] == bench.camera.video.ports["ir"]
    assert information["vl_video_port"] == bench.camera.video.ports["vl"]
    assert [information[f"ir_{name}"] for name in ("model_w", "model_h", "output_w", "output_h")] == [
        256,
        192,
        512,
        384,
    ]
    assert information["vl_rtsp_url"] == "rtsp://192.168.1.168:554/video2/stream0"


async def test_the_infrared_mode_shows_in_general_information(admin: Any) -> None:
    for mode in (1, 0):
        await admin.get(39, {"mode": mode})
        assert (await admin.get(500))["ir_mode"] == mode
        assert await admin.get(40) == {"mode": mode}


async def test_the_time_that_is_set_is_shown_and_goes_on(bench: Any, admin: Any) -> None:
    assert await admin.code(506, {"datetime": "2020-02-29 23:59:50"}) == 0
    bench.advance(20)

    shown = datetime.strptime((await admin.get(500))["datetime"], TIME)

    assert timedelta(0) <= shown - datetime(2020, 3, 1, 0, 0, 10) <= timedelta(seconds=2)


@pytest.mark.parametrize(
    "wrong", ["", "2020-02-30 00:00:00", "2020-2-3 00:00:00", "2020-02-03T00:00:00", "2020-02-03 24:00:00", 5, None]
)
async def test_a_time_that_is_none_is_refused(admin: Any, wrong: Any) -> None:
    before = datetime.strptime((await admin.get(500))["datetime"], TIME)

    assert await admin.code(506, {"datetime": wrong}) == 10002
    assert datetime.strptime((await admin.get(500))["datetime"], TIME) - before < timedelta(seconds=5)


async def test_the_time_zone_does_not_shift_the_time(admin: Any) -> None:
    await admin.get(15, {"time_zone": 0})
    await admin.get(506, {"datetime": "2021-05-06 07:08:09"})
    await admin.get(15, {"time_zone": 35})

    assert (await admin.get(500))["datetime"].startswith("2021-05-06 07:08:")


async def test_the_log_is_an_archive_with_what_happened(bench: Any, admin: Any) -> None:
    web = await bench.web()

    content = (await web.get((await admin.get(510))["url"])).content

    with tarfile.open(fileobj=io.BytesIO(content), mode="r:gz") as archive:
        [member] = archive.getmembers()
        file = archive.extractfile(member)
        assert file is not None
        assert b"admin logged in" in file.read()


async def test_factory_settings_come_back_but_for_address_ports_and_accounts(
    admin: Any, bench: Any, cipher: Any
) -> None:
    await admin.get(1, {"emiss": 0.2})
    await admin.get(9, {"ipaddr": "192.168.1.9"})
    await admin.get(11, {"max_connectios": 5, "tcp_port": 9990})
    await admin.get(503, {"username": "root", "oldpassword": cipher("root"), "newpassword": cipher("new")})

    reply = await admin.ask(512, {}, subtype=1)

    assert reply["retcode"] == 0
    for get in range(2, 59, 2):
        if get not in (38, 10, 12):
            assert await admin.get(get) == await admin.get(get, {"default": 1}), get
    assert (await admin.get(10))["ipaddr"] == "192.168.1.9"
    ports = await admin.get(12)
    assert (ports["max_connectios"], ports["tcp_port"]) == (10, 9990)
    assert (await (await bench.anonymous()).login("root", "new"))["retcode"] == 0


@pytest.mark.parametrize(("envelope", "code"), [({}, 10003), ({"subtype": 3}, 10002), ({"subtype": "2"}, 10002)])
async def test_settings_need_a_subtype(admin: Any, envelope: dict[str, Any], code: int) -> None:
    assert await admin.code(512, {}, **envelope) == code


# ------------------------------------------------------------------ restart


async def restarted(bench: Any, seconds: float = 3) -> None:
    """Wait for the end of a restart that has begun."""
    while bench.camera.away:
        bench.advance(seconds)
        await asyncio.sleep(0)


async def test_a_restart_replies_hangs_up_and_comes_back_on_the_same_ports(bench: Any, admin: Any) -> None:
    camera, other = bench.camera, await bench.anonymous()
    ports = (camera.control.port, camera.web.port, dict(camera.video.ports))
    await admin.get(1, {"emiss": 0.44})

    assert await admin.code(508) == 0
    for client in (admin, other):
        with pytest.raises(ConnectionClosed):
            await asyncio.wait_for(client.websocket.recv(), 5)
    with pytest.raises(OSError):  # noqa: PT011 - whatever the system says of a port that nobody listens on
        await bench.anonymous()
    await restarted(bench)

    assert (camera.control.port, camera.web.port, camera.video.ports) == ports
    again = await bench.client()
    assert (await again.get(2))["emiss"] == 0.44
    again.token = admin.token
    assert await again.code(2) == 10005


async def test_a_restart_over_http_replies_too(bench: Any, admin: Any) -> None:
    web = await bench.web()
    request = {"action": "request", "cmdtype": 508, "sequence": 1, "token": admin.token, "message": {}}

    assert (await web.post("/getmsginfo", json=request)).json()["retcode"] == 0
    await restarted(bench)

    assert (await (await bench.client()).get(505))["model"]


async def test_a_refused_restart_does_not_happen(bench: Any) -> None:
    operator = await bench.client("operator")

    assert await operator.code(508) == 10007
    assert await operator.code(2) == 0


# ------------------------------------------------------------------ state


async def test_everything_set_survives_the_process(opened: Any, state_dir: Path, cipher: Any) -> None:
    first = await opened(state_dir=state_dir)
    admin, web = await first.client(), await first.web()
    await admin.get(1, {"emiss": 0.21})
    await admin.get(17, {"rects": [{"x": 2, "y": 3, "w": 4, "h": 5}]})
    await admin.get(503, {"username": "root", "oldpassword": cipher("root"), "newpassword": cipher("new")})
    await web.put(f"/upload/apppkg/{admin.token}", content=b"VERSION=7.8.9\n")
    url = first.camera.store.add_picture("ir", 5, b"\xff\xd8\xff")

    # The first camera still runs: as after a power failure, only the files hold its state.
    second = await opened(state_dir=state_dir)
    root = await second.client("root", "new")

    assert (await root.get(2))["emiss"] == 0.21
    assert (await root.get(18))["rects"] == [{"x": 2, "y": 3, "w": 4, "h": 5}]
    assert (await root.get(505))["version"] == "7.8.9"
    assert (await (await second.web()).get(url)).content == b"\xff\xd8\xff"


async def test_a_torn_journal_keeps_what_stands_before_the_tear(opened: Any, state_dir: Path) -> None:
    first = await opened(state_dir=state_dir)
    await (await first.client()).get(35, {"brightness": 33})
    with (state_dir / "journal.jsonl").open("ab") as journal:
        journal.write(b'{"part": "settings", "merge": {"36": {"brigh')

    second = await opened(state_dir=state_dir)

    assert (await (await second.client()).get(36))["brightness"] == 33


async def test_a_state_that_cannot_be_read_means_factory_settings(opened: Any, state_dir: Path) -> None:
    state_dir.mkdir()
    (state_dir / "state.json").write_text("{")

    bench = await opened(state_dir=state_dir)

    assert (await (await bench.client()).get(2))["emiss"] == 0.95


async def test_ports_a_client_chose_survive_and_others_follow_the_listeners(opened: Any, state_dir: Path) -> None:
    first = await opened(state_dir=state_dir)
    first.camera.web.port, port = first.camera.web.port, first.camera.web.port
    second = await opened(state_dir=state_dir)
    ports = await (await second.client()).get(12)
    assert ports["http_port"] == second.camera.web.port != port

    await (await second.client()).get(11, {"http_port": 8123})
    third = await opened(state_dir=state_dir)

    assert (await (await third.client()).get(12))["http_port"] == 8123


async def test_the_state_on_disk_is_json(opened: Any, state_dir: Path) -> None:
    bench = await opened(state_dir=state_dir)
    await bench.camera.stop()

    state = json.loads((state_dir / "state.json").read_text(encoding="utf-8"))

    assert {"settings", "accounts", "store", "uploads"} <= set(state)
