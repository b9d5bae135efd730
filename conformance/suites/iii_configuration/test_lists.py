"""III, lists and texts: every entry of a list is kept as it is, and every text as it was sent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from conformance import checks
from conformance.catalogue.configurations import variant
from conformance.dut.device import Device
from conformance.rules.case import Case, cases
from conformance.steps.pairs import CATALOGUE, Pair, compared, set_case
from conformance.steps.titles import json_of

# Lists: every entry is kept, in its place

_LISTS = {3: "rule_list", 13: "month_data", 17: "rects", 23: "params", 25: "store", 31: "mailto"}
_LISTS |= dict.fromkeys((19, 21, 47, 51, 55, 57), "effect_day")


class _Entries(NamedTuple):
    """The entries of a list in a variant of the whole configuration."""

    name: str
    variant: int


def _lists() -> Iterator[Case[_Entries]]:
    for number, name in sorted(_LISTS.items()):
        command = CATALOGUE.commands[number]
        for label, which in (("several", 0), ("several-others", 1)):
            title = f"{len(variant(command, which)[name])} different entries of {name} are kept"
            yield set_case(command, f"{name}/{label}", "legal", title, data=_Entries(name, which))


@cases(_lists())
async def test_every_entry_of_a_list_is_kept(case: Case[_Entries], dut: Device) -> None:
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


_WRONG: Mapping[int, Mapping[str, int]] = {
    3: {"humi": 101},
    17: {"w": 0},
    23: {"fps": 0},
    25: {"flag": 2},
    21: {"day": 8},
    19: {"day": 0},
}
"""By command: a field of an entry of its list, with an illegal value."""


@cases(
    set_case(
        CATALOGUE.commands[number],
        f"{_LISTS[number]}/last-wrong",
        "illegal",
        "a list with one wrong entry is refused as a whole",
        data=wrong,
    )
    for number, wrong in _WRONG.items()
)
async def test_one_wrong_entry_refuses_the_whole_list(case: Case[Mapping[str, int]], dut: Device) -> None:
    pair, before = await Pair.of(dut, case.subject)
    name = _LISTS[case.subject.cmdtype]
    *first, last = pair.variant(0, before)[name]
    await pair.refuses({name: [*first, {**last, **case.data}]}, "R22")


class _Entry(NamedTuple):
    """The entry of one type in a list."""

    name: str
    kind: int


@cases(
    set_case(
        CATALOGUE.commands[number],
        f"{name}/type-{kind}-alone",
        "legal",
        f"a set of the entry of type {kind} in {name} changes no other entry",
        data=_Entry(name, kind),
    )
    for number, name, kinds in ((23, "params", (1, 2, 3, 4)), (25, "store", (1, 2, 3)))
    for kind in kinds
)
async def test_an_entry_leaves_those_of_other_types_alone(case: Case[_Entry], dut: Device) -> None:
    name, kind = case.data
    pair, factory = await Pair.of(dut, case.subject)
    # Other values than the factory's come first, so that an entry that falls back to these shows.
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
        dut.demand(
            len(after.get(name) or []) == len(known), f"{len(known)} entries", f"{len(after.get(name) or [])} entries"
        )


@cases(
    [
        set_case(
            CATALOGUE.commands[23], "params/without-type", "legal", "a set of an entry without a type changes nothing"
        )
    ]
)
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


class _Areas(NamedTuple):
    """The area that is set, and the other one."""

    name: str
    other: str


@cases(
    set_case(
        CATALOGUE.commands[51],
        f"{name}/alone",
        "legal",
        f"a set of {name} does not change {other}",
        data=_Areas(name, other),
    )
    for name, other in (("area1", "area2"), ("area2", "area1"))
)
async def test_a_fire_area_leaves_the_other_alone(case: Case[_Areas], dut: Device) -> None:
    name, other = case.data
    pair, before = await Pair.of(dut, case.subject)
    after = await pair.keeps({name: _AREA})
    then, now = before.get(other), after.get(other)
    dut.demand(now == then, f"{other} {checks.short(then)}", f"{other} {checks.short(now)}")


# Texts


class _Text(NamedTuple):
    """A field, and the text that is set in it."""

    name: str
    text: str


@cases(
    set_case(
        CATALOGUE.commands[number],
        f"{name}/exact-{label}",
        "text",
        f"{name} keeps {json_of(text)}",
        data=_Text(name, text),
    )
    for number, name in ((1, "show_desc"), (15, "copyright"), (31, "subject"), (45, "devicename"), (51, "area1"))
    for label, text in {
        "blanks": "  two  blanks  ",
        "beyond-bmp": "fire \U0001f525 \U00010348",
        "composed": "e\u0301 \u00e9 \u212b",
        "markup": "<b>&amp;</b> %s ${x}",
        "digits": "0123",
    }.items()
)
async def test_a_text_is_kept_exactly(case: Case[_Text], dut: Device) -> None:
    name, text = case.data
    pair, before = await Pair.of(dut, case.subject)
    area = {key: value for key, value in (before.get(name) or {}).items() if key in _AREA} if name == "area1" else {}
    await pair.keeps({name: {**area, "area_name": text} if name == "area1" else text})
