"""Chapter IV, 518, 522, 523, 527 and 528: image effects, the thermal image, screenshots, dead pixels."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from typing import Any

from conformance import checks
from conformance.catalogue import Safety, load
from conformance.catalogue.sizes import DOCUMENT_SIZES
from conformance.checks import Result
from conformance.checks.files import picture_size, pictures_apart
from conformance.dut.device import Device
from conformance.rules.case import Case, case, cases
from conformance.rules.verdict import CaseInconclusive
from conformance.steps import waiting

_CATALOGUE = load()
_SAFE = Safety.REVERSIBLE
_NO_PERMISSION = 10007

# 518

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
"""Types of 518 and the field of 6 that shows them; 5, "visible light image", has none."""

_RANGES = {
    kind: tuple(int(bound) for bound in text.split("-"))
    for kind, text in _CATALOGUE.enums["image_effect_ranges"].items()
}


def _effect_case(label: str, requirement: str, title: str, data: Any, **facts: Any) -> Case[Any]:
    return Case(
        f"IV.518/{label}",
        title,
        _SAFE,
        requirement=f"IV.518/{requirement}",
        capabilities=("image-effect",),
        writes=("pair:5",),
        data=data,
        **facts,
    )


def _effects() -> Iterator[Case[Any]]:
    for kind, (low, high) in _RANGES.items():
        middle = low + (high - low) * 2 // 5
        for label, value in dict.fromkeys(((low, low), (high, high), (middle, middle))):
            title = f"Image effect {kind} must accept {value}, and 6 must show it"
            yield _effect_case(f"type-{kind}/{label}", "shown", title, (kind, value), quick=kind == 1 and value == low)


@cases(_effects())
async def test_an_image_effect_is_shown(case: Case[Any], dut: Device) -> None:
    kind, value = case.data
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
    dut.demand(not found, "nothing else changed", "; ".join(found) or "so")


def _outside() -> Iterator[Case[Any]]:
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
async def test_a_wrong_effect_is_refused_and_nothing_applied(case: Case[Any], dut: Device) -> None:
    before = await dut.get(6)
    # The examples of the document differ in where sharpness begins (R73); 1 is what counts here.
    await dut.is_refused(518, {"params": case.data}, "R22")
    found = checks.differences(_CATALOGUE.commands[6].reply, before, await dut.get(6))
    dut.demand(not found, "nothing applied", "; ".join(found) or "so")


@cases([_effect_case("list/several", "shown", "One request must set several effects", None)])
async def test_several_effects_are_set_at_once(case: Case, dut: Device) -> None:
    wanted = {1: 31, 2: 32, 7: 33, 10: 34}
    await dut.succeeds(518, {"params": [{"type": kind, "value": value} for kind, value in wanted.items()]})
    shown = await dut.get(6)
    for kind, value in wanted.items():
        part, name = str(_SHOWN[kind]).split(".")
        seen = (shown.get(part) or {}).get(name)
        dut.demand(seen == value, f"{part}.{name} {value}", f"{seen!r}")


@cases([_effect_case("type-11/without-value", "done", "The shutter compensation must succeed without a value", None)])
async def test_the_shutter_needs_no_value(case: Case, dut: Device) -> None:
    before = await dut.get(6)
    await dut.succeeds(518, {"params": [{"type": 11}]})
    found = checks.differences(_CATALOGUE.commands[6].reply, before, await dut.get(6))
    dut.demand(not found, "no effect changed", "; ".join(found) or "so")


@cases([_effect_case("type-1/without-value", "done", "An effect without its value must change nothing", None)])
async def test_a_type_without_its_value_changes_nothing(case: Case, dut: Device) -> None:
    before = await dut.get(6)
    reply = await dut.ask(518, {"params": [{"type": 1}]}, legal=False)
    # The table calls value optional for every type, but only type 11 means something without it.
    dut.judgement.observe("518", f"type 1 without value: {reply.retcode}")
    found = checks.differences(_CATALOGUE.commands[6].reply, before, await dut.get(6))
    dut.demand(not found, "nothing changed", "; ".join(found) or "so")


@case(
    "IV.518/no-way-around",
    "An account that may not set the image by command 5 must not set it by 518",
    _SAFE,
    requirement="IV.518/rights",
    capabilities=("image-effect",),
    parameters=("operator_user", "operator_password"),
    writes=("pair:5",),
)
async def test_518_is_no_way_around_the_right_to_configure(case: Case, dut: Device) -> None:
    before = await dut.get(6)
    client = await dut.open("operator")
    user, password = dut.profile["operator_user"], dut.profile["operator_password"]
    if not (await client.login(user, password, dut.context.cipher)).ok:
        raise CaseInconclusive("preamble: the operator's login is refused")
    value = 41 if (before.get("ir_config") or {}).get("brightness") != 41 else 42
    own = {name: content for name, content in before.items() if isinstance(content, dict)}
    if (await dut.ask(5, own, client=client, legal=False)).retcode != _NO_PERMISSION:
        raise CaseInconclusive("the account may set the image by command 5 (II/rights)")
    reply = await dut.ask(518, {"params": [{"type": 7, "value": value}]}, client=client)
    dut.check(checks.refused(dut.catalogue, reply, "R27"))
    found = checks.differences(_CATALOGUE.commands[6].reply, before, await dut.get(6))
    dut.demand(not found, "nothing changed", "; ".join(found) or "so")


# 522


@case(
    "IV.522/picture",
    "The thermal image must be fetched and decode to the size it states",
    capabilities=waiting.capabilities(522),
)
async def test_the_thermal_image_decodes(case: Case, dut: Device) -> None:
    message = await dut.get(522)
    body = await waiting.download(dut, str(message.get("image_url", "")))
    dut.demand(bool(body), "a file with content", f"{len(body)} bytes")
    stated = tuple(_number(message.get(name)) for name in ("image_width", "image_height"))
    content = message.get("image_content")
    for data in [body, *([_bytes(dut, content)] if content else [])]:
        # The form is not said (the example ends in .data): what begins like a picture has to be one.
        if not data.startswith((b"\xff\xd8\xff", b"\x89PNG", b"BM")):
            dut.judgement.observe("522", f"no picture: begins with {data[:4].hex()}")
            continue
        result = Result("a picture that decodes", f"{len(data)} bytes")
        size = picture_size(data, result)
        dut.check(result)
        if size is not None and None not in stated:
            dut.demand(size == stated, f"{stated} pixels", f"{size}")


def _number(value: Any) -> int | None:
    """A size that 522 sends as a string (R121)."""
    if isinstance(value, str) and value.strip().isdigit():
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


_SAME_LEVELS = 4.0


def _bytes(dut: Device, text: Any) -> bytes:
    try:
        return base64.b64decode(str(text))
    except (binascii.Error, ValueError) as error:
        dut.demand(False, "base64", str(error))
        return b""


# 523


@cases(
    Case(
        f"IV.523/content-{kind}",
        f"A screenshot of type {kind} must hold what its type says",
        requirement="IV.523/content",
        capabilities=waiting.capabilities(523),
        data=kind,
    )
    for kind in (1, 2, 3)
)
async def test_a_screenshot_holds_what_its_type_says(case: Case[Any], dut: Device) -> None:
    message = await dut.get(523, {"type": case.data})
    data = _bytes(dut, message.get("image_content", ""))
    stated = (message.get("image_width"), message.get("image_height"))
    if case.data == 1:
        whole = data[:3] == b"\xff\xd8\xff" and data.rstrip(b"\0")[-2:] == b"\xff\xd9"
        dut.demand(whole, "a whole JPEG", f"{len(data)} bytes, {data[:4].hex()}")
        result = Result("a picture that decodes", f"{len(data)} bytes")
        size = picture_size(data, result)
        dut.check(result)
        dut.demand(size is None or None in stated or size == stated, f"{stated} pixels", f"{size}")
        return
    known = {**DOCUMENT_SIZES, **dut.sizes}
    names, depth = (("ir_model_w", "ir_model_h"), 3) if case.data == 2 else (("ir_output_w", "ir_output_h"), 4)
    own = tuple(known[name] for name in names)
    # Type 2 has the size of the detector whatever is stated; type 3 the size it states (R76).
    width, height = own if case.data == 2 or None in stated else stated
    wanted = int(width or 0) * int(height or 0) * depth
    turned = case.data == 3 and own[0] != own[1] and stated == (own[1], own[0])
    dut.demand(not turned, f"{own[0]} wide and {own[1]} high, as the image is", f"{stated}")
    dut.demand(len(data) == wanted > 0, f"{width} x {height} x {depth} bytes (R76)", f"{len(data)} bytes")
    dut.demand(len(set(data[::97])) > 1, "a picture", "one value in every byte")


@case(
    "IV.523/visible",
    "The visible picture must differ from the infrared one",
    capabilities=waiting.capabilities(523),
)
async def test_the_visible_picture_is_not_the_infrared_one(case: Case, dut: Device) -> None:
    infrared = await dut.must(523, {"type": 3})
    visible = _bytes(dut, (await dut.get(523, {"type": 1})).get("image_content", ""))
    size = (infrared.get("image_width"), infrared.get("image_height"))
    apart = pictures_apart(visible, _bytes(dut, infrared.get("image_content", "")), size)
    if apart is None:
        raise CaseInconclusive("one of the two is no picture (IV.523/content-1, IV.523/content-3)")
    # A scene may look alike to both cameras; the same colours all over are the same picture.
    dut.demand(
        apart > _SAME_LEVELS, "other colours than those of type 3", f"on average {apart:.1f} of 255 levels apart"
    )


# 527, 528

_MARK, _FACTORY, _UNMARK = 0, 1, 2

Pixel = tuple[int, int]


async def _listed(dut: Device) -> list[Pixel]:
    points = (await dut.get(528)).get("points") or []
    return [(point.get("x", -1), point.get("y", -1)) for point in points if isinstance(point, dict)]


async def _marked(dut: Device) -> set[Pixel]:
    return set(await _listed(dut))


async def _mark(dut: Device, subtype: int, *pixels: Pixel) -> None:
    await dut.succeeds(527, {"points": [{"x": x, "y": y} for x, y in pixels]}, extra={"subtype": subtype})


def _unmarked(present: set[Pixel], count: int) -> list[Pixel]:
    """Pixels that are not listed, nor with their coordinates exchanged; all of them legal."""
    free = ((x, y) for y in range(3, 60, 7) for x in range(70, 120, 9) if not {(x, y), (y, x)} & present)
    found = [next(free, None) for _ in range(count)]
    pixels = [pixel for pixel in found if pixel is not None]
    if len(pixels) < count:
        raise CaseInconclusive("too many dead pixels are marked")
    return pixels


_DEAD: dict[str, Any] = {
    "safety": _SAFE,
    "capabilities": waiting.capabilities(527, 528),
    "writes": ("dead-pixels",),
}


@case("IV.527/mark", "Dead pixels must be marked and unmarked", quick=True, **_DEAD)
async def test_dead_pixels_are_marked_and_unmarked(case: Case, dut: Device) -> None:
    before = await _marked(dut)
    listed = len(await _listed(dut))
    pixels = _unmarked(before, 3)
    await _mark(dut, _MARK, *pixels)
    # What is listed is judged by 528; here, how many.
    count = len(await _listed(dut))
    dut.demand(count == listed + 3, f"{listed + 3} marks", f"{count}")
    await _mark(dut, _MARK, pixels[0])
    count = len(await _listed(dut))
    dut.demand(count == listed + 3, "a pixel marked twice is one mark", f"{count}")
    await _mark(dut, _UNMARK, pixels[0], pixels[2])
    count = len(await _listed(dut))
    dut.demand(count == listed + 1, f"{listed + 1} marks after two were deleted", f"{count}")
    await _mark(dut, _UNMARK, pixels[1])
    after = await _marked(dut)
    dut.demand(after == before, "the marks of before", checks.short(sorted(after ^ before)))


@case("IV.528/marked", "Command 528 must list the pixels that are marked", **_DEAD)
async def test_the_pixels_marked_are_listed(case: Case, dut: Device) -> None:
    known = {**DOCUMENT_SIZES, **dut.sizes}
    before = await _marked(dut)
    corners = {(0, 0), (known["ir_model_w"] - 1, known["ir_model_h"] - 1)} - before
    pixels = [*_unmarked(before, 2), *sorted(corners)]
    await _mark(dut, _MARK, *pixels)
    new = await _marked(dut) - before
    dut.demand(new == set(pixels), f"{sorted(pixels)}", f"{sorted(new)}")
    await _mark(dut, _UNMARK, *pixels)


@case(
    "IV.527/factory",
    "The factory state must not hold pixels that were marked since",
    **_DEAD,
)
async def test_the_factory_state_is_restored(case: Case, dut: Device) -> None:
    pixels = _unmarked(await _marked(dut), 2)
    await _mark(dut, _MARK, *pixels)
    # Points are required; those that were marked mean the same whether the device reads them or not.
    await _mark(dut, _FACTORY, *pixels)
    first = await _marked(dut)
    left = set(pixels) & first
    dut.demand(not left, "none of the marks made here", f"{sorted(left)}")
    await _mark(dut, _FACTORY, *pixels)
    second = await _marked(dut)
    dut.demand(first == second, "the same factory state a second time", checks.short(sorted(first ^ second)))


@case(
    "IV.527/restart",
    "A restart must keep the marks of dead pixels",
    **{**_DEAD, "safety": Safety.DISRUPTIVE},
    waits_s=10,
)
async def test_a_restart_keeps_the_marks(case: Case, dut: Device) -> None:
    await _mark(dut, _MARK, *_unmarked(await _marked(dut), 2))
    before = await _marked(dut)
    await waiting.restart(dut)
    after = await _marked(dut)
    dut.demand(after == before, "the marks of before the restart (R166)", checks.short(sorted(after ^ before)))


@case("IV.527/not-marked", "Deleting a mark that is not there must change nothing", requirement="IV.527/mark", **_DEAD)
async def test_deleting_what_is_not_marked_changes_nothing(case: Case, dut: Device) -> None:
    before = await _marked(dut)
    (pixel,) = _unmarked(before, 1)
    message = {"points": [{"x": pixel[0], "y": pixel[1]}]}
    reply = await dut.ask(527, message, extra={"subtype": _UNMARK})
    if not reply.ok:
        dut.check(checks.refused(dut.catalogue, reply, "R33"))
    dut.judgement.observe("R33", f"deleting no mark: {reply.retcode}")
    after = await _marked(dut)
    dut.demand(after == before, "the marks of before", checks.short(sorted(after ^ before)))


@case("IV.527/half", "A list with a pixel outside the detector must mark none", requirement="IV.527/mark", **_DEAD)
async def test_a_list_with_a_wrong_pixel_marks_none(case: Case, dut: Device) -> None:
    known = {**DOCUMENT_SIZES, **dut.sizes}
    before = await _marked(dut)
    (pixel,) = _unmarked(before, 1)
    points = [{"x": pixel[0], "y": pixel[1]}, {"x": 1, "y": known["ir_model_h"]}]
    await dut.is_refused(527, {"points": points}, "R22", extra={"subtype": _MARK})
    after = await _marked(dut)
    dut.demand(after == before, "the marks of before", checks.short(sorted(after ^ before)))
