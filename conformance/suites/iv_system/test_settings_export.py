"""Command 512: settings are exported and fetched, and factory settings are restored."""

from __future__ import annotations

from conformance import checks
from conformance.catalogue import Safety
from conformance.checks.files import opens
from conformance.dut.device import Device
from conformance.dut.second_password import SECOND_PASSWORD
from conformance.restoration import writable
from conformance.rules.case import Case, case
from conformance.steps import ptz_lists
from conformance.steps.capabilities import capabilities_of
from conformance.steps.downloads import download
from conformance.steps.pairs import LINK_COMMANDS, change_all, everywhere
from conformance.steps.settings_file import judge_reimport, persistent, settled


@case(
    "IV.512/export",
    "The settings must be exported to a file that is available for download",
    Safety.REVERSIBLE,
    capabilities=capabilities_of(512),
    quick=True,
)
async def test_the_settings_are_exported(case: Case, dut: Device) -> None:
    sizes = []
    for _ in range(2):
        reply = await dut.succeeds(512, {}, extra={"subtype": 2})
        dut.conforms(dut.catalogue.commands[512], reply)
        url = (reply.message or {}).get("url", "")
        body = await download(dut, url)
        dut.check(opens(url, body))
        sizes.append(len(body))
    dut.demand(min(sizes) * 2 >= max(sizes), "about the same size twice, because nothing has changed", f"{sizes} bytes")


@case(
    "IV.512/harmless",
    "An export must not change a setting",
    Safety.REVERSIBLE,
    capabilities=(*capabilities_of(512), "measurement"),
    writes=("pair:1",),
)
async def test_an_export_changes_nothing(case: Case, dut: Device) -> None:
    await dut.must(1, {"humi": 41, "dist": 8.5})
    await dut.succeeds(512, {}, extra={"subtype": 2})
    shown = await dut.must(2)
    kept = (shown.get("humi"), shown.get("dist"))
    dut.demand(kept == (41, 8.5), "humi 41, dist 8.5 as before the export", f"humi {kept[0]}, dist {kept[1]}")


@case(
    "IV.512/export-whole",
    "An export must hold the settings of every command, as its upload shows",
    Safety.DESTRUCTIVE,
    requirement="IV.512/whole",
    capabilities=(*capabilities_of(512), "upload.config", "measurement"),
    writes=(*everywhere(but=LINK_COMMANDS), *ptz_lists.LISTS, SECOND_PASSWORD),
    waits_s=10,
)
async def test_an_export_holds_all_settings(case: Case, dut: Device) -> None:
    await judge_reimport(dut)


@case(
    "IV.512/factory",
    "Command 512 must restore the factory settings of every command",
    Safety.DESTRUCTIVE,
    capabilities=(*capabilities_of(512), "measurement"),
    writes=(*everywhere(but=LINK_COMMANDS), *ptz_lists.LISTS, "dead-pixels", SECOND_PASSWORD),
    waits_s=30,
)
async def test_factory_settings_are_restored(case: Case, dut: Device) -> None:
    known = {
        number: command
        for number, command in dut.catalogue.commands.items()
        if command.group == "set"
        and number not in LINK_COMMANDS
        and (not command.capability or dut.profile.has(command.capability))
    }
    before = {number: (await dut.ask(command.pair or 0)).message or {} for number, command in known.items()}
    await change_all(dut)
    try:
        await dut.succeeds(512, {}, extra={"subtype": 1})
        await settled(dut)
        for command in known.values():
            assert command.pair is not None
            shown = await persistent(dut, command.pair)
            factory = await persistent(dut, command.pair, {"default": 1})
            # A device may keep accounts and network addresses (R167).
            found = checks.differences(dut.catalogue.commands[command.pair].reply, factory, shown)
            dut.demand(
                not found,
                f"{command.pair}: default 0 shows what default 1 shows (R167)",
                "; ".join(found[:5]) or "no difference",
            )
    finally:
        client = await dut.session.live_control()
        for number, command in known.items():
            await client.request(number, writable(command, before[number]), legal=False)
