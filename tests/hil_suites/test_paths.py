"""What 530's numbers mean (R77), and how fine a path tells."""

from __future__ import annotations

import asyncio
import base64
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

from conformance.dut.device import Device
from hil.procedures.measuring import Measuring
from hil.procedures.paths import Matrix, NotRepresentable, Shown
from hil.procedures.region import Region

REGION = Region(3, 3, 6, 6, 8, 8)


class StandIn:
    """Answers 530 with numbers as a camera would send them, and 521 with the temperature that they mean."""

    def __init__(self, degc: float, dtype: str) -> None:
        self.sizes = {"ir_model_w": 8}
        self.seen: list[tuple[str, str]] = []
        self.judgement = SimpleNamespace(observe=lambda *facts: self.seen.append(facts))
        self._degc = degc
        numbers = np.full((8, 8), round(degc * 100), dtype=np.int64)
        if dtype == "clipped":
            numbers, dtype = np.clip(numbers, -32768, 32767), "<i2"
        if dtype == "clipped unsigned":
            numbers, dtype = np.clip(numbers, 0, 65535), "<u2"
        self._bytes = numbers.astype("<i8").astype(dtype, casting="unsafe").tobytes()

    def follows(self, reading: str, found: str) -> None:
        self.seen.append((reading, found))

    async def ask(self, cmdtype: int, message: Any = None) -> Any:
        if cmdtype == 521:
            return SimpleNamespace(ok=True, retcode=0, message={"value": self._degc, "show": 1})
        temps = base64.b64encode(self._bytes).decode()
        return SimpleNamespace(ok=True, retcode=0, message={"width": 8, "height": 8, "temps": temps})


def _read(degc: float, dtype: str) -> float:
    measuring = Measuring(cast("Device", StandIn(degc, dtype)), cast("Any", None))
    matrix = Matrix(measuring, REGION)
    return asyncio.run(matrix.read())


@pytest.mark.parametrize(
    ("degc", "dtype"),
    [
        (25.0, "<i2"),
        (-15.5, "<i2"),
        (-15.5, "<i4"),
        (500.25, "<i4"),
        (25.0, "<u2"),
        (400.0, "<u2"),
        (-15.0, "<u2"),
        (400.0, "<i2"),
    ],
)
def test_the_temperature_is_found_whatever_the_numbers_are(degc: float, dtype: str) -> None:
    assert _read(degc, dtype) == pytest.approx(degc)


@pytest.mark.parametrize(
    ("degc", "dtype", "high"),
    [
        (400.0, "clipped", True),
        (-400.0, "clipped", False),
        (-15.0, "clipped unsigned", False),
        (700.0, "clipped unsigned", True),
    ],
)
def test_an_end_of_the_scale_is_no_temperature(degc: float, dtype: str, high: bool) -> None:
    with pytest.raises(NotRepresentable) as caught:
        _read(degc, dtype)
    assert caught.value.high is high


def test_nought_degrees_is_a_temperature_of_unsigned_numbers() -> None:
    assert _read(0.0, "clipped unsigned") == 0.0


@pytest.mark.parametrize(
    ("shown", "step"),
    [
        ([26.0, 26.1], 0.1),
        ([26.0], 0.1),
        ([26.0, 26.01], 0.01),
        ([], 0.01),
        ([20.0, 21.0, 22.0, 23.0, 24.0, 25.0], 1.0),
    ],
)
def test_the_step_is_what_the_readings_allow(shown: list[float], step: float) -> None:
    path = Shown(cast("Any", None), REGION)
    for value in shown:
        path.number(value, "reading")
    assert path.step_k == step
