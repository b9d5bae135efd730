from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from conformance.client import Transcript, decode
from reports.document import RESTORATION_BEGINS
from reports.render.console import Progress, plain, summary_text

from .conftest import Document, Row

HOSTILE = "\x1b]0;owned\x07\x1b[2J\r\n\x00\ud800\u202e热\x7f\x9b"


def harmless(text: str) -> bool:
    return text.isascii() and not set(map(ord, text)) & (set(range(32)) - {10} | {127})


def table(text: str) -> list[list[str]]:
    """The rows of the summary's table, as words."""
    lines = text.splitlines()
    return [line.split() for line in lines[1 : lines.index("", 1)]]


# The summary


def test_each_chapter_has_a_row_of_counts_and_all_of_them_the_last(document: Document, row: Row) -> None:
    rows = [row(f"III.1/{number}") for number in range(3)]
    rows += [row("VI.1000/a", "fail", chapter="VI Push"), row("VI.1000/b", "not_applicable", chapter="VI Push")]
    assert table(summary_text(document(*rows, exit_code=1))) == [
        ["chapter", "pass", "fail", "inconcl", "n/a", "error"],
        ["III", "Configuration", "3", "-", "-", "-", "-"],
        ["VI", "Push", "-", "1", "-", "1", "-"],
        ["all", "3", "1", "0", "1", "0"],
    ]


def test_the_columns_stand_below_their_heads(document: Document, row: Row) -> None:
    lines = summary_text(document(row(chapter="A" * 40))).splitlines()[1:4]
    assert len({len(line) for line in lines}) == 1


def test_a_failure_tells_expected_observed_evidence_and_how_to_repeat_it(document: Document, row: Row) -> None:
    text = summary_text(document(row(verdict="fail"), exit_code=1))
    assert text.splitlines()[5:14] == [
        "FAIL (major)  III.1/set/emiss/above-max  emiss above its maximum",
        "  expected  refused with 10002 (R22)",
        "  observed  retcode 10008 ('failed')",
        "  |    +0.000000 > control text 20 bytes",
        '  |     | {"cmdtype":1}',
        "  |    +0.001000 < control text 30 bytes",
        '  |     | {"retcode":10008}',
        "  repeat    thermoproof run --camera sim --select 'III.1/set/emiss/above-max'",
        "",
    ]


@pytest.mark.parametrize("verdict", ["inconclusive", "error"])
def test_what_was_not_judged_is_told_like_a_failure(document: Document, row: Row, verdict: str) -> None:
    text = summary_text(document(row(verdict=verdict, expected="", observed="the link is lost"), exit_code=3))
    assert f"{verdict.upper()}  III.1/set/emiss/above-max" in text
    assert "  expected  -\n  observed  the link is lost\n" in text


@pytest.mark.parametrize("verdict", ["pass", "not_applicable"])
def test_what_is_no_failure_is_only_counted(document: Document, row: Row, verdict: str) -> None:
    assert "III.1/set" not in summary_text(document(row(verdict=verdict)))


def test_a_waived_failure_says_by_what(document: Document, row: Row) -> None:
    assert "FAIL (major), waived by W1  III.1/" in summary_text(document(row(verdict="fail", waiver="W1")))


def test_only_the_first_twenty_failures_are_told(document: Document, row: Row) -> None:
    text = summary_text(document(*(row(f"II/{number}", "fail") for number in range(23)), exit_code=1))
    assert text.count("FAIL (major)") == 20
    assert "... and 3 more, in the record" in text


def test_of_a_long_transcript_the_end_is_shown(document: Document, row: Row) -> None:
    text = summary_text(document(row(verdict="fail", transcript="\n".join(f"line {number}" for number in range(30)))))
    assert [line for line in text.splitlines() if "line" in line] == [f"  | line {number}" for number in range(18, 30)]


def test_what_was_restored_after_the_case_is_not_shown_as_its_evidence(document: Document, row: Row) -> None:
    transcript = Transcript()
    transcript.add(
        "<", "control", "text", f'{{"retmsg":"evidence"}}\n{RESTORATION_BEGINS}\n ! thermoproof event \nlast word'
    )
    transcript.event("thermoproof", RESTORATION_BEGINS)
    transcript.add(">", "control", "text", '{"cmdtype":1}')
    text = summary_text(document(row(verdict="fail", transcript=transcript.render(transcript))))
    assert "evidence" in text
    assert "last word" in text
    assert "cmdtype" not in text


def test_warnings_readings_and_notes_are_mentioned(document: Document, row: Row) -> None:
    one = row(warnings=[{"expected": "a", "observed": "b"}], observations=[{"reading": "R01", "found": "null"}])
    text = summary_text(document(one, notes=("HTTP: not found out", "HTTP: not found out")))
    assert "1 warnings (SHOULD), in the record" in text
    assert "readings this device follows: 1 observed" in text
    assert text.count("note: HTTP: not found out") == 1


@pytest.mark.parametrize(
    ("code", "word"),
    [
        (0, "CONFORMANT"),
        (1, "NONCONFORMITIES"),
        (2, "NOT JUDGED"),
        (3, "INCONCLUSIVE"),
        (None, "The run has not ended"),
    ],
)
def test_the_last_line_says_what_the_exit_code_means(document: Document, row: Row, code: Any, word: str) -> None:
    assert summary_text(document(row(), exit_code=code)).splitlines()[-1].startswith(word)


def test_nothing_a_camera_sends_reaches_the_terminal_as_it_is(document: Document, row: Row) -> None:
    facts = dict.fromkeys(("title", "expected", "observed", "transcript"), HOSTILE)
    text = summary_text(document(row(verdict="fail", **facts), exit_code=1, notes=(HOSTILE,)))
    assert harmless(text)
    assert r"\x1b]0;owned\x07" in text


def test_a_text_becomes_one_line_of_limited_length() -> None:
    assert plain("热\n", 20) == r"\u70ed\n"
    assert plain("x" * 30, 20) == "x" * 17 + "..."
    assert plain("", 20) == ""


# Progress


def shown(
    kind: str, capsys: pytest.CaptureFixture[str], run: dict[str, Any], *, leftovers: list[str], trouble: str = ""
) -> str:
    """The output of a display of this kind over a whole run."""
    progress = Progress.of(kind)
    progress.begin(len(run["cases"]), Path("out"), {"not selected": 7})
    for each in run["cases"]:
        progress.case(each)
    progress.end(run, Path("out"), trouble, leftovers, interrupted=bool(trouble))
    return capsys.readouterr().out


def test_lines_tell_what_is_not_run_what_fails_and_how_to_go_on(
    capsys: pytest.CaptureFixture[str], document: Document, row: Row
) -> None:
    run = document(row("II/1"), row("II/2", "fail"), exit_code=1)
    text = shown("lines", capsys, run, leftovers=["pair:1 could not be restored"], trouble="the link is lost")
    assert text.startswith("thermoproof: 2 cases; the record is written to out\n  not run: 7 cases (not selected)\n")
    assert "\n  fail         II/2: retcode 10008 ('failed')\n" in text
    assert "NONCONFORMITIES" in text
    assert "NOT RESTORED: pair:1 could not be restored\n  restore it with: thermoproof restore out\n" in text
    assert "Interrupted. What was judged before is in the record" in text
    assert "thermoproof: the link is lost" in text
    assert text.endswith(f"record: {Path('out') / 'run.json'}\n")


def test_without_a_terminal_the_bar_is_lines(capsys: pytest.CaptureFixture[str], document: Document, row: Row) -> None:
    run = document(row("II/1"), row("II/2", "fail"), exit_code=1)
    assert shown("bar", capsys, run, leftovers=[]) == shown("lines", capsys, run, leftovers=[])


def test_json_is_a_line_for_each_event(capsys: pytest.CaptureFixture[str], document: Document, row: Row) -> None:
    run = document(row("II/1"), row("II/2", "fail", observed=HOSTILE), exit_code=1)
    text = shown("json", capsys, run, leftovers=[])
    events = [json.loads(line) for line in text.splitlines()]
    assert [event["event"] for event in events] == ["begin", "case", "case", "end"]
    assert (events[0]["planned"], events[0]["not_run"]) == (2, {"not selected": 7})
    assert (events[2]["id"], events[2]["verdict"]) == ("II/2", "fail")
    assert (events[3]["exit_code"], events[3]["summary"]["fail"]) == (1, 1)
    assert harmless(text)
    assert [decode(line)["event"] for line in text.splitlines()][-1] == "end"


def test_under_plain_pytest_nothing_is_printed(
    capsys: pytest.CaptureFixture[str], document: Document, row: Row
) -> None:
    assert shown("none", capsys, document(row()), leftovers=["x"], trouble="y") == ""


@pytest.mark.parametrize("kind", ["lines", "json", "none"])
def test_a_run_whose_record_could_not_be_written_still_ends(capsys: pytest.CaptureFixture[str], kind: str) -> None:
    progress = Progress.of(kind)
    progress.begin(0, Path("out"), {})
    progress.end(None, Path("out"), f"no space {HOSTILE}", [HOSTILE], interrupted=False)
    text = capsys.readouterr().out
    assert harmless(text)
    assert ("no space" in text) == (kind != "none")


@pytest.mark.parametrize("kind", ["lines", "json"])
def test_no_display_passes_on_what_a_camera_sends(
    capsys: pytest.CaptureFixture[str], document: Document, row: Row, kind: str
) -> None:
    run = document(row("II/1", "fail", observed=HOSTILE, transcript=HOSTILE), exit_code=1)
    assert harmless(shown(kind, capsys, run, leftovers=[HOSTILE], trouble=HOSTILE))


@pytest.mark.parametrize(("kind", "words"), [("lines", "waiting up to 2"), ("json", '"seconds": 125'), ("none", "")])
def test_a_case_that_takes_its_time_says_what_the_run_waits_for(
    capsys: pytest.CaptureFixture[str], kind: str, words: str
) -> None:
    Progress.of(kind).waiting("IV.9999/lease", 125)
    text = capsys.readouterr().out
    assert words in text
    assert ("IV.9999/lease" in text) == (kind != "none")
