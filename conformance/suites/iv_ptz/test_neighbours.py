"""Commands 601 to 616: a command changes the entry that it names and no other, and reaches the first and the last."""

from __future__ import annotations

from typing import Literal, NamedTuple

from conformance import checks
from conformance.catalogue import Safety
from conformance.catalogue.json_types import JsonObject
from conformance.dut.device import Device
from conformance.rules.case import Case, case, cases
from conformance.rules.verdict import CaseInconclusive
from conformance.steps import ptz_lists
from conformance.steps.needs import Needs
from conformance.steps.ptz_lists import START, STOP, Entries, groups_of, presets_of, stop_at

_SAFE = Safety.REVERSIBLE
_NEEDS = {False: ("ptz.preset",), True: ("ptz.cruise", "ptz.preset")}
_WRITES = {False: ("presets",), True: ("cruise-groups", "presets")}


def _facts(number: int) -> Needs:
    groups = number >= 606
    moves = ("ptz",) if number in (605, 610) else ()
    return {
        "capabilities": (*_NEEDS[groups], *moves),
        "writes": (*_WRITES[groups], *moves),
    }


# Neighbours


def _three_in_a_row(present: Entries, last: int) -> list[int]:
    """The highest three free indices side by side; inconclusive where there are none."""
    for top in range(last, 2, -1):
        found = [top - 2, top - 1, top]
        if not present.keys() & set(found):
            return found
    raise CaseInconclusive(f"no three of {last} entries side by side are free")


def _message(number: int, index: int, stops: list[JsonObject]) -> JsonObject:
    """A message that adds, deletes or changes the entry at `index`; an entry that is changed gets another name."""
    match number:
        case 602 | 604:
            return ptz_lists.preset((index, f"name-{number}", 0))
        case 603:
            return {"presets": [{"index": index}]}
        case 608:
            return {"cruise_groups": [{"cruise_index": index}]}
    return ptz_lists.group(index, f"name-{number}", stops)


@cases(
    Case(
        f"IV.{number}/neighbours",
        f"{title} must not change the entries beside it",
        _SAFE,
        **_facts(number),
        data=number,
    )
    for number, title in (
        (602, "Adding a preset"),
        (603, "Deleting a preset"),
        (604, "Changing a preset"),
        (607, "Adding a cruise group"),
        (608, "Deleting a cruise group"),
        (609, "Changing a cruise group"),
    )
)
async def test_the_entries_beside_it_are_as_they_were(case: Case[int], dut: Device) -> None:
    number, groups = case.data, case.data >= 606
    below, index, above = await _row(dut, groups)
    stops = [stop_at(each, 7) for each in await ptz_lists.add_preset(dut, 2)] if groups else []
    add = 607 if groups else 602
    for each in (below, above) if number == add else (below, index, above):
        names = (
            ptz_lists.group(each, f"group-{each}", stops) if groups else ptz_lists.preset((each, f"preset-{each}", 0))
        )
        await dut.must(add, names)
    presets, entries = await presets_of(dut), await groups_of(dut) if groups else {}
    await dut.succeeds(number, _message(number, index, stops[::-1]))
    after = await groups_of(dut) if groups else await presets_of(dut)
    before = entries if groups else presets
    rest = {each: entry for each, entry in after.items() if each != index}
    wanted = {each: entry for each, entry in before.items() if each != index}
    dut.demand(rest == wanted, f"entries {sorted(wanted)} as they were", checks.short(rest))
    if groups:
        kept = await presets_of(dut)
        dut.demand(kept == presets, f"presets {sorted(presets)} as they were", checks.short(kept))
    name = after.get(index, {}).get("cruise_name" if groups else "name")
    wanted_name = None if number in (603, 608) else f"name-{number}"
    dut.demand(name == wanted_name, f"entry {index} called {wanted_name!r}", f"called {name!r}")


async def _row(dut: Device, groups: bool) -> list[int]:
    present = await (groups_of if groups else presets_of)(dut)
    return _three_in_a_row(present, dut.profile["ptz_cruise_groups" if groups else "ptz_presets"])


# The first and the last


class _End(NamedTuple):
    """A command, and which free index it has to reach."""

    number: int
    end: Literal["lowest", "highest"]


_ENDS: tuple[Literal["lowest", "highest"], ...] = ("lowest", "highest")


@cases(
    Case(
        f"IV.{number}/{end}",
        f"Command {number} must reach the {end} free index",
        _SAFE,
        requirement=f"IV.{number}/ends",
        **_facts(number),
        data=_End(number, end),
    )
    for number in (603, 604, 605, 608, 609, 610)
    for end in _ENDS
)
async def test_the_first_and_the_last_are_reached(case: Case[_End], dut: Device) -> None:
    number, end = case.data.number, case.data.end
    groups = number >= 606
    present = await (groups_of if groups else presets_of)(dut)
    last = dut.profile["ptz_cruise_groups" if groups else "ptz_presets"]
    free = [each for each in range(1, last + 1) if each not in present]
    if not free:
        raise CaseInconclusive(f"all of {last} entries are in use")
    index = free[0] if end == "lowest" else free[-1]
    if groups:
        stops = [stop_at(each) for each in await ptz_lists.add_preset(dut)]
        await dut.must(607, ptz_lists.group(index, "end", stops))
    else:
        stops = []
        await dut.must(602, ptz_lists.preset((index, "end", 0)))
    messages = {605: {"index": index}, 610: {"cruise_index": index, "cruise_action": START}}
    await dut.succeeds(number, messages.get(number) or _message(number, index, stops))
    if number == 610:
        await dut.ask(610, {"cruise_index": index, "cruise_action": STOP})


# Order and names


@cases(
    Case(
        f"IV.{number}/order",
        f"Command {number} must keep the order of the stops",
        _SAFE,
        **_facts(number),
        data=number,
    )
    for number in (607, 609)
)
async def test_the_order_of_the_stops_is_kept(case: Case[int], dut: Device) -> None:
    first, second, third = await ptz_lists.add_preset(dut, 3)
    (group,) = ptz_lists.free(await groups_of(dut), dut.profile["ptz_cruise_groups"])
    if case.data == 609:
        await dut.must(607, ptz_lists.group(group, "round", [stop_at(third), stop_at(first)]))
    wanted = [second, third, first]
    await dut.succeeds(case.data, ptz_lists.group(group, "round", [stop_at(each) for each in wanted]))
    stops = (await groups_of(dut)).get(group, {}).get("presets") or []
    seen = [stop.get("index") for stop in stops if isinstance(stop, dict)]
    dut.demand(seen == wanted, f"stops {wanted}", f"stops {seen}")


_LONG_NAME = "the gate in the north, 2 m"


@cases(
    Case(
        f"IV.{number}/name",
        f"Command {number} must keep a name of {len(_LONG_NAME)} characters",
        _SAFE,
        **_facts(number),
        data=number,
    )
    for number in (602, 604, 607, 609)
)
async def test_a_name_is_kept_whole(case: Case[int], dut: Device) -> None:
    number, groups = case.data, case.data >= 606
    stops: list[JsonObject] = []
    if groups:
        index, stops = await ptz_lists.add_group(dut, 1) if number == 609 else (await _new_group(dut), [])
    else:
        (index,) = (
            await ptz_lists.add_preset(dut)
            if number == 604
            else ptz_lists.free(await presets_of(dut), dut.profile["ptz_presets"])
        )
    named = ptz_lists.group(index, _LONG_NAME, stops) if groups else ptz_lists.preset((index, _LONG_NAME, 0))
    if number == 607:
        named["cruise_groups"][0]["presets"] = [stop_at(each) for each in await ptz_lists.add_preset(dut)]
    await dut.succeeds(number, named)
    shown = await (groups_of if groups else presets_of)(dut)
    name = shown.get(index, {}).get("cruise_name" if groups else "name")
    dut.demand(name == _LONG_NAME, f"called {_LONG_NAME!r}", f"called {name!r}")


async def _new_group(dut: Device) -> int:
    (index,) = ptz_lists.free(await groups_of(dut), dut.profile["ptz_cruise_groups"])
    return index


# Line scans and traces


@case(
    "IV.611/shown",
    "Every line scan that was set must be listed with its bounds, enabled or not",
    _SAFE,
    capabilities=("ptz.linescan",),
    writes=("linescans",),
)
async def test_every_line_scan_is_shown_as_it_was_set(case: Case, dut: Device) -> None:
    wanted: Entries = {}
    for index in range(1, dut.profile["ptz_linescans"] + 1):
        bounds = {"linescan_left_enable": index % 2, "linescan_right_enable": index // 2 % 2}
        stays = {"linescan_left_duration": 3 * index, "linescan_right_duration": 40 - index}
        wanted[index] = {"linescan_index": index, "linescan_speed": index, **bounds, **stays}
        await dut.must(612, wanted[index])
    await dut.get(611)
    listed = await ptz_lists.entries(dut, 611, "linescan_groups", "linescan_index")
    shown = {
        index: {key: entry.get(key) for key in wanted[index]} for index, entry in listed.items() if index in wanted
    }
    dut.demand(shown == wanted, checks.short(wanted), checks.short(shown))


@case(
    "IV.614/enabled",
    "A trace that is listed as enabled must start",
    _SAFE,
    capabilities=("ptz.trace", "ptz"),
    writes=("ptz",),
)
async def test_an_enabled_trace_can_be_started(case: Case, dut: Device) -> None:
    traces = await ptz_lists.entries(dut, 614, "trace_groups", "trace_index")
    enabled = [index for index, trace in traces.items() if trace.get("trace_enable") == 1]
    refused = []
    for index in enabled:
        reply = await dut.ask(616, {"trace_index": index, "trace_action": START})
        refused += [] if reply.ok else [f"{index}: {checks.describe(reply)}"]
        await dut.ask(616, {"trace_index": index, "trace_action": STOP})
    dut.demand(not refused, f"traces {enabled} start (R138)", "; ".join(refused) or "as expected")
