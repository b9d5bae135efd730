from __future__ import annotations

from collections.abc import Mapping

import pytest


@pytest.fixture
def sizes() -> Mapping[str, int]:
    """Of the camera that both appendices and the examples are about."""
    return {"ir_output_w": 512, "ir_output_h": 384, "ir_model_w": 256, "ir_model_h": 192}
