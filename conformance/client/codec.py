"""Messages to text and back, strictly: this project looks for the very faults that a lenient JSON reader forgives.

The functions are pure: no sockets, no clocks. Where it can, `decode` reads on after the first problem of a frame, so
that the error still shows which request the frame was meant to answer. All sizes are bounded before anything is built
from a frame, because the peer is not trusted.
"""

from __future__ import annotations

import json
import math
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, TypeGuard

from conformance.catalogue.json_types import Json, JsonMapping, JsonObject
from conformance.client.errors import LocalMessageError, RemoteProtocolError

__all__ = [
    "DEFAULT_LIMITS",
    "Limits",
    "PushMessage",
    "Reply",
    "byte_size",
    "decode",
    "encode",
    "is_int",
    "kind_of",
    "push_from",
    "reply_from",
]

# A string, closed or not, counts as one part. Possessive, so that no input makes the search go back.
_PARTS: Final = re.compile(r'"(?:[^"\\]++|\\.)*+"?|[\[\]{},]', re.DOTALL)
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_LATIN_HEAD_BYTES: Final = 128
_LONGEST_TEXT: Final = 2_000
_LONGEST_NUMBER: Final = 4_000  # Python itself refuses integers above 4,300 digits
_ESCAPED_SURROGATE: Final = re.compile(r"\\u[dD][89a-fA-F]")


@dataclass(frozen=True, slots=True)
class Limits:
    """How much is accepted of an untrusted peer.

    `max_bytes` bounds one message (bytes of UTF-8), `max_depth` the nesting, `max_digits` the characters of one number,
    `max_parts` the strings, commas and brackets of one message together (on which the memory depends).
    """

    max_bytes: int = 67_108_864
    max_depth: int = 64
    max_digits: int = 1_000
    max_parts: int = 1_000_000


DEFAULT_LIMITS: Final = Limits()


@dataclass(frozen=True, slots=True)
class Reply:
    """One reply and its parts; `message` is None where the device sent null or nothing (R01).

    `received` is in seconds of the host's monotonic clock, `request` is the frame that it answers, if that is known.
    Parts that may hold a token are left out of the representation.
    """

    cmdtype: int
    sequence: int
    retcode: int
    retmsg: str
    message: JsonObject | None = field(repr=False)
    envelope: JsonObject = field(repr=False)
    raw: str | bytes = field(repr=False)
    received: float = 0.0
    request: JsonMapping = field(default_factory=dict, repr=False)

    @property
    def ok(self) -> bool:
        """Whether the return code says success; `retmsg` does not count (R02)."""
        return self.retcode == 0


@dataclass(frozen=True, slots=True)
class PushMessage:
    """One message that the device sent unasked; `body` is its `content`, else its `message` (R92), else empty."""

    cmdtype: int
    body: JsonObject = field(repr=False)
    envelope: JsonObject = field(repr=False)
    raw: str | bytes = field(repr=False)
    received: float = 0.0


def encode(message: JsonMapping) -> str:
    """A message as compact JSON, non-ASCII characters as they are (II.2).

    Raises LocalMessageError for values that JSON or UTF-8 cannot carry: NaN, infinities, keys that are not strings,
    lone surrogates, values of other types, circular or too deep nesting.
    """
    try:
        text = json.dumps(message, ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=_plain)
    except (TypeError, ValueError, RecursionError) as error:
        reason = str(error) or type(error).__name__
        raise LocalMessageError(f"our message cannot be written as JSON: {reason}") from None
    if _SURROGATE.search(text):
        raise LocalMessageError("our message cannot be written as UTF-8: it contains half of a surrogate pair")
    _only_string_keys(message)
    return text


def _plain(value: Json) -> Json:
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"a value of type {type(value).__name__} is not a JSON value")


def _only_string_keys(message: Json) -> None:
    """Raises LocalMessageError for other keys, because json.dumps would turn {1: ...} into {"1": ...} silently."""
    waiting = [message]
    while waiting:
        value = waiting.pop()
        if isinstance(value, Mapping):
            for key in value:
                if not isinstance(key, str):
                    raise LocalMessageError(f"our message cannot be written as JSON: the key {key!r} is not a string")
            waiting.extend(value.values())
        elif isinstance(value, list | tuple):
            waiting.extend(value)


def decode(data: str | bytes, limits: Limits = DEFAULT_LIMITS) -> JsonObject:
    """The object that a frame contains. Integers are exact and of type int, other numbers are float.

    Raises RemoteProtocolError with one of these as `reason`: too-large, invalid-utf8, lone-surrogate, too-deep,
    too-many-values, not-json, not-object, duplicate-key, not-a-number, number-too-long, number-too-large (II.2, R05).
    """
    text = _text(data, limits)
    _bound(text, limits)
    reader = _Reader(limits)
    try:
        value = reader.read(text)
    except json.JSONDecodeError as error:
        raise _bad("not-json", f"JSON was expected, found: {error.msg} at character {error.pos}", text) from None
    except RecursionError:
        raise _bad(
            "too-deep", "a message of less nesting was expected, found more than this host can follow", text
        ) from None
    if not isinstance(value, dict):
        kind = kind_of(value)
        raise _bad("not-object", f"a JSON object was expected, found {kind}", text)
    if _ESCAPED_SURROGATE.search(text) and _holds_surrogate(value):
        reader.note("lone-surrogate", "UTF-8 text was expected, found a string with half of a surrogate pair")
    if reader.problem is not None:
        reason, sentence = reader.problem
        raise _bad(reason, sentence, text, value)
    return value


def byte_size(text: str) -> int:
    """The bytes of `text` in UTF-8, without a second copy of it."""
    if text.isascii():
        return len(text)
    step = 65_536
    return sum(len(text[at : at + step].encode("utf-8", "surrogatepass")) for at in range(0, len(text), step))


def _text(data: str | bytes, limits: Limits) -> str:
    size = len(data)
    if isinstance(data, str) and size <= limits.max_bytes < 4 * size and not data.isascii():
        size = byte_size(data)
    if size > limits.max_bytes:
        raise _bad(
            "too-large", f"a message of at most {limits.max_bytes} bytes was expected, found {size}", data[:4096]
        )
    if isinstance(data, str):
        # Python stores a text with one character beyond Latin-1 with two or four bytes for each character.
        width = sys.getsizeof(data)
        if width > limits.max_bytes + _LATIN_HEAD_BYTES:
            sentence = f"a message of at most {limits.max_bytes} bytes was expected, found one of {width} in memory"
            raise _bad("too-large", sentence, data[:4096])
        found = _SURROGATE.search(data)
        if found:
            raise _bad(
                "lone-surrogate",
                f"UTF-8 text was expected, found half of a surrogate pair at character {found.start()}",
                data,
            )
        return data
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        sentence = (
            f"UTF-8 was expected, found the byte 0x{data[error.start]:02x} at position {error.start} ({error.reason})"
        )
        raise _bad("invalid-utf8", sentence, data) from None


def _bound(text: str, limits: Limits) -> None:
    """Refuses too much nesting and too many parts before anything is built from the text."""
    if len(text) <= limits.max_parts and text.count("{") + text.count("[") <= limits.max_depth:
        return  # too short for too many parts, and too few brackets for too deep a nesting
    depth = 0
    for parts, found in enumerate(_PARTS.finditer(text), 1):
        first = text[found.start()]
        if first in "[{":
            depth += 1
            if depth > limits.max_depth:
                raise _bad("too-deep", f"at most {limits.max_depth} levels were expected, found more", text)
        elif first in "]}":
            depth -= 1
        if parts > limits.max_parts:
            raise _bad("too-many-values", f"at most {limits.max_parts} parts were expected, found more", text)


class _Reader:
    """Reads one text; it remembers the first problem and reads on."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.problem: tuple[str, str] | None = None

    def read(self, text: str) -> Json:
        return json.JSONDecoder(
            object_pairs_hook=self.pairs, parse_constant=self.constant, parse_int=self.integer, parse_float=self.decimal
        ).decode(text)

    def note(self, reason: str, sentence: str) -> None:
        if self.problem is None:
            self.problem = (reason, sentence)

    def pairs(self, pairs: list[tuple[str, Json]]) -> JsonObject:
        result: JsonObject = {}
        for key, value in pairs:
            if key in result:
                self.note("duplicate-key", f"each key once was expected, found {key[:80]!a} twice in one object")
            result[key] = value
        return result

    def constant(self, name: str) -> None:
        self.note("not-a-number", f"a JSON value was expected, found {name}")

    def integer(self, text: str) -> int:
        return int(text) if self.short(text) else 0

    def decimal(self, text: str) -> float:
        value = float(text) if self.short(text) else 0.0
        if math.isinf(value):
            self.note("number-too-large", f"a number below 1.8e308 was expected, found {text[:40]}")
        return value

    def short(self, text: str) -> bool:
        most = min(self.limits.max_digits, _LONGEST_NUMBER)
        if len(text) <= most:
            return True
        sentence = f"a number of at most {most} characters was expected, found one of {len(text)}"
        self.note("number-too-long", sentence)
        return False


def _holds_surrogate(value: Json) -> bool:
    waiting = [value]
    while waiting:
        value = waiting.pop()
        if isinstance(value, str):
            if _SURROGATE.search(value):
                return True
        elif isinstance(value, dict):
            waiting.extend(value)
            waiting.extend(value.values())
        elif isinstance(value, list):
            waiting.extend(value)
    return False


def _bad(reason: str, sentence: str, data: str | bytes, frame: JsonObject | None = None) -> RemoteProtocolError:
    raw = data if isinstance(data, bytes) else data[:4096].encode("utf-8", "surrogatepass")
    return RemoteProtocolError(sentence, reason=reason, data=raw, frame=frame)


def kind_of(value: object) -> str:
    """The kind of a JSON value in words: an object, an array, null."""
    names = {
        dict: "an object",
        list: "an array",
        str: "a string",
        bool: "a boolean",
        int: "an integer",
        float: "a number",
    }
    return names.get(type(value), "null")


def is_int(value: object) -> TypeGuard[int]:
    """Whether a decoded value is a JSON integer: true is not 1, and 1.0 is not 1."""
    return isinstance(value, int) and not isinstance(value, bool)


def reply_from(
    envelope: JsonObject, raw: str | bytes, received: float, request: JsonMapping = MappingProxyType({})
) -> Reply:
    """The reply that a frame is.

    Raises RemoteProtocolError (bad-envelope) if cmdtype, sequence, retcode or message cannot be used.
    """
    for key in ("cmdtype", "sequence", "retcode"):
        if not is_int(envelope.get(key)):
            found = kind_of(envelope[key]) if key in envelope else "nothing"
            raise _bad("bad-envelope", f"an integer was expected as {key} of a reply, found {found}", raw, envelope)
    message = envelope.get("message")
    if message is not None and not isinstance(message, dict):
        sentence = f"an object or null was expected as message of a reply, found {kind_of(message)}"
        raise _bad("bad-envelope", sentence, raw, envelope)
    retmsg = envelope.get("retmsg")
    return Reply(
        cmdtype=envelope["cmdtype"],
        sequence=envelope["sequence"],
        retcode=envelope["retcode"],
        retmsg=retmsg[:_LONGEST_TEXT] if isinstance(retmsg, str) else "",
        message=message,
        envelope=envelope,
        raw=raw,
        received=received,
        request=request,
    )


def push_from(envelope: JsonObject, raw: str | bytes, received: float) -> PushMessage:
    """The push that a frame is. Raises RemoteProtocolError (bad-envelope) if its cmdtype is not an integer."""
    if not is_int(envelope.get("cmdtype")):
        raise _bad("bad-envelope", "an integer was expected as cmdtype of a push", raw, envelope)
    bodies = (envelope[key] for key in ("content", "message") if isinstance(envelope.get(key), dict))
    body: JsonObject = next(bodies, {})
    return PushMessage(cmdtype=envelope["cmdtype"], body=body, envelope=envelope, raw=raw, received=received)
