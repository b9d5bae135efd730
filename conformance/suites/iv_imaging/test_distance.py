"""Command 531: the distance of a point, where 0 means 1 and a request without a point is answered."""

from __future__ import annotations

from typing import NamedTuple

from conformance import checks
from conformance.catalogue import Safety
from conformance.dut.device import Device
from conformance.rules.case import Case, case, cases
from conformance.steps.capabilities import capabilities_of

_SAFE = Safety.REVERSIBLE


class _Points(NamedTuple):
    """A point with a coordinate of 0, and the same point with 1 in its place."""

    zero: dict[str, int]
    one: dict[str, int]


@cases(
    Case(
        f"IV.531/zero-{label}",
        f"Command 531 must read 0 as 1 ({label})",
        _SAFE,
        requirement="IV.531/zero",
        capabilities=capabilities_of(531, 53),
        writes=("pair:53",),
        data=pair,
    )
    for label, pair in (
        ("both", _Points({"x": 0, "y": 0}, {"x": 1, "y": 1})),
        ("x", _Points({"x": 0, "y": 100}, {"x": 1, "y": 100})),
        ("y", _Points({"x": 100, "y": 0}, {"x": 100, "y": 1})),
    )
)
async def test_zero_means_one(case: Case[_Points], dut: Device) -> None:
    # With its height and its angle known, a camera has distances that differ from pixel to pixel.
    await dut.ask(53, {"flag": 1, "high": 6.5, "alpha": 25.0}, legal=False)
    shown = []
    for message in (case.data.zero, case.data.one):
        reply = await dut.succeeds(531, message, legal=False)
        dut.conforms(dut.catalogue.commands[531], reply)
        shown.append(reply.message or {})
    apart = [abs(float(shown[0].get(name, 0)) - float(shown[1].get(name, 0))) for name in ("x", "y")]
    dut.demand(
        max(apart) <= 0.05 * max(1.0, *(abs(float(v)) for v in shown[1].values())),
        f"{checks.short(shown[1])}, as for 1 (R78)",
        checks.short(shown[0]),
    )


@case(
    "IV.531/without-point",
    "Command 531 must answer without a point, or refuse",
    requirement="IV.531/zero",
    capabilities=capabilities_of(531),
)
async def test_without_a_point_it_is_answered(case: Case, dut: Device) -> None:
    reply = await dut.ask(531, {})
    if reply.ok:
        dut.conforms(dut.catalogue.commands[531], reply)
    else:
        # Both are optional; it is not said what a request without them means (R154).
        dut.judgement.observe("R154", f"531 without x and y: {reply.retcode}")
        dut.check(checks.refused(dut.catalogue, reply, "R20", "R23"))
