"""Removes passwords, tokens and ciphertexts from bytes before they are kept.

It works on any bytes: a malformed frame may contain a secret as well as a correct one.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from typing import Final
from urllib.parse import quote

__all__ = ["SHORTEST_SECRET", "Redaction"]

SHORTEST_SECRET: Final = 4
"""Registered values below this many bytes are not searched for: they would match everywhere and hide the evidence."""

_KEYS: Final = rb"(?:token|password|oldpassword|newpassword|reg_password|old_password|new_password|passwd|pwd)"
_KEY_PARTS: Final = (b"token", b"passw", b"pwd")  # one of them is in each key
# The key in any quotes or none (also escaped, as in JSON within JSON), then a value: in double quotes, single
# quotes, escaped quotes, or bare. A secret without a closing quote must be hidden too. Every repetition is
# bounded or possessive, so that no payload makes the search slow.
_KEYED: Final = re.compile(
    rb"(?<![0-9A-Za-z_])"
    + _KEYS
    + rb"""\s{0,8}\\{0,8}["']?\s{0,8}[:=]\s{0,8}"""
    + rb"""(?:"(?P<double>(?:[^"\\]++|\\.)*+)|'(?P<single>(?:[^'\\]++|\\.)*+)|\\{1,8}["'](?P<escaped>[^"'\\]*+)"""
    + rb"""|(?P<bare>(?!null\b|true\b|false\b)[^\s"'\\,&;\[\]{}<>]++))""",
    re.IGNORECASE | re.DOTALL,
)
_UPLOAD: Final = re.compile(rb"/upload/[^/\s\"?#]{1,64}/(?P<bare>[^/\s\"?#]+)")
_GROUPS: Final = ("double", "single", "escaped", "bare")

# Tokens and ciphertexts: a long run has many of them, and a text has few stretches where one can be.
_WORD: Final = re.compile(rb"[0-9A-Za-z+/=%_.\\-]{16,}")
_HEAD: Final = 8
_LONG: Final = 4096

_VIDEO_MARK: Final = b"\x71\x85\x73\x68"
_VIDEO_TOKEN: Final = slice(7, 39)


class Redaction:
    """The secrets known so far, and how they are hidden: by their key, by their place, or by their value."""

    def __init__(self) -> None:
        self._secrets: set[bytes] = set()
        self._sorted: list[bytes] | None = None
        self._words: dict[bytes, list[bytes]] = {}  # by their first bytes, the longest first
        self._others: list[bytes] = []
        self._pattern: re.Pattern[bytes] | None = None

    def hide(self, secret: str) -> None:
        """Hides `secret` from now on, wherever it appears, in any spelling of JSON and urls.

        Secrets shorter than SHORTEST_SECRET bytes are hidden under their keys only.
        """
        in_json = (json.dumps(secret, ensure_ascii=ascii_only)[1:-1] for ascii_only in (True, False))
        spellings = {secret, quote(secret.encode("utf-8", "surrogatepass"), safe=""), *in_json}
        spellings |= {each.replace("/", "\\/") for each in spellings}
        encoded = (each.encode("utf-8", "surrogatepass") for each in spellings)
        new = {each for each in encoded if len(each) >= SHORTEST_SECRET} - self._secrets
        self._secrets |= new
        self._sorted = None
        words = {each for each in new if _WORD.fullmatch(each)}
        for word in words:
            same = self._words.setdefault(word[:_HEAD], [])
            same.append(word)
            same.sort(key=len, reverse=True)
        if new - words:
            self._others = sorted({*self._others, *new} - words, key=lambda each: (-len(each), each))
            self._pattern = re.compile(b"|".join(map(re.escape, self._others)))

    def apply(self, payload: bytes) -> bytes:
        """The text `payload` without secrets; each is replaced by `[redacted n]`, where n is its length in bytes."""
        lower = payload.lower()
        if any(part in lower for part in _KEY_PARTS):
            payload = _KEYED.sub(_hidden, payload)
        if b"/upload/" in payload:
            payload = _UPLOAD.sub(_hidden, payload)
        if self._words:
            payload = _WORD.sub(self._without_words, payload)
        if self._pattern is not None:
            payload = self._pattern.sub(lambda found: _mark(len(found[0])), payload)
        return payload

    def apply_to_start(self, payload: bytes, limit: int) -> bytes:
        """As `apply`, for the first `limit` bytes of a longer `payload`: a secret that is cut in two is hidden too."""
        if len(payload) <= limit:
            return self.apply(payload)[:limit]
        return self.apply(self._without_cut_secret(payload[:limit]))[:limit]

    def apply_to_binary(self, payload: bytes, limit: int) -> bytes:
        """As `apply_to_start`; it also hides the token of the header that opens a video stream (Appendix II)."""
        if len(payload) == _VIDEO_TOKEN.stop or (payload.startswith(_VIDEO_MARK) and len(payload) > _VIDEO_TOKEN.start):
            token = payload[_VIDEO_TOKEN]
            rest = self.apply_to_start(payload[_VIDEO_TOKEN.stop :], limit)
            return (payload[: _VIDEO_TOKEN.start] + _mark(len(token)) + rest)[:limit]
        return self.apply_to_start(payload, limit)

    def _without_words(self, found: re.Match[bytes]) -> bytes:
        """A stretch in which a token or a ciphertext may be, without those that are in it."""
        stretch, start, kept = found[0], 0, b""
        if len(stretch) > _LONG and not any(head in stretch for head in self._words):
            return stretch  # an image, or a matrix of temperatures: not looked at place by place
        position, last = 0, len(found[0]) - 16
        while position <= last:
            same = self._words.get(stretch[position : position + _HEAD])
            word = next((each for each in same if stretch.startswith(each, position)), None) if same else None
            if word is None:
                position += 1
                continue
            kept += stretch[start:position] + _mark(len(word))
            start = position = position + len(word)
        return kept + stretch[start:]

    def _without_cut_secret(self, window: bytes) -> bytes:
        """`window` without the beginning of a secret that may stand at its end."""
        if self._sorted is None:
            self._sorted = sorted(self._secrets)
        longest = max(map(len, self._sorted), default=1) - 1
        for start in range(max(0, len(window) - longest), len(window)):
            end = window[start:]
            following = bisect_right(self._sorted, end)
            if following < len(self._sorted) and self._sorted[following].startswith(end):
                return window[:start]
        return window


def _hidden(found: re.Match[bytes]) -> bytes:
    for group in _GROUPS:
        value = found.groupdict().get(group)
        if value:
            start, end = found.span(group)
            whole = found[0]
            offset = found.start()
            return whole[: start - offset] + _mark(len(value)) + whole[end - offset :]
    return found[0]


def _mark(length: int) -> bytes:
    return b"[redacted %d]" % length
