"""A bench file is taken as it is meant or refused with a sentence that names the key."""

from __future__ import annotations

import copy
import json
import re
from importlib import resources
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from hil.bench import BenchFileError, Contact, Loopback, load_bench, parse_bench
from hil.bench.schema import bench_schema
from hil.instruments import SetPointLimits, drivers
from hil.instruments.registry import LINE_OPTIONS

ROOT = Path(__file__).parent.parent.parent
DOC = (ROOT / "docs" / "bench.md").read_text(encoding="utf-8")
WHOLE = next(text for text in re.findall(r"```yaml\n(.*?)```", DOC, re.DOTALL) if text.startswith("bench:"))
INSTRUMENTS = re.findall(r"```yaml instrument\n(.*?)```", DOC, re.DOTALL)


def document() -> dict[str, Any]:
    return copy.deepcopy(
        {
            "bench": "lab",
            "instruments": {
                "hot": {
                    "driver": "fluke-418x",
                    "url": "COM3",
                    "limits": {"low": 40, "high": 300},
                    "geometry": {"distance_m": 1.0, "x": 100, "y": 80, "radius_px": 20},
                    "calibration": {
                        "certificate": "2026-117",
                        "laboratory": "somebody",
                        "date": "2026-01-01",
                        "due": "2027-01-01",
                        "emissivity": 0.95,
                        "points": [{"degc": 35, "U": 0.3, "k": 2}, {"degc": 300, "U": 0.9, "k": 2}],
                    },
                },
                "board": {"driver": "modbus-board", "url": "COM4"},
            },
            "wiring": {
                "alarm_in": {"instrument": "board", "channel": 2},
                "loopbacks": [
                    {"relay": {"instrument": "board", "channel": 1}, "input": {"instrument": "board", "channel": 1}}
                ],
            },
        }
    )


def changed(path: str, value: Any) -> str:
    """The document with one key set, or taken out where the value is ... ."""
    whole = document()
    *parents, last = [int(part) if part.isdigit() else part for part in path.split("/")]
    at: Any = whole
    for part in parents:
        at = at[part]
    if value is ...:
        del at[last]
    else:
        at[last] = value
    return json.dumps(whole)


def test_the_shipped_schema_is_the_documented_one() -> None:
    shipped = (resources.files("hil.bench") / "schema.json").read_text(encoding="utf-8")
    assert shipped == (ROOT / "docs" / "bench.schema.json").read_text(encoding="utf-8")
    jsonschema.Draft202012Validator.check_schema(json.loads(shipped))


def test_the_schema_knows_every_option_of_every_driver_and_no_other() -> None:
    options = bench_schema()["properties"]["instruments"]["additionalProperties"]["properties"]["options"]
    known = {option for driver in drivers().values() for option in driver.options} | set(LINE_OPTIONS)
    assert set(options["properties"]) == known


def test_the_documented_bench_can_be_loaded() -> None:
    file = parse_bench(WHOLE)
    assert file.wiring.alarm_in is not None
    assert file.accuracy.errors


def test_every_driver_has_a_documented_example_that_can_be_loaded() -> None:
    shown = set()
    for text in INSTRUMENTS:
        file = parse_bench("bench: example\ninstruments:\n" + "".join(f"  {line}\n" for line in text.splitlines()))
        shown |= {station.driver for station in file.stations.values()}
    assert shown == set(drivers())


def test_what_the_file_says_is_what_the_bench_knows() -> None:
    file = parse_bench(json.dumps(document()), "bench.yaml")
    assert (file.name, file.path) == ("lab", "bench.yaml")
    assert file.stations["hot"].limits == SetPointLimits(40, 300)
    assert file.wiring.alarm_in == Contact("board", 2)
    assert file.wiring.loopbacks == (Loopback(Contact("board", 1), Contact("board", 1)),)
    assert file.ambient.reflected_degc == file.ambient.degc == 23.0


def test_what_the_target_reflects_is_as_warm_as_the_air_unless_told_otherwise() -> None:
    assert parse_bench(changed("ambient", {"degc": 19.5})).ambient.reflected_degc == 19.5


@pytest.mark.parametrize(
    ("path", "value", "sentence"),
    [
        ("setling", {}, "setling: unknown key; did you mean settling?"),
        ("instruments/hot/limts", {}, "instruments.hot.limts: unknown key; did you mean limits?"),
        ("instruments/hot/driver", "fluke-418", "hot.driver: there is no driver fluke-418; did you mean fluke-418x?"),
        ("instruments/hot/url", ..., "instruments.hot.url is missing"),
        ("instruments/hot/options", {"baud": 9600}, "options.baud: unknown key; did you mean baudrate?"),
        ("instruments/hot/options", {"relays": 4}, "options.relays: the driver fluke-418x has no such option"),
        ("instruments/hot/options", {"baudrate": "9600"}, 'baudrate: expected a whole number, found "9600"'),
        ("instruments/hot/options", {"model": 4181}, "expected text, found 4181; put it in quotes"),
        ("instruments/hot/options", {"low": 1}, "hot.options: give both low and high, or neither"),
        ("instruments/hot/limits", {"low": 300, "high": 40}, "low (300) must lie below high (40)"),
        ("instruments/hot/limits", None, "instruments.hot.limits: expected a mapping, found nothing"),
        ("instruments/hot/calibration/due", "2027-02-30", "2027-02-30 is not a day of the calendar"),
        ("instruments/hot/calibration/due", "1.2.2027", "calibration.due: expected a date as YYYY-MM-DD"),
        ("instruments/hot/calibration/due", "2025-01-01", "calibration.due: it must lie after the date"),
        ("instruments/hot/calibration/certificate", ..., "instruments.hot.calibration.certificate is missing"),
        ("instruments/hot/calibration/points", [], "calibration.points: it must not be empty"),
        ("instruments/hot/calibration/points/0/k", ..., "calibration.points[0].k is missing"),
        ("instruments/hot/calibration/points/0/U", 0, "points[0].U: 0 is too small: over 0"),
        ("instruments/hot/calibration/points/0/degc", 300, "calibration.points: each point must lie above"),
        ("instruments/hot/calibration/emissivity", 1.2, "emissivity: 1.2 is too large: at most 1"),
        (
            "instruments/board/calibration",
            document()["instruments"]["hot"]["calibration"],
            "only a blackbody has this key",
        ),
        ("instruments/board/url", "COM3", "board.url: COM3 is the port of hot already"),
        ("instruments/2nd", {"driver": "manual"}, "a name begins with a letter"),
        ("instruments/hand", {"driver": "manual"}, "instruments.hand.options.high is missing"),
        ("instruments/hand", {"driver": "manual", "url": "COM9"}, "hand.url: a manual instrument has no url"),
        ("instruments/cold", {"driver": "hart-913x", "url": "COM9"}, "hart-913x needs model, or low and high"),
        (
            "instruments/own",
            {"driver": "modbus-blackbody", "url": "COM9", "options": {"registers": {"temprature": 1}}},
            "own.options.registers: the register map has no temprature",
        ),
        (
            "instruments/own",
            {"driver": "modbus-blackbody", "url": "COM9", "options": {"registers": "ir-2102", "low": 0, "high": 9}},
            "there is no map ir-2102; did you mean ir-2101?",
        ),
        ("wiring/alarm_in/instrument", "bord", "wiring.alarm_in.instrument: there is no bord; did you mean board?"),
        ("wiring/alarm_in/instrument", "hot", "wiring.alarm_in: hot (fluke-418x) has no relays"),
        ("wiring/alarm_in/channel", 1.5, "alarm_in.channel: expected a whole number or text, found 1.5"),
        ("wiring/alarm_out", {"instrument": "board", "channel": "cts"}, "alarm_out: board (modbus-board) has no modem"),
        (
            "settling",
            {"window_s": 30, "period_s": 20},
            "settling.period_s: a window of 30 s must hold at least 4 readings",
        ),
        ("settling", {"window_s": 9000}, "settling.timeout_s: it must be at least as long as the window"),
        (
            "accuracy",
            {"rule": "simpel"},
            'accuracy.rule: expected one of non-binary, guard-band, simple, report-only, found "simpel"',
        ),
        (
            "accuracy",
            {"errors": [{"abs_k": 2, "low": 9, "high": 1}]},
            "accuracy.errors[0]: low (9) must lie below high",
        ),
        ("ambient", {"degc": True}, "ambient.degc: expected a number, found true"),
        ("instruments", {}, "instruments: it must not be empty"),
        ("bench", ..., "bench is missing"),
    ],
)
def test_a_file_that_is_wrong_is_refused_by_the_name_of_the_key(path: str, value: Any, sentence: str) -> None:
    with pytest.raises(BenchFileError) as caught:
        parse_bench(changed(path, value), "bench.yaml")
    assert sentence in str(caught.value)
    assert str(caught.value).startswith("bench.yaml: ")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("bench: a\nbench: b\n", "line 2: the key 'bench' stands twice"),
        ("", "expected a mapping with the keys bench and instruments"),
        ("- 1\n", "expected a mapping with the keys bench and instruments"),
        ("bench: [\n", "not YAML"),
        ("bench: a\n1: b\n", "expected a word as key, found 1"),
        ("bench: a\nambient: {degc: 1e999}\n", "ambient.degc: expected a finite number"),
    ],
)
def test_a_text_that_is_no_bench_file_is_refused(text: str, sentence: str) -> None:
    with pytest.raises(BenchFileError, match=re.escape(sentence)):
        parse_bench(text)


def test_every_problem_of_a_file_is_told_at_once() -> None:
    whole = document()
    whole["setling"] = {}
    whole["instruments"]["hot"]["limts"] = {}
    with pytest.raises(BenchFileError) as caught:
        parse_bench(json.dumps(whole), "bench.yaml")
    assert len(str(caught.value).splitlines()) == 2


def test_a_file_that_is_not_there_is_refused_with_its_name(tmp_path: Path) -> None:
    with pytest.raises(BenchFileError, match=r"nowhere\.yaml cannot be read"):
        load_bench(tmp_path / "nowhere.yaml")
