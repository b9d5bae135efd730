"""Chapter III, lists and texts: every entry of a list stays itself, every text is kept as it was sent."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from conformance import checks
from conformance.catalogue.configurations import variant
from conformance.dut.device import Device
from conformance.rules.case import Case, cases
from conformance.steps.pairs import CATALOGUE, Pair, compared, set_case


def _of(number: int, label: str, requirement: str, title: str, data: Any = None) -> Case[Any]:
    return set_case(CATALOGUE.commands[number], label, requirement, title, data=data)


# Lists: every entry is kept, in order, and none lands in another

_LISTS = {3: "rule_list", 13: "month_data", 17: "rects", 23: "params", 25: "store", 31: "mailto"}
_LISTS |= dict.fromkeys((19, 21, 47, 51, 55, 57), "effect_day")


def _lists() -> Iterator[Case[Any]]:
    for number, name in sorted(_LISTS.items()):
        for label, which in (("several", 0), ("several-others", 1)):
            entries = variant(CATALOGUE.commands[number], which)[name]
            yield _of(number, f"{name}/{label}", "legal", f"{len(entries)} different entries of {name}", (name, which))


@cases(_lists())
async def test_every_entry_of_a_list_is_kept(case: Case[Any], dut: Device) -> None:
    name, which = case.data
    pair, before = await Pair.of(dut, case.subject)
    message = {name: pair.variant(which, before)[name]}
    after = await pair.keeps(message)
    dut.demand(
        len(after.get(name) or []) == len(message[name]),
        f"{len(message[name])} entries of {name}",
        f"{len(after.get(name) or [])} entries",
    )
    await pair.is_still(before, but=message)


def _broken_last_entries() -> Iterator[Case[Any]]:
    wrong = {3: {"humi": 101}, 17: {"w": 0}, 23: {"fps": 0}, 25: {"flag": 2}, 21: {"day": 8}, 19: {"day": 0}}
    for number, change in wrong.items():
        yield _of(number, f"{_LISTS[number]}/last-wrong", "illegal", "one wrong entry refuses the whole list", change)


@cases(_broken_last_entries())
async def test_one_wrong_entry_refuses_the_whole_list(case: Case[Any], dut: Device) -> None:
    pair, before = await Pair.of(dut, case.subject)
    name = _LISTS[case.subject.cmdtype]
    *first, last = pair.variant(0, before)[name]
    await pair.refuses({name: [*first, {**last, **case.data}]}, "R22")


@cases(
    _of(number, f"{name}/type-{kind}-alone", "legal", f"entry {kind} of {name} leaves the others alone", (name, kind))
    for number, name, kinds in ((23, "params", (1, 2, 3, 4)), (25, "store", (1, 2, 3)))
    for kind in kinds
)
async def test_an_entry_leaves_those_of_other_types_alone(case: Case[Any], dut: Device) -> None:
    name, kind = case.data
    pair, factory = await Pair.of(dut, case.subject)
    # Away from the factory's values first, so that an entry that falls back to them shows.
    await pair.send({name: pair.variant(1, factory)[name]})
    before = await pair.read()
    known = {entry.get("type"): entry for entry in before.get(name) or []}
    for which in (0, 1):
        sent = next(entry for entry in pair.variant(which, before)[name] if entry["type"] == kind)
        after = await pair.keeps({name: [sent]})
        others = [[entry for entry in shown.get(name) or [] if entry.get("type") != kind] for shown in (before, after)]
        found = [
            f"type {one.get('type')}: {one} -> {other}" for one, other in zip(*others, strict=False) if one != other
        ]
        dut.check(compared("the entries of other types as they were", found))
        dut.demand(len(after.get(name) or []) == len(known), f"{len(known)} entries", f"{len(after.get(name) or [])}")


@cases([_of(23, "params/without-type", "legal", "an entry without a type changes nothing")])
async def test_an_entry_without_a_type_changes_nothing(case: Case, dut: Device) -> None:
    pair, before = await Pair.of(dut, case.subject)
    reply = await pair.send({"params": [{"level": 6, "svc": 1}]})
    if not reply.ok:
        dut.check(checks.refused(CATALOGUE, reply, "R23", "R22"))
    await pair.is_still(before)


# 51: fire areas

_AREA = {
    "sensitivity": 37,
    "top_left_x": 21,
    "top_left_y": 22,
    "bo_right_x": 123,
    "bo_right_y": 124,
    "area_name": "one",
}


@cases(
    _of(51, f"{name}/alone", "legal", f"{name} leaves the other area alone", (name, other))
    for name, other in (("area1", "area2"), ("area2", "area1"))
)
async def test_a_fire_area_leaves_the_other_alone(case: Case[Any], dut: Device) -> None:
    name, other = case.data
    pair, before = await Pair.of(dut, case.subject)
    after = await pair.keeps({name: _AREA})
    dut.demand(after.get(other) == before.get(other), f"{other} {before.get(other)}", f"{other} {after.get(other)}")


# Which texts


@cases(
    _of(number, f"{name}/exact-{label}", "text", f"{name} keeps {text!r}", (name, text))
    for number, name in ((1, "show_desc"), (15, "copyright"), (31, "subject"), (45, "devicename"), (51, "area1"))
    for label, text in {
        "blanks": "  two  blanks  ",
        "beyond-bmp": "fire \U0001f525 \U00010348",
        "composed": "e\u0301 \u00e9 \u212b",
        "markup": "<b>&amp;</b> %s ${x}",
        "digits": "0123",
    }.items()
)
async def test_a_text_is_kept_exactly(case: Case[Any], dut: Device) -> None:
    name, text = case.data
    pair, before = await Pair.of(dut, case.subject)
    area = {key: value for key, value in (before.get(name) or {}).items() if key in _AREA} if name == "area1" else {}
    await pair.keeps({name: {**area, "area_name": text} if name == "area1" else text})
