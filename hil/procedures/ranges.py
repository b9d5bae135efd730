"""The ends of the camera's ranges: a source outside, the overlap of two ranges, and what 530 cannot represent."""

from __future__ import annotations

from itertools import pairwise
from typing import Final

from conformance.catalogue.model import Keyword
from conformance.rules.verdict import CaseNotApplicable
from hil.bench import Bench
from hil.metrology import Component, Limits
from hil.procedures.budgets import noise
from hil.procedures.gears import Gear, gears_of
from hil.procedures.measuring import Measuring
from hil.procedures.paths import Matrix, NotRepresentable
from hil.procedures.preparation import correct
from hil.procedures.source import reach
from hil.procedures.temperature_error import not_representable
from hil.procedures.view import FRAME_PAUSE_S, SettledView, look_at

__all__ = ["measure_matrix_limit", "measure_outside", "measure_overlap"]

_OUTSIDE_K: Final = 50.0
_LEAST_K: Final = 5.0
_INT16_C: Final = 327.67
_FRAMES: Final = 10
_GROSS_K: Final = 5.0
_GROSS_PART: Final = 0.05


def _ends(bench: Bench) -> tuple[float, float]:
    spans = [reach(reference) for reference in bench.references()]
    if not spans:
        raise CaseNotApplicable("the bench has no reference")
    return min(low for low, _ in spans), max(high for _, high in spans)


async def measure_outside(measuring: Measuring, gear: Gear, *, above: bool) -> None:
    """Report what the camera shows, by 520, of a source outside its range, less the truth, in K.

    The document does not say what the camera must show; a temperature well inside the range would mislead its reader.
    """
    low, high = _ends(measuring.bench)
    degc = min(high, gear.high + _OUTSIDE_K) if above else max(low, gear.low - _OUTSIDE_K)
    if (degc - gear.high if above else gear.low - degc) < _LEAST_K:
        raise CaseNotApplicable(f"the bench does not reach {'above' if above else 'below'} {gear}")
    view = await look_at(measuring, degc, gear)
    await correct(measuring)
    frames = await view.frames(view.objects(), _FRAMES)
    shown = frames.mean
    raw = view.file("outside the range", {"time_s": frames.times, "path_520_degc": frames.values})
    view.measured(
        f"indication less truth at {degc:g} degC, outside {gear}",
        shown - view.source.degc,
        [*view.components, noise(frames.values), Component.resolution("resolution", 0.01, source="command 520")],
        raw=raw,
    )
    end = gear.high if above else gear.low
    allowance = max(_GROSS_K, _GROSS_PART * abs(end))
    measuring.dut.demand(
        shown >= end - allowance if above else shown <= end + allowance,
        f"a source of {degc:g} degC is not shown as a temperature inside {gear}",
        f"{shown:.2f} degC",
        keyword=Keyword.SHOULD,
    )


async def measure_overlap(measuring: Measuring) -> None:
    """State the difference of two neighbouring ranges, by 520, in the middle of what they have in common, in K."""
    gears = gears_of(measuring.dut)
    low, high = _ends(measuring.bench)
    pairs = [
        (one, other, max(one.low, other.low, low), min(one.high, other.high, high)) for one, other in pairwise(gears)
    ]
    shared = [pair for pair in pairs if pair[3] - pair[2] >= _LEAST_K]
    if not shared:
        raise CaseNotApplicable("no two neighbouring ranges of the camera overlap where the bench reaches")
    for one, other, begin, end in shared:
        degc = float(round((begin + end) / 2))
        found: list[tuple[SettledView, list[float]]] = []
        for gear in (one, other):
            view = await look_at(measuring, degc, gear)
            await correct(measuring)
            found.append((view, list((await view.frames(view.objects(), _FRAMES)).values)))
        (first, before), (second, after) = found
        raw = second.file(f"overlap at {degc:g} degC", {"first_range_degc": before, "second_range_degc": after})
        limit = measuring.accuracy.error_limit(degc)
        second.measured(
            f"range {other.index} less range {one.index} at {degc:g} degC by 520",
            sum(after) / len(after) - sum(before) / len(before),
            [
                noise(before, f"noise in range {one.index}"),
                noise(after, f"noise in range {other.index}"),
                *first.stability,
                Component.resolution("resolution", 0.02, source="command 520, twice"),
            ],
            # Each range may be wrong by its own permissible error.
            limits=None if limit is None else Limits.symmetric(2 * limit.at(degc)),
            raw=raw,
        )


async def measure_matrix_limit(measuring: Measuring) -> None:
    """State what 530 shows above 327.67 degC: the temperature, or an end of its scale (R77)."""
    _, high = _ends(measuring.bench)
    gears = gears_of(measuring.dut)
    top = max(gear.high for gear in gears)
    degc = min(high, top, _INT16_C + _OUTSIDE_K)
    if degc <= _INT16_C + _LEAST_K:
        raise CaseNotApplicable(f"the bench and the camera do not both reach above {_INT16_C:g} degC")
    gear = next(gear for gear in reversed(gears) if gear.low <= degc <= gear.high)
    view = await look_at(measuring, degc, gear)
    matrix, objects = Matrix(measuring, view.region), view.objects()
    pairs = []
    try:
        for _ in range(_FRAMES):
            await measuring.clock.sleep(FRAME_PAUSE_S)
            pairs.append((await matrix.read(), await objects.read()))
    except NotRepresentable as error:
        not_representable(view, error)
        return
    differences = [one - other for one, other in pairs]
    raw = view.file("above 327.67 degC", {"path_530_degc": [one for one, _ in pairs], "difference_k": differences})
    path_k = measuring.accuracy.path_k
    view.measured(
        f"difference 530 - 520 at {degc:g} degC, above what signed 16 bits hold",
        sum(differences) / len(differences),
        [noise(differences), Component.resolution("resolution", 0.02, source="commands 530 and 520")],
        limits=None if path_k is None else Limits.symmetric(path_k),
        raw=raw,
    )
