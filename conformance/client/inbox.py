"""The pushes that have arrived, to look up or to wait for. Memory is bounded: a device may send without end."""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Callable
from itertools import islice
from typing import Final

from conformance.client.codec import PushMessage
from conformance.client.errors import ClientError, ReplyTimeout

__all__ = ["PushInbox"]

_MESSAGES: Final = 100_000
_BYTES: Final = 67_108_864


class PushInbox:
    """Keeps the newest pushes: at most `max_messages` and `max_bytes` (as received); `dropped` counts the others."""

    def __init__(self, max_messages: int = _MESSAGES, max_bytes: int = _BYTES) -> None:
        self.max_messages = max_messages
        self.max_bytes = max_bytes
        self.dropped = 0
        self._kept: deque[PushMessage] = deque()
        self._bytes = 0
        self._news = asyncio.Event()
        self._end: ClientError | None = None

    def mark(self) -> int:
        """The present position: every push that arrives from now on is `since` it."""
        return self.dropped + len(self._kept)

    def since(self, mark: int) -> list[PushMessage]:
        """The pushes that arrived since `mark` and are still kept, in order of arrival."""
        return list(islice(self._kept, max(0, mark - self.dropped), None))

    def __len__(self) -> int:
        return len(self._kept)

    async def wait(
        self,
        cmdtype: int,
        *,
        since: int = 0,
        timeout: float,
        match: Callable[[PushMessage], bool] | None = None,
    ) -> PushMessage:
        """The first push `cmdtype` since the mark `since` for which `match` holds, within `timeout` seconds.

        Raises ReplyTimeout, or the error that ended the link if it ends first.
        """
        looked = since
        try:
            async with asyncio.timeout(timeout):
                while True:
                    for push in self.since(looked):
                        if push.cmdtype == cmdtype and (match is None or match(push)):
                            return push
                    looked = self.mark()
                    if self._end is not None:
                        raise self._end.with_traceback(None)
                    await self._news.wait()
        except TimeoutError:
            raise ReplyTimeout(
                f"a push {cmdtype} was expected within {timeout:g} s, found {self._summary(since)}"
            ) from None

    def add(self, push: PushMessage) -> None:
        """Keeps a push that has arrived."""
        self._kept.append(push)
        self._bytes += len(push.raw)
        while len(self._kept) > self.max_messages or (self._bytes > self.max_bytes and len(self._kept) > 1):
            self._bytes -= len(self._kept.popleft().raw)
            self.dropped += 1
        self._announce()

    def end(self, error: ClientError) -> None:
        """Ends the waiting: no push will come any more, because of `error`."""
        self._end = error
        self._announce()

    def _announce(self) -> None:
        # Wakes every task that waits now; a task that begins to wait later looks at the kept pushes first.
        self._news.set()
        self._news.clear()

    def _summary(self, since: int) -> str:
        counts = Counter(push.cmdtype for push in self.since(since))
        listed = ", ".join(f"{number} ({count} times)" for number, count in sorted(counts.items())[:20])
        return listed or "none"
