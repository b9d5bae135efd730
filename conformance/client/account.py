"""What logging in has in common over every transport."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.client.codec import Reply
from conformance.client.session import TOKENLESS
from conformance.client.transcript import Transcript

if TYPE_CHECKING:
    from conformance.catalogue import Catalogue

__all__ = ["hide_password", "token_of", "tokenless_of"]


def tokenless_of(catalogue: Catalogue | None) -> frozenset[int]:
    """The commands that carry no token, by the catalogue where there is one (reading R09)."""
    if catalogue is None:
        return TOKENLESS
    return frozenset(command.cmdtype for command in catalogue.commands.values() if not command.token)


def hide_password(transcript: Transcript, user: str, password: str, ciphertext: str) -> None:
    """Keeps a password out of the transcript; one that equals the user's name is hidden under its key only."""
    for secret in (password, ciphertext):
        if secret != user:
            transcript.hide(secret)


def token_of(reply: Reply) -> str | None:
    """The token a successful login reply carries, if it is a string that is not empty."""
    token = (reply.message or {}).get("token")
    return token if reply.ok and isinstance(token, str) and token else None
