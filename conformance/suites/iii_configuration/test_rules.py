"""Chapter III, the rules that no single field states: dependencies, counts, ranges that hang together."""

from __future__ import annotations

import ipaddress
import random
import struct
import zlib
from base64 import b64encode
from collections.abc import Callable, Mapping
from typing import Any

from conformance import checks
from conformance.catalogue import values
from conformance.dut.device import Device
from conformance.rules.case import Case, cases
from conformance.steps.pairs import CATALOGUE, Pair, set_case

Making = Callable[[Device, Mapping[str, Any]], dict[str, Any]]
"""Makes a message from the device (its sizes) and its present values."""


def _of(number: int, label: str, requirement: str, title: str, data: Any = None, **facts: Any) -> Case[Any]:
    return set_case(CATALOGUE.commands[number], label, requirement, title, data=data, **facts)


# 3: rules and their points


def _rule(dut: Device, kind: int, count: int, **facts: Any) -> dict[str, Any]:
    """A rule of shape `kind` with `count` points on an ellipse inside the image."""
    corners = ((3, 1), (5, 1), (6, 3), (6, 5), (5, 6), (3, 6), (2, 5), (2, 3))
    width, height = dut.sizes.get("ir_output_w", 512), dut.sizes.get("ir_output_h", 384)
    picked = {4: (0, 2, 4, 6)}.get(count, tuple(range(count)))
    points = [{"x": width * corners[each][0] // 8, "y": height * corners[each][1] // 8} for each in picked]
    whole = values.request(CATALOGUE.commands[3], dut.sizes)["message"]["rule_list"][0]
    return {key: value for key, value in whole.items() if key not in ("id", "flag", "preset")} | {
        "type": kind,
        "points": points,
        **facts,
    }


_FEWEST = {1: 1, 2: 2, 3: 4, 4: 3, 5: 4}
_SHAPE_NAMES = {1: "point", 2: "line", 3: "rectangle", 4: "polygon", 5: "circle"}


@cases(
    _of(3, f"points/{_SHAPE_NAMES[kind]}-{count}", "points", f"a {_SHAPE_NAMES[kind]} of {count} points", (kind, count))
    for kind, fewest in _FEWEST.items()
    for count in sorted({*range(fewest + 1), fewest, 7, 8, *((5,) if kind in (3, 5) else ())})
)
async def test_a_shape_has_its_number_of_points(case: Case[Any], dut: Device) -> None:
    kind, count = case.data
    pair, before = await Pair.of(dut, case.subject)
    message = {"rule_list": [_rule(dut, kind, count)]}
    if count < _FEWEST[kind] or count > 7:
        await pair.refuses(message, "R22")
    elif count == _FEWEST[kind] or kind == 4:
        await pair.keeps(message)
    else:
        reply = await pair.send(message)
        dut.judgement.observe("R161", f"{count} points of a {_SHAPE_NAMES[kind]}: {reply.retcode}")
        if not reply.ok:
            await pair.is_still(before)


@cases(
    _of(3, f"rule-id/{label}", "rule-id", title, ids)
    for label, title, ids in (
        ("absent", "rules without an id get different ones", (None, None, None)),
        ("zero", "rules with id 0 get different ones", (0, 0, 0)),
        ("given", "ids that are given are kept", (7, 3, 12)),
    )
)
async def test_rules_have_ids_of_their_own(case: Case[Any], dut: Device) -> None:
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
    dut.demand(len(set(shown)) == len(rules) and 0 not in shown, "ids that differ, none 0 (R111)", f"{shown}")
    if all(case.data):
        dut.demand(shown == list(case.data), f"the ids {list(case.data)}", f"{shown}")


@cases(
    _of(number, f"custom-emissivity/{label}", "emissivity", f"emissivity {value} of mode 2", (value, legal))
    for number in (1, 3)
    for label, value, legal in (("min", 0.1, True), ("below-min", 0.09, False), ("copper", 0.06, False))
)
async def test_a_custom_emissivity_is_at_least_a_tenth(case: Case[Any], dut: Device) -> None:
    value, legal = case.data
    pair, _ = await Pair.of(dut, case.subject)
    pieces = {"emiss_mode": 2, "emiss": value}
    message = pieces if case.subject.cmdtype == 1 else {"rule_list": [_rule(dut, 1, 1, **pieces)]}
    if legal:
        await pair.keeps(message)
    else:
        await pair.refuses(message, "R22")


# 9: addresses, each mistake with its own code (R31)


def _address(**changes: str) -> Making:
    return lambda dut, before: {
        **{name: before[name] for name in ("ipaddr", "netmask", "gateway") if name in before},
        **changes,
    }


def _outside(dut: Device, before: Mapping[str, Any]) -> dict[str, Any]:
    """A gateway just past the end of the subnet."""
    network = ipaddress.IPv4Network(f"{before['ipaddr']}/{before['netmask']}", strict=False)
    return {**_address()(dut, before), "gateway": str(network.broadcast_address + 2)}


def _in_use(dut: Device, before: Mapping[str, Any]) -> dict[str, Any]:
    used = ipaddress.IPv4Address(dut.profile["ip_in_use"])
    gateway = ipaddress.IPv4Network(f"{used}/255.255.255.0", strict=False)[1]
    chosen = gateway if gateway != used else gateway + 1
    return {"ipaddr": str(used), "netmask": "255.255.255.0", "gateway": str(chosen)}


_ADDRESSES: Mapping[str, tuple[str, int, Making]] = {
    "mask-with-holes": ("a mask with holes", 10016, _address(netmask="255.0.255.0")),
    "mask-reversed": ("a mask of zeros before ones", 10016, _address(netmask="0.0.0.255")),
    "gateway-outside": ("a gateway outside the subnet", 10017, _outside),
}


@cases(
    [
        *(
            _of(9, label, "address", f"{title} is refused with {code}", (code, making))
            for label, (title, code, making) in _ADDRESSES.items()
        ),
        _of(
            9, "address-in-use", "address", "an address in use is refused", (10015, _in_use), parameters=("ip_in_use",)
        ),
    ]
)
async def test_a_wrong_address_has_its_own_code(case: Case[Any], dut: Device) -> None:
    code, making = case.data
    pair, before = await Pair.of(dut, case.subject)
    await pair.refuses(making(dut, before), "R31", only=code)


# 13: holidays

_LONG_MONTHS = (1, 3, 5, 7, 8, 10, 12)
_HOLIDAYS: Mapping[str, tuple[str, list[dict[str, Any]], dict[int, set[int]]]] = {
    "last-days": (
        "the 31st of every month that has one",
        [{"mon": month, "data": [1, 31]} for month in _LONG_MONTHS],
        {month: {1, 31} for month in _LONG_MONTHS},
    ),
    "thirtieth": (
        "the 30th of the other months",
        [{"mon": month, "data": [30]} for month in (4, 6, 9, 11)],
        {month: {30} for month in (4, 6, 9, 11)},
    ),
    "no-such-day": (
        "a day that the month has not",
        [{"mon": 2, "data": [28, 30, 5]}, {"mon": 4, "data": [31, 4]}],
        {2: {5, 28}, 4: {4}},
    ),
    "no-such-month": ("a month that the year has not", [{"mon": 13, "data": [3]}, {"mon": 5, "data": [9]}], {5: {9}}),
    "none": ("no holidays", [], {}),
}


@cases(
    _of(13, f"holidays/{label}", "holidays", f"{title}: what exists is kept", (sent, kept))
    for label, (title, sent, kept) in _HOLIDAYS.items()
)
async def test_holidays_that_exist_are_kept(case: Case[Any], dut: Device) -> None:
    sent, kept = case.data
    pair, _ = await Pair.of(dut, case.subject)
    dut.check(checks.success(await pair.send({"month_data": sent})))
    shown = (await pair.read()).get("month_data") or []
    found = {entry.get("mon"): set(entry.get("data") or []) for entry in shown if entry.get("data")}
    dut.demand(found == kept, f"the days {kept}", f"the days {found}")


_WRONG_MONTHS: Mapping[str, Any] = {"string": "June", "none": None, "fraction": 6.5, "list": [6], "zero": 0}


@cases(
    _of(13, f"holidays/month-{label}", "holidays", f"a month that is none ({label}): passed over, or refused", month)
    for label, month in _WRONG_MONTHS.items()
)
async def test_a_wrong_month_is_passed_over(case: Case[Any], dut: Device) -> None:
    pair, before = await Pair.of(dut, case.subject)
    reply = await pair.send({"month_data": [{"mon": case.data, "data": [3]}, {"mon": 5, "data": [9]}]})
    if not reply.ok:
        dut.check(checks.refused(CATALOGUE, reply, "R22", "R23"))
        await pair.is_still(before)
        return
    shown = (await pair.read()).get("month_data") or []
    found = {str(entry.get("mon")): entry.get("data") for entry in shown if entry.get("data")}
    dut.demand(found == {"5": [9]}, "the 9th of May alone", f"the days {found}")


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


@cases(
    _of(15, f"{name}/{label}", "image-size", f"a {name} of {size // 1000} kB", (name, round(size**0.5), size < 500_000))
    for name in ("logo", "home_logo")
    for label, size in (("300-kb", 300_000), ("600-kb", 600_000))
)
async def test_a_logo_has_at_most_500k(case: Case[Any], dut: Device) -> None:
    name, side, legal = case.data
    pair, _ = await Pair.of(dut, case.subject)
    if legal:
        await pair.keeps({name: _png(side)})
    else:
        await pair.refuses({name: _png(side)}, "R22")


# 17: shielded areas


def _areas(label: str, width: int, height: int) -> tuple[list[dict[str, int]], list[dict[str, tuple[int, ...]]]]:
    """What is sent, and the values each field may show then (R46, R159)."""
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
    _of(17, f"areas/{label}", "areas", f"an area: {label.replace('-', ' ')}", label)
    for label in ("zero-means-one", "past-the-right", "past-the-bottom", "past-both", "whole-image")
)
async def test_an_area_is_cut_at_the_border(case: Case[Any], dut: Device) -> None:
    sent, legal = _areas(case.data, dut.sizes.get("ir_output_w", 512), dut.sizes.get("ir_output_h", 384))
    pair, _ = await Pair.of(dut, case.subject)
    dut.check(checks.success(await pair.send({"rects": sent})))
    shown = (await pair.read()).get("rects") or []
    fits = len(shown) == len(legal) and all(
        one.get(name) in allowed for one, wanted in zip(shown, legal, strict=True) for name, allowed in wanted.items()
    )
    dut.demand(fits, f"areas of {legal}", f"areas of {shown}")
    reading = "R46" if case.data == "zero-means-one" else "R159"
    dut.judgement.observe(
        reading, "; ".join(f"{one.get('x')},{one.get('y')} {one.get('w')}x{one.get('h')}" for one in shown)
    )


@cases([_of(17, "areas/three", "areas", "three areas are refused")])
async def test_three_areas_are_refused(case: Case, dut: Device) -> None:
    pair, _ = await Pair.of(dut, case.subject)
    areas = [{"x": 10 + 40 * index, "y": 20, "w": 30, "h": 25} for index in range(3)]
    await pair.refuses({"rects": areas}, "R22")


# 19 and after: durations and their flags

_HOLDING = {19: "light", 21: "light", 27: "light", 29: "light", 47: "output", 51: "output", 55: "output", 57: "output"}


@cases(
    _of(number, f"hold/{seconds}", "hold", f"a hold of {seconds} s while its flag is 1", (name, seconds))
    for number, name in _HOLDING.items()
    for seconds in (9, 10, 300, 301)
)
async def test_a_hold_is_10_to_300_seconds(case: Case[Any], dut: Device) -> None:
    name, seconds = case.data
    pair, _ = await Pair.of(dut, case.subject)
    message = {f"{name}_flag": 1, f"{name}_hold": seconds}
    if 10 <= seconds <= 300:
        await pair.keeps(message)
    else:
        await pair.refuses(message, "R22")


@cases(
    _of(number, "hold/0-and-flag-0", "hold", "a hold of 0 while its flag is 0 is taken or refused", name)
    for number, name in _HOLDING.items()
)
async def test_a_hold_of_0_needs_flag_0(case: Case[Any], dut: Device) -> None:
    pair, before = await Pair.of(dut, case.subject)
    message = {f"{case.data}_flag": 0, f"{case.data}_hold": 0}
    reply = await pair.send(message)
    dut.judgement.observe("R160", str(reply.retcode))
    if not reply.ok:
        dut.check(checks.refused(CATALOGUE, reply, "R22"))
    await pair.is_still(before, but=message if reply.ok else None)


# 23: main frames


@cases(
    _of(23, f"gop-size/{label}-{kind}", "gop", f"stream {kind}: {title}", (kind, facts, legal))
    for kind in (1, 2, 3, 4)
    for label, title, facts, legal in (
        ("twice-fps", "gop_size 2 x fps is taken", {"fps": 10, "gop_size": 20}, True),
        ("above-twice-fps", "gop_size 2 x fps + 1 is refused", {"fps": 10, "gop_size": 21}, False),
        ("twice-fps-25", "gop_size 50 at 25 is taken", {"fps": 25, "gop_size": 50}, True),
        ("above-twice-fps-25", "gop_size 51 at 25 is refused", {"fps": 25, "gop_size": 51}, False),
    )
)
async def test_a_main_frame_comes_within_two_seconds(case: Case[Any], dut: Device) -> None:
    kind, facts, legal = case.data
    pair, _ = await Pair.of(dut, case.subject)
    message = {"params": [{"type": kind, **facts}]}
    if legal:
        await pair.keeps(message)
    else:
        await pair.refuses(message, "R22")


@cases([_of(23, "gop-size/above-present-fps", "gop", "a gop_size above twice the present fps is refused")])
async def test_gop_size_is_held_against_the_present_fps(case: Case, dut: Device) -> None:
    pair, _ = await Pair.of(dut, case.subject)
    await pair.send({"params": [{"type": 1, "fps": 10, "gop_size": 20}]})
    await pair.refuses({"params": [{"type": 1, "gop_size": 21}]}, "R22")


# 31, 45, 49: recipients and ports


@cases(_of(31, f"recipients/{count}", "recipients", f"{count} recipients", count) for count in (1, 5, 6, 8))
async def test_up_to_five_recipients_are_kept(case: Case[Any], dut: Device) -> None:
    pair, _ = await Pair.of(dut, case.subject)
    message = {"mailto": [f"someone-{index}@example.com" for index in range(case.data)]}
    if case.data <= 5:
        await pair.keeps(message)
    else:
        await pair.refuses(message, "R22")


@cases(_of(number, "port-0-and-flag-1", "port", "port 0 is refused while the flag is 1") for number in (45, 49))
async def test_port_0_needs_flag_0(case: Case, dut: Device) -> None:
    pair, _ = await Pair.of(dut, case.subject)
    await pair.refuses({"flag": 1, "serverport": 0}, "R22")


# 39: two modes, counted from 0 or from 1 (R53)


@cases([_of(39, "two-modes", "set", "just two modes are known, and each is shown as what it is")])
async def test_there_are_two_infrared_modes(case: Case, dut: Device) -> None:
    pair, before = await Pair.of(dut, case.subject)
    for mode in (0, 1, 0):
        await pair.keeps({"mode": mode})
    for mode in (-1, 2, 3):
        await pair.refuses({"mode": mode}, "R22")
    await pair.send({"mode": before["mode"]})
