"""Whether a text has the written form that its field demands: a time, an address, a colour, base64 and the like."""

from __future__ import annotations

import base64
import binascii
import ipaddress
import re
from datetime import datetime

from conformance.catalogue.formats import DATETIME

__all__ = ["has_form"]

_RESOLUTION = re.compile(r"[1-9][0-9]{1,4}x[1-9][0-9]{1,4}")

_TIME = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]")
_COLOR = re.compile(r"#[0-9a-fA-F]{6}")
_MAC = re.compile(r"[0-9A-Fa-f]{2}([:-][0-9A-Fa-f]{2}){5}")
_TOKEN = re.compile(r"[!-~]{32}")
_JPEG = b"\xff\xd8\xff"


def has_form(form: str, value: str) -> bool:
    """Whether `value` is written in the form that the catalogue calls `form` (`conformance.catalogue.formats`).

    Every text has the forms `url` and `ciphertext`: a url is judged by following it.
    """
    match form:
        case "datetime":
            return _is_datetime(value)
        case "time":
            return bool(_TIME.fullmatch(value))
        case "color":
            return bool(_COLOR.fullmatch(value))
        case "mac":
            return bool(_MAC.fullmatch(value))
        case "resolution":
            return bool(_RESOLUTION.fullmatch(value))
        case "ipv4":
            return _is_address(value)
        case "token":
            return bool(_TOKEN.fullmatch(value))
        case "base64" | "image-base64":
            return bool(_decoded(value))
        case "jpeg-base64":
            return (_decoded(value) or b"").startswith(_JPEG)
    return True


def _is_datetime(value: str) -> bool:
    try:
        return datetime.strptime(value, DATETIME).strftime(DATETIME) == value
    except ValueError:
        return False


def _is_address(value: str) -> bool:
    try:
        ipaddress.ip_address(value)
    except ValueError:
        return False
    return True


def _decoded(value: str) -> bytes | None:
    """The bytes of base64 text, which may begin as a data url does and may hold line breaks; None for anything else."""
    head, comma, tail = value.partition("base64,")
    text = tail if comma and head.startswith("data:") else value
    text = text.replace("\n", "").replace("\r", "")
    if len(text) % 4:
        return None  # Python accepts too much padding
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
