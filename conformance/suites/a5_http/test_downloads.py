"""Files over HTTP (Appendix V): what the device names by its address comes whole."""

from __future__ import annotations

from functools import partial
from typing import Any

from conformance.catalogue import Safety
from conformance.checks.files import opens
from conformance.client import RemoteError
from conformance.dut.device import Device
from conformance.rules.case import Case, case, cases
from conformance.rules.verdict import CaseNotApplicable
from conformance.steps import stored_files as stored
from conformance.steps import waiting

_STORED = ("http.login", *waiting.capabilities(509, 513))
_KINDS = {"visible-picture": (1, 2), "infrared-video": (2, 1)}


@cases(
    Case(
        f"A5/download/{name}",
        f"A stored file ({name}) comes whole",
        Safety.REVERSIBLE,
        requirement="A5/download",
        capabilities=_STORED,
        writes=("pair:15", "recording"),
        data=kind,
        waits_s=10,
    )
    for name, kind in _KINDS.items()
)
async def test_a_stored_file_comes_whole(case: Case[Any], dut: Device) -> None:
    video, data = case.data
    await stored.ensure_files(dut, video, data, 1)
    for row in stored.rows(await stored.page(dut, video, data))[:2]:
        url, size = str(row.get("url")), row.get("filesize")
        body = await waiting.download(dut, url)
        dut.check(await waiting.work_file(partial(opens, url, body)))
        if size is not None:
            dut.demand(size == len(body), f"{size} bytes, as 513 lists", f"{len(body)} bytes")


@case(
    "A5/download/sounds",
    "Sounds of 500 that are handed out come whole",
    requirement="A5/download",
    capabilities=_STORED[:1],
)
async def test_sounds_come_whole(case: Case, dut: Device) -> None:
    """A file of the form RIFF says how long it is."""
    sounds = [each for each in (await dut.get(500)).get("audiofile") or [] if isinstance(each, dict)]
    found = [body for sound in sounds if (body := await _fetched(dut, sound.get("path")))[:4] == b"RIFF"]
    if not found:
        raise CaseNotApplicable("the device hands out no sound that says its length")
    for body in found:
        stated = 8 + int.from_bytes(body[4:8], "little")
        dut.demand(len(body) >= stated, f"{stated} bytes, as the file says", f"{len(body)} bytes")


async def _fetched(dut: Device, path: Any) -> bytes:
    if not isinstance(path, str) or not path:
        return b""
    try:
        answer = await dut.plain_http().fetch(path if path.startswith("/") else f"/{path}")
    except RemoteError:
        return b""
    return bytes(answer.body) if answer.status == 200 else b""
