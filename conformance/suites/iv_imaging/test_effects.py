"""Command 518: image effects are set, shown by command 6, and refused as a whole where one is wrong."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple, TypeVar

from conformance import checks
from conformance.catalogue import Safety, load
from conformance.catalogue.json_types import JsonObject
from conformance.dut.device import Device
from conformance.rules.case import Case, case, cases
from conformance.rules.verdict import CaseInconclusive
from conformance.steps.accounts import NO_RIGHT, operator

_CATALOGUE = load()
_SAFE = Safety.REVERSIBLE


_SHOWN = {
    1: "vl_config.brightness",
    2: "vl_config.contrast",
    3: "vl_config.saturation",
    4: "vl_config.sharpness",
    5: None,
    6: "vl_config.reverse",
    7: "ir_config.brightness",
    8: "ir_config.contrast",
    9: "ir_config.saturation",
    10: "ir_config.sharpness",
    12: "ir_config.reverse",
    13: "vl_config.blc",
    14: "vl_config.wdr",
    15: "vl_config.hlc",
    16: "vl_config.exp",
    17: "ir_config.time_value",
    18: "ir_config.space_value",
    19: "ir_config.iee_value",
}
"""By type of 518: the field of 6 that shows it; type 5, "visible light image", has none."""


class _Effect(NamedTuple):
    """A type of 518 and a value for it."""

    kind: int
    value: int


_Data = TypeVar("_Data")
_RANGES = {
    kind: tuple(int(bound) for bound in text.split("-"))
    for kind, text in _CATALOGUE.enums["image_effect_ranges"].items()
}


def _effect_case(label: str, requirement: str, title: str, data: _Data, *, quick: bool = False) -> Case[_Data]:
    return Case(
        f"IV.518/{label}",
        title,
        _SAFE,
        requirement=f"IV.518/{requirement}",
        capabilities=("image-effect",),
        writes=("pair:5",),
        data=data,
        quick=quick,
    )


def _effects() -> Iterator[Case[_Effect]]:
    for kind, (low, high) in _RANGES.items():
        middle = low + (high - low) * 2 // 5
        for label, value in dict.fromkeys(((low, low), (high, high), (middle, middle))):
            quick = kind == 1 and value == low
            title = f"Image effect {kind} must accept {value}, and 6 must show it"
            yield _effect_case(f"type-{kind}/{label}", "shown", title, _Effect(kind, value), quick=quick)


@cases(_effects())
async def test_an_image_effect_is_shown(case: Case[_Effect], dut: Device) -> None:
    kind, value = case.data.kind, case.data.value
    before = await dut.get(6)
    await dut.succeeds(518, {"params": [{"type": kind, "value": value}]})
    after = await dut.get(6)
    place = _SHOWN[kind]
    expected = {part: dict(fields) for part, fields in before.items() if isinstance(fields, dict)}
    if place is not None:
        part, name = place.split(".")
        shown = (after.get(part) or {}).get(name)
        dut.demand(shown == value, f"{place} {value}", f"{place} {shown!r}")
        expected.setdefault(part, {})[name] = value
    found = checks.differences(_CATALOGUE.commands[6].reply, expected, after)
    dut.demand(not found, "no other field of command 6 changed", "; ".join(found) or "as expected")


def _outside() -> Iterator[Case[list[JsonObject]]]:
    for kind, (low, high) in _RANGES.items():
        for label, value in (("below-min", low - 1), ("above-max", high + 1)):
            title = f"Image effect {kind} must refuse {value}"
            yield _effect_case(f"type-{kind}/{label}", "range", title, [{"type": kind, "value": value}])


@cases(
    [
        *_outside(),
        _effect_case(
            "list/bad-value",
            "whole",
            "A list with a value out of range must change nothing",
            [{"type": 1, "value": 23}, {"type": 7, "value": 24}, {"type": 8, "value": 101}],
            quick=True,
        ),
        _effect_case(
            "list/bad-type",
            "whole",
            "A list with a type that does not exist must change nothing",
            [{"type": 2, "value": 25}, {"type": 20, "value": 1}],
        ),
        _effect_case(
            "list/bad-first",
            "whole",
            "A list that begins with a wrong entry must change nothing",
            [{"type": 1, "value": -1}, {"type": 7, "value": 26}],
        ),
    ]
)
async def test_a_wrong_effect_is_refused_and_changes_nothing(case: Case[list[JsonObject]], dut: Device) -> None:
    before = await dut.get(6)
    # The examples of the document differ in the least sharpness (R73); the cases follow the 1 of the table.
    await dut.is_refused(518, {"params": case.data}, "R22")
    found = checks.differences(_CATALOGUE.commands[6].reply, before, await dut.get(6))
    dut.demand(not found, "no field of command 6 changed", "; ".join(found) or "as expected")


@cases([_effect_case("list/several", "shown", "One request must set several effects", None)])
async def test_several_effects_are_set_at_once(case: Case, dut: Device) -> None:
    wanted = {1: 31, 2: 32, 7: 33, 10: 34}
    await dut.succeeds(518, {"params": [{"type": kind, "value": value} for kind, value in wanted.items()]})
    shown = await dut.get(6)
    for kind, value in wanted.items():
        part, name = str(_SHOWN[kind]).split(".")
        seen = (shown.get(part) or {}).get(name)
        dut.demand(seen == value, f"{part}.{name} {value}", f"{part}.{name} {seen!r}")


@cases([_effect_case("type-11/without-value", "done", "The shutter compensation must succeed without a value", None)])
async def test_the_shutter_needs_no_value(case: Case, dut: Device) -> None:
    before = await dut.get(6)
    await dut.succeeds(518, {"params": [{"type": 11}]})
    found = checks.differences(_CATALOGUE.commands[6].reply, before, await dut.get(6))
    dut.demand(not found, "no field of command 6 changed", "; ".join(found) or "as expected")


@cases([_effect_case("type-1/without-value", "done", "An effect without its value must change nothing", None)])
async def test_a_type_without_its_value_changes_nothing(case: Case, dut: Device) -> None:
    before = await dut.get(6)
    reply = await dut.ask(518, {"params": [{"type": 1}]}, legal=False)
    # The table calls the value optional for every type, but only type 11 has a meaning without it.
    dut.judgement.observe("518", f"type 1 without value: {reply.retcode}")
    found = checks.differences(_CATALOGUE.commands[6].reply, before, await dut.get(6))
    dut.demand(not found, "no field of command 6 changed", "; ".join(found) or "as expected")


@case(
    "IV.518/no-way-around",
    "An account that may not set the image by command 5 must not set it by 518",
    _SAFE,
    requirement="IV.518/rights",
    capabilities=("image-effect",),
    parameters=("operator_user", "operator_password"),
    writes=("pair:5",),
)
async def test_518_needs_the_right_to_configure(case: Case, dut: Device) -> None:
    before = await dut.get(6)
    client = await operator(dut)
    value = 41 if (before.get("ir_config") or {}).get("brightness") != 41 else 42
    own = {name: content for name, content in before.items() if isinstance(content, dict)}
    if (await dut.ask(5, own, client=client, legal=False)).retcode != NO_RIGHT:
        raise CaseInconclusive("the account may set the image by command 5 (II/rights)")
    reply = await dut.ask(518, {"params": [{"type": 7, "value": value}]}, client=client)
    dut.check(checks.refused(dut.catalogue, reply, "R27"))
    found = checks.differences(_CATALOGUE.commands[6].reply, before, await dut.get(6))
    dut.demand(not found, "no field of command 6 changed", "; ".join(found) or "as expected")
