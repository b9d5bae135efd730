"""Appendix V, downloads: files that the device names by their address arrive whole."""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

from conformance.catalogue import Safety
from conformance.catalogue.json_types import Json
from conformance.checks.files import opens
from conformance.client import RemoteError
from conformance.dut.device import Device
from conformance.rules.case import Case, case, cases
from conformance.rules.verdict import CaseNotApplicable
from conformance.steps import stored_files as stored
from conformance.steps.capabilities import capabilities_of
from conformance.steps.downloads import download, in_thread

_STORED = ("http.login", *capabilities_of(509, 513))


class _Kind(NamedTuple):
    """A kind of file by its videotype and datatype in command 513."""

    videotype: int
    datatype: int


_KINDS = {"visible-picture": _Kind(1, 2), "infrared-video": _Kind(2, 1)}


@cases(
    Case(
        f"A5/download/{name}",
        f"A stored file ({name}) arrives whole",
        Safety.REVERSIBLE,
        requirement="A5/download",
        capabilities=_STORED,
        writes=("pair:15", "recording"),
        data=kind,
        waits_s=10,
    )
    for name, kind in _KINDS.items()
)
async def test_a_stored_file_comes_whole(case: Case[_Kind], dut: Device) -> None:
    videotype, datatype = case.data
    await stored.ensure_files(dut, videotype, datatype, 1)
    for row in stored.rows(await stored.page(dut, videotype, datatype))[:2]:
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
    found = [body for sound in sounds if (body := await _fetched(dut, sound.get("path")))[:4] == b"RIFF"]
    if not found:
        raise CaseNotApplicable("the device serves no sound that states its length")
    for body in found:
        stated = 8 + int.from_bytes(body[4:8], "little")
        dut.demand(len(body) >= stated, f"{stated} bytes, as the file says", f"{len(body)} bytes")


async def _fetched(dut: Device, path: Json) -> bytes:
    if not isinstance(path, str) or not path:
        return b""
    try:
        answer = await dut.plain_http().fetch(path if path.startswith("/") else f"/{path}")
    except RemoteError:
        return b""
    return bytes(answer.body) if answer.status == 200 else b""
