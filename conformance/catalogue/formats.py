"""The written forms of string fields: a pattern for each form, a value that has it, and values that do not."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

__all__ = ["DATETIME", "FORMATS", "Format"]


@dataclass(frozen=True, slots=True)
class Format:
    """One written form.

    `pattern` is a regular expression that both ECMA-262 and Python read alike, anchored at both ends. `sample` is an
    ordinary value; `later` a greater one, for the end of an interval. `bad` holds values that the pattern refuses, by
    label; `impossible` holds values that pass the pattern and are still wrong (a 30th of February), which a JSON Schema
    cannot express. `encoding` is the `contentEncoding` of a JSON Schema.
    """

    pattern: str
    sample: str
    bad: Mapping[str, str]
    later: str | None = None
    impossible: Mapping[str, str] = field(default_factory=dict)
    encoding: str | None = None


DATETIME: Final = "%Y-%m-%d %H:%M:%S"
"""The form `datetime` (2020-05-21 12:22:33), as `strftime` and `strptime` write it."""

_BYTE: Final = "(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_DATE: Final = "[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])"
_TIME: Final = "(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]"
_BASE64: Final = "^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$"

# The smallest PNG there is: one transparent pixel. A device that looks inside a logo finds a picture (III.15).
_PNG: Final = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
_BAD_BASE64: Final = {"bad-characters": "not base64 !", "bad-padding": "QUJD="}

FORMATS: Final[Mapping[str, Format]] = {
    "ipv4": Format(
        pattern=rf"^{_BYTE}(?:\.{_BYTE}){{3}}$",
        sample="192.168.1.168",
        bad={"octet-above-255": "192.168.1.256", "three-octets": "192.168.1", "words": "not an address"},
    ),
    "mac": Format(
        pattern="^[0-9A-Fa-f]{2}(?:[:-][0-9A-Fa-f]{2}){5}$",
        sample="00:15:18:10:CA:9D",
        bad={"five-bytes": "00:15:18:10:CA", "no-hexadecimal": "00:15:18:10:CA:GG"},
    ),
    "datetime": Format(
        pattern=f"^{_DATE} {_TIME}$",
        sample="2024-05-21 12:22:33",
        later="2024-05-21 13:22:33",
        bad={"month-13": "2024-13-21 12:22:33", "hour-25": "2024-05-21 25:22:33", "words": "noon"},
        impossible={"february-30": "2024-02-30 12:22:33"},
    ),
    "time": Format(
        pattern=f"^{_TIME}$",
        sample="00:00:00",
        later="23:59:59",
        bad={"hour-25": "25:00:00", "minute-60": "12:60:00", "words": "noon"},
    ),
    "color": Format(
        pattern="^#[0-9A-Fa-f]{6}$",
        sample="#ff0000",
        bad={"no-hash": "ff0000", "no-hexadecimal": "#gg0000", "five-digits": "#ff000"},
    ),
    "base64": Format(pattern=_BASE64, sample="QUJD", bad=_BAD_BASE64, encoding="base64"),
    "jpeg-base64": Format(
        pattern=_BASE64,
        sample="/9j/2Q==",
        bad=_BAD_BASE64,
        impossible={"no-jpeg": "QUJD"},
        encoding="base64",
    ),
    "image-base64": Format(
        pattern=_BASE64,
        sample=_PNG,
        bad=_BAD_BASE64,
        impossible={"no-image": "QUJD"},
        encoding="base64",
    ),
    # A path of the device or a complete address; empty where there is nothing to fetch.
    "url": Format(pattern=r"^[^\s]*$", sample="/download/file", bad={"blanks": "not an address"}),
    "resolution": Format(pattern="^[1-9][0-9]*x[1-9][0-9]*$", sample="1920x1080", bad={"no-numbers": "wide"}),
    # The sample is as long as RSA makes it with a key of 1024 bits (R63); the sender replaces it by a real one. Clear
    # text is tolerated (R62, R129), so that no text is certainly wrong.
    "ciphertext": Format(
        pattern=_BASE64,
        sample=base64.b64encode(bytes(range(1, 129))).decode(),
        bad={},
        encoding="base64",
    ),
    # The header of a video stream has room for exactly 32 characters (Appendix II).
    "token": Format(
        pattern="^[!-~]{32}$",
        sample="0123456789abcdef0123456789abcdef",
        bad={"too-short": "0123456789abcdef", "blanks": "0123456789abcdef 123456789abcdef"},
    ),
    # The tables say "ip" and give only a length. An address, a name and an empty text fit; no text is certainly wrong.
    "host": Format(pattern="^[A-Za-z0-9._:-]*$", sample="192.168.1.10", bad={}),
}
"""Every form that `format` of a field can name (docs/reference/catalogue.md)."""
