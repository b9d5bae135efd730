"""Packages and their upload (chapter V): versions that rise, the methods of HTTP, and what an answer must be."""

from __future__ import annotations

import itertools
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Literal, TypeAlias

from conformance import checks
from conformance.catalogue.model import Upload
from conformance.client import HttpClient, UploadAnswer
from conformance.client.session import TokenChoice
from conformance.dut.device import Device
from conformance.rules.verdict import CaseInconclusive, CaseNotApplicable

__all__ = [
    "ANY",
    "SETTINGS",
    "answered",
    "by_method",
    "code_of",
    "is_refused",
    "next_version",
    "package",
    "package_of",
    "read_file",
    "seen",
    "send",
    "succeeds",
    "versions_of_growing_length",
]

SETTINGS = "config"
"""The kind of upload that is not a package but a file of settings."""

ANY = "any"
"""The method of a case that is not about the method: the one that the device has (R103)."""

Method: TypeAlias = Literal["POST", "PUT"]
_METHODS: tuple[Method, ...] = ("POST", "PUT")

_LONG_S = 120.0
_NO_METHOD = (10002, 10008)
_counts: defaultdict[str, Iterator[int]] = defaultdict(lambda: itertools.count(1))


def code_of(answer: UploadAnswer) -> int | None:
    """The return code of an upload's reply; None where only a status of HTTP came."""
    return answer.reply.retcode if answer.reply is not None else None


async def send(
    dut: Device, http: HttpClient, upload: Upload, data: bytes, *, method: str, token: TokenChoice | None = None
) -> UploadAnswer:
    """The answer to an upload by `method`, or by the other one where the device has only that (R103)."""
    chosen = by_method(dut, method)
    secret = (http.token or "") if token is None else token
    answer = await http.upload(upload.kind, data, token=secret, method=chosen, timeout=_LONG_S)
    nothing = answer.reply is None and answer.status in (405, 501)
    if nothing or (code_of(answer) in _NO_METHOD and await _lacks(dut, chosen)):
        other: Method = "PUT" if chosen == "POST" else "POST"
        dut.judgement.observe("R103", f"{other} only")
        answer = await http.upload(upload.kind, data, token=secret, method=other, timeout=_LONG_S)
    return answer


async def _lacks(dut: Device, method: Method) -> bool:
    """Whether the device refuses whatever comes by `method`, even an old package of the application (R103, R172)."""
    http = await dut.http()
    answer = await http.upload("apppkg", b"VERSION=0.0.1\n", token=http.token or "", method=method, timeout=_LONG_S)
    return answer.status in (405, 501) or code_of(answer) in _NO_METHOD


def by_method(dut: Device, method: str) -> Method:
    """`method`, or for ANY the one that the device has. Raises CaseNotApplicable where it has neither."""
    for name in _METHODS:
        if method == name:
            return name
    for name in _METHODS:
        if dut.profile.has(f"upload.{name.lower()}"):
            return name
    raise CaseNotApplicable("the profile says no to upload.post and to upload.put")


def seen(answer: UploadAnswer) -> str:
    """An answer to an upload in words."""
    return f"status {answer.status}" if answer.reply is None else checks.describe(answer.reply)


def answered(dut: Device, upload: Upload, answer: UploadAnswer) -> None:
    """Judge that an answer is a reply with the number of its endpoint (R104), or an HTTP status of refusal."""
    if answer.reply is None:
        dut.demand(400 <= answer.status < 600, f"a JSON reply with cmdtype {upload.cmdtype} (R104)", seen(answer))
        return
    dut.check(checks.envelope({"cmdtype": upload.cmdtype, "sequence": answer.reply.sequence}, answer.reply))


def succeeds(dut: Device, upload: Upload, answer: UploadAnswer) -> None:
    """Judge that the package was accepted."""
    answered(dut, upload, answer)
    if answer.reply is not None:
        dut.check(checks.success(answer.reply))
    else:
        dut.demand(False, "retcode 0 (success)", seen(answer))


def is_refused(dut: Device, upload: Upload, answer: UploadAnswer, *readings: str) -> None:
    """Judge that the package was refused, with a code of one of `readings` or an HTTP status 4xx."""
    if answer.reply is None:
        dut.demand(400 <= answer.status < 500, "refused (10005, or an HTTP status 4xx)", seen(answer))
        return
    answered(dut, upload, answer)
    dut.check(checks.refused(dut.catalogue, answer.reply, *readings))


def next_version(kind: str) -> str:
    """The next version; it rises from run to run, for a camera that keeps the packages of the last run."""
    seconds = int(time.time())
    return f"{seconds // 86_400}.{seconds % 86_400}.{next(_counts[kind])}"


def versions_of_growing_length(kind: str) -> tuple[str, str]:
    """Two versions that follow each other; compared as text, the second one is smaller (x.y.9, x.y.10)."""
    head, _, number = next_version(kind).rpartition(".")
    while len(number) == len(following := str(next(_counts[kind]))):
        number = following
    return f"{head}.{number}", f"{head}.{following}"


def package_of(version: str) -> bytes:
    """A package of that version, about 4 KB."""
    return f"VERSION={version}\n".encode() + bytes(range(256)) * 16


async def package(dut: Device, kind: str, *, made: bool = False) -> bytes:
    """A package: that of the profile, or the settings that the device exports, or a made one newer than all before.

    With `made`, the package of the profile is not used.
    """
    named = (dut.profile["packages"].get(kind) or {}).get("good")
    if named and not made:
        return read_file(named)
    if kind == SETTINGS:
        url = (await dut.must(512, {}, extra={"subtype": 2})).get("url", "")
        return bytes((await (await dut.http()).fetch(url)).body)
    return package_of(next_version(kind))


def read_file(name: str) -> bytes:
    """The bytes of a package that the profile names. Raises CaseInconclusive where it cannot be read."""
    try:
        return Path(name).read_bytes()
    except OSError as error:
        raise CaseInconclusive(f"the package {name} cannot be read: {error}") from None
