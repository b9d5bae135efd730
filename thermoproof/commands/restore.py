"""`thermoproof restore`: restore from its journal what an interrupted run left changed on the camera."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

from fixtures.run.options import option
from thermoproof.commands.console import Commands, complain

if TYPE_CHECKING:
    from conformance.catalogue.json_types import Json
    from conformance.dut.session import RunSession
    from conformance.dut.target import Target
    from conformance.rules.profile import Profile
    from reports.document import RunDocument

__all__ = ["add", "call"]

_ADDRESSES: Final = {"pair:9": "address", "pair:11": "ports"}
"""What a run may have changed of how the camera is reached."""


def add(commands: Commands) -> None:
    """Describe the command to the parser."""
    parser = commands.add_parser("restore", help="restore what an interrupted run left changed")
    parser.add_argument("run", metavar="RUN", help="folder of the run")
    camera = option("--camera")._replace(
        default=None, metavar="HOST[:CONTROL_PORT]", help="default: the camera of the run"
    )
    profile = option("--profile")._replace(help="default: the profile of the run")
    for each in (camera, option("--user"), option("--password"), option("--public-key"), profile):
        each.add_to(parser)
    parser.set_defaults(call=call)


def call(options: argparse.Namespace) -> int:
    """Restore the camera of a run; returns the exit code: 0 restored or nothing to do, 2 usage, 3 not restored."""
    import asyncio

    from conformance.catalogue import CatalogueError, Safety, load
    from conformance.dut.session import RunSession
    from conformance.dut.target import TargetError, with_credentials
    from conformance.restoration import JournalError, read_journal
    from conformance.rules.profile import ProfileError
    from reports.record import RecordError, read_run

    folder = Path(options.run)
    try:
        saved = read_journal(folder / "journal.jsonl") if (folder / "journal.jsonl").exists() else {}
        run = read_run(folder)
        if not saved:
            print(f"nothing to restore: the run in {folder} left the camera as it was")
            return 0
        profile = with_credentials(
            _profile(run, options.profile), options.user or None, options.password, options.public_key
        )
        target = _target(options.camera, run)
    except (JournalError, RecordError, ProfileError, CatalogueError, TargetError) as error:
        return complain(str(error), 2)
    if target is None:
        return complain(
            "the camera of the run was the embedded simulated one, which ended with the run; "
            "name another with --camera HOST[:CONTROL_PORT]",
            2,
        )
    session = RunSession.of(load(), profile, target, folder, Safety.REVERSIBLE)
    return asyncio.run(_restore(session, saved, run["camera"].get("serial")))


def _profile(run: RunDocument, named: str | None) -> Profile:
    """The profile `named`, or else the profile of the run, with the values that it had then.

    The record holds no secrets: they come from the profile of that name, or from the command line.
    """
    from conformance.catalogue import load
    from conformance.rules.profile import ProfileError
    from fixtures.profiles import load_profile

    if named:
        return load_profile(load(), named)
    recorded = run["profile"]
    try:
        profile = load_profile(load(), recorded.get("name", "generic"))
    except ProfileError:
        profile = load_profile(load(), "generic")  # the run was given a file that is no longer there
    values = recorded.get("parameters", {})
    return profile.with_parameters(
        **{key: values[key] for key in profile.parameters if key in values and key not in profile.secrets}
    )


def _target(camera: str | None, run: RunDocument) -> Target | None:
    """The camera named, or else the camera of the run; None where that was the embedded simulated one."""
    from conformance.dut.target import Target, target_of

    recorded = run["camera"]
    http_port = int(recorded.get("http_port") or 80)
    if camera is not None:
        return target_of(camera, http_port)
    if recorded.get("simulated"):
        return None
    # A run that ended before it reached the camera recorded only what was typed.
    typed = str(run.get("options", {}).get("camera", ""))
    host = recorded.get("host") or target_of(typed).host
    return Target(str(host), int(recorded.get("control_port") or target_of(typed).control_port), http_port)


async def _restore(session: RunSession, saved: Mapping[str, Json], serial: str | None) -> int:
    """Write everything in `saved` back to the camera, if it is the one whose `serial` the run recorded."""
    from conformance.dut.first_contact import CannotStart
    from reports.render.console import plain

    try:
        await session.open()
    except CannotStart as error:
        changed = [name for what, name in _ADDRESSES.items() if what in saved]
        hint = f"; the run may have changed its {' and '.join(changed)}: name it with --camera" if changed else ""
        return complain(f"{plain(str(error), 600)}{hint}", 3)
    found = session.facts.identity.get("serial")
    if serial and found and serial != found:
        # Nothing is in the keeper yet, so nothing is written to the wrong camera, and the journal stays as it is.
        await session.leave()
        return complain(
            f"the run was on the camera {plain(str(serial), 80)}, but this one is {plain(str(found), 80)}: "
            "nothing was written",
            2,
        )
    session.keeper.saved.update(saved)
    problems = await session.close()
    for what in saved:
        problem = problems.get(what)
        if problem is None:
            print(f"{what}: as it was")
        else:
            print(f"{what}: NOT restored: {plain(problem, 400)}", file=sys.stderr)
    return 3 if problems else 0
