"""One scene as three commands see it: the temperatures of objects (520), of a spot (521), of the whole image (530)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from conformance import checks
from conformance.catalogue import values
from conformance.catalogue.json_types import JsonObject
from conformance.checks.matrix import SIZES, MatrixError, decode_matrix
from conformance.dut.device import Device
from conformance.rules.verdict import CaseInconclusive
from conformance.steps import waiting
from conformance.steps.image_sizes import output_size

__all__ = [
    "COLDEST_C",
    "HOTTEST_C",
    "INT16_C",
    "NOISE_K",
    "SHAPES",
    "VIEWS",
    "Celsius",
    "agree",
    "around",
    "exact_matrix",
    "matrix_of",
    "output_matrix",
    "readable_matrix",
    "rules_of",
    "set_own_rules",
    "shown_objects",
    "spot_of",
]

COLDEST_C, HOTTEST_C = -60.0, 1000.0
"""Temperatures outside of these are impossible for any such camera."""
INT16_C = 327.67
"""The highest temperature that a signed number of 16 bits can hold (R77)."""
NOISE_K = 2.0
"""By how many kelvin two readings of the same spot may differ."""

Celsius = NDArray[np.float64]
"""Temperatures in degC."""

SHAPES = {1: "point", 2: "line", 3: "rectangle", 4: "polygon", 5: "circle"}
"""By type of a rule: the shape of its object."""

VIEWS = {"IV.520": "rule", "IV.521": "point", "IV.530": "matrix"}
"""By clause: which of three views of a pixel its command shows."""


def agree(one: float, other: float, allowance: float = 0.0) -> bool:
    """Whether two temperatures agree within noise, 2 % of a high temperature, and `allowance` kelvin."""
    return abs(one - other) <= max(NOISE_K, 0.02 * max(abs(one), abs(other))) + allowance


async def matrix_of(dut: Device, kind: int = 0) -> Celsius:
    """The matrix in degC, its numbers signed or unsigned as a spot of command 521 shows (R77). Raises MatrixError."""
    reply = await waiting.ask_when_ready(dut, 530, {"type": kind})
    if not reply.ok:
        raise MatrixError(f"command 530 answers {checks.describe(reply)}")
    raw = decode_matrix(reply.message or {}, kind).raw
    dut.follows("R77", "int32" if raw.dtype.itemsize == 4 else "16 bits")
    if raw.dtype.itemsize == 2 and (raw < 0).any() and await _is_unsigned(dut, raw / 100.0, kind):
        dut.judgement.observe("R77", "uint16")
        raw = raw.view("<u2")
    return np.asarray(raw / 100.0, dtype=np.float64)


async def exact_matrix(dut: Device) -> Celsius | None:
    """The matrix of type 0 or 1 that has a number for every pixel of the output; None if neither has.

    Raises MatrixError.
    """
    width, height = output_size(dut)
    for kind in SIZES:
        matrix = await matrix_of(dut, kind)
        if matrix.shape == (height, width):
            return matrix
    return None


async def output_matrix(dut: Device) -> Celsius:
    """A temperature for every pixel of the output; if no matrix has that size, the nearest number of type 0.

    Raises MatrixError.
    """
    exact = await exact_matrix(dut)
    if exact is not None:
        return exact
    width, height = output_size(dut)
    matrix = await matrix_of(dut)
    rows = ((np.arange(height) + 0.5) * matrix.shape[0] / height).astype(int)
    columns = ((np.arange(width) + 0.5) * matrix.shape[1] / width).astype(int)
    return np.asarray(matrix[np.ix_(rows, columns)], dtype=np.float64)


async def readable_matrix(dut: Device) -> Celsius:
    """A temperature for every pixel, as `output_matrix`. Raises CaseInconclusive where it cannot be read."""
    try:
        return await output_matrix(dut)
    except MatrixError as error:
        raise CaseInconclusive(f"530 cannot be read (IV.530/size): {error}") from None


async def _is_unsigned(dut: Device, signed: Celsius, kind: int) -> bool:
    """Whether command 521 shows more than 327.67 degC at a place where the number, read as signed, is negative."""
    rows, columns = np.nonzero(signed < 0)
    middle = len(rows) // 2
    width, height = output_size(dut)
    x = int(columns[middle]) * width // signed.shape[1] + 1
    y = int(rows[middle]) * height // signed.shape[0] + 1
    value, _ = await spot_of(dut, x, y)
    return value is not None and value > INT16_C


async def spot_of(dut: Device, x: int, y: int) -> tuple[float | None, int]:
    """What 521 shows for a pixel (from 1): its temperature (None if it is not shown) and `show`."""
    message = await dut.must(521, {"cursor_x": x, "cursor_y": y, "cursor_type": 0})
    value, show = message.get("value"), message.get("show")
    known = isinstance(value, int | float) and not isinstance(value, bool) and show == 1
    return (float(value) if known and value is not None else None), int(show or 0)


async def rules_of(dut: Device, shapes: list[JsonObject]) -> list[JsonObject]:
    """Rules of these shapes with the global parameters of command 2, without alarms; their names are r0, r1, ..."""
    present = await dut.must(2)
    rule = values.request(dut.catalogue.commands[3], dut.sizes)["message"]["rule_list"][0]
    shared = {name: present[name] for name in rule.keys() & present.keys() - {"flag", "type"}}
    return [
        {**rule, **shared, "alarm_flag": 0, "rule_name": f"r{number}", **shape} for number, shape in enumerate(shapes)
    ]


async def set_own_rules(dut: Device, shapes: list[JsonObject]) -> None:
    """Replace all rules by those of `rules_of`."""
    await dut.must(3, {"rule_list": await rules_of(dut, shapes)}, legal=False)


async def shown_objects(dut: Device) -> dict[str, JsonObject]:
    """The objects that command 520 shows, by the names of their rules; its reply is judged with the field table."""
    shown = [row for row in (await dut.get(520)).get("rule_list") or [] if isinstance(row, dict)]
    return {str(row.get("rule_name")): row for row in shown}


def around(matrix: Celsius, reach: int) -> tuple[Celsius, Celsius]:
    """The lowest and the highest temperature within `reach` pixels of each pixel."""
    padded = np.pad(matrix, reach, mode="edge")
    windows = np.lib.stride_tricks.sliding_window_view(padded, (2 * reach + 1, 2 * reach + 1))
    return windows.min(axis=(2, 3)), windows.max(axis=(2, 3))
