"""V, packages: every upload endpoint accepts a whole package of any size, by POST and PUT."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

from conformance import checks
from conformance.catalogue import load
from conformance.catalogue.model import Keyword, Upload
from conformance.client import HttpClient
from conformance.dut.device import Device
from conformance.rules.case import Case, cases
from conformance.steps.packages import (
    ANY,
    SETTINGS,
    answered,
    by_method,
    next_version,
    package,
    package_of,
    seen,
    send,
    succeeds,
)
from conformance.steps.upload_cases import (
    APPLICATION,
    Uploading,
    judge_refused,
    package_needs,
    upload_case,
)

_CATALOGUE = load()
_KB, _MB = 1024, 1024 * 1024


def _methods() -> Iterator[Case[Uploading[None]]]:
    for upload in _CATALOGUE.uploads.values():
        for method, how in (("POST", "POST of multipart/form-data"), ("PUT", "PUT of the bare bytes")):
            label = method.lower()
            yield upload_case(
                upload,
                label,
                "taken",
                f"a package must be accepted by {how}",
                method,
                data=None,
                quick=method == "POST",
                **package_needs(upload),
            )


@cases(_methods())
async def test_a_package_is_accepted(case: Case[Uploading[None]], dut: Device) -> None:
    upload, method = case.data.endpoint, case.data.method
    data = await package(dut, upload.kind)
    version = (await dut.get(505, client=await dut.http())).get("version")
    answer = await send(dut, await dut.http(), upload, data, method=method)
    succeeds(dut, upload, answer)
    if upload.kind != APPLICATION:
        after = (await dut.get(505, client=await dut.http())).get("version")
        dut.demand(after == version, f"the version {version!r} of the application as before", f"version {after!r}")
    elif data.startswith(b"VERSION="):
        await _is_listed(dut, data.partition(b"\n")[0].decode().removeprefix("VERSION="))


async def _is_listed(dut: Device, version: str) -> None:
    listed = [entry.get("version", "") for entry in (await dut.get(507, client=await dut.http())).get("versions") or []]
    shown = any(str(entry).strip().lower().lstrip("v") == version for entry in listed)
    dut.demand(shown, f"507 lists the version {version}", checks.short(listed), keyword=Keyword.SHOULD)


_BLOCKS = (4 * 1460, 4096, 4097, 8192, 16_384, 65_535)
_SIZES = {"64-kb": 64 * _KB, "1-mb": _MB, "32-mb": 32 * _MB}


def _sizes() -> Iterator[Case[Uploading[tuple[int, ...]]]]:
    for upload in _CATALOGUE.uploads.values():
        for label, size in _SIZES.items():
            if upload.kind != SETTINGS:
                title = f"a package of {size:,} bytes must be accepted"
                yield upload_case(upload, f"size/{label}", "size", title, data=(size,), parameters=("package_form",))
        if upload.kind != SETTINGS:
            title = "packages whose sizes are those of segments and blocks must be accepted"
            yield upload_case(upload, "size/blocks", "size", title, data=_BLOCKS, parameters=("package_form",))
        if upload.kind == APPLICATION:
            title = "a package of 32 MB must be accepted by PUT"
            yield upload_case(
                upload, "size/32-mb-put", "size", title, "PUT", data=(32 * _MB,), parameters=("package_form",)
            )


@cases(_sizes())
async def test_a_package_of_any_size_is_accepted(case: Case[Uploading[tuple[int, ...]]], dut: Device) -> None:
    upload, method = case.data.endpoint, case.data.method
    for size in case.data.data:
        head = f"VERSION={next_version(upload.kind)}\n".encode()
        data = head + bytes(range(256)) * ((size - len(head)) // 256 + 1)
        answer = await send(dut, await dut.http(), upload, data[:size], method=method)
        succeeds(dut, upload, answer)
    await dut.succeeds(505, client=await dut.http())


@cases(
    upload_case(upload, f"size/{label}", requirement, f"{title} and do no harm", method, data=data)
    for upload in _CATALOGUE.uploads.values()
    for label, requirement, title, data, method in (
        ("empty", "complete", "a package without a byte must be refused", b"", "POST"),
        ("empty-put", "complete", "a bare body without a byte must be refused", b"", "PUT"),
        ("1-byte", "hardly", "a package of one byte must be refused or accepted", b"x", ANY),
    )
)
async def test_a_tiny_package_does_no_harm(case: Case[Uploading[bytes]], dut: Device) -> None:
    """Upgrade data is verified for completeness (II.3), so there has to be at least some."""
    upload, method, data = case.data.endpoint, case.data.method, case.data.data
    before = (await dut.get(505, client=await dut.http())).get("version")
    answer = await send(dut, await dut.http(), upload, data, method=method)
    answered(dut, upload, answer)
    dut.judgement.observe("R172", f"{upload.kind} of {len(data)} bytes: {seen(answer)}")
    if not data:
        judge_refused(dut, answer)
    after = (await dut.get(505, client=await dut.http())).get("version")
    dut.demand(after == before, f"version {before!r} as before", f"version {after!r}")


@cases(
    upload_case(
        upload,
        "interrupted",
        "interrupted",
        "an upload that breaks off must change nothing",
        data=None,
        quick=upload.cmdtype == 754,
    )
    for upload in _CATALOGUE.uploads.values()
)
async def test_an_interrupted_upload_changes_nothing(case: Case[Uploading[None]], dut: Device) -> None:
    upload, method = case.data.endpoint, case.data.method
    http = await dut.http()
    before = [(await dut.get(number, client=http)) for number in (505, 507, 30)]
    # Newer than all before. An upload that breaks off does not count, so the whole package is still newer.
    version = next_version(upload.kind)
    await _break_off(dut, http, upload, method, version)
    after = [(await dut.get(number, client=http)) for number in (505, 507, 30)]
    for number, was, now in zip((505, 507, 30), before, after, strict=True):
        found = checks.differences(dut.catalogue.commands[number].reply, was, now)
        dut.demand(not found, f"command {number} shows what it showed before", "; ".join(found) or "no difference")
    if upload.kind != SETTINGS and dut.profile["package_form"]:
        succeeds(dut, upload, await send(dut, http, upload, package_of(version), method=method))


async def _break_off(dut: Device, http: HttpClient, upload: Upload, method: str, version: str) -> None:
    """Send the headers of an upload of 1 MB and a part of its body, then abort the connection."""
    body = f"VERSION={version}\n".encode() + bytes(range(256)) * 256
    kind, method = "application/octet-stream", by_method(dut, method)
    if method == "POST":
        kind = "multipart/form-data; boundary=thermoproof"
        part = b'Content-Disposition: form-data; name="file"; filename="package.bin"\r\n\r\n'
        body = b"--thermoproof\r\n" + part + body
    head = f"{method} {upload.path}/{http.token} HTTP/1.1\r\nHost: {http.host}\r\nContent-Type: {kind}\r\n"
    _, writer = await asyncio.open_connection(http.host, http.port)
    try:
        writer.write(f"{head}Content-Length: {_MB}\r\n\r\n".encode() + body)
        await writer.drain()
        await asyncio.sleep(0.2)
    finally:
        writer.transport.abort()
    dut.link.transcript.event("http", f"{method} {upload.path}: cut off after {len(body)} of {_MB} bytes")
    await asyncio.sleep(0.2)
