"""A drafted profile is complete, loads, and holds no secrets; if it cannot be drafted, the command says why."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from conformance.catalogue import load
from fixtures.profiles import load_profile

from .conftest import Camera, Outcome

Call = Callable[..., Outcome]


def _drafted(thermoproof: Call, camera: Camera, tmp_path: Path, *more: str) -> Path:
    draft = tmp_path / "draft.yaml"
    outcome = thermoproof("probe", *camera.arguments[:6], *more, "--out", str(draft))
    assert outcome.code == 0, outcome.text
    return draft


def test_a_drafted_profile_loads_and_claims_what_the_camera_has(
    thermoproof: Call, camera: Camera, tmp_path: Path
) -> None:
    draft = _drafted(thermoproof, camera, tmp_path, "--user", "admin", "--password", "admin", "--name", "mine")
    profile = load_profile(load(), str(draft))
    assert profile.name == "mine"
    assert profile.device["protocol"] == "1.1.0"
    told = {key: answer for key, answer in profile.capabilities.items() if answer != "probe"}
    assert set(told.values()) == {"yes"}
    assert {"measurement", "http.signed", "upload.put", "upload.firebin", "video.vl-sub", "fire.areas-3-4"} <= set(told)
    assert (profile["ir_output_w"], profile["ir_output_h"]) == (512, 384)
    assert (profile["http_path"], profile["video_transport"]) == ("/getmsginfo", "websocket")


def test_every_answer_has_a_comment_that_says_what_was_seen(thermoproof: Call, camera: Camera, tmp_path: Path) -> None:
    lines = _drafted(thermoproof, camera, tmp_path, "--user", "admin", "--password", "admin").read_text().splitlines()
    first, last = lines.index("capabilities:") + 1, lines.index("parameters:")
    assert len(lines[first:last]) == 2 * len(load().capabilities)
    assert all(line.startswith("  # ") for line in lines[first:last:2])
    assert '  # Fire detection: command 52 answered retcode 0 ("success.")' in lines


def test_no_secret_gets_into_a_drafted_profile(thermoproof: Call, camera: Camera, tmp_path: Path) -> None:
    more = ("--user", "root", "--password", "root", "--set", "second_password=unheard-of", "--set", "second_user=ann")
    text = _drafted(thermoproof, camera, tmp_path, *more).read_text()
    assert "unheard-of" not in text
    assert 'second_user: "ann"' in text
    assert "_password:" not in text


def test_a_run_with_the_drafted_profile_is_conformant(thermoproof: Call, camera: Camera, tmp_path: Path) -> None:
    draft = _drafted(thermoproof, camera, tmp_path, "--user", "admin", "--password", "admin")
    where = (*camera.arguments, "--user", "admin", "--password", "admin", "--profile", str(draft))
    outcome = thermoproof("run", *where, "--select", "P/*")
    assert outcome.code == 0, outcome.text
    assert outcome.run["summary"]["pass"] == len(outcome.run["cases"])


def test_without_an_out_file_the_draft_goes_to_the_console(thermoproof: Call, camera: Camera) -> None:
    outcome = thermoproof("probe", *camera.arguments[:6], "--user", "admin", "--password", "admin")
    assert outcome.code == 0, outcome.text
    assert outcome.text.startswith("# Drafted by `thermoproof probe`")


def test_a_draft_never_overwrites_a_profile(thermoproof: Call, camera: Camera, tmp_path: Path) -> None:
    draft = _drafted(thermoproof, camera, tmp_path, "--user", "admin", "--password", "admin")
    draft.write_text("mine")
    outcome = thermoproof("probe", *camera.arguments[:6], "--password", "admin", "--out", str(draft))
    assert outcome.code == 2
    assert "exists already" in outcome.text
    assert draft.read_text() == "mine"


def test_a_draft_leaves_the_journal_of_another_run_alone(thermoproof: Call, camera: Camera, tmp_path: Path) -> None:
    journal = tmp_path / "journal.jsonl"
    line = '{"what": "pair:1", "value": {"emiss": 0.5}, "case": "III.1/set/emiss/max"}\n'
    journal.write_text(line)
    _drafted(thermoproof, camera, tmp_path, "--user", "admin", "--password", "admin")
    assert journal.read_text() == line, "a journal that says `restored` would make `thermoproof restore` do nothing"


def test_a_wrong_password_and_a_wrong_address_are_told_apart(thermoproof: Call, camera: Camera) -> None:
    refused = thermoproof("probe", *camera.arguments[:6], "--password", "wrong")
    assert (refused.code, "refused the login" in refused.text) == (2, True), refused.text
    nowhere = thermoproof("probe", "--camera", "127.0.0.1:1")
    assert (nowhere.code, "no camera answers at 127.0.0.1:1" in nowhere.text) == (3, True), nowhere.text
    odd = thermoproof("probe", "--camera", "127.0.0.1:99999")
    assert (odd.code, "HOST[:CONTROL_PORT] is expected" in odd.text) == (2, True), odd.text
    assert "Traceback" not in refused.text + nowhere.text + odd.text
