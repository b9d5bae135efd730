"""Requests over HTTP that carry a signature instead of a login (II.5, R101)."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Mapping
from typing import Any

from conformance import checks
from conformance.catalogue import Safety
from conformance.client import OMIT, Reply, Signer, decode
from conformance.dut.device import Device
from conformance.rules.case import Case, case, cases
from conformance.rules.verdict import CaseNotApplicable

_SIGNED = ("http.signed",)
_PRINTED, _OTHER = "/api/v1/msg", "/getmsginfo"
_JSON = {"Content-Type": "application/json"}

Sign = Callable[[Signer, str, str, bytes], Mapping[str, str]]


def _due(seconds: float = 300) -> int:
    return int(time.time() + seconds)


def _right(signer: Signer, method: str, uri: str, content: bytes) -> Mapping[str, str]:
    return signer.headers(method, uri, content, _due())


def _with(**changes: Any) -> Sign:
    """A right signature, one of its headers changed or (None) left out."""

    def sign(signer: Signer, method: str, uri: str, content: bytes) -> Mapping[str, str]:
        headers = dict(_right(signer, method, uri, content))
        for name, value in changes.items():
            right = headers.pop(name)
            if value is not None:
                headers[name] = value(right) if callable(value) else value
        return headers

    return sign


async def _signed(dut: Device, number: int, sign: Sign, message: Any = None, token: Any = OMIT) -> Reply:
    signer = Signer(dut.profile["app_key"])

    def headers(method: str, uri: str, content: bytes) -> Mapping[str, str]:
        return sign(signer, method, uri, content)

    return await dut.ask(number, message, client=dut.plain_http(), token=token, sign=headers, legal=False)


def _digit(character: str) -> str:
    """Another hexadecimal digit."""
    return "1" if character != "1" else "2"


# Right


@cases(
    Case(identity, "A signed request is served without a login", clause=clause, capabilities=_SIGNED, quick=True)
    for identity, clause in (("II/signed", "II.5"), ("A5/signed", "A5"))
)
async def test_a_signed_request_is_served(case: Case, dut: Device) -> None:
    for number in (10, 505):
        reply = await _signed(dut, number, _right)
        dut.check(checks.success(reply))
        dut.conforms(dut.catalogue.commands[number], reply)
    dut.judgement.observe("R101", "no secret enters the signature: anybody can compute it")


@case(
    "II/signed/gets",
    "Every configuration can be read with a signature",
    requirement="II/signed",
    clause="II.5",
    capabilities=_SIGNED,
)
async def test_every_configuration_can_be_read_with_a_signature(case: Case, dut: Device) -> None:
    for _, get in dut.catalogue.pairs():
        if get.capability is None or dut.profile.has(get.capability):
            found = await dut.must(get.cmdtype)
            reply = await _signed(dut, get.cmdtype, _right)
            dut.check(checks.success(reply))
            differences = checks.differences(get.reply, found, reply.message or {})
            dut.demand(not differences, f"{get.cmdtype} as with a login", "; ".join(differences) or "the same")


# Wrong


def _named_otherwise(signer: Signer, method: str, uri: str, content: bytes) -> Mapping[str, str]:
    """The hash is SHA-256 and the algorithm says MD5: not what the signature is (R101)."""
    headers = dict(_right(signer, method, uri, content))
    key, expires = headers["AppKey"], headers["ExpiredTime"]
    inner = hashlib.sha256(content).hexdigest()
    text = f"{method}\n{uri}\n{expires}\n{key}\nMD5\n{inner}"
    return {**headers, "Algorithm": "MD5", "Signed": hashlib.sha256(text.encode()).hexdigest()}


_FORGED: dict[str, tuple[str, Sign]] = {
    "wrong": ("of another content", lambda s, method, uri, data: s.headers(method, uri, data + b" ", _due())),
    "no-content": ("of no content", lambda s, method, uri, data: s.headers(method, uri, b"", _due())),
    "method": ("of another method", lambda s, method, uri, data: s.headers("GET", uri, data, _due())),
    "uri": ("of another path", lambda s, method, uri, data: s.headers(method, "/other", data, _due())),
    "expired": ("that has expired", lambda s, method, uri, data: s.headers(method, uri, data, _due(-86_400 * 400))),
    "expired-lately": (
        "that expired two days ago",
        lambda s, method, uri, data: s.headers(method, uri, data, _due(-86_400 * 2)),
    ),
    "postponed": ("whose expiry was changed", _with(ExpiredTime=str(_due(86_400)))),
    "other-key": ("of another key", _with(AppKey="somebody-else")),
    "other-algorithm": ("of another algorithm", _with(Algorithm="SHA1")),
    "other-algorithm-signed": (
        "that names another algorithm, rightly signed with that name",
        lambda s, method, uri, data: _named_otherwise(s, method, uri, data),
    ),
    "first-changed": ("whose first digit is wrong", _with(Signed=lambda right: _digit(right[0]) + right[1:])),
    "last-changed": ("whose last digit is wrong", _with(Signed=lambda right: right[:-1] + _digit(right[-1]))),
    "half": ("whose second half is wrong", _with(Signed=lambda right: right[:32] + right[31::-1])),
    "shortened": ("without its last digit", _with(Signed=lambda right: right[:-1])),
    "lengthened": ("with a digit too many", _with(Signed=lambda right: right + "0")),
    "garbage": ("that is none", _with(Signed="0" * 64)),
    "empty": ("that is empty", _with(Signed="")),
}


_OF_HTTP = ("wrong", "expired", "expired-lately", "half", "garbage", "other-key", "other-algorithm-signed")
"""What is judged under the appendix of HTTP too, whose requests they are."""


@cases(
    Case(
        f"{chapter}/signed/{label}",
        f"A signature {title} is refused",
        requirement=f"{chapter}/signed-wrong",
        clause=clause,
        capabilities=_SIGNED,
        data=sign,
        quick=label == "wrong",
    )
    for chapter, clause, labels in (("II", "II.5", tuple(_FORGED)), ("A5", "A5", _OF_HTTP))
    for label, (title, sign) in _FORGED.items()
    if label in labels
)
async def test_a_wrong_signature_is_refused(case: Case[Any], dut: Device) -> None:
    dut.check(checks.refused(dut.catalogue, await _signed(dut, 10, case.data), "R25"))


@case(
    "II/signed/beside-a-token",
    "A wrong signature is refused beside a live token too",
    requirement="II/signed-wrong",
    clause="II.5",
    capabilities=(*_SIGNED, "http.login"),
)
async def test_a_wrong_signature_beside_a_token_is_refused(case: Case, dut: Device) -> None:
    """The login mode is for requests without the fields of a signature (II.5)."""
    token = (await dut.http()).token
    reply = await _signed(dut, 10, _with(Signed="0" * 64), token=token)
    dut.check(checks.refused(dut.catalogue, reply, "R25"))


@case(
    "II/signed/set",
    "A set with a wrong signature is refused and changes nothing",
    Safety.REVERSIBLE,
    requirement="II/signed-wrong",
    clause="II.5",
    capabilities=_SIGNED,
    writes=("pair:29",),
)
async def test_a_set_with_a_wrong_signature_changes_nothing(case: Case, dut: Device) -> None:
    before = (await dut.must(30)).get("allow_count")
    message = {"allow_count": 7 if before != 7 else 4}
    for label in ("wrong", "expired", "garbage"):
        dut.check(checks.refused(dut.catalogue, await _signed(dut, 29, _FORGED[label][1], message), "R25"))
        after = (await dut.must(30)).get("allow_count")
        dut.demand(after == before, f"allow_count {before} as before", f"allow_count {after}")


_COVERED = ("II", "II.5"), ("A5", "A5")


@cases(
    Case(
        f"{chapter}/signed/used-before",
        "A signature that was right for one request is refused for another",
        requirement=f"{chapter}/signed-wrong",
        clause=clause,
        capabilities=_SIGNED,
    )
    for chapter, clause in _COVERED
)
async def test_a_signature_is_good_for_its_own_content(case: Case, dut: Device) -> None:
    client = dut.plain_http()
    contents = [
        json.dumps({"action": "request", "cmdtype": number, "sequence": 1, "message": {}}).encode()
        for number in (10, 505)
    ]
    headers = {**_JSON, **_right(Signer(dut.profile["app_key"]), "POST", client.path, contents[0])}
    codes = []
    for content in (*contents, contents[1]):
        answer = await client.raw("POST", client.path, content=content, headers=headers)
        codes.append(decode(answer.body).get("retcode") if answer.status == 200 else answer.status)
    dut.demand(codes[0] == 0, "the first is served", f"retcode {codes[0]!r}")
    dut.demand(codes[1:] == [10005, 10005], "another content is refused with 10005 (R101)", f"retcodes {codes[1:]}")


@cases(
    Case(
        f"{chapter}/signed/other-path",
        "A signature of the other printed path is refused",
        requirement=f"{chapter}/signed-wrong",
        clause=clause,
        capabilities=_SIGNED,
    )
    for chapter, clause in _COVERED
)
async def test_a_signature_is_good_for_its_own_path(case: Case, dut: Device) -> None:
    """At the path that the formula prints; whether at the other one its own or the printed one is signed is open."""
    signer, content = (
        Signer(dut.profile["app_key"]),
        json.dumps({"action": "request", "cmdtype": 10, "sequence": 1, "message": {}}).encode(),
    )
    client = dut.plain_http(_PRINTED)
    codes = []
    for uri in (_PRINTED, _OTHER):
        headers = {**_JSON, **_right(signer, "POST", uri, content)}
        answer = await client.raw("POST", _PRINTED, content=content, headers=headers)
        codes.append(decode(answer.body).get("retcode") if answer.status == 200 else answer.status)
    if codes[0] != 0:
        raise CaseNotApplicable(f"{_PRINTED} serves no signed request")
    dut.demand(codes[1] == 10005, "refused with 10005 (R101)", f"retcode {codes[1]!r}")


# Left open


_OPEN: dict[str, tuple[str, Sign]] = {
    "upper-case": ("in upper-case hexadecimal", _with(Signed=str.upper)),
    "no-algorithm": ("without its algorithm", _with(Algorithm=None)),
    "no-expiry": ("without its expiry", _with(ExpiredTime=None)),
    "no-key": ("without its key", _with(AppKey=None)),
    "far-future": ("that is good for ten years", lambda s, m, u, d: s.headers(m, u, d, _due(86_400 * 3650))),
}


@cases(
    Case(
        f"II/signed/{label}",
        f"A signature {title} is served or refused",
        requirement="II/signed-open",
        clause="II.5",
        capabilities=_SIGNED,
        data=(title, sign),
    )
    for label, (title, sign) in _OPEN.items()
)
async def test_a_signature_that_is_left_open_is_observed(case: Case[Any], dut: Device) -> None:
    title, sign = case.data
    reply = await _signed(dut, 10, sign)
    dut.judgement.observe("R101", f"a signature {title}: {reply.retcode}")
    dut.demand(reply.retcode in dut.catalogue.return_codes, "a documented code", checks.describe(reply))


@case(
    "II/signed/replayed",
    "A replayed signature is served or refused",
    requirement="II/signed-open",
    clause="II.5",
    capabilities=_SIGNED,
)
async def test_a_replayed_signature_is_observed(case: Case, dut: Device) -> None:
    client = dut.plain_http()
    content = json.dumps({"action": "request", "cmdtype": 10, "sequence": 1, "message": {}}).encode()
    headers = {**_JSON, **Signer(dut.profile["app_key"]).headers("POST", client.path, content, _due())}
    answers = [await client.raw("POST", client.path, content=content, headers=headers) for _ in range(2)]
    codes = [decode(answer.body).get("retcode") for answer in answers]
    dut.judgement.observe("R101", f"a replayed signature: {codes[1]}")
    dut.demand(codes[0] == 0, "the first is served", f"retcode {codes[0]!r}")
