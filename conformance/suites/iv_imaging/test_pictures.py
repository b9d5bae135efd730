"""Commands 522 and 523: the thermal image and the screenshots decode to what they say they are."""

from __future__ import annotations

import base64
import binascii

from conformance.catalogue.json_types import Json
from conformance.checks import Result
from conformance.checks.files import picture_size, pictures_apart
from conformance.dut.device import Device
from conformance.rules.case import Case, case, cases
from conformance.rules.verdict import CaseInconclusive
from conformance.steps.capabilities import capabilities_of
from conformance.steps.downloads import download
from conformance.steps.image_sizes import detector_size, output_size

_SAME_LEVELS = 4.0
"""Pictures whose colours differ by no more than this on average, of 255, are the same."""


@case(
    "IV.522/picture",
    "The thermal image must be available for download, and decode to the size it states",
    capabilities=capabilities_of(522),
)
async def test_the_thermal_image_decodes(case: Case, dut: Device) -> None:
    message = await dut.get(522)
    body = await download(dut, str(message.get("image_url", "")))
    dut.demand(bool(body), "a file with content", f"{len(body)} bytes")
    stated = tuple(_number(message.get(name)) for name in ("image_width", "image_height"))
    content = message.get("image_content")
    for data in [body, *([_bytes(dut, content)] if content else [])]:
        # The format is not said (the example ends in .data), but what begins like a picture must be one.
        if not data.startswith((b"\xff\xd8\xff", b"\x89PNG", b"BM")):
            dut.judgement.observe("522", f"not a picture: it begins with {data[:4].hex()}")
            continue
        result = Result("a picture that decodes", f"{len(data)} bytes")
        size = picture_size(data, result)
        dut.check(result)
        if size is not None and None not in stated:
            dut.demand(size == stated, f"a picture of {stated} pixels", f"a picture of {size} pixels")


def _number(value: Json) -> int | None:
    """A size that 522 sends as a string (R121)."""
    if isinstance(value, str) and value.strip().isdigit():
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _bytes(dut: Device, text: Json) -> bytes:
    try:
        return base64.b64decode(str(text))
    except (binascii.Error, ValueError) as error:
        dut.demand(False, "a picture in base64", str(error))
        return b""


@cases(
    Case(
        f"IV.523/content-{kind}",
        f"A screenshot of type {kind} must hold what its type says",
        requirement="IV.523/content",
        capabilities=capabilities_of(523),
        data=kind,
    )
    for kind in (1, 2, 3)
)
async def test_a_screenshot_holds_what_its_type_says(case: Case[int], dut: Device) -> None:
    message = await dut.get(523, {"type": case.data})
    data = _bytes(dut, message.get("image_content", ""))
    stated = (message.get("image_width"), message.get("image_height"))
    if case.data == 1:
        whole = data[:3] == b"\xff\xd8\xff" and data.rstrip(b"\0")[-2:] == b"\xff\xd9"
        dut.demand(whole, "a whole JPEG", f"{len(data)} bytes, {data[:4].hex()}")
        result = Result("a picture that decodes", f"{len(data)} bytes")
        size = picture_size(data, result)
        dut.check(result)
        dut.demand(
            size is None or None in stated or size == stated,
            f"a picture of {stated} pixels",
            f"a picture of {size} pixels",
        )
        return
    own, depth = (detector_size(dut), 3) if case.data == 2 else (output_size(dut), 4)
    # Type 2 has the size of the detector in any case, type 3 the size it states (R76).
    width, height = own if case.data == 2 or None in stated else stated
    wanted = int(width or 0) * int(height or 0) * depth
    turned = case.data == 3 and own[0] != own[1] and stated == (own[1], own[0])
    dut.demand(not turned, f"{own[0]} wide and {own[1]} high, like the image", f"{stated[0]} wide and {stated[1]} high")
    dut.demand(len(data) == wanted > 0, f"{width} x {height} x {depth} bytes (R76)", f"{len(data)} bytes")
    dut.demand(len(set(data[::97])) > 1, "a picture", "one value in every byte")


@case(
    "IV.523/visible",
    "The visible picture must differ from the infrared one",
    capabilities=capabilities_of(523),
)
async def test_the_visible_picture_is_not_the_infrared_one(case: Case, dut: Device) -> None:
    infrared = await dut.must(523, {"type": 3})
    visible = _bytes(dut, (await dut.get(523, {"type": 1})).get("image_content", ""))
    size = (infrared.get("image_width"), infrared.get("image_height"))
    apart = pictures_apart(visible, _bytes(dut, infrared.get("image_content", "")), size)
    if apart is None:
        raise CaseInconclusive("one of the two is not a picture (IV.523/content-1, IV.523/content-3)")
    # A scene may look similar to both cameras, but with the same colours everywhere it is the same picture.
    dut.demand(
        apart > _SAME_LEVELS, "colours that differ from those of type 3", f"on average {apart:.1f} of 255 levels apart"
    )
