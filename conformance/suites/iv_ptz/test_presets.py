"""Commands 601 to 605: presets are added, listed, changed, approached and deleted."""

from __future__ import annotations

from conformance import checks
from conformance.catalogue import Safety
from conformance.catalogue.json_types import JsonObject
from conformance.dut.device import Device
from conformance.rules.case import Case, case, cases
from conformance.steps import ptz_lists
from conformance.steps.ptz_lists import PRESET_NEEDS, Entries, free_presets, presets_of
from conformance.steps.titles import json_of

_SAFE = Safety.REVERSIBLE


async def _presets(dut: Device) -> Entries:
    """The presets that 601 shows; its reply is judged with the field table."""
    await dut.get(601)
    return await presets_of(dut)


@case("IV.602/life", "A preset must be added, changed, approached and deleted", _SAFE, quick=True, **PRESET_NEEDS)
async def test_the_life_of_a_preset(case: Case, dut: Device) -> None:
    (index,) = await free_presets(dut)
    for number, name in ((602, "north"), (604, "south")):
        await dut.succeeds(number, ptz_lists.preset((index, name, 0)))
        shown = (await _presets(dut)).get(index, {}).get("name")
        dut.demand(shown == name, f"preset {index} called {name!r}", f"called {shown!r}")
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
        f"Command 601 must show the name {json_of(name)} as it was set",
        _SAFE,
        requirement="IV.601/names",
        data=name,
        **PRESET_NEEDS,
    )
    for label, name in _NAMES.items()
)
async def test_a_name_is_shown_as_it_was_set(case: Case[str], dut: Device) -> None:
    (index,) = await free_presets(dut)
    reply = await dut.ask(602, ptz_lists.preset((index, case.data, 0)))
    shown = (await _presets(dut)).get(index, {}).get("name")
    if len(case.data) > 32:
        # The document prints no length: a device may cut or refuse a name of more than 32 characters.
        dut.judgement.observe("601", f"40 characters: {reply.retcode}, {len(str(shown)) if shown else 0} shown")
        dut.demand(
            not reply.ok or case.data.startswith(str(shown)),
            f"the name {case.data!r}, or its beginning",
            f"the name {shown!r}",
        )
        return
    dut.check(checks.success(reply))
    dut.demand(shown == case.data, f"the name {case.data!r}", f"the name {shown!r}")


async def _together(dut: Device, number: int, *messages: JsonObject) -> None:
    """Send all entries in one request, or one by one where the device refuses that (IV.602 to IV.604)."""
    whole = {"presets": [entry for message in messages for entry in message["presets"]]}
    reply = await dut.ask(number, whole)
    if reply.ok:
        dut.judgement.observe(str(number), "several at once")
        return
    dut.check(checks.refused(dut.catalogue, reply, "R22"))
    dut.judgement.observe(str(number), "one by one")
    present = set(await presets_of(dut))
    for message in messages:
        index = message["presets"][0]["index"]
        if number == 604 or (index in present) == (number == 603):
            await dut.succeeds(number, message)


@cases(
    Case(f"IV.{number}/several", title, _SAFE, data=number, **PRESET_NEEDS)
    for number, title in (
        (602, "Three presets must be added in one message, or one by one"),
        (603, "Three presets must be deleted in one message, or one by one"),
        (604, "Three presets must be changed in one message, or one by one"),
    )
)
async def test_several_presets_in_one_message(case: Case[int], dut: Device) -> None:
    others = await _presets(dut)
    indices = await free_presets(dut, 3)
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
    dut.demand(shown == wanted, f"the names {wanted}" if wanted else f"presets {indices} gone", f"the names {shown}")
    rest = {index: entry for index, entry in after.items() if index not in indices}
    dut.demand(rest == others, "the other presets as they were", checks.short(rest))


@case("IV.604/param", "A change must store param as adding does, and keep the index", _SAFE, **PRESET_NEEDS)
async def test_a_change_stores_param(case: Case, dut: Device) -> None:
    index, other = await free_presets(dut, 2)
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
        # A reserved field: a device that does not keep it when adding need not keep it when changing.
        dut.judgement.observe("604", f"param 5 shown as {added!r}")


@case("IV.602/existing", "Adding an index that exists must overwrite it or be refused", _SAFE, **PRESET_NEEDS)
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
    dut.demand(len(after) == len(before), f"{len(before)} presets", f"{len(after)} presets")


@case(
    "IV.603/half",
    "A list to delete with a preset that does not exist must be refused",
    _SAFE,
    requirement="IV.603/nothing-there",
    **PRESET_NEEDS,
)
async def test_deleting_a_list_with_one_missing(case: Case, dut: Device) -> None:
    (index,) = await ptz_lists.add_preset(dut)
    (missing,) = await free_presets(dut)
    reply = await dut.ask(603, {"presets": [{"index": index}, {"index": missing}]})
    left = index in await _presets(dut)
    dut.judgement.observe("603", f"one of two missing: {reply.retcode}, the other {'left' if left else 'deleted'}")
    dut.check(checks.refused(dut.catalogue, reply, "R33"))
