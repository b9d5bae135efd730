"""Appendix V, downloads: files that the device names by their address arrive whole."""

from __future__ import annotations

from functools import partial

from conformance.catalogue import Safety
from conformance.checks.files import opens
from conformance.dut.device import Device
from conformance.rules.case import Case, case, cases
from conformance.rules.verdict import CaseNotApplicable
from conformance.steps import stored_files as stored
from conformance.steps.capabilities import capabilities_of
from conformance.steps.downloads import download, in_thread, served

_STORED = ("http.login", *capabilities_of(509, 513))


_NAMES = ("visible-picture", "infrared-video")
"""A picture and a video, one of each image."""


@cases(
    Case(
        f"A5/download/{name}",
        f"A stored file ({name}) must arrive whole",
        Safety.REVERSIBLE,
        requirement="A5/download",
        capabilities=_STORED,
        writes=("pair:15", "recording"),
        data=stored.KINDS[name],
        waits_s=10,
    )
    for name in _NAMES
)
async def test_a_stored_file_comes_whole(case: Case[stored.Kind], dut: Device) -> None:
    await stored.ensure_files(dut, *case.data, 1)
    for row in stored.rows(await stored.page(dut, *case.data))[:2]:
        url, size = str(row.get("url")), row.get("filesize")
        body = await download(dut, url)
        dut.check(await in_thread(partial(opens, url, body)))
        if size is not None:
            dut.demand(size == len(body), f"{size} bytes, as 513 lists", f"{len(body)} bytes")


@case(
    "A5/download/sounds",
    "Sounds that 500 names and the device serves must arrive whole",
    requirement="A5/download",
    capabilities=_STORED[:1],
)
async def test_sounds_come_whole(case: Case, dut: Device) -> None:
    """A RIFF file states its length."""
    sounds = [each for each in (await dut.get(500)).get("audiofile") or [] if isinstance(each, dict)]
    paths = [path for each in sounds if isinstance(path := each.get("path"), str) and path]
    found = [body for path in paths if (body := await served(dut, path))[:4] == b"RIFF"]
    if not found:
        raise CaseNotApplicable("the device serves no sound that states its length")
    for body in found:
        stated = 8 + int.from_bytes(body[4:8], "little")
        dut.demand(len(body) >= stated, f"{stated} bytes, as the file says", f"{len(body)} bytes")
