"""Chapter V: every upload endpoint takes its package, whole and new, and nothing without a valid token."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

from conformance import checks
from conformance.catalogue import Safety, load
from conformance.catalogue.model import Keyword, Upload
from conformance.client import OMIT, HttpClient, UploadAnswer
from conformance.dut.device import Device
from conformance.rules.case import Case, case, cases
from conformance.rules.verdict import CaseInconclusive, Severity
from conformance.steps.packages import (
    ANY,
    SETTINGS,
    answered,
    by_method,
    code_of,
    is_refused,
    next_version,
    package,
    package_of,
    read_file,
    seen,
    send,
    succeeds,
    versions_of_growing_length,
)

_CATALOGUE = load()
_DESTRUCTIVE = Safety.DESTRUCTIVE
_GARBAGE = "0123456789abcdef0123456789abcdef"
_KB, _MB = 1024, 1024 * 1024
_OLD = b"VERSION=0.0.1\n"
_OF_VERSIONS = (10012, 10013)
_APPLICATION = "apppkg"


def _case(upload: Upload, label: str, requirement: str, title: str, method: str = ANY, **facts: Any) -> Case[Any]:
    """A case of one endpoint; `data` is the endpoint, the method and whatever else is given as `data`."""
    facts.setdefault("safety", _DESTRUCTIVE)
    by = () if method == ANY else (f"upload.{method.lower()}",)
    needs = (upload.capability or "", *by, *facts.pop("capabilities", ()))
    return Case(
        f"{upload.clause}/{label}",
        f"{upload.title}: {title}",
        requirement=f"{upload.clause}/{requirement}",
        capabilities=needs,
        data=(upload, method, facts.pop("data", None)),
        **facts,
    )


def _packaged(upload: Upload, role: str = "good") -> dict[str, Any]:
    """What a case needs that uploads a package: one of the profile, or leave to make one; settings are exported."""
    if upload.kind == SETTINGS:
        return {"capabilities": ("settings-export",)}
    return {"parameters": (f"packages.{upload.kind}.{role}|package_form",)}


# Taken


def _takings() -> Iterator[Case[Any]]:
    for upload in _CATALOGUE.uploads.values():
        for method, how in (("POST", "POST of multipart/form-data"), ("PUT", "PUT of the bare bytes")):
            label = method.lower()
            yield _case(upload, label, "taken", f"taken by {how}", method, quick=method == "POST", **_packaged(upload))


@cases(_takings())
async def test_a_package_is_taken(case: Case[Any], dut: Device) -> None:
    upload, method, _ = case.data
    data = await package(dut, upload.kind)
    version = (await dut.get(505, client=await dut.http())).get("version")
    answer = await send(dut, await dut.http(), upload, data, method=method)
    succeeds(dut, upload, answer)
    if upload.kind != _APPLICATION:
        after = (await dut.get(505, client=await dut.http())).get("version")
        dut.demand(after == version, f"the version {version!r} of the application as before", f"version {after!r}")
    elif data.startswith(b"VERSION="):
        await _is_listed(dut, data.partition(b"\n")[0].decode().removeprefix("VERSION="))


async def _is_listed(dut: Device, version: str) -> None:
    listed = [entry.get("version", "") for entry in (await dut.get(507, client=await dut.http())).get("versions") or []]
    shown = any(str(entry).strip().lower().lstrip("v") == version for entry in listed)
    dut.demand(shown, f"507 lists the version {version}", f"{checks.short(listed)}", keyword=Keyword.SHOULD)


_BLOCKS = (4 * 1460, 4096, 4097, 8192, 16_384, 65_535)
_SIZES = {"64-kb": 64 * _KB, "1-mb": _MB, "32-mb": 32 * _MB}


def _sizes() -> Iterator[Case[Any]]:
    for upload in _CATALOGUE.uploads.values():
        for label, size in _SIZES.items():
            if upload.kind != SETTINGS:
                title = f"a package of {size:,} bytes is taken"
                yield _case(upload, f"size/{label}", "size", title, data=size, parameters=("package_form",))
        if upload.kind != SETTINGS:
            title = "packages whose sizes are those of segments and blocks are taken"
            yield _case(upload, "size/blocks", "size", title, data=_BLOCKS, parameters=("package_form",))
        if upload.kind == _APPLICATION:
            title = "a package of 32 MB is taken by PUT"
            yield _case(upload, "size/32-mb-put", "size", title, "PUT", data=32 * _MB, parameters=("package_form",))


@cases(_sizes())
async def test_a_package_of_any_size_is_taken(case: Case[Any], dut: Device) -> None:
    upload, method, sizes = case.data
    for size in sizes if isinstance(sizes, tuple) else (sizes,):
        head = f"VERSION={next_version(upload.kind)}\n".encode()
        data = head + bytes(range(256)) * ((size - len(head)) // 256 + 1)
        answer = await send(dut, await dut.http(), upload, data[:size], method=method)
        succeeds(dut, upload, answer)
    await dut.succeeds(505, client=await dut.http())


@cases(
    _case(upload, f"size/{label}", requirement, f"{title} and does no harm", method, data=(data, requirement))
    for upload in _CATALOGUE.uploads.values()
    for label, requirement, title, data, method in (
        ("empty", "complete", "a package without a byte is refused", b"", "POST"),
        ("empty-put", "complete", "a bare body without a byte is refused", b"", "PUT"),
        ("1-byte", "hardly", "a package of one byte is refused, or taken,", b"x", ANY),
    )
)
async def test_what_is_hardly_a_package_does_no_harm(case: Case[Any], dut: Device) -> None:
    """That upgrade data is verified for completeness (II.3) says at least that there has to be some."""
    upload, method, (data, requirement) = case.data
    before = (await dut.get(505, client=await dut.http())).get("version")
    answer = await send(dut, await dut.http(), upload, data, method=method)
    answered(dut, upload, answer)
    dut.judgement.observe("R172", f"{upload.kind} of {len(data)} bytes: {seen(answer)}")
    if requirement == "complete":
        _is_refused_somehow(dut, answer)
    after = (await dut.get(505, client=await dut.http())).get("version")
    dut.demand(after == before, f"version {before!r} as before", f"version {after!r}")


def _is_refused_somehow(dut: Device, answer: UploadAnswer) -> None:
    code = code_of(answer)
    refused = 400 <= answer.status < 600 if code is None else code != 0 and code in dut.catalogue.return_codes
    dut.demand(refused, "refused with a documented code, or a status of HTTP (II.3)", seen(answer))


@cases(
    _case(upload, "no-version", "complete", "a package that names no version is refused", parameters=("package_form",))
    for upload in _CATALOGUE.uploads.values()
    if upload.kind == _APPLICATION
)
async def test_a_package_without_a_version_is_refused(case: Case[Any], dut: Device) -> None:
    """Where the profile says that packages name their version: without one it can be neither the same nor older."""
    upload, method, _ = case.data
    before = (await dut.get(505, client=await dut.http())).get("version")
    answer = await send(dut, await dut.http(), upload, bytes(range(256)) * 16, method=method)
    answered(dut, upload, answer)
    _is_refused_somehow(dut, answer)
    after = (await dut.get(505, client=await dut.http())).get("version")
    dut.demand(after == before, f"version {before!r} as before", f"version {after!r}")


# The version that runs, and an older one (R30)


@cases(
    _case(upload, label, "version", f"{title} is refused with {code}", data=(label, code), **_packaged(upload, label))
    for upload in _CATALOGUE.uploads.values()
    if upload.kind != SETTINGS
    for label, title, code in (("same", "the version that runs", 10012), ("older", "an older version", 10013))
)
async def test_a_version_that_is_not_newer_is_refused(case: Case[Any], dut: Device) -> None:
    """Which kinds have a version is not said: the application does, others where the profile names such a package.

    So does a kind of which the device refuses one of the two as a version: then it has to refuse both.
    """
    upload, method, (role, code) = case.data
    http = await dut.http()
    named = (dut.profile["packages"].get(upload.kind) or {}).get(role)
    data = await package(dut, upload.kind)
    if named:
        data = read_file(named)
    else:
        first = await send(dut, http, upload, data, method=method)
        if first.reply is None or not first.reply.ok:
            raise CaseInconclusive(f"preamble: the newer package was answered {seen(first)}")
    both = {"same": data, "older": _OLD + bytes(range(256))}
    answer = await send(dut, http, upload, data if named else both[role], method=method)
    answered(dut, upload, answer)
    found, versioned = code_of(answer), bool(named) or upload.kind == _APPLICATION
    if not versioned and found not in _OF_VERSIONS:
        other = await send(dut, http, upload, both["older" if role == "same" else "same"], method=method)
        versioned = code_of(other) in _OF_VERSIONS
    keyword = Keyword.MUST if versioned or found in _OF_VERSIONS else Keyword.SHOULD
    severity = Severity.MINOR if found and found in dut.catalogue.return_codes else Severity.MAJOR
    dut.demand(found == code, f"refused with {code} (R30)", seen(answer), severity=severity, keyword=keyword)


@cases(
    _case(upload, label, "newer", title, data=label, parameters=("package_form",))
    for upload in _CATALOGUE.uploads.values()
    if upload.kind != SETTINGS
    for label, title in (
        ("newer", "a newer version is taken after an older one and half a one were not"),
        ("newer-by-number", "a version is newer by its numbers, not by its letters"),
    )
)
async def test_a_newer_version_is_taken(case: Case[Any], dut: Device) -> None:
    upload, method, label = case.data
    http = await dut.http()
    if label == "newer":
        first = await package(dut, upload.kind)
        for data in (first, first, _OLD, first[:5]):
            answered(dut, upload, await send(dut, http, upload, data, method=method))
        packages = [await package(dut, upload.kind)]
    else:
        packages = [package_of(version) for version in versions_of_growing_length(upload.kind)]
    for data in packages:
        succeeds(dut, upload, await send(dut, http, upload, data, method=method))


# Not taken


@cases(
    _case(
        upload,
        f"token-{label}{'-put' if method == 'PUT' else ''}",
        "token",
        f"refused with a {label} token by {method}",
        method,
        safety=Safety.REVERSIBLE,
        data=token,
        quick=label == "wrong" and upload.kind == _APPLICATION and method == "POST",
    )
    for upload in _CATALOGUE.uploads.values()
    for method in ("POST", "PUT")
    for label, token in (("wrong", _GARBAGE), ("missing", OMIT), ("blank", "%20" * 8))
)
async def test_an_upload_needs_a_token(case: Case[Any], dut: Device) -> None:
    upload, method, token = case.data
    answer = await send(dut, dut.plain_http(), upload, _OLD, token=token, method=method)
    is_refused(dut, upload, answer, "R25", *(("R21", "R23") if token is OMIT else ()))


@cases(
    _case(
        upload,
        f"token-{label}",
        "token",
        f"refused with a token whose {label} character is wrong",
        safety=Safety.REVERSIBLE,
        data=place,
    )
    for upload in _CATALOGUE.uploads.values()
    for label, place in (("first", 0), ("last", -1))
)
async def test_an_upload_with_a_nearly_right_token_is_refused(case: Case[Any], dut: Device) -> None:
    upload, method, place = case.data
    http = await dut.http()
    letters = list(http.token or "-")
    letters[place] = "1" if letters[place] != "1" else "2"
    answer = await send(dut, http, upload, _OLD, token="".join(letters), method=method)
    is_refused(dut, upload, answer, "R25")


@cases(
    _case(upload, "token-logged-out", "token", "refused with a token that has logged out", safety=Safety.REVERSIBLE)
    for upload in _CATALOGUE.uploads.values()
)
async def test_an_upload_with_a_dead_token_is_refused(case: Case[Any], dut: Device) -> None:
    upload, method, _ = case.data
    http = dut.plain_http()
    if not (await dut.link.login(http)).ok:
        raise CaseInconclusive("preamble: the login over HTTP is refused")
    token = http.token or ""
    await http.logout(http.user)
    answer = await send(dut, http, upload, _OLD, token=token, method=method)
    is_refused(dut, upload, answer, "R25")


@cases(
    _case(
        upload,
        "right/operator",
        "right",
        "refused to an account without the right to configure",
        parameters=("operator_user", "operator_password"),
    )
    for upload in _CATALOGUE.uploads.values()
)
async def test_an_operator_may_not_upload(case: Case[Any], dut: Device) -> None:
    """Where packages can be made, it is one that an administrator's upload would be taken with; settings are exported.

    Otherwise it is no package of this device, so that one that obeys is not hurt: it may say either then (R150).
    """
    upload, method, _ = case.data
    good = dut.profile.has("settings-export") if upload.kind == SETTINGS else bool(dut.profile["package_form"])
    data = await package(dut, upload.kind, made=True) if good else _OLD + b"x" * 100
    http = dut.plain_http()
    user, password = dut.profile["operator_user"], dut.profile["operator_password"]
    if not (await http.login(user, password, dut.link.cipher)).ok:
        raise CaseInconclusive("preamble: the operator's login over HTTP is refused")
    answer = await send(dut, http, upload, data, method=method)
    is_refused(dut, upload, answer, "R27", *(() if good else ("R22", "R30")))


@cases(
    Case(
        f"V/unknown/{label}",
        f"An upload to {title} is refused",
        Safety.REVERSIBLE,
        requirement="V/unknown",
        capabilities=("http.login",),
        data=(kind, method),
        quick=label == "kind",
    )
    for label, title, kind, method in (
        ("kind", "a kind that does not exist", "nothing-of-this-kind", "POST"),
        ("kind-put", "a kind that does not exist, by PUT", "nothing-of-this-kind", "PUT"),
        ("kind-case", "a kind in upper case", "LOWPKG", "POST"),
        ("climbing", "a path that climbs", "../../etc/passwd", "PUT"),
    )
)
async def test_an_unknown_kind_is_refused(case: Case[Any], dut: Device) -> None:
    kind, method = case.data
    http = await dut.http()
    answer = await http.upload(kind, _OLD, method=method)
    dut.judgement.observe("R172", seen(answer))
    refused = 400 <= answer.status < 600 or (answer.reply is not None and not answer.reply.ok)
    # Whether the kind's capitals count is not said.
    keyword = Keyword.SHOULD if kind == "LOWPKG" else Keyword.MUST
    dut.demand(refused, "a status 4xx, or a non-zero code (R172)", seen(answer), keyword=keyword)
    await dut.succeeds(505, client=await dut.http())


@case("V/get", "A GET of an upload path does no harm", requirement="V/unknown", capabilities=("http.login",))
async def test_a_get_of_an_upload_path_does_no_harm(case: Case, dut: Device) -> None:
    http = await dut.http()
    answer = await http.raw("GET", f"/upload/apppkg/{http.token}")
    dut.judgement.observe("R172", f"GET: status {answer.status}")
    await dut.succeeds(505, {}, client=http)


@cases(
    _case(upload, "interrupted", "interrupted", "one that breaks off changes nothing", quick=upload.cmdtype == 754)
    for upload in _CATALOGUE.uploads.values()
)
async def test_an_interrupted_upload_changes_nothing(case: Case[Any], dut: Device) -> None:
    upload, method, _ = case.data
    http = await dut.http()
    before = [(await dut.get(number, client=http)) for number in (505, 507, 30)]
    # Newer than all before; what has broken off does not count, so that the whole of it is new all the same.
    version = next_version(upload.kind)
    await _break_off(dut, http, upload, method, version)
    after = [(await dut.get(number, client=http)) for number in (505, 507, 30)]
    for number, was, now in zip((505, 507, 30), before, after, strict=True):
        found = checks.differences(dut.catalogue.commands[number].reply, was, now)
        dut.demand(not found, f"{number} as before", "; ".join(found) or "as before")
    if upload.kind != SETTINGS and dut.profile["package_form"]:
        succeeds(dut, upload, await send(dut, http, upload, package_of(version), method=method))


async def _break_off(dut: Device, http: HttpClient, upload: Upload, method: str, version: str) -> None:
    """Send the head of an upload of 1 MB and a part of its body, then cut the connection."""
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
