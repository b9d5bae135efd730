"""LCUS relay boards with a CH340: commands of four bytes, 9600 8N1, relays 1..8.

A command is `A0 <relay> <0 off, 1 on> <sum of these three modulo 256>`, without an answer. The single byte FF asks for
the states; the firmware answers with lines `CH1:OFF`, with a byte for each relay, or not at all.
"""

from __future__ import annotations

import re
from typing import Final

from hil.instruments.codecs.scpi import text
from hil.instruments.errors import BadReply, Refused
from hil.instruments.exchange import Exchange, silent
from hil.instruments.values import shown

__all__ = ["LARGEST", "ask_states", "set_relay"]

LARGEST: Final = 8
_START: Final = 0xA0
_ENDED: Final = re.compile(rb"CH\d+\s*:\s*(?:ON|OFF)[ \t]*[\r\n]", re.IGNORECASE)
_LINE: Final = re.compile(r"CH(\d+)\s*:\s*(ON|OFF)", re.IGNORECASE)


def set_relay(relay: int, closed: bool) -> Exchange[None]:
    """Switches relay 1..8."""
    if not 1 <= relay <= LARGEST:
        raise Refused(f"relays are numbered 1..{LARGEST}, not {relay}")
    head = bytes([_START, relay, int(closed)])
    return silent(head + bytes([sum(head) & 0xFF]))


def ask_states(count: int) -> Exchange[tuple[bool, ...]]:
    """The states of relays 1..`count`, in either form."""

    def frame(buffer: bytes) -> slice | None:
        if buffer[0] in (0, 1):
            return slice(0, count) if len(buffer) >= count else None
        if buffer[0] not in b"Cc\r\n ":
            raise BadReply(f"{shown(buffer)} is not a list of relay states", reply=buffer)
        whole = list(_ENDED.finditer(buffer))
        return slice(0, whole[count - 1].end()) if len(whole) >= count else None

    def decode(reply: bytes) -> tuple[bool, ...]:
        if reply[0] in (0, 1):
            if any(byte > 1 for byte in reply):
                raise BadReply(f"{shown(reply)} are not relay states")
            return tuple(bool(byte) for byte in reply)
        states = [match for line in text(reply).splitlines() if (match := _LINE.fullmatch(line.strip()))]
        if [int(match[1]) for match in states] != list(range(1, count + 1)):
            raise BadReply(f"{shown(reply)} does not list relays 1..{count}")
        return tuple(match[2].upper() == "ON" for match in states)

    return Exchange(b"\xff", decode, frame)
