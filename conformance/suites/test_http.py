"""Commands over HTTP (II.5, Appendix V): the same messages, the same state, with a login or with a signature."""

from __future__ import annotations

import time

from conformance import checks
from conformance.case import Case, case, cases
from conformance.catalogue import Safety, load
from conformance.client import OMIT, Signer
from fixtures.device import Device

_CATALOGUE = load()
_LOGIN = ("http.login",)
_SIGNED = ("http.signed",)


@case("A5/500", "A5/open", "General information over HTTP needs no login", "A5", capabilities=_LOGIN, quick=True)
async def test_general_information_over_http(case: Case, dut: Device) -> None:
    client = dut.plain_http()
    reply = await dut.ask(500, {}, client=client, token=OMIT)
    dut.check(checks.success(reply))
    dut.conforms(dut.catalogue.commands[500], reply)


@case(
    "A5/login", "A5/login", "A login over HTTP earns a token", "A5", Safety.REVERSIBLE, capabilities=_LOGIN, quick=True
)
async def test_a_login_over_http(case: Case, dut: Device) -> None:
    client = dut.plain_http()
    reply = await dut.context.login(client)
    dut.check(checks.success(reply))
    dut.conforms(dut.catalogue.commands[501], reply)


@case(
    "A5/without-token",
    "A5/token",
    "A command over HTTP without a token is refused",
    "A5",
    capabilities=_LOGIN,
    quick=True,
)
async def test_a_command_over_http_needs_a_token(case: Case, dut: Device) -> None:
    reply = await dut.ask(10, {}, client=dut.plain_http(), token=OMIT, legal=False)
    dut.check(checks.refused(dut.catalogue, reply, "R25"))


@cases(
    Case(
        f"A5/same-state/{get.cmdtype}",
        "A5/same-state",
        f"{get.title}: the same over HTTP as over the websocket",
        "A5",
        capabilities=_LOGIN + ((get.capability,) if get.capability else ()),
        command=get,
        quick=get.cmdtype in (2, 10),
    )
    for _, get in _CATALOGUE.pairs()
)
async def test_http_and_websocket_show_the_same_state(case: Case, dut: Device) -> None:
    command = case.subject
    over_http = await dut.get(command.cmdtype, client=await dut.http())
    over_websocket = await dut.get(command.cmdtype)
    found = checks.differences(command.reply, over_websocket, over_http)
    dut.demand(not found, "the same configuration over both", "; ".join(found) or "the same")


@case("A5/signed", "A5/signed", "A signed request is served without a login", "A5", capabilities=_SIGNED, quick=True)
async def test_a_signed_request_is_served(case: Case, dut: Device) -> None:
    reply = await dut.ask(10, {}, client=dut.plain_http(), token=OMIT, sign=_signer(dut), legal=False)
    dut.check(checks.success(reply))
    dut.conforms(dut.catalogue.commands[10], reply)


@case("A5/signed-wrong", "A5/signed-wrong", "A wrong signature is refused", "A5", capabilities=_SIGNED)
async def test_a_wrong_signature_is_refused(case: Case, dut: Device) -> None:
    class Wrong(Signer):
        def headers(self, method: str, uri: str, content: bytes, expires: int) -> dict[str, str]:
            return super().headers(method, uri, content + b" ", expires)

    reply = await dut.ask(10, {}, client=dut.plain_http(), token=OMIT, sign=Wrong(dut.profile["app_key"]), legal=False)
    dut.check(checks.refused(dut.catalogue, reply, "R25"))


@case("A5/signed-expired", "A5/signed-wrong", "An expired signature is refused", "A5", capabilities=_SIGNED)
async def test_an_expired_signature_is_refused(case: Case, dut: Device) -> None:
    class Expired(Signer):
        def headers(self, method: str, uri: str, content: bytes, expires: int) -> dict[str, str]:
            return super().headers(method, uri, content, int(time.time()) - 86_400 * 400)

    reply = await dut.ask(
        10, {}, client=dut.plain_http(), token=OMIT, sign=Expired(dut.profile["app_key"]), legal=False
    )
    dut.check(checks.refused(dut.catalogue, reply, "R25"))


def _signer(dut: Device) -> Signer:
    return Signer(dut.profile["app_key"])


@cases(
    Case(
        f"A5/content-type/{label}",
        "A5/content-type",
        f"A request with the content type {label} is read as JSON",
        "A5",
        capabilities=_LOGIN,
        data=kind,
    )
    for label, kind in (
        ("form", "application/x-www-form-urlencoded"),
        ("json", "application/json"),
        ("text", "text/plain"),
    )
)
async def test_the_content_type_does_not_matter(case: Case, dut: Device) -> None:
    client = dut.plain_http()
    body = b'{"action":"request","cmdtype":500,"sequence":1,"message":{}}'
    answer = await client.raw("POST", dut.context.http_path, content=body, headers={"Content-Type": case.data})
    dut.demand(answer.status == 200, "status 200", f"status {answer.status}")
    dut.demand(b'"retcode"' in answer.body, "a JSON reply", checks.short(answer.body))
