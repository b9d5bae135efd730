"""The run record: `run.jsonl`, written and flushed event by event, and the `run.json` that is assembled from it.

Every report is made from this record and from nothing else. A run that was killed leaves a `run.jsonl`; `read_run`
assembles from it the same document, up to the last whole line.

The document is typed here as a reader finds it; docs/reference/run.schema.json describes the same for other programs.
"""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Literal, NotRequired, TypeAlias, TypedDict, cast, get_args

__all__ = [
    "DECISIONS",
    "RESTORATION_BEGINS",
    "SCHEMA",
    "VERDICTS",
    "BenchEntry",
    "CaseEntry",
    "Decision",
    "InstrumentEntry",
    "Json",
    "MeasurementEntry",
    "RecordError",
    "Recorder",
    "RunDocument",
    "VerdictWord",
    "assemble",
    "harmless_json",
    "read_run",
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
    """One measurement: value and expanded uncertainty in `unit`, what it was held to, and what was decided."""

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


class RecordError(Exception):
    """A run record that cannot be written or read."""


_SURROGATE = re.compile("[\ud800-\udfff]")


def harmless_json(value: Json) -> str:
    """JSON in plain ASCII that any reader accepts: lone surrogates from a hostile peer become visible text."""
    return _dumped(_plain(value))


def _dumped(value: Json) -> str:
    text = json.dumps(value, ensure_ascii=True, allow_nan=False, default=str)
    return text.replace("\x7f", "\\u007f")  # the one control character that JSON does not escape


def _plain(value: Json) -> Json:
    if isinstance(value, str):
        return (
            value.encode("utf-16", "surrogatepass").decode("utf-16", "backslashreplace")
            if _has_surrogate(value)
            else value
        )
    if isinstance(value, Mapping):
        return {_plain(str(key)): _plain(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(entry) for entry in value]
    if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):
        return str(value)
    return value


def _has_surrogate(text: str) -> bool:
    return not text.isascii() and _SURROGATE.search(text) is not None


class Recorder:
    """Appends events to `run.jsonl` of its directory; `finish` assembles `run.json` beside it."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.path = directory / "run.jsonl"
        try:
            directory.mkdir(parents=True, exist_ok=True)
            whole = directory / "run.json"
            if whole.exists():
                # The folder is used again: if this run is killed, the earlier one must not be mistaken for it.
                whole.replace(directory / "run.previous.json")
            torn = _is_torn(self.path)
            self._file = self.path.open("a", encoding="ascii")
            if torn:
                self._file.write("\n")
        except OSError as error:
            raise RecordError(f"the output folder {directory} cannot be written: {error.strerror or error}") from None

    def write(self, event: str, **data: Json) -> None:
        """Append one event and flush it. Raises RecordError where the disk is full, which must end the run."""
        line = harmless_json({"event": event, "at": datetime.now(UTC).isoformat(timespec="milliseconds"), **data})
        try:
            self._file.write(line + "\n")
            self._file.flush()
        except OSError as error:
            raise RecordError(f"the record {self.path} cannot be written: {error.strerror or error}") from None

    def finish(self) -> RunDocument:
        """Close the record and write `run.json`; returns its content. Raises RecordError."""
        try:
            os.fsync(self._file.fileno())
            self._file.close()
            run = assemble(_lines(self.path))
            draft = self.directory / "run.json.part"
            draft.write_text(_laid_out(run), encoding="ascii")
            draft.replace(self.directory / "run.json")
        except OSError as error:
            raise RecordError(f"{self.directory / 'run.json'} cannot be written: {error.strerror or error}") from None
        return run


def _laid_out(run: RunDocument) -> str:
    """The run document with a line for each of its keys and each of its cases, so that it can be searched by line."""
    head = [f"{_dumped(key)}: {_dumped(value)}" for key, value in run.items() if key != "cases"]
    cases = ",\n".join(_dumped(case) for case in run["cases"])
    return "{\n" + ",\n".join([*head, f'"cases": [\n{cases}\n]']) + "\n}\n"


def _is_torn(path: Path) -> bool:
    """Whether a file ends in the middle of a line, as after a crash."""
    if not path.exists() or path.stat().st_size == 0:
        return False
    with path.open("rb") as file:
        file.seek(-1, os.SEEK_END)
        return file.read() != b"\n"


def _lines(path: Path) -> Iterator[dict[str, Json]]:
    with path.open("rb") as file:
        for line in file:
            try:
                entry = json.loads(line)
            except ValueError:
                continue  # torn by a crash; only the last line can be
            if isinstance(entry, dict):
                yield entry


def assemble(events: Iterable[Mapping[str, Json]]) -> RunDocument:
    """The run document of a sequence of events; of several runs, the last one.

    A run without its `end` event is marked as not complete. An event of a later version is skipped.
    """
    run = _blank()
    cases: dict[str, CaseEntry] = {}
    for event in events:
        match event.get("event"):
            case "run":
                run, cases = _blank(), {}
                run["tool"], run["mode"] = event.get("tool", {}), event.get("mode", "")
                run["profile"] = event.get("profile", {})
                if "options" in event:
                    run["options"] = event["options"]
                run["camera"] = cast("CameraEntry", dict(event.get("camera", {})))
                run["started"] = event.get("at")
            case "camera":
                run["camera"].update(event.get("camera", {}))
            case "profile":
                run["profile"] = event.get("profile", {})
            case "note":
                run["notes"].append(event.get("text", ""))
            case "bench":
                run["bench"] = event.get("bench")
            case "trouble":
                run["trouble"] = event.get("text", "")
            case "case":
                cases[event["case"]["id"]] = event["case"]
            case "end":
                run["ended"] = event.get("at")
                run["complete"] = bool(event.get("complete"))
                run["exit_code"] = event.get("exit_code")
                run["not_run"] = event.get("not_run", {})
    run["cases"] = list(cases.values())
    run["summary"] = _summary(run["cases"])
    run["readings"] = _readings(run["cases"])
    return run


def _blank() -> RunDocument:
    return {
        "schema": SCHEMA,
        "tool": {},
        "camera": {},
        "profile": {},
        "mode": "",
        "started": None,
        "ended": None,
        "complete": False,
        "exit_code": None,
        "summary": {},
        "readings": {},
        "bench": None,
        "notes": [],
        "trouble": "",
        "cases": [],
    }


def _readings(cases: Iterable[CaseEntry]) -> dict[str, str]:
    """What was observed of each reading, and how often; the most frequent observation first."""
    found: dict[str, Counter[str]] = {}
    for row in cases:
        for observation in row.get("observations", ()):
            found.setdefault(observation["reading"], Counter())[observation["found"]] += 1
    return {
        reading: ", ".join(f"{word} ({count})" for word, count in counts.most_common())
        for reading, counts in sorted(found.items())
    }


def _summary(cases: Iterable[CaseEntry]) -> dict[str, int]:
    summary: dict[str, int] = dict.fromkeys(VERDICTS, 0)
    summary["warnings"] = 0
    for row in cases:
        summary[row["verdict"]] += 1
        summary["warnings"] += len(row.get("warnings", ()))
    return summary


def read_run(path: Path) -> RunDocument:
    """The run in `path`: the folder of a run, its run.json or its run.jsonl. Raises RecordError."""
    whole, lines = (path / "run.json", path / "run.jsonl") if path.is_dir() else (path, path)
    try:
        if whole.is_file() and whole.suffix != ".jsonl":
            document = json.loads(whole.read_text(encoding="utf-8"))
            if not isinstance(document, dict) or document.get("schema") != SCHEMA:
                raise RecordError(f"{whole} is not a run record ({SCHEMA})")
            return cast("RunDocument", document)
        if lines.is_file():
            run = assemble(_lines(lines))
            if run["started"] is not None:
                return run
    except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
        raise RecordError(f"{path} cannot be read as a run record: {error!r}") from None
    raise RecordError(f"{path} holds no run record (run.json or run.jsonl)")
