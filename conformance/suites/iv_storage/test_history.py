"""Command 515: the temperatures of objects over time, and their export."""

from __future__ import annotations

from datetime import datetime, timedelta

from conformance import checks
from conformance.catalogue import Safety, values
from conformance.catalogue.formats import DATETIME
from conformance.catalogue.json_types import Json, JsonObject
from conformance.client import Reply
from conformance.dut.device import Device
from conformance.rules.case import Case, case
from conformance.rules.verdict import CaseInconclusive
from conformance.steps import device_time, waiting
from conformance.steps.capabilities import capabilities_of
from conformance.steps.downloads import download
from conformance.steps.image_sizes import output_size
from conformance.steps.needs import Needs
from conformance.steps.scene import SHAPES

_SAFE = Safety.REVERSIBLE
_BITS = {1: 1, 2: 2, 4: 5, 8: 3, 16: 4}
"""By bit of query_type: the shape that it selects (R71); the oval is the circle."""
_ALL = 31
_MAX, _MIN, _AVERAGE = 1, 2, 3
_SAMPLE_S = 65
_PREFIX = "h-"


def _points(dut: Device) -> dict[int, list[dict[str, int]]]:
    """Points of one object of every shape, in the middle of the image."""
    width, height = output_size(dut)
    left, top, right, bottom = width // 16, height // 16, width * 15 // 16, height * 15 // 16
    corners = [(left, top), (right, top), (right, bottom), (left, bottom)]
    x, y = width // 2, height // 2
    shapes = {
        1: [(x, y)],
        2: [corners[0], corners[2]],
        3: corners,
        4: corners[:3],
        5: [(x, top), (x, bottom), (left, y), (right, y)],
    }
    return {shape: [{"x": a, "y": b} for a, b in points] for shape, points in shapes.items()}


async def _objects(dut: Device) -> datetime:
    """Set one object of every shape; returns the first whole minute of the device's time that belongs to them alone."""
    if not dut.is_prepared:
        rule = values.request(dut.catalogue.commands[3], dut.sizes)["message"]["rule_list"][0]
        points = _points(dut).items()
        facts = [{"type": shape, "points": each, "rule_name": f"{_PREFIX}{SHAPES[shape]}"} for shape, each in points]
        # With an emissivity of 1 the temperatures differ as much as the radiation of the scene does.
        common = {**rule, "alarm_flag": 0, "emiss_mode": 2, "emiss": 1.0}
        await dut.must(3, {"rule_list": [{**common, **each} for each in facts]}, legal=False)
        # Older values may belong to another object that had the same number.
        whole = (await device_time.read(dut)).replace(second=0) + timedelta(minutes=1)
        dut.facts.learnt.history_since = whole
    since = dut.facts.learnt.history_since
    assert since is not None
    return since


async def _query(
    dut: Device,
    kinds: int = _ALL,
    temperature: int = _MAX,
    *,
    minutes: int = 10,
    ahead: timedelta = timedelta(minutes=1),
    since: datetime | None = None,
    **more: Json,
) -> JsonObject:
    """Ask 515 for the last `minutes`, or from `since` on, until `ahead` of now; all in the time that 500 shows."""
    end = await device_time.read(dut) + ahead
    start, zone = since or end - timedelta(minutes=minutes), dut.facts.learnt.history_zone or timedelta(0)
    message = {
        "query_start_time": (start + zone).strftime(DATETIME),
        "query_end_time": (end + zone).strftime(DATETIME),
        "query_interval": 1,
        "query_type": kinds,
        "query_temp_type": temperature,
        "report": 0,
        "page_index": 1,
        "page_count": 1000,
        **more,
    }
    return await dut.get(515, message)


def _rows(shown: JsonObject) -> list[JsonObject]:
    return [row for row in shown.get("measure_list") or [] if isinstance(row, dict)]


def _numbers(row: JsonObject) -> list[float]:
    found = row.get("temperature")
    return [value for value in found if isinstance(value, int | float)] if isinstance(found, list) else []


async def _sampled(dut: Device, wanted: int, **asked: Json) -> list[JsonObject]:
    """Wait until at least `wanted` objects of the history have a value; a device measures them once a minute."""

    async def there() -> bool:
        return sum(bool(_numbers(row)) for row in _rows(await _query(dut, **asked))) >= wanted

    whole = await waiting.until(dut, there, 2 * _SAMPLE_S, _SAMPLE_S / 5)
    rows = _rows(await _query(dut, **asked))
    if not any(_numbers(row) for row in rows) and dut.facts.learnt.history_zone is None:
        # The zone may shift the time that 500 shows, and not that of the history (R165).
        dut.facts.learnt.history_zone = -await device_time.zone_shift(dut)
        whole = await there()
        rows = _rows(await _query(dut, **asked))
    if not whole and not any(_numbers(row) for row in rows):
        raise CaseInconclusive(f"no object has a value after {2 * _SAMPLE_S} s")
    # Objects are measured together: if one has a value, the others must have one too.
    dut.demand(whole, f"{wanted} objects with values after {2 * _SAMPLE_S} s", checks.short(rows))
    return rows


class _HistoryFacts(Needs):
    waits_s: float
    shares: str


_HISTORY: _HistoryFacts = {
    "capabilities": capabilities_of(515, 3),
    "writes": ("pair:3", "clock"),
    "waits_s": 2 * _SAMPLE_S,
    "shares": "history",
}


@case("IV.515/shapes", "Each bit of query_type must select the objects of its shape", _SAFE, **_HISTORY)
async def test_each_bit_asks_for_its_shape(case: Case, dut: Device) -> None:
    await _objects(dut)
    everything = await _sampled(dut, len(SHAPES))
    for bit, shape in _BITS.items():
        rows = _rows(await _query(dut, bit))
        kinds = sorted({row.get("measure_type", 0) for row in rows})
        dut.demand(set(kinds) <= {shape}, f"query_type {bit}: {SHAPES[shape]}s only (R71)", f"types {kinds}")
        due = sum(1 for row in everything if row.get("measure_type") == shape and _is_ours(row))
        seen = sum(1 for row in rows if _is_ours(row))
        dut.demand(seen == due, f"query_type {bit}: {due} objects, as 31 lists them", f"{seen} objects")
    both = {row.get("measure_type") for row in _rows(await _query(dut, 1 + 8))}
    dut.demand(both <= {1, 3}, "query_type 9: points and rectangles", f"types {sorted(map(str, both))}")


def _is_ours(row: JsonObject) -> bool:
    return str(row.get("measurer_name", _PREFIX)).startswith(_PREFIX)


@case("IV.515/kinds", "query_temp_type must select maximum, minimum or average", _SAFE, **_HISTORY)
async def test_the_kind_of_temperature_is_respected(case: Case, dut: Device) -> None:
    since: JsonObject = {"since": await _objects(dut)}
    await _sampled(dut, 1, kinds=8, **since)
    found: dict[int, float] = {}
    for kind in (_MAX, _MIN, _AVERAGE):
        row = next((row for row in _rows(await _query(dut, 8, kind, **since)) if _is_ours(row) and _numbers(row)), None)
        if row is None:
            raise CaseInconclusive("the object no longer has a value")
        found[kind] = _numbers(row)[-1]
    now: JsonObject = next(
        (row for row in (await dut.must(520)).get("rule_list") or [] if row.get("rule_name") == f"{_PREFIX}rectangle"),
        {},
    )
    low, average, high = (now.get(f"{name}_temp") for name in ("min", "avg", "max"))
    shown = f"max {found[_MAX]:g}, average {found[_AVERAGE]:g}, min {found[_MIN]:g}"
    ordered = found[_MIN] <= found[_AVERAGE] + 0.5 and found[_AVERAGE] <= found[_MAX] + 0.5
    dut.demand(ordered, "max >= average >= min", shown)
    if isinstance(low, int | float) and isinstance(high, int | float) and abs(high - low) > 6:
        apart = found[_MAX] - found[_MIN]
        dut.demand(apart > 2, f"max above min: 520 says {low:g} to {high:g}, {average} on average", shown)
    if isinstance(low, int | float) and isinstance(average, int | float) and isinstance(high, int | float):
        for edge, beyond in ((_MAX, high - average), (_MIN, average - low)):
            apart = abs(found[edge] - found[_AVERAGE])
            wanted = f"the average apart from {'max' if edge == _MAX else 'min'}, as 520 says ({beyond:.1f} K)"
            dut.demand(beyond < 4 or apart > 1, wanted, shown)


@case("IV.515/interval", "Values must be as far apart as query_interval says", _SAFE, **_HISTORY)
async def test_the_interval_is_respected(case: Case, dut: Device) -> None:
    await _objects(dut)
    await _sampled(dut, 1)
    counts = {}
    for interval in (1, 10):
        rows = _rows(await _query(dut, minutes=60, query_interval=interval))
        counts[interval] = max((len(row.get("temperature") or []) for row in rows), default=0)
        most = 60 // interval + 2
        dut.demand(
            counts[interval] <= most,
            f"at most {most} values of an hour, {interval} min apart",
            f"{counts[interval]} values",
        )
    whole = counts[1] >= 59
    dut.judgement.observe("R168", "every step has an entry" if whole else "fewer entries than steps")
    if not whole:
        await _judge_minutes(dut)


async def _judge_minutes(dut: Device) -> None:
    """Judge a device that leaves out steps it did not measure: it must have a value for each minute it measured."""
    since, minutes = await _objects(dut), 6
    while await device_time.read(dut) < since + timedelta(minutes=minutes):
        await dut.clock.sleep(10)
    rows = [row for row in _rows(await _query(dut, since=since)) if _is_ours(row)]
    most = max((len(_numbers(row)) for row in rows), default=0)
    dut.demand(most >= minutes - 1, f"{minutes - 1} values of {minutes} minutes or more, 1 min apart", f"{most} values")


@case("IV.515/order", "Values must be in the order of time", _SAFE, **_HISTORY)
async def test_values_stand_in_the_order_of_time(case: Case, dut: Device) -> None:
    await _objects(dut)
    await _sampled(dut, 1)
    # Four minutes of the past and six of the future: if every step has an entry, the last ones cannot have a value.
    rows = _rows(await _query(dut, minutes=10, ahead=timedelta(minutes=6)))
    for row in (row for row in rows if _is_ours(row) and _numbers(row)):
        found = row["temperature"]
        if len(found) < 10:
            dut.judgement.observe("R168", "fewer entries than steps")
        late = [value for value in found[6:] if isinstance(value, int | float)]
        dut.demand(len(found) < 10 or not late, "no value for the future", f"values {found}")
        dut.demand(len(found) <= 12, "at most an entry for each minute", f"{len(found)} of 10 minutes")


@case("IV.515/id", "An object of the history must have the id of its rule", _SAFE, **_HISTORY)
async def test_an_object_has_the_id_of_its_rule(case: Case, dut: Device) -> None:
    since: JsonObject = {"since": await _objects(dut)}
    await _sampled(dut, len(SHAPES), **since)
    rules = [rule for rule in (await dut.must(4)).get("rule_list") or [] if isinstance(rule, dict)]
    numbers = {rule.get("rule_name"): rule["id"] for rule in rules if rule.get("id")}
    shown = _rows(await _query(dut, **since))
    ours = [row for row in shown if row.get("measure_id") in numbers.values() and "measurer_name" in row]
    unnamed = [row for row in ours if row["measurer_name"] not in numbers]
    dut.demand(
        not unnamed, f"the names {list(numbers)} of command 4", checks.short(unnamed) if unnamed else "as expected"
    )
    rows = [row for row in shown if "measure_id" in row and row.get("measurer_name") in numbers]
    if not rows:
        dut.judgement.observe("R111", "515 shows no id of a rule, or no name")
    wrong = [row for row in rows if row["measure_id"] != numbers[row["measurer_name"]]]
    dut.demand(not wrong, f"the ids {numbers} of command 4 (R111)", checks.short(wrong) if wrong else "as expected")


@case("IV.515/export", "A report must be exported to a file that is available for download", _SAFE, **_HISTORY)
async def test_a_report_is_exported(case: Case, dut: Device) -> None:
    await _objects(dut)
    await _sampled(dut, 1)
    shown = await _query(dut, report=1)
    url = shown.get("report_path")
    paths = [row.get("report_path") for row in _rows(shown) if row.get("report_path")]
    if paths or not url:
        url = url or (paths[0] if paths else None)
        dut.judgement.observe("R120", "report_path per entry" if paths else "no report_path")
    if not dut.demand(isinstance(url, str) and bool(url), "report_path with report 1 (R120)", checks.short(shown)):
        return
    body = await download(dut, str(url))
    dut.demand(bool(body), "a file with content", f"{len(body)} bytes")
    if str(url).endswith((".csv", ".cvs")):
        # The example of the document ends in .cvs.
        table = not body.startswith(b"PK") and any(mark in body for mark in (b",", b";", b"\t"))
        dut.demand(table, "a table of comma separated values", checks.short(body[:60]))


@case(
    "IV.515/future",
    "The history must have no temperature for the future",
    _SAFE,
    requirement="IV.515/gaps",
    capabilities=capabilities_of(515, 3),
    writes=("pair:3",),
)
async def test_the_future_has_no_temperature(case: Case, dut: Device) -> None:
    await _objects(dut)
    reply = await _ask(dut, timedelta(days=2), timedelta(days=2, minutes=10))
    if not reply.ok:
        dut.judgement.observe("R168", "an empty period is refused")
        dut.check(checks.refused(dut.catalogue, reply, "R22", "R33"))
        return
    dut.conforms(dut.catalogue.commands[515], reply)
    known = [number for row in _rows(reply.message or {}) for number in _numbers(row)]
    dut.demand(not known, "null or no values", checks.short(known))


@case(
    "IV.515/inverted",
    "A period that ends before it begins must hold no values or be refused",
    requirement="IV.515/gaps",
    capabilities=capabilities_of(515),
)
async def test_an_inverted_period_holds_nothing(case: Case, dut: Device) -> None:
    reply = await _ask(dut, timedelta(0), timedelta(hours=-2))
    dut.judgement.observe("R168", "empty" if reply.ok else "refused")
    if not reply.ok:
        dut.check(checks.refused(dut.catalogue, reply, "R22"))
        return
    dut.conforms(dut.catalogue.commands[515], reply)
    known = [number for row in _rows(reply.message or {}) for number in _numbers(row)]
    dut.demand(not known, "no values", checks.short(known))


async def _ask(dut: Device, start: timedelta, end: timedelta) -> Reply:
    now = await device_time.read(dut)
    period = {
        "query_start_time": (now + start).strftime(DATETIME),
        "query_end_time": (now + end).strftime(DATETIME),
    }
    rest = {"query_interval": 1, "query_type": _ALL, "query_temp_type": _MAX, "report": 0}
    return await dut.ask(515, {**period, **rest, "page_index": 1, "page_count": 100})
