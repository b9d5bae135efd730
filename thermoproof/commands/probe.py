"""`thermoproof probe`: the draft of a profile, from what a live camera says and does when it is asked."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from conformance.catalogue import CatalogueError, Safety, load
from conformance.catalogue.sizes import SIZE_NAMES
from conformance.dut.facts import HTTP_PATHS
from conformance.dut.first_contact import CannotStart, WrongCredentials
from conformance.dut.session import RunSession
from conformance.dut.target import Target, TargetError, target_of, with_credentials
from conformance.rules.profile import Profile, ProfileError, load_profile
from fixtures.run.embedded import EmbeddedCamera, EmbeddedCameraError

__all__ = ["draft_text", "probe"]

_ANSWERS = {True: '"yes"', False: '"no"', None: "probe"}
_WIDTH = 160


def probe(options: argparse.Namespace) -> int:
    """Write the draft; returns the exit code: 0 written, 2 usage or a refused login, 3 no camera there."""
    out = None if options.out is None else Path(options.out)
    try:
        http_port = None if options.http_port is None else _port(options.http_port)
        target = target_of(options.camera, http_port)
        profile = load_profile(load(), options.profile or ("simulated" if target.simulated else "generic"), options.set)
        profile = with_credentials(profile, options.user, options.password, options.public_key)
    except (CatalogueError, ProfileError, TargetError) as error:
        return _say(str(error), 2)
    if out is not None and out.exists():
        return _say(f"--out {out} exists already, and may have been edited: name another file", 2)
    try:
        text = _from_camera(profile, target, options.name)
    except WrongCredentials as error:
        return _say(str(error), 2)
    except (CannotStart, EmbeddedCameraError) as error:
        return _say(str(error), 3)
    if out is None:
        print(text, end="")
        return 0
    try:
        out.write_text(text, encoding="ascii")
    except OSError as error:
        return _say(f"--out {out} cannot be written: {error.strerror or error}", 2)
    print(f"profile drafted: {out} (read it before you use it: --profile {out})")
    return 0


def _say(sentence: str, code: int) -> int:
    print(f"thermoproof: {sentence}", file=sys.stderr)
    return code


def _port(text: str) -> int:
    if not text.isdigit():
        raise TargetError(f"--http-port {text}: a port is a number up to 65535")
    return int(text)


def _from_camera(profile: Profile, target: Target, name: str) -> str:
    with contextlib.ExitStack() as stack:
        if target.simulated:
            camera = EmbeddedCamera(seed=0)
            stack.callback(camera.stop)
            target = Target(
                camera.ready["host"], camera.ready["control_port"], camera.ready["http_port"], simulated=True
            )
            profile = profile.with_parameters(public_key=camera.ready["public_key"])
        return asyncio.run(_ask(profile, target, name))


async def _ask(profile: Profile, target: Target, name: str) -> str:
    # Nothing of the profile is believed: every capability is asked for. Nothing is written, so no journal either.
    asked = replace(profile, capabilities=dict.fromkeys(profile.capabilities, "probe"))
    if target.http_port:
        asked = asked.with_parameters(http_path="auto")
    session = RunSession.of(load(), asked, target, Path(), Safety.REVERSIBLE)
    try:
        prober = await session.open()
        paths = await prober.http_paths() if target.http_port else []
        return draft_text(session, name, paths, set(prober.transports.values()))
    finally:
        await session.close()


def draft_text(session: RunSession, name: str, http_paths: list[str], video_transports: set[str]) -> str:
    """The profile as YAML in ASCII, each answer with what was seen; without secrets."""
    return (
        "\n".join([*_head(session, name), *_capabilities(session), *_parameters(session, http_paths, video_transports)])
        + "\n"
    )


def _head(session: RunSession, name: str) -> Iterator[str]:
    yield "# Drafted by `thermoproof probe` from what a camera said and did. Read it: what is claimed here is judged,"
    yield '# what is denied is not. "probe" stands where nothing told; each run then asks again and judges in doubt.'
    yield f"profile: {_quoted(name)}"
    yield "device:"
    for key in ("model", "version", "fpga_version", "measure_version"):
        if key in session.facts.identity:
            yield f"  {key}: {_quoted(session.facts.identity[key])}"
    yield "  protocol: 1.1.0"


def _capabilities(session: RunSession) -> Iterator[str]:
    yield "capabilities:"
    for identity, capability in session.link.catalogue.capabilities.items():
        answer = session.facts.answers[identity]
        yield f"  # {capability.title}: {_plain(answer.seen)}"
        yield f"  {identity}: {_ANSWERS[answer.found]}"


def _parameters(session: RunSession, http_paths: list[str], ways: set[str]) -> Iterator[str]:
    profile, catalogue = session.profile, session.link.catalogue
    written = {"admin_user", "http_path", "video_transport", *SIZE_NAMES}
    yield "parameters:"
    yield f"  admin_user: {_quoted(profile['admin_user'])}"
    for size in SIZE_NAMES:
        if size in session.facts.sizes:
            yield f"  {size}: {session.facts.sizes[size]}  # as command 500 says"
    if http_paths:
        both = " (both printed paths answer)" if len(http_paths) == len(HTTP_PATHS) else ""
        yield f"  http_path: {http_paths[0]}  # answered command 500{both}"
    else:
        yield "  # http_path: neither printed path answered command 500"
    if len(ways) == 1:
        yield f"  video_transport: {ways.pop()}  # how the video ports took a connection"
    else:
        yield f"  # video_transport: {'the two ports differ' if ways else 'no video port took a connection'}"
    for key, row in catalogue.parameters.items():
        if key in written or row.secret or profile[key] in (row.default, "", 0, [], {}):
            continue
        written.add(key)
        yield from _entry(key, profile[key])
    left = [key for key, row in catalogue.parameters.items() if key not in written and not row.secret]
    yield "  # No question tells these; they have the defaults of the catalogue until you write them here:"
    for key in left:
        row = catalogue.parameters[key]
        yield f"  # {key}: {_plain(json.dumps(row.default))}  ({_plain(row.text)})"
    yield "  # Passwords do not belong here: THERMOPROOF_PASSWORD, or --set second_password=... for the other accounts."


def _entry(key: str, value: Any) -> Iterator[str]:
    if isinstance(value, str) and "\n" in value and value.isascii():
        yield f"  {key}: |"
        yield from (f"    {line}" for line in value.strip().splitlines())
    else:
        yield f"  {key}: {_quoted(value)}"


def _quoted(value: Any) -> str:
    """JSON, which is YAML too; a lone surrogate, which YAML does not know, becomes visible text."""
    if isinstance(value, str):
        value = value.encode("utf-16", "surrogatepass").decode("utf-16", "backslashreplace")
        if not value.isascii() or not value.isprintable():
            value = value.encode("unicode_escape").decode("ascii")
    return json.dumps(value, ensure_ascii=True)


def _plain(text: str) -> str:
    """One line of printable ASCII: it may come from a hostile peer."""
    line = "".join(sign if " " <= sign <= "~" else "?" for sign in text)
    return line if len(line) <= _WIDTH else f"{line[: _WIDTH - 3]}..."
