"""IV, restorability: entries of lists, the clock and marked pixels can be returned to what they were.

Judged before other cases, because the run writes no more to a device on which this fails: it could not be restored, and
its other cases could only end in errors.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from conformance import checks
from conformance.catalogue import Safety, load
from conformance.dut.device import Device
from conformance.rules.case import Case, case, cases
from conformance.rules.verdict import CaseInconclusive
from conformance.steps import device_time, ptz_lists
from conformance.steps.capabilities import capabilities_of

_CATALOGUE = load()
_SIDES = ("left", "right")


@cases(
    Case(
        f"IV.{number}/gone",
        f"{_CATALOGUE.commands[number].title}: what was added is gone",
        Safety.REVERSIBLE,
        capabilities=needs,
        writes=writes,
        data=number,
    )
    for number, needs, writes in (
        (603, ("ptz.preset",), ("presets",)),
        (608, ("ptz.cruise", "ptz.preset"), ("cruise-groups", "presets")),
    )
)
async def test_what_was_added_is_gone(case: Case[int], dut: Device) -> None:
    query, key, name = (601, "presets", "index") if case.data == 603 else (606, "cruise_groups", "cruise_index")
    before = await ptz_lists.entries(dut, query, key, name)
    (index,) = await ptz_lists.add_preset(dut) if case.data == 603 else [(await ptz_lists.add_group(dut, 1))[0]]
    await dut.succeeds(case.data, {key: [{name: index}]})
    left = await ptz_lists.entries(dut, query, key, name)
    dut.demand(left == before, f"{key} {sorted(before)} as before", f"{sorted(left)}")


@case(
    "IV.612/written-back",
    "The values of a line scan that were there are written back in the place of others",
    Safety.REVERSIBLE,
    requirement="IV.612/life",
    capabilities=("ptz.linescan",),
    writes=("linescans",),
)
async def test_a_line_scan_is_written_back(case: Case, dut: Device) -> None:
    scans = await ptz_lists.entries(dut, 611, "linescan_groups", "linescan_index")
    if not scans:
        raise CaseInconclusive("no line scan is listed")
    names = {field.name for field in _CATALOGUE.commands[612].request}
    own = {name: value for name, value in scans[max(scans)].items() if name in names}
    other = {
        "linescan_index": max(scans),
        "linescan_speed": 1 if own.get("linescan_speed") != 1 else 2,
        **{f"linescan_{side}_enable": 0 if own.get(f"linescan_{side}_enable") == 1 else 1 for side in _SIDES},
        **{f"linescan_{side}_duration": 12 if own.get(f"linescan_{side}_duration") == 11 else 11 for side in _SIDES},
    }
    for settings in (other, own):
        await dut.succeeds(612, settings, legal=False)
        shown = (await ptz_lists.entries(dut, 611, "linescan_groups", "linescan_index")).get(max(scans), {})
        seen = {name: shown.get(name) for name in settings}
        dut.demand(seen == settings, checks.short(settings), checks.short(seen))


@case(
    "IV.506/half-days",
    "A time before noon and one after noon are shown twelve hours apart",
    Safety.REVERSIBLE,
    requirement="IV.506/shown",
    writes=("clock",),
)
async def test_both_halves_of_a_day_are_shown(case: Case, dut: Device) -> None:
    shifts = []
    for hour, second in ((8, 52), (20, 7), (0, 33), (12, 20)):
        moment = datetime(2029, 3, 14, hour, 41, second)
        await dut.succeeds(506, {"datetime": moment.strftime(device_time.FORMAT)})
        shifts.append((await device_time.read(dut) - moment).total_seconds())
    steady = all(abs(shift - shifts[0]) <= 5 for shift in shifts)
    dut.demand(steady, "the time set, but for a constant zone (R165), within 5 s", f"differences of {shifts} s")


@case(
    "IV.527/place",
    "A pixel that is marked is marked at its place, and unmarked there",
    Safety.REVERSIBLE,
    requirement="IV.527/mark",
    capabilities=capabilities_of(527, 528),
    writes=("dead-pixels",),
)
async def test_a_pixel_is_marked_at_its_place(case: Case, dut: Device) -> None:
    before = await _marked(dut)
    pixel = next(((x, y) for y in range(5, 90) for x in (101, 77) if not {(x, y), (y, x)} & before), None)
    if pixel is None:
        raise CaseInconclusive("too many dead pixels are marked")
    points = {"points": [{"x": pixel[0], "y": pixel[1]}]}
    for subtype, wanted in ((0, before | {pixel}), (2, before)):
        await dut.succeeds(527, points, extra={"subtype": subtype})
        shown = await _marked(dut)
        dut.demand(shown == wanted, f"{len(before)} marks, and {pixel} while it is one", f"{sorted(shown ^ before)}")


async def _marked(dut: Device) -> set[tuple[Any, Any]]:
    points = (await dut.must(528)).get("points") or []
    return {(point.get("x"), point.get("y")) for point in points if isinstance(point, dict)}
