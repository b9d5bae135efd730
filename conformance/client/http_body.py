"""The body of an HTTP response, unpacked piece by piece, so that a small packed body cannot fill the memory."""

from __future__ import annotations

import zlib
from typing import Final, NoReturn

from conformance.client.errors import RemoteProtocolError

__all__ = ["BodyReader"]

_GZIP_OR_ZLIB: Final = zlib.MAX_WBITS | 32
_RAW_DEFLATE: Final = -zlib.MAX_WBITS
_MEMBERS: Final = 100  # parts of one gzip body; millions of empty parts would take minutes
_PIECE_BYTES: Final = 1_048_576
_ENCODINGS: Final = frozenset({"", "identity", "gzip", "x-gzip", "deflate"})


class BodyReader:
    """Unpacks the bytes of a body as they arrive.

    `encoding` is the value of Content-Encoding; one layer of gzip or deflate is understood. `limit` bounds the bytes
    both before and after unpacking. Every method raises RemoteProtocolError (too-large, bad-http).
    """

    def __init__(self, encoding: str, limit: int) -> None:
        self.encoding = encoding.strip().lower()
        if self.encoding not in _ENCODINGS:
            sentence = f"a plain body, or one packed by gzip or deflate, was expected, found {encoding[:80]!a}"
            raise RemoteProtocolError(sentence, reason="bad-http")
        self.body = bytearray()
        self.limit = limit
        self._received = 0
        self._packed = self.encoding in ("gzip", "x-gzip", "deflate")
        self._unpacker = zlib.decompressobj(_GZIP_OR_ZLIB)
        self._members = 1
        self._head = b""  # the packed bytes up to the first unpacked one

    def feed(self, data: bytes) -> None:
        """Takes the next bytes as received."""
        self._received += len(data)
        self._refuse_above(self._received)
        if not self._packed:
            self.body += data
            return
        while data:
            data = self._unpack(data)

    def finish(self) -> bytes:
        """The whole body; to be called after its last bytes."""
        if self._packed and self._received and not self._unpacker.eof:
            self._refuse(f"a complete {self.encoding} body was expected, found one that ends too early")
        return bytes(self.body)

    def _unpack(self, data: bytes) -> bytes:
        """Unpacks as much as the limit allows and returns what is still packed."""
        if self._unpacker.eof:
            # A gzip file may have several members (RFC 1952, 2.2).
            self._members += 1
            if self._members > _MEMBERS:
                self._refuse(f"a {self.encoding} body of at most {_MEMBERS} members was expected, found more")
            self._unpacker = zlib.decompressobj(_GZIP_OR_ZLIB)
        if not self.body:
            self._head += data
        # One byte above the limit shows that the body is too large; in pieces, so that no byte is in memory twice.
        room = min(self.limit - len(self.body) + 1, _PIECE_BYTES)
        try:
            self.body += self._unpacker.decompress(data, room)
        except zlib.error as error:
            if self.body or self.encoding != "deflate":
                self._refuse(f"the {self.encoding} body cannot be unpacked: {error}")
            # Many servers send "deflate" without the zlib wrapping that RFC 9110 demands.
            self.encoding = "raw deflate"
            self._unpacker = zlib.decompressobj(_RAW_DEFLATE)
            head, self._head = self._head, b""
            return head
        self._refuse_above(len(self.body))
        return self._unpacker.unconsumed_tail or self._unpacker.unused_data

    def _refuse(self, sentence: str, reason: str = "bad-http") -> NoReturn:
        # A refused body is not kept: an error, with its traceback, may live as long as the run.
        beginning, self.body, self._head = bytes(self.body[:4096]), bytearray(), b""
        raise RemoteProtocolError(sentence, reason=reason, data=beginning)

    def _refuse_above(self, size: int) -> None:
        if size > self.limit:
            sentence = f"a body of at most {self.limit} bytes was expected, found more"
            self._refuse(sentence, "too-large")
