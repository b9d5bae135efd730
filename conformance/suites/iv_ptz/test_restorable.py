"""IV, restorability: entries of the lists of the PTZ can be returned to what they were.

Judged before other cases, because the run writes no more to a device on which this fails: it could not be restored, and
its other cases could only end in errors.
"""

from __future__ import annotations

from conformance import checks
from conformance.catalogue import Safety, load
from conformance.dut.device import Device
from conformance.rules.case import Case, case, cases
from conformance.rules.verdict import CaseInconclusive
from conformance.steps import ptz_lists

_CATALOGUE = load()


@cases(
    Case(
        f"IV.{number}/gone",
        f"Command {number} must delete an entry that was added: {_CATALOGUE.commands[number].title}",
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
async def test_an_added_entry_is_deleted(case: Case[int], dut: Device) -> None:
    query, key, name = (601, "presets", "index") if case.data == 603 else (606, "cruise_groups", "cruise_index")
    before = await ptz_lists.entries(dut, query, key, name)
    (index,) = await ptz_lists.add_preset(dut) if case.data == 603 else [(await ptz_lists.add_group(dut, 1))[0]]
    await dut.succeeds(case.data, {key: [{name: index}]})
    left = await ptz_lists.entries(dut, query, key, name)
    dut.demand(left == before, f"{key} {sorted(before)} as before", f"{key} {sorted(left)}")


_SIDES = ("left", "right")


@case(
    "IV.612/written-back",
    "Command 612 must accept the values that a line scan had before, in the place of others",
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
