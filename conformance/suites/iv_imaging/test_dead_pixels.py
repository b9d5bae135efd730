"""Commands 527 and 528: dead pixels are marked, listed, unmarked, and kept over a restart."""

from __future__ import annotations

from conformance import checks
from conformance.catalogue import Safety
from conformance.dut.device import Device
from conformance.rules.case import Case, case
from conformance.rules.verdict import CaseInconclusive
from conformance.steps.capabilities import capabilities_of
from conformance.steps.image_sizes import detector_size
from conformance.steps.needs import Needs
from conformance.steps.restart import restart

_SAFE = Safety.REVERSIBLE
_MARK, _FACTORY, _UNMARK = 0, 1, 2


Pixel = tuple[int, int]
"""Column and row, from 0."""


async def _listed(dut: Device) -> list[Pixel]:
    points = (await dut.get(528)).get("points") or []
    return [(point.get("x", -1), point.get("y", -1)) for point in points if isinstance(point, dict)]


async def _marked(dut: Device) -> set[Pixel]:
    return set(await _listed(dut))


async def _mark(dut: Device, subtype: int, *pixels: Pixel) -> None:
    await dut.succeeds(527, {"points": [{"x": x, "y": y} for x, y in pixels]}, extra={"subtype": subtype})


def _unmarked(present: set[Pixel], count: int) -> list[Pixel]:
    """Legal pixels that are not listed, and not listed with exchanged coordinates either."""
    free = ((x, y) for y in range(3, 60, 7) for x in range(70, 120, 9) if not {(x, y), (y, x)} & present)
    found = [next(free, None) for _ in range(count)]
    pixels = [pixel for pixel in found if pixel is not None]
    if len(pixels) < count:
        raise CaseInconclusive("too many dead pixels are marked already")
    return pixels


_DEAD: Needs = {
    "capabilities": capabilities_of(527, 528),
    "writes": ("dead-pixels",),
}


@case("IV.527/mark", "Dead pixels must be marked and unmarked", _SAFE, quick=True, **_DEAD)
async def test_dead_pixels_are_marked_and_unmarked(case: Case, dut: Device) -> None:
    before = await _marked(dut)
    listed = len(await _listed(dut))
    pixels = _unmarked(before, 3)
    await _mark(dut, _MARK, *pixels)
    # IV.528 judges which pixels are listed; here only their number counts.
    count = len(await _listed(dut))
    dut.demand(count == listed + 3, f"{listed + 3} marks", f"{count} marks")
    await _mark(dut, _MARK, pixels[0])
    count = len(await _listed(dut))
    dut.demand(count == listed + 3, f"{listed + 3} marks after one pixel was marked twice", f"{count} marks")
    await _mark(dut, _UNMARK, pixels[0], pixels[2])
    count = len(await _listed(dut))
    dut.demand(count == listed + 1, f"{listed + 1} marks after two were deleted", f"{count} marks")
    await _mark(dut, _UNMARK, pixels[1])
    after = await _marked(dut)
    dut.demand(
        after == before, "the marks that were there before", f"differing marks {checks.short(sorted(after ^ before))}"
    )


@case("IV.528/marked", "Command 528 must list the pixels that are marked", _SAFE, **_DEAD)
async def test_the_pixels_marked_are_listed(case: Case, dut: Device) -> None:
    width, height = detector_size(dut)
    before = await _marked(dut)
    corners = {(0, 0), (width - 1, height - 1)} - before
    pixels = [*_unmarked(before, 2), *sorted(corners)]
    await _mark(dut, _MARK, *pixels)
    new = await _marked(dut) - before
    dut.demand(new == set(pixels), f"the new marks {sorted(pixels)}", f"the new marks {sorted(new)}")
    await _mark(dut, _UNMARK, *pixels)


@case(
    "IV.527/factory",
    "The factory state must not hold pixels that were marked since",
    _SAFE,
    **_DEAD,
)
async def test_the_factory_state_is_restored(case: Case, dut: Device) -> None:
    pixels = _unmarked(await _marked(dut), 2)
    await _mark(dut, _MARK, *pixels)
    # Points are required: with those that were marked the request means the same whether the device reads them or not.
    await _mark(dut, _FACTORY, *pixels)
    first = await _marked(dut)
    left = set(pixels) & first
    dut.demand(not left, "none of the marks made here", f"marks {sorted(left)}")
    await _mark(dut, _FACTORY, *pixels)
    second = await _marked(dut)
    dut.demand(
        first == second,
        "the same factory state as the first time",
        f"differing marks {checks.short(sorted(first ^ second))}",
    )


@case(
    "IV.527/restart",
    "A restart must keep the marks of dead pixels",
    Safety.DISRUPTIVE,
    **_DEAD,
    waits_s=10,
)
async def test_a_restart_keeps_the_marks(case: Case, dut: Device) -> None:
    await _mark(dut, _MARK, *_unmarked(await _marked(dut), 2))
    before = await _marked(dut)
    await restart(dut)
    after = await _marked(dut)
    dut.demand(
        after == before,
        "the marks of before the restart (R166)",
        f"differing marks {checks.short(sorted(after ^ before))}",
    )


@case(
    "IV.527/not-marked",
    "Deleting a mark that is not there must change nothing",
    _SAFE,
    requirement="IV.527/mark",
    **_DEAD,
)
async def test_deleting_a_missing_mark_changes_nothing(case: Case, dut: Device) -> None:
    before = await _marked(dut)
    (pixel,) = _unmarked(before, 1)
    message = {"points": [{"x": pixel[0], "y": pixel[1]}]}
    reply = await dut.ask(527, message, extra={"subtype": _UNMARK})
    if not reply.ok:
        dut.check(checks.refused(dut.catalogue, reply, "R33"))
    dut.judgement.observe("R33", f"deleting no mark: {reply.retcode}")
    after = await _marked(dut)
    dut.demand(
        after == before, "the marks that were there before", f"differing marks {checks.short(sorted(after ^ before))}"
    )


@case(
    "IV.527/half", "A list with a pixel outside the detector must mark none", _SAFE, requirement="IV.527/mark", **_DEAD
)
async def test_a_list_with_a_wrong_pixel_marks_none(case: Case, dut: Device) -> None:
    _, height = detector_size(dut)
    before = await _marked(dut)
    (pixel,) = _unmarked(before, 1)
    points = [{"x": pixel[0], "y": pixel[1]}, {"x": 1, "y": height}]
    await dut.is_refused(527, {"points": points}, "R22", extra={"subtype": _MARK})
    after = await _marked(dut)
    dut.demand(
        after == before, "the marks that were there before", f"differing marks {checks.short(sorted(after ^ before))}"
    )
