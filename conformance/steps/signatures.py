"""Requests over HTTP that carry a signature instead of a login (II.5, R101): right ones, forged ones, and how both are
sent.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from conformance import checks
from conformance.catalogue.json_types import Json, JsonMapping
from conformance.client import OMIT, HttpClient, Reply, Signer, decode
from conformance.client.session import TokenChoice
from conformance.dut.device import Device
from conformance.rules.verdict import CaseNotApplicable

__all__ = [
    "FORGED",
    "SIGNED",
    "Sign",
    "Signature",
    "altered",
    "codes_of",
    "content_of",
    "due",
    "is_bound_to_its_content",
    "is_bound_to_its_path",
    "is_refused_when_forged",
    "is_served",
    "rightly_signed",
    "send_signed",
    "signed_headers",
]

SIGNED = ("http.signed",)
"""The capability that such cases need."""

_PRINTED, _OTHER = "/api/v1/msg", "/getmsginfo"
_JSON = {"Content-Type": "application/json"}

Sign = Callable[[Signer, str, str, bytes], Mapping[str, str]]
"""Makes the headers of a signature from the signer, the method, the path and the content."""


class Signature(NamedTuple):
    """A way to sign, and words that complete "a signature"."""

    title: str
    sign: Sign


def due(seconds: float = 300) -> int:
    """The expiry of a signature that is good for that many seconds of this host's time."""
    return int(time.time() + seconds)


def rightly_signed(signer: Signer, method: str, uri: str, content: bytes) -> Mapping[str, str]:
    """The headers of a right signature that is good for five minutes."""
    return signer.headers(method, uri, content, due())


def altered(**changes: str | Callable[[str], str] | None) -> Sign:
    """A right signature with some headers changed, by a value or by a function of the right one, or (None) left out."""

    def sign(signer: Signer, method: str, uri: str, content: bytes) -> Mapping[str, str]:
        headers = dict(rightly_signed(signer, method, uri, content))
        for name, value in changes.items():
            right = headers.pop(name)
            if value is not None:
                headers[name] = value(right) if callable(value) else value
        return headers

    return sign


def _other_digit(character: str) -> str:
    return "1" if character != "1" else "2"


def _under_another_name(signer: Signer, method: str, uri: str, content: bytes) -> Mapping[str, str]:
    """The hash is SHA-256 and the algorithm says MD5, which R101 does not allow."""
    headers = dict(rightly_signed(signer, method, uri, content))
    key, expires = headers["AppKey"], headers["ExpiredTime"]
    inner = hashlib.sha256(content).hexdigest()
    text = f"{method}\n{uri}\n{expires}\n{key}\nMD5\n{inner}"
    return {**headers, "Algorithm": "MD5", "Signed": hashlib.sha256(text.encode()).hexdigest()}


FORGED: Final[Mapping[str, Signature]] = {
    "wrong": Signature("of another content", lambda s, method, uri, data: s.headers(method, uri, data + b" ", due())),
    "no-content": Signature("of no content", lambda s, method, uri, data: s.headers(method, uri, b"", due())),
    "method": Signature("of another method", lambda s, method, uri, data: s.headers("GET", uri, data, due())),
    "uri": Signature("of another path", lambda s, method, uri, data: s.headers(method, "/other", data, due())),
    "expired": Signature(
        "that has expired", lambda s, method, uri, data: s.headers(method, uri, data, due(-86_400 * 400))
    ),
    "expired-lately": Signature(
        "that expired two days ago", lambda s, method, uri, data: s.headers(method, uri, data, due(-86_400 * 2))
    ),
    "postponed": Signature("whose expiry was changed", altered(ExpiredTime=str(due(86_400)))),
    "other-key": Signature("of another key", altered(AppKey="somebody-else")),
    "other-algorithm": Signature("of another algorithm", altered(Algorithm="SHA1")),
    "other-algorithm-signed": Signature(
        "that names another algorithm and is rightly signed with that name", _under_another_name
    ),
    "first-changed": Signature(
        "whose first digit is wrong", altered(Signed=lambda right: _other_digit(right[0]) + right[1:])
    ),
    "last-changed": Signature(
        "whose last digit is wrong", altered(Signed=lambda right: right[:-1] + _other_digit(right[-1]))
    ),
    "half": Signature("whose second half is wrong", altered(Signed=lambda right: right[:32] + right[31::-1])),
    "shortened": Signature("without its last digit", altered(Signed=lambda right: right[:-1])),
    "lengthened": Signature("with a digit too many", altered(Signed=lambda right: right + "0")),
    "garbage": Signature("of zeros", altered(Signed="0" * 64)),
    "empty": Signature("that is empty", altered(Signed="")),
}
"""By label: signatures that no device may accept."""


async def send_signed(
    dut: Device, number: int, sign: Sign, message: JsonMapping | None = None, token: TokenChoice = OMIT
) -> Reply:
    """The reply to a command over HTTP that is signed by `sign`."""
    signer = Signer(dut.profile["app_key"])

    def headers(method: str, uri: str, content: bytes) -> Mapping[str, str]:
        return sign(signer, method, uri, content)

    return await dut.ask(number, message, client=dut.plain_http(), token=token, sign=headers, legal=False)


def content_of(number: int) -> bytes:
    """The body of a request of that command without a token."""
    return json.dumps({"action": "request", "cmdtype": number, "sequence": 1, "message": {}}).encode()


def signed_headers(dut: Device, path: str, content: bytes) -> dict[str, str]:
    """The headers of a request whose signature is right for this path and content."""
    return {**_JSON, **rightly_signed(Signer(dut.profile["app_key"]), "POST", path, content)}


async def codes_of(client: HttpClient, path: str, *requests: tuple[bytes, Mapping[str, str]]) -> list[Json]:
    """The return code that answers each request of a content and its headers, or else the status of HTTP."""
    codes = []
    for content, headers in requests:
        answer = await client.raw("POST", path, content=content, headers=headers)
        codes.append(decode(answer.body).get("retcode") if answer.status == 200 else answer.status)
    return codes


async def is_served(dut: Device) -> None:
    """Judge that signed requests are served without a login."""
    for number in (10, 505):
        reply = await send_signed(dut, number, rightly_signed)
        dut.check(checks.success(reply))
        dut.conforms(dut.catalogue.commands[number], reply)
    dut.judgement.observe("R101", "no secret enters the signature: anybody can compute it")


async def is_refused_when_forged(dut: Device, sign: Sign) -> None:
    """Judge that a request with a forged signature is refused."""
    dut.check(checks.refused(dut.catalogue, await send_signed(dut, 10, sign), "R25"))


async def is_bound_to_its_content(dut: Device) -> None:
    """Judge that the signature of one request is refused for another."""
    client = dut.plain_http()
    first, other = content_of(10), content_of(505)
    headers = signed_headers(dut, client.path, first)
    codes = await codes_of(client, client.path, (first, headers), (other, headers), (other, headers))
    dut.demand(codes[0] == 0, "the first request is served", f"retcode {codes[0]!r}")
    dut.demand(codes[1:] == [10005, 10005], "another content is refused with 10005 (R101)", f"retcodes {codes[1:]}")


async def is_bound_to_its_path(dut: Device) -> None:
    """Judge that a signature of the other printed path is refused at the path that the formula prints.

    Whether requests at the other path sign their own path or the printed one is left open.
    """
    content = content_of(10)
    requests = [(content, signed_headers(dut, path, content)) for path in (_PRINTED, _OTHER)]
    codes = await codes_of(dut.plain_http(_PRINTED), _PRINTED, *requests)
    if codes[0] != 0:
        raise CaseNotApplicable(f"{_PRINTED} serves no signed request")
    dut.demand(
        codes[1] == 10005, "the signature of the other path is refused with 10005 (R101)", f"retcode {codes[1]!r}"
    )
