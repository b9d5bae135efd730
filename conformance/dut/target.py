"""The camera that a command line names, and the account: every command understands both in the same way."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from conformance.client import Cipher, CipherError
from conformance.rules.profile import Profile

__all__ = ["Target", "TargetError", "target_of", "with_credentials"]


class TargetError(Exception):
    """An address, a port or a key that is invalid; a sentence for people."""


@dataclass(frozen=True, slots=True)
class Target:
    """The address of the camera. A port of 0 is unknown."""

    host: str
    control_port: int
    http_port: int
    stimulus_port: int = 0
    simulated: bool = False


def target_of(camera: str, http_port: int | None = None, stimulus_port: int = 0) -> Target:
    """The camera that `sim` or HOST[:CONTROL_PORT] names; ports default to 9980 and 80. Raises TargetError."""
    for name, port in (("--http-port", http_port), ("--stimulus-port", stimulus_port)):
        if port is not None and not 0 <= port <= 65535:
            raise TargetError(f"{name} {port}: a port is a number up to 65535")
    if camera == "sim":
        return Target("127.0.0.1", 0, 0, simulated=True)
    host, port_text = camera, ""
    if camera.startswith("["):
        host, _, rest = camera[1:].partition("]")
        port_text = rest.removeprefix(":")
    elif camera.count(":") == 1:
        host, _, port_text = camera.partition(":")
    if not host or "/" in host or (port_text and not (port_text.isdigit() and 0 < int(port_text) < 65536)):
        raise TargetError(
            f"--camera {camera}: `sim` or HOST[:CONTROL_PORT] is expected, 192.168.1.168:9980 for example"
        )
    return Target(host, int(port_text or 9980), 80 if http_port is None else http_port, stimulus_port)


def with_credentials(profile: Profile, user: str | None, password: str | None, public_key: str | None) -> Profile:
    """The profile with the account and key file of the command line. The environment variable THERMOPROOF_PASSWORD may
    give the password. Raises TargetError.
    """
    values: dict[str, Any] = {}
    if user is not None:
        values["admin_user"] = user
    password = password or os.environ.get("THERMOPROOF_PASSWORD")
    if password is not None:
        values["admin_password"] = password
    if public_key is not None:
        try:
            values["public_key"] = Path(public_key).read_text(encoding="ascii")
        except (OSError, UnicodeDecodeError) as error:
            raise TargetError(f"--public-key {public_key} cannot be read: {error}") from None
    profile = profile.with_parameters(**values)
    if profile["public_key"]:
        try:
            Cipher(profile["public_key"])
        except CipherError as error:
            raise TargetError(
                f"{f'--public-key {public_key}' if public_key else 'the public_key of the profile'}: {error}"
            ) from None
    return profile
