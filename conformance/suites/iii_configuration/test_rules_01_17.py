"""III.1 to III.17, the rules that no single field states: dependencies, counts, ranges that depend on each other."""

from __future__ import annotations

import ipaddress
import random
import struct
import zlib
from base64 import b64encode
from collections.abc import Callable, Mapping
from typing import NamedTuple, TypeAlias

from conformance import checks
from conformance.catalogue import values
from conformance.catalogue.json_types import Json, JsonMapping, JsonObject
from conformance.dut.device import Device
from conformance.rules.case import Case, cases
from conformance.steps.image_sizes import output_size
from conformance.steps.pairs import CATALOGUE, Pair, set_case
from conformance.steps.scene import SHAPES
from conformance.steps.titles import json_of

_COMMANDS = CATALOGUE.commands

# 3: rules and their points


def _rule(dut: Device, kind: int, count: int, **facts: Json) -> JsonObject:
    """A rule of shape `kind` with `count` points on an ellipse inside the image."""
    corners = ((3, 1), (5, 1), (6, 3), (6, 5), (5, 6), (3, 6), (2, 5), (2, 3))
    width, height = output_size(dut)
    picked = {4: (0, 2, 4, 6)}.get(count, tuple(range(count)))
    points = [{"x": width * corners[each][0] // 8, "y": height * corners[each][1] // 8} for each in picked]
    whole = values.request(_COMMANDS[3], dut.sizes)["message"]["rule_list"][0]
    return {key: value for key, value in whole.items() if key not in ("id", "flag", "preset")} | {
        "type": kind,
        "points": points,
        **facts,
    }


_FEWEST = {1: 1, 2: 2, 3: 4, 4: 3, 5: 4}
_MOST, _POLYGON = 7, 4


class _Shape(NamedTuple):
    """A kind of rule, and how many points it is given."""

    kind: int
    points: int


def _shape_title(kind: int, count: int) -> str:
    shape = f"a {SHAPES[kind]} that is given {count} point{'s' if count != 1 else ''}"
    if count < _FEWEST[kind] or count > _MOST:
        return f"{shape} is refused"
    return f"{shape} is kept" if count == _FEWEST[kind] or kind == _POLYGON else f"{shape} is kept or refused"


@cases(
    set_case(
        _COMMANDS[3],
        f"points/{SHAPES[kind]}-{count}",
        "points",
        _shape_title(kind, count),
        data=_Shape(kind, count),
    )
    for kind, fewest in _FEWEST.items()
    for count in sorted({*range(fewest + 1), fewest, 7, 8, *((5,) if kind in (3, 5) else ())})
)
async def test_a_shape_has_its_number_of_points(case: Case[_Shape], dut: Device) -> None:
    kind, count = case.data
    pair, before = await Pair.of(dut, case.subject)
    message = {"rule_list": [_rule(dut, kind, count)]}
    if count < _FEWEST[kind] or count > _MOST:
        await pair.refuses(message, "R22")
    elif count == _FEWEST[kind] or kind == _POLYGON:
        await pair.keeps(message)
    else:
        reply = await pair.send(message)
        dut.judgement.observe("R161", f"{count} points of a {SHAPES[kind]}: {reply.retcode}")
        if not reply.ok:
            await pair.is_still(before)


_Ids: TypeAlias = tuple[int | None, ...]
"""The ids that three rules are sent with; None for none."""

_RULE_IDS: tuple[tuple[str, str, _Ids], ...] = (
    ("absent", "rules without an id get different ones", (None, None, None)),
    ("zero", "rules with id 0 get different ones", (0, 0, 0)),
    ("given", "ids that are given are kept", (7, 3, 12)),
)


@cases(set_case(_COMMANDS[3], f"rule-id/{label}", "rule-id", title, data=ids) for label, title, ids in _RULE_IDS)
async def test_rules_have_ids_of_their_own(case: Case[_Ids], dut: Device) -> None:
    pair, _ = await Pair.of(dut, case.subject)
    rules = [
        _rule(dut, 1, 1, rule_name=f"rule {index}", **({} if number is None else {"id": number}))
        for index, number in enumerate(case.data)
    ]
    reply = await pair.send({"rule_list": rules})
    dut.check(checks.success(reply))
    shown = [rule.get("id") for rule in (await pair.read()).get("rule_list") or []]
    if None in shown or not reply.ok:
        dut.judgement.observe("R111", "no ids shown")
        return
    dut.demand(
        len(set(shown)) == len(rules) and 0 not in shown, "ids that differ and are not 0 (R111)", checks.short(shown)
    )
    if all(case.data):
        dut.demand(shown == list(case.data), f"the ids {list(case.data)}", checks.short(shown))


class _Emissivity(NamedTuple):
    """A custom emissivity, and whether it is legal."""

    value: float
    legal: bool


@cases(
    set_case(
        _COMMANDS[number],
        f"custom-emissivity/{label}",
        "emissivity",
        f"the custom emissivity {value} is {'kept' if legal else 'refused'}",
        data=_Emissivity(value, legal),
    )
    for number in (1, 3)
    for label, value, legal in (("min", 0.1, True), ("below-min", 0.09, False), ("copper", 0.06, False))
)
async def test_a_custom_emissivity_is_at_least_a_tenth(case: Case[_Emissivity], dut: Device) -> None:
    value, legal = case.data
    pair, _ = await Pair.of(dut, case.subject)
    pieces = {"emiss_mode": 2, "emiss": value}
    message = pieces if case.subject.cmdtype == 1 else {"rule_list": [_rule(dut, 1, 1, **pieces)]}
    if legal:
        await pair.keeps(message)
    else:
        await pair.refuses(message, "R22")


# 9: addresses, each mistake with its own code (R31)


Making = Callable[[Device, JsonMapping], JsonObject]
"""Makes a message from the device (its sizes) and its present values."""


def _address(**changes: str) -> Making:
    return lambda dut, before: {
        **{name: before[name] for name in ("ipaddr", "netmask", "gateway") if name in before},
        **changes,
    }


def _outside(dut: Device, before: JsonMapping) -> JsonObject:
    """A gateway just past the end of the subnet."""
    network = ipaddress.IPv4Network(f"{before['ipaddr']}/{before['netmask']}", strict=False)
    return {**_address()(dut, before), "gateway": str(network.broadcast_address + 2)}


def _in_use(dut: Device, _: JsonMapping) -> JsonObject:
    """The address of the profile that another device uses."""
    used = ipaddress.IPv4Address(dut.profile["ip_in_use"])
    gateway = ipaddress.IPv4Network(f"{used}/255.255.255.0", strict=False)[1]
    chosen = gateway if gateway != used else gateway + 1
    return {"ipaddr": str(used), "netmask": "255.255.255.0", "gateway": str(chosen)}


class _WrongAddress(NamedTuple):
    """How a wrong address is made, and the code of its refusal."""

    code: int
    make: Making


_ADDRESSES: Mapping[str, tuple[str, _WrongAddress]] = {
    "mask-with-holes": ("a mask with holes", _WrongAddress(10016, _address(netmask="255.0.255.0"))),
    "mask-reversed": ("a mask of zeros before ones", _WrongAddress(10016, _address(netmask="0.0.0.255"))),
    "gateway-outside": ("a gateway outside the subnet", _WrongAddress(10017, _outside)),
    "address-in-use": ("an address in use", _WrongAddress(10015, _in_use)),
}


@cases(
    set_case(
        _COMMANDS[9],
        label,
        "address",
        f"{words} is refused with {wrong.code}",
        parameters=("ip_in_use",) if label == "address-in-use" else (),
        data=wrong,
    )
    for label, (words, wrong) in _ADDRESSES.items()
)
async def test_a_wrong_address_has_its_own_code(case: Case[_WrongAddress], dut: Device) -> None:
    pair, before = await Pair.of(dut, case.subject)
    await pair.refuses(case.data.make(dut, before), "R31", only=case.data.code)


# 13: holidays

_LONG_MONTHS = (1, 3, 5, 7, 8, 10, 12)


class _Holidays(NamedTuple):
    """The months and days that are sent, and the days by month that exist."""

    sent: list[JsonObject]
    kept: dict[int, set[int]]


_HOLIDAYS: Mapping[str, tuple[str, _Holidays]] = {
    "last-days": (
        "the first and the 31st of every month that has one are kept",
        _Holidays(
            [{"mon": month, "data": [1, 31]} for month in _LONG_MONTHS], {month: {1, 31} for month in _LONG_MONTHS}
        ),
    ),
    "thirtieth": (
        "the 30th of the other months is kept",
        _Holidays([{"mon": month, "data": [30]} for month in (4, 6, 9, 11)], {month: {30} for month in (4, 6, 9, 11)}),
    ),
    "no-such-day": (
        "a day that its month lacks is ignored",
        _Holidays([{"mon": 2, "data": [28, 30, 5]}, {"mon": 4, "data": [31, 4]}], {2: {5, 28}, 4: {4}}),
    ),
    "no-such-month": (
        "a month that the year lacks is ignored",
        _Holidays([{"mon": 13, "data": [3]}, {"mon": 5, "data": [9]}], {5: {9}}),
    ),
    "none": ("an empty list leaves no holidays", _Holidays([], {})),
}


@cases(
    set_case(_COMMANDS[13], f"holidays/{label}", "holidays", title, data=holidays)
    for label, (title, holidays) in _HOLIDAYS.items()
)
async def test_holidays_that_exist_are_kept(case: Case[_Holidays], dut: Device) -> None:
    sent, kept = case.data
    pair, _ = await Pair.of(dut, case.subject)
    dut.check(checks.success(await pair.send({"month_data": sent})))
    shown = (await pair.read()).get("month_data") or []
    found = {entry.get("mon"): set(entry.get("data") or []) for entry in shown if entry.get("data")}
    dut.demand(found == kept, f"the days {_text(kept)}", f"the days {_text(found)}")


def _text(days: Mapping[Json, set[int]]) -> str:
    return checks.short({str(month): sorted(each, key=str) for month, each in days.items()})


_WRONG_MONTHS: Mapping[str, Json] = {"string": "June", "none": None, "fraction": 6.5, "list": [6], "zero": 0}


@cases(
    set_case(
        _COMMANDS[13],
        f"holidays/month-{label}",
        "holidays",
        f"the month {json_of(month)} is ignored or refused",
        data=month,
    )
    for label, month in _WRONG_MONTHS.items()
)
async def test_a_wrong_month_is_passed_over(case: Case[Json], dut: Device) -> None:
    pair, before = await Pair.of(dut, case.subject)
    reply = await pair.send({"month_data": [{"mon": case.data, "data": [3]}, {"mon": 5, "data": [9]}]})
    if not reply.ok:
        dut.check(checks.refused(CATALOGUE, reply, "R22", "R23"))
        await pair.is_still(before)
        return
    shown = (await pair.read()).get("month_data") or []
    found = {str(entry.get("mon")): entry.get("data") for entry in shown if entry.get("data")}
    dut.demand(found == {"5": [9]}, "the 9th of May alone", f"the days {checks.short(found)}")


# 15: pictures


def _png(side: int) -> str:
    """A PNG of grey noise of about `side` squared bytes, in base64."""
    noise = random.Random(side)
    rows = b"".join(b"\0" + noise.randbytes(side) for _ in range(side))

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    body = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows, 0)) + chunk(b"IEND", b"")
    return b64encode(b"\x89PNG\r\n\x1a\n" + body).decode()


class _Logo(NamedTuple):
    """A field for a picture, the side of a square picture in pixels, and whether its file is small enough."""

    name: str
    side: int
    legal: bool


@cases(
    set_case(
        _COMMANDS[15],
        f"{name}/{label}",
        "image-size",
        f"a {name} of {size // 1000} kB is {'kept' if size < 500_000 else 'refused'}",
        data=_Logo(name, round(size**0.5), size < 500_000),
    )
    for name in ("logo", "home_logo")
    for label, size in (("300-kb", 300_000), ("600-kb", 600_000))
)
async def test_a_logo_has_at_most_500k(case: Case[_Logo], dut: Device) -> None:
    name, side, legal = case.data
    pair, _ = await Pair.of(dut, case.subject)
    if legal:
        await pair.keeps({name: _png(side)})
    else:
        await pair.refuses({name: _png(side)}, "R22")


# 17: shielded areas


def _areas(label: str, width: int, height: int) -> tuple[list[dict[str, int]], list[dict[str, tuple[int, ...]]]]:
    """The areas that are sent, and for each field the values that it may show then (R46, R159)."""
    match label:
        case "zero-means-one":
            return [{"x": 0, "y": 0, "w": 10, "h": 12}], [{"x": (1, 0), "y": (1, 0), "w": (10,), "h": (12,)}]
        case "past-the-right":
            return [{"x": width - 9, "y": 5, "w": 50, "h": 6}], [
                {"x": (width - 9,), "y": (5,), "w": (9, 10), "h": (6,)}
            ]
        case "past-the-bottom":
            return [{"x": 5, "y": height - 9, "w": 6, "h": 50}], [
                {"x": (5,), "y": (height - 9,), "w": (6,), "h": (9, 10)}
            ]
        case "past-both":
            corner = {"x": width - 19, "y": height - 29, "w": width, "h": height}
            return [corner], [{"x": (width - 19,), "y": (height - 29,), "w": (19, 20), "h": (29, 30)}]
    whole: dict[str, tuple[int, ...]] = {"x": (1, 0), "y": (1, 0), "w": (width - 1, width), "h": (height - 1, height)}
    return [{"x": 1, "y": 1, "w": width, "h": height}], [whole]


@cases(
    set_case(_COMMANDS[17], f"areas/{label}", "areas", title, data=label)
    for label, title in (
        ("zero-means-one", "an area at 0,0 is kept, and may be shown at 1,1"),
        ("past-the-right", "an area past the right border is cut there"),
        ("past-the-bottom", "an area past the bottom border is cut there"),
        ("past-both", "an area past both borders is cut there"),
        ("whole-image", "an area of the whole image is cut at its borders"),
    )
)
async def test_an_area_is_cut_at_the_border(case: Case[str], dut: Device) -> None:
    sent, legal = _areas(case.data, *output_size(dut))
    pair, _ = await Pair.of(dut, case.subject)
    dut.check(checks.success(await pair.send({"rects": sent})))
    shown = (await pair.read()).get("rects") or []
    fits = len(shown) == len(legal) and all(
        one.get(name) in allowed for one, wanted in zip(shown, legal, strict=True) for name, allowed in wanted.items()
    )
    dut.demand(fits, f"areas of {checks.short(legal)}", f"areas of {checks.short(shown)}")
    reading = "R46" if case.data == "zero-means-one" else "R159"
    dut.judgement.observe(
        reading, "; ".join(f"{one.get('x')},{one.get('y')} {one.get('w')}x{one.get('h')}" for one in shown)
    )


@cases([set_case(_COMMANDS[17], "areas/three", "areas", "three areas are refused")])
async def test_three_areas_are_refused(case: Case, dut: Device) -> None:
    pair, _ = await Pair.of(dut, case.subject)
    areas = [{"x": 10 + 40 * index, "y": 20, "w": 30, "h": 25} for index in range(3)]
    await pair.refuses({"rects": areas}, "R22")
