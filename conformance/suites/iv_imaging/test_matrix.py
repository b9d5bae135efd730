"""Command 530: the matrix of temperatures has its size, possible temperatures, and one scene in both types."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from conformance import checks
from conformance.checks.matrix import SIZES, MatrixError, decode_matrix
from conformance.dut.device import Device
from conformance.rules.case import Case, case, cases
from conformance.steps import waiting
from conformance.steps.capabilities import capabilities_of
from conformance.steps.image_sizes import output_size
from conformance.steps.scene import COLDEST_C, HOTTEST_C, Celsius, around, matrix_of

_TRIES = 3


@cases(
    Case(
        f"IV.530/size-{kind}",
        f"The matrix of type {kind} must have the size it states",
        requirement="IV.530/size",
        capabilities=capabilities_of(530),
        data=kind,
        quick=kind == 0,
    )
    for kind in SIZES
)
async def test_the_matrix_has_the_size_it_states(case: Case[int], dut: Device) -> None:
    reply = await waiting.ask_when_ready(dut, 530, {"type": case.data})
    if not dut.check(checks.success(reply)):
        return
    dut.conforms(dut.catalogue.commands[530], reply)
    try:
        matrix = decode_matrix(reply.message or {}, case.data)
    except MatrixError as error:
        dut.demand(False, "width x height x 2 bytes in base64 (R77)", str(error))
        return
    size, (width, height) = (matrix.width, matrix.height), output_size(dut)
    # The printed sizes belong to an output of 512 x 384. Another output has its own size in type 0, and three quarters
    # of it in type 1.
    own = (width, height) if case.data == 0 else (width * 3 // 4, height * 3 // 4)
    dut.demand(size in (SIZES[case.data], own), f"a matrix of {SIZES[case.data]} or {own}", f"a matrix of {size}")


@case(
    "IV.530/without-type",
    "The matrix must have the size of type 0 if the request has no type",
    requirement="IV.530/size",
    capabilities=capabilities_of(530),
)
async def test_without_a_type_it_is_type_0(case: Case, dut: Device) -> None:
    sizes = []
    for message in ({}, {"type": 0}):
        reply = await waiting.ask_when_ready(dut, 530, message)
        dut.check(checks.success(reply))
        sizes.append(len(str((reply.message or {}).get("temps"))))
    if sizes[0] != sizes[1]:
        dut.judgement.observe("530", "the size without a type is not that of type 0")


@case(
    "IV.530/plausible",
    "The matrix must have possible temperatures",
    capabilities=capabilities_of(530),
)
async def test_the_temperatures_are_possible(case: Case, dut: Device) -> None:
    for kind in SIZES:
        try:
            matrix = await matrix_of(dut, kind)
        except MatrixError as error:
            dut.demand(False, f"a matrix of type {kind}", str(error))
            continue
        low, high = float(matrix.min()), float(matrix.max())
        possible = low >= COLDEST_C and high <= HOTTEST_C
        dut.demand(
            possible, f"temperatures of {COLDEST_C:g} to {HOTTEST_C:g} degC", f"type {kind}: {low:g} to {high:g} degC"
        )


@case(
    "IV.530/types",
    "The small matrix must be the large one, resampled",
    capabilities=capabilities_of(530),
)
async def test_the_types_show_one_scene(case: Case, dut: Device) -> None:
    try:
        large, small = await matrix_of(dut, 0), await matrix_of(dut, 1)
    except MatrixError as error:
        dut.demand(False, "matrices of type 0 and 1", str(error))
        return
    share = 0.0
    for _ in range(_TRIES):
        share = float(np.mean(_alike(large, small)))
        if share >= 0.95:
            break
        large, small = await matrix_of(dut, 0), await matrix_of(dut, 1)
    dut.demand(share >= 0.95, "95 % of the pixels as in type 0", f"{share:.0%} of the pixels")


def _alike(large: Celsius, small: Celsius) -> NDArray[np.bool_]:
    """Which pixels of `small` are within the range of the pixels of `large` around them, give or take noise."""
    rows = ((np.arange(small.shape[0]) + 0.5) * large.shape[0] / small.shape[0]).astype(int)
    columns = ((np.arange(small.shape[1]) + 0.5) * large.shape[1] / small.shape[1]).astype(int)
    low, high = around(large, 2)
    grid = np.ix_(rows, columns)
    return np.asarray((small >= low[grid] - 1.0) & (small <= high[grid] + 1.0))
