"""A mail server for the mail test (525) and the mails of alarms: it keeps mails, asks for a login, refuses, delays."""

from __future__ import annotations

import asyncio
import logging
import warnings
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from conformance.catalogue.json_types import Json, JsonObject
from conformance.dut.device import Device

if TYPE_CHECKING:
    from aiosmtpd.smtp import SMTP, Envelope, Session

__all__ = [
    "PASSWORD",
    "RECIPIENTS",
    "SENDER",
    "SUBJECT",
    "USER",
    "WAIT_S",
    "MailServer",
    "all_reached",
    "mail_account",
    "mail_server",
]

WAIT_S = 20.0
"""Seconds within which a mail has to arrive."""
SENDER = "camera@example.com"
SUBJECT = "thermoproof"
RECIPIENTS = ["first@example.com", "second@example.com"]
USER, PASSWORD = "mail-user", "mail-pass-4711"


@dataclass
class MailServer:
    """A mail server that keeps what it receives, and waits `held_s` seconds before it confirms a mail.

    `confirmed_at` is the time of the event loop at which it confirmed the last one. The first recipient sets `came`.
    """

    port: int = 0
    refuses: bool = False
    held_s: float = 0.0
    confirmed_at: float = 0.0
    mails: list[Envelope] = field(default_factory=list)
    logins: list[tuple[bytes, bytes]] = field(default_factory=list)
    came: asyncio.Event = field(default_factory=asyncio.Event)
    _unread: asyncio.Queue[Envelope] = field(default_factory=asyncio.Queue)

    async def handle_RCPT(  # noqa: N802 - the library's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Accept a recipient, or refuse every one."""
        self.came.set()
        if self.refuses:
            return "550 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - the library's name
        """Keep a mail, and confirm it."""
        await asyncio.sleep(self.held_s)
        self.mails.append(envelope)
        self._unread.put_nowait(envelope)
        self.confirmed_at = asyncio.get_running_loop().time()
        return "250 OK"

    async def next_mail(self, seconds: float) -> Envelope | None:
        """The next mail that was not returned before; None where none comes within `seconds` of the host's time."""
        try:
            return await asyncio.wait_for(self._unread.get(), seconds)
        except TimeoutError:
            return None

    @property
    def recipients(self) -> list[str]:
        """To whom the mails went, be it one mail to all or one to each."""
        return sorted(address for mail in self.mails for address in mail.rcpt_tos)


def _smtp(server: MailServer, login: bool) -> Callable[[], SMTP]:
    """Makes the protocol of a connection; with `login` it accepts USER with PASSWORD alone."""
    from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

    def known(smtp: SMTP, session: Session, envelope: Envelope, mechanism: str, data: object) -> AuthResult:
        pair = (data.login, data.password) if isinstance(data, LoginPassword) else (b"", b"")
        server.logins.append(pair)
        return AuthResult(success=pair == (USER.encode(), PASSWORD.encode()), handled=False)

    if not login:
        return lambda: SMTP(server, hostname="mail.example.com")

    # The library warns about a field that it sets itself.
    logging.getLogger("mail.log").setLevel(logging.ERROR)

    def guarded() -> SMTP:
        with warnings.catch_warnings():
            # The login is without encryption, as the document has it; the library warns about that.
            warnings.simplefilter("ignore")
            return SMTP(
                server, hostname="mail.example.com", authenticator=known, auth_required=True, auth_require_tls=False
            )

    return guarded


@asynccontextmanager
async def mail_server(
    dut: Device, *, login: bool = False, refuses: bool = False, held_s: float = 0.0
) -> AsyncIterator[MailServer]:
    """A mail server on this host, at the address by which the device reaches it; with `login` it demands one."""
    server = MailServer(refuses=refuses, held_s=held_s)
    host = dut.profile["smtp_host"]
    bind = host if host.startswith("127.") else None
    listener = await asyncio.get_running_loop().create_server(_smtp(server, login), bind, 0)
    server.port = listener.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        listener.close()
        await listener.wait_closed()


def mail_account(dut: Device, port: int, **more: Json) -> JsonObject:
    """The settings of command 31 that send mails to a server at `port`, with `more` of them."""
    return {
        "smtp_server": dut.profile["smtp_host"],
        "smtp_port": port,
        "encry_type": 0,
        "is_anon": 1,
        "from": SENDER,
        "subject": SUBJECT,
        "mailto": RECIPIENTS,
        **more,
    }


async def all_reached(server: MailServer) -> bool:
    """Whether a mail for every recipient comes within WAIT_S."""
    deadline = asyncio.get_running_loop().time() + WAIT_S
    while asyncio.get_running_loop().time() < deadline:
        if set(RECIPIENTS) <= set(server.recipients):
            return True
        await asyncio.sleep(0.1)
    return False
