"""The faults of an emulated instrument, and how each of them changes replies."""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = ["Faults"]


@dataclass(slots=True)
class Faults:
    """Switches; each may be turned on and off while the instrument runs.

    `line_end` ends text replies. `slow_reply_s` delays a reply, in real seconds, because the line is slow.
    `wrong_unit` makes an instrument work in degF whatever unit is set. The emulator sets `checksum_bytes`.
    """

    no_reply: bool = False
    garbage: bool = False
    truncated: bool = False
    bad_checksum: bool = False
    echo: bool = False
    line_end: bytes | None = None
    wrong_unit: bool = False
    decimal_comma: bool = False
    slow_reply_s: float = 0.0

    def number(self, text: str) -> str:
        """A number as the instrument prints it."""
        return text.replace(".", ",") if self.decimal_comma else text

    def applied(self, request: bytes, reply: bytes, *, ending: bytes, checksum: int) -> bytes:
        """The bytes sent for `reply`; its lines end with `ending`, or its last `checksum` bytes are a checksum."""
        if not reply:
            return request if self.echo else b""
        if self.no_reply:
            reply = b""
        elif self.garbage:
            # No frame and no number begins like this, and a line still ends.
            reply = b"\x15~#?!" + (ending or b"\x7f\x7f\x7f")
        elif self.truncated:
            reply = reply.rstrip(b"\r\n>")[: max(1, len(reply) // 2)]
        elif self.bad_checksum and checksum:
            reply = reply[:-1] + bytes([reply[-1] ^ 0x5A])
        if self.line_end is not None and ending and not (self.no_reply or self.truncated):
            reply = re.sub(rb"\r\n|\r|\n", self.line_end, reply)
        return request + reply if self.echo else reply
