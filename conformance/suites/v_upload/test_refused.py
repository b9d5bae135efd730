"""V, refusals: an upload without a valid token, without the right, or to an unknown kind is refused."""

from __future__ import annotations

from typing import Literal, NamedTuple

from conformance.catalogue import Safety, load
from conformance.catalogue.model import Keyword
from conformance.client import OMIT
from conformance.client.session import TokenChoice
from conformance.dut.device import Device
from conformance.rules.case import Case, case, cases
from conformance.rules.verdict import CaseInconclusive
from conformance.steps.packages import (
    SETTINGS,
    is_refused,
    package,
    seen,
    send,
)
from conformance.steps.rights import http_operator
from conformance.steps.tokens import GARBAGE_TOKEN
from conformance.steps.upload_cases import (
    APPLICATION,
    OLD_PACKAGE,
    Uploading,
    upload_case,
)

_CATALOGUE = load()


@cases(
    upload_case(
        upload,
        f"token-{label}{'-put' if method == 'PUT' else ''}",
        "token",
        f"an upload with a {label} token by {method} must be refused",
        method,
        safety=Safety.REVERSIBLE,
        data=token,
        quick=label == "wrong" and upload.kind == APPLICATION and method == "POST",
    )
    for upload in _CATALOGUE.uploads.values()
    for method in ("POST", "PUT")
    for label, token in (("wrong", GARBAGE_TOKEN), ("missing", OMIT), ("blank", "%20" * 8))
)
async def test_an_upload_needs_a_token(case: Case[Uploading[TokenChoice]], dut: Device) -> None:
    upload, method, token = case.data.endpoint, case.data.method, case.data.data
    answer = await send(dut, dut.plain_http(), upload, OLD_PACKAGE, token=token, method=method)
    is_refused(dut, upload, answer, "R25", *(("R21", "R23") if token is OMIT else ()))


@cases(
    upload_case(
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
async def test_an_upload_with_a_nearly_right_token_is_refused(case: Case[Uploading[int]], dut: Device) -> None:
    upload, method, place = case.data.endpoint, case.data.method, case.data.data
    http = await dut.http()
    letters = list(http.token or "-")
    letters[place] = "1" if letters[place] != "1" else "2"
    answer = await send(dut, http, upload, OLD_PACKAGE, token="".join(letters), method=method)
    is_refused(dut, upload, answer, "R25")


@cases(
    upload_case(
        upload,
        "token-logged-out",
        "token",
        "an upload with a token that has logged out must be refused",
        data=None,
        safety=Safety.REVERSIBLE,
    )
    for upload in _CATALOGUE.uploads.values()
)
async def test_an_upload_with_a_dead_token_is_refused(case: Case[Uploading[None]], dut: Device) -> None:
    upload, method = case.data.endpoint, case.data.method
    http = dut.plain_http()
    if not (await dut.link.login(http)).ok:
        raise CaseInconclusive("preamble: the login over HTTP is refused")
    token = http.token or ""
    await http.logout(http.user)
    answer = await send(dut, http, upload, OLD_PACKAGE, token=token, method=method)
    is_refused(dut, upload, answer, "R25")


@cases(
    upload_case(
        upload,
        "right/operator",
        "right",
        "an upload by an account without the right to configure must be refused",
        data=None,
        parameters=("operator_user", "operator_password"),
    )
    for upload in _CATALOGUE.uploads.values()
)
async def test_an_operator_may_not_upload(case: Case[Uploading[None]], dut: Device) -> None:
    """If packages can be made, the package is one that would be accepted from an administrator; settings are exported.

    Otherwise it is not a package of this device, so that a device that obeys is not harmed; then it may be refused for
    either reason (R150).
    """
    upload, method = case.data.endpoint, case.data.method
    good = dut.profile.has("settings-export") if upload.kind == SETTINGS else bool(dut.profile["package_form"])
    data = await package(dut, upload.kind, made=True) if good else OLD_PACKAGE + b"x" * 100
    http = await http_operator(dut)
    answer = await send(dut, http, upload, data, method=method)
    is_refused(dut, upload, answer, "R27", *(() if good else ("R22", "R30")))


class _Path(NamedTuple):
    """The last part of an upload path, and the method."""

    kind: str
    method: Literal["POST", "PUT"]


@cases(
    Case(
        f"V/unknown/{label}",
        f"{path.method} of an upload to {title} must be refused",
        Safety.REVERSIBLE,
        requirement="V/unknown",
        capabilities=("http.login",),
        data=path,
        quick=label == "kind",
    )
    for label, title, path in (
        ("kind", "a kind that does not exist", _Path("nothing-of-this-kind", "POST")),
        ("kind-put", "a kind that does not exist", _Path("nothing-of-this-kind", "PUT")),
        ("kind-case", "a kind in upper case", _Path("LOWPKG", "POST")),
        ("climbing", "a path with .. in it", _Path("../../etc/passwd", "PUT")),
    )
)
async def test_an_unknown_kind_is_refused(case: Case[_Path], dut: Device) -> None:
    kind, method = case.data.kind, case.data.method
    http = await dut.http()
    answer = await http.upload(kind, OLD_PACKAGE, method=method)
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
