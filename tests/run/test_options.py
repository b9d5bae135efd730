"""The options of a run are written once, and mean the same to `thermoproof run` and to pytest."""

from __future__ import annotations

import argparse
import dataclasses
import subprocess
import sys
from pathlib import Path
from typing import get_args

import pytest

from conformance.catalogue import Safety
from fixtures.run.options import RUN_OPTIONS, Mode, RunOptions, add_options, option, options_of
from thermoproof.commands import run

from .conftest import ROOT, environment


class _Pytest:
    """As much of pytest's parser as takes options."""

    def __init__(self) -> None:
        self.parser = argparse.ArgumentParser()

    def getgroup(self, name: str, description: str) -> _Pytest:
        return self

    def addoption(self, *names: str, **facts: object) -> None:
        self.parser.add_argument(*names, **facts)  # type: ignore[arg-type]


def _through(*words: str) -> RunOptions:
    """The options of a run that `thermoproof run` with these words starts."""
    parser = argparse.ArgumentParser()
    run.add(parser.add_subparsers())
    under_pytest = _Pytest()
    add_options(under_pytest)  # type: ignore[arg-type]
    handed_on = list(run._words(parser.parse_args(["run", *words])))
    config = argparse.Namespace(option=under_pytest.parser.parse_args(handed_on))
    return options_of(config)  # type: ignore[arg-type]


def test_every_option_has_a_field_and_every_field_an_option() -> None:
    fields = {each.name for each in dataclasses.fields(RunOptions)}
    assert {each.field for each in RUN_OPTIONS} | {"display"} == fields


def test_the_choices_are_those_of_the_house() -> None:
    assert list(option("--allow").choices or ()) == [each.value for each in Safety]
    assert tuple(option("--mode").choices or ()) == get_args(Mode)


def test_without_words_both_have_the_same_defaults() -> None:
    assert _through() == RunOptions(
        camera="sim", http_port=None, stimulus_port=0, user=None, password=None, public_key=None, profile=None,
        profile_set=(), bench=None, truth=None, mode="nightly", allow=None, select=(), waivers=None,
        strict_should=False, out=None, seed=0, display="bar",
    )  # fmt: skip


def test_every_word_reaches_pytest() -> None:
    words = "--camera 10.0.0.1 --http-port 81 --stimulus-port 5 --user u --password p --public-key k.pem --profile x"
    words += (
        " --set a=1 --set b=-2 --bench sim --truth 7 --mode quick --allow reversible --select III.1/* --select II/*"
    )
    words += " --waivers /w.yaml --strict --out /o --seed 3 --json"
    assert _through(*words.split()) == RunOptions(
        camera="10.0.0.1", http_port=81, stimulus_port=5, user="u", password="p", public_key="k.pem", profile="x",
        profile_set=("a=1", "b=-2"), bench="sim", truth=7, mode="quick", allow="reversible",
        select=("III.1/*", "II/*"), waivers="/w.yaml", strict_should=True, out="/o", seed=3, display="json",
    )  # fmt: skip


def test_only_the_bench_has_words_that_are_no_path() -> None:
    options = _through("--out", "none", "--waivers", "sim", "--bench", "none")
    assert (options.out, options.waivers) == (str(Path("none").absolute()), str(Path("sim").absolute()))
    assert options.bench == "none"
    assert _through("--bench", "bench.yaml").bench == str(Path("bench.yaml").absolute())


def test_help_does_not_import_pytest_or_the_catalogue() -> None:
    program = (
        "import sys; from thermoproof.cli import main\n"
        "try: main(['run', '--help'])\n"
        "except SystemExit: print({'pytest', 'conformance.catalogue'} & set(sys.modules), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, env=environment(), capture_output=True, text=True, timeout=60
    )
    assert done.stderr.strip() == "set()"


@pytest.mark.parametrize("command", ["run", "probe", "simulate", "catalogue", "coverage", "report", "restore"])
def test_every_command_has_a_module_of_its_name(command: str) -> None:
    assert (ROOT / "thermoproof" / "commands" / f"{command}.py").is_file()
