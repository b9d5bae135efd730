"""The command line: parses, calls, prints. What a subcommand needs is imported when it is called, so that --help
is quick.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from thermoproof import __version__

if TYPE_CHECKING:
    import pytest

__all__ = ["main"]

_RUN_EPILOG = """\
exit codes: 0 conformant, 1 nonconformities, 2 usage or configuration, 3 inconclusive or infrastructure

examples:
  thermoproof run                                     judge the embedded simulated camera
  thermoproof run --camera 192.168.1.168 --user admin --profile generic
  thermoproof run --select 'III.1/*' --camera sim     only the cases of one clause
  thermoproof run hil                                 measure the simulated camera on the simulated bench
  thermoproof run conformance hil --camera 192.168.1.168 --bench bench.yaml
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    parser = _parser()
    options = parser.parse_args(arguments)
    if options.command is None:
        parser.print_help()
        return 2
    try:
        return int(options.call(options))
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 3
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 3


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="thermoproof",
        description="Tells, with evidence a laboratory can file, whether a dual-light thermal camera does what its "
        "protocol document says.",
    )
    parser.add_argument("--version", action="version", version=f"thermoproof {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    _add_run(commands)
    _add_probe(commands)
    _add_simulate(commands)
    _add_catalogue(commands)
    _add_record_commands(commands)
    _add_bench(commands)
    _add_mutants(commands)
    _add_dialects(commands)
    return parser


def _add_run(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    run = commands.add_parser(
        "run",
        help="judge a camera",
        description="Judge a camera: run the suites, write the record, print the summary.",
        epilog=_RUN_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    run.add_argument(
        "suites", nargs="*", metavar="SUITE", help="conformance (default), hil, or the path of a suite file"
    )
    run.add_argument(
        "--camera", default="sim", metavar="sim|HOST[:CONTROL_PORT]", help="default: sim, the embedded one"
    )
    run.add_argument("--http-port", metavar="N", help="the camera's HTTP port (default 80)")
    run.add_argument(
        "--stimulus-port", metavar="N", help="stimulus channel of a camera started by `thermoproof simulate`"
    )
    run.add_argument("--user", metavar="U", help="administrator's account")
    run.add_argument("--password", metavar="P", help="its password (better: environment variable THERMOPROOF_PASSWORD)")
    run.add_argument("--public-key", metavar="FILE.pem", help="the device's RSA public key")
    run.add_argument(
        "--profile", metavar="NAME|FILE", help="what the device claims: simulated, generic, nc200 or a file"
    )
    run.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="override one key of the profile")
    run.add_argument(
        "--bench",
        metavar="sim|none|FILE",
        help="the bench of the suite hil: the simulated one (default with --camera sim)",
    )
    run.add_argument(
        "--truth", metavar="N", help="simulated bench: make its camera and references wrong by chance, seed N"
    )
    run.add_argument("--mode", choices=("quick", "nightly", "certify"), default="nightly")
    run.add_argument("--allow", choices=("read-only", "reversible", "disruptive", "destructive"), help="safety class")
    run.add_argument(
        "--select", action="append", default=[], metavar="GLOB", help="only cases whose id matches; repeatable"
    )
    run.add_argument("--waivers", metavar="FILE", help="failures somebody has decided to live with")
    run.add_argument("--strict", action="store_true", help="a violated SHOULD is a failure")
    run.add_argument("--out", metavar="DIR", help="folder of the record (default reports/out/<time>)")
    run.add_argument("--seed", metavar="N", default="0", help="seed of generated values and of the simulated camera")
    run.add_argument("--junitxml", metavar="FILE", help="write a JUnit report too")
    run.add_argument("--alluredir", metavar="DIR", help="write allure results too")
    run.add_argument("--json", action="store_true", help="progress and summary as JSON lines")
    run.add_argument("-k", metavar="EXPRESSION", dest="keyword", help="pytest's own selection")
    run.set_defaults(call=_run)


def _run(options: argparse.Namespace) -> int:
    import pytest

    import conformance.suites
    import hil

    folder = Path(conformance.suites.__file__).parent
    named = {"conformance": str(folder), "hil": str(Path(hil.__file__).parent / "suites")}
    suites = [named.get(name, name) for name in options.suites or ["conformance"]]
    for suite in suites:
        if not Path(suite.partition("::")[0]).exists():
            print(
                f"thermoproof: there is no suite {suite!r}: conformance, hil, or the path of a suite file",
                file=sys.stderr,
            )
            return 2
    words = [*suites, "-p", "no:terminal", "-p", "no:cacheprovider", "-p", "no:randomly", "-c", os.devnull]
    words += ["--rootdir", str(folder), "--import-mode=importlib", "-o", "asyncio_mode=strict"]
    words += ["-o", "asyncio_default_fixture_loop_scope=session", "-p", "no:logging", "-p", "no:anyio"]
    # Suites print nothing, and the progress is ours; the others cost every case something and have nothing to do here.
    words += ["--capture=no", "-p", "no:warnings", "-p", "no:hypothesispytest"]
    if "fixtures.plugin" not in _entry_points():
        words += ["-p", "fixtures.plugin"]
    for name in ("camera", "http_port", "stimulus_port", "user", "password", "public_key", "profile", "mode", "allow"):
        words += _option(name, getattr(options, name))
    bench = options.bench
    words += _option("bench", bench if bench in (None, "sim", "none") else str(Path(bench).absolute()))
    words += _option("truth", options.truth)
    for name in ("waivers", "out", "seed", "junitxml", "alluredir"):
        value = getattr(options, name)
        paths = ("waivers", "out", "junitxml", "alluredir")
        words += _option(name, str(Path(value).absolute()) if value and name in paths else value)
    for setting in options.set:
        words += ["--set", setting]
    for pattern in options.select:
        words += ["--select", pattern]
    if options.keyword:
        words += ["-k", options.keyword]
    if options.strict:
        words.append("--strict-should")
    words += ["--display", "json" if options.json else "bar"]
    # Who ends a job in good order gets what Ctrl-C gets: the record is closed and the camera put back.
    # A script that starts it in the background has Ctrl-C ignored and hands that on: a run heeds it all the same.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))
    watch = _Collection()
    code = int(pytest.main(words, plugins=[watch]))
    # Without a single case there is no run that could say why.
    if code == pytest.ExitCode.INTERRUPTED and watch.failures:
        print(f"thermoproof: a suite cannot be loaded: {watch.failures[0]}", file=sys.stderr)
        return 3
    if code == pytest.ExitCode.NO_TESTS_COLLECTED:
        print(f"thermoproof: there is no case in {', '.join(suites)}: nothing was judged", file=sys.stderr)
    return _exit_code(code)


class _Collection:
    """Remembers which suites could not be imported."""

    def __init__(self) -> None:
        self.failures: list[str] = []

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Told by pytest of each suite file."""
        if report.failed:
            self.failures.append(f"{report.nodeid}: {report.longreprtext.strip().splitlines()[-1]}")


def _exit_code(code: int) -> int:
    """Our four codes; what pytest itself says about usage (4) and an empty selection (5) is configuration."""
    return {4: 2, 5: 2}.get(code, code if code in (0, 1, 2, 3) else 3)


def _option(name: str, value: str | None) -> list[str]:
    return [] if value is None else [f"--{name.replace('_', '-')}={value}"]


def _entry_points() -> set[str]:
    from importlib.metadata import entry_points

    return {entry.value for entry in entry_points(group="pytest11")}


def _add_probe(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    probe = commands.add_parser(
        "probe",
        help="draft a profile from a live camera",
        description="Ask a camera what it has, by questions that change nothing, and write the draft of its profile.",
        epilog=_RUN_EPILOG.partition("\n")[0].replace("conformant, 1 nonconformities", "drafted"),
    )
    probe.add_argument("--camera", default="sim", metavar="sim|HOST[:CONTROL_PORT]", help="default: sim")
    probe.add_argument("--http-port", metavar="N", help="the camera's HTTP port (default 80; 0: it has none)")
    probe.add_argument("--user", metavar="U", help="administrator's account")
    probe.add_argument("--password", metavar="P", help="its password (better: THERMOPROOF_PASSWORD)")
    probe.add_argument("--public-key", metavar="FILE.pem", help="the device's RSA public key")
    probe.add_argument("--profile", metavar="NAME|FILE", help="whose parameters to begin with (default: generic)")
    probe.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="override one parameter of it")
    probe.add_argument("--name", default="drafted", metavar="NAME", help="name of the new profile")
    probe.add_argument("--out", metavar="FILE", help="write to a new file instead of the console")
    probe.set_defaults(call=_probe)


def _probe(options: argparse.Namespace) -> int:
    from thermoproof.commands.probe import probe

    return probe(options)


def _add_simulate(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    from fixtures.camera.serve import add_arguments

    simulate = commands.add_parser(
        "simulate",
        help="start the simulated camera",
        description="Start the simulated camera; prints one JSON line with its ports when it is ready.",
    )
    add_arguments(simulate)
    simulate.set_defaults(call=_simulate)


def _simulate(options: argparse.Namespace) -> int:
    from fixtures.camera.serve import options_from, run_camera

    run_camera(options_from(options))
    return 0


def _add_catalogue(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    catalogue = commands.add_parser("catalogue", help="print or export the document as data")
    catalogue.add_argument(
        "--format",
        default="table",
        choices=("table", "json", "jsonschema", "asyncapi", "openapi"),
        help="default: table",
    )
    catalogue.add_argument("--out", metavar="FILE", help="write to a file instead of the console")
    catalogue.set_defaults(call=_catalogue)
    coverage = commands.add_parser("coverage", help="what is judged of the document, clause by clause, and what is not")
    coverage.add_argument("--out", metavar="FILE", help="write to a file instead of the console")
    coverage.set_defaults(call=_coverage)


def _catalogue(options: argparse.Namespace) -> int:
    from conformance.catalogue import CatalogueError, load
    from conformance.catalogue.export import FORMATS

    try:
        text = FORMATS[options.format](load())
    except CatalogueError as error:
        print(f"thermoproof: the catalogue is wrong: {error}", file=sys.stderr)
        return 2
    return _give(text, options.out)


def _give(text: str, out: str | None) -> int:
    """Print `text`, or write it to the file `out`; returns the exit code."""
    if out is None:
        print(text)
        return 0
    try:
        Path(out).write_text(text.rstrip("\n") + "\n", encoding="utf-8")
    except OSError as error:
        print(f"thermoproof: {out} cannot be written: {error.strerror}", file=sys.stderr)
        return 2
    return 0


def _coverage(options: argparse.Namespace) -> int:
    from conformance import suites
    from conformance.catalogue import load
    from conformance.coverage import coverage_text
    from conformance.rules.case import declared_in
    from hil import suites as bench_suites

    return _give(coverage_text(load(), [*declared_in(suites), *declared_in(bench_suites)]), options.out)


def _add_record_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    report = commands.add_parser("report", help="print the summary of a finished or interrupted run")
    report.add_argument("run", metavar="RUN", help="folder of the run, or its run.json or run.jsonl")
    report.add_argument("--format", choices=("console", "json"), default="console")
    report.set_defaults(call=_report)
    restore = commands.add_parser("restore", help="put back what an interrupted run left changed")
    restore.add_argument("run", metavar="RUN", help="folder of the run")
    restore.add_argument("--camera", metavar="HOST[:CONTROL_PORT]", help="default: the camera of the run")
    restore.add_argument("--user", metavar="U", help="administrator's account")
    restore.add_argument("--password", metavar="P", help="its password (better: THERMOPROOF_PASSWORD)")
    restore.add_argument("--public-key", metavar="FILE.pem", help="the device's RSA public key")
    restore.add_argument("--profile", metavar="NAME|FILE", help="default: the profile of the run")
    restore.set_defaults(call=_restore)


def _report(options: argparse.Namespace) -> int:
    import json

    from reports.record import RecordError, read_run
    from reports.render.console import summary_text

    try:
        run = read_run(Path(options.run))
    except RecordError as error:
        print(f"thermoproof: {error}", file=sys.stderr)
        return 2
    print(json.dumps(run, indent=1) if options.format == "json" else summary_text(run))
    return 0


def _restore(options: argparse.Namespace) -> int:
    from thermoproof.commands.restore import recover

    return recover(options)


def _add_bench(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    bench = commands.add_parser("bench", help="look a bench of instruments over")
    actions = bench.add_subparsers(dest="action", metavar="ACTION", required=True)
    check = actions.add_parser(
        "check",
        help="identify and read every instrument, verify the wiring",
        description="Identify and read every instrument of a bench file, verify its loop-backs, and say what is wrong.",
        epilog="exit codes: 0 the bench may be used (there may be warnings), 1 something is wrong, 2 the file cannot "
        "be used",
    )
    check.add_argument("file", metavar="FILE", help="the bench file (YAML; docs/bench.md)")
    check.add_argument(
        "--certify", action="store_true", help="a calibration that is missing or past its date is an error"
    )
    check.add_argument("--json", action="store_true", help="the report as JSON")
    check.set_defaults(call=_bench_check)


def _bench_check(options: argparse.Namespace) -> int:
    import json

    from hil.bench import BenchFileError, load_bench
    from hil.bench.check import run_check
    from hil.bench.operator import ask_on_terminal

    try:
        file = load_bench(options.file)
    except BenchFileError as error:
        if options.json:
            print(json.dumps({"file": options.file, "ok": False, "problems": str(error).splitlines()}, indent=1))
        else:
            print(f"thermoproof: {error}", file=sys.stderr)
        return 2
    report = run_check(file, certify=options.certify, ask=ask_on_terminal)
    print(json.dumps(report.as_dict(), indent=1, ensure_ascii=False) if options.json else "\n".join(report.lines()))
    return 0 if report.ok else 1


def _add_mutants(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    mutants = commands.add_parser(
        "mutants",
        help="run the suites against single defects of the simulated camera",
        description="Run the suites against single defects of the simulated camera; exits 0 only if all are found.",
    )
    mutants.add_argument("--id", action="append", default=[], metavar="GLOB", help="only those whose id matches")
    mutants.add_argument("--representative", action="store_true", help="only those that the project's tests run")
    mutants.add_argument("--own", action="store_true", help="only with the cases of their own clause")
    mutants.add_argument("--jobs", type=int, default=os.cpu_count() or 1, metavar="N", help="default: one per core")
    mutants.add_argument(
        "--out", metavar="DIR", default="reports/out/mutants", help="of mutants.json and .md (default: %(default)s)"
    )
    mutants.set_defaults(call=_mutants)


def _mutants(options: argparse.Namespace) -> int:
    from fixtures.proof.mutant_runs import run_mutants

    return run_mutants(options)


def _add_dialects(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    dialects = commands.add_parser(
        "dialects",
        help="run the suites against tolerated readings of the simulated camera",
        description="Run the suites against tolerated readings of the simulated camera, each alone; exits 0 only if "
        "no case complains and every choice is observed.",
    )
    dialects.add_argument("--id", action="append", default=[], metavar="GLOB", help="only those whose id matches")
    dialects.add_argument(
        "--random", type=int, default=0, metavar="N", help="instead of each alone, N random combinations of them"
    )
    dialects.add_argument("--seed", type=int, default=0, metavar="S", help="seed of the combinations (default: 0)")
    dialects.add_argument("--whole", action="store_true", help="with every case, not only those that a dialect names")
    dialects.add_argument("--jobs", type=int, default=os.cpu_count() or 1, metavar="N", help="default: one per core")
    dialects.add_argument(
        "--out", metavar="DIR", default="reports/out/dialects", help="of dialects.json and .md (default: %(default)s)"
    )
    dialects.set_defaults(call=_dialects)


def _dialects(options: argparse.Namespace) -> int:
    from fixtures.proof.dialect_runs import run_dialects

    return run_dialects(options)
