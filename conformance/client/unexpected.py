"""Frames that answer nothing or are malformed: kept for the checks and handed out one by one. Memory is bounded."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Final

from conformance.catalogue.json_types import JsonObject
from conformance.client.errors import ClientError, RemoteProtocolError, ReplyTimeout
from conformance.client.session import UnexpectedFrame, WhyUnexpected

__all__ = ["UnexpectedInbox"]

_FRAMES: Final = 10_000
_BYTES: Final = 67_108_864
_FLOOD: Final = 2_000
_HARMLESS: Final = frozenset({WhyUnexpected.ANSWER_TO_NOTIFICATION, WhyUnexpected.LATE_ANSWER})


class UnexpectedInbox:
    """`frames` are well-formed, `malformed` are the errors of frames that are not.

    The first `max_frames` of both together are kept, up to `max_bytes` (as received); `not_kept` counts the others.
    """

    def __init__(self, max_frames: int = _FRAMES, max_bytes: int = _BYTES) -> None:
        self.max_frames = max_frames
        self.max_bytes = max_bytes
        self.frames: list[UnexpectedFrame] = []
        self.malformed: list[RemoteProtocolError] = []
        self.not_kept = 0
        self._bytes = 0
        self._queue: deque[JsonObject | RemoteProtocolError] = deque()
        self._unattributed: list[tuple[float, RemoteProtocolError]] = []
        self._news = asyncio.Event()
        self._end: ClientError | None = None

    def add(self, unexpected: UnexpectedFrame) -> None:
        """Keeps a frame that answers nothing."""
        if self._has_room(len(unexpected.raw)):
            self.frames.append(unexpected)
            if unexpected.why not in _HARMLESS:
                self._hand_out(unexpected.frame)

    def add_malformed(self, error: RemoteProtocolError, size: int, at: float, *, attributed: bool) -> None:
        """Keeps a malformed frame of `size` bytes that came at `at`; an `attributed` one has failed its request."""
        if self._has_room(size):
            self.malformed.append(error)
            if not attributed:
                self._unattributed.append((at, error))
                self._hand_out(error)

    def refuse_flood(self) -> None:
        """Raises RemoteProtocolError if there are more malformed frames than one connection may send."""
        if len(self.malformed) > _FLOOD:
            sentence = f"at most {_FLOOD} malformed frames were expected on one connection, found more"
            raise RemoteProtocolError(sentence, reason="too-many-violations")

    def malformed_since(self, at: float) -> RemoteProtocolError | None:
        """The first malformed frame since `at` that does not show which request it answers."""
        return next((error for came, error in self._unattributed if came >= at), None)

    def seen_since(self, at: float) -> list[str]:
        """The first few frames since `at` that answer nothing, in words."""
        seen = (str(each) for each in self.frames if each.received >= at)
        return [words for words, _ in zip(seen, range(5), strict=False)]

    async def next(self, timeout: float, name: str) -> JsonObject | RemoteProtocolError:
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

    def end(self, error: ClientError) -> None:
        """No frame will come any more, because of `error`."""
        self._end = error
        self._announce()

    def _hand_out(self, frame: JsonObject | RemoteProtocolError) -> None:
        self._queue.append(frame)
        self._announce()

    def _announce(self) -> None:
        self._news.set()
        self._news.clear()

    def _has_room(self, size: int) -> bool:
        if len(self.frames) + len(self.malformed) >= self.max_frames or self._bytes + size > self.max_bytes:
            self.not_kept += 1
            return False
        self._bytes += size
        return True
