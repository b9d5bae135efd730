"""Chapter IV, 600 to 605 and 617: commands start and stop, presets are kept, approached and deleted, and 617 tells the
truth about what moves.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from conformance import checks
from conformance.catalogue import Safety, load
from conformance.dut.device import Device
from conformance.rules.case import Case, case, cases
from conformance.steps import ptz_lists, waiting
from conformance.steps.titles import as_json

_CATALOGUE = load()
_SAFE = Safety.REVERSIBLE
_COMMANDS = _CATALOGUE.commands[600].request_field("message.ptz_command").enum or {}
_START, _STOP = 0, 1


def _drive(command: int, action: int, step: int = 5) -> dict[str, Any]:
    return {"ptz_command": command, "ptz_action": action, "ptz_param1": step, "ptz_param2": 0, "ptz_param3": 0}


@cases(
    Case(
        f"IV.600/command-{number}",
        f"PTZ command {number} ({meaning}) must start and stop",
        _SAFE,
        requirement="IV.600/start-stop",
        capabilities=("ptz",),
        writes=("ptz",),
        data=number,
        quick=number in (12, 27),
    )
    for number, meaning in _COMMANDS.items()
)
async def test_a_ptz_command_starts_and_stops(case: Case[Any], dut: Device) -> None:
    for action in (_START, _STOP):
        reply = await dut.ask(600, _drive(case.data, action))
        if reply.retcode == 10008:
            dut.judgement.observe("R85", f"command {case.data} not supported")
            dut.demand(True, "obeyed, or refused as not supported (R85)", checks.describe(reply))
        else:
            dut.check(checks.success(reply))


@cases(
    Case(
        f"IV.600/param1-{bound}",
        f"A turn must accept the {bound}est ptz_param1 of the profile",
        _SAFE,
        requirement="IV.600/start-stop",
        capabilities=("ptz",),
        writes=("ptz",),
        data=f"ptz_param1_{key}",
    )
    for bound, key in (("small", "min"), ("larg", "max"))
)
async def test_a_turn_takes_the_limits_of_param1(case: Case[Any], dut: Device) -> None:
    for action in (_START, _STOP):
        reply = await dut.ask(600, _drive(14, action, dut.profile[case.data]))
        dut.demand(reply.retcode in (0, 10008), "obeyed, or refused as not supported (R85)", checks.describe(reply))


@cases(
    Case(
        f"IV.{number}/list",
        f"Command {number} must be answered in full: {_CATALOGUE.commands[number].title}",
        requirement=f"IV.{number}/reply",
        capabilities=waiting.capabilities(number),
        quick=True,
        data=number,
    )
    for number in (601, 606, 611, 614, 617)
)
async def test_a_ptz_query_is_answered_in_full(case: Case[Any], dut: Device) -> None:
    await dut.get(case.data)


# Presets


async def _presets(dut: Device) -> dict[int, dict[str, Any]]:
    await dut.get(601)
    return await ptz_lists.entries(dut, 601, "presets", "index")


async def _free(dut: Device, count: int = 1) -> list[int]:
    return ptz_lists.free(await ptz_lists.entries(dut, 601, "presets", "index"), dut.profile["ptz_presets"], count)


_PRESET: dict[str, Any] = {"safety": _SAFE, "capabilities": ("ptz.preset",), "writes": ("presets",)}


@case("IV.602/life", "A preset must be added, changed, approached and deleted", quick=True, **_PRESET)
async def test_the_life_of_a_preset(case: Case, dut: Device) -> None:
    (index,) = await _free(dut)
    for number, name in ((602, "north"), (604, "south")):
        await dut.succeeds(number, ptz_lists.preset((index, name, 0)))
        shown = (await _presets(dut)).get(index, {}).get("name")
        dut.demand(shown == name, f"preset {index} called {name!r}", f"{shown!r}")
    await dut.succeeds(605, {"index": index})
    await dut.succeeds(603, {"presets": [{"index": index}]})
    left = await _presets(dut)
    dut.demand(index not in left, f"preset {index} is gone", f"presets {sorted(left)[:20]}")


_NAMES = {
    "twenty": "twenty characters xx",
    "thirty-two": "thirty-two characters of a name.",
    "forty": "forty characters of a name, as it may be",
    "non-ascii": "Tür 5 热像仪",
    "escapes": 'a"b\\c/d',
}


@cases(
    Case(
        f"IV.601/name-{label}",
        f"Command 601 must show the name {as_json(name)} as it was set",
        requirement="IV.601/names",
        data=name,
        **_PRESET,
    )
    for label, name in _NAMES.items()
)
async def test_a_name_is_shown_as_it_was_given(case: Case[Any], dut: Device) -> None:
    (index,) = await _free(dut)
    reply = await dut.ask(602, ptz_lists.preset((index, case.data, 0)))
    shown = (await _presets(dut)).get(index, {}).get("name")
    if len(case.data) > 32:
        # The document prints no length: beyond 32 a device may cut or refuse.
        dut.judgement.observe("601", f"40 characters: {reply.retcode}, {len(str(shown)) if shown else 0} shown")
        dut.demand(not reply.ok or case.data.startswith(str(shown)), f"{case.data!r}, or its beginning", f"{shown!r}")
        return
    dut.check(checks.success(reply))
    dut.demand(shown == case.data, f"{case.data!r}", f"{shown!r}")


async def _together(dut: Device, number: int, *messages: dict[str, Any]) -> None:
    """One request for all entries; a device may want them one by one (IV.602 to IV.604)."""
    whole = {"presets": [entry for message in messages for entry in message["presets"]]}
    reply = await dut.ask(number, whole)
    if reply.ok:
        dut.judgement.observe(str(number), "several at once")
        return
    dut.check(checks.refused(dut.catalogue, reply, "R22"))
    dut.judgement.observe(str(number), "one by one")
    present = set(await ptz_lists.entries(dut, 601, "presets", "index"))
    for message in messages:
        index = message["presets"][0]["index"]
        if number == 604 or (index in present) == (number == 603):
            await dut.succeeds(number, message)


@cases(
    Case(f"IV.{number}/several", title, data=number, **_PRESET)
    for number, title in (
        (602, "Three presets must be added in one message, or one by one"),
        (603, "Three presets must be deleted in one message, or one by one"),
        (604, "Three presets must be changed in one message, or one by one"),
    )
)
async def test_several_presets_in_one_message(case: Case[Any], dut: Device) -> None:
    others = await _presets(dut)
    indices = await _free(dut, 3)
    if case.data == 602:
        await _together(dut, 602, *(ptz_lists.preset((index, f"a{index}", 0)) for index in indices))
        wanted = {index: f"a{index}" for index in indices}
    else:
        for index in indices:
            await dut.must(602, ptz_lists.preset((index, f"p{index}", 0)))
        wanted = {}
    if case.data == 603:
        await _together(dut, 603, *({"presets": [{"index": index}]} for index in indices))
    elif case.data == 604:
        await _together(dut, 604, *(ptz_lists.preset((index, f"b{index}", 0)) for index in indices))
        wanted = {index: f"b{index}" for index in indices}
    after = await _presets(dut)
    shown = {index: after[index].get("name") for index in indices if index in after}
    dut.demand(shown == wanted, f"{wanted or 'none of them'}", f"{shown}")
    rest = {index: entry for index, entry in after.items() if index not in indices}
    dut.demand(rest == others, "the other presets as they were", checks.short(rest))


@case("IV.604/param", "A change must store param as adding does, and keep the index", **_PRESET)
async def test_a_change_stores_param(case: Case, dut: Device) -> None:
    index, other = await _free(dut, 2)
    await dut.must(602, ptz_lists.preset((index, "one", 5)))
    await dut.must(602, ptz_lists.preset((other, "two", 6)))
    added = (await _presets(dut)).get(index, {}).get("param")
    await dut.succeeds(604, ptz_lists.preset((index, "three", 7)))
    shown = await _presets(dut)
    dut.demand(shown.get(index, {}).get("name") == "three", f"preset {index} called 'three'", checks.short(shown))
    dut.demand(shown.get(other, {}).get("name") == "two", f"preset {other} called 'two'", checks.short(shown))
    changed = shown.get(index, {}).get("param")
    if added == 5:
        dut.demand(changed == 7, "param 7", f"param {changed!r}")
    else:
        # Reserved: a device that does not keep it when adding need not keep it here.
        dut.judgement.observe("604", f"param 5 shown as {added!r}")


@case("IV.602/existing", "Adding an index that exists must overwrite it or be refused", **_PRESET)
async def test_adding_an_existing_index(case: Case, dut: Device) -> None:
    (index,) = await ptz_lists.add_preset(dut)
    before = await _presets(dut)
    reply = await dut.ask(602, ptz_lists.preset((index, "again", 0)))
    after = await _presets(dut)
    dut.judgement.observe("R170", "overwritten" if reply.ok else "refused")
    name = "again" if reply.ok else before.get(index, {}).get("name")
    if not reply.ok:
        dut.check(checks.refused(dut.catalogue, reply, "R33", "R22"))
    dut.demand(after.get(index, {}).get("name") == name, f"called {name!r}", checks.short(after.get(index)))
    dut.demand(len(after) == len(before), f"{len(before)} presets", f"{len(after)}")


@cases(
    Case(
        f"IV.{number}/nothing-there",
        f"Command {number} must refuse an index that does not exist: {_CATALOGUE.commands[number].title}",
        _SAFE,
        capabilities=waiting.capabilities(number),
        writes=("presets",) if number < 606 else ("cruise-groups",),
        data=number,
    )
    for number in (603, 604, 605, 608, 609, 610)
)
async def test_what_does_not_exist_is_refused(case: Case[Any], dut: Device) -> None:
    number = case.data
    if number < 606:
        (index,) = await _free(dut)
        message: dict[str, Any] = {
            603: {"presets": [{"index": index}]},
            604: ptz_lists.preset((index, "nowhere", 0)),
            605: {"index": index},
        }[number]
        query = 601
    else:
        groups = await ptz_lists.entries(dut, 606, "cruise_groups", "cruise_index")
        (index,) = ptz_lists.free(groups, dut.profile["ptz_cruise_groups"])
        message = {
            608: {"cruise_groups": [{"cruise_index": index}]},
            609: ptz_lists.group(index, "nowhere", []),
            610: {"cruise_index": index, "cruise_action": _START},
        }[number]
        query = 606
    before = await dut.must(query)
    await dut.is_refused(number, message, "R33")
    after = await dut.must(query)
    dut.demand(before == after, "nothing has changed", checks.short(after))


@case(
    "IV.603/half",
    "A list to delete with a preset that does not exist must be refused",
    requirement="IV.603/nothing-there",
    **_PRESET,
)
async def test_deleting_a_list_with_one_missing(case: Case, dut: Device) -> None:
    (index,) = await ptz_lists.add_preset(dut)
    (missing,) = await _free(dut)
    reply = await dut.ask(603, {"presets": [{"index": index}, {"index": missing}]})
    left = index in await _presets(dut)
    dut.judgement.observe("603", f"one of two missing: {reply.retcode}, the other {'left' if left else 'deleted'}")
    dut.check(checks.refused(dut.catalogue, reply, "R33"))


# 617


async def _movement(dut: Device) -> tuple[Any, Any, Any]:
    state = await dut.get(617)
    return state.get("ptz_movement"), state.get("ptz_move_type"), state.get("ptz_move_index")


async def _start_cruise(dut: Device) -> tuple[int, dict[str, Any]]:
    index, _ = await ptz_lists.add_group(dut, 2)
    await dut.must(610, {"cruise_index": index, "cruise_action": _START})
    return index, {"cruise_index": index, "cruise_action": _STOP}


async def _start_scan(dut: Device) -> tuple[int, dict[str, Any]]:
    last = dut.profile["ptz_linescans"]
    sides = {"linescan_left_enable": 1, "linescan_right_enable": 1}
    stays = {"linescan_left_duration": 1, "linescan_right_duration": 1}
    await dut.must(612, {"linescan_index": last, "linescan_speed": 3, **sides, **stays})
    await dut.must(613, {"linescan_index": last, "linescan_action": _START})
    return last, {"linescan_index": last, "linescan_action": _STOP}


async def _start_trace(dut: Device) -> tuple[int, dict[str, Any]]:
    last = dut.profile["ptz_traces"]
    await dut.must(615, {"trace_index": last, "trace_record_action": _START})
    await dut.ask(600, _drive(14, _START))
    await dut.clock.sleep(1)
    await dut.ask(600, _drive(14, _STOP))
    await dut.must(615, {"trace_index": last, "trace_record_action": _STOP})
    await dut.must(616, {"trace_index": last, "trace_action": _START})
    return last, {"trace_index": last, "trace_action": _STOP}


_Start = Callable[[Device], Awaitable[tuple[int, dict[str, Any]]]]
_MOVEMENTS: dict[str, tuple[int, int, _Start, tuple[str, ...], tuple[str, ...], Safety]] = {
    "cruise": (610, 1, _start_cruise, ("ptz.cruise", "ptz.preset"), ("cruise-groups", "presets"), _SAFE),
    "linescan": (613, 2, _start_scan, ("ptz.linescan",), ("linescans",), _SAFE),
    "trace": (616, 3, _start_trace, ("ptz.trace",), (), Safety.DISRUPTIVE),
}
"""Name: command, type in 617, how to start, what it needs, what it writes, safety class."""


@case(
    "IV.617/rest",
    "Command 617 must show rest after movements were stopped",
    _SAFE,
    requirement="IV.617/truth",
    capabilities=("ptz", "ptz.cruise", "ptz.preset", "ptz.linescan"),
    writes=("cruise-groups", "presets", "linescans", "ptz"),
    waits_s=10,
)
async def test_617_comes_to_rest(case: Case, dut: Device) -> None:
    rested, seen = [], []
    for name in ("cruise", "linescan"):
        number, _, start, *_ = _MOVEMENTS[name]
        _, stop = await start(dut)
        seen.append(await _movement(dut))
        await dut.ask(number, stop)
        rested.append(await waiting.until(dut, lambda: _rests(dut), 5))
        seen.append(await _movement(dut))
    # One that does not stop is the fault of its command (IV.610/runs, IV.613/runs).
    dut.demand(any(rested), "at rest after a stop", f"{seen}")


@cases(
    Case(
        f"IV.617/{name}",
        f"Command 617 must show a running {name} by type and index",
        safety,
        requirement="IV.617/truth",
        capabilities=("ptz", *needed),
        writes=(*written, "ptz"),
        data=name,
        waits_s=1,
    )
    for name, (_, _, _, needed, written, safety) in _MOVEMENTS.items()
)
async def test_617_names_what_moves(case: Case[Any], dut: Device) -> None:
    number, kind, start, *_ = _MOVEMENTS[case.data]
    index, stop = await start(dut)
    try:
        await waiting.until(dut, lambda: _moves(dut), 3)
        seen = await _movement(dut)
        dut.demand(seen == (1, kind, index), f"moving, type {kind}, index {index}", f"{seen}")
    finally:
        await dut.ask(number, stop)


async def _moves(dut: Device) -> bool:
    return bool((await _movement(dut))[0] == 1)


async def _rests(dut: Device) -> bool:
    return bool((await _movement(dut))[0] == 0)


@cases(
    Case(
        f"IV.{number}/runs",
        f"A {name} must run and stop",
        safety,
        capabilities=("ptz", *needed),
        writes=(*written, "ptz"),
        data=name,
        quick=number == 610,
        waits_s=5,
    )
    for name, (number, _, _, needed, written, safety) in _MOVEMENTS.items()
)
async def test_a_movement_runs_and_stops(case: Case[Any], dut: Device) -> None:
    number, _, start, *_ = _MOVEMENTS[case.data]
    _, stop = await start(dut)
    dut.demand(await waiting.until(dut, lambda: _moves(dut), 3), "617: moving", f"{await _movement(dut)}")
    await dut.succeeds(number, stop)
    dut.demand(
        await waiting.until(dut, lambda: _rests(dut), 5), "617: at rest after the stop", f"{await _movement(dut)}"
    )
    # A stop of nothing is 0 or refused (R171).
    reply = await dut.ask(number, stop)
    dut.judgement.observe("R171", f"a stop of nothing: {reply.retcode}")
    if not reply.ok:
        dut.check(checks.refused(dut.catalogue, reply, "R33"))


@case(
    "IV.610/goes-on",
    "A cruise must go on to its second stop",
    _SAFE,
    requirement="IV.610/runs",
    capabilities=("ptz", "ptz.cruise", "ptz.preset"),
    writes=("cruise-groups", "presets", "ptz"),
    waits_s=14,
)
async def test_a_cruise_goes_on_to_its_second_stop(case: Case, dut: Device) -> None:
    index, stop = await _start_cruise(dut)
    try:
        # Both stops are where the head points now, 10 s each: sooner than after 20 s no round is over.
        await dut.clock.sleep(14)
        seen = await _movement(dut)
        dut.demand(seen[0] == 1, f"cruise group {index} runs after 14 of its 20 s", f"{seen}")
    finally:
        await dut.ask(610, stop)


@case(
    "IV.617/replaced",
    "Command 617 must show one of two movements that were started, or rest",
    _SAFE,
    requirement="IV.617/truth",
    capabilities=("ptz", "ptz.cruise", "ptz.preset", "ptz.linescan"),
    writes=("cruise-groups", "presets", "linescans", "ptz"),
    waits_s=5,
)
async def test_one_movement_replaces_another(case: Case, dut: Device) -> None:
    group, stop_cruise = await _start_cruise(dut)
    last = dut.profile["ptz_linescans"]
    sides = {"linescan_left_enable": 1, "linescan_right_enable": 1}
    stays = {"linescan_left_duration": 1, "linescan_right_duration": 1}
    await dut.must(612, {"linescan_index": last, "linescan_speed": 3, **sides, **stays})
    reply = await dut.ask(613, {"linescan_index": last, "linescan_action": _START})
    try:
        seen = await _movement(dut)
        dut.judgement.observe("R171", f"a scan during a cruise: {reply.retcode}, then type {seen[1]}")
        known = [(1, 1, group), (1, 2, last)]
        dut.demand(seen[0] == 0 or seen in known, f"one of {known}, or at rest", f"{seen}")
    finally:
        await dut.ask(613, {"linescan_index": last, "linescan_action": _STOP})
        await dut.ask(610, stop_cruise)
