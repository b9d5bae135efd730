"""Chapter V: every upload endpoint takes its package by POST and by PUT, and nothing without a valid token."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator
from pathlib import Path

from conformance import checks
from conformance.case import Case, cases
from conformance.catalogue import Safety, load
from conformance.client import UploadAnswer
from conformance.verdict import CaseInconclusive
from fixtures.device import Device

_CATALOGUE = load()
_count = itertools.count(1)


def _uploads(label: str, requirement: str, title: str, *, method: str, safety: Safety) -> Iterator[Case]:
    for upload in _CATALOGUE.uploads.values():
        yield Case(
            f"{upload.clause}/{label}",
            f"{upload.clause}/{requirement}",
            f"{upload.title}: {title}",
            upload.clause,
            safety,
            capabilities=(upload.capability or "", f"upload.{method.lower()}"),
            quick=label == "post",
            data=(upload, method),
        )


@cases(
    itertools.chain(
        _uploads("post", "taken", "taken by POST of multipart/form-data", method="POST", safety=Safety.DESTRUCTIVE),
        _uploads("put", "taken", "taken by PUT of the bare bytes", method="PUT", safety=Safety.DESTRUCTIVE),
    )
)
async def test_a_package_is_taken(case: Case, dut: Device) -> None:
    upload, method = case.data
    data = await _package(dut, upload.kind)
    http = await dut.http()
    answer = await http.upload(upload.kind, data, token=http.token or "", method=method)
    _answered(dut, answer, upload.cmdtype)
    if answer.reply is not None:
        dut.check(checks.success(answer.reply))


def _answered(dut: Device, answer: UploadAnswer, cmdtype: int) -> None:
    if answer.reply is None:
        dut.demand(False, f"a JSON reply with cmdtype {cmdtype} (R104)", f"status {answer.status}")
        return
    dut.check(checks.envelope({"cmdtype": cmdtype, "sequence": answer.reply.sequence}, answer.reply))


async def _package(dut: Device, kind: str) -> bytes:
    """The profile's package, or, for a device that takes them, one made here with a version above all before."""
    named = (dut.profile["packages"].get(kind) or {}).get("good")
    if named:
        try:
            return Path(named).read_bytes()
        except OSError as error:
            raise CaseInconclusive(f"the package {named} cannot be read: {error}") from None
    if dut.profile["package_form"] != "version-line":
        raise CaseInconclusive(f"the profile names no package for {kind}")
    if kind == "config":
        url = (await dut.must(512, {}, extra={"subtype": 2})).get("url", "")
        return bytes((await (await dut.http()).fetch(url)).body)
    # Rising from run to run, so that a camera that keeps its packages takes the next run's too.
    minutes = int(time.time() // 60)
    version = f"{minutes // 1440}.{minutes % 1440}.{next(_count)}"
    return f"VERSION={version}\n".encode() + bytes(range(256)) * 16


@cases(
    itertools.chain.from_iterable(
        _uploads(f"token-{label}", "token", f"refused with a {label} token", method="POST", safety=Safety.REVERSIBLE)
        for label in ("wrong",)
    )
)
async def test_an_upload_needs_a_token(case: Case, dut: Device) -> None:
    upload, method = case.data
    http = dut.plain_http()
    answer = await http.upload(upload.kind, b"VERSION=0.0.1\n", token="0123456789abcdef0123456789abcdef", method=method)
    if answer.reply is None:
        dut.demand(400 <= answer.status < 500, "refused (10005, or an HTTP status 4xx)", f"status {answer.status}")
        return
    dut.check(checks.refused(dut.catalogue, answer.reply, "R25"))
