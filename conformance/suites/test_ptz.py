"""Chapter IV, 600 to 617: commands start and stop, lists can be added to, changed, run and deleted, 617 tells
the truth.
"""

from __future__ import annotations

from typing import Any

from conformance import checks
from conformance.case import Case, case, cases
from conformance.catalogue import Safety, load
from conformance.verdict import CaseInconclusive
from fixtures.device import Device

_CATALOGUE = load()
_SAFE = Safety.REVERSIBLE
_COMMANDS = _CATALOGUE.commands[600].request_field("message.ptz_command").enum or {}


@cases(
    Case(
        f"IV.600/command-{number}",
        "IV.600/start-stop",
        f"PTZ command {number} ({meaning}) starts and stops",
        "IV.600",
        _SAFE,
        capabilities=("ptz",),
        writes=("ptz",),
        data=number,
        quick=number in (12, 27),
    )
    for number, meaning in _COMMANDS.items()
)
async def test_a_ptz_command_starts_and_stops(case: Case, dut: Device) -> None:
    for action in (0, 1):
        message = {"ptz_command": case.data, "ptz_action": action, "ptz_param1": 5, "ptz_param2": 0, "ptz_param3": 0}
        reply = await dut.ask(600, message)
        if reply.retcode == 10008:
            dut.judgement.observe("R85", f"command {case.data} not supported")
            dut.demand(True, "obeyed, or refused as not supported (R85)", checks.describe(reply))
        else:
            dut.check(checks.success(reply))


@cases(
    Case(
        f"IV.{number}/list",
        f"IV.{number}/reply",
        _CATALOGUE.commands[number].title,
        f"IV.{number}",
        capabilities=(_CATALOGUE.commands[number].capability or "",),
        quick=True,
        data=number,
    )
    for number in (601, 606, 611, 614, 617)
)
async def test_a_ptz_query_is_answered_in_full(case: Case, dut: Device) -> None:
    await dut.get(case.data)


async def _entries(dut: Device, number: int, key: str, index: str) -> dict[int, dict[str, Any]]:
    return {entry.get(index, 0): entry for entry in (await dut.get(number)).get(key) or []}


def _free(present: dict[int, Any], last: int) -> int:
    """The highest index that is not in use, so that nobody's entry is touched."""
    for number in range(last, 0, -1):
        if number not in present:
            return number
    raise CaseInconclusive(f"all {last} entries are in use")


def _preset(index: int, name: str) -> dict[str, Any]:
    return {"presets": [{"index": index, "name": name, "param": 0}]}


_PRESET = ("ptz.preset",)


@case(
    "IV.602/life",
    "IV.602/life",
    "A preset is added, listed, changed, approached and deleted",
    "IV.602",
    _SAFE,
    capabilities=_PRESET,
    writes=("presets",),
    quick=True,
)
async def test_the_life_of_a_preset(case: Case, dut: Device) -> None:
    index = _free(await _entries(dut, 601, "presets", "index"), dut.profile["ptz_presets"])
    for number, name in ((602, "north gate"), (604, "south gate")):
        await dut.succeeds(number, _preset(index, name))
        shown = (await _entries(dut, 601, "presets", "index")).get(index, {}).get("name")
        dut.demand(shown == name, f"preset {index} called {name!r}", f"{shown!r}")
    await dut.succeeds(605, {"index": index})
    await dut.succeeds(603, {"presets": [{"index": index}]})
    left = await _entries(dut, 601, "presets", "index")
    dut.demand(index not in left, f"preset {index} is gone", f"presets {sorted(left)[:20]}")


@cases(
    Case(
        f"IV.{number}/nothing-there",
        f"IV.{number}/nothing-there",
        f"{_CATALOGUE.commands[number].title}: what does not exist is refused",
        f"IV.{number}",
        _SAFE,
        capabilities=(_CATALOGUE.commands[number].capability or "",),
        writes=("presets",) if number < 606 else ("cruise-groups",),
        data=number,
    )
    for number in (603, 604, 605, 608, 609, 610)
)
async def test_what_does_not_exist_is_refused(case: Case, dut: Device) -> None:
    number = case.data
    if number < 606:
        index = _free(await _entries(dut, 601, "presets", "index"), dut.profile["ptz_presets"])
        message: dict[str, Any] = {
            603: {"presets": [{"index": index}]},
            604: _preset(index, "nowhere"),
            605: {"index": index},
        }[number]
    else:
        index = _free(await _entries(dut, 606, "cruise_groups", "cruise_index"), dut.profile["ptz_cruise_groups"])
        message = {
            608: {"cruise_groups": [{"cruise_index": index}]},
            609: _group(index, "nowhere", []),
            610: {"cruise_index": index, "cruise_action": 0},
        }[number]
    await dut.is_refused(number, message, "R33")


def _group(index: int, name: str, presets: list[dict[str, Any]]) -> dict[str, Any]:
    return {"cruise_groups": [{"cruise_index": index, "cruise_name": name, "cruise_param": 0, "presets": presets}]}


@case(
    "IV.607/life",
    "IV.607/life",
    "A cruise group is added, listed, run, stopped, changed and deleted",
    "IV.607",
    _SAFE,
    capabilities=("ptz.preset", "ptz.cruise", "ptz"),
    writes=("cruise-groups", "presets", "ptz"),
    quick=True,
)
async def test_the_life_of_a_cruise_group(case: Case, dut: Device) -> None:
    presets = await _entries(dut, 601, "presets", "index")
    first = _free(presets, dut.profile["ptz_presets"])
    second = _free({**presets, first: {}}, dut.profile["ptz_presets"])
    for index in (first, second):
        await dut.must(602, _preset(index, f"stop {index}"))
    group = _free(await _entries(dut, 606, "cruise_groups", "cruise_index"), dut.profile["ptz_cruise_groups"])
    stops = [{"index": index, "name": f"stop {index}", "param": 0, "duration": 10} for index in (first, second)]
    await dut.succeeds(607, _group(group, "round", stops))
    shown = (await _entries(dut, 606, "cruise_groups", "cruise_index")).get(group, {})
    seen = [stop.get("index") for stop in shown.get("presets") or []]
    dut.demand(seen == [first, second], f"stops {[first, second]}", f"stops {seen}")
    await dut.succeeds(610, {"cruise_index": group, "cruise_action": 0})
    await _moving(dut, 1, group)
    await dut.succeeds(610, {"cruise_index": group, "cruise_action": 1})
    await _at_rest(dut)
    await dut.succeeds(609, _group(group, "round", []))
    emptied = (await _entries(dut, 606, "cruise_groups", "cruise_index")).get(group)
    dut.demand(emptied is not None and not emptied.get("presets"), "no stops any more (609)", checks.short(emptied))
    await dut.succeeds(608, {"cruise_groups": [{"cruise_index": group}]})
    left = await _entries(dut, 606, "cruise_groups", "cruise_index")
    dut.demand(group not in left, f"cruise group {group} is gone", f"groups {sorted(left)}")


async def _moving(dut: Device, kind: int, index: int) -> None:
    state = await dut.get(617)
    seen = tuple(state.get(key) for key in ("ptz_movement", "ptz_move_type", "ptz_move_index"))
    dut.demand(seen == (1, kind, index), f"617: moving, type {kind}, index {index}", f"617: {seen}")


async def _at_rest(dut: Device) -> None:
    state = await dut.get(617)
    dut.demand(state.get("ptz_movement") == 0, "617: at rest", f"617: ptz_movement {state.get('ptz_movement')!r}")


@case(
    "IV.612/life",
    "IV.612/life",
    "A line scan is changed, run and stopped",
    "IV.612",
    _SAFE,
    capabilities=("ptz.linescan", "ptz"),
    writes=("linescans", "ptz"),
    quick=True,
)
async def test_the_life_of_a_line_scan(case: Case, dut: Device) -> None:
    last = dut.profile["ptz_linescans"]
    settings = {
        "linescan_index": last,
        "linescan_speed": 3,
        "linescan_left_enable": 1,
        "linescan_left_duration": 7,
        "linescan_right_enable": 1,
        "linescan_right_duration": 9,
    }
    await dut.succeeds(612, settings)
    shown = (await _entries(dut, 611, "linescan_groups", "linescan_index")).get(last, {})
    wrong = {key: shown.get(key) for key, wanted in settings.items() if shown.get(key) != wanted}
    dut.demand(not wrong, "611 shows what 612 set", f"{wrong or 'the same'}")
    await dut.succeeds(613, {"linescan_index": last, "linescan_action": 0})
    await _moving(dut, 2, last)
    await dut.succeeds(613, {"linescan_index": last, "linescan_action": 1})
    await _at_rest(dut)


@case(
    "IV.613/one-bound",
    "IV.613/bounds",
    "A line scan with one bound disabled does not start",
    "IV.613",
    _SAFE,
    capabilities=("ptz.linescan", "ptz"),
    writes=("linescans", "ptz"),
)
async def test_a_line_scan_needs_both_bounds(case: Case, dut: Device) -> None:
    last = dut.profile["ptz_linescans"]
    settings = dict.fromkeys(("linescan_left_duration", "linescan_right_duration"), 0)
    enabled = {"linescan_left_enable": 1, "linescan_right_enable": 0}
    await dut.must(612, {"linescan_index": last, "linescan_speed": 3, **settings, **enabled})
    await dut.ask(613, {"linescan_index": last, "linescan_action": 0})
    await _at_rest(dut)


@case(
    "IV.615/life",
    "IV.615/life",
    "A trace is recorded, run and stopped",
    "IV.615",
    Safety.DISRUPTIVE,
    capabilities=("ptz.trace", "ptz"),
    writes=("ptz",),
)
async def test_the_life_of_a_trace(case: Case, dut: Device) -> None:
    last = dut.profile["ptz_traces"]
    for action in (0, 1):
        await dut.succeeds(615, {"trace_index": last, "trace_record_action": action})
    enabled = (await _entries(dut, 614, "trace_groups", "trace_index")).get(last, {}).get("trace_enable")
    dut.demand(enabled == 1, "trace_enable 1 after recording (R138)", f"trace_enable {enabled!r}")
    await dut.succeeds(616, {"trace_index": last, "trace_action": 0})
    await _moving(dut, 3, last)
    await dut.succeeds(616, {"trace_index": last, "trace_action": 1})
    await _at_rest(dut)
