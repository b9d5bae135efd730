"""Command 510: the log can be fetched, opens, and has content."""

from __future__ import annotations

import io
import tarfile

from conformance import checks
from conformance.checks import Result
from conformance.checks.files import opens
from conformance.dut.device import Device
from conformance.rules.case import Case, case
from conformance.steps.capabilities import capabilities_of
from conformance.steps.downloads import download


@case(
    "IV.510/download",
    "The log that 510 names must be available for download and be readable",
    capabilities=capabilities_of(510),
)
async def test_the_log_opens(case: Case, dut: Device) -> None:
    url = (await dut.get(510)).get("url", "")
    dut.check(opens(url, await download(dut, url)))


@case(
    "IV.510/content",
    "The log must not be empty",
    capabilities=capabilities_of(510),
)
async def test_the_log_is_not_empty(case: Case, dut: Device) -> None:
    url = (await dut.get(510)).get("url", "")
    body = await download(dut, url)
    result = Result("an archive with a log in it", f"{len(body)} bytes")
    try:
        with tarfile.open(fileobj=io.BytesIO(body)) as archive:
            sizes = {member.name: member.size for member in archive.getmembers() if member.isfile()}
        if not any(sizes.values()):
            result.fail("an archive with a file that is not empty", checks.short(sizes), "download")
    except (tarfile.TarError, EOFError, OSError):
        # Another format: IV.510/download judges whether it opens as what its name says.
        if not body:
            result.fail("a file with content", "0 bytes", "download")
    dut.check(result)
