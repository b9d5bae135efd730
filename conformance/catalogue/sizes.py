"""The image sizes of a device, which bound the coordinates of the field tables (reading R58).

The tables print the sizes of the document's example; a real device answers command 500 with its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, TypeAlias

__all__ = ["DOCUMENT_SIZES", "SIZE_NAMES", "ImageSizes"]

ImageSizes: TypeAlias = Mapping[str, int]
"""Image sizes in pixels, by their names in command 500. A size that is missing leaves the printed bound as it is."""

DOCUMENT_SIZES: Final[ImageSizes] = {
    "ir_output_w": 512,
    "ir_output_h": 384,
    "ir_model_w": 256,
    "ir_model_h": 192,
}
"""The sizes of the document's example (II.4, command 500), which hold until a device has been asked."""

SIZE_NAMES: Final = tuple(DOCUMENT_SIZES)
"""The names of the four sizes in command 500: width and height of the infrared picture, and of its detector."""
