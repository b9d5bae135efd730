"""The signature of a login-free HTTP request (II.5, reading R101). No secret enters it: anyone can compute it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

__all__ = ["Signer"]


@dataclass(frozen=True, slots=True)
class Signer:
    """Signs requests for `app_key`; `algorithm` is the name that is signed and sent, the hash is always SHA-256."""

    app_key: str
    algorithm: str = "SHA256"

    def headers(self, method: str, uri: str, content: bytes, expires: int) -> dict[str, str]:
        """The headers that sign `content`, sent by `method` to `uri`, valid until `expires` (unix seconds).

        The signature is the lower-case hexadecimal SHA-256 of method, uri, expiry, key, algorithm and the SHA-256 of
        the content, joined by line feeds.
        """
        parts = (method, uri, str(expires), self.app_key, self.algorithm, hashlib.sha256(content).hexdigest())
        signature = hashlib.sha256("\n".join(parts).encode("utf-8")).hexdigest()
        return {
            "Signed": signature,
            "ExpiredTime": str(expires),
            "Algorithm": self.algorithm,
            "AppKey": self.app_key,
        }
