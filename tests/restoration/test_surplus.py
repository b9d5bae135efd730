"""Restoration removes an entry that a run has added to a list, also if no former entry is missing."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.catalogue import load
from conformance.client.codec import Reply
from conformance.restoration import Keeper

pytestmark = pytest.mark.asyncio


class Storage:
    """A device that has commands 13 and 14 only."""

    def __init__(self) -> None:
        self.kept: dict[str, Any] = {
            "push_stream": 1,
            "save_days": 90,
            "is_record": 0,
            "is_capture": 0,
            "month_data": [],
        }

    async def request(self, cmdtype: int, message: Any = None, *, legal: bool = True, extra: Any = None) -> Reply:
        if cmdtype == 13:
            self.kept.update(message)
        shown = {"message": dict(self.kept) if cmdtype == 14 else None}
        return Reply(cmdtype, 1, 0, "success", shown["message"], shown, "")


@pytest.mark.parametrize("empty", [[], None])
async def test_days_that_a_case_has_added_to_an_empty_calendar_are_taken_out_again(empty: Any) -> None:
    storage, keeper = Storage(), Keeper(load(), None)
    storage.kept["month_data"] = empty
    await keeper.save("pair:13", storage, "case")
    storage.kept["month_data"] = [{"mon": 6, "data": [16]}]
    await keeper.restore("pair:13", storage)
    assert not storage.kept["month_data"]
