"""The physics inside the whole camera, over its real control websocket, HTTP and video."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
import pytest_asyncio
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from websockets.asyncio.client import ClientConnection, connect

from conformance.catalogue.model import Field
from fixtures.camera.camera import SimulatedCamera
from fixtures.camera.options import CameraOptions
from fixtures.camera.wire.cipher import public_key
from tests.camera.physics.conftest import rule


class Client:
    """A websocket that is logged in; pushes that come between replies are kept."""

    def __init__(self, camera: SimulatedCamera, socket: ClientConnection) -> None:
        self.camera = camera
        self.token = ""
        self.pushes: list[dict[str, Any]] = []
        self._socket = socket
        self._sequence = 0

    async def ask(self, cmdtype: int, message: dict[str, Any] | None = None, **envelope: Any) -> dict[str, Any]:
        self._sequence += 1
        request = {"action": "request", "cmdtype": cmdtype, "sequence": self._sequence, "token": self.token}
        await self._socket.send(json.dumps({**request, "message": message or {}, **envelope}))
        while True:
            received: dict[str, Any] = json.loads(await asyncio.wait_for(self._socket.recv(), 10))
            if received["action"] == "response":
                assert received["sequence"] == self._sequence
                return received
            self.pushes.append(received)

    async def value(self, cmdtype: int, message: dict[str, Any] | None = None, **envelope: Any) -> Any:
        reply = await self.ask(cmdtype, message, **envelope)
        assert reply["retcode"] == 0, reply
        return reply["message"]

    async def login(self) -> None:
        key = load_pem_public_key(public_key().encode())
        assert isinstance(key, RSAPublicKey)
        password = base64.b64encode(key.encrypt(b"admin", PKCS1v15())).decode()
        self.token = (await self.value(501, {"username": "admin", "password": password}))["token"]


@pytest_asyncio.fixture
async def camera(tmp_path: Path) -> AsyncIterator[SimulatedCamera]:
    camera = SimulatedCamera(CameraOptions(seed=5, state_dir=tmp_path, vl_output_w=320, vl_output_h=192))
    await camera.start()
    yield camera
    await camera.stop()


@pytest_asyncio.fixture
async def client(camera: SimulatedCamera) -> AsyncIterator[Client]:
    async with connect(f"ws://127.0.0.1:{camera.control.port}/api/v1/control", max_size=None) as socket:
        logged_in = Client(camera, socket)
        await logged_in.login()
        yield logged_in


@pytest.mark.asyncio
async def test_object_spot_and_matrix_agree_over_the_wire(client: Client) -> None:
    client.camera.scene.heat("plate", 90, 90, 70, 70, 80.0, 0.95)
    await client.value(3, {"show_type": 1, "rule_list": [rule(id=0, alarm_flag=0)]})
    (entry,) = (await client.value(520))["rule_list"]
    spot = (await client.value(521, {"cursor_x": 120, "cursor_y": 120, "cursor_type": 0}))["value"]
    reply = await client.value(530, {"type": 0})
    matrix = np.frombuffer(base64.b64decode(reply["temps"]), "<i2").reshape(reply["height"], reply["width"])
    assert [entry["avg_temp"], spot, matrix[119, 119] / 100] == pytest.approx([80, 80, 80], abs=0.4)


@pytest.mark.asyncio
async def test_an_alarm_reaches_the_client_with_files_that_can_be_fetched(client: Client) -> None:
    camera = client.camera
    await client.value(3, {"show_type": 1, "rule_list": [rule(alarm_time=2)]})
    camera.scene.heat("plate", 90, 90, 70, 70, 80.0, 0.95)
    camera.clock.advance(5)
    await client.value(617)
    assert [push["cmdtype"] for push in client.pushes] == [1000, 1009]
    content = client.pushes[0]["content"]
    camera.clock.advance(15)
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{camera.web.port}") as web:
        for name, start in (("ir_image_url", b"\xff\xd8"), ("vl_video_url", b"\x00\x00\x00\x01\x67")):
            answer = await web.get(content[name])
            assert answer.status_code == 200
            assert answer.content.startswith(start)


@pytest.mark.asyncio
async def test_a_login_opens_the_video(client: Client) -> None:
    facts = await client.value(500)
    async with connect(f"ws://127.0.0.1:{facts['ir_video_port']}/ws", max_size=None) as viewer:
        await viewer.send(b"\x71\x85\x73\x68\x01\x01\x02" + client.token.encode())
        unit = await asyncio.wait_for(viewer.recv(), 10)
    assert isinstance(unit, bytes)
    assert unit.startswith(b"\x00\x00\x00\x01\x67")


@pytest.mark.asyncio
async def test_a_report_comes_every_minute(client: Client) -> None:
    await client.value(3, {"show_type": 1, "rule_list": [rule(alarm_flag=0)]})
    assert await client.value(516, {"push_report": 1}) == {"interval": 1}
    client.camera.clock.advance(61)
    await client.value(9999)
    client.camera.clock.advance(60)
    await client.value(617)
    assert [push["content"]["interval"] for push in client.pushes if push["cmdtype"] == 1007] == [60, 60]


@pytest.mark.asyncio
async def test_an_image_effect_shows_in_the_settings(client: Client) -> None:
    assert await client.value(518, {"params": [{"type": 8, "value": 77}]}) is None
    assert (await client.value(6))["ir_config"]["contrast"] == 77


@pytest.mark.asyncio
async def test_presets_and_marks_survive_a_crash(client: Client, tmp_path: Path) -> None:
    await client.value(602, {"presets": [{"index": 4, "name": "gate", "param": 0}]})
    await client.value(527, {"points": [{"x": 1, "y": 2}]}, subtype=0)
    await client.value(517, {"interval": 7})
    crashed = tmp_path / "copy"
    crashed.mkdir()
    for name in ("state.json", "journal.jsonl"):
        (crashed / name).write_bytes((tmp_path / name).read_bytes())
    again = SimulatedCamera(CameraOptions(state_dir=crashed, vl_output_w=320, vl_output_h=192))
    await again.start()
    try:
        async with connect(f"ws://127.0.0.1:{again.control.port}/api/v1/control", max_size=None) as socket:
            other = Client(again, socket)
            await other.login()
            assert (await other.value(601))["presets"] == [{"index": 4, "name": "gate", "param": 0}]
            assert {"x": 1, "y": 2} in (await other.value(528))["points"]
            assert await other.value(516, {"push_report": 0}) == {"interval": 7}
    finally:
        await again.stop()


QUESTIONS: dict[int, dict[str, Any]] = {
    515: {
        "query_start_time": "2020-01-01 00:00:00",
        "query_end_time": "2099-01-01 00:00:00",
        "query_interval": 60,
        "query_type": 31,
        "query_temp_type": 3,
        "report": 1,
        "page_index": 1,
        "page_count": 10,
    },
    516: {"push_report": 0},
    520: {},
    521: {"cursor_x": 512, "cursor_y": 384, "cursor_type": 0},
    522: {},
    523: {"type": 2},
    528: {},
    530: {"type": 1},
    531: {"x": 1, "y": 1},
    601: {},
    606: {},
    611: {},
    614: {},
    617: {},
}


def agrees(value: Any, field: Field) -> bool:
    """Whether `value` has the type of `field`, is in its enumeration, and has its required fields."""
    types: dict[str, tuple[type, ...]] = {
        "int": (int,), "float": (int, float), "string": (str,), "array": (list,), "object": (dict,),
    }  # fmt: skip
    tolerated = [entry for tolerance in field.tolerates for entry in tolerance.values]
    if not isinstance(value, types[field.type]) or (field.enum and value not in (*field.enum, *tolerated)):
        return False
    if isinstance(value, list) and field.items is not None:
        return all(agrees(entry, field.items) for entry in value if entry is not None)
    if isinstance(value, dict) and field.fields:
        known = {child.name: child for child in field.fields}
        required = {child.name for child in field.fields if child.required}
        return required <= set(value) <= set(known) and all(agrees(v, known[n]) for n, v in value.items())
    return True


@pytest.mark.asyncio
async def test_replies_have_the_shape_of_the_catalogue(client: Client) -> None:
    await client.value(3, {"show_type": 1, "rule_list": [rule(alarm_flag=0, preset=3)]})
    await client.value(602, {"presets": [{"index": 1, "name": "gate", "param": 0}]})
    stops = [{"index": 1, "name": "gate", "param": 0}]
    group = {"cruise_index": 1, "cruise_name": "round", "cruise_param": 0, "presets": stops}
    await client.value(607, {"cruise_groups": [group]})
    for cmdtype, message in QUESTIONS.items():
        reply = await client.value(cmdtype, message)
        known = {field.name: field for field in client.camera.catalogue.commands[cmdtype].reply}
        assert {field.name for field in known.values() if field.required} <= set(reply), cmdtype
        wrong = [name for name, value in reply.items() if name not in known or not agrees(value, known[name])]
        assert wrong == [], cmdtype


@pytest.mark.asyncio
async def test_pushes_have_the_shape_of_the_catalogue(client: Client) -> None:
    camera = client.camera
    await client.value(3, {"show_type": 1, "rule_list": [rule()]})
    area = {"area_name": "boiler", "top_left_x": 91, "top_left_y": 91, "bo_right_x": 200, "bo_right_y": 200}
    await client.value(51, {"detect_mode": 1, "area1": {**area, "sensitivity": 50}})
    await client.value(19, {"trace_flag": 1})
    await client.value(516, {"push_report": 1})
    camera.scene.heat("plate", 90, 90, 70, 70, 180.0, 0.95)
    camera.causes.alarm_input = True
    camera.causes.stream_failure = 1
    camera.causes.network_failure = True
    camera.clock.advance(2)
    camera.causes.memory_full = True
    camera.causes.storage_failure = True
    camera.clock.advance(61)
    await client.value(617)
    seen = {push["cmdtype"] for push in client.pushes}
    assert {1000, 1002, 1003, 1004, 1007, 1008, 1009, 1010, 1011} <= seen
    for push in client.pushes:
        row = camera.catalogue.pushes[push["cmdtype"]]
        body, known = push[row.body], {field.name: field for field in row.fields}
        assert {field.name for field in row.fields if field.required} <= set(body), push["cmdtype"]
        wrong = [name for name, value in body.items() if name not in known or not agrees(value, known[name])]
        assert wrong == [], push["cmdtype"]
