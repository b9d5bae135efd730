"""`thermoproof run`: judge a camera. Starts pytest with our plugin and turns its exit code into ours."""

from __future__ import annotations

import argparse
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from fixtures.run.options import RUN_OPTIONS, Option
from thermoproof.commands.console import Commands, complain

if TYPE_CHECKING:
    import pytest

__all__ = ["EXIT_CODES", "add", "call"]

EXIT_CODES = "exit codes: 0 conformant, 1 nonconformities, 2 usage or configuration, 3 inconclusive or infrastructure"

_EPILOG = f"""\
{EXIT_CODES}

examples:
  thermoproof run                                     judge the embedded simulated camera
  thermoproof run --camera 192.168.1.168 --user admin --profile generic
  thermoproof run --select 'III.1/*' --camera sim     only the cases of one clause
  thermoproof run hil                                 measure the simulated camera on the simulated bench
  thermoproof run conformance hil --camera 192.168.1.168 --bench bench.yaml
"""

_REPORTS = (
    Option("--junitxml", "junitxml", "write a JUnit report too", metavar="FILE", is_path=True),
    Option("--alluredir", "alluredir", "write Allure results too", metavar="DIR", is_path=True),
)
"""Options of pytest and of its plugin for Allure, under the same names."""

_NO_BENCH_FILE = ("sim", "none")
"""What `--bench` may name besides a file."""


def add(commands: Commands) -> None:
    """Describe the command to the parser."""
    parser = commands.add_parser(
        "run",
        help="judge a camera",
        description="Judge a camera: run the suites, write the record, print the summary.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "suites", nargs="*", metavar="SUITE", help="conformance (default), hil, or the path of a suite file"
    )
    for option in (*RUN_OPTIONS, *_REPORTS):
        option.add_to(parser)
    parser.add_argument("--json", action="store_true", help="print progress and summary as JSON lines")
    parser.add_argument("-k", metavar="EXPRESSION", dest="keyword", help="select by names, as pytest does")
    parser.set_defaults(call=call)


def call(options: argparse.Namespace) -> int:
    """Run the suites; returns the exit code of the run."""
    import pytest

    import conformance.suites
    import hil.suites
    from fixtures.run.launch import pytest_words

    conformance_folder = Path(conformance.suites.__file__).parent
    known = {"conformance": str(conformance_folder), "hil": str(Path(hil.suites.__file__).parent)}
    suites = [known.get(name, name) for name in options.suites or ["conformance"]]
    for suite in suites:
        if not Path(suite.partition("::")[0]).exists():
            return complain(f"there is no suite {suite!r}: name conformance, hil, or the path of a suite file", 2)
    _end_in_good_order()
    collection = _Collection()
    words = [*pytest_words(suites, conformance_folder), *_words(options)]
    code = int(pytest.main(words, plugins=[collection]))
    # A run that has no case at all has no record that could say why.
    if code == pytest.ExitCode.INTERRUPTED and collection.failures:
        return complain(f"a suite cannot be loaded: {collection.failures[0]}", 3)
    if code == pytest.ExitCode.NO_TESTS_COLLECTED:
        complain(f"there is no case in {', '.join(suites)}: nothing was judged", 2)
    return _exit_code(code)


def _words(options: argparse.Namespace) -> Iterator[str]:
    """The options of the run as words for pytest."""
    for option in (*RUN_OPTIONS, *_REPORTS):
        value = getattr(options, option.field)
        if option.is_path and value and not (option.field == "bench" and value in _NO_BENCH_FILE):
            value = str(Path(value).absolute())
        yield from option.words(value)
    if options.keyword:
        yield from ("-k", options.keyword)
    yield from ("--display", "json" if options.json else "bar")


def _end_in_good_order() -> None:
    """Treat SIGTERM as Ctrl-C: the record is closed and the camera restored.

    A script that starts a run in the background makes it ignore Ctrl-C; a run obeys it nevertheless.
    """
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))


class _Collection:
    """A pytest plugin that remembers which suites could not be imported."""

    def __init__(self) -> None:
        self.failures: list[str] = []

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """pytest calls this for each suite file."""
        if report.failed:
            self.failures.append(f"{report.nodeid}: {report.longreprtext.strip().splitlines()[-1]}")


def _exit_code(code: int) -> int:
    """One of our four codes: what pytest calls a usage error (4) or an empty selection (5) is configuration."""
    return {4: 2, 5: 2}.get(code, code if code in (0, 1, 2, 3) else 3)
