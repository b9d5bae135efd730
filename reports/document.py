"""The form of the run record: the document of `run.json` as a reader finds it.

docs/reference/run.schema.json describes the same document for other programs; a test compares a real record with it.
Keys may be added, but none may change its meaning.
"""

from __future__ import annotations

from typing import Any, Final, Literal, NotRequired, TypeAlias, TypedDict, get_args

__all__ = [
    "DECISIONS",
    "RESTORATION_BEGINS",
    "SCHEMA",
    "VERDICTS",
    "BenchEntry",
    "BudgetEntry",
    "CalibrationEntry",
    "CameraEntry",
    "CaseEntry",
    "Decision",
    "InstrumentEntry",
    "Json",
    "LimitsEntry",
    "MeasurementEntry",
    "ObservationEntry",
    "OptionsEntry",
    "ProfileEntry",
    "RunDocument",
    "ToolEntry",
    "VerdictWord",
    "WarningEntry",
]

SCHEMA: Final = "thermoproof.run/1"

RESTORATION_BEGINS: Final = "--- from here on what the case changed is put back ---"
"""Stands in the transcript of a case where the case itself is over."""

Json: TypeAlias = Any
"""Any JSON value."""

VerdictWord = Literal["pass", "fail", "inconclusive", "not_applicable", "error"]
"""The verdict of a case, in the words of the record."""

VERDICTS: Final[tuple[VerdictWord, ...]] = get_args(VerdictWord)

Decision = Literal["pass", "conditional_pass", "conditional_fail", "fail", "reported", "error"]
"""What was decided about a measurement, in the words of the record."""

DECISIONS: Final[tuple[Decision, ...]] = get_args(Decision)


class LimitsEntry(TypedDict):
    """The limits of a measurement, in its unit; None: there is no limit on that side."""

    lower: float | None
    upper: float | None


class ComponentEntry(TypedDict):
    """One contribution to an uncertainty budget."""

    name: str
    value: float
    unit: str
    distribution: str
    divisor: float
    u: float
    sensitivity: float
    contribution: float
    dof: float | None
    source: str
    share: float


class CorrelationEntry(TypedDict):
    """The correlation coefficient of two contributions."""

    between: list[str]
    r: float


class BudgetEntry(TypedDict):
    """An uncertainty budget."""

    quantity: str
    unit: str
    components: list[ComponentEntry]
    correlations: list[CorrelationEntry]
    u_c: float
    dof: float | None
    probability: float
    k: float
    U: float


class MeasurementEntry(TypedDict):
    """One measurement: value and expanded uncertainty in `unit`, its limits and rule, and what was decided.

    `U` and `k` are those of its `budget`, as `hil.metrology` computed them.
    """

    name: str
    value: float | None
    unit: str
    U: float | None
    k: float | None
    limits: LimitsEntry | None
    rule: str | None
    decision: Decision
    reason: str
    probability_of_conformance: float | None
    budget: BudgetEntry | None
    raw_sha256: str | None


class WarningEntry(TypedDict):
    """A SHOULD that the camera does not keep."""

    expected: str
    observed: str


class ObservationEntry(TypedDict):
    """What the camera does where the document leaves a choice (a reading, R01 for example)."""

    reading: str
    found: str


class CaseEntry(TypedDict):
    """One case: its verdict and the evidence. Durations are in seconds."""

    id: str
    chapter: str
    clause: str
    requirement: str
    demand: str
    title: str
    verdict: VerdictWord
    severity: Literal["major", "minor"] | None
    expected: str
    observed: str
    duration_s: float
    exchanges: int
    waiver: str | None
    measurements: list[MeasurementEntry]
    warnings: list[WarningEntry]
    observations: list[ObservationEntry]
    repeat: str
    transcript: str


class PointEntry(TypedDict):
    """One point of a calibration: the correction in K at a temperature in degC, with its U and k."""

    degc: float
    correction_k: float
    U: float
    k: float


class CalibrationEntry(TypedDict):
    """The calibration of an instrument; `date` and `due` are ISO dates."""

    certificate: str
    laboratory: str
    date: str
    due: str
    radiometric: bool
    emissivity: float
    points: list[PointEntry]


class InstrumentEntry(TypedDict):
    """An instrument of the bench, with what it reports of itself."""

    name: str
    driver: str
    identity: str
    calibration: NotRequired[CalibrationEntry]


class BenchEntry(TypedDict, total=False):
    """The bench of the run; `ratio` is seconds of the bench for each second of the host."""

    name: str
    file: str
    simulated: bool
    truth_seed: int | None
    instruments: list[InstrumentEntry]
    ambient: dict[str, float]
    bench_s: float
    wall_s: float
    ratio: float | None
    retries: int
    notices: list[str]
    broken: str
    safe: bool


class ToolEntry(TypedDict, total=False):
    """The program that judged, and what it ran on."""

    name: str
    version: str
    python: str
    platform: str


class CameraEntry(TypedDict, total=False):
    """The camera: where it is, and what it reports of itself."""

    simulated: bool
    host: str
    control_port: int
    http_port: int
    http_path: str
    ir_output_w: int
    ir_output_h: int
    ir_model_w: int
    ir_model_h: int
    model: str
    version: str
    serial: str
    fpga_version: str
    measure_version: str


class ProfileEntry(TypedDict, total=False):
    """What the camera claims to have, and the values that the document leaves to it."""

    name: str
    device: dict[str, str]
    capabilities: dict[str, str]
    parameters: dict[str, Json]
    sha256: str


class OptionsEntry(TypedDict, total=False):
    """What the run was asked to do."""

    allow: str
    select: list[str]
    seed: int
    strict: bool
    camera: str
    bench: str
    waivers: str | None


class RunDocument(TypedDict):
    """The whole of `run.json`. A run that was killed has no `ended` and no `exit_code`."""

    schema: str
    tool: ToolEntry
    camera: CameraEntry
    profile: ProfileEntry
    mode: str
    options: NotRequired[OptionsEntry]
    started: str | None
    ended: str | None
    complete: bool
    exit_code: int | None
    not_run: NotRequired[dict[str, int]]
    summary: dict[str, int]
    readings: dict[str, str]
    bench: BenchEntry | None
    notes: list[str]
    trouble: str
    cases: list[CaseEntry]
