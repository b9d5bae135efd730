"""A mail server for one case: it keeps the mails that a device sends to it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from conformance.catalogue.json_types import JsonObject
from conformance.dut.device import Device

if TYPE_CHECKING:
    from aiosmtpd.smtp import SMTP, Envelope, Session

__all__ = ["Mailbox", "mailbox"]


class Mailbox:
    """The mails that have come, and the settings of command 31 (`account`) that send them here."""

    def __init__(self) -> None:
        self.mails: asyncio.Queue[Envelope] = asyncio.Queue()
        self.account: JsonObject = {}

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - the library's name
        """Keep one mail."""
        self.mails.put_nowait(envelope)
        return "250 OK"

    async def next(self, seconds: float) -> Envelope | None:
        """The next mail; None where none comes within `seconds` of the host's time."""
        try:
            return await asyncio.wait_for(self.mails.get(), seconds)
        except TimeoutError:
            return None


@contextlib.asynccontextmanager
async def mailbox(dut: Device) -> AsyncIterator[Mailbox]:
    """A mail server on this host, at the address by which the device reaches it."""
    from aiosmtpd.smtp import SMTP

    box, host = Mailbox(), dut.profile["smtp_host"]
    loop = asyncio.get_running_loop()
    bind = host if host.startswith("127.") else None
    server = await loop.create_server(lambda: SMTP(box, hostname="thermoproof"), bind, 0)
    box.account = {
        "smtp_server": host,
        "smtp_port": server.sockets[0].getsockname()[1],
        "encry_type": 0,
        "is_anon": 1,
        "from": "camera@example.com",
        "subject": "thermoproof",
        "mailto": ["first@example.com", "second@example.com"],
    }
    try:
        yield box
    finally:
        server.close()
        await server.wait_closed()
