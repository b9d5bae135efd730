"""V, versions: a package must have a version that is newer than the one that runs (R30)."""

from __future__ import annotations

from typing import NamedTuple

from conformance.catalogue import load
from conformance.catalogue.model import Keyword
from conformance.dut.device import Device
from conformance.rules.case import Case, cases
from conformance.rules.verdict import CaseInconclusive, Severity
from conformance.steps.packages import (
    SETTINGS,
    answered,
    code_of,
    package,
    package_of,
    read_file,
    seen,
    send,
    succeeds,
    versions_of_growing_length,
)
from conformance.steps.upload_cases import (
    APPLICATION,
    OLD_PACKAGE,
    Uploading,
    judge_refused,
    package_needs,
    upload_case,
)

_CATALOGUE = load()


@cases(
    upload_case(
        upload,
        "no-version",
        "complete",
        "a package that names no version must be refused",
        data=None,
        parameters=("package_form",),
    )
    for upload in _CATALOGUE.uploads.values()
    if upload.kind == APPLICATION
)
async def test_a_package_without_a_version_is_refused(case: Case[Uploading[None]], dut: Device) -> None:
    """Only where the profile says that packages name their version: one without it cannot be compared."""
    upload, method = case.data.endpoint, case.data.method
    before = (await dut.get(505, client=await dut.http())).get("version")
    answer = await send(dut, await dut.http(), upload, bytes(range(256)) * 16, method=method)
    answered(dut, upload, answer)
    judge_refused(dut, answer)
    after = (await dut.get(505, client=await dut.http())).get("version")
    dut.demand(after == before, f"version {before!r} as before", f"version {after!r}")


class _Version(NamedTuple):
    """Which package is uploaded, `same` or `older`, and the code that has to refuse it."""

    role: str
    code: int


@cases(
    upload_case(
        upload,
        label,
        "version",
        f"{title} must be refused with {code}",
        data=_Version(label, code),
        **package_needs(upload, label),
    )
    for upload in _CATALOGUE.uploads.values()
    if upload.kind != SETTINGS
    for label, title, code in (("same", "the version that runs", 10012), ("older", "an older version", 10013))
)
async def test_a_version_that_is_not_newer_is_refused(case: Case[Uploading[_Version]], dut: Device) -> None:
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
    both = {"same": data, "older": OLD_PACKAGE + bytes(range(256))}
    answer = await send(dut, http, upload, data if named else both[role], method=method)
    answered(dut, upload, answer)
    found, versioned = code_of(answer), bool(named) or upload.kind == APPLICATION
    if not versioned and found not in _OF_VERSIONS:
        other = await send(dut, http, upload, both["older" if role == "same" else "same"], method=method)
        versioned = code_of(other) in _OF_VERSIONS
    keyword = Keyword.MUST if versioned or found in _OF_VERSIONS else Keyword.SHOULD
    severity = Severity.MINOR if found and found in dut.catalogue.return_codes else Severity.MAJOR
    dut.demand(found == code, f"refused with {code} (R30)", seen(answer), severity=severity, keyword=keyword)


@cases(
    upload_case(upload, label, "newer", title, data=label, parameters=("package_form",))
    for upload in _CATALOGUE.uploads.values()
    if upload.kind != SETTINGS
    for label, title in (
        ("newer", "a newer version must be accepted after an older and a broken one were refused"),
        ("newer-by-number", "a version must be newer by its numbers, not by its letters"),
    )
)
async def test_a_newer_version_is_accepted(case: Case[Uploading[str]], dut: Device) -> None:
    upload, method, label = case.data.endpoint, case.data.method, case.data.data
    http = await dut.http()
    if label == "newer":
        first = await package(dut, upload.kind)
        for data in (first, first, OLD_PACKAGE, first[:5]):
            answered(dut, upload, await send(dut, http, upload, data, method=method))
        packages = [await package(dut, upload.kind)]
    else:
        packages = [package_of(version) for version in versions_of_growing_length(upload.kind)]
    for data in packages:
        succeeds(dut, upload, await send(dut, http, upload, data, method=method))


_OF_VERSIONS = (10012, 10013)
