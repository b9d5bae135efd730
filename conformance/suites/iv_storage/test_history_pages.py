"""Command 515: the history page by page. It is open whether a page holds objects or steps of time (R168)."""

from __future__ import annotations

from datetime import timedelta

from conformance.catalogue import Safety
from conformance.catalogue.formats import DATETIME
from conformance.catalogue.json_types import Json, JsonObject
from conformance.dut.device import Device
from conformance.rules.case import Case, case
from conformance.steps import device_time
from conformance.steps.alarms import set_rules
from conformance.steps.capabilities import capabilities_of

_COUNT = 2
_MINUTES = 10


@case(
    "IV.515/pages",
    "The total of the history must be the same on every page, and the pages must add up to it",
    Safety.REVERSIBLE,
    capabilities=capabilities_of(515, 3),
    writes=("pair:3",),
)
async def test_the_pages_of_the_history_add_up(case: Case, dut: Device) -> None:
    await set_rules(dut, *({"alarm_flag": 0, "rule_name": name} for name in ("one", "another", "the third")))
    end = (await device_time.read(dut)).replace(second=0)
    period = {
        "query_start_time": (end - timedelta(minutes=_MINUTES)).strftime(DATETIME),
        "query_end_time": end.strftime(DATETIME),
    }
    whole = await _page(dut, period, 1, 1000)
    objects, times = _size(whole)
    first = await _page(dut, period, 1, _COUNT)
    totals = [whole.get("total"), first.get("total"), (await _page(dut, period, 1, 1)).get("total")]
    shown = [total for total in totals if total is not None]
    dut.demand(len(set(shown)) <= 1, "the same total, however large the page", f"totals {totals}")
    few, short = _size(first)
    if not shown or not objects or not times:
        dut.judgement.observe("R168", "no total" if not shown else "no entries")
        return
    by_time = few == objects and short < times
    by_object = few < objects and short == times
    dut.judgement.observe("R168", "pages of steps" if by_time else "pages of objects" if by_object else "other pages")
    # "Total number of records in time": it is not said whether the ends of the period count.
    records = {number * factor for number in range(times - 1, times + 2) for factor in (1, objects)}
    if by_object:
        records.add(objects)
    if by_time or by_object:
        dut.demand(shown[0] in records, f"a total of {objects} objects or {times} steps", f"total {shown[0]}")
    if by_time:
        again = [len(row) for row in _rows(await _page(dut, period, 2, _COUNT))]
        dut.demand(
            max(again, default=0) <= short,
            f"at most {short} steps on page 2 as well",
            f"{again} steps, object by object",
        )


async def _page(dut: Device, period: dict[str, str], index: int, count: int) -> JsonObject:
    asked = {"query_interval": 1, "query_type": 31, "query_temp_type": 1, "report": 0}
    return await dut.get(515, {**period, **asked, "page_index": index, "page_count": count})


def _rows(shown: JsonObject) -> list[list[Json]]:
    """The lists of temperatures of a page."""
    return [row.get("temperature") or [] for row in shown.get("measure_list") or [] if isinstance(row, dict)]


def _size(shown: JsonObject) -> tuple[int, int]:
    """How many objects a page has, and the most steps that one of them has."""
    rows = _rows(shown)
    return len(rows), max((len(row) for row in rows), default=0)
