"""Cuts a bare H.264 byte stream into access units, one picture each (ITU-T H.264, 7.4.1.2.3 and Annex B)."""

from __future__ import annotations

from typing import Final

from conformance.client.errors import RemoteProtocolError

__all__ = ["AccessUnitSplitter", "split_access_units"]

_START: Final = b"\x00\x00\x01"
_SLICES: Final = frozenset({1, 2, 5})  # those that begin with first_mb_in_slice
_OPENERS: Final = frozenset({6, 7, 8, 9, 14, 15, 16, 17, 18})  # only ever before the first slice of a picture


class AccessUnitSplitter:
    """Turns bytes into complete access units as they arrive; at most `max_bytes` of an incomplete unit are kept."""

    def __init__(self, max_bytes: int = 16_777_216) -> None:
        self.max_bytes = max_bytes
        self._buffer = bytearray()
        self._looked = 0
        self._has_slice = False

    def feed(self, data: bytes) -> list[bytes]:
        """The access units that `data` completes: one is complete when the next begins.

        Raises RemoteProtocolError (too-large) if a unit exceeds the bound.
        """
        self._buffer += data
        units = []
        while True:
            at = self._buffer.find(_START, self._looked)
            if at < 0:
                self._looked = max(self._looked, len(self._buffer) - 2)
                break
            if at + 4 >= len(self._buffer):
                self._looked = at
                break
            kind = self._buffer[at + 3] & 0x1F
            # first_mb_in_slice is 0 exactly if its Exp-Golomb code begins with a one.
            first_slice = kind in _SLICES and bool(self._buffer[at + 4] & 0x80)
            self._looked = at + 3
            if self._has_slice and (first_slice or kind in _OPENERS):
                units.append(self._cut(at - 1 if at > 0 and self._buffer[at - 1] == 0 else at))
            self._has_slice = self._has_slice or kind in _SLICES
        if len(self._buffer) > self.max_bytes:
            sentence = f"an access unit of at most {self.max_bytes} bytes was expected, found a longer one"
            raise RemoteProtocolError(sentence, reason="too-large", data=bytes(self._buffer[:4096]))
        return units

    def flush(self) -> bytes:
        """The rest at the end of the stream: the last access unit, complete or not."""
        rest = bytes(self._buffer)
        self._cut(len(rest))
        return rest

    def _cut(self, end: int) -> bytes:
        unit = bytes(self._buffer[:end])
        del self._buffer[:end]
        self._looked = max(0, self._looked - end)
        self._has_slice = False
        return unit


def split_access_units(data: bytes) -> list[bytes]:
    """All access units of a whole stream; joined, they are `data` again."""
    splitter = AccessUnitSplitter(max_bytes=len(data))
    units = splitter.feed(data)
    rest = splitter.flush()
    return [*units, rest] if rest else units
