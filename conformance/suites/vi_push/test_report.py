"""Push 1007: the temperatures of the objects come to the session that subscribed, at the period that was set."""

from __future__ import annotations

from itertools import pairwise

from conformance import checks
from conformance.catalogue import Safety
from conformance.client import PushMessage
from conformance.dut.device import Device
from conformance.rules.case import Case, cases
from conformance.steps.accounts import operator
from conformance.steps.alarms import SAME_K, heat_object, prepare_alarm, set_rules
from conformance.steps.push_content import content, entries
from conformance.steps.reports import arrivals

_SAFE = Safety.REVERSIBLE


def _report(minutes: int, *, waits_s: float, quick: bool = False, stimuli: tuple[str, ...] = ()) -> Case[int]:
    return Case(
        f"VI.1007/period-{minutes}",
        f"Object information must come every {minutes} min to the session that subscribed, and to no other",
        _SAFE,
        requirement="VI.1007/cause",
        capabilities=("report", "measurement", "temperature-alarm"),
        writes=("pair:3", "pair:21"),
        waits_s=waits_s,
        quick=quick,
        stimuli=stimuli,
        data=minutes,
    )


@cases((_report(1, waits_s=130, quick=True), _report(2, waits_s=252, stimuli=("heat", "clock"))))
async def test_the_report_comes_to_the_session_that_subscribed(case: Case[int], dut: Device) -> None:
    minutes, period = case.data, 60 * case.data
    await prepare_alarm(dut)
    await set_rules(dut, {}, {"rule_name": "another"}, {"rule_name": "the third"})
    mark = dut.control.pushes.mark()
    # A second login of the same account may end the run's own session (R12).
    alone = not dut.profile["second_user"]
    client = dut.control if alone else await dut.logged_in("subscriber", second=True)
    stranger = await operator(dut, "stranger") if alone and dut.profile["operator_user"] else None
    await dut.succeeds(517, {"interval": minutes}, client=client)
    try:
        await dut.succeeds(516, {"push_report": 1}, client=client)
        first = await arrivals(dut, client, period + 8)
        if stranger is not None:
            await stranger.heartbeat()
        if case.stimuli:
            await heat_object(dut, 300)
        seen = first + await arrivals(dut, client, period)
        if seen:
            await _judge_objects(dut, seen[-1][1])
    finally:
        if case.stimuli:
            await dut.stimulus.do("cool", name="bench")
        await dut.ask(516, {"push_report": 0}, client=client)
        await dut.ask(517, {"interval": 1}, client=client)
    for _, push in seen:
        dut.check(checks.pushed(dut.catalogue, push, dut.sizes))
        interval = content(push).get("interval")
        dut.follows("R72", "minutes" if interval == minutes else "seconds")
        dut.demand(interval in (period, minutes), f"interval {period} s (R72)", f"interval {interval!r}")
    gaps = [round(late - early, 1) for (early, _), (late, _) in pairwise(seen)]
    dut.demand(
        len(seen) in (2, 3), f"2 reports in {2 * period} s, and perhaps one at once (R169)", f"{len(seen)} reports"
    )
    dut.demand(
        all(abs(gap - period) <= 3 for gap in gaps), f"{period} s from one to the next (R169)", f"intervals of {gaps} s"
    )
    dut.judgement.observe("R169", f"the first comes {'at once' if len(seen) == 3 else 'after a period'}")
    others = dut.control.pushes.since(mark) if not alone else stranger.pushes.since(0) if stranger is not None else []
    strange = [push for push in others if push.cmdtype == 1007]
    dut.demand(not strange, "no report to a session that did not subscribe (R95)", f"{len(strange)} reports")


async def _judge_objects(dut: Device, push: PushMessage) -> None:
    """Judge that the report has, object by object, what 520 shows: number, name, shape, temperatures."""
    rules = [each for each in (await dut.must(520)).get("rule_list") or [] if isinstance(each, dict)]
    shown = {str(each.get("rule_name")): each for each in rules}
    listed = entries(push, "obj_list")
    result = checks.Result("the objects of 520", f"{len(listed)} objects")
    names = [str(each.get("measurer_name")) for each in listed]
    if sorted(names) != sorted(shown):
        result.fail(f"the objects {list(shown)} of 520", f"the objects {names}", "objects")
    for each in listed:
        other = shown.get(str(each.get("measurer_name")), {})
        for name, theirs in (("measure_id", "rule_id"), ("measure_type", "type")):
            if other.get(theirs) not in (None, each.get(name)):
                result.fail(f"{name} {other[theirs]}, the {theirs} of 520", f"{name} {each.get(name)!r}", "objects")
        for name in ("max_temp", "min_temp", "avg_temp"):
            left, right = each.get(name), other.get(name)
            if isinstance(left, int | float) and isinstance(right, int | float) and abs(left - right) > SAME_K:
                result.fail(f"{name} {right}, as 520 shows, within {SAME_K:g} K", f"{name} {left}", "objects")
        three = [each.get(name) for name in ("min_temp", "avg_temp", "max_temp")]
        numbers = [value for value in three if isinstance(value, int | float)]
        if numbers != sorted(numbers):
            result.fail("max_temp >= avg_temp >= min_temp (R126)", f"max, avg, min {three[::-1]}", "objects")
    dut.check(result)
