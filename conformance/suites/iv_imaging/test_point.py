"""Command 521: the temperature of a point, in the corners too, and a display that can be switched off."""

from __future__ import annotations

from typing import NamedTuple

from conformance import checks
from conformance.dut.device import Device
from conformance.rules.case import Case, case, cases
from conformance.steps.capabilities import capabilities_of
from conformance.steps.image_sizes import output_size
from conformance.steps.scene import COLDEST_C, HOTTEST_C


@case(
    "IV.521/point",
    "Command 521 must show the temperature of a point",
    requirement="IV.521/value",
    capabilities=capabilities_of(521),
    quick=True,
)
async def test_a_point_has_a_temperature(case: Case, dut: Device) -> None:
    message = await dut.get(521, {"cursor_x": 10, "cursor_y": 10, "cursor_type": 0})
    dut.demand(message.get("show") in (0, 1), "show is 0 or 1", f"show {message.get('show')!r}")
    if message.get("show") == 1 and isinstance(message.get("value"), int | float):
        dut.demand(COLDEST_C <= message["value"] <= HOTTEST_C, "a possible temperature", f"{message['value']:g} degC")


class _Corner(NamedTuple):
    """A corner of the image."""

    right: bool
    low: bool


@cases(
    Case(
        f"IV.521/corner-{label}",
        f"The {label} corner of the image must have a temperature",
        requirement="IV.521/value",
        capabilities=capabilities_of(521),
        data=corner,
    )
    for label, corner in (
        ("upper-left", _Corner(right=False, low=False)),
        ("upper-right", _Corner(right=True, low=False)),
        ("lower-left", _Corner(right=False, low=True)),
        ("lower-right", _Corner(right=True, low=True)),
    )
)
async def test_a_corner_has_a_temperature(case: Case[_Corner], dut: Device) -> None:
    width, height = output_size(dut)
    x, y = (width if case.data.right else 1), (height if case.data.low else 1)
    await dut.get(521, {"cursor_x": x, "cursor_y": y, "cursor_type": 0})


class _Cursor(NamedTuple):
    """Coordinates of the cursor in pixels from 1; negative ones switch its display off."""

    x: int
    y: int


@cases(
    Case(
        f"IV.521/off-{label}",
        f"A negative {label} must switch the display off",
        requirement="IV.521/off",
        capabilities=capabilities_of(521),
        data=cursor,
    )
    for label, cursor in (("cursor", _Cursor(-1, -1)), ("x", _Cursor(-1, 10)), ("y", _Cursor(10, -1)))
)
async def test_a_negative_cursor_switches_the_display_off(case: Case[_Cursor], dut: Device) -> None:
    x, y = case.data.x, case.data.y
    reply = await dut.succeeds(521, {"cursor_x": x, "cursor_y": y, "cursor_type": 0}, legal=False)
    show = (reply.message or {}).get("show")
    dut.judgement.observe("R75", f"show {show!r}")
    # It is not said whether one negative coordinate is enough.
    dut.demand(show == 0 or max(x, y) >= 0, "show 0 while the cursor is off (R75)", f"show {show!r}")
    again = await dut.get(521, {"cursor_x": 10, "cursor_y": 10, "cursor_type": 0})
    dut.demand("value" in again, "a temperature again after that", checks.short(again))
