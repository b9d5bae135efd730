"""Push 1000: an alarm of each type is sent while its condition is met, and not while it is not met."""

from __future__ import annotations

from typing import NamedTuple

from conformance.catalogue import Safety
from conformance.catalogue.model import Keyword
from conformance.dut.device import Device
from conformance.rules.case import Case, cases
from conformance.steps.alarms import (
    ALARM_NEEDS,
    CONDITIONS,
    FAR_K,
    TYPES,
    is_of_object,
    judge_no_push,
    object_alarms,
    prepare_alarm,
    read_object,
    require_still_scene,
    rule_met,
    rule_not_met,
    set_rule,
    wait_for_pushes,
)
from conformance.steps.push_content import judge_config, judge_flags, judge_temperatures, judge_time

_SAFE = Safety.REVERSIBLE

_PLAIN = {(1, 1), (1, 2), (2, 1), (2, 2), (3, 1), (3, 2), (4, 4)}
"""Type and condition of the alarms whose meaning is plain. The document does not say what a condition means for type 4,
how near is "matching", and what "above and below" means for one temperature.
"""


class _Rule(NamedTuple):
    """The alarm_type and the alarm_condition of a rule, and whether its object meets the condition."""

    kind: int
    condition: int
    met: bool


_RULES = [
    _Rule(kind, condition, met)
    for kind in (1, 2, 3, 4)
    for condition in CONDITIONS
    for met in (True, False)
    if met or kind == 4 or condition != 4
]


@cases(
    Case(
        f"VI.1000/{TYPES[rule.kind]}/{CONDITIONS[rule.condition]}/{'met' if rule.met else 'not-met'}",
        f"An alarm of type {TYPES[rule.kind]}, {CONDITIONS[rule.condition]}, must"
        f" {'be sent while its condition is met' if rule.met else 'not be sent while its condition is not met'}",
        _SAFE,
        requirement="VI.1000/condition",
        **ALARM_NEEDS,
        waits_s=4 if rule.met else 8,
        quick=rule == (1, 1, False),
        data=rule,
    )
    for rule in _RULES
)
async def test_an_alarm_follows_its_condition(case: Case[_Rule], dut: Device) -> None:
    kind, condition, met = case.data.kind, case.data.condition, case.data.met
    at = await prepare_alarm(dut)
    mark = dut.control.pushes.mark()
    if met:
        rule = await set_rule(dut, **rule_met(kind, condition, at))
        await require_still_scene(dut, at)
        keyword = Keyword.MUST if (kind, condition) in _PLAIN else Keyword.SHOULD
        push = await dut.push(1000, since=mark, match=is_of_object, keyword=keyword)
        if push is not None:
            judge_flags(dut, push, kind)
            await judge_config(dut, push, rule)
            judge_temperatures(dut, push, kind, at, await read_object(dut))
            await judge_time(dut, push)
        return
    for away in (1, -1) if condition == 3 else (1,):
        await set_rule(dut, **rule_not_met(kind, condition, at, away))
        keyword = Keyword.SHOULD if kind == 4 and condition in (1, 2) else Keyword.MUST
        why = f"the temperature is {FAR_K:g} K off"
        await judge_no_push(dut, 1000, mark, why, match=is_of_object, keyword=keyword, at=at)


class _Open(NamedTuple):
    """An alarm_type whose formula is open (R163), and its least threshold."""

    kind: int
    threshold: dict[str, float]


@cases(
    Case(
        f"VI.1000/{TYPES[each.kind]}",
        f"An alarm of type {TYPES[each.kind]} must be well-formed if it is sent; its formula is open",
        _SAFE,
        requirement="VI.1000/condition",
        **ALARM_NEEDS,
        waits_s=8,
        data=each,
    )
    for each in (_Open(5, {"diff_temp": 0.0}), _Open(6, {"rate_temp": -600.0}))
)
async def test_an_alarm_of_open_formula_is_observed(case: Case[_Open], dut: Device) -> None:
    kind = case.data.kind
    await prepare_alarm(dut)
    mark = dut.control.pushes.mark()
    rule = await set_rule(dut, alarm_type=kind, **case.data.threshold)
    await wait_for_pushes(dut, dut.profile["push_tolerance_s"])
    came = object_alarms(dut, mark)
    dut.judgement.observe("R163", f"{TYPES[kind]} above the least threshold: {'pushed' if came else 'no push'}")
    for push in came[:1]:
        await dut.push(1000, since=mark, match=is_of_object)
        await judge_config(dut, push, rule)
