"""Commands 505 and 507 after an upgrade: they show the version that was uploaded, with its time."""

from __future__ import annotations

import itertools
import time
from datetime import datetime, timedelta
from typing import Literal

from conformance import checks
from conformance.catalogue import Safety
from conformance.catalogue.formats import DATETIME
from conformance.dut.device import Device
from conformance.rules.case import Case, cases
from conformance.rules.verdict import CaseInconclusive
from conformance.steps import device_time
from conformance.steps.capabilities import capabilities_of

_before = itertools.count(-2)


def _version() -> str:
    """A version that rises from case to case and is below those of the uploads of chapter V, which come later."""
    minutes = int(time.time() // 60) + next(_before)
    return f"{minutes // 1440}.{minutes % 1440}.0"


@cases(
    Case(
        f"IV.{number}/upgraded",
        title,
        Safety.DESTRUCTIVE,
        capabilities=("upload.apppkg", *capabilities_of(number)),
        parameters=("package_form",),
        writes=("clock",) if number == 507 else (),
        data=number,
    )
    for number, title in (
        (505, "Command 505 must show the version that was uploaded"),
        (507, "Command 507 must list an upgrade with its version and its time"),
    )
)
async def test_an_upgrade_is_shown(case: Case[int], dut: Device) -> None:
    """Only where the profile says that a package names its version: of others the version is not known."""
    version = _version()
    http = await dut.http()
    data = f"VERSION={version}\n".encode() + bytes(range(256)) * 16
    method: Literal["POST", "PUT"] = "POST" if dut.profile.has("upload.post") else "PUT"
    answer = await http.upload("apppkg", data, token=http.token or "", method=method)
    if answer.reply is None or not answer.reply.ok:
        raise CaseInconclusive(f"preamble: the upload was answered with status {answer.status} (V.4)")
    if await dut.control.wait_closed(1.0):
        dut.begin(await dut.session.live_control())
    shown = await dut.get(case.data)
    if case.data == 505:
        found = str(shown.get("version", "")).strip().lower().lstrip("v")
        dut.demand(found == version, f"version {version}", f"version {shown.get('version')!r}")
        return
    listed = {str(each.get("version", "")).strip().lower().lstrip("v"): each for each in shown.get("versions") or []}
    if not dut.demand(version in listed, f"an upgrade to {version}", checks.short(list(listed))):
        return
    now, moment = await device_time.read(dut), str(listed[version].get("time", "")).strip()
    try:
        late = datetime.strptime(moment, DATETIME) - now
        near = abs(late) <= timedelta(minutes=2) or abs(late + await device_time.zone_shift(dut)) <= timedelta(
            minutes=2
        )
    except ValueError:
        near = False
    dut.demand(near, f"the time of the upgrade, {now}", f"the time {moment!r}")
