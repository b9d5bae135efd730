from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.restoration import Journal, JournalError, read_journal

SAVED = [
    ("pair:1", {"humi": 50, "show_desc": "Tür 热像仪"}),
    ("presets", []),
    ("pair:1", {"humi": 1}),
    ("clock", -3600.5),
]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.jsonl"


def write(path: Path, *entries: tuple[str, Any], restored: bool = False) -> bytes:
    journal = Journal(path)
    for what, value in entries:
        journal.save(what, value, "III.1/set/humi")
    journal.close(restored=restored)
    return path.read_bytes()


def expected(entries: list[tuple[str, Any]]) -> dict[str, Any]:
    saved: dict[str, Any] = {}
    for what, value in entries:
        saved.setdefault(what, value)
    return saved


def test_every_line_is_on_disk_before_the_run_goes_on(path: Path) -> None:
    journal = Journal(path)
    for number, (what, value) in enumerate(SAVED, 1):
        journal.save(what, value, "case")
        assert read_journal(path) == expected(SAVED[:number])
    journal.close(restored=False)


def test_the_first_value_of_a_thing_counts(path: Path) -> None:
    write(path, *SAVED)
    assert read_journal(path) == {"pair:1": SAVED[0][1], "presets": [], "clock": -3600.5}


def test_a_journal_is_plain_ascii(path: Path) -> None:
    assert write(path, *SAVED).isascii()


def test_a_run_that_changed_nothing_leaves_no_journal(path: Path) -> None:
    Journal(path).close(restored=True)
    assert not path.exists()


def test_a_journal_that_was_put_back_holds_nothing(path: Path) -> None:
    write(path, *SAVED, restored=True)
    assert read_journal(path) == {}


def test_what_is_saved_after_everything_was_put_back_counts_again(path: Path) -> None:
    write(path, *SAVED, restored=True)
    write(path, ("pair:1", {"humi": 7}))
    assert read_journal(path) == {"pair:1": {"humi": 7}}


def test_a_journal_torn_at_any_byte_holds_the_lines_before_and_nothing_else(path: Path) -> None:
    data = write(path, *SAVED, restored=True)
    ends = [position + 1 for position, byte in enumerate(data) if byte == 10]
    for cut in range(len(data) + 1):
        path.write_bytes(data[:cut])
        # A line counts as soon as its last bracket is there, even without the line feed.
        whole = sum(cut >= end - 1 for end in ends)
        assert read_journal(path) == ({} if whole > len(SAVED) else expected(SAVED[:whole])), cut


def test_a_torn_line_does_not_swallow_the_next_one(path: Path) -> None:
    data = write(path, *SAVED)
    path.write_bytes(data[:-5])
    write(path, ("linescans", [1]))
    assert read_journal(path) == {**expected(SAVED[:3]), "linescans": [1]}


@settings(max_examples=200, derandomize=True)
@given(data=st.one_of(st.binary(max_size=200), st.text(alphabet='{}[]":,\n0ewhatvlu', max_size=200).map(str.encode)))
def test_whatever_stands_in_a_file_is_read_without_a_crash(
    data: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.jsonl"
    path.write_bytes(data)
    assert isinstance(read_journal(path), dict)


@pytest.mark.parametrize(
    "line",
    [
        b"[" * 100_000,
        b'{"what": 5, "value": 1}',
        b'{"what": "pair:1"}',
        b'["what", "value"]',
        b"null",
        b'{"restored": 1}',
        b'{"restored": "true"}',
        b"\xff\xfe{\x00}\x00",
    ],
)
def test_a_line_that_is_no_entry_is_passed_over(path: Path, line: bytes) -> None:
    data = write(path, *SAVED)
    path.write_bytes(line + b"\n" + data + line)
    assert read_journal(path) == expected(SAVED)


def test_a_value_comes_back_as_it_was_written(path: Path) -> None:
    value = {"a": [1, 1.5, None, True, "x\n\x1b[31m"], "b": {"c": 2**63}}
    write(path, ("pair:1", value))
    assert read_journal(path)["pair:1"] == value
    assert len(path.read_text().splitlines()) == 1
    assert json.loads(path.read_text())["case"] == "III.1/set/humi"


def test_a_journal_that_cannot_be_read_is_told_in_a_sentence(tmp_path: Path) -> None:
    for path in (tmp_path / "none.jsonl", tmp_path):
        with pytest.raises(JournalError, match="cannot be read"):
            read_journal(path)
