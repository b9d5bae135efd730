"""Commands 516 and 517: a session subscribes to the report and unsubscribes, and sets its period."""

from __future__ import annotations

from itertools import pairwise

from conformance import checks
from conformance.catalogue import Safety
from conformance.dut.device import Device
from conformance.rules.case import Case, case, cases
from conformance.rules.verdict import CaseInconclusive
from conformance.steps import waiting
from conformance.steps.accounts import operator
from conformance.steps.capabilities import capabilities_of
from conformance.steps.reports import arrivals, reported

_SAFE = Safety.REVERSIBLE


@case(
    "IV.516/subscribe",
    "Command 516 must subscribe to and unsubscribe from the real-time report",
    _SAFE,
    requirement="IV.516/done",
    capabilities=capabilities_of(516),
    quick=True,
)
async def test_the_report_is_subscribed_and_unsubscribed(case: Case, dut: Device) -> None:
    try:
        for wanted in (1, 1, 0, 0):
            reply = await dut.succeeds(516, {"push_report": wanted})
            dut.conforms(dut.catalogue.commands[516], reply)
    finally:
        await dut.ask(516, {"push_report": 0})


@case(
    "IV.516/interval",
    "A reply to 516 must show the period that command 517 has set",
    _SAFE,
    capabilities=capabilities_of(516, 517),
)
async def test_a_subscription_shows_the_period(case: Case, dut: Device) -> None:
    try:
        for minutes in (7, 3):
            await dut.must(517, {"interval": minutes})
            for wanted in (1, 0):
                shown = (await dut.get(516, {"push_report": wanted})).get("interval")
                right = shown is None or shown in (minutes, 60 * minutes)
                dut.demand(
                    right, f"interval {minutes} (or {60 * minutes}: its unit is not said, R72)", f"interval {shown!r}"
                )
    finally:
        await dut.ask(516, {"push_report": 0})
        await dut.ask(517, {"interval": 1})


@case(
    "IV.516/unsubscribed",
    "A report must not come after unsubscribing",
    _SAFE,
    capabilities=capabilities_of(516, 517),
    waits_s=140,
    beside_group="report",
    sessions=1,
)
async def test_after_unsubscribing_no_report_comes(case: Case, dut: Device) -> None:
    await dut.must(517, {"interval": 1})
    mark = dut.control.pushes.mark()
    await dut.must(516, {"push_report": 1})
    try:
        # At once or after a period (R169): one report shows that the subscription works.
        if not await waiting.until(dut, lambda: reported(dut, mark), 70, 2):
            raise CaseInconclusive("no push 1007 in 70 s after subscribing")
    finally:
        await dut.must(516, {"push_report": 0})
    mark = dut.control.pushes.mark()
    await dut.clock.sleep(65)
    late = [push for push in dut.control.pushes.since(mark) if push.cmdtype == 1007]
    dut.demand(not late, "no push 1007 after unsubscribing", f"{len(late)} pushes in 65 s")


@case(
    "IV.516/who",
    "The report must come to the sessions that subscribed, and go on when another one unsubscribes",
    _SAFE,
    capabilities=capabilities_of(516, 517),
    parameters=("second_user", "second_password"),
    waits_s=140,
    beside_group="report",
    sessions=2,
)
async def test_the_report_comes_to_the_sessions_that_subscribed(case: Case, dut: Device) -> None:
    await dut.must(517, {"interval": 1})
    other = await dut.logged_in("other", second=True)
    mark = dut.control.pushes.mark()
    others = other.pushes.mark()
    await dut.succeeds(516, {"push_report": 1})
    try:
        came = await waiting.until(dut, lambda: reported(dut, mark), 70, 5)
        dut.demand(came, "a report to the session that subscribed, within 70 s", "a report" if came else "no report")
        strange = [push for push in other.pushes.since(others) if push.cmdtype == 1007]
        dut.demand(not strange, "no report to a later session that did not subscribe (R95)", f"{len(strange)} reports")
        # Another session that subscribes and unsubscribes changes nothing for this one.
        await other.heartbeat()
        await dut.must(516, {"push_report": 1}, client=other)
        await dut.must(516, {"push_report": 0}, client=other)
        mark = dut.control.pushes.mark()
        again = await waiting.until(dut, lambda: reported(dut, mark), 70, 5)
        dut.demand(
            again, "a report again after another session unsubscribed (R95)", "a report" if again else "no report"
        )
    finally:
        await dut.ask(516, {"push_report": 0})


@case(
    "IV.517/slower",
    "A report must not come within a minute of the one before with a period of 2 minutes",
    _SAFE,
    capabilities=capabilities_of(516, 517),
    waits_s=145,
    beside_group="report",
    sessions=1,
)
async def test_a_period_of_two_minutes_is_longer_than_one(case: Case, dut: Device) -> None:
    await dut.succeeds(517, {"interval": 2})
    mark = dut.control.pushes.mark()
    await dut.must(516, {"push_report": 1})
    try:
        # The first may come at once (R169): then none of the next 75 s.
        came = await waiting.until(dut, lambda: reported(dut, mark), 75, 5)
        if came:
            mark = dut.control.pushes.mark()
            came = await waiting.until(dut, lambda: reported(dut, mark), 70, 5)
        dut.demand(
            not came, "no report sooner than 2 minutes after the one before", "a report" if came else "no report"
        )
    finally:
        await dut.ask(516, {"push_report": 0})
        await dut.ask(517, {"interval": 1})


@cases(
    Case(
        f"IV.517/period-{minutes}",
        f"Command 517 must set a period of {minutes} min",
        _SAFE,
        requirement="IV.517/done",
        capabilities=capabilities_of(516, 517),
        data=minutes,
        quick=minutes == 1,
    )
    for minutes in (5, 60, 1)
)
async def test_a_period_is_set(case: Case[int], dut: Device) -> None:
    try:
        await dut.succeeds(517, {"interval": case.data})
        shown = (await dut.must(516, {"push_report": 0})).get("interval")
        if shown is not None:
            # Its unit is not said (R72).
            unit = {case.data: "minutes", 60 * case.data: "seconds"}.get(shown, "neither minutes nor seconds")
            dut.judgement.observe("R72", f"516 shows {unit}")
            dut.demand(
                shown in (case.data, 60 * case.data), f"516 shows {case.data} min (or its seconds)", f"interval {shown}"
            )
    finally:
        await dut.must(517, {"interval": 1})


@cases(
    Case(
        f"IV.517/period-{label}",
        f"Command 517 must accept or refuse a period of {minutes} min",
        _SAFE,
        requirement="IV.517/done",
        capabilities=capabilities_of(517),
        data=minutes,
    )
    for label, minutes in (("zero", 0), ("negative", -1))
)
async def test_an_impossible_period_is_observed(case: Case[int], dut: Device) -> None:
    try:
        reply = await dut.ask(517, {"interval": case.data}, legal=False)
        # The table prints no range.
        dut.judgement.observe("R72", f"period {case.data}: {reply.retcode}")
        dut.demand(reply.retcode in dut.catalogue.return_codes, "a documented code", checks.describe(reply))
    finally:
        await dut.must(517, {"interval": 1})


@case(
    "IV.516/stranger",
    "A subscription of the administrator must not subscribe a session of another account",
    _SAFE,
    requirement="IV.516/who",
    capabilities=("report",),
    parameters=("operator_user", "operator_password"),
    waits_s=70,
    beside_group="report",
    sessions=2,
)
async def test_a_subscription_is_that_of_one_session(case: Case, dut: Device) -> None:
    await dut.must(517, {"interval": 1})
    stranger = await operator(dut, "stranger")
    await dut.must(516, {"push_report": 1})
    try:
        if not await arrivals(dut, dut.control, 64):
            raise CaseInconclusive("no push 1007 in 64 s after subscribing (IV.517)")
    finally:
        await dut.ask(516, {"push_report": 0})
    await dut.ask(500, client=stranger)
    strange = [push for push in stranger.pushes.since(0) if push.cmdtype == 1007]
    dut.demand(not strange, "no report to a session that did not subscribe (R95)", f"{len(strange)} reports")


@case(
    "IV.517/spaced",
    "Reports must be a minute apart with a period of 1 minute",
    _SAFE,
    capabilities=("report",),
    waits_s=128,
    beside_group="report",
)
async def test_reports_are_a_period_apart(case: Case, dut: Device) -> None:
    await dut.succeeds(517, {"interval": 1})
    await dut.must(516, {"push_report": 1})
    try:
        seen = await arrivals(dut, dut.control, 128)
    finally:
        await dut.ask(516, {"push_report": 0})
    gaps = [round(late - early, 1) for (early, _), (late, _) in pairwise(seen)]
    dut.demand(len(seen) in (2, 3), "2 reports in 128 s, and perhaps one before (R169)", f"{len(seen)} reports")
    dut.demand(all(abs(gap - 60) <= 3 for gap in gaps), "60 s from one to the next (R169)", f"intervals of {gaps} s")
