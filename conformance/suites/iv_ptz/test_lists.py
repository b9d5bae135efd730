"""Commands 606 to 616: cruise groups, line scans and traces are kept as they were set, within their limits."""

from __future__ import annotations

from typing import NamedTuple

from conformance import checks
from conformance.catalogue import Safety
from conformance.catalogue.json_types import Json, JsonObject
from conformance.dut.device import Device
from conformance.rules.case import Case, case, cases
from conformance.rules.verdict import CaseInconclusive
from conformance.steps import ptz_lists
from conformance.steps.needs import Needs
from conformance.steps.ptz_lists import CRUISE_NEEDS, START, STOP, Entries

_SAFE = Safety.REVERSIBLE

# Cruise groups


async def _groups(dut: Device) -> Entries:
    await dut.get(606)
    return await ptz_lists.groups_of(dut)


async def _free_group(dut: Device) -> int:
    (index,) = ptz_lists.free(await _groups(dut), dut.profile["ptz_cruise_groups"])
    return index


def _stops(entry: JsonObject | None) -> list[Json]:
    """The indices of the presets at which a group stops."""
    return [stop.get("index") for stop in (entry or {}).get("presets") or [] if isinstance(stop, dict)]


def _stop(index: int, **more: Json) -> JsonObject:
    return {"index": index, "name": f"p{index}", "param": 0, **more}


@case(
    "IV.607/life",
    "A cruise group must be added, listed, changed and deleted",
    _SAFE,
    quick=True,
    **CRUISE_NEEDS,
)
async def test_the_life_of_a_cruise_group(case: Case, dut: Device) -> None:
    others = await _groups(dut)
    group, stops = await ptz_lists.add_group(dut, 3)
    shown = (await _groups(dut)).get(group)
    dut.demand(
        set(_stops(shown)) == set(_stops({"presets": stops})), "the stops that were set", f"stops {_stops(shown)}"
    )
    await dut.succeeds(609, ptz_lists.group(group, "other", stops[:1]))
    shown = (await _groups(dut)).get(group)
    dut.demand((shown or {}).get("cruise_name") == "other", f"group {group} called 'other'", checks.short(shown))
    await dut.succeeds(608, {"cruise_groups": [{"cruise_index": group}]})
    left = await _groups(dut)
    dut.demand(left == others, f"cruise group {group} is gone, the others are left", f"groups {sorted(left)}")


@case("IV.606/order", "The stops of a group must be shown in their order", _SAFE, **CRUISE_NEEDS)
async def test_the_stops_are_shown_in_their_order(case: Case, dut: Device) -> None:
    indices = await ptz_lists.add_preset(dut, 3)
    group = await _free_group(dut)
    for order in ([2, 0, 1], [0, 1, 2, 1]):
        wanted = [indices[place] for place in order]
        number = 607 if order == [2, 0, 1] else 609
        reply = await dut.ask(number, ptz_lists.group(group, "round", [_stop(index, duration=10) for index in wanted]))
        if not reply.ok and len(set(wanted)) < len(wanted):
            # It is not said whether a group may stop at a preset twice.
            dut.judgement.observe("609", f"a stop twice: {reply.retcode}")
            continue
        dut.check(checks.success(reply))
        seen = _stops((await _groups(dut)).get(group))
        dut.demand(seen == wanted, f"stops {wanted}", f"stops {seen}")


@case("IV.607/duration", "Stays must be kept, and be 10 s when left out", _SAFE, **CRUISE_NEEDS)
async def test_stays_are_kept(case: Case, dut: Device) -> None:
    indices = await ptz_lists.add_preset(dut, 4)
    group = await _free_group(dut)
    wanted = [1, 300, 37, 10]
    stops = [_stop(index, duration=stay) for index, stay in zip(indices[:3], wanted, strict=False)]
    await dut.succeeds(607, ptz_lists.group(group, "stays", [*stops, _stop(indices[3])]))
    shown = (await _groups(dut)).get(group) or {}
    shown_stays = {stop.get("index"): stop.get("duration") for stop in shown.get("presets") or []}
    seen = [shown_stays.get(index) for index in indices]
    if not any(seen):
        dut.judgement.observe("R87", "no duration shown")
        return
    dut.demand(seen == wanted, f"stays of {wanted} s (R87)", f"stays of {seen} s")


@cases(
    Case(f"IV.{number}/emptied", title, _SAFE, data=number, **CRUISE_NEEDS)
    for number, title in (
        (607, "A group without stops must be added or refused"),
        (609, "An empty list must clear the stops of a group"),
    )
)
async def test_a_group_without_stops(case: Case[int], dut: Device) -> None:
    if case.data == 609:
        group, _ = await ptz_lists.add_group(dut, 2)
        await dut.succeeds(609, ptz_lists.group(group, "empty", []))
    else:
        group = await _free_group(dut)
        reply = await dut.ask(607, ptz_lists.group(group, "empty", []))
        dut.judgement.observe("607", f"a group without stops: {reply.retcode}")
        if not reply.ok:
            dut.check(checks.refused(dut.catalogue, reply, "R22", "R33"))
            return
    shown = (await _groups(dut)).get(group)
    dut.demand(shown is not None and not shown.get("presets"), "a group without stops", checks.short(shown))


@case("IV.609/replaced", "The stops of a change must replace all stops that were there", _SAFE, **CRUISE_NEEDS)
async def test_the_stops_sent_replace_all(case: Case, dut: Device) -> None:
    group, stops = await ptz_lists.add_group(dut, 3)
    for kept in (stops[1:2], stops[::-1]):
        await dut.succeeds(609, ptz_lists.group(group, "round", kept))
        wanted = _stops({"presets": kept})
        seen = _stops((await _groups(dut)).get(group))
        dut.demand(sorted(seen) == sorted(wanted), f"stops {sorted(wanted)}", f"stops {sorted(seen)}")


@cases(
    Case(
        f"IV.607/duration-{label}",
        f"A stay of {stay} s must be refused",
        _SAFE,
        requirement="IV.607/duration",
        data=stay,
        **CRUISE_NEEDS,
    )
    for label, stay in (("0", 0), ("301", 301))
)
async def test_a_stay_out_of_range_is_refused(case: Case[int], dut: Device) -> None:
    (index,) = await ptz_lists.add_preset(dut)
    group = await _free_group(dut)
    await dut.is_refused(607, ptz_lists.group(group, "stays", [_stop(index, duration=case.data)]), "R22")
    dut.demand(group not in await _groups(dut), "no group was added", f"group {group} was added")


@case("IV.607/existing", "Adding a group that exists must overwrite it or be refused", _SAFE, **CRUISE_NEEDS)
async def test_adding_an_existing_group(case: Case, dut: Device) -> None:
    group, stops = await ptz_lists.add_group(dut, 2)
    before = await _groups(dut)
    reply = await dut.ask(607, ptz_lists.group(group, "again", stops[:1]))
    after = await _groups(dut)
    dut.judgement.observe("R170", "group overwritten" if reply.ok else "group refused")
    if not reply.ok:
        dut.check(checks.refused(dut.catalogue, reply, "R33", "R22"))
        dut.demand(after == before, f"group {group} and the others as before", checks.short(after.get(group)))
    else:
        name = after.get(group, {}).get("cruise_name")
        dut.demand(name == "again", f"group {group} called 'again'", f"called {name!r}")


@case(
    "IV.607/missing-preset",
    "A group of presets that do not exist must be listed or refused",
    _SAFE,
    requirement="IV.607/existing",
    **CRUISE_NEEDS,
)
async def test_a_group_of_missing_presets(case: Case, dut: Device) -> None:
    presets = await ptz_lists.presets_of(dut)
    (missing,) = ptz_lists.free(presets, dut.profile["ptz_presets"])
    group = await _free_group(dut)
    reply = await dut.ask(607, ptz_lists.group(group, "ghosts", [_stop(missing, duration=10)]))
    dut.judgement.observe("R170", f"a missing preset in a group: {reply.retcode}")
    listed = group in await _groups(dut)
    if not reply.ok:
        dut.check(checks.refused(dut.catalogue, reply, "R33", "R22"))
    dut.demand(
        listed == reply.ok,
        f"the group {'listed, as it was accepted' if reply.ok else 'not listed, as it was refused'}",
        "listed" if listed else "not listed",
    )


@case("IV.608/several", "Two groups must be deleted in one message, or one by one", _SAFE, **CRUISE_NEEDS)
async def test_two_groups_are_deleted(case: Case, dut: Device) -> None:
    others = await _groups(dut)
    first, _ = await ptz_lists.add_group(dut, 1)
    second, _ = await ptz_lists.add_group(dut, 1)
    reply = await dut.ask(608, {"cruise_groups": [{"cruise_index": first}, {"cruise_index": second}]})
    if not reply.ok:
        dut.check(checks.refused(dut.catalogue, reply, "R22"))
        dut.judgement.observe("608", "one by one")
        for group in {first, second} & set(await _groups(dut)):
            await dut.succeeds(608, {"cruise_groups": [{"cruise_index": group}]})
    left = await _groups(dut)
    dut.demand(left == others, f"the groups {sorted(others)}, as before", f"groups {sorted(left)}")


@case("IV.607/limits", "The first and the last group index must be accepted", _SAFE, **CRUISE_NEEDS)
async def test_the_limits_of_the_groups(case: Case, dut: Device) -> None:
    present = await _groups(dut)
    (stop,) = await ptz_lists.add_preset(dut)
    for group in {1, dut.profile["ptz_cruise_groups"]} - present.keys():
        await dut.succeeds(607, ptz_lists.group(group, "limit", [_stop(stop, duration=10)]))
        dut.demand(group in await _groups(dut), f"group {group} is listed", f"groups {sorted(await _groups(dut))}")


# Line scans

_SCAN: Needs = {"capabilities": ("ptz.linescan",), "writes": ("linescans",)}


def _scan(index: int, speed: int, left: tuple[int, int], right: tuple[int, int]) -> JsonObject:
    """Settings of a line scan; `left` and `right` are whether the bound is enabled and its stay in seconds."""
    return {
        "linescan_index": index,
        "linescan_speed": speed,
        "linescan_left_enable": left[0],
        "linescan_left_duration": left[1],
        "linescan_right_enable": right[0],
        "linescan_right_duration": right[1],
    }


async def _scans(dut: Device) -> Entries:
    await dut.get(611)
    return await ptz_lists.entries(dut, 611, "linescan_groups", "linescan_index")


@case("IV.612/life", "Every line scan must keep the values that were set", _SAFE, quick=True, **_SCAN)
async def test_every_line_scan_keeps_its_values(case: Case, dut: Device) -> None:
    last = dut.profile["ptz_linescans"]
    wanted = {
        index: _scan(index, 1 + index % 5, (1, 7 + index), (index % 2, 20 + index)) for index in range(1, last + 1)
    }
    for settings in wanted.values():
        await dut.succeeds(612, settings)
    shown = await _scans(dut)
    for index, settings in wanted.items():
        seen = {key: shown.get(index, {}).get(key) for key in settings}
        dut.demand(seen == settings, f"611 shows what 612 set: {checks.short(settings)}", checks.short(seen))


@case("IV.611/all", "Every line scan must be listed once", capabilities=("ptz.linescan",))
async def test_every_line_scan_is_listed_once(case: Case, dut: Device) -> None:
    listed = [scan.get("linescan_index") for scan in (await dut.get(611)).get("linescan_groups") or []]
    dut.demand(len(set(listed)) == len(listed), "no index twice", f"indices {listed}")
    last = dut.profile["ptz_linescans"]
    dut.demand(set(listed) <= set(range(1, last + 1)), f"indices of 1 to {last} (R90)", f"indices {listed}")


@case("IV.612/one", "A change of one line scan must not change the others", _SAFE, requirement="IV.612/life", **_SCAN)
async def test_changing_one_line_scan_leaves_the_others(case: Case, dut: Device) -> None:
    before = await _scans(dut)
    last = dut.profile["ptz_linescans"]
    await dut.succeeds(612, _scan(last, 4, (0, 11), (1, 0)))
    after = await _scans(dut)
    others = {index: scan for index, scan in before.items() if index != last}
    dut.demand(
        {index: after.get(index) for index in others} == others,
        "the other line scans as they were",
        checks.short(after),
    )


class _Bounds(NamedTuple):
    """Whether the bounds of a line scan are enabled: linescan_left_enable and linescan_right_enable."""

    left: int
    right: int


@cases(
    Case(
        f"IV.613/{label}",
        f"A line scan with {meaning} must not start",
        _SAFE,
        requirement="IV.613/bounds",
        capabilities=("ptz.linescan", "ptz"),
        writes=("linescans", "ptz"),
        data=bounds,
    )
    for label, meaning, bounds in (
        ("left-bound", "its left bound alone", _Bounds(1, 0)),
        ("right-bound", "its right bound alone", _Bounds(0, 1)),
        ("no-bound", "both bounds disabled", _Bounds(0, 0)),
    )
)
async def test_a_line_scan_needs_both_bounds(case: Case[_Bounds], dut: Device) -> None:
    last = dut.profile["ptz_linescans"]
    await dut.must(612, _scan(last, 3, (case.data.left, 0), (case.data.right, 0)))
    reply = await dut.ask(613, {"linescan_index": last, "linescan_action": START})
    dut.judgement.observe("613", f"without both bounds: {reply.retcode}")
    await dut.clock.sleep(0.5)
    state = await dut.get(617)
    dut.demand(state.get("ptz_movement") == 0, "617: at rest", f"617: {checks.short(state)}")


# Traces

_TRACE: Needs = {"capabilities": ("ptz.trace", "ptz"), "writes": ("ptz",)}


async def _traces(dut: Device) -> Entries:
    await dut.get(614)
    return await ptz_lists.entries(dut, 614, "trace_groups", "trace_index")


@case("IV.615/life", "A trace that was recorded must be enabled", Safety.DISRUPTIVE, waits_s=1, **_TRACE)
async def test_a_recorded_trace_is_enabled(case: Case, dut: Device) -> None:
    last = dut.profile["ptz_traces"]
    others = {index: trace for index, trace in (await _traces(dut)).items() if index != last}
    await dut.succeeds(615, {"trace_index": last, "trace_record_action": START})
    await dut.clock.sleep(1)
    await dut.succeeds(615, {"trace_index": last, "trace_record_action": STOP})
    after = await _traces(dut)
    enabled = after.pop(last, {}).get("trace_enable")
    dut.demand(enabled == 1, "trace_enable 1 after recording (R138)", f"trace_enable {enabled!r}")
    dut.demand(after == others, "the other traces as they were", checks.short(after))


@case(
    "IV.616/not-recorded",
    "A trace that was never recorded must not run",
    _SAFE,
    **_TRACE,
)
async def test_a_trace_never_recorded_does_not_run(case: Case, dut: Device) -> None:
    index = next((index for index, trace in (await _traces(dut)).items() if trace.get("trace_enable") == 0), None)
    if index is None:
        raise CaseInconclusive("every trace is recorded")
    try:
        await dut.is_refused(616, {"trace_index": index, "trace_action": START}, "R33")
        state = await dut.get(617)
        dut.demand(state.get("ptz_movement") == 0, "617: at rest", f"617: {checks.short(state)}")
    finally:
        await dut.ask(616, {"trace_index": index, "trace_action": STOP})


@case("IV.614/all", "Every trace must be listed once", capabilities=("ptz.trace",))
async def test_every_trace_is_listed_once(case: Case, dut: Device) -> None:
    listed = [trace.get("trace_index") for trace in (await dut.get(614)).get("trace_groups") or []]
    last = dut.profile["ptz_traces"]
    once = len(set(listed)) == len(listed) and set(listed) <= set(range(1, last + 1))
    dut.demand(once, f"indices of 1 to {last} (R90), none twice", f"indices {listed}")
