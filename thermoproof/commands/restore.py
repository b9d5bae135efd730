"""`thermoproof restore`: puts back, from its journal, what an interrupted run left changed."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from conformance.catalogue import CatalogueError, Safety, load
from conformance.dut.first_contact import CannotStart
from conformance.dut.session import RunSession
from conformance.dut.target import Target, TargetError, target_of, with_credentials
from conformance.restoration.keeper import JournalError, read_journal
from conformance.rules.profile import Profile, ProfileError, load_profile
from reports.record import RecordError, read_run
from reports.render.console import plain

__all__ = ["recover"]

_ADDRESSES = {"pair:9": "address", "pair:11": "ports"}


def recover(options: argparse.Namespace) -> int:
    """Restore the camera of a run; returns the exit code: 0 restored or nothing to do, 2 usage, 3 not restored."""
    folder = Path(options.run)
    try:
        saved = read_journal(folder / "journal.jsonl") if (folder / "journal.jsonl").exists() else {}
        run = read_run(folder)
        if not saved:
            print(f"nothing to put back: the run in {folder} left the camera as it was")
            return 0
        profile = with_credentials(
            _profile(run, options.profile), options.user or None, options.password, options.public_key
        )
        target = _target(options.camera, run)
    except (JournalError, RecordError, ProfileError, CatalogueError, TargetError) as error:
        print(f"thermoproof: {error}", file=sys.stderr)
        return 2
    if target is None:
        print(
            "thermoproof: the run's camera was the embedded simulated one, which ended with it; "
            "name another with --camera HOST[:CONTROL_PORT]",
            file=sys.stderr,
        )
        return 2
    session = RunSession.of(load(), profile, target, folder, Safety.REVERSIBLE)
    return asyncio.run(_restore(session, saved, run.get("camera", {})))


def _profile(run: Mapping[str, Any], named: str | None) -> Profile:
    """The profile named, or the one of the run: its values as they were then, whatever they were made of; what is
    secret comes from the profile it was made of, or from the command line.
    """
    if named:
        return load_profile(load(), named)
    known = run.get("profile", {})
    try:
        profile = load_profile(load(), known.get("name", "generic"))
    except ProfileError:
        profile = load_profile(load(), "generic")  # it was a file that is elsewhere now
    values = known.get("parameters", {})
    return profile.with_parameters(
        **{key: values[key] for key in profile.parameters if key in values and key not in profile.secrets}
    )


def _target(camera: str | None, run: Mapping[str, Any]) -> Target | None:
    known = run.get("camera", {})
    http_port = int(known.get("http_port") or 80)
    if camera is not None:
        return target_of(camera, http_port)
    if known.get("simulated"):
        return None
    options = run.get("options", {})
    host = known.get("host") or target_of(str(options.get("camera", ""))).host
    return Target(
        str(host), int(known.get("control_port") or target_of(str(options.get("camera"))).control_port), http_port
    )


async def _restore(session: RunSession, saved: Mapping[str, Any], camera: Mapping[str, Any]) -> int:
    try:
        await session.open()
    except CannotStart as error:
        changed = [name for what, name in _ADDRESSES.items() if what in saved]
        hint = f"; the run may have changed its {' and '.join(changed)}: name it with --camera" if changed else ""
        print(f"thermoproof: {plain(str(error), 600)}{hint}", file=sys.stderr)
        return 3
    known, found = camera.get("serial"), session.facts.identity.get("serial")
    if known and found and known != found:
        # Nothing is saved yet, so that nothing is written to the wrong camera, and the journal stays as it is.
        await session.leave()
        print(
            f"thermoproof: the run was on the camera {plain(str(known), 80)}, but this one is {plain(str(found), 80)}: "
            "nothing was written",
            file=sys.stderr,
        )
        return 2
    session.keeper.saved.update(saved)
    problems = await session.close()
    for what in saved:
        problem = problems.get(what)
        if problem is None:
            print(f"{what}: as it was")
        else:
            print(f"{what}: NOT restored: {plain(problem, 400)}", file=sys.stderr)
    return 3 if problems else 0
