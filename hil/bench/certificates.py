"""Whether a reference is calibrated well enough for what its bench is used for."""

from __future__ import annotations

import datetime as dt

from hil.bench.model import BenchFile, Calibration, Station
from hil.bench.report import Report
from hil.instruments import drivers

__all__ = ["certificate_problems", "check_calibration"]


def certificate_problems(file: BenchFile, today: dt.date) -> tuple[str, ...]:
    """A sentence for each reason why no certificate may be issued with this bench; empty where one may."""
    return tuple(
        f"{station.name}: {problem}" for station in file.stations.values() for problem in _missing(station, today)
    )


def check_calibration(report: Report, station: Station, today: dt.date, *, certify: bool) -> None:
    """Adds the problems of the calibration of `station`: errors in certify mode, otherwise warnings."""
    for problem in _missing(station, today):
        if certify:
            report.error(station.name, f"{problem}; certify mode is refused")
        else:
            report.warning(station.name, f"{problem}; certify mode would be refused")
    if "Blackbody" in drivers()[station.driver].roles:
        if station.geometry is None:
            report.warning(station.name, "the file does not say where its target is; add geometry")
        if station.calibration is not None:
            _check_use(report, station, station.calibration)


def _missing(station: Station, today: dt.date) -> list[str]:
    if "Blackbody" not in drivers()[station.driver].roles:
        return []
    calibration = station.calibration
    if calibration is None:
        return ["it has no calibration"]
    if calibration.date > today:
        return [f"certificate {calibration.certificate} is dated {calibration.date}, which lies in the future"]
    if calibration.is_due(today):
        days = (today - calibration.due).days
        return [f"its calibration was due on {calibration.due}, {days} day{'' if days == 1 else 's'} ago"]
    return []


def _check_use(report: Report, station: Station, calibration: Calibration) -> None:
    limits = station.limits
    if limits is not None and (limits.low < calibration.low or limits.high > calibration.high):
        report.warning(
            station.name,
            f"the file allows {limits.low:g}..{limits.high:g} °C, certificate {calibration.certificate} covers "
            f"only {calibration.low:g}..{calibration.high:g} °C: set points beyond the certificate are refused",
        )
    emissivity = station.options.get("emissivity")
    if calibration.radiometric and emissivity is not None and abs(emissivity - calibration.emissivity) > 1e-9:
        report.warning(
            station.name,
            f"it is set to emissivity {emissivity:g}, but its radiometric calibration holds for "
            f"{calibration.emissivity:g}",
        )
