"""Chapter IV, 508, 510, 511: what a restart and a cleanup leave as it was, what a cleanup takes away, what a log is."""

from __future__ import annotations

import io
import tarfile
from typing import Any

from conformance import checks
from conformance.catalogue import Safety
from conformance.checks import Result
from conformance.client import RemoteError
from conformance.dut.device import Device
from conformance.rules.case import Case, case
from conformance.rules.verdict import CaseInconclusive, CaseNotApplicable
from conformance.steps import ptz_lists, waiting
from conformance.steps import stored_files as stored
from conformance.steps.capabilities import capabilities_of
from conformance.steps.downloads import download
from conformance.steps.pairs import change_one, everywhere, snapshot, unchanged
from conformance.steps.restart import restart

_HEAD = ("presets", "cruise-groups", "linescans")
_LINK = (9, 11)

# 508


@case(
    "IV.508/functions",
    "A restart keeps presets, cruise groups, line scans and dead pixels",
    Safety.DISRUPTIVE,
    writes=(*_HEAD, "dead-pixels"),
    waits_s=10,
)
async def test_a_restart_keeps_what_functions_set(case: Case, dut: Device) -> None:
    added = await _added(dut)
    await restart(dut)
    for number, kept in added.items():
        shown = await dut.must(number)
        dut.demand(shown == kept, f"{number}: as before the restart, {checks.short(kept)}", checks.short(shown))


async def _added(dut: Device) -> dict[int, dict[str, Any]]:
    """Add a thing of each kind that the device has; what their queries show then."""
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
        raise CaseNotApplicable("the device has no head and no dead pixels")
    return {number: await dut.must(number) for number in queries}


@case(
    "IV.508/traces",
    "A restart keeps a trace that was recorded",
    Safety.DISRUPTIVE,
    requirement="IV.508/functions",
    capabilities=("ptz.trace",),
    writes=("ptz",),
    waits_s=12,
)
async def test_a_restart_keeps_a_trace(case: Case, dut: Device) -> None:
    last = dut.profile["ptz_traces"]
    if not await _enabled(dut):
        # Only where nothing is recorded yet: a trace cannot be taken away again.
        for action in (0, 1):
            await dut.must(615, {"trace_index": last, "trace_record_action": action})
            await dut.clock.sleep(1)
    before = await _enabled(dut)
    if not before:
        raise CaseInconclusive("preamble: no trace is enabled after a recording (IV.615)")
    await restart(dut)
    after = await _enabled(dut)
    dut.demand(after == before, f"the traces {before} enabled as before the restart", f"{after}")


async def _enabled(dut: Device) -> list[Any]:
    listed = (await dut.must(614)).get("trace_groups") or []
    return [each.get("trace_index") for each in listed if isinstance(each, dict) and each.get("trace_enable")]


# 510


@case(
    "IV.510/content",
    "The log that can be fetched tells something",
    capabilities=capabilities_of(510),
)
async def test_the_log_tells_something(case: Case, dut: Device) -> None:
    url = (await dut.get(510)).get("url", "")
    body = await download(dut, url)
    result = Result("an archive with a log in it", f"{len(body)} bytes")
    try:
        with tarfile.open(fileobj=io.BytesIO(body)) as archive:
            sizes = {member.name: member.size for member in archive.getmembers() if member.isfile()}
        if not any(sizes.values()):
            result.fail("an archive with a file that is not empty", checks.short(sizes), "download")
    except (tarfile.TarError, EOFError, OSError):
        # Of another form: whether it opens as what its name says is judged by IV.510/download.
        if not body:
            result.fail("a file with content", "0 bytes", "download")
    dut.check(result)


# 511

_KINDS = tuple((video, data) for video in (1, 2) for data in (1, 2))


@case(
    "IV.511/cleans",
    "A cleanup takes away what the device has stored, visible and infrared, videos and pictures alike",
    Safety.DESTRUCTIVE,
    capabilities=capabilities_of(509, 511, 513),
    writes=("pair:15", "recording"),
    waits_s=10,
)
async def test_a_cleanup_takes_away(case: Case, dut: Device) -> None:
    """Which files are "disk cache data" is not said; none at all cannot be meant, nor half of a kind."""
    await dut.must(15, {"capture_interval": 1, "capture_count": 1})
    for video in (1, 2):
        await stored.record(dut, video, 1.5)
        await dut.must(509, {"record_stream": video}, extra={"subtype": stored.CAPTURE})
        await waiting.until(dut, lambda: stored.no_series(dut), 8, 0.5)
    await dut.clock.sleep(1)
    files = {kind: list(await stored.urls(dut, *kind)) for kind in _KINDS}
    others = [(await dut.ask(510)).message, (await dut.ask(512, {}, extra={"subtype": 2})).message]
    handed_out = [str(each["url"]) for each in others if each and each.get("url")]
    there = [url for url in handed_out if await _is_there(dut, url)]
    await dut.succeeds(511, {})
    left = {kind: set(await stored.urls(dut, *kind)) for kind in _KINDS}
    cleaned = {kind: not left[kind] & set(urls) for kind, urls in files.items() if urls}
    dut.judgement.observe("511", "empties 513" if any(cleaned.values()) else "keeps recordings")
    gone = [url for url in there if not await _is_there(dut, url)]
    shown = ", ".join(f"videotype {video} datatype {data}: {gone}" for (video, data), gone in cleaned.items())
    dut.demand(any(cleaned.values()) or bool(gone), "some of what was stored is gone", "all of it is still there")
    dut.demand(len(set(cleaned.values())) <= 1, "every kind of file gone, or none", f"gone: {shown}")


async def _is_there(dut: Device, url: str) -> bool:
    try:
        answer = await dut.plain_http().fetch(url if url.startswith("/") else f"/{url}")
    except RemoteError:
        return False
    return answer.status == 200 and bool(answer.body)


@case(
    "IV.511/harmless",
    "A cleanup changes no setting",
    Safety.DESTRUCTIVE,
    capabilities=capabilities_of(511),
    writes=everywhere(but=_LINK),
)
async def test_a_cleanup_changes_no_setting(case: Case, dut: Device) -> None:
    await change_one(dut)
    before = await snapshot(dut)
    await dut.succeeds(511, {})
    await unchanged(dut, before, "the settings as before the cleanup")
