"""Moving the target within the picture: a simulation places it, or an operator turns the camera.

A bench needs no operator for this where its clock is that of a simulation that can also `place` a target.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Protocol, runtime_checkable

from conformance.rules.verdict import CaseInconclusive, CaseNotApplicable
from hil.bench import Bench, Geometry, Reference
from hil.procedures.region import Region

__all__ = ["Stage", "bring", "grid_of", "prompt", "put_back", "require_hands"]


@runtime_checkable
class Stage(Protocol):
    """A clock of a bench whose targets can be moved without hands."""

    async def place(self, name: str, x: float, y: float) -> None:
        """Moves the centre of a target to `x`, `y` of the infrared picture."""


def grid_of(region: Region, geometry: Geometry) -> list[list[tuple[float, float]]]:
    """Three rows of three places (x, y) over the picture, as far out as the measured square still lies on the target.

    The place in the middle is the centre of the picture.
    """
    half = (region.right - region.left) / 2 + 1
    inset = max(half + 1, min(geometry.radius_px, min(region.width, region.height) / 4))
    xs = (inset, (region.width + 1) / 2, region.width + 1 - inset)
    ys = (inset, (region.height + 1) / 2, region.height + 1 - inset)
    return [[(x, y) for x in xs] for y in ys]


async def bring(bench: Bench, reference: Reference, x: float, y: float, size: tuple[int, int]) -> Geometry:
    """Bring the target of `reference` to `x`, `y` of a picture of `size`, and the others out of its way.

    Returns where it stands then. Raises CaseInconclusive where neither a simulation nor an operator moves it.
    """
    geometry = reference.geometry
    if geometry is None:
        raise CaseInconclusive(f"the bench file does not say where {reference.name} stands in the picture (geometry)")
    stage = bench.clock
    if isinstance(stage, Stage):
        for other in bench.references():
            if other.name != reference.name and other.geometry is not None:
                await stage.place(other.name, *_out_of_the_way(other.geometry, x, y, size))
        await stage.place(reference.name, x, y)
    else:
        await prompt(
            bench,
            f"Turn the camera so that the middle of the target of {reference.name} stands at x = {x:.0f}, y = {y:.0f} "
            "of the infrared picture, then confirm",
        )
    return replace(geometry, x=x, y=y)


def require_hands(bench: Bench) -> None:
    """Raises CaseNotApplicable on a bench where neither a simulation nor an operator can move anything."""
    if not isinstance(bench.clock, Stage) and bench.ask is None:
        raise CaseNotApplicable("this case needs an operator to turn the camera or hold a screen, and there is none")


async def prompt(bench: Bench, sentence: str) -> str:
    """Ask the operator and wait for the answer. Raises CaseInconclusive where there is no operator, or no answer."""
    if bench.ask is None:
        raise CaseInconclusive(f"there is no operator to ask: {sentence}")
    try:
        return await asyncio.to_thread(bench.ask, sentence)
    except EOFError:
        raise CaseInconclusive(f"no operator answers: {sentence}") from None


async def put_back(bench: Bench) -> None:
    """Bring every target back to where the bench file says."""
    stage, moved = bench.clock, [each for each in bench.references() if each.geometry is not None]
    for reference in moved:
        assert reference.geometry is not None
        if isinstance(stage, Stage):
            await stage.place(reference.name, reference.geometry.x, reference.geometry.y)
    if not isinstance(stage, Stage) and moved:
        await prompt(bench, "Turn the camera back to where it stood before, then confirm")


def _out_of_the_way(geometry: Geometry, x: float, y: float, size: tuple[int, int]) -> tuple[float, float]:
    """The corner farthest from `x`, `y` for the middle of another target, half of which stays in the picture."""
    inset = geometry.radius_px / 2
    width, height = size
    return (inset if x > width / 2 else width - inset), (inset if y > height / 2 else height - inset)
