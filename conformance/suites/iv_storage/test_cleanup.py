"""Command 511: what a cleanup deletes of the stored files, and what it leaves as it was."""

from __future__ import annotations

from conformance.catalogue import Safety
from conformance.dut.device import Device
from conformance.rules.case import Case, case
from conformance.steps import stored_files as stored
from conformance.steps.capabilities import capabilities_of
from conformance.steps.downloads import served
from conformance.steps.pairs import LINK_COMMANDS, change_one, everywhere, snapshot, unchanged


@case(
    "IV.511/cleanup",
    "A cleanup must succeed, and 513 must list no more files than before",
    Safety.DESTRUCTIVE,
    capabilities=capabilities_of(511),
)
async def test_a_cleanup_lists_no_more_files(case: Case, dut: Device) -> None:
    before = await stored.page(dut, 1, 1)
    await dut.succeeds(511, {})
    after = await stored.page(dut, 1, 1)
    # It is not said whether recordings belong to the "disk cache data" of IV.511.
    total = after.get("total", 0)
    dut.judgement.observe("511", "empties 513" if not total else "keeps recordings")
    dut.demand(total <= before.get("total", 0), f"{before.get('total')} files or fewer, as before", f"{total} files")


@case(
    "IV.511/cleans",
    "A cleanup must delete some of what is stored, of visible and infrared, of videos and pictures alike",
    Safety.DESTRUCTIVE,
    capabilities=capabilities_of(509, 511, 513),
    writes=("pair:15", "recording"),
    waits_s=10,
)
async def test_a_cleanup_deletes(case: Case, dut: Device) -> None:
    """It is not said which files are "disk cache data", but a cleanup must delete some, and not half of a kind."""
    await dut.must(15, {"capture_interval": 1, "capture_count": 1})
    for video in (1, 2):
        await stored.record(dut, video, 1.5)
        await stored.take_picture(dut, video)
    await dut.clock.sleep(1)
    files = {kind: list(await stored.urls(dut, *kind)) for kind in stored.KINDS.values()}
    others = [(await dut.ask(510)).message, (await dut.ask(512, {}, extra={"subtype": 2})).message]
    handed_out = [str(each["url"]) for each in others if each and each.get("url")]
    there = [url for url in handed_out if await served(dut, url)]
    await dut.succeeds(511, {})
    left = {kind: set(await stored.urls(dut, *kind)) for kind in stored.KINDS.values()}
    cleaned = {kind: not left[kind] & set(urls) for kind, urls in files.items() if urls}
    dut.judgement.observe("511", "empties 513" if any(cleaned.values()) else "keeps recordings")
    gone = [url for url in there if not await served(dut, url)]
    shown = ", ".join(f"videotype {video} datatype {data}: {gone}" for (video, data), gone in cleaned.items())
    dut.demand(any(cleaned.values()) or bool(gone), "some of the stored files are gone", "all of them are still there")
    dut.demand(len(set(cleaned.values())) <= 1, "every kind of file gone, or none", f"gone: {shown}")


@case(
    "IV.511/harmless",
    "A cleanup must not change a setting",
    Safety.DESTRUCTIVE,
    capabilities=capabilities_of(511),
    writes=everywhere(but=LINK_COMMANDS),
)
async def test_a_cleanup_changes_no_setting(case: Case, dut: Device) -> None:
    await change_one(dut)
    before = await snapshot(dut)
    await dut.succeeds(511, {})
    await unchanged(dut, before, "the settings as before the cleanup")
