"""Reads a bench file strictly: doubled, unknown, missing, wrongly typed and contradictory keys are errors."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from conformance.catalogue.json_types import JsonMapping
from conformance.catalogue.strict_yaml import StrictYamlError, load_yaml
from hil.bench.consistency import problems_of
from hil.bench.errors import BenchFileError
from hil.bench.model import (
    Accuracy,
    Ambient,
    BenchFile,
    Calibration,
    CertifiedPoint,
    Contact,
    ErrorLimit,
    Geometry,
    Loopback,
    Settling,
    Station,
    Wiring,
)
from hil.bench.schema import problems_by_schema
from hil.instruments.roles import SetPointLimits

__all__ = ["load_bench", "parse_bench"]

_LARGEST: Final = 1_000_000


def load_bench(path: str | Path) -> BenchFile:
    """The bench file at `path`; raises BenchFileError with a sentence for every problem, each naming its key."""
    file = Path(path)
    try:
        if file.stat().st_size > _LARGEST:
            raise BenchFileError(f"{file} has more than {_LARGEST} bytes: it is not a bench file")
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise BenchFileError(f"the bench file {file} cannot be read: {error}") from None
    return parse_bench(text, str(file))


def parse_bench(text: str, source: str = "") -> BenchFile:
    """The bench file whose text is `text`; errors name `source`."""
    where = source or "the bench file"
    try:
        document = load_yaml(text, where)
    except (StrictYamlError, RecursionError) as error:
        raise BenchFileError(str(error) or f"{where} is nested too deeply") from None
    _refuse(where, _unreadable(document))
    _refuse(where, problems_by_schema(document))
    _refuse(where, list(_impossible(document)))
    file = _built(document, source)
    _refuse(where, problems_of(file))
    return file


def _refuse(where: str, problems: list[str]) -> None:
    if problems:
        raise BenchFileError("\n".join(f"{where}: {problem}" for problem in problems))


def _unreadable(document: Any) -> list[str]:
    """What YAML allows and a bench file does not: keys that are not words, infinite numbers."""
    if not isinstance(document, dict):
        return ["expected a mapping with the keys bench and instruments"]
    return list(_oddities(document, ""))


def _oddities(value: Any, path: str) -> Iterator[str]:
    if isinstance(value, dict):
        for key, entry in value.items():
            if not isinstance(key, str):
                yield f"{path or 'at the top'}: expected a word as key, found {key!r}; put it in quotes if it is a name"
            yield from _oddities(entry, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list):
        for place, entry in enumerate(value):
            yield from _oddities(entry, f"{path}[{place}]")
    elif isinstance(value, float) and not math.isfinite(value):
        yield f"{path}: expected a finite number"


def _impossible(document: JsonMapping) -> Iterator[str]:
    """What has the right form and is impossible all the same."""
    for name, entry in document["instruments"].items():
        for key in ("date", "due"):
            text = entry.get("calibration", {}).get(key)
            try:
                _ = text is None or dt.date.fromisoformat(text)
            except ValueError:
                yield f"instruments.{name}.calibration.{key}: {text} is not a day of the calendar"
        for key in ("limits", "options"):
            low, high = (entry.get(key, {}).get(side) for side in ("low", "high"))
            if low is not None and high is not None and not low < high:
                yield f"instruments.{name}.{key}: low ({low:g}) must lie below high ({high:g})"


def _built(document: JsonMapping, source: str) -> BenchFile:
    ambient = dict(document.get("ambient", {}))
    ambient.setdefault("reflected_degc", ambient.get("degc", Ambient().degc))
    accuracy = dict(document.get("accuracy", {}))
    accuracy["errors"] = tuple(ErrorLimit(**entry) for entry in accuracy.get("errors", ()))
    return BenchFile(
        name=document["bench"],
        path=source,
        stations={name: _station(name, entry) for name, entry in document["instruments"].items()},
        ambient=Ambient(**ambient),
        settling=Settling(**document.get("settling", {})),
        wiring=_wiring(document.get("wiring", {})),
        accuracy=Accuracy(**accuracy),
    )


def _station(name: str, entry: JsonMapping) -> Station:
    limits, geometry, calibration = entry.get("limits"), entry.get("geometry"), entry.get("calibration")
    return Station(
        name=name,
        driver=entry["driver"],
        url=entry.get("url", ""),
        options=entry.get("options", {}),
        calibration=_calibration(calibration) if calibration is not None else None,
        geometry=Geometry(**geometry) if geometry is not None else None,
        limits=SetPointLimits(limits["low"], limits["high"]) if limits is not None else None,
    )


def _calibration(entry: JsonMapping) -> Calibration:
    values = dict(entry)
    values["date"] = dt.date.fromisoformat(entry["date"])
    values["due"] = dt.date.fromisoformat(entry["due"])
    values["points"] = tuple(CertifiedPoint(**point) for point in entry["points"])
    return Calibration(**values)


def _wiring(entry: JsonMapping) -> Wiring:
    values = dict(entry)
    for key in ("alarm_in", "alarm_out"):
        if key in values:
            values[key] = _contact(values[key])
    values["loopbacks"] = tuple(
        Loopback(_contact(wire["relay"]), _contact(wire["input"])) for wire in entry.get("loopbacks", ())
    )
    return Wiring(**values)


def _contact(entry: JsonMapping) -> Contact:
    return Contact(entry["instrument"], entry["channel"], entry.get("inverted", False))
