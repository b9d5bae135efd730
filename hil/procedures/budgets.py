"""The lines of a budget: what the bench, the way to the camera and the camera's readings add to the uncertainty."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

from hil.bench import Accuracy, Ambient, Bench, Calibration, Reference
from hil.metrology import Component, GuardBand, Limits, NonBinary, ReportOnly, Rule, SimpleAcceptance, Summary
from hil.metrology.atmosphere import transmission
from hil.metrology.radiometry import (
    LONGWAVE,
    sensitivity_to_emissivity,
    sensitivity_to_reflected,
    sensitivity_to_transmission,
)
from hil.metrology.statistics import summarize
from hil.procedures.preparation import Conditions
from hil.procedures.source import Source

__all__ = [
    "correction_repeat",
    "error_limit",
    "limits_of",
    "noise",
    "rule_of",
    "source_components",
    "way_components",
    "within_groups",
]

_MODEL_OF_AIR: Final = 0.1
"""On short ways, models of the air's transmission agree to about a tenth of what they subtract."""


def rule_of(accuracy: Accuracy, limits: Limits | None) -> Rule | ReportOnly:
    """The decision rule that the bench file agrees on; report-only where there are no limits."""
    if limits is None or accuracy.rule == "report-only":
        return ReportOnly()
    if accuracy.rule == "simple":
        return SimpleAcceptance()
    if accuracy.rule == "guard-band":
        return GuardBand(accuracy.guard_factor)
    return NonBinary(accuracy.guard_factor)


def limits_of(half_width: float | None) -> Limits | None:
    """Limits from -half_width to +half_width; None where there is no half-width."""
    return None if half_width is None else Limits.symmetric(half_width)


def error_limit(bench: Bench, reference: Reference, degc: float) -> float | None:
    """The largest error allowed at `degc`, in K; None where the bench file sets none.

    None too for a reference without a certificate: its own error is in no budget, so nothing can be decided.
    """
    limit = bench.file.accuracy.error_limit(degc)
    return None if limit is None or reference.calibration is None else limit.at(degc)


def source_components(source: Source, conditions: Conditions, ambient: Ambient) -> list[Component]:
    """What a settled source and the way from it to the camera add to the uncertainty of an error in K."""
    own = source.settled.components
    return [*own, *way_components(source.reference.calibration, source.degc, conditions, ambient)]


def way_components(
    calibration: Calibration | None, degc: float, conditions: Conditions, ambient: Ambient
) -> list[Component]:
    """What the target's surface and the air add in K, at `degc` and under `conditions`."""
    found: list[Component] = []
    emissivity, reflected = conditions.emissivity, conditions.reflected_degc
    if calibration is not None and not calibration.radiometric and calibration.u_emissivity:
        found.append(
            Component.standard(
                "emissivity of the target",
                calibration.u_emissivity,
                unit="1",
                sensitivity=sensitivity_to_emissivity(LONGWAVE, degc, emissivity=emissivity, reflected=reflected),
                source=f"certificate {calibration.certificate}",
            )
        )
    if emissivity < 1:
        found.append(
            Component.standard(
                "reflected temperature",
                ambient.u_degc,
                sensitivity=sensitivity_to_reflected(LONGWAVE, degc, emissivity=emissivity, reflected=reflected),
                source="bench file",
            )
        )
    return found + _air(degc, conditions, ambient)


def _air(degc: float, conditions: Conditions, ambient: Ambient) -> list[Component]:
    distance, humidity = conditions.distance_m, ambient.humidity
    tau = transmission(distance, ambient.degc, humidity)
    sensitivity = sensitivity_to_transmission(
        LONGWAVE,
        degc,
        transmission=tau,
        air=ambient.degc,
        emissivity=conditions.emissivity,
        reflected=conditions.reflected_degc,
    )
    wetter = transmission(distance, ambient.degc, min(100.0, humidity + ambient.u_humidity))
    drier = transmission(distance, ambient.degc, max(0.0, humidity - ambient.u_humidity))
    model = _MODEL_OF_AIR * (1 - tau)
    return [
        Component.standard(
            "humidity of the air", abs(wetter - drier) / 2, unit="1", sensitivity=sensitivity, source="bench file"
        ),
        Component.rectangular(
            "transmission of the air", model, unit="1", sensitivity=sensitivity, source="spread of models"
        ),
    ]


def noise(values: Sequence[float], name: str = "noise", *, sensitivity: float = 1.0) -> Component:
    """Type A of readings of one thing in their order in time; readings that resemble each other count less (n_eff)."""
    summary = summarize(values, correlated=len(values) >= 4)
    stated = f"s = {summary.s:.3g} K, {summary.count} readings worth {summary.effective_count:.3g}"
    return Component.type_a(name, summary, sensitivity=sensitivity, source=stated)


def within_groups(groups: Sequence[Sequence[float]]) -> Summary:
    """The pooled scatter within groups of readings: what noise leaves in the mean of all readings."""
    summaries = [summarize(group, correlated=len(group) >= 4) for group in groups]
    dof = sum(one.dof for one in summaries)
    s = math.sqrt(sum(one.s**2 * one.dof for one in summaries) / dof)
    effective = sum(one.effective_count for one in summaries)
    mean = sum(sum(group) for group in groups) / sum(len(group) for group in groups)
    return Summary(mean, s, sum(one.count for one in summaries), max(2.0, min(effective, dof + 1)))


def correction_repeat(groups: Sequence[Sequence[float]], pooled: Summary) -> Component | None:
    """What each correction of the camera (529) leaves behind, from groups of readings with a correction between them.

    It is the scatter of the groups less the part that noise alone explains; None with fewer than two groups.
    """
    if len(groups) < 2:
        return None
    means = [sum(group) / len(group) for group in groups]
    between = summarize(means)
    noise_of_mean = pooled.s**2 * len(groups) / pooled.effective_count
    s = math.sqrt(max(0.0, between.s**2 - noise_of_mean))
    return Component.standard(
        "repeat of the correction",
        s / math.sqrt(len(groups)),
        dof=between.dof,
        source=f"s = {s:.3g} K between {len(groups)} corrections (529)",
    )
