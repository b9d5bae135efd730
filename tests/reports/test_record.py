from __future__ import annotations

import copy
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.client import decode
from reports.record import Recorder, RecordError, assemble, harmless_json, read_run

from .conftest import Row

ROOT = Path(__file__).parent.parent.parent
HOSTILE = "\x1b[31mred\x1b[0m \x00\x07\r\n\t \ud800 \udfff\ud83d \u202e \u2028 热 \x7f\x9b"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "runs" / "today"


def begun(folder: Path, opening: dict[str, Any]) -> Recorder:
    recorder = Recorder(folder)
    recorder.write("run", **copy.deepcopy(opening))
    return recorder


# Writing


def test_each_event_is_a_line_that_is_there_at_once(folder: Path, opening: dict[str, Any], row: Row) -> None:
    recorder = begun(folder, opening)
    for number in range(1, 4):
        recorder.write("case", case=row(f"II/{number}"))
        lines = [json.loads(line) for line in (folder / "run.jsonl").read_text().splitlines()]
        assert [line["event"] for line in lines] == ["run"] + ["case"] * number
        assert all(line["at"].endswith("+00:00") for line in lines)
    recorder.finish()


def test_finishing_leaves_the_document_that_it_returns(folder: Path, opening: dict[str, Any], row: Row) -> None:
    recorder = begun(folder, opening)
    recorder.write("camera", camera={"model": "NC200"})
    recorder.write("profile", profile={**opening["profile"], "capabilities": {"ptz": "no"}})
    recorder.write("note", text="one")
    recorder.write("case", case=row())
    recorder.write("trouble", text="the link is lost")
    recorder.write("end", complete=False, exit_code=3, not_run={"not selected": 7})
    run = recorder.finish()
    assert run == json.loads((folder / "run.json").read_text()) == read_run(folder)
    assert run["camera"] == {"simulated": True, "host": "127.0.0.1", "model": "NC200"}
    assert run["profile"]["capabilities"] == {"ptz": "no"}
    assert (run["notes"], run["trouble"], run["not_run"]) == (["one"], "the link is lost", {"not selected": 7})
    assert (run["complete"], run["exit_code"]) == (False, 3)
    assert run["started"] <= run["ended"]
    assert sorted(each.name for each in folder.iterdir()) == ["run.json", "run.jsonl"]


def test_a_folder_that_is_no_folder_is_told_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for folder in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(RecordError, match=r"the output folder .*file.* cannot be written: "):
            Recorder(folder)


def test_a_record_that_is_a_folder_is_told_in_a_sentence(folder: Path) -> None:
    (folder / "run.jsonl").mkdir(parents=True)
    with pytest.raises(RecordError, match="cannot be written: Is a directory"):
        Recorder(folder)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_full_disk_is_told_in_a_sentence(folder: Path) -> None:
    folder.mkdir(parents=True)
    (folder / "run.jsonl").symlink_to("/dev/full")
    recorder = Recorder(folder)
    with pytest.raises(RecordError, match=r"the record .*run\.jsonl cannot be written: No space left"):
        recorder.write("run")
    with pytest.raises(RecordError, match=r"run\.json cannot be written"):
        recorder.finish()


# Killed, torn, used again


def test_a_killed_run_is_assembled_from_what_it_had_judged(folder: Path, opening: dict[str, Any], row: Row) -> None:
    words = f"""
import json, os, signal
from pathlib import Path
from reports.record import Recorder
recorder = Recorder(Path({str(folder)!r}))
recorder.write("run", **json.loads({json.dumps(opening)!r}))
for number in range(3):
    recorder.write("case", case={{**json.loads({json.dumps(row())!r}), "id": f"II/{{number}}"}})
os.kill(os.getpid(), signal.SIGKILL)
"""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", words], env=environment, check=False)
    assert done.returncode == -signal.SIGKILL
    run = read_run(folder)
    assert [each["id"] for each in run["cases"]] == ["II/0", "II/1", "II/2"]
    assert (run["complete"], run["exit_code"], run["ended"]) == (False, None, None)
    assert run["summary"]["pass"] == 3


def test_a_record_torn_at_any_byte_of_its_last_line_keeps_the_lines_before(
    folder: Path, opening: dict[str, Any], row: Row
) -> None:
    recorder = begun(folder, opening)
    recorder.write("case", case=row("II/1"))
    kept = recorder.path.stat().st_size
    recorder.write("case", case=row("II/2", "fail"))
    data = recorder.path.read_bytes()
    recorder.finish()
    for cut in range(kept, len(data) + 1):
        recorder.path.write_bytes(data[:cut])
        verdicts = [each["verdict"] for each in read_run(recorder.path)["cases"]]
        assert verdicts == (["pass", "fail"] if cut >= len(data) - 1 else ["pass"]), cut


def test_a_folder_used_again_tells_of_the_new_run_alone(folder: Path, opening: dict[str, Any], row: Row) -> None:
    recorder = begun(folder, opening)
    recorder.write("case", case=row("II/1", "fail", observations=[{"reading": "R01", "found": "null"}]))
    recorder.write("note", text="old")
    first = recorder.finish()
    recorder = begun(folder, opening)
    recorder.write("case", case=row("II/2"))
    assert [each["id"] for each in read_run(folder)["cases"]] == ["II/2"]
    second = recorder.finish()
    assert [each["id"] for each in second["cases"]] == ["II/2"]
    assert (second["summary"]["fail"], second["readings"], second["notes"]) == (0, {}, [])
    assert json.loads((folder / "run.previous.json").read_text()) == first


def test_a_line_torn_by_a_killed_run_does_not_swallow_the_next_run(folder: Path, opening: dict[str, Any]) -> None:
    begun(folder, opening).finish()
    (folder / "run.jsonl").write_text('{"event": "case", "case": {"id": "II/1"')
    begun(folder, {**opening, "mode": "quick"}).finish()
    assert read_run(folder)["mode"] == "quick"


def test_a_folder_whose_run_was_not_put_back_is_not_used_again(tmp_path: Path) -> None:
    (tmp_path / "journal.jsonl").write_text('{"what": "pair:1", "value": {}, "case": "III.1/set/emiss/min"}\n')
    suite = str(ROOT / "conformance" / "suites" / "iv_system" / "test_questions.py")
    words = [sys.executable, "-m", "thermoproof", "run", suite, "--out", str(tmp_path)]
    done = subprocess.run(
        words, cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, timeout=60, check=False
    )
    assert done.returncode == 2
    assert b"a run that was not restored (pair:1)" in done.stderr + done.stdout
    assert [each.name for each in tmp_path.iterdir()] == ["journal.jsonl"]


# Assembling


def test_a_case_recorded_twice_counts_once_and_as_last_seen(row: Row) -> None:
    one = row("II/1", observations=[{"reading": "R01", "found": "null"}])
    run = assemble([{"event": "case", "case": one}, {"event": "case", "case": {**one, "verdict": "error"}}])
    assert [each["verdict"] for each in run["cases"]] == ["error"]
    assert run["summary"] == {"pass": 0, "fail": 0, "inconclusive": 0, "not_applicable": 0, "error": 1, "warnings": 0}
    assert run["readings"] == {"R01": "null (1)"}


def test_the_summary_counts_every_verdict_and_every_warning(row: Row) -> None:
    verdicts = ["pass", "pass", "fail", "inconclusive", "not_applicable", "error"]
    warning = {"expected": "a", "observed": "b"}
    rows = [row(f"II/{number}", verdict, warnings=[warning]) for number, verdict in enumerate(verdicts)]
    run = assemble([{"event": "case", "case": each} for each in rows])
    assert run["summary"] == {"pass": 2, "fail": 1, "inconclusive": 1, "not_applicable": 1, "error": 1, "warnings": 6}


def test_the_commonest_choice_of_a_reading_comes_first(row: Row) -> None:
    found = ["{}", "null", "null", "missing"]
    rows = [row(f"II/{number}", observations=[{"reading": "R01", "found": each}]) for number, each in enumerate(found)]
    rows.append(row("II/9", observations=[{"reading": "R06", "found": "absent"}]))
    readings = assemble([{"event": "case", "case": each} for each in rows])["readings"]
    assert readings == {"R01": "null (2), {} (1), missing (1)", "R06": "absent (1)"}


def test_assembling_leaves_the_events_as_they_were(opening: dict[str, Any], row: Row) -> None:
    events = [
        {"event": "run", **opening},
        {"event": "camera", "camera": {"model": "x"}},
        {"event": "case", "case": row()},
    ]
    before = copy.deepcopy(events)
    assert assemble(events)["camera"]["model"] == "x"
    assert events == before


def test_an_event_of_a_later_version_is_passed_over(opening: dict[str, Any]) -> None:
    run = assemble([{"event": "run", **opening}, {"event": "measurement", "x": 1}, {}])
    assert run["tool"] == opening["tool"]


# Harmless


def test_what_a_hostile_camera_sent_is_plain_ascii_in_the_record(
    folder: Path, opening: dict[str, Any], row: Row
) -> None:
    recorder = begun(folder, opening)
    recorder.write("camera", camera={"model": HOSTILE, HOSTILE: 1})
    recorder.write("case", case=row(HOSTILE, "fail", observed=HOSTILE, transcript=HOSTILE))
    recorder.write("note", text=HOSTILE)
    recorder.finish()
    for name in ("run.jsonl", "run.json"):
        data = (folder / name).read_bytes()
        assert data.isascii()
        assert not set(data) & (set(range(32)) - {10} | {127})
    assert len((folder / "run.jsonl").read_text().splitlines()) == 4
    run = decode((folder / "run.json").read_bytes())
    assert "\x1b[31mred" in run["cases"][0]["observed"]
    assert "\ud800" not in run["cases"][0]["observed"]


@settings(derandomize=True)
@given(st.recursive(st.text(st.characters()) | st.floats() | st.none(), lambda below: st.lists(below, max_size=3)))
def test_every_value_becomes_json_that_a_strict_reader_takes(value: Any) -> None:
    text = harmless_json({"value": value})
    assert text.isascii()
    assert text.isprintable()
    assert set(decode(text)) == {"value"}


@settings(derandomize=True)
@given(st.text(st.characters(codec="utf-8")))
def test_a_text_without_half_a_surrogate_pair_comes_back_as_it_was(text: str) -> None:
    assert decode(harmless_json({"value": text})) == {"value": text}


def test_what_json_cannot_say_is_said_in_words() -> None:
    value = {"nan": float("nan"), "inf": float("-inf"), "path": Path("a"), 5: "key", "pair": (1, 2)}
    assert decode(harmless_json(value)) == {"nan": "nan", "inf": "-inf", "path": "a", "5": "key", "pair": [1, 2]}


# Reading


def test_a_run_is_read_by_its_folder_its_document_or_its_lines(folder: Path, opening: dict[str, Any]) -> None:
    run = begun(folder, opening).finish()
    assert read_run(folder) == read_run(folder / "run.json") == read_run(folder / "run.jsonl") == run
    (folder / "run.jsonl").rename(folder / "copy.jsonl")
    assert read_run(folder / "copy.jsonl") == run


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("run.json", ""),
        ("run.json", "[]"),
        ("run.json", '{"schema": "thermoproof.run/9"}'),
        ("run.json", '{"schema": '),
        ("run.jsonl", ""),
        ("run.jsonl", "no record\n"),
        ("run.jsonl", '{"event": "run", "at": "x"}\n{"event": "case"}\n'),
        ("run.jsonl", '{"event": "run", "at": "x"}\n{"event": "case", "case": 5}\n'),
        ("run.jsonl", '{"event": "run", "at": "x"}\n{"event": "case", "case": {"id": "a", "verdict": "great"}}\n'),
        ("other.txt", "hello"),
    ],
)
def test_what_is_no_record_is_told_in_a_sentence(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    for path in (tmp_path, tmp_path / name):
        with pytest.raises(RecordError, match="run record"):
            read_run(path)


def test_a_misspelt_name_is_not_taken_for_the_folder_above(folder: Path, opening: dict[str, Any]) -> None:
    begun(folder, opening).finish()
    with pytest.raises(RecordError, match="holds no run record"):
        read_run(folder / "yesterday")
