"""How far a temperature is from the truth, and which statement that allows: pure functions, without input or output."""

from hil.metrology.budget import PROBABILITY, Budget, Component, Distribution
from hil.metrology.decision import (
    Decision,
    ExplicitLimits,
    GuardBand,
    Limits,
    NonBinary,
    Rule,
    SimpleAcceptance,
    decide,
    maximum_permissible_error,
    probability_of_conformance,
)
from hil.metrology.measurement import Measurement, ReportOnly, raw_data_hash
from hil.metrology.radiometry import LONGWAVE, SakumaHattori
from hil.metrology.stability import Stability, StabilityGate, TimedValue
from hil.metrology.statistics import Summary, summarize

__all__ = [
    "LONGWAVE",
    "PROBABILITY",
    "Budget",
    "Component",
    "Decision",
    "Distribution",
    "ExplicitLimits",
    "GuardBand",
    "Limits",
    "Measurement",
    "NonBinary",
    "ReportOnly",
    "Rule",
    "SakumaHattori",
    "SimpleAcceptance",
    "Stability",
    "StabilityGate",
    "Summary",
    "TimedValue",
    "decide",
    "maximum_permissible_error",
    "probability_of_conformance",
    "raw_data_hash",
    "summarize",
]
