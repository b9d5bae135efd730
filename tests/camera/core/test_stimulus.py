"""The stimulus channel: causes that only a bench can produce."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

pytestmark = pytest.mark.asyncio


async def do(channel: Any, what: str, **facts: Any) -> Any:
    answer = await channel.post("/stimulus", json={"do": what, **facts})
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_the_state_tells_what_only_the_bench_can_see(bench: Any, admin: Any) -> None:
    channel = await bench.bench()

    state = await do(channel, "state")

    assert (state["output"], state["flash"], state["sound"], state["recording"]) == (False, False, False, False)
    assert (state["sessions"], state["online"], state["away"]) == (1, 1, False)
    assert state["time"]


async def test_time_advances_at_once(bench: Any, admin: Any) -> None:
    channel = await bench.bench()
    before = (await do(channel, "state"))["uptime"]

    after = (await do(channel, "advance", seconds=119))["uptime"]

    assert 119 <= after - before < 124
    assert await admin.code(2) == 0
    await do(channel, "advance", seconds=2)
    assert await admin.code(2) == 10005


async def test_two_clients_that_advance_at_once_advance_twice(bench: Any) -> None:
    channel = await bench.bench()
    before = bench.camera.clock.now()

    await asyncio.gather(do(channel, "advance", seconds=30), do(channel, "advance", seconds=30))

    assert bench.camera.clock.now() - before >= 60


async def test_a_heated_target_is_measured_and_a_cooled_one_is_not(bench: Any, admin: Any) -> None:
    channel = await bench.bench()
    await admin.get(1, {"emiss": 1.0})
    at = {"cursor_x": 205, "cursor_y": 105, "cursor_type": 0}
    cold = (await admin.get(521, at))["value"]

    await do(channel, "heat", x=200, y=100, w=20, h=20, temperature=90.0, name="plate")
    hot = (await admin.get(521, at))["value"]
    await do(channel, "cool", name="plate")
    cold_again = (await admin.get(521, at))["value"]

    assert abs(hot - 90) < 3
    assert abs(cold - cold_again) < 3
    await do(channel, "heat", x=200, y=100, w=20, h=20, temperature=90.0)
    await do(channel, "cool")
    assert bench.camera.scene.targets == {}


@pytest.mark.parametrize(
    ("what", "fact", "condition"),
    [
        ("alarm-input", "closed", "alarm_input"),
        ("memory-full", "on", "memory_full"),
        ("storage-failure", "on", "storage_failure"),
        ("network-failure", "on", "network_failure"),
        ("ip-conflict", "on", "ip_conflict"),
        ("lens-covered", "on", "lens_covered"),
        ("window-dirty", "on", "window_dirty"),
        ("flame", "on", "flame"),
    ],
)
async def test_a_condition_is_switched_on_and_off(bench: Any, what: str, fact: str, condition: str) -> None:
    channel = await bench.bench()

    for value in (True, False):
        await do(channel, what, **{fact: value})
        assert getattr(bench.camera.causes, condition) is value


async def test_a_stream_failure_has_a_type(bench: Any, admin: Any) -> None:
    channel = await bench.bench()

    await do(channel, "stream-failure", type=2)
    await do(channel, "advance", seconds=1)

    assert (await admin.push(1004))["content"] == {"type": 2}
    await do(channel, "stream-failure", type=0)
    assert bench.camera.causes.stream_failure == 0


@pytest.mark.parametrize(
    "facts",
    [
        {"do": "explode"},
        {},
        [],
        {"do": "advance"},
        {"do": "advance", "seconds": -1},
        {"do": "advance", "seconds": True},
        {"do": "advance", "seconds": "3"},
        {"do": "alarm-input", "closed": 1},
        {"do": "flame"},
        {"do": "stream-failure", "type": 4},
        {"do": "heat", "x": 1, "y": 1, "w": 1, "h": 1},
        {"do": "heat", "x": 1, "y": 1, "w": 1, "h": 1, "temperature": 1e6},
        {"do": "heat", "x": 1.5, "y": 1, "w": 1, "h": 1, "temperature": 50},
        {"do": "heat", "x": 1, "y": 1, "w": 0, "h": 1, "temperature": 50},
    ],
)
async def test_a_stimulus_that_cannot_be_is_refused_with_a_sentence(bench: Any, facts: Any) -> None:
    channel = await bench.bench()

    answer = await channel.post("/stimulus", json=facts)

    assert answer.status_code == 400
    assert len(answer.text) > 10
