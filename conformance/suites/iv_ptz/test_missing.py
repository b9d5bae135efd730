"""Commands 603 to 605 and 608 to 610: an index that does not exist is refused, and nothing changes."""

from __future__ import annotations

from conformance import checks
from conformance.catalogue import Safety, load
from conformance.catalogue.json_types import JsonObject
from conformance.dut.device import Device
from conformance.rules.case import Case, cases
from conformance.steps import ptz_lists
from conformance.steps.capabilities import capabilities_of
from conformance.steps.ptz_lists import START

_CATALOGUE = load()
_SAFE = Safety.REVERSIBLE


@cases(
    Case(
        f"IV.{number}/nothing-there",
        f"Command {number} must refuse an index that does not exist: {_CATALOGUE.commands[number].title}",
        _SAFE,
        capabilities=capabilities_of(number),
        writes=("presets",) if number < 606 else ("cruise-groups",),
        data=number,
    )
    for number in (603, 604, 605, 608, 609, 610)
)
async def test_an_index_that_does_not_exist_is_refused(case: Case[int], dut: Device) -> None:
    number = case.data
    if number < 606:
        (index,) = ptz_lists.free(await ptz_lists.presets_of(dut), dut.profile["ptz_presets"])
        message: JsonObject = {
            603: {"presets": [{"index": index}]},
            604: ptz_lists.preset((index, "nowhere", 0)),
            605: {"index": index},
        }[number]
        query = 601
    else:
        groups = await ptz_lists.groups_of(dut)
        (index,) = ptz_lists.free(groups, dut.profile["ptz_cruise_groups"])
        message = {
            608: {"cruise_groups": [{"cruise_index": index}]},
            609: ptz_lists.group(index, "nowhere", []),
            610: {"cruise_index": index, "cruise_action": START},
        }[number]
        query = 606
    before = await dut.must(query)
    await dut.is_refused(number, message, "R33")
    after = await dut.must(query)
    dut.demand(before == after, "entries as before the refused request", checks.short(after))
