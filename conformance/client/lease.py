"""The time for which a token lives without heartbeats."""

from __future__ import annotations

from conformance.client.errors import LocalError

__all__ = ["Lease"]


class Lease:
    """How long a token lives without heartbeats (II.5, reading R11). The caller gives all times, in seconds."""

    def __init__(self, keep_alive_s: float = 120.0) -> None:
        if not keep_alive_s > 0:
            raise LocalError(f"a keep-alive time above 0 s was expected, found {keep_alive_s}")
        self.keep_alive_s = keep_alive_s
        self.last_heartbeat: float | None = None

    @property
    def expires_at(self) -> float | None:
        """When the token expires unless a heartbeat comes before; None without a token."""
        return None if self.last_heartbeat is None else self.last_heartbeat + self.keep_alive_s

    def start(self, at: float) -> None:
        """Begins a new lease with a login at `at`."""
        self.last_heartbeat = at

    def end(self) -> None:
        """Ends the lease: there is no token any more."""
        self.last_heartbeat = None

    def renew(self, at: float) -> bool:
        """Renews the lease by a heartbeat at `at`. A lease that has ended stays ended; then the result is False."""
        if not self.alive(at):
            return False
        self.last_heartbeat = at
        return True

    def alive(self, at: float) -> bool:
        """Whether the token should still be valid at `at`."""
        return self.remaining(at) > 0

    def remaining(self, at: float) -> float:
        """Seconds left at `at`, never below 0."""
        return 0.0 if self.expires_at is None else max(0.0, self.expires_at - at)
