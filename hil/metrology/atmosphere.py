"""The long-wave transmission of air: the two-exponential model that thermographic cameras use for short ways."""

from __future__ import annotations

import math
from typing import Final

from hil.metrology.statistics import required_number

__all__ = ["transmission", "water_content"]

_THIN: Final = (1.9, 0.006569, -0.002276)
_THICK: Final = (-0.9, 0.01262, -0.00667)
_WATER: Final = (1.5587, 0.06939, -0.00027816, 0.00000068455)


def water_content(air: float, humidity: float) -> float:
    """Water in air of `air` degC (-40 to 80) at `humidity` % relative (0 to 100), as g/m3.

    Raises ValueError outside these ranges.
    """
    celsius, relative = required_number(air, "air temperature"), required_number(humidity, "relative humidity")
    if not -40 <= celsius <= 80:
        raise ValueError(f"air temperature must lie between -40 and 80 degC, not {celsius:g}")
    if not 0 <= relative <= 100:
        raise ValueError(f"relative humidity must lie between 0 and 100 %, not {relative:g}")
    return relative / 100 * math.exp(sum(factor * celsius**power for power, factor in enumerate(_WATER)))


def transmission(distance: float, air: float, humidity: float) -> float:
    """Transmission (over 0 to 1) of `distance` metres (0 or more) of air, arguments as for `water_content`.

    With a window on the way, compute each part: the model is not a power law, so two halves do not make the whole.
    Raises ValueError outside these ranges, and where the model itself leaves 0 to 1: long ways through very wet air.
    """
    root = math.sqrt(required_number(distance, "distance", least=0))
    wet = math.sqrt(water_content(air, humidity))
    tau = sum(weight * math.exp(-root * (dry + moist * wet)) for weight, dry, moist in (_THIN, _THICK))
    if not 0 < tau <= 1 + 1e-12:
        raise ValueError(
            f"the model of the air does not reach {distance:g} m at {air:g} degC and {humidity:g} % "
            f"(it gives {tau:.3f})"
        )
    return min(tau, 1.0)
