"""A request that waits for its reply, as something to await."""

from __future__ import annotations

import asyncio
from collections.abc import Generator
from typing import Any, Protocol

from conformance.catalogue.json_types import JsonMapping
from conformance.client.codec import Reply
from conformance.client.errors import ClientError
from conformance.client.session import Pending

__all__ = ["PendingReply", "Waiter"]


class Waiter(Protocol):
    """The connection over which a request was sent."""

    def give_up(self, pending: Pending, timeout: float) -> ClientError:
        """Forgets `pending`, whose time is over, and returns the error to raise."""
        ...

    def abandon(self, pending: Pending) -> None:
        """Forgets `pending`, for which nobody waits any more."""
        ...


class PendingReply:
    """A request that was sent; await it to get its reply. The time limit counts from the moment of sending."""

    def __init__(self, client: Waiter, pending: Pending, timeout: float) -> None:
        loop = asyncio.get_running_loop()
        self.pending = pending
        self._client = client
        self._timeout = timeout
        self._deadline = loop.time() + timeout
        self._future: asyncio.Future[Reply] = loop.create_future()
        # Nobody need await a reply, and asyncio would complain about an error that nobody has looked at.
        self._future.add_done_callback(lambda done: done.cancelled() or done.exception())

    @property
    def sequence(self) -> int:
        """The sequence number of the request."""
        return self.pending.sequence

    @property
    def frame(self) -> JsonMapping:
        """The request as it was sent."""
        return self.pending.frame

    @property
    def done(self) -> bool:
        """Whether the reply, or the error in its place, has come."""
        return self._future.done()

    def __await__(self) -> Generator[Any, None, Reply]:
        return self._reply().__await__()

    async def _reply(self) -> Reply:
        try:
            async with asyncio.timeout_at(self._deadline):
                return await asyncio.shield(self._future)
        except TimeoutError:
            if not self._future.done():
                self.fail(self._client.give_up(self.pending, self._timeout))
            return self._future.result()
        except asyncio.CancelledError:
            self._client.abandon(self.pending)
            raise

    def succeed(self, reply: Reply) -> None:
        """Gives the reply to the waiting task; called by the connection."""
        if not self._future.done():
            self._future.set_result(reply)

    def fail(self, error: ClientError) -> None:
        """Raises `error` in the waiting task: no reply will come, or a malformed one came. Called by the connection."""
        if not self._future.done():
            self._future.set_exception(error)
