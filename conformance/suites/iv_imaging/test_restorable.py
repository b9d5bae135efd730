"""IV, restorability: marked pixels can be returned to what they were.

Judged before other cases, because the run writes no more to a device on which this fails: it could not be restored, and
its other cases could only end in errors.
"""

from __future__ import annotations

from conformance.catalogue import Safety
from conformance.catalogue.json_types import Json
from conformance.dut.device import Device
from conformance.rules.case import Case, case
from conformance.rules.verdict import CaseInconclusive
from conformance.steps.capabilities import capabilities_of


@case(
    "IV.527/place",
    "A pixel must be marked at its place, and unmarked there",
    Safety.REVERSIBLE,
    requirement="IV.527/mark",
    capabilities=capabilities_of(527, 528),
    writes=("dead-pixels",),
)
async def test_a_pixel_is_marked_at_its_place(case: Case, dut: Device) -> None:
    before = await _marked(dut)
    pixel = next(((x, y) for y in range(5, 90) for x in (101, 77) if not {(x, y), (y, x)} & before), None)
    if pixel is None:
        raise CaseInconclusive("too many dead pixels are marked already")
    points = {"points": [{"x": pixel[0], "y": pixel[1]}]}
    for subtype, wanted in ((0, before | {pixel}), (2, before)):
        await dut.succeeds(527, points, extra={"subtype": subtype})
        shown = await _marked(dut)
        dut.demand(
            shown == wanted,
            f"{len(before)} marks, and {pixel} while it is one",
            f"changed marks {sorted(shown ^ before)}",
        )


async def _marked(dut: Device) -> set[tuple[Json, Json]]:
    points = (await dut.must(528)).get("points") or []
    return {(point.get("x"), point.get("y")) for point in points if isinstance(point, dict)}
