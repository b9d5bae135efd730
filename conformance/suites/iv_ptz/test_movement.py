"""Commands 600, 610, 613, 616 and 617: movements start and stop, and 617 shows what moves."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from conformance import checks
from conformance.catalogue import Safety, load
from conformance.catalogue.json_types import Json, JsonObject
from conformance.dut.device import Device
from conformance.rules.case import Case, case, cases
from conformance.steps import ptz_lists, waiting
from conformance.steps.capabilities import capabilities_of
from conformance.steps.ptz_lists import START, STOP

_CATALOGUE = load()
_SAFE = Safety.REVERSIBLE
_COMMANDS = _CATALOGUE.commands[600].request_field("message.ptz_command").enum or {}


def _drive(command: int, action: int, step: int = 5) -> JsonObject:
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
async def test_a_ptz_command_starts_and_stops(case: Case[int], dut: Device) -> None:
    for action in (START, STOP):
        reply = await dut.ask(600, _drive(case.data, action))
        if reply.retcode == 10008:
            dut.judgement.observe("R85", f"command {case.data} not supported")
            dut.demand(True, "success, or a refusal as not supported (R85)", checks.describe(reply))
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
async def test_a_turn_accepts_the_limits_of_param1(case: Case[str], dut: Device) -> None:
    for action in (START, STOP):
        reply = await dut.ask(600, _drive(14, action, dut.profile[case.data]))
        dut.demand(reply.retcode in (0, 10008), "success, or a refusal as not supported (R85)", checks.describe(reply))


@cases(
    Case(
        f"IV.{number}/list",
        f"Command {number} must be answered in full: {_CATALOGUE.commands[number].title}",
        requirement=f"IV.{number}/reply",
        capabilities=capabilities_of(number),
        quick=True,
        data=number,
    )
    for number in (601, 606, 611, 614, 617)
)
async def test_a_ptz_query_is_answered_in_full(case: Case[int], dut: Device) -> None:
    await dut.get(case.data)


# Running movements


async def _movement(dut: Device) -> tuple[Json, Json, Json]:
    """What 617 shows: whether something moves (1), the type of the movement and its index."""
    state = await dut.get(617)
    return state.get("ptz_movement"), state.get("ptz_move_type"), state.get("ptz_move_index")


def _words(movement: tuple[Json, Json, Json]) -> str:
    """What 617 shows, in words."""
    moving, kind, index = movement
    return f"617: ptz_movement {moving!r}, type {kind!r}, index {index!r}"


async def _start_cruise(dut: Device) -> tuple[int, JsonObject]:
    index, _ = await ptz_lists.add_group(dut, 2)
    await dut.must(610, {"cruise_index": index, "cruise_action": START})
    return index, {"cruise_index": index, "cruise_action": STOP}


async def _start_scan(dut: Device) -> tuple[int, JsonObject]:
    last = dut.profile["ptz_linescans"]
    sides = {"linescan_left_enable": 1, "linescan_right_enable": 1}
    stays = {"linescan_left_duration": 1, "linescan_right_duration": 1}
    await dut.must(612, {"linescan_index": last, "linescan_speed": 3, **sides, **stays})
    await dut.must(613, {"linescan_index": last, "linescan_action": START})
    return last, {"linescan_index": last, "linescan_action": STOP}


async def _start_trace(dut: Device) -> tuple[int, JsonObject]:
    last = dut.profile["ptz_traces"]
    await dut.must(615, {"trace_index": last, "trace_record_action": START})
    await dut.ask(600, _drive(14, START))
    await dut.clock.sleep(1)
    await dut.ask(600, _drive(14, STOP))
    await dut.must(615, {"trace_index": last, "trace_record_action": STOP})
    await dut.must(616, {"trace_index": last, "trace_action": START})
    return last, {"trace_index": last, "trace_action": STOP}


@dataclass(frozen=True, slots=True)
class _Movement:
    """A movement that goes on by itself: the command that starts it, its type in 617, and what its cases need.

    `start` prepares and starts it, and returns its index and the message that stops it.
    """

    name: str
    command: int
    type: int
    start: Callable[[Device], Awaitable[tuple[int, JsonObject]]]
    needs: tuple[str, ...]
    writes: tuple[str, ...] = ()
    safety: Safety = _SAFE


_CRUISE = _Movement("cruise", 610, 1, _start_cruise, ("ptz.cruise", "ptz.preset"), ("cruise-groups", "presets"))
_SCAN = _Movement("line scan", 613, 2, _start_scan, ("ptz.linescan",), ("linescans",))
_TRACE = _Movement("trace", 616, 3, _start_trace, ("ptz.trace",), safety=Safety.DISRUPTIVE)
_MOVEMENTS = (_CRUISE, _SCAN, _TRACE)


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
    for movement in (_CRUISE, _SCAN):
        _, stop = await movement.start(dut)
        seen.append(await _movement(dut))
        await dut.ask(movement.command, stop)
        rested.append(await waiting.until(dut, lambda: _rests(dut), 5))
        seen.append(await _movement(dut))
    # A single movement that does not stop is judged with its command (IV.610/runs, IV.613/runs).
    dut.demand(any(rested), "617: at rest after a stop", "; ".join(map(_words, seen)))


@cases(
    Case(
        f"IV.617/{movement.name.replace(' ', '')}",
        f"Command 617 must show a running {movement.name} by type and index",
        movement.safety,
        requirement="IV.617/truth",
        capabilities=("ptz", *movement.needs),
        writes=(*movement.writes, "ptz"),
        data=movement,
        waits_s=1,
    )
    for movement in _MOVEMENTS
)
async def test_617_shows_a_running_movement(case: Case[_Movement], dut: Device) -> None:
    kind = case.data.type
    index, stop = await case.data.start(dut)
    try:
        await waiting.until(dut, lambda: _moves(dut), 3)
        seen = await _movement(dut)
        dut.demand(seen == (1, kind, index), _words((1, kind, index)), _words(seen))
    finally:
        await dut.ask(case.data.command, stop)


async def _moves(dut: Device) -> bool:
    return bool((await _movement(dut))[0] == 1)


async def _rests(dut: Device) -> bool:
    return bool((await _movement(dut))[0] == 0)


@cases(
    Case(
        f"IV.{movement.command}/runs",
        f"A {movement.name} must run and stop",
        movement.safety,
        capabilities=("ptz", *movement.needs),
        writes=(*movement.writes, "ptz"),
        data=movement,
        quick=movement is _CRUISE,
        waits_s=5,
    )
    for movement in _MOVEMENTS
)
async def test_a_movement_runs_and_stops(case: Case[_Movement], dut: Device) -> None:
    number = case.data.command
    _, stop = await case.data.start(dut)
    dut.demand(await waiting.until(dut, lambda: _moves(dut), 3), "617: moving", _words(await _movement(dut)))
    await dut.succeeds(number, stop)
    dut.demand(
        await waiting.until(dut, lambda: _rests(dut), 5), "617: at rest after the stop", _words(await _movement(dut))
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
        # Both stops are where the PTZ points now, for 10 s each, so that a round takes at least 20 s.
        await dut.clock.sleep(14)
        seen = await _movement(dut)
        dut.demand(seen[0] == 1, f"cruise group {index} runs after 14 of its 20 s", _words(seen))
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
    reply = await dut.ask(613, {"linescan_index": last, "linescan_action": START})
    try:
        seen = await _movement(dut)
        dut.judgement.observe("R171", f"a scan during a cruise: {reply.retcode}, then type {seen[1]}")
        known = [(1, 1, group), (1, 2, last)]
        dut.demand(seen[0] == 0 or seen in known, f"{' or '.join(map(_words, known))}, or at rest", _words(seen))
    finally:
        await dut.ask(613, {"linescan_index": last, "linescan_action": STOP})
        await dut.ask(610, stop_cruise)
