"""The image sizes of the device under test, in pixels (R58)."""

from __future__ import annotations

from conformance.catalogue.sizes import DOCUMENT_SIZES
from conformance.dut.device import Device

__all__ = ["detector_size", "output_size", "sizes_of"]


def sizes_of(dut: Device) -> dict[str, int]:
    """The sizes by their names in command 500; those of the document's example where the device does not show them."""
    return {**DOCUMENT_SIZES, **dut.sizes}


def output_size(dut: Device) -> tuple[int, int]:
    """Width and height of the infrared output."""
    sizes = sizes_of(dut)
    return sizes["ir_output_w"], sizes["ir_output_h"]


def detector_size(dut: Device) -> tuple[int, int]:
    """Width and height of the infrared detector."""
    sizes = sizes_of(dut)
    return sizes["ir_model_w"], sizes["ir_model_h"]
