"""Commands 601 to 615: every entry is shown as it was set, a refused list changes nothing, an empty or deleted group
does not run, and a restart keeps everything.
"""

from __future__ import annotations

from conformance import checks
from conformance.catalogue import Safety
from conformance.catalogue.json_types import JsonObject
from conformance.dut.device import Device
from conformance.rules.case import Case, case, cases
from conformance.steps import ptz_lists, waiting
from conformance.steps.needs import Needs
from conformance.steps.ptz_lists import (
    CRUISE_NEEDS,
    PRESET_NEEDS,
    START,
    STOP,
    Entries,
    free_groups,
    free_presets,
    groups_of,
    presets_of,
    stop_at,
)
from conformance.steps.restart import restart

_SAFE = Safety.REVERSIBLE


def _differing(wanted: JsonObject, shown: JsonObject) -> list[str]:
    """Fields that are not shown as they were sent, in words."""
    return [
        f"{name}: sent {value!r}, shown {shown.get(name)!r}"
        for name, value in wanted.items()
        if shown.get(name) != value
    ]


def _hides_stays(groups: Entries) -> bool:
    """Whether a device shows no stays at all, as in the examples (R87)."""
    stops = [stop for group in groups.values() for stop in group.get("presets") or [] if isinstance(stop, dict)]
    return not any("duration" in stop for stop in stops)


# Shown as it was set


@cases(
    Case(
        f"IV.{number}/shown",
        title,
        _SAFE,
        data=number,
        **PRESET_NEEDS,
    )
    for number, title in (
        (601, "Presets must be listed together, each with its own index, name and param"),
        (602, "Presets that were added must have their own name and param"),
        (604, "Presets that were changed must have their new name and param"),
    )
)
async def test_presets_are_shown_as_they_were_set(case: Case[int], dut: Device) -> None:
    others = await presets_of(dut)
    indices = ptz_lists.free(others, dut.profile["ptz_presets"], 3)
    wanted = {index: {"index": index, "name": f"view {index}", "param": place} for place, index in enumerate(indices)}
    for index, entry in wanted.items():
        if case.data == 604:
            await dut.must(602, ptz_lists.preset((index, "before", 9)))
        await dut.succeeds(604 if case.data == 604 else 602, {"presets": [entry]})
    shown = await presets_of(dut)
    dut.demand(
        shown.keys() == others.keys() | wanted.keys(),
        f"presets {sorted(wanted)} and those before",
        f"presets {sorted(shown)}",
    )
    wrong = [text for index, entry in wanted.items() for text in _differing(entry, shown.get(index, {}))]
    dut.demand(not wrong, "every preset as it was set", "; ".join(wrong) or "as expected")


@cases(
    Case(
        f"IV.{number}/shown",
        title,
        _SAFE,
        data=number,
        **CRUISE_NEEDS,
    )
    for number, title in (
        (606, "Groups must be listed together, each with its own name and stops, each stop with its stay"),
        (607, "Groups that were added must have their own name and stops, each stop with its stay"),
        (609, "Groups that were changed must have their new name and stops, each stop with its stay"),
    )
)
async def test_groups_are_shown_as_they_were_set(case: Case[int], dut: Device) -> None:
    others = await groups_of(dut)
    free = ptz_lists.free(others, dut.profile["ptz_cruise_groups"], 2)
    first, second, third = await ptz_lists.add_preset(dut, 3)
    stays = {free[0]: ((first, 7), (third, 300), (second, 21)), free[1]: ((second, 1), (first, 58))}
    for group, stops in stays.items():
        if case.data == 609:
            await dut.must(607, ptz_lists.group(group, "before", [stop_at(third, 33)]))
        message = ptz_lists.group(group, f"round {group}", [stop_at(*stop) for stop in stops])
        await dut.succeeds(609 if case.data == 609 else 607, message)
    await dut.get(606)
    shown = await groups_of(dut)
    dut.demand(
        shown.keys() == others.keys() | stays.keys(), f"groups {free} and those before", f"groups {sorted(shown)}"
    )
    hidden = {"duration"} if _hides_stays(shown) else set()
    wrong = []
    for group, stops in stays.items():
        entry = shown.get(group, {})
        wrong += [f"group {group}: {text}" for text in _differing({"cruise_name": f"round {group}"}, entry)]
        listed = [stop for stop in entry.get("presets") or [] if isinstance(stop, dict)]
        if len(listed) != len(stops):
            wrong.append(f"group {group}: {len(stops)} stops sent, {len(listed)} shown")
        for sent, seen in zip(stops, listed, strict=False):
            wanted = {name: value for name, value in stop_at(*sent).items() if name not in hidden}
            wrong += [f"group {group}: {text}" for text in _differing(wanted, seen)]
    dut.demand(not wrong, "every group as it was set", "; ".join(wrong) or "as expected")


@case("IV.606/empty", "A group without stops must be listed with an empty list of stops", _SAFE, **CRUISE_NEEDS)
async def test_a_group_without_stops_is_listed(case: Case, dut: Device) -> None:
    group, _ = await ptz_lists.add_group(dut, 1)
    await dut.must(609, ptz_lists.group(group, "empty", []))
    await dut.get(606)
    shown = (await groups_of(dut)).get(group)
    dut.demand(shown is not None and shown.get("presets") == [], f"group {group} with no stop", checks.short(shown))


# A list with a wrong entry


@cases(
    Case(
        f"IV.{number}/half-wrong",
        f"{title} must change nothing",
        _SAFE,
        requirement=f"IV.{number}/whole",
        data=number,
        **(PRESET_NEEDS if number < 606 else CRUISE_NEEDS),
    )
    for number, title in (
        (602, "A list whose last preset has an impossible index"),
        (603, "A list to delete whose last preset has an impossible index"),
        (604, "A list of changes whose last preset has an impossible index"),
        (607, "A list whose last group has too long a stay"),
        (608, "A list to delete whose last group has an impossible index"),
        (609, "A list of changes whose last group has too long a stay"),
    )
)
async def test_a_list_with_a_wrong_entry_changes_nothing(case: Case[int], dut: Device) -> None:
    number, groups = case.data, case.data >= 606
    look, key, name = (groups_of, "cruise_groups", "cruise_index") if groups else (presets_of, "presets", "index")
    if groups:
        index, stops = await ptz_lists.add_group(dut, 1)
        other = (await free_groups(dut))[0] if number == 607 else (await ptz_lists.add_group(dut, 1))[0]
    else:
        (index,), stops = await ptz_lists.add_preset(dut), []
        (other,) = await free_presets(dut)
    target = index if number in (603, 604, 608, 609) else (await (free_groups if groups else free_presets)(dut))[0]
    impossible = dut.profile["ptz_cruise_groups" if groups else "ptz_presets"] + 1
    match number:
        case 602 | 604:
            good, bad = {"index": target, "name": "half", "param": 0}, {"index": 0, "name": "wrong", "param": 0}
        case 607 | 609:
            good = {"cruise_index": target, "cruise_name": "half", "cruise_param": 0, "presets": stops}
            other = other if other != target else ptz_lists.free({target: 0, **await groups_of(dut)}, impossible - 1)[0]
            bad = {**good, "cruise_index": other, "presets": [{**stops[0], "duration": 301}]}
        case _:
            good, bad = {name: target}, {name: impossible}
    before = await look(dut)
    await dut.is_refused(number, {key: [good, bad]}, "R22")
    after = await look(dut)
    dut.demand(after == before, f"{key} {sorted(before)} as they were (R22)", checks.short(after))


# An empty or deleted group does not run

_RUNS: Needs = {
    "capabilities": ("ptz", "ptz.cruise", "ptz.preset"),
    "writes": ("cruise-groups", "presets", "ptz"),
}


async def _cruising(dut: Device, group: int) -> bool:
    state = await dut.get(617)
    return (state.get("ptz_movement"), state.get("ptz_move_type"), state.get("ptz_move_index")) == (1, 1, group)


@case("IV.610/empty", "A group without stops must not cruise", _SAFE, **_RUNS, waits_s=1)
async def test_a_group_without_stops_does_not_cruise(case: Case, dut: Device) -> None:
    group, _ = await ptz_lists.add_group(dut, 1)
    await dut.must(609, ptz_lists.group(group, "empty", []))
    reply = await dut.ask(610, {"cruise_index": group, "cruise_action": START})
    try:
        dut.judgement.observe("610", f"a group without stops: {reply.retcode}")
        if not reply.ok:
            dut.check(checks.refused(dut.catalogue, reply, "R33"))
        await dut.clock.sleep(1)
        dut.demand(not await _cruising(dut, group), f"617: group {group}, which has no stop, does not run", "it runs")
    finally:
        await dut.ask(610, {"cruise_index": group, "cruise_action": STOP})


@case("IV.608/running", "The cruise of a group that was deleted must end", _SAFE, **_RUNS, waits_s=5)
async def test_the_cruise_of_a_deleted_group_ends(case: Case, dut: Device) -> None:
    group, _ = await ptz_lists.add_group(dut, 2)
    await dut.must(610, {"cruise_index": group, "cruise_action": START})
    reply = await dut.ask(608, {"cruise_groups": [{"cruise_index": group}]})
    if not reply.ok:
        # A device may want the cruise stopped first.
        dut.judgement.observe("608", f"a group that runs: {reply.retcode}")
        dut.check(checks.refused(dut.catalogue, reply, "R33"))
        await dut.ask(610, {"cruise_index": group, "cruise_action": STOP})
        return

    async def ended() -> bool:
        return not await _cruising(dut, group)

    dut.demand(await waiting.until(dut, ended, 5), f"617: group {group}, which was deleted, does not run", "it runs")


# A restart

_KEPT: dict[int, tuple[tuple[str, ...], tuple[str, ...]]] = {
    602: (("ptz.preset",), ("presets",)),
    607: (("ptz.cruise", "ptz.preset"), ("cruise-groups", "presets")),
    612: (("ptz.linescan",), ("linescans",)),
}
"""By command: the capabilities that its case needs, and what it writes."""


@cases(
    Case(
        f"IV.{number}/restart",
        f"A restart must keep what {number} has set",
        Safety.DISRUPTIVE,
        capabilities=needs,
        writes=writes,
        data=number,
        waits_s=10,
    )
    for number, (needs, writes) in _KEPT.items()
)
async def test_a_restart_keeps_what_was_set(case: Case[int], dut: Device) -> None:
    if case.data == 602:
        (index,) = ptz_lists.free(await presets_of(dut), dut.profile["ptz_presets"])
        await dut.must(602, ptz_lists.preset((index, "kept", 0)))
        query = 601
    elif case.data == 607:
        await ptz_lists.add_group(dut, 2)
        query = 606
    else:
        scan = {"linescan_index": dut.profile["ptz_linescans"], "linescan_speed": 4}
        sides = {"linescan_left_enable": 1, "linescan_right_enable": 1}
        stays = {"linescan_left_duration": 9, "linescan_right_duration": 8}
        await dut.must(612, {**scan, **sides, **stays})
        query = 611
    before = await dut.must(query)
    await restart(dut)
    after = await dut.must(query)
    dut.demand(after == before, f"{checks.short(before)} after the restart (R166)", checks.short(after))


@case(
    "IV.615/restart",
    "A restart must keep the traces",
    Safety.DISRUPTIVE,
    capabilities=("ptz.trace", "ptz"),
    writes=("ptz",),
    waits_s=10,
)
async def test_a_restart_keeps_the_traces(case: Case, dut: Device) -> None:
    last = dut.profile["ptz_traces"]
    for action in (START, STOP):
        await dut.must(615, {"trace_index": last, "trace_record_action": action})
        await dut.clock.sleep(0.5)
    before = await dut.must(614)
    await restart(dut)
    after = await dut.must(614)
    dut.demand(after == before, f"{checks.short(before)} after the restart (R166)", checks.short(after))
