"""The way to the device: its address, accounts, keys and limits. Every connection of a run is opened here."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

from conformance.catalogue.model import Catalogue
from conformance.client import (
    Cipher,
    ClientSettings,
    ControlClient,
    HttpClient,
    Limits,
    PasswordCipher,
    Reply,
    Transcript,
    clear_text,
)
from conformance.dut.facts import DeviceFacts
from conformance.dut.target import Target
from conformance.rules.profile import Profile

__all__ = ["Link"]

_CONNECT_S = 5.0
"""A connection may take at least this long, however quickly the profile wants replies."""


@dataclass(frozen=True)
class Link:
    """How to reach the device. `transcript` records what goes over every connection that is opened here."""

    catalogue: Catalogue
    profile: Profile
    target: Target
    transcript: Transcript
    facts: DeviceFacts

    @cached_property
    def cipher(self) -> PasswordCipher:
        """Encrypts passwords with the device's public key; without a key they are sent in clear text (R62)."""
        return Cipher(self.profile["public_key"]) if self.profile["public_key"] else clear_text

    @property
    def settings(self) -> ClientSettings:
        """What every client of this device has in common, with what is known of the device by now."""
        return ClientSettings(
            catalogue=self.catalogue,
            sizes=self.facts.sizes,
            limits=Limits(max_bytes=self.profile["max_message_bytes"]),
            connect_timeout=max(_CONNECT_S, self.profile["reply_timeout_s"]),
            reply_timeout=self.profile["reply_timeout_s"],
        )

    @property
    def http_path(self) -> str:
        """The path of HTTP commands: the profile's, or the one found out where the profile says `auto`."""
        path: str = self.profile["http_path"]
        return path if path != "auto" else self.facts.usual_http_path

    async def connect(self, name: str = "control") -> ControlClient:
        """A fresh control connection, not logged in. Raises LinkError."""
        return await ControlClient.connect(
            self.target.host,
            self.target.control_port,
            transcript=self.transcript,
            settings=self.settings,
            path=self.profile["control_path"],
            name=name,
        )

    def http(self, path: str | None = None) -> HttpClient:
        """A fresh HTTP client, not logged in."""
        return HttpClient(
            self.target.host,
            self.target.http_port,
            transcript=self.transcript,
            settings=self.settings,
            path=path or self.http_path,
        )

    async def login(self, client: ControlClient | HttpClient, *, second: bool = False, own: bool = False) -> Reply:
        """Log `client` in with the administrator's account, or with the second one.

        On a device where another login of an account ends the first (R12), every session but the run's `own` takes the
        second account, where the profile names one.
        """
        second = second or (self.facts.forces_out and not own and bool(self.profile["second_user"]))
        who = "second" if second else "admin"
        user, password = self.profile[f"{who}_user"], self.profile[f"{who}_password"]
        if not second and not password and self.profile["admin_ciphertext"]:
            return await client.login(user, self.profile["admin_ciphertext"], clear_text)
        return await client.login(user, password, self.cipher)

    def with_profile(self, profile: Profile) -> Link:
        """The same way with another profile: the one in which every question is answered."""
        return replace(self, profile=profile)

    def with_own_transcript(self) -> Link:
        """The same way with a transcript of its own, which hides the same secrets."""
        return replace(self, transcript=Transcript(secrets_of=self.transcript))
