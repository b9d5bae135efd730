"""Command 525: a test mail goes to the server and the recipients that command 31 has set, and a device that waits for
the delivery before it answers reports whether the mail was delivered.
"""

from __future__ import annotations

import asyncio
import email
import email.policy

from conformance import checks
from conformance.catalogue import Safety
from conformance.client import Reply
from conformance.dut.device import Device
from conformance.rules.case import Case, case, cases
from conformance.rules.verdict import CaseInconclusive
from conformance.steps.capabilities import capabilities_of
from conformance.steps.mail_server import (
    PASSWORD,
    RECIPIENTS,
    SENDER,
    SUBJECT,
    USER,
    WAIT_S,
    all_reached,
    mail_account,
    mail_server,
)
from conformance.steps.needs import Needs

_SAFE = Safety.REVERSIBLE
_HELD_S = 1.5
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


# Delivered


@case(
    "IV.525/delivered",
    "A mail test must deliver a mail to the server that command 31 has set",
    _SAFE,
    parameters=("smtp_host",),
    waits_s=WAIT_S,
    **_MAIL,
)
async def test_a_mail_test_delivers_a_mail(case: Case, dut: Device) -> None:
    async with mail_server(dut) as server:
        await dut.must(31, mail_account(dut, server.port), legal=False)
        await dut.succeeds(525, {})
        await all_reached(server)
        dut.demand(bool(server.mails), f"a mail within {WAIT_S:g} s", f"{len(server.mails)} mails")
        dut.demand(server.recipients == sorted(RECIPIENTS), f"to {RECIPIENTS}", f"to {server.recipients}")
        for mail in server.mails:
            dut.demand(mail.mail_from == SENDER, f"from {SENDER}", f"from {mail.mail_from}")
            content = mail.content or b""
            raw = content.encode() if isinstance(content, str) else content
            subject = str(email.message_from_bytes(raw, policy=email.policy.default)["subject"])
            dut.demand(SUBJECT in subject, f"the subject {SUBJECT!r}", f"{subject!r}")


@case(
    "IV.525/login",
    "The device must log in at the mail server if the account is not anonymous",
    Safety.DESTRUCTIVE,
    parameters=("smtp_host",),
    waits_s=WAIT_S,
    **_MAIL,
)
async def test_the_device_logs_in_at_the_mail_server(case: Case, dut: Device) -> None:
    async with mail_server(dut, login=True) as server:
        secret = {"username": USER, "password": dut.link.cipher.encrypt(PASSWORD), "is_anon": 0}
        await dut.must(31, mail_account(dut, server.port, **secret), legal=False)
        await dut.ask(525, {})
        came = await all_reached(server)
        seen = "it logged in with another account" if server.logins else "it did not log in"
        dut.demand(came, f"a mail within {WAIT_S:g} s, after a login with username and password of 31", seen)


# Not delivered


@cases(
    Case(
        f"IV.525/{label}",
        title,
        _SAFE,
        requirement="IV.525/truth",
        data=label,
        parameters=("smtp_host",),
        waits_s=WAIT_S,
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
    async with mail_server(dut, refuses=True) as server:
        await dut.must(31, mail_account(dut, server.port), legal=False)
        reply = await dut.ask(525, {}) if case.data == "refused" else None
        if reply is not None and not server.came.is_set():
            raise CaseInconclusive("the device did not connect to the mail server")
    _says_failed(dut, reply or await dut.ask(525, {}))


def _says_failed(dut: Device, reply: Reply) -> None:
    known = {code for code, row in dut.catalogue.return_codes.items() if row.documented and code != 0}
    dut.demand(reply.retcode in known, "a documented code other than 0", checks.describe(reply))


async def _waits_for_delivery(dut: Device) -> bool:
    """Whether the answer to 525 comes after the server has confirmed the mail."""
    async with mail_server(dut, held_s=_HELD_S) as server:
        await dut.must(31, mail_account(dut, server.port), legal=False)
        await dut.succeeds(525, {})
        answered_at = asyncio.get_running_loop().time()
        await all_reached(server)
        return bool(server.mails) and answered_at >= server.confirmed_at
