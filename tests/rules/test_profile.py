from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from conformance.catalogue import Catalogue
from conformance.rules.profile import ProfileError
from fixtures.profiles import builtin_profiles, load_profile

Write = Callable[[str], str]


@pytest.fixture
def file(tmp_path: Path) -> Write:
    def write(text: str) -> str:
        path = tmp_path / "bench.yaml"
        path.write_text(text)
        return str(path)

    return write


def test_three_profiles_come_with_the_project() -> None:
    assert sorted(builtin_profiles()) == ["generic", "nc200", "simulated"]


@pytest.mark.parametrize("name", ["generic", "nc200", "simulated"])
def test_each_profile_of_the_project_answers_everything(catalogue: Catalogue, name: str) -> None:
    profile = load_profile(catalogue, name)
    assert profile.name == name
    assert set(profile.capabilities) == set(catalogue.capabilities)
    assert set(profile.parameters) == set(catalogue.parameters)
    assert set(profile.capabilities.values()) <= {"yes", "no", "probe"}


def test_the_simulated_camera_claims_everything_and_leaves_nothing_to_probing(catalogue: Catalogue) -> None:
    assert set(load_profile(catalogue, "simulated").capabilities.values()) == {"yes"}


def test_what_a_profile_does_not_set_has_its_default(catalogue: Catalogue, file: Write) -> None:
    profile = load_profile(catalogue, file("capabilities: {others: probe}"))
    assert profile.name == "bench"
    assert profile.parameters == {key: row.default for key, row in catalogue.parameters.items()}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("capabilities: {others: 'yes', misc.ptz: 'no'}", "unknown capability 'misc.ptz'"),
        ("capabilities: {others: 'yes', ptz.preste: 'no'}", "did you mean 'ptz.preset'"),
        ("capabilities: {others: probe}\nparameters: {keep_alife_s: 60}", "did you mean 'keep_alive_s'"),
        ("capabilties: {others: probe}", "did you mean 'capabilities'"),
        ("capabilities: {ptz: 'yes'}", "no answer for .*measurement"),
        ("profile: empty", "no answer for"),
        ("capabilities: {others: maybe}", 'others must be yes, no or probe, found "maybe"'),
        ("capabilities: {others: probe, ptz: true}", "ptz must be yes, no or probe, found true"),
        ("capabilities: [ptz]", "capabilities must be a mapping"),
        ("[1, 2]", "a mapping with profile, device"),
        ("", "a mapping with profile, device"),
        ("capabilities: {", "not YAML"),
        ("capabilities: {others: probe}\ncapabilities: {others: 'yes'}", "capabilities"),
    ],
)
def test_what_is_unknown_missing_or_doubled_is_told_with_the_nearest_word(
    catalogue: Catalogue, file: Write, text: str, words: str
) -> None:
    with pytest.raises(ProfileError, match=words):
        load_profile(catalogue, file(text))


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ("keep_alive_s: soon", r'keep_alive_s must be a number \(float\), found "soon"'),
        ("keep_alive_s: true", "must be a number"),
        ("keep_alive_s: 0", "must lie in 1 .. 3600"),
        ("ptz_presets: 1.0", r"must be a number \(int\)"),
        ("ptz_presets: 65536", "must lie in 1 .. 65535"),
        ("admin_user: 5", r"admin_user must be a string, found 5 \(put it in quotes\)"),
        ("video_transport: udp", "must be one of auto, websocket, tcp"),
        ("stimuli: heat", "must be a list of words"),
        ("stimuli: [5]", "must be a list of words"),
        ("stimuli: [heet]", "did you mean 'heat'"),
        ("packages: [a]", "must be a mapping"),
        ("packages: {lowpgk: {good: a}}", "did you mean 'lowpkg'"),
        ("packages: {lowpkg: a}", "lowpkg must be a mapping"),
        ("packages: {lowpkg: {goood: a}}", "did you mean 'good'"),
    ],
)
def test_a_parameter_of_the_wrong_type_or_range_is_refused(
    catalogue: Catalogue, file: Write, setting: str, words: str
) -> None:
    with pytest.raises(ProfileError, match=words):
        load_profile(catalogue, file(f"capabilities: {{others: probe}}\nparameters: {{{setting}}}"))


def test_an_unknown_profile_names_the_nearest_one_and_the_others(catalogue: Catalogue) -> None:
    with pytest.raises(ProfileError, match=r"generic, nc200, simulated; did you mean simulated\?"):
        load_profile(catalogue, "simulted")


def test_a_file_that_is_no_text_is_told_in_a_sentence(catalogue: Catalogue, tmp_path: Path) -> None:
    (tmp_path / "bench.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ProfileError, match=r"bench\.yaml cannot be read"):
        load_profile(catalogue, str(tmp_path / "bench.yaml"))


def test_set_overrides_parameters_of_every_type_and_capabilities(catalogue: Catalogue) -> None:
    settings = [
        "keep_alive_s=12.5",
        "ptz_presets=7",
        "admin_user=5",
        "admin_password=a=b",
        "stimuli=[heat]",
        "packages={lowpkg: {good: /a/b}}",
        "mail=no",
    ]
    profile = load_profile(catalogue, "simulated", settings)
    assert (profile["keep_alive_s"], profile["ptz_presets"]) == (12.5, 7)
    assert (profile["admin_user"], profile["admin_password"]) == ("5", "a=b")
    assert profile["stimuli"] == ["heat"]
    assert profile["packages"] == {"lowpkg": {"good": "/a/b"}}
    assert not profile.has("mail")


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ("keep_alive_s", "KEY=VALUE was expected"),
        ("keep_alive=60", "did you mean 'keep_alive_s'"),
        ("keep_alive_s=soon", "must be a number"),
        ("keep_alive_s=[", "not YAML"),
        ("mail=perhaps", "a capability must be yes, no or probe"),
    ],
)
def test_a_setting_that_cannot_be_is_refused(catalogue: Catalogue, setting: str, words: str) -> None:
    with pytest.raises(ProfileError, match=words):
        load_profile(catalogue, "simulated", [setting])


def test_packages_are_relative_to_the_file_that_names_them(catalogue: Catalogue, file: Write, tmp_path: Path) -> None:
    text = "capabilities: {others: probe}\nparameters: {packages: {lowpkg: {good: a.pkg, older: /b.pkg}}}"
    assert load_profile(catalogue, file(text))["packages"] == {
        "lowpkg": {"good": str(tmp_path / "a.pkg"), "older": "/b.pkg"}
    }


def test_what_is_left_to_probing_counts_as_had_until_it_is_answered(catalogue: Catalogue) -> None:
    profile = load_profile(catalogue, "generic")
    assert profile.capabilities["ptz"] == "probe"
    assert profile.has("ptz")
    answered = profile.answered({"ptz": False, "mail": True})
    assert (answered.capabilities["ptz"], answered.capabilities["mail"]) == ("no", "yes")
    assert not answered.has("ptz")
    assert profile.has("ptz")


def test_no_secret_is_in_what_a_report_may_print(catalogue: Catalogue) -> None:
    secrets = {key for key, row in catalogue.parameters.items() if row.secret}
    assert secrets >= {"admin_password", "admin_ciphertext", "second_password", "operator_password", "default_password"}
    values = {key: f"hunter-{key}" for key in secrets}
    profile = load_profile(catalogue, "simulated").with_parameters(**values)
    public = profile.public()
    assert not [value for value in values.values() if value in repr(public) or value in repr(profile)]
    assert {public["parameters"][key] for key in secrets} == {"(set)"}
    assert load_profile(catalogue, "generic").public()["parameters"]["admin_password"] == ""


def test_the_hash_of_a_profile_tells_one_from_another_and_not_its_passwords(catalogue: Catalogue) -> None:
    one = load_profile(catalogue, "simulated")
    assert one.public() == load_profile(catalogue, "simulated").public()
    digests = {
        each.public()["sha256"]
        for each in (
            one,
            one.with_parameters(admin_password="another"),
            load_profile(catalogue, "simulated", ["mail=no"]),
            load_profile(catalogue, "simulated", ["restart_s=31"]),
        )
    }
    assert len(digests) == 3
