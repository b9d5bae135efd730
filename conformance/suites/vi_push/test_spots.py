"""The hottest and the coldest spot of the scene (III.19) are told by push 1000, type 2 and 3."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from conformance.catalogue import Safety
from conformance.dut.device import Device
from conformance.rules.case import Case, cases
from conformance.steps.alarms import EXCLUDED, heat, no_push, of_object, settle
from conformance.steps.causes import passing, track
from conformance.steps.push_content import content, number, on_time
from conformance.steps.scene import spot_of

_SAFE = Safety.REVERSIBLE
_TRIES = 3
_APART_K = 8.0


def _spots(*parts: str) -> Iterator[Case[Any]]:
    for name, kind in (("hot-spot", 2), ("cold-spot", 3)):
        for part in parts:
            off = part not in ("threshold", "place")
            yield Case(
                f"III.19/{name}/{part}" if off else f"VI.1000/{name}/{part}",
                f"The {name.replace('-', ' ')} passes its threshold: {part}",
                _SAFE,
                requirement="III.19/switches" if off else "VI.1000/spots",
                clause="III.19" if off else "VI.1000",
                capabilities=("measurement", "tracking"),
                writes=("pair:19",),
                waits_s=9,
                data=(name.partition("-")[0], kind, part),
            )


@cases(_spots("threshold"))
async def test_a_spot_is_pushed(case: Case[Any], dut: Device) -> None:
    name, kind, _ = case.data
    await track(dut)
    await settle(dut, 2)
    mark = dut.control.pushes.mark()
    await track(dut, **passing(name))
    await settle(dut, 1)
    push = await dut.push(1000, since=mark, match=lambda push: not of_object(push))
    assert push is not None
    body = content(push)
    config = body.get("config")
    shape = config.get("objtype", 0) if isinstance(config, dict) else 0
    dut.demand(body.get("type") == kind, f"type {kind}", f"type {body.get('type')!r}")
    dut.demand(shape == 0, "objtype 0 (hot or cold spot)", f"objtype {shape!r}")
    wanted = 1 if name == "hot" else 2
    dut.demand(body.get("temp_flag") == wanted, f"temp_flag {wanted}", f"{body.get('temp_flag')!r}")
    await on_time(dut, push)
    again = dut.control.pushes.mark()
    await no_push(dut, 1000, again, "the spot only stays", match=lambda push: not of_object(push))


@cases(_spots("place"))
async def test_a_spot_is_where_it_is_said_to_be(case: Case[Any], dut: Device) -> None:
    """The cursor reads there what the push says, not the other extreme; a scene may move between the two."""
    name, _, _ = case.data
    expected = observed = ""
    for _ in range(_TRIES):
        await track(dut)
        await settle(dut, 2)
        mark = dut.control.pushes.mark()
        await track(dut, **passing(name))
        await settle(dut, 1)
        push = await dut.push(1000, since=mark, match=lambda push: not of_object(push))
        assert push is not None
        config, low, high = content(push).get("config"), number(push, "low_temp", 0), number(push, "high_temp", 0)
        points = config.get("points") if isinstance(config, dict) else None
        point = points[0] if isinstance(points, list) and points and isinstance(points[0], dict) else {}
        x, y = point.get("x"), point.get("y")
        # config is there, what is in it need not be (R122); one that is not valid for the alarm may be 0.
        if not (isinstance(x, int) and isinstance(y, int)) or high - low < _APART_K or 0 in (high, low):
            dut.judgement.observe("R122", f"the {name} spot is told without a place that could be compared")
            return
        seen, _ = await spot_of(dut, x, y)
        middle = (low + high) / 2
        told = high if name == "hot" else low
        expected, observed = f"about {told} degC at ({x}, {y}), as the push says", f"{seen}"
        if seen is None or (seen > middle if name == "hot" else seen < middle):
            dut.demand(True, expected, observed)
            return
    dut.demand(False, expected, observed, check="place")


@cases(_spots("tracking-off", "spot-off", "excluded"))
async def test_a_spot_that_is_off_is_not_pushed(case: Case[Any], dut: Device) -> None:
    name, _, part = case.data
    off: dict[str, dict[str, Any]] = {
        "tracking-off": {"trace_flag": 0},
        "spot-off": {f"{'high' if name == 'hot' else 'low'}_flag": 0},
        "excluded": {"effect_day": EXCLUDED},
    }
    await track(dut)
    await settle(dut, 2)
    mark = dut.control.pushes.mark()
    await track(dut, **{**passing(name), **off[part]})
    await no_push(dut, 1000, mark, part.replace("-", " "), match=lambda push: not of_object(push))


@cases(
    Case(
        f"VI.1000/{label}/heat",
        f"A {label.replace('-', ' ')} that comes into view is told by 1000",
        _SAFE,
        requirement="VI.1000/spots",
        capabilities=("measurement", "tracking"),
        stimuli=("heat", "clock"),
        writes=("pair:19",),
        waits_s=10,
        data=(label, threshold, temperature),
    )
    for label, threshold, temperature in (
        ("hot-spot", {"high_flag": 1, "high_temp": 150.0}, 300),
        ("cold-spot", {"low_flag": 1, "low_temp": -5.0}, -25),
    )
)
async def test_a_spot_in_view_is_pushed(case: Case[Any], dut: Device) -> None:
    label, threshold, temperature = case.data
    await track(dut, **threshold)
    await settle(dut, 1)
    try:
        for _ in range(2):
            mark = dut.control.pushes.mark()
            await heat(dut, temperature)
            await settle(dut, 2)
            push = await dut.push(1000, since=mark, match=lambda push: not of_object(push))
            assert push is not None
            found = number(push, "high_temp" if label == "hot-spot" else "low_temp", temperature)
            passed = found > 150 if label == "hot-spot" else found < -5
            dut.demand(passed, f"a temperature beyond the threshold {threshold}", f"{found}")
            await dut.stimulus.do("cool", name="bench")
            await settle(dut, 2)
    finally:
        await dut.stimulus.do("cool", name="bench")
