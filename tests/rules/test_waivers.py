from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from conformance.rules.waivers import Waiver, WaiverError, load_waivers, stale

TODAY = dt.date(2026, 7, 1)
CASES = ["III.1/set/emiss/above-max", "III.2/get"]
GOOD = {
    "id": "W1",
    "case": "III.1/set/emiss/above-max",
    "reason": "fixed in 1.4",
    "owner": "anna",
    "expires": "2026-07-01",
}

Write = Callable[[Any], Path]


@pytest.fixture
def file(tmp_path: Path) -> Write:
    def write(entries: Any) -> Path:
        path = tmp_path / "waivers.yaml"
        path.write_text(entries if isinstance(entries, str) else json.dumps({"waivers": entries}))
        return path

    return write


def waiver(**changes: Any) -> Waiver:
    return Waiver(**{**GOOD, "expires": TODAY, **changes})


def test_a_waiver_holds_to_the_end_of_its_last_day(file: Write) -> None:
    (found,) = load_waivers(file([GOOD]), today=TODAY, known=CASES)
    assert found == waiver()


def test_an_expired_waiver_is_an_error(file: Write) -> None:
    with pytest.raises(WaiverError, match='waiver "W1" expired on 2026-07-01: renew it'):
        load_waivers(file([GOOD]), today=TODAY + dt.timedelta(days=1), known=CASES)


@pytest.mark.parametrize("pattern", ["III.1/*", "III.1/set/?", "III.[12]/get"])
def test_a_pattern_is_refused(file: Write, pattern: str) -> None:
    with pytest.raises(WaiverError, match="exactly one case, not a pattern"):
        load_waivers(file([{**GOOD, "case": pattern}]), today=TODAY, known=CASES)


def test_a_waiver_for_an_unknown_case_is_an_error(file: Write) -> None:
    with pytest.raises(WaiverError, match=r"names a case that does not exist: III\.1/set/emis"):
        load_waivers(file([{**GOOD, "case": "III.1/set/emis"}]), today=TODAY, known=CASES)


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ({**GOOD, "resaon": "x"}, "expected a mapping with the keys"),
        ({key: value for key, value in GOOD.items() if key != "owner"}, "owner missing"),
        ({**GOOD, "reason": ""}, "reason missing"),
        ({**GOOD, "expires": "soon"}, 'must be a date such as 2027-03-31, found "soon"'),
        ({**GOOD, "expires": "2026-02-30"}, "must be a date"),
        ({**GOOD, "case": 5}, "case must be a text"),
        ({**GOOD, "check": ["retcode"]}, "check must be a text"),
        ({**GOOD, "when": "NC200"}, "`when` is a mapping of model and version"),
        ({**GOOD, "when": {"modell": "NC200"}}, "`when` is a mapping of model and version"),
        ("W1", "expected a mapping with the keys"),
    ],
)
def test_a_bad_entry_is_told_in_a_sentence(file: Write, entry: Any, words: str) -> None:
    with pytest.raises(WaiverError, match=words):
        load_waivers(file([entry]), today=TODAY, known=CASES)


@pytest.mark.parametrize("text", ["", "[]", "waivers: 5", "waivers: [", "a: 1\na: 2"])
def test_a_file_that_is_none_is_told_in_a_sentence(file: Write, text: str) -> None:
    with pytest.raises(WaiverError, match=r"waivers\.yaml"):
        load_waivers(file(text), today=TODAY)


def test_a_missing_file_is_told_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(WaiverError, match=r"none\.yaml cannot be read"):
        load_waivers(tmp_path / "none.yaml", today=TODAY)


def test_a_waiver_without_condition_covers_every_failure_of_its_case() -> None:
    assert waiver().covers(GOOD["case"], ["retcode", "value"], {})
    assert not waiver().covers("III.2/get", ["retcode"], {})


def test_a_waiver_for_one_check_does_not_cover_another_one() -> None:
    one = waiver(check="retcode")
    assert one.covers(GOOD["case"], ["retcode", "retcode"], {})
    assert not one.covers(GOOD["case"], ["retcode", "value"], {})
    assert not one.covers(GOOD["case"], [], {})


def test_a_condition_on_model_and_firmware_is_a_pattern_for_each() -> None:
    one = waiver(when={"model": "NC*", "version": "1.3.*"})
    assert one.covers(GOOD["case"], [], {"model": "NC200", "version": "1.3.7"})
    assert not one.covers(GOOD["case"], [], {"model": "NC200", "version": "1.4.0"})
    assert not one.covers(GOOD["case"], [], {"model": "MC200", "version": "1.3.7"})
    assert not one.covers(GOOD["case"], [], {"model": "NC200"})


def test_a_waiver_is_stale_when_its_case_passes_and_only_then() -> None:
    waivers = [waiver(), waiver(id="W2", case="III.2/get"), waiver(id="W3", case="III.3/get")]
    verdicts = {GOOD["case"]: "fail", "III.2/get": "pass", "III.4/get": "pass"}
    assert [each.id for each in stale(waivers, verdicts)] == ["W2"]
