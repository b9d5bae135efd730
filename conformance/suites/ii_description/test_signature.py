"""II.5, signed requests over HTTP (R101): a right signature serves without a login, and a wrong one is refused."""

from __future__ import annotations

from collections.abc import Mapping

from conformance import checks
from conformance.catalogue import Safety
from conformance.dut.device import Device
from conformance.rules.case import Case, case, cases
from conformance.steps.signatures import (
    FORGED,
    SIGNED,
    Sign,
    Signature,
    altered,
    codes_of,
    content_of,
    due,
    is_bound_to_its_content,
    is_bound_to_its_path,
    is_refused_when_forged,
    is_served,
    rightly_signed,
    send_signed,
    signed_headers,
)

# Right


@case("II/signed", "A signed request must be served without a login", clause="II.5", capabilities=SIGNED, quick=True)
async def test_a_signed_request_is_served(case: Case, dut: Device) -> None:
    await is_served(dut)


@case(
    "II/signed/gets",
    "Every configuration must be readable with a signature",
    requirement="II/signed",
    clause="II.5",
    capabilities=SIGNED,
)
async def test_every_configuration_can_be_read_with_a_signature(case: Case, dut: Device) -> None:
    for _, get in dut.catalogue.pairs():
        if get.capability is None or dut.profile.has(get.capability):
            found = await dut.must(get.cmdtype)
            reply = await send_signed(dut, get.cmdtype, rightly_signed)
            dut.check(checks.success(reply))
            differences = checks.differences(get.reply, found, reply.message or {})
            dut.demand(
                not differences,
                f"command {get.cmdtype} answers as with a login",
                "; ".join(differences) or "no difference",
            )


# Wrong


@cases(
    Case(
        f"II/signed/{label}",
        f"A signature {signature.title} must be refused",
        requirement="II/signed-wrong",
        clause="II.5",
        capabilities=SIGNED,
        data=signature.sign,
        quick=label == "wrong",
    )
    for label, signature in FORGED.items()
)
async def test_a_wrong_signature_is_refused(case: Case[Sign], dut: Device) -> None:
    await is_refused_when_forged(dut, case.data)


@case(
    "II/signed/beside-a-token",
    "A wrong signature must be refused beside a live token too",
    requirement="II/signed-wrong",
    clause="II.5",
    capabilities=(*SIGNED, "http.login"),
)
async def test_a_wrong_signature_beside_a_token_is_refused(case: Case, dut: Device) -> None:
    """The login mode is for requests without the fields of a signature (II.5)."""
    token = (await dut.http()).token or ""
    reply = await send_signed(dut, 10, altered(Signed="0" * 64), token=token)
    dut.check(checks.refused(dut.catalogue, reply, "R25"))


@case(
    "II/signed/set",
    "A set with a wrong signature must be refused and change nothing",
    Safety.REVERSIBLE,
    requirement="II/signed-wrong",
    clause="II.5",
    capabilities=SIGNED,
    writes=("pair:29",),
)
async def test_a_set_with_a_wrong_signature_changes_nothing(case: Case, dut: Device) -> None:
    before = (await dut.must(30)).get("allow_count")
    message = {"allow_count": 7 if before != 7 else 4}
    for label in ("wrong", "expired", "garbage"):
        dut.check(checks.refused(dut.catalogue, await send_signed(dut, 29, FORGED[label].sign, message), "R25"))
        after = (await dut.must(30)).get("allow_count")
        dut.demand(after == before, f"allow_count {before} as before", f"allow_count {after}")


@case(
    "II/signed/used-before",
    "A signature that is right for one request must be refused for another",
    requirement="II/signed-wrong",
    clause="II.5",
    capabilities=SIGNED,
)
async def test_a_signature_is_good_for_its_own_content(case: Case, dut: Device) -> None:
    await is_bound_to_its_content(dut)


@case(
    "II/signed/other-path",
    "A signature of the other printed path must be refused",
    requirement="II/signed-wrong",
    clause="II.5",
    capabilities=SIGNED,
)
async def test_a_signature_is_good_for_its_own_path(case: Case, dut: Device) -> None:
    await is_bound_to_its_path(dut)


# Left open


_OPEN: Mapping[str, Signature] = {
    "upper-case": Signature("in upper-case hexadecimal", altered(Signed=str.upper)),
    "no-algorithm": Signature("without its algorithm", altered(Algorithm=None)),
    "no-expiry": Signature("without its expiry", altered(ExpiredTime=None)),
    "no-key": Signature("without its key", altered(AppKey=None)),
    "far-future": Signature("that is good for ten years", lambda s, m, u, d: s.headers(m, u, d, due(86_400 * 3650))),
}


@cases(
    Case(
        f"II/signed/{label}",
        f"A signature {signature.title} may be served or refused",
        requirement="II/signed-open",
        clause="II.5",
        capabilities=SIGNED,
        data=signature,
    )
    for label, signature in _OPEN.items()
)
async def test_a_signature_that_is_left_open_is_observed(case: Case[Signature], dut: Device) -> None:
    reply = await send_signed(dut, 10, case.data.sign)
    dut.judgement.observe("R101", f"a signature {case.data.title}: {reply.retcode}")
    dut.demand(reply.retcode in dut.catalogue.return_codes, "a documented code", checks.describe(reply))


@case(
    "II/signed/replayed",
    "A replayed signature may be served or refused",
    requirement="II/signed-open",
    clause="II.5",
    capabilities=SIGNED,
)
async def test_a_replayed_signature_is_observed(case: Case, dut: Device) -> None:
    client = dut.plain_http()
    content = content_of(10)
    headers = signed_headers(dut, client.path, content)
    codes = await codes_of(client, client.path, (content, headers), (content, headers))
    dut.judgement.observe("R101", f"a replayed signature: {codes[1]}")
    dut.demand(codes[0] == 0, "the first request is served", f"retcode {codes[0]!r}")
