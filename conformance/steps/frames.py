"""Malformed frames: those that R21 names, and those whose answer it leaves open."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final, Literal

from conformance.catalogue.json_types import Json

__all__ = ["MALFORMED", "Frame", "request"]


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame: words for it, and its data, which is made when it is needed where it is long.

    `must` says what R21 demands: the frame is refused (`refused`), or the connection may be closed as well
    (`refused-or-closed`), or every answer will do (`any`). With `text` True, bytes are sent as a text frame.
    """

    title: str
    data: str | bytes | Callable[[], str]
    must: Literal["refused", "refused-or-closed", "any"] = "refused"
    text: bool | None = None

    def payload(self) -> str | bytes:
        """The data, made now where it is long."""
        return self.data() if callable(self.data) else self.data

    def content(self) -> bytes:
        """The payload as bytes, for a request over HTTP."""
        data = self.payload()
        return data if isinstance(data, bytes) else data.encode()


def request(**changes: Json) -> str:
    """The text of a request of command 500 with some keys changed, or (`...`) left out."""
    frame = {"action": "request", "cmdtype": 500, "sequence": 7, "message": {}, **changes}
    return json.dumps({key: value for key, value in frame.items() if value is not ...}, ensure_ascii=False)


def _padded(size: int) -> str:
    return request(message={"x": "x" * size})


def _holding(text: str) -> str:
    """A request whose message holds `text` as it is."""
    return request(message=...)[:-1] + f',"message":{{"x":{text}}}}}'


_NO_JSON: Final = "refused-or-closed"

MALFORMED: Final[Mapping[str, Frame]] = {
    "not-json": Frame("a frame that is not JSON", "this is not JSON", _NO_JSON),
    "empty": Frame("an empty frame", "", _NO_JSON),
    "truncated": Frame("a truncated frame", request()[:-9], _NO_JSON),
    "trailing": Frame("a frame with something after the object", request() + " x", _NO_JSON),
    "single-quotes": Frame("single quotes", request().replace('"', "'"), _NO_JSON),
    "invalid-utf8": Frame(
        "a text frame that is not UTF-8", request(to="\x7f").encode().replace(b"\x7f", b"\xff"), _NO_JSON, True
    ),
    # A device may well read text frames only.
    "binary": Frame("a binary frame that is not JSON", bytes(range(256)), "any"),
    "binary-empty": Frame("an empty binary frame", b"", "any"),
    "array": Frame("a JSON array", "[1,2,3]"),
    "number": Frame("a bare number", "42"),
    "string": Frame("a bare string", '"500"'),
    "null": Frame("a bare null", "null"),
    "empty-object": Frame("an empty object", "{}"),
    "no-cmdtype": Frame("an object without cmdtype", request(cmdtype=...)),
    "cmdtype-null": Frame("a cmdtype that is null", request(cmdtype=None)),
    "cmdtype-string": Frame("a cmdtype that is a string", request(cmdtype="500")),
    "cmdtype-object": Frame("a cmdtype that is an object", request(cmdtype={})),
    "cmdtype-fraction": Frame("a fractional cmdtype", request(cmdtype=500.5)),
    "cmdtype-negative": Frame("a negative cmdtype", request(cmdtype=-500)),
    "cmdtype-huge": Frame("a cmdtype of 2^64 + 500", request(cmdtype=2**64 + 500)),
    "cmdtype-2-32": Frame("a cmdtype of 2^32 + 500", request(cmdtype=2**32 + 500)),
    "cmdtype-true": Frame("a cmdtype that is true", request(cmdtype=True)),
    # R21 does not name these: any answer will do, or a close frame, as long as the device lives.
    "binary-json": Frame("a request in a binary frame", request().encode(), "any"),
    "duplicate-keys": Frame("an object with a key twice", request()[:-1] + ',"cmdtype":505}', "any"),
    "not-a-number": Frame("a NaN", request(message={"x": float("nan")}), "any"),
    "deep": Frame("10,000 nested arrays", _holding("[" * 10_000 + "]" * 10_000), "any"),
    "unclosed": Frame("10,000 arrays that do not end", '{"message":' + "[" * 10_000, _NO_JSON),
    "huge-1-mb": Frame("a frame of 1 MB", partial(_padded, 1_000_000), "any"),
    "huge-8-mb": Frame("a frame of 8 MB", partial(_padded, 8_000_000), "any"),
    "many-keys": Frame(
        "20,000 unknown keys", request(message={f"k{number}": number for number in range(20_000)}), "any"
    ),
    "long-number": Frame("a number of 1,000 digits", _holding("9" * 1_000), "any"),
    "surrogate": Frame("half of a surrogate pair", _holding('"\\ud800"'), "any"),
    "zero-character": Frame("a zero character in a text", request(message={"x": "\0"}), "any"),
    "byte-order-mark": Frame("a byte order mark", "\ufeff" + request(), "any"),
    "no-action": Frame("a request without action", request(action=...), "any"),
    "action-response": Frame("a request that calls itself a response", request(action="response"), "any"),
    "action-unknown": Frame("an unknown action", request(action="please"), "any"),
    "action-number": Frame("an action that is a number", request(action=1), "any"),
    "no-sequence": Frame("a request without sequence", request(sequence=...), "any"),
    "sequence-string": Frame("a sequence that is a string", request(sequence="7"), "any"),
    "sequence-fraction": Frame("a fractional sequence", request(sequence=7.5), "any"),
    "sequence-negative": Frame("a negative sequence", request(sequence=-7), "any"),
    "sequence-2-64": Frame("a sequence of 2^64", request(sequence=2**64), "any"),
    "from-number": Frame("a from that is a number", request(**{"from": 7}), "any"),
    "token-number": Frame("a token that is a number", request(cmdtype=505, token=7), "any"),
    "message-string": Frame("a message that is a string", request(message="x"), "any"),
    "message-array": Frame("a message that is an array", request(message=[1]), "any"),
    "no-message": Frame("a request without message", request(message=...), "any"),
}
