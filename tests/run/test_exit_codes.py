"""When something goes wrong, a run prints a helpful sentence, has the right exit code, and is never green by chance."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree as ET

import jsonschema
import pytest

from .conftest import ROOT, Camera, Outcome

Call = Callable[..., Outcome]


def test_a_quick_run_on_the_simulated_camera_is_conformant_and_leaves_a_valid_record(thermoproof: Call) -> None:
    outcome = thermoproof("run", "--mode", "quick")
    assert outcome.code == 0, outcome.text
    assert "CONFORMANT" in outcome.text
    run = outcome.run
    assert run["complete"]
    assert run["summary"]["pass"] == len(run["cases"]) > 100
    assert all(row["exchanges"] > 0 for row in run["cases"])
    jsonschema.validate(run, json.loads((ROOT / "docs" / "reference" / "run.schema.json").read_text()))


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("--camera", "no.such.host.invalid"), 3, "no camera answers at no.such.host.invalid:9980"),
        (("--camera", "127.0.0.1:1"), 3, "no camera answers at 127.0.0.1:1"),
        (("--camera", "127.0.0.1:99999"), 2, "HOST[:CONTROL_PORT] is expected"),
        (("--profile", "generik"), 2, "did you mean generic?"),
        (("--set", "lokout_s=1"), 2, "did you mean 'lockout_s'?"),
        (("--set", "lockout_s=soon"), 2, "must be a number"),
        (("--select", "XX/*"), 2, "no case matches"),
        (("--select", "IV.511/*", "--allow", "read-only"), 2, "no case"),
        (("--mode", "certify", "--select", "II/*"), 2, "certify judges everything"),
        (("--public-key", "missing.pem"), 2, "missing.pem cannot be read"),
        (("--public-key", str(ROOT / "LICENSE")), 2, "a public key in PEM was expected"),
        (("--set", "public_key=torn"), 2, "a public key in PEM was expected"),
        (("--waivers", "missing.yaml"), 2, "missing.yaml"),
        (("nowhere.py",), 2, "there is no suite"),
    ],
)
def test_what_cannot_be_run_is_said_in_a_sentence(
    thermoproof: Call, arguments: tuple[str, ...], code: int, words: str
) -> None:
    outcome = thermoproof("run", *arguments)
    assert outcome.code == code, outcome.text
    assert words in outcome.text
    assert "Traceback" not in outcome.text


def test_an_output_folder_that_cannot_be_written_is_said_in_a_sentence(thermoproof: Call, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    outcome = thermoproof("run", "--select", "II/sequence/0", "--out", str(tmp_path / "file" / "out"))
    assert outcome.code == 2
    assert "cannot be written" in outcome.text


def test_a_wrong_password_is_tried_once_and_said(thermoproof: Call, camera: Camera) -> None:
    outcome = thermoproof("run", *camera.arguments, "--profile", "generic", "--user", "admin", "--password", "wrong")
    assert outcome.code == 2
    assert "refused the login of 'admin'" in outcome.text
    assert outcome.run["cases"] == []


def test_the_password_may_come_from_the_environment(
    thermoproof: Call, camera: Camera, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("THERMOPROOF_PASSWORD", "admin")
    outcome = thermoproof("run", *camera.arguments, "--profile", "generic", "--select", "II/sequence/*")
    assert outcome.code == 0, outcome.text


def test_the_sample_ciphertext_of_the_document_logs_in(thermoproof: Call, camera: Camera) -> None:
    where = camera.arguments[:4]
    outcome = thermoproof("run", *where, "--profile", "nc200", "--select", "II/sequence/*")
    assert outcome.code == 0, outcome.text


_CASE = "IV.9999/lease"
_FAILING = ("--select", _CASE, "--set", "keep_alive_s=100")  # the camera's tokens live 120 s
_UNCLEAR = "IV.503/change"
_INCONCLUSIVE = ("--select", _UNCLEAR, "--set", "second_password=not-the-right-one")


def _allure(outcome: Outcome) -> list[str]:
    results = (outcome.folder.parent / "allure").glob("*-result.json")
    return [json.loads(path.read_text())["status"] for path in results]


def test_a_failure_is_shown_with_its_evidence_and_the_command_that_repeats_it(
    thermoproof: Call,
) -> None:
    outcome = thermoproof("run", *_FAILING, "--junitxml", "junit.xml", "--alluredir", "allure")
    assert outcome.code == 1, outcome.text
    for words in ("expected  refused with 10005", "observed  retcode 0", '"cmdtype":505', "repeat    thermoproof run"):
        assert words in outcome.text
    suite = ET.parse(outcome.folder.parent / "junit.xml").getroot()[0]
    assert (suite.get("failures"), suite.get("errors")) == ("1", "0")
    statuses = [
        json.loads(path.read_text())["status"] for path in (outcome.folder.parent / "allure").glob("*-result.json")
    ]
    assert statuses == ["failed"]


def test_an_inconclusive_case_is_an_error_to_junit_and_never_green(thermoproof: Call) -> None:
    outcome = thermoproof("run", *_INCONCLUSIVE, "--junitxml", "junit.xml", "--alluredir", "allure")
    assert outcome.code == 3, outcome.text
    assert outcome.verdict(_UNCLEAR) == "inconclusive"
    suite = ET.parse(outcome.folder.parent / "junit.xml").getroot()[0]
    assert (suite.get("failures"), suite.get("errors")) == ("0", "1")
    assert _allure(outcome) == ["broken"]


def test_a_run_in_which_no_case_is_applicable_is_not_green(thermoproof: Call) -> None:
    outcome = thermoproof("run", "--select", "IV.602/life", "--set", "ptz.preset=no")
    assert outcome.code == 3
    assert "nothing was judged" in outcome.text
    assert outcome.verdict("IV.602/life") == "not_applicable"


_WAIVER = """\
waivers:
  - {{id: W-1, case: {case}, reason: known, owner: lab, expires: {expires}}}
"""


@pytest.mark.parametrize(
    ("case", "expires", "code"),
    [(_CASE, "2999-01-01", 0), (_CASE, "2020-01-01", 2), ("IV.9999/leese", "2999-01-01", 2)],
)
def test_a_waiver_changes_the_exit_code_and_never_the_verdict(
    thermoproof: Call, tmp_path: Path, case: str, expires: str, code: int
) -> None:
    (tmp_path / "waivers.yaml").write_text(_WAIVER.format(case=case, expires=expires))
    outcome = thermoproof("run", *_FAILING, "--waivers", "waivers.yaml")
    assert outcome.code == code, outcome.text
    if code == 0:
        assert outcome.verdict(_CASE) == "fail"
        assert outcome.run["cases"][0]["waiver"] == "W-1"


def test_a_waiver_for_a_case_that_passes_is_red(thermoproof: Call, tmp_path: Path) -> None:
    (tmp_path / "waivers.yaml").write_text(_WAIVER.format(case="IV.602/life", expires="2999-01-01"))
    outcome = thermoproof("run", "--select", "IV.602/life", "--waivers", "waivers.yaml")
    assert outcome.code == 1
    assert "W-1" in outcome.text


_OWN = '@case("II/own", "own", requirement="II/sequence", clause="II.2")\nasync def test_own(case, dut):\n'
_SUITE = """\
from conformance.rules.case import case
from conformance.rules.verdict import CaseInconclusive
"""


@pytest.mark.parametrize(
    ("body", "code", "verdict", "words"),
    [
        ("    pass", 3, "error", "checked nothing"),
        ("    await dut.ask(500)\n    1 / 0", 3, "error", "ZeroDivisionError"),
        ("    dut.demand(True, 'a', 'b')", 3, "error", "checked nothing"),
        ("    await dut.ask(500, {'nonsense': 1})", 3, "error", "our own fault"),
        ("    raise CaseInconclusive('no blackbody')", 3, "inconclusive", "no blackbody"),
        ("    await dut.ask(500)\n    dut.demand(False, 'blue', 'red')", 1, "fail", "expected  blue"),
        ("    await dut.ask(500)", 0, "pass", "CONFORMANT"),
    ],
)
def test_a_case_is_judged_by_what_it_found(
    thermoproof: Call, tmp_path: Path, body: str, code: int, verdict: str, words: str
) -> None:
    suite = tmp_path / "test_own.py"
    suite.write_text(f"{_SUITE}\n{_OWN}{body}\n")
    outcome = thermoproof("run", str(suite))
    assert (outcome.code, outcome.verdict("II/own")) == (code, verdict), outcome.text
    assert words in outcome.text


def test_a_suite_that_cannot_be_imported_is_red(thermoproof: Call, tmp_path: Path) -> None:
    broken = tmp_path / "test_broken.py"
    broken.write_text("import nothing_of_that_name\n")
    good = tmp_path / "test_good.py"
    good.write_text(f"{_SUITE}\n{_OWN}    await dut.ask(500)\n")
    outcome = thermoproof("run", str(broken), str(good))
    assert outcome.code == 3, outcome.text
    assert "nothing_of_that_name" in outcome.text


def test_two_cases_of_one_id_are_refused(thermoproof: Call, tmp_path: Path) -> None:
    suite = tmp_path / "test_own.py"
    one = f"{_OWN}    await dut.ask(500)\n"
    suite.write_text(f"{_SUITE}\n{one}\n{one.replace('test_own', 'test_other')}")
    outcome = thermoproof("run", str(suite))
    assert outcome.code == 2
    assert "two cases have the id II/own" in outcome.text
