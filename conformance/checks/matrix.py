"""The temperature matrix of command 530 as numbers (IV.530, R77)."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from conformance.catalogue.json_types import JsonMapping
from conformance.checks.result import short
from conformance.client.codec import kind_of

__all__ = ["SIZES", "Matrix", "MatrixError", "decode_matrix"]

SIZES = {0: (512, 384), 1: (384, 288)}
"""Width and height in pixels of the two types, as the document prints them."""


class MatrixError(Exception):
    """The reply holds no readable matrix; the message says what was expected and what was found."""


@dataclass(frozen=True, slots=True)
class Matrix:
    """A decoded matrix: `raw` of shape (height, width), in hundredths of a degree Celsius, int16 or int32."""

    raw: NDArray[np.signedinteger[Any]]

    @property
    def width(self) -> int:
        """In pixels."""
        return int(self.raw.shape[1])

    @property
    def height(self) -> int:
        """In pixels."""
        return int(self.raw.shape[0])

    @property
    def celsius(self) -> NDArray[np.float64]:
        """The temperatures in degC, shape (height, width)."""
        return self.raw / 100.0


def decode_matrix(message: JsonMapping, kind: int = 0) -> Matrix:
    """The matrix in a reply's `message` to a request of type `kind`.

    `width` and `height` are taken from the reply where it has them, else from the document. A pixel of two bytes is a
    little-endian int16, one of four bytes an int32 (R77). No data is copied. Raises MatrixError.
    """
    width, height = message.get("width", SIZES[kind][0]), message.get("height", SIZES[kind][1])
    text = message.get("temps")
    if not isinstance(text, str):
        raise MatrixError(f"temps must be a base64 text, found {kind_of(text)}")
    if not isinstance(width, int) or not isinstance(height, int) or width < 1 or height < 1:
        raise MatrixError(f"width and height must be positive numbers, found {short(width, 40)} x {short(height, 40)}")
    try:
        data = base64.b64decode(text)
    except (binascii.Error, ValueError) as error:
        raise MatrixError(f"temps must be base64, found: {error}") from None
    pixels = width * height
    if len(data) == 2 * pixels:
        return Matrix(np.frombuffer(data, "<i2").reshape(height, width))
    if len(data) == 4 * pixels:
        return Matrix(np.frombuffer(data, "<i4").reshape(height, width))
    raise MatrixError(f"{width} x {height} pixels of 2 or 4 bytes were expected, found {len(data)} bytes")
