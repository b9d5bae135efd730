"""Everything that was sent and received, kept as evidence: without secrets, bounded, and safe to print."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final, Literal

from conformance.client.codec import byte_size
from conformance.client.redaction import Redaction

__all__ = ["PAYLOAD_BYTES", "Direction", "Exchange", "Kind", "Transcript", "render"]

PAYLOAD_BYTES: Final = 65_536
"""How many bytes of one payload are kept."""

_ENTRY_BYTES: Final = 256  # about what an entry takes without its payload
_HEX_BYTES: Final = 64
_BASE64: Final = re.compile(r"[A-Za-z0-9+/]{256,}={0,2}")
_BASE64_SHOWN: Final = 32
_ODD: Final = re.compile(r"[^ -\[\]-~]")  # all but printable ASCII, and the backslash

Direction = Literal[">", "<", "!"]
Kind = Literal["text", "binary", "event", "http"]


@dataclass(frozen=True, slots=True)
class Exchange:
    """One thing that was sent (`>`), received (`<`) or happened (`!`).

    `t` is in nanoseconds of the host's monotonic clock, `channel` the name of the connection, `payload` the part
    that is kept, redacted and clipped; `size` is the true number of bytes. `note` says what was left out.
    """

    t: int
    direction: Direction
    channel: str
    kind: Kind
    payload: bytes
    size: int
    note: str = ""


class Transcript:
    """An append-only list of exchanges that never contains a secret.

    `limit_bytes` bounds the memory: above it the payloads of the older half are dropped, oldest first, and their
    entries stay; if that is not enough, the oldest entries are dropped too, and `dropped` counts them. `secrets_of` is
    another transcript of the same run: both hide the same secrets.
    """

    def __init__(self, limit_bytes: int = 67_108_864, *, secrets_of: Transcript | None = None) -> None:
        self.limit_bytes = limit_bytes
        self.dropped = 0
        self._redaction: Redaction = Redaction() if secrets_of is None else secrets_of._redaction
        self._entries: dict[int, Exchange] = {}  # by number; numbers are never given twice
        self._next = 0
        self._thinned = 0  # entries below this number have lost their payloads
        self._bytes = 0

    def hide(self, secret: str) -> None:
        """Keeps `secret` out of every entry from now on, wherever it appears (see Redaction.hide)."""
        self._redaction.hide(secret)

    def redact(self, payload: bytes, limit: int = PAYLOAD_BYTES) -> bytes:
        """The first `limit` bytes of `payload`, which may be text or not, without secrets."""
        return self._redaction.apply_to_start(payload, limit)

    def add(
        self,
        direction: Direction,
        channel: str,
        kind: Kind,
        payload: str | bytes,
        *,
        t: int | None = None,
        note: str = "",
    ) -> Exchange:
        """Appends an entry; `t` is the monotonic time in nanoseconds (default: now)."""
        # Only the beginning of a long text is used: one byte more than is kept shows that it was longer.
        beginning = payload[: PAYLOAD_BYTES + 1]
        data = beginning.encode("utf-8", "surrogatepass") if isinstance(beginning, str) else bytes(beginning)
        size = byte_size(payload) if isinstance(payload, str) else len(payload)
        if kind == "binary" and direction == ">":
            kept = self._redaction.apply_to_binary(data, PAYLOAD_BYTES)
        else:
            kept = self._redaction.apply_to_start(data, PAYLOAD_BYTES)
        if size > PAYLOAD_BYTES:
            note = f"{note}; clipped" if note else "clipped"
        stamp = time.monotonic_ns() if t is None else t
        entry = Exchange(stamp, direction, channel, kind, kept, size, note)
        self._entries[self._next] = entry
        self._next += 1
        self._bytes += len(kept) + _ENTRY_BYTES
        if self._bytes > self.limit_bytes:
            self._shrink()
        return entry

    def event(self, channel: str, text: str) -> Exchange:
        """Appends an event of a connection."""
        return self.add("!", channel, "event", text)

    def mark(self) -> int:
        """The present position: everything appended from now on is `since` it."""
        return self._next

    def since(self, mark: int) -> list[Exchange]:
        """The entries that were appended since `mark` and are still kept."""
        return [self._entries[number] for number in range(max(mark, self._first), self._next)]

    def __len__(self) -> int:
        return len(self._entries)

    def __iter__(self) -> Iterator[Exchange]:
        return iter(list(self._entries.values()))

    @staticmethod
    def render(entries: Iterable[Exchange]) -> str:
        """Entries as plain text; see the function of the same name."""
        return render(entries)

    @property
    def _first(self) -> int:
        return self._next - len(self._entries)

    def _shrink(self) -> None:
        while self._bytes > self.limit_bytes and len(self._entries) > 1:
            # At least the newer half keeps its payloads: without payloads a transcript would be no evidence.
            if self._thinned - self._first < len(self._entries) // 2:
                self._thin_one()
            else:
                oldest = self._first
                self._bytes -= len(self._entries.pop(oldest).payload) + _ENTRY_BYTES
                self.dropped += 1
                self._thinned = max(self._thinned, oldest + 1)

    def _thin_one(self) -> None:
        entry = self._entries[self._thinned]
        self._bytes -= len(entry.payload)
        if entry.payload:
            note = f"payload dropped: the transcript reached {self.limit_bytes} bytes"
            self._entries[self._thinned] = replace(entry, payload=b"", note=note)
        self._thinned += 1


def render(entries: Iterable[Exchange], limit: int | None = None) -> str:
    """Entries as plain ASCII text, one block each: seconds since the first, direction, channel, kind, size, payload.

    Whatever a terminal, a log reader or an XML parser could act upon is escaped: control characters and bytes that are
    no UTF-8 as \\xNN, all other characters beyond ASCII as \\uNNNN or \\UNNNNNNNN, the backslash itself as two. Long
    base64 strings are shortened. After a line feed the text goes on in a new line, behind a margin none can forge.
    Of a text of more than `limit` characters the beginning and the end are kept, about half of it each.
    """
    blocks = list(entries)
    start = blocks[0].t if blocks else 0
    if limit is None:
        return "".join(_block(entry, start) for entry in blocks)
    head, left = _within(blocks, start, limit)
    if not left:
        return head
    head, left = _within(blocks, start, limit // 2)
    end, left = _within(left[::-1], start, limit // 2, backwards=True)
    return f"{head}... {len(left)} entries are left out here\n{end}"


def _within(entries: list[Exchange], start: int, limit: int, *, backwards: bool = False) -> tuple[str, list[Exchange]]:
    """The text of the first entries, at most `limit` characters of it, and the entries that are not in it."""
    text: list[str] = []
    room = limit
    for number, entry in enumerate(entries):
        block = _block(entry, start)
        if len(block) > room:
            if text:
                return "".join(text[::-1] if backwards else text), entries[number:]
            block = f"{block[:room]}\n... cut here\n"
        text.append(block)
        room -= len(block)
    return "".join(text[::-1] if backwards else text), []


def _block(entry: Exchange, start: int) -> str:
    seconds = (entry.t - start) / 1e9
    note = f" ({_escaped(entry.note)})" if entry.note else ""
    head = f"{seconds:+12.6f} {entry.direction} {_escaped(entry.channel)} {entry.kind} {entry.size} bytes{note}"
    return "".join(f"{line}\n" for line in (head, *(f"    | {line}" for line in _payload_lines(entry))))


def _payload_lines(entry: Exchange) -> list[str]:
    if not entry.payload:
        return []
    if entry.kind == "binary":
        shown = entry.payload[:_HEX_BYTES].hex(" ")
        rest = entry.size - _HEX_BYTES
        return [f"{shown} ... {rest} more bytes" if rest > 0 else shown]
    try:
        text, raw_bytes = entry.payload.decode("utf-8", "surrogatepass"), False
    except UnicodeDecodeError:
        text, raw_bytes = entry.payload.decode("utf-8", "surrogateescape"), True
    lines = [_escaped(line, raw_bytes=raw_bytes) for line in _BASE64.sub(_shortened, text).split("\n")]
    last = lines.pop()
    return [f"{line}\\x0a" for line in lines] + ([last] if last else [])


def _shortened(found: re.Match[str]) -> str:
    return f"{found[0][:_BASE64_SHOWN]}...[{len(found[0])} characters of base64]"


def _escaped(text: str, *, raw_bytes: bool = False) -> str:
    return _ODD.sub(lambda found: _escape(found[0], raw_bytes), text)


def _escape(character: str, raw_bytes: bool) -> str:
    """With `raw_bytes` a low surrogate stands for a byte that is no UTF-8."""
    code = ord(character)
    if character == "\\":
        return "\\\\"
    if raw_bytes and 0xDC80 <= code <= 0xDCFF:
        return f"\\x{code - 0xDC00:02x}"
    if code < 0x80:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
