"""How a password is sent: encrypted with the device's public key, or in clear text (Appendix III, R62, R63)."""

from __future__ import annotations

import base64
from typing import Final, Protocol

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from conformance.client.errors import CipherError

__all__ = ["Cipher", "PasswordCipher", "clear_text"]

_PADDING_BYTES: Final = 11  # RFC 8017, 7.2.1


class PasswordCipher(Protocol):
    """Turns a password into the string that is sent."""

    def encrypt(self, password: str) -> str:
        """The string to send for `password`."""
        ...


class Cipher:
    """RSA with PKCS#1 v1.5 padding, then base64.

    `pem` is the device's public key. Raises CipherError if it is not a public key, or not one of RSA.
    """

    def __init__(self, pem: str | bytes) -> None:
        try:
            key = load_pem_public_key(pem.encode("ascii") if isinstance(pem, str) else pem)
        except (ValueError, UnsupportedAlgorithm):
            raise CipherError(
                "a public key in PEM was expected (-----BEGIN PUBLIC KEY-----), found other text"
            ) from None
        if not isinstance(key, RSAPublicKey):
            raise CipherError(f"an RSA public key was expected, found a key of type {type(key).__name__}")
        self._key = key

    @property
    def max_password_bytes(self) -> int:
        """The longest password in bytes of UTF-8 that fits the key."""
        return (self._key.key_size + 7) // 8 - _PADDING_BYTES

    def encrypt(self, password: str) -> str:
        """base64(RSA(password)); another ciphertext each time. Raises CipherError for one too long for the key."""
        try:
            clear = password.encode("utf-8")
        except UnicodeEncodeError:
            raise CipherError("a password of UTF-8 text was expected, found half of a surrogate pair") from None
        if len(clear) > self.max_password_bytes:
            raise CipherError(
                f"a password of at most {self.max_password_bytes} bytes fits a key of {self._key.key_size} bits, "
                f"found one of {len(clear)}"
            )
        return base64.b64encode(self._key.encrypt(clear, PKCS1v15())).decode("ascii")


class _ClearText:
    """The password in clear text, for devices without a known key (R62 tolerates it)."""

    def encrypt(self, password: str) -> str:
        return password


clear_text: Final[PasswordCipher] = _ClearText()
"""Sends passwords in clear text."""
