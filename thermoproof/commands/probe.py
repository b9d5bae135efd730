"""`thermoproof probe`: draft a profile from what a live camera says and does when it is asked.

Only questions are put that change nothing on the camera. The draft itself is made in `fixtures.run.draft`.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from fixtures.run.options import option
from thermoproof.commands.console import Commands, complain

if TYPE_CHECKING:
    from conformance.dut.target import Target
    from conformance.rules.profile import Profile

__all__ = ["add", "call"]


def add(commands: Commands) -> None:
    """Describe the command to the parser."""
    parser = commands.add_parser(
        "probe",
        help="draft a profile from a live camera",
        description="Ask a camera what it has, by questions that change nothing, and write the draft of its profile.",
        epilog="exit codes: 0 drafted, 2 usage or configuration, 3 inconclusive or infrastructure",
    )
    shared = {name: option(name) for name in ("--camera", "--user", "--password", "--public-key")}
    shared["--http-port"] = option("--http-port")._replace(help="HTTP port of the camera (default: 80; 0: it has none)")
    shared["--profile"] = option("--profile")._replace(
        help="profile whose parameters are used to reach the camera (default: generic)"
    )
    shared["--set"] = option("--set")._replace(help="override one parameter of it; may be repeated")
    for each in shared.values():
        each.add_to(parser)
    parser.add_argument("--name", default="drafted", metavar="NAME", help="name of the new profile")
    parser.add_argument("--out", metavar="FILE", help="write to a new file instead of the console")
    parser.set_defaults(call=call)


def call(options: argparse.Namespace) -> int:
    """Write the draft; returns the exit code: 0 written, 2 usage or a refused login, 3 no camera answers."""
    from conformance.catalogue import CatalogueError, load
    from conformance.dut.first_contact import CannotStart, WrongCredentials
    from conformance.dut.target import TargetError, target_of, with_credentials
    from conformance.rules.profile import ProfileError
    from fixtures.profiles import load_profile
    from fixtures.run.embedded import EmbeddedCameraError

    out = None if options.out is None else Path(options.out)
    try:
        target = target_of(options.camera, options.http_port)
        named = options.profile or ("simulated" if target.simulated else "generic")
        profile = load_profile(load(), named, options.profile_set)
        profile = with_credentials(profile, options.user, options.password, options.public_key)
    except (CatalogueError, ProfileError, TargetError) as error:
        return complain(str(error), 2)
    if out is not None and out.exists():
        return complain(f"--out {out} exists already, and may have been edited: name another file", 2)
    try:
        text = _from_camera(profile, target, options.name)
    except WrongCredentials as error:
        return complain(str(error), 2)
    except (CannotStart, EmbeddedCameraError) as error:
        return complain(str(error), 3)
    if out is None:
        print(text, end="")
        return 0
    try:
        out.write_text(text, encoding="ascii")
    except OSError as error:
        return complain(f"--out {out} cannot be written: {error.strerror or error}", 2)
    print(f"profile drafted: {out} (read it before you use it: --profile {out})")
    return 0


def _from_camera(profile: Profile, target: Target, name: str) -> str:
    import asyncio
    import contextlib

    from conformance.dut.target import Target
    from fixtures.run.draft import draft_of
    from fixtures.run.embedded import EmbeddedCamera

    with contextlib.ExitStack() as stack:
        if target.simulated:
            camera = EmbeddedCamera(seed=0)
            stack.callback(camera.stop)
            target = Target(
                camera.ready["host"], camera.ready["control_port"], camera.ready["http_port"], simulated=True
            )
            profile = profile.with_parameters(public_key=camera.ready["public_key"])
        return asyncio.run(draft_of(profile, target, name))
