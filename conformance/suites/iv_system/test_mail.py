"""Command 525: a test mail goes to the server and the recipients that command 31 has set, and a device that waits for
the delivery before it answers reports whether the mail was delivered.
"""

from __future__ import annotations

import asyncio
import email
import email.policy
import logging
import warnings
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from conformance import checks
from conformance.catalogue import Safety
from conformance.catalogue.json_types import JsonObject
from conformance.client import Reply
from conformance.dut.device import Device
from conformance.rules.case import Case, case, cases
from conformance.rules.verdict import CaseInconclusive
from conformance.steps.capabilities import capabilities_of
from conformance.steps.needs import Needs

_SAFE = Safety.REVERSIBLE
_WAIT_S = 20.0
_HELD_S = 1.5
_SENDER = "camera@example.com"
_SUBJECT = "thermoproof"
_RECIPIENTS = ["first@example.com", "second@example.com"]
_USER, _PASSWORD = "mail-user", "mail-pass-4711"
_MAIL: Needs = {
    "capabilities": capabilities_of(525),
    "writes": ("pair:31",),
}


@case(
    "IV.525/mail",
    "A mail test must be answered",
    _SAFE,
    requirement="IV.525/answered",
    capabilities=capabilities_of(525),
    quick=True,
)
async def test_a_mail_test_is_answered(case: Case, dut: Device) -> None:
    reply = await dut.ask(525, {})
    known = {code for code, row in dut.catalogue.return_codes.items() if row.documented}
    dut.demand(reply.retcode in known, "a documented code (R176)", checks.describe(reply))


# The server of a case


@dataclass
class _Server:
    """A mail server that keeps what it receives, and waits `held_s` seconds before it confirms a mail."""

    port: int = 0
    refuses: bool = False
    held_s: float = 0.0
    taken_at: float = 0.0
    mails: list[Any] = field(default_factory=list)
    logins: list[tuple[bytes, bytes]] = field(default_factory=list)
    came: asyncio.Event = field(default_factory=asyncio.Event)

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802 - the library's name
        self.came.set()
        if self.refuses:
            return "550 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - the library's name
        await asyncio.sleep(self.held_s)
        self.mails.append(envelope)
        self.taken_at = asyncio.get_running_loop().time()
        return "250 OK"

    @property
    def recipients(self) -> list[str]:
        """To whom the mails went, be it one mail to all or one to each."""
        return sorted(address for mail in self.mails for address in mail.rcpt_tos)


def _smtp(server: _Server, login: bool) -> Callable[[], Any]:
    from aiosmtpd.smtp import SMTP, AuthResult

    def known(smtp: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> Any:
        pair = (bytes(data.login or b""), bytes(data.password or b""))
        server.logins.append(pair)
        return AuthResult(success=pair == (_USER.encode(), _PASSWORD.encode()), handled=False)

    if not login:
        return lambda: SMTP(server, hostname="mail.example.com")

    # The library warns about a field that it sets itself.
    logging.getLogger("mail.log").setLevel(logging.ERROR)

    def guarded() -> Any:
        with warnings.catch_warnings():
            # The login is without encryption, as the document has it; the library warns about that.
            warnings.simplefilter("ignore")
            return SMTP(
                server, hostname="mail.example.com", authenticator=known, auth_required=True, auth_require_tls=False
            )

    return guarded


@asynccontextmanager
async def _listening(dut: Device, *, login: bool = False, **facts: Any) -> AsyncIterator[_Server]:
    """A mail server on this machine, at the address by which the device reaches it."""
    server = _Server(**facts)
    host = dut.profile["smtp_host"]
    bind = host if host.startswith("127.") else None
    door = await asyncio.get_running_loop().create_server(_smtp(server, login), bind, 0)
    server.port = door.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        door.close()
        await door.wait_closed()


def _account(dut: Device, port: int, **more: Any) -> JsonObject:
    return {
        "smtp_server": dut.profile["smtp_host"],
        "smtp_port": port,
        "encry_type": 0,
        "is_anon": 1,
        "from": _SENDER,
        "subject": _SUBJECT,
        "mailto": _RECIPIENTS,
        **more,
    }


async def _arrived(server: _Server) -> bool:
    """Whether every recipient is reached within the time that a mail may take."""
    deadline = asyncio.get_running_loop().time() + _WAIT_S
    while asyncio.get_running_loop().time() < deadline:
        if set(_RECIPIENTS) <= set(server.recipients):
            return True
        await asyncio.sleep(0.1)
    return False


# Delivered


@case(
    "IV.525/delivered",
    "A mail test must deliver a mail to the server that command 31 has set",
    _SAFE,
    parameters=("smtp_host",),
    waits_s=_WAIT_S,
    **_MAIL,
)
async def test_a_mail_test_delivers_a_mail(case: Case, dut: Device) -> None:
    async with _listening(dut) as server:
        await dut.must(31, _account(dut, server.port), legal=False)
        await dut.succeeds(525, {})
        await _arrived(server)
        dut.demand(bool(server.mails), f"a mail within {_WAIT_S:g} s", f"{len(server.mails)}")
        dut.demand(server.recipients == sorted(_RECIPIENTS), f"to {_RECIPIENTS}", f"to {server.recipients}")
        for mail in server.mails:
            dut.demand(mail.mail_from == _SENDER, f"from {_SENDER}", f"from {mail.mail_from}")
            subject = str(email.message_from_bytes(bytes(mail.content), policy=email.policy.default)["subject"])
            dut.demand(_SUBJECT in subject, f"the subject {_SUBJECT!r}", f"{subject!r}")


@case(
    "IV.525/login",
    "The device must log in at the mail server if the account is not anonymous",
    Safety.DESTRUCTIVE,
    parameters=("smtp_host",),
    waits_s=_WAIT_S,
    **_MAIL,
)
async def test_the_device_logs_in_at_the_mail_server(case: Case, dut: Device) -> None:
    async with _listening(dut, login=True) as server:
        secret = {"username": _USER, "password": dut.link.cipher.encrypt(_PASSWORD), "is_anon": 0}
        await dut.must(31, _account(dut, server.port, **secret), legal=False)
        await dut.ask(525, {})
        came = await _arrived(server)
        seen = "it logged in with another account" if server.logins else "it did not log in"
        dut.demand(came, f"a mail within {_WAIT_S:g} s, after a login with username and password of 31", seen)


# Not delivered


@cases(
    Case(
        f"IV.525/{label}",
        title,
        _SAFE,
        requirement="IV.525/truth",
        data=label,
        parameters=("smtp_host",),
        waits_s=_WAIT_S,
        **_MAIL,
    )
    for label, title in (
        ("unreachable", "A mail test must not succeed if no mail server is there"),
        ("refused", "A mail test must not succeed if the mail server refuses the mail"),
    )
)
async def test_a_mail_that_was_not_delivered_is_no_success(case: Case[str], dut: Device) -> None:
    if not await _waits_for_delivery(dut):
        # It is not said whether a test waits for its mail; an answer at once only means that the mail is on its way.
        dut.judgement.observe("525", "answers before the mail is delivered")
        dut.demand(True, "the outcome, if the answer waits for the delivery", "it does not wait")
        return
    async with _listening(dut, refuses=True) as server:
        await dut.must(31, _account(dut, server.port), legal=False)
        reply = await dut.ask(525, {}) if case.data == "refused" else None
        if reply is not None and not server.came.is_set():
            raise CaseInconclusive("the device did not connect to the mail server")
    _says_failed(dut, reply or await dut.ask(525, {}))


def _says_failed(dut: Device, reply: Reply) -> None:
    known = {code for code, row in dut.catalogue.return_codes.items() if row.documented and code != 0}
    dut.demand(reply.retcode in known, "a documented code other than 0", checks.describe(reply))


async def _waits_for_delivery(dut: Device) -> bool:
    """Whether the answer to 525 comes after the server has confirmed the mail."""
    async with _listening(dut, held_s=_HELD_S) as server:
        await dut.must(31, _account(dut, server.port), legal=False)
        await dut.succeeds(525, {})
        answered_at = asyncio.get_running_loop().time()
        await _arrived(server)
        return bool(server.mails) and answered_at >= server.taken_at
