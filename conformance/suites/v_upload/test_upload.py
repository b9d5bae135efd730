"""Chapter V: every upload endpoint accepts a whole and new package, and nothing without a valid token."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Generic, Literal, NamedTuple, TypedDict, TypeVar

from conformance import checks
from conformance.catalogue import Safety, load
from conformance.catalogue.model import Keyword, Upload
from conformance.client import OMIT, HttpClient, UploadAnswer
from conformance.client.session import TokenChoice
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
_Data = TypeVar("_Data")
_GARBAGE = "0123456789abcdef0123456789abcdef"
_KB, _MB = 1024, 1024 * 1024
_OLD = b"VERSION=0.0.1\n"
_OF_VERSIONS = (10012, 10013)
_APPLICATION = "apppkg"


@dataclass(frozen=True, slots=True)
class _Upload(Generic[_Data]):
    """The endpoint and the method of a case, and what it uploads, or how."""

    endpoint: Upload
    method: str
    data: _Data


def _case(
    upload: Upload,
    label: str,
    requirement: str,
    title: str,
    method: str = ANY,
    *,
    data: _Data,
    safety: Safety = Safety.DESTRUCTIVE,
    capabilities: tuple[str, ...] = (),
    parameters: tuple[str, ...] = (),
    quick: bool = False,
) -> Case[_Upload[_Data]]:
    """A case of one endpoint; `data` is what it uploads, or says how."""
    by = () if method == ANY else (f"upload.{method.lower()}",)
    needs = (upload.capability or "", *by, *capabilities)
    return Case(
        f"{upload.clause}/{label}",
        f"{upload.title}: {title}",
        safety,
        requirement=f"{upload.clause}/{requirement}",
        capabilities=needs,
        parameters=parameters,
        quick=quick,
        data=_Upload(upload, method, data),
    )


class _PackageNeeds(TypedDict):
    """What a case that uploads a package needs of the profile."""

    capabilities: tuple[str, ...]
    parameters: tuple[str, ...]


def _packaged(upload: Upload, role: str = "good") -> _PackageNeeds:
    """The needs of a case that uploads a package: the profile names one, or says that one can be made; settings are
    exported.
    """
    if upload.kind == SETTINGS:
        return {"capabilities": ("settings-export",), "parameters": ()}
    return {"capabilities": (), "parameters": (f"packages.{upload.kind}.{role}|package_form",)}


# Accepted


def _methods() -> Iterator[Case[_Upload[None]]]:
    for upload in _CATALOGUE.uploads.values():
        for method, how in (("POST", "POST of multipart/form-data"), ("PUT", "PUT of the bare bytes")):
            label = method.lower()
            yield _case(
                upload,
                label,
                "taken",
                f"a package must be accepted by {how}",
                method,
                data=None,
                quick=method == "POST",
                **_packaged(upload),
            )


@cases(_methods())
async def test_a_package_is_accepted(case: Case[_Upload[None]], dut: Device) -> None:
    upload, method = case.data.endpoint, case.data.method
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


def _sizes() -> Iterator[Case[_Upload[tuple[int, ...]]]]:
    for upload in _CATALOGUE.uploads.values():
        for label, size in _SIZES.items():
            if upload.kind != SETTINGS:
                title = f"a package of {size:,} bytes must be accepted"
                yield _case(upload, f"size/{label}", "size", title, data=(size,), parameters=("package_form",))
        if upload.kind != SETTINGS:
            title = "packages whose sizes are those of segments and blocks must be accepted"
            yield _case(upload, "size/blocks", "size", title, data=_BLOCKS, parameters=("package_form",))
        if upload.kind == _APPLICATION:
            title = "a package of 32 MB must be accepted by PUT"
            yield _case(upload, "size/32-mb-put", "size", title, "PUT", data=(32 * _MB,), parameters=("package_form",))


@cases(_sizes())
async def test_a_package_of_any_size_is_accepted(case: Case[_Upload[tuple[int, ...]]], dut: Device) -> None:
    upload, method = case.data.endpoint, case.data.method
    for size in case.data.data:
        head = f"VERSION={next_version(upload.kind)}\n".encode()
        data = head + bytes(range(256)) * ((size - len(head)) // 256 + 1)
        answer = await send(dut, await dut.http(), upload, data[:size], method=method)
        succeeds(dut, upload, answer)
    await dut.succeeds(505, client=await dut.http())


@cases(
    _case(upload, f"size/{label}", requirement, f"{title} and do no harm", method, data=data)
    for upload in _CATALOGUE.uploads.values()
    for label, requirement, title, data, method in (
        ("empty", "complete", "a package without a byte must be refused", b"", "POST"),
        ("empty-put", "complete", "a bare body without a byte must be refused", b"", "PUT"),
        ("1-byte", "hardly", "a package of one byte must be refused or accepted", b"x", ANY),
    )
)
async def test_a_tiny_package_does_no_harm(case: Case[_Upload[bytes]], dut: Device) -> None:
    """Upgrade data is verified for completeness (II.3), so there has to be at least some."""
    upload, method, data = case.data.endpoint, case.data.method, case.data.data
    before = (await dut.get(505, client=await dut.http())).get("version")
    answer = await send(dut, await dut.http(), upload, data, method=method)
    answered(dut, upload, answer)
    dut.judgement.observe("R172", f"{upload.kind} of {len(data)} bytes: {seen(answer)}")
    if not data:
        _judge_refused(dut, answer)
    after = (await dut.get(505, client=await dut.http())).get("version")
    dut.demand(after == before, f"version {before!r} as before", f"version {after!r}")


def _judge_refused(dut: Device, answer: UploadAnswer) -> None:
    code = code_of(answer)
    refused = 400 <= answer.status < 600 if code is None else code != 0 and code in dut.catalogue.return_codes
    dut.demand(refused, "refused with a documented code, or a status of HTTP (II.3)", seen(answer))


@cases(
    _case(
        upload,
        "no-version",
        "complete",
        "a package that names no version must be refused",
        data=None,
        parameters=("package_form",),
    )
    for upload in _CATALOGUE.uploads.values()
    if upload.kind == _APPLICATION
)
async def test_a_package_without_a_version_is_refused(case: Case[_Upload[None]], dut: Device) -> None:
    """Only where the profile says that packages name their version: one without it cannot be compared."""
    upload, method = case.data.endpoint, case.data.method
    before = (await dut.get(505, client=await dut.http())).get("version")
    answer = await send(dut, await dut.http(), upload, bytes(range(256)) * 16, method=method)
    answered(dut, upload, answer)
    _judge_refused(dut, answer)
    after = (await dut.get(505, client=await dut.http())).get("version")
    dut.demand(after == before, f"version {before!r} as before", f"version {after!r}")


# The version that runs, and an older one (R30)


class _Version(NamedTuple):
    """Which package is uploaded, `same` or `older`, and the code that has to refuse it."""

    role: str
    code: int


@cases(
    _case(
        upload,
        label,
        "version",
        f"{title} must be refused with {code}",
        data=_Version(label, code),
        **_packaged(upload, label),
    )
    for upload in _CATALOGUE.uploads.values()
    if upload.kind != SETTINGS
    for label, title, code in (("same", "the version that runs", 10012), ("older", "an older version", 10013))
)
async def test_a_version_that_is_not_newer_is_refused(case: Case[_Upload[_Version]], dut: Device) -> None:
    """It is not said which kinds have a version: the application has, and others if the profile names such a package.

    A kind of which the device refuses one of the two because of its version has one too: then it must refuse both.
    """
    upload, method, (role, code) = case.data.endpoint, case.data.method, case.data.data
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
        ("newer", "a newer version must be accepted after an older one and half a one were refused"),
        ("newer-by-number", "a version must be newer by its numbers, not by its letters"),
    )
)
async def test_a_newer_version_is_accepted(case: Case[_Upload[str]], dut: Device) -> None:
    upload, method, label = case.data.endpoint, case.data.method, case.data.data
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


# Refused


@cases(
    _case(
        upload,
        f"token-{label}{'-put' if method == 'PUT' else ''}",
        "token",
        f"an upload with a {label} token by {method} must be refused",
        method,
        safety=Safety.REVERSIBLE,
        data=token,
        quick=label == "wrong" and upload.kind == _APPLICATION and method == "POST",
    )
    for upload in _CATALOGUE.uploads.values()
    for method in ("POST", "PUT")
    for label, token in (("wrong", _GARBAGE), ("missing", OMIT), ("blank", "%20" * 8))
)
async def test_an_upload_needs_a_token(case: Case[_Upload[TokenChoice]], dut: Device) -> None:
    upload, method, token = case.data.endpoint, case.data.method, case.data.data
    answer = await send(dut, dut.plain_http(), upload, _OLD, token=token, method=method)
    is_refused(dut, upload, answer, "R25", *(("R21", "R23") if token is OMIT else ()))


@cases(
    _case(
        upload,
        f"token-{label}",
        "token",
        f"an upload with a token whose {label} character is wrong must be refused",
        safety=Safety.REVERSIBLE,
        data=place,
    )
    for upload in _CATALOGUE.uploads.values()
    for label, place in (("first", 0), ("last", -1))
)
async def test_an_upload_with_a_nearly_right_token_is_refused(case: Case[_Upload[int]], dut: Device) -> None:
    upload, method, place = case.data.endpoint, case.data.method, case.data.data
    http = await dut.http()
    letters = list(http.token or "-")
    letters[place] = "1" if letters[place] != "1" else "2"
    answer = await send(dut, http, upload, _OLD, token="".join(letters), method=method)
    is_refused(dut, upload, answer, "R25")


@cases(
    _case(
        upload,
        "token-logged-out",
        "token",
        "an upload with a token that has logged out must be refused",
        data=None,
        safety=Safety.REVERSIBLE,
    )
    for upload in _CATALOGUE.uploads.values()
)
async def test_an_upload_with_a_dead_token_is_refused(case: Case[_Upload[None]], dut: Device) -> None:
    upload, method = case.data.endpoint, case.data.method
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
        "an upload by an account without the right to configure must be refused",
        data=None,
        parameters=("operator_user", "operator_password"),
    )
    for upload in _CATALOGUE.uploads.values()
)
async def test_an_operator_may_not_upload(case: Case[_Upload[None]], dut: Device) -> None:
    """If packages can be made, the package is one that would be accepted from an administrator; settings are exported.

    Otherwise it is not a package of this device, so that a device that obeys is not harmed; then it may be refused for
    either reason (R150).
    """
    upload, method = case.data.endpoint, case.data.method
    good = dut.profile.has("settings-export") if upload.kind == SETTINGS else bool(dut.profile["package_form"])
    data = await package(dut, upload.kind, made=True) if good else _OLD + b"x" * 100
    http = dut.plain_http()
    user, password = dut.profile["operator_user"], dut.profile["operator_password"]
    if not (await http.login(user, password, dut.link.cipher)).ok:
        raise CaseInconclusive("preamble: the operator's login over HTTP is refused")
    answer = await send(dut, http, upload, data, method=method)
    is_refused(dut, upload, answer, "R27", *(() if good else ("R22", "R30")))


class _Path(NamedTuple):
    """The last part of an upload path, and the method."""

    kind: str
    method: Literal["POST", "PUT"]


@cases(
    Case(
        f"V/unknown/{label}",
        f"An upload to {title} must be refused",
        Safety.REVERSIBLE,
        requirement="V/unknown",
        capabilities=("http.login",),
        data=path,
        quick=label == "kind",
    )
    for label, title, path in (
        ("kind", "a kind that does not exist", _Path("nothing-of-this-kind", "POST")),
        ("kind-put", "a kind that does not exist, by PUT", _Path("nothing-of-this-kind", "PUT")),
        ("kind-case", "a kind in upper case", _Path("LOWPKG", "POST")),
        ("climbing", "a path that climbs", _Path("../../etc/passwd", "PUT")),
    )
)
async def test_an_unknown_kind_is_refused(case: Case[_Path], dut: Device) -> None:
    kind, method = case.data.kind, case.data.method
    http = await dut.http()
    answer = await http.upload(kind, _OLD, method=method)
    dut.judgement.observe("R172", seen(answer))
    refused = 400 <= answer.status < 600 or (answer.reply is not None and not answer.reply.ok)
    # It is not said whether capitals count in the kind.
    keyword = Keyword.SHOULD if kind == "LOWPKG" else Keyword.MUST
    dut.demand(refused, "a status 4xx, or a non-zero code (R172)", seen(answer), keyword=keyword)
    await dut.succeeds(505, client=await dut.http())


@case("V/get", "A GET of an upload path must do no harm", requirement="V/unknown", capabilities=("http.login",))
async def test_a_get_of_an_upload_path_does_no_harm(case: Case, dut: Device) -> None:
    http = await dut.http()
    answer = await http.raw("GET", f"/upload/apppkg/{http.token}")
    dut.judgement.observe("R172", f"GET: status {answer.status}")
    await dut.succeeds(505, {}, client=http)


@cases(
    _case(
        upload,
        "interrupted",
        "interrupted",
        "an upload that breaks off must change nothing",
        data=None,
        quick=upload.cmdtype == 754,
    )
    for upload in _CATALOGUE.uploads.values()
)
async def test_an_interrupted_upload_changes_nothing(case: Case[_Upload[None]], dut: Device) -> None:
    upload, method = case.data.endpoint, case.data.method
    http = await dut.http()
    before = [(await dut.get(number, client=http)) for number in (505, 507, 30)]
    # Newer than all before. An upload that breaks off does not count, so the whole package is still newer.
    version = next_version(upload.kind)
    await _break_off(dut, http, upload, method, version)
    after = [(await dut.get(number, client=http)) for number in (505, 507, 30)]
    for number, was, now in zip((505, 507, 30), before, after, strict=True):
        found = checks.differences(dut.catalogue.commands[number].reply, was, now)
        dut.demand(not found, f"{number} as before", "; ".join(found) or "as before")
    if upload.kind != SETTINGS and dut.profile["package_form"]:
        succeeds(dut, upload, await send(dut, http, upload, package_of(version), method=method))


async def _break_off(dut: Device, http: HttpClient, upload: Upload, method: str, version: str) -> None:
    """Send the head of an upload of 1 MB and a part of its body, then abort the connection."""
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
