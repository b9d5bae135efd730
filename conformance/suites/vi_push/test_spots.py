"""Push 1000, type 2 and 3: the hottest and the coldest spot of the scene (III.19) that pass their thresholds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from conformance.catalogue import Safety
from conformance.catalogue.json_types import JsonObject
from conformance.checks import short
from conformance.dut.device import Device
from conformance.rules.case import Case, cases
from conformance.steps.alarms import heat_object, is_of_object, judge_no_push, wait_for_pushes
from conformance.steps.causes import set_tracking, spot_passed
from conformance.steps.push_content import content, judge_time, number
from conformance.steps.scene import spot_of

_SAFE = Safety.REVERSIBLE
_TRIES = 3
_APART_K = 8.0


@dataclass(frozen=True, slots=True)
class _Spot:
    """The hottest or coldest spot: its name, its type in push 1000, its temp_flag."""

    name: str
    type: int
    temp_flag: int


_SPOTS = (_Spot("hot", 2, 1), _Spot("cold", 3, 2))


def _spots(label: str, title: str) -> Iterator[Case[_Spot]]:
    return (
        Case(
            f"VI.1000/{spot.name}-spot/{label}",
            f"A {spot.name} spot that passes its threshold must {title}",
            _SAFE,
            requirement="VI.1000/spots",
            capabilities=("measurement", "tracking"),
            writes=("pair:19",),
            waits_s=9,
            data=spot,
        )
        for spot in _SPOTS
    )


@cases(_spots("threshold", "send 1000 once"))
async def test_a_spot_is_pushed(case: Case[_Spot], dut: Device) -> None:
    spot = case.data
    await set_tracking(dut)
    await wait_for_pushes(dut, 2)
    mark = dut.control.pushes.mark()
    await set_tracking(dut, **spot_passed(spot.name))
    await wait_for_pushes(dut, 1)
    push = await dut.push(1000, since=mark, match=lambda push: not is_of_object(push))
    assert push is not None
    body = content(push)
    config = body.get("config")
    shape = config.get("objtype", 0) if isinstance(config, dict) else 0
    dut.demand(body.get("type") == spot.type, f"type {spot.type}", f"type {body.get('type')!r}")
    dut.demand(shape == 0, "objtype 0 (hot or cold spot)", f"objtype {shape!r}")
    flag = body.get("temp_flag")
    dut.demand(flag == spot.temp_flag, f"temp_flag {spot.temp_flag}", f"temp_flag {flag!r}")
    await judge_time(dut, push)
    again = dut.control.pushes.mark()
    await judge_no_push(dut, 1000, again, "the spot only stays", match=lambda push: not is_of_object(push))


@cases(_spots("place", "be reported by 1000 at its own place"))
async def test_a_spot_is_at_the_reported_place(case: Case[_Spot], dut: Device) -> None:
    """The cursor must read there what the push says, not the other extreme; a scene may move between the two."""
    name = case.data.name
    expected = observed = ""
    for _ in range(_TRIES):
        await set_tracking(dut)
        await wait_for_pushes(dut, 2)
        mark = dut.control.pushes.mark()
        await set_tracking(dut, **spot_passed(name))
        await wait_for_pushes(dut, 1)
        push = await dut.push(1000, since=mark, match=lambda push: not is_of_object(push))
        assert push is not None
        config, low, high = content(push).get("config"), number(push, "low_temp", 0), number(push, "high_temp", 0)
        points = config.get("points") if isinstance(config, dict) else None
        point = points[0] if isinstance(points, list) and points and isinstance(points[0], dict) else {}
        x, y = point.get("x"), point.get("y")
        # config must be there, its content need not (R122); a temperature that is not valid for the alarm may be 0.
        if not (isinstance(x, int) and isinstance(y, int)) or high - low < _APART_K or 0 in (high, low):
            dut.judgement.observe("R122", f"the {name} spot is reported without a place that could be compared")
            return
        seen, _ = await spot_of(dut, x, y)
        middle = (low + high) / 2
        reported = high if name == "hot" else low
        expected, observed = f"about {reported} degC at ({x}, {y}), as the push says", f"{seen}"
        if seen is None or (seen > middle if name == "hot" else seen < middle):
            dut.demand(True, expected, observed)
            return
    dut.demand(False, expected, observed, check="place")


class _Heat(NamedTuple):
    """A target of a temperature in degC, the threshold that it passes, and the settings of that threshold."""

    spot: str
    target: int
    threshold: float
    settings: JsonObject


@cases(
    Case(
        f"VI.1000/{seen.spot}-spot/heat",
        f"A {seen.spot} spot that comes into view must send 1000",
        _SAFE,
        requirement="VI.1000/spots",
        capabilities=("measurement", "tracking"),
        stimuli=("heat", "clock"),
        writes=("pair:19",),
        waits_s=10,
        data=seen,
    )
    for seen in (
        _Heat("hot", 300, 150.0, {"high_flag": 1, "high_temp": 150.0}),
        _Heat("cold", -25, -5.0, {"low_flag": 1, "low_temp": -5.0}),
    )
)
async def test_a_spot_in_view_is_pushed(case: Case[_Heat], dut: Device) -> None:
    target = case.data
    hot = target.spot == "hot"
    await set_tracking(dut, **target.settings)
    await wait_for_pushes(dut, 1)
    try:
        for _ in range(2):
            mark = dut.control.pushes.mark()
            await heat_object(dut, target.target)
            await wait_for_pushes(dut, 2)
            push = await dut.push(1000, since=mark, match=lambda push: not is_of_object(push))
            assert push is not None
            found = number(push, "high_temp" if hot else "low_temp", target.target)
            passed = found > target.threshold if hot else found < target.threshold
            dut.demand(passed, f"a temperature beyond the threshold {short(target.settings)}", f"temperature {found}")
            await dut.stimulus.do("cool", name="bench")
            await wait_for_pushes(dut, 2)
    finally:
        await dut.stimulus.do("cool", name="bench")
