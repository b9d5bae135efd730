"""What both clients of commands do, whatever carries the messages: log in, keep the token, log out, close."""

from __future__ import annotations

from abc import ABC, abstractmethod
from types import TracebackType
from typing import TYPE_CHECKING, Self

from conformance.catalogue.json_types import JsonMapping
from conformance.client.codec import Reply
from conformance.client.selfcheck import check_request
from conformance.client.session import EMPTY, LOGIN, LOGOUT, TOKENLESS, Message, Session
from conformance.client.settings import ClientSettings
from conformance.client.transcript import Transcript

if TYPE_CHECKING:
    from conformance.client.cipher import PasswordCipher

__all__ = ["AccountClient"]


class AccountClient(ABC):
    """A client with a session: an async context manager that closes itself.

    `session` holds the token and the requests that wait; `user` is the account that logged in last; `sizes` are the
    device's image sizes in pixels, for the check of our own requests.
    """

    def __init__(self, *, transcript: Transcript, settings: ClientSettings, name: str) -> None:
        self.name = name
        self.user = ""
        self.transcript = transcript
        self.catalogue = settings.catalogue
        self.sizes = settings.sizes
        self.limits = settings.limits
        self.reply_timeout = settings.reply_timeout
        tokenless = TOKENLESS
        if self.catalogue is not None:  # the catalogue knows better (R09)
            tokenless = frozenset(each.cmdtype for each in self.catalogue.commands.values() if not each.token)
        self.session = Session(tokenless=tokenless)

    @abstractmethod
    async def request(
        self,
        cmdtype: int,
        message: Message = EMPTY,
        *,
        timeout: float | None = None,
        extra: JsonMapping | None = None,
    ) -> Reply:
        """Sends a command and returns its reply."""

    @abstractmethod
    async def close(self) -> None:
        """Closes the connection."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    @property
    def token(self) -> str | None:
        """The token that requests carry. Setting it also keeps it out of the transcript."""
        return self.session.token

    @token.setter
    def token(self, value: str | None) -> None:
        if value is not None:
            self.transcript.hide(value)
        self.session.token = value

    async def login(
        self,
        user: str,
        password: str,
        cipher: PasswordCipher,
        *,
        timeout: float | None = None,
        extra: JsonMapping | None = None,
    ) -> Reply:
        """Logs in (IV.501) and keeps the token if that succeeds. A refusal is a reply too. Raises as `request`."""
        ciphertext = cipher.encrypt(password)
        for secret in (password, ciphertext):
            # A password that equals the user's name stays hidden under its key only: the name appears everywhere.
            if secret != user:
                self.transcript.hide(secret)
        reply = await self.request(LOGIN, {"username": user, "password": ciphertext}, timeout=timeout, extra=extra)
        token = (reply.message or {}).get("token")
        if reply.ok and isinstance(token, str) and token:
            self.transcript.hide(token)
            self.session.logged_in(token, reply.received)
            self.user = user
        return reply

    async def logout(self, user: str, *, timeout: float | None = None) -> Reply:
        """Logs out (IV.502) and forgets the token if that succeeds. Raises as `request`."""
        reply = await self.request(LOGOUT, {"username": user}, timeout=timeout)
        if reply.ok:
            self.session.logged_out()
        return reply

    def _check_own(self, frame: JsonMapping, *, signed: bool = False) -> None:
        """Checks a request of ours against the catalogue. Raises LocalMessageError."""
        if self.catalogue is not None:
            check_request(self.catalogue, frame, self.sizes, signed=signed)
