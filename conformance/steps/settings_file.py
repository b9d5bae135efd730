"""The settings file that 512 exports and an upload (V.3) imports."""

from __future__ import annotations

from conformance import checks
from conformance.catalogue.json_types import JsonObject
from conformance.client import LinkError, ReplyTimeout
from conformance.dut.device import Device
from conformance.rules.verdict import CaseInconclusive
from conformance.steps import waiting
from conformance.steps.downloads import download
from conformance.steps.pairs import CATALOGUE, LINK_COMMANDS, change_one, compared, snapshot

__all__ = ["exported", "imported", "judge_reimport", "persistent", "settled"]


async def exported(dut: Device) -> bytes:
    """The settings file that 512 exports; inconclusive where it is empty."""
    exported = await dut.must(512, {}, extra={"subtype": 2})
    body = await download(dut, exported.get("url", ""))
    if not body:
        raise CaseInconclusive("preamble: the exported file is empty")
    return body


async def imported(dut: Device, body: bytes) -> bool:
    """Upload exported settings, judge that they are accepted, wait until the device is back; False without a reply."""
    http = await dut.http()
    answer = await http.upload("config", body, token=http.token or "", method="POST")
    if answer.reply is None and dut.profile.has("upload.put"):
        answer = await http.upload("config", body, token=http.token or "", method="PUT")
    dut.demand(answer.reply is not None, "a JSON reply (R104)", f"status {answer.status}")
    if answer.reply is None:
        return False
    dut.check(checks.success(answer.reply))
    await settled(dut)
    return True


async def settled(dut: Device) -> None:
    """Wait until the device is back: it may restart now, or not (R167), so the link is given 3 s to end."""
    await dut.control.wait_closed(3.0)
    await dut.session.live_control()


_NOT_AUTHENTICATED = 10005


async def persistent(dut: Device, number: int, message: JsonObject | None = None) -> JsonObject:
    """A get that outlives a restart: the link may drop between two requests."""
    for _ in range(5):
        client = await dut.session.live_control()
        try:
            reply = await client.request(number, message or {})
        except (LinkError, ReplyTimeout):
            await client.close()
            continue
        if reply.retcode == _NOT_AUTHENTICATED:
            # The token did not survive a restart (R166), or a second login (R12).
            await client.close()
            continue
        dut.check(checks.success(reply))
        return reply.message or {}
    raise CaseInconclusive(f"command {number} is not answered: every new link drops")


async def judge_reimport(dut: Device) -> None:
    """Judge that an upload of an exported file brings back the settings of every command but addresses and ports."""
    await change_one(dut)
    before = {number: shown for number, shown in (await snapshot(dut)).items() if number not in LINK_COMMANDS}
    body = await exported(dut)
    await change_one(dut)
    if not await imported(dut, body):
        return
    found: list[str] = []

    async def back() -> bool:
        found.clear()
        for number, values in before.items():
            get = CATALOGUE.commands[CATALOGUE.commands[number].pair or 0]
            differences = checks.differences(get.reply, values, await persistent(dut, get.cmdtype))
            found.extend(f"{get.cmdtype}: {each}" for each in differences)
        return not found

    await waiting.until(dut, back, 5, 1)
    dut.check(compared("the settings as they were exported", found))
