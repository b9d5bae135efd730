"""The image sizes the document takes as its example (II.4, 500): what a bound means while no device has been asked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

__all__ = ["DOCUMENT_SIZES"]

DOCUMENT_SIZES: Final[Mapping[str, int]] = {
    "ir_output_w": 512,
    "ir_output_h": 384,
    "ir_model_w": 256,
    "ir_model_h": 192,
}
"""Pixels, by the names of command 500."""
