"""A request on its way, as something to await."""

from __future__ import annotations

import asyncio
from collections.abc import Generator, Mapping
from typing import Any, Protocol

from conformance.client.codec import Reply
from conformance.client.errors import ClientError
from conformance.client.session import Pending

__all__ = ["PendingReply", "Waiter"]


class Waiter(Protocol):
    """The connection a request went out on."""

    def give_up(self, pending: Pending, timeout: float) -> ClientError:
        """The time of `pending` is over: forget it and say why."""
        ...

    def abandon(self, pending: Pending) -> None:
        """Nobody waits for `pending` any more: forget it."""
        ...


class PendingReply:
    """A request on its way; await it for its reply. The time limit runs from the moment of sending."""

    def __init__(self, client: Waiter, pending: Pending, timeout: float) -> None:
        loop = asyncio.get_running_loop()
        self.pending = pending
        self._client = client
        self._timeout = timeout
        self._deadline = loop.time() + timeout
        self._future: asyncio.Future[Reply] = loop.create_future()
        # Nobody need ask for a reply; asyncio would complain about an error nobody has looked at.
        self._future.add_done_callback(lambda done: done.cancelled() or done.exception())

    @property
    def sequence(self) -> int:
        """The sequence number of the request."""
        return self.pending.sequence

    @property
    def frame(self) -> Mapping[str, Any]:
        """The request as it was sent."""
        return self.pending.frame

    @property
    def done(self) -> bool:
        """Whether the reply, or the error in its place, is there."""
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
        """Called by the connection: the reply has come."""
        if not self._future.done():
            self._future.set_result(reply)

    def fail(self, error: ClientError) -> None:
        """Called by the connection: no reply will come, or a malformed one came."""
        if not self._future.done():
            self._future.set_exception(error)
