"""What the stimulus channel can do for a bench: many steps at once, true surroundings, a camera that is wrong."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from conformance.client import Cipher, ControlClient, Transcript
from conformance.dut.stimulus import Stimulus, StimulusError
from fixtures.camera.wire.cipher import public_key
from fixtures.run.embedded import EmbeddedCamera

pytestmark = pytest.mark.asyncio(loop_scope="session")

PLATE = {"name": "plate", "x": 100, "y": 100, "w": 60, "h": 60, "emissivity": 1.0}
SPOT = {"cursor_x": 130, "cursor_y": 130, "cursor_type": 0}


@pytest_asyncio.fixture(loop_scope="session")
async def channel(embedded: EmbeddedCamera) -> AsyncIterator[Stimulus]:
    stimulus = Stimulus("127.0.0.1", embedded.ready["stimulus_port"])
    yield stimulus
    await stimulus.do("cool")
    await stimulus.do("misread")
    await stimulus.do("surroundings", distance=0.5, humidity=50, reflected=23, air=23)
    await stimulus.close()


@pytest_asyncio.fixture(loop_scope="session")
async def client(embedded: EmbeddedCamera) -> AsyncIterator[ControlClient]:
    ready = embedded.ready
    async with await ControlClient.connect("127.0.0.1", ready["control_port"], transcript=Transcript()) as control:
        await control.login("admin", "admin", Cipher(ready["public_key"]))
        facts = {"emiss_mode": 2, "emiss": 1.0, "dist": 0.5, "ref_temp": 23.0, "humi": 50}
        assert (await control.request(1, facts)).ok
        yield control
        await control.logout("admin")


async def seen(client: ControlClient) -> float:
    return float(((await client.request(521, SPOT)).message or {})["value"])


async def test_steps_warm_a_target_and_let_time_pass(channel: Stimulus, client: ControlClient) -> None:
    await channel.do("heat", temperature=30.0, **PLATE)
    before = (await channel.do("state"))["uptime"]
    warm, hot = {"temperatures": {"plate": 50.0}}, {"temperatures": {"plate": 70.0}}
    steps = [{"seconds": 5.5, **warm}, {"seconds": 4.5}, {"seconds": 0, **hot}]
    after = await channel.do("steps", steps=steps)
    assert after["uptime"] - before >= 10
    assert after["output_changes"] == []
    assert abs(await seen(client) - 70) < 0.5


async def test_steps_tell_when_the_alarm_relay_changed(channel: Stimulus, client: ControlClient) -> None:
    await client.request(47, {"flag": 1, "type": 0, "output_flag": 1, "output_hold": 10})
    await channel.do("alarm-input", closed=True)
    told = await channel.do("steps", steps=[{"seconds": 4}, {"seconds": 4}, {"seconds": 20}])
    assert [output for _, output in told["output_changes"]] == [True, False]
    assert told["output"] is False
    await channel.do("alarm-input", closed=False)
    await client.request(47, {"flag": 0, "output_flag": 0, "output_hold": 10})


async def test_surroundings_are_what_the_scene_is_made_of(channel: Stimulus, client: ControlClient) -> None:
    await channel.do("heat", temperature=100.0, **PLATE)
    clear = await seen(client)
    await channel.do("surroundings", distance=50.0, humidity=90)
    assert await seen(client) < clear - 1


async def test_a_misreading_adds_up_and_can_be_taken_back(channel: Stimulus, client: ControlClient) -> None:
    await channel.do("heat", temperature=123.0, **PLATE)
    await channel.do("misread", offset=-1.0, gain=0.05, drift=2.0)
    await channel.do("advance", seconds=1800)
    await client.login("admin", "admin", Cipher(public_key()))
    assert abs(await seen(client) - (123 - 1 + 5 + 1)) < 0.5
    await channel.do("misread")
    assert abs(await seen(client) - 123) < 0.5


@pytest.mark.parametrize(
    ("what", "facts", "sentence"),
    [
        ("steps", {}, "steps"),
        ("steps", {"steps": []}, "1 to"),
        ("steps", {"steps": [3]}, "seconds"),
        ("steps", {"steps": [{"seconds": -1}]}, "seconds"),
        ("steps", {"steps": [{"seconds": 1, "temperatures": {"nothing": 20}}]}, "no surface"),
        ("steps", {"steps": [{"seconds": 1, "temperatures": [1]}]}, "temperatures"),
        ("surroundings", {"humidity": 0}, "humidity"),
        ("surroundings", {"air": "warm"}, "air"),
        ("misread", {"offset": 1e9}, "offset"),
        ("misread", {"noise": -1}, "noise"),
    ],
)
async def test_what_cannot_be_done_is_refused_in_words(
    channel: Stimulus, what: str, facts: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(StimulusError, match=sentence):
        await channel.do(what, **facts)
