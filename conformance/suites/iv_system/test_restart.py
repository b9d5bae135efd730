"""Command 508: the device restarts, and keeps its configuration, its passwords, and what functions have set."""

from __future__ import annotations

import asyncio

from conformance import checks
from conformance.catalogue import Safety
from conformance.catalogue.json_types import Json, JsonObject
from conformance.client import LinkError, ReplyTimeout
from conformance.dut.device import Device
from conformance.dut.second_password import SECOND_PASSWORD, TEMPORARY_PASSWORD
from conformance.rules.case import Case, case
from conformance.rules.verdict import CaseInconclusive, CaseNotApplicable
from conformance.steps import ptz_lists
from conformance.steps.capabilities import capabilities_of
from conformance.steps.pairs import LINK_COMMANDS, change_all, everywhere, snapshot, unchanged
from conformance.steps.restart import restart

_LONGEST_DROP_S = 90.0


@case(
    "IV.508/restart",
    "The device must drop its link, come back and keep its configuration when it restarts",
    Safety.DISRUPTIVE,
    capabilities=("measurement",),
    writes=("pair:1",),
    waits_s=_LONGEST_DROP_S,
)
async def test_the_device_restarts_and_keeps_its_configuration(case: Case, dut: Device) -> None:
    await dut.must(1, {"humi": 43, "dist": 7.5})
    await dut.succeeds(508, {})
    limit = min(dut.profile["restart_s"], _LONGEST_DROP_S)
    dut.demand(await _drops(dut, limit), "the link drops", f"still answering after {limit:g} s")
    await dut.control.close()
    client = await dut.session.live_control()
    shown = await dut.get(2, client=client)
    kept = (shown.get("humi"), shown.get("dist"))
    dut.demand(kept == (43, 7.5), "humi 43, dist 7.5 after the restart", f"humi {kept[0]}, dist {kept[1]}")


@case(
    "IV.508/passwords",
    "A restart must keep the passwords",
    Safety.DISRUPTIVE,
    parameters=("second_user", "second_password"),
    writes=(SECOND_PASSWORD,),
    waits_s=10,
)
async def test_a_restart_keeps_the_passwords(case: Case, dut: Device) -> None:
    user, cipher = dut.profile["second_user"], dut.link.cipher
    sealed = [cipher.encrypt(word) for word in (dut.profile["second_password"], TEMPORARY_PASSWORD)]
    client = await dut.logged_in(second=True)
    await dut.must(503, {"username": user, "oldpassword": sealed[0], "newpassword": sealed[1]}, client=client)
    await dut.succeeds(508, {})
    if not await dut.control.wait_closed(10):
        await dut.control.close()
    dut.begin(await dut.session.live_control())
    reply = await (await dut.open("after")).login(user, TEMPORARY_PASSWORD, cipher)
    dut.demand(reply.ok, "the password of before the restart logs in (R166)", checks.describe(reply))


async def _drops(dut: Device, seconds: float) -> bool:
    """Whether the run's own link ends, or no longer answers, within `seconds` of real time."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + seconds
    while loop.time() < deadline:
        if await dut.control.wait_closed(1.0):
            dut.judgement.observe("R166", "link closed")
            return True
        try:
            await dut.control.request(500, {})
        except (LinkError, ReplyTimeout):
            dut.judgement.observe("R166", "link silent")
            return True
    return False


@case(
    "IV.508/functions",
    "A restart must keep presets, cruise groups, line scans and dead pixels",
    Safety.DISRUPTIVE,
    writes=(*ptz_lists.LISTS, "dead-pixels"),
    waits_s=10,
)
async def test_a_restart_keeps_what_functions_set(case: Case, dut: Device) -> None:
    added = await _added(dut)
    await restart(dut)
    for number, kept in added.items():
        shown = await dut.must(number)
        dut.demand(
            shown == kept, f"command {number} shows {checks.short(kept)}, as before the restart", checks.short(shown)
        )


async def _added(dut: Device) -> dict[int, JsonObject]:
    """Add an entry of each kind that the device has; returns what their queries show then."""
    queries: list[int] = []
    if dut.profile.has("ptz.preset"):
        queries.append(601)
        await (ptz_lists.add_group(dut, 1) if dut.profile.has("ptz.cruise") else ptz_lists.add_preset(dut))
    if dut.profile.has("ptz.cruise"):
        queries.append(606)
    if dut.profile.has("ptz.linescan"):
        queries.append(611)
        sides = {"linescan_left_enable": 1, "linescan_right_enable": 1}
        stays = {"linescan_left_duration": 9, "linescan_right_duration": 8}
        await dut.must(612, {"linescan_index": 1, "linescan_speed": 7, **sides, **stays})
    if all(dut.profile.has(name) for name in capabilities_of(527, 528)):
        queries.append(528)
        await dut.must(527, {"points": [{"x": 31, "y": 17}]}, extra={"subtype": 0})
    if not queries:
        raise CaseNotApplicable("the device has no PTZ and no list of dead pixels")
    return {number: await dut.must(number) for number in queries}


@case(
    "IV.508/traces",
    "A restart must keep a trace that was recorded",
    Safety.DISRUPTIVE,
    requirement="IV.508/functions",
    capabilities=("ptz.trace",),
    writes=("ptz",),
    waits_s=12,
)
async def test_a_restart_keeps_a_trace(case: Case, dut: Device) -> None:
    last = dut.profile["ptz_traces"]
    if not await _enabled(dut):
        # Only where nothing is recorded yet, because a trace cannot be deleted again.
        for action in (0, 1):
            await dut.must(615, {"trace_index": last, "trace_record_action": action})
            await dut.clock.sleep(1)
    before = await _enabled(dut)
    if not before:
        raise CaseInconclusive("preamble: no trace is enabled after a recording (IV.615)")
    await restart(dut)
    after = await _enabled(dut)
    dut.demand(after == before, f"the traces {before} enabled as before the restart", f"the traces {after}")


async def _enabled(dut: Device) -> list[Json]:
    listed = (await dut.must(614)).get("trace_groups") or []
    return [each.get("trace_index") for each in listed if isinstance(each, dict) and each.get("trace_enable")]


@case(
    "IV.508/keeps-everything",
    "A restart must keep what was changed in every configuration",
    Safety.DISRUPTIVE,
    requirement="IV.508/restart",
    writes=everywhere(but=LINK_COMMANDS),
)
async def test_a_restart_keeps_every_configuration(case: Case, dut: Device) -> None:
    await change_all(dut)
    before = await snapshot(dut)
    await restart(dut)
    await unchanged(dut, before, "what was set before the restart (R166)")
