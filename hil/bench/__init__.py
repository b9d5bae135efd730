"""The bench: a file that says what is wired to what, and a run's hold on it.

Names are loaded when they are first used: the guardian, a process that has to be there quickly and to cost little,
needs no metrology.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from hil.bench.bench import Bench, RealClock
    from hil.bench.certificates import certificate_problems
    from hil.bench.check import check_bench
    from hil.bench.errors import BenchBroken, BenchBusy, BenchError, BenchFileError, NotStable
    from hil.bench.file import load_bench, parse_bench
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
    from hil.bench.operator import ask_on_terminal
    from hil.bench.reference import BenchClock, Reference, ReferenceReading, Settled

__all__ = [
    "Accuracy",
    "Ambient",
    "Bench",
    "BenchBroken",
    "BenchBusy",
    "BenchClock",
    "BenchError",
    "BenchFile",
    "BenchFileError",
    "Calibration",
    "CertifiedPoint",
    "Contact",
    "ErrorLimit",
    "Geometry",
    "Loopback",
    "NotStable",
    "RealClock",
    "Reference",
    "ReferenceReading",
    "Settled",
    "Settling",
    "Station",
    "Wiring",
    "ask_on_terminal",
    "certificate_problems",
    "check_bench",
    "load_bench",
    "parse_bench",
]

_MODULES: Final = {
    "bench": "Bench RealClock",
    "certificates": "certificate_problems",
    "check": "check_bench",
    "errors": "BenchBroken BenchBusy BenchError BenchFileError NotStable",
    "file": "load_bench parse_bench",
    "model": "Accuracy Ambient BenchFile Calibration CertifiedPoint Contact ErrorLimit Geometry Loopback Settling "
    "Station Wiring",
    "operator": "ask_on_terminal",
    "reference": "BenchClock Reference ReferenceReading Settled",
}
_WHERE: Final = {name: module for module, names in _MODULES.items() for name in names.split()}


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(f"module {__name__} has no {name}")
    return getattr(import_module(f"{__name__}.{_WHERE[name]}"), name)
