"""The set points that may be sent: those that both the instrument and the bench file allow."""

from __future__ import annotations

from hil.instruments.errors import Refused
from hil.instruments.roles import SetPointLimits

__all__ = ["common_limits"]


def common_limits(instrument: SetPointLimits, file: SetPointLimits | None, name: str) -> SetPointLimits:
    """The set points that both allow. Raises Refused where there are none."""
    if file is None:
        return instrument
    low, high = max(instrument.low, file.low), min(instrument.high, file.high)
    if not low < high:
        raise Refused(
            f"the bench file allows {file.low:g}..{file.high:g} °C, the instrument {instrument.low:g}.."
            f"{instrument.high:g} °C: no set point is left",
            instrument=name,
        )
    return SetPointLimits(low, high)
