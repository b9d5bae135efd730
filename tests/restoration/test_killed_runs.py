"""However a run ends, the camera is restored, as an independent reader sees it."""

from __future__ import annotations

import pytest

from .killed_runs import ENDS, SELECTIONS, killed_once

pytestmark = pytest.mark.asyncio

_PASSWORDS = ("IV.503/change", "IV.504/reset")


# Seeds that hit the middle of a change; `python -m tests.restoration.killed_runs` tries any number of seeds.
@pytest.mark.parametrize("seed", [1, 9, 14, 17, 19])
async def test_a_killed_run_is_put_back_by_restore_and_a_second_restore_changes_nothing(seed: int) -> None:
    ended = await killed_once(seed, "kill")
    assert ended.wrong == [], ended.said


async def test_a_password_that_a_killed_run_had_changed_is_put_back() -> None:
    ended = await killed_once(1000, "kill", _PASSWORDS)
    assert ended.wrong == [], ended.said


@pytest.mark.parametrize("how", [how for how in ENDS if how != "kill"])
async def test_a_run_that_ends_otherwise_leaves_the_camera_as_it_was(how: str) -> None:
    ended = await killed_once(18, how)
    assert ended.wrong == [], ended.said


async def test_every_chapter_that_writes_has_its_moments() -> None:
    chosen = {pattern for patterns in SELECTIONS for pattern in patterns}
    assert {"III.1/*", "IV.512/factory", "IV.503/change", "V.3/reimport", "VI.*"} <= chosen
