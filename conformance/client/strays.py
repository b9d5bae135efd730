"""Frames that answer nothing or are malformed, kept to look back at and handed out one by one; bounded."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Any, Final

from conformance.client.errors import ClientError, RemoteProtocolError, ReplyTimeout
from conformance.client.session import Stray, Why

__all__ = ["StrayBox"]

_FRAMES: Final = 10_000
_BYTES: Final = 67_108_864
_FLOOD: Final = 2_000
_EXPECTED: Final = frozenset({Why.ANSWER_TO_NOTIFICATION, Why.LATE_ANSWER})


class StrayBox:
    """`strays` are well-formed, `violations` malformed.

    Of both together the first `max_frames` and `max_bytes` (as received) are kept; `overlooked` counts the rest.
    """

    def __init__(self, max_frames: int = _FRAMES, max_bytes: int = _BYTES) -> None:
        self.max_frames = max_frames
        self.max_bytes = max_bytes
        self.strays: list[Stray] = []
        self.violations: list[RemoteProtocolError] = []
        self.overlooked = 0
        self._bytes = 0
        self._queue: deque[dict[str, Any] | RemoteProtocolError] = deque()
        self._unattributed: list[tuple[float, RemoteProtocolError]] = []
        self._news = asyncio.Event()
        self._end: ClientError | None = None

    def add_stray(self, stray: Stray) -> None:
        """Keeps a frame that answers nothing."""
        if self._has_room(len(stray.raw)):
            self.strays.append(stray)
            if stray.why not in _EXPECTED:
                self._hand_out(stray.frame)

    def add_violation(self, error: RemoteProtocolError, size: int, at: float, *, attributed: bool) -> None:
        """Keeps a malformed frame of `size` bytes that came `at`; `attributed`: a request has been failed by it."""
        if self._has_room(size):
            self.violations.append(error)
            if not attributed:
                self._unattributed.append((at, error))
                self._hand_out(error)

    def refuse_flood(self) -> None:
        """Raises RemoteProtocolError once there are more malformed frames than anybody can want to see."""
        if len(self.violations) > _FLOOD:
            sentence = f"at most {_FLOOD} malformed frames were put up with on one connection, found more"
            raise RemoteProtocolError(sentence, reason="too-many-violations")

    def violation_since(self, at: float) -> RemoteProtocolError | None:
        """The first malformed frame since `at` of which nobody knows what it was meant to answer."""
        return next((error for came, error in self._unattributed if came >= at), None)

    def seen_since(self, at: float) -> list[str]:
        """The first few frames since `at` that answer nothing, in words."""
        seen = (str(stray) for stray in self.strays if stray.received >= at)
        return [words for words, _ in zip(seen, range(5), strict=False)]

    async def next(self, timeout: float, name: str) -> dict[str, Any] | RemoteProtocolError:
        """The next frame not handed out yet. Raises ReplyTimeout after `timeout` seconds, or the end of the link."""
        try:
            async with asyncio.timeout(timeout):
                while not self._queue:
                    if self._end is not None:
                        raise self._end.with_traceback(None)
                    await self._news.wait()
        except TimeoutError:
            raise ReplyTimeout(f"{name}: a frame was expected within {timeout:g} s, found none") from None
        return self._queue.popleft()

    def forget(self) -> int:
        """Hands out none of the frames that came so far; returns how many those were."""
        count = len(self._queue)
        self._queue.clear()
        return count

    def end(self, error: ClientError) -> None:
        """No frame will come any more, because of `error`."""
        self._end = error
        self._announce()

    def _hand_out(self, frame: dict[str, Any] | RemoteProtocolError) -> None:
        self._queue.append(frame)
        self._announce()

    def _announce(self) -> None:
        self._news.set()
        self._news.clear()

    def _has_room(self, size: int) -> bool:
        if len(self.strays) + len(self.violations) >= self.max_frames or self._bytes + size > self.max_bytes:
            self.overlooked += 1
            return False
        self._bytes += size
        return True
