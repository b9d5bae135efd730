"""The run record: `run.jsonl`, written and flushed event by event, and the `run.json` that is assembled from it.

Every report is made from this record and from nothing else. A run that was killed leaves a `run.jsonl`; `read_run`
assembles from it the same document, up to the last whole line.
"""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

from reports.document import SCHEMA, VERDICTS, CameraEntry, CaseEntry, Json, RunDocument

__all__ = ["RecordError", "Recorder", "assemble", "harmless_json", "read_run"]


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
