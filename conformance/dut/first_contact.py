"""The first contact with a device: connect, log in, learn what it says of itself, answer what the profile leaves open.

The order matters. Command 500 is asked before the login, because it needs none (II.5); its image sizes are known before
anything is judged. The capabilities come next, since every question after them depends on what the device has. Last
comes the one question that may cost the session: whether a second login ends the first (R12).
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass

from conformance.catalogue.model import Safety
from conformance.catalogue.sizes import SIZE_NAMES
from conformance.checks import describe
from conformance.client import ControlClient, LinkError, LocalError, RemoteError, Reply, State
from conformance.dut.facts import HTTP_PATHS
from conformance.dut.link import Link
from conformance.dut.probing import NOT_ASKED, Prober
from conformance.dut.target import Target

__all__ = ["CannotStart", "FirstContact", "WrongCredentials", "begin", "learn_forced_logout", "no_camera"]

_LARGEST_SIZE = 8192
_IDENTITY = ("model", "version", "serial", "fpga_version", "measure_version")


class CannotStart(Exception):
    """Nothing could be judged: the camera cannot be reached, or is no camera. A sentence for people."""


class WrongCredentials(CannotStart):
    """The camera refused the login that the run was given."""


@dataclass(frozen=True, slots=True)
class FirstContact:
    """The way to the device with its profile answered in full, the opened session, and the prober that asked."""

    link: Link
    control: ControlClient
    prober: Prober


async def begin(link: Link, allowed: Safety) -> FirstContact:
    """Connect, log in, and fill the facts of `link`; the profile's `probe` is answered as far as `allowed` permits.

    Raises CannotStart or WrongCredentials with a sentence for people.
    """
    client, hello = await _logged_in(link)
    try:
        prober = Prober(link, client, allowed)
        await _learn(link, client, hello, prober)
        return FirstContact(await _probed(link, prober), client, prober)
    except (RemoteError, LocalError) as error:
        await client.close()
        raise no_camera(link.target, error) from None
    except BaseException:  # broken off, perhaps: nobody else knows of this session
        with contextlib.suppress(RemoteError, LocalError):
            await client.logout(link.profile["admin_user"])
        await client.close()
        raise


async def _logged_in(link: Link) -> tuple[ControlClient, Reply]:
    """A session of the administrator, and what command 500 showed before it was logged in."""
    where = f"{link.target.host}:{link.target.control_port}"
    try:
        client = await link.connect()
    except LinkError as error:
        raise CannotStart(
            f"no camera answers at {where} ({error}); is the address right, and the control port (9980 by default)?"
        ) from None
    try:
        hello = await client.request(500, {})
        reply = await link.login(client, own=True)
    except RemoteError as error:
        await client.close()
        raise no_camera(link.target, error) from None
    if reply.ok and client.token:
        return client, hello
    await client.close()
    if reply.ok:
        raise CannotStart(f"the camera at {where} accepted the login but sent no token")
    key = "" if link.profile["public_key"] else " (no public key is known: the password was sent in clear)"
    raise WrongCredentials(
        f"the camera at {where} refused the login of {link.profile['admin_user']!r}: {describe(reply)}{key}"
    )


def no_camera(target: Target, error: Exception) -> CannotStart:
    """A peer that answers, but not in the protocol."""
    return CannotStart(f"the peer at {target.host}:{target.control_port} does not speak the protocol: {error}")


async def _learn(link: Link, client: ControlClient, hello: Reply, prober: Prober) -> None:
    facts = link.facts
    facts.general = dict(hello.message or {})
    for name in SIZE_NAMES:
        stated, shown = link.profile[name], facts.general.get(name)
        size = stated or (shown if isinstance(shown, int) and 0 < shown <= _LARGEST_SIZE else 0)
        if size:
            facts.sizes[name] = size
    client.sizes = facts.sizes
    version = (await client.request(505, {})).message or {}
    facts.identity = {key: version[key] for key in _IDENTITY if isinstance(version.get(key), str)}
    if link.profile["http_path"] == "auto":
        paths = await prober.http_paths()
        if not paths:
            facts.notes.append(f"HTTP: neither {' nor '.join(HTTP_PATHS)} answers command 500 (R100)")
        facts.http_path = paths[0] if paths else HTTP_PATHS[0]


async def _probed(link: Link, prober: Prober) -> Link:
    """`link` with `probe` answered: what cannot be found out is judged as if it were there."""
    facts = link.facts
    for identity in link.catalogue.capabilities:
        if link.profile.capabilities[identity] != "probe":
            continue
        answer = facts.answers[identity] = await prober.ask(identity)
        if answer.found is None and answer is not NOT_ASKED:
            facts.notes.append(f"{identity}: {answer.seen}; judged as supported")
    return link.with_profile(
        link.profile.answered({key: each.found is not False for key, each in facts.answers.items()})
    )


async def learn_forced_logout(link: Link, control: ControlClient) -> None:
    """Find out whether a second login of an account ends the first (R12); no case must then log in over the run's
    session.
    """
    with contextlib.suppress(RemoteError):
        async with await link.connect("second login") as other:
            if not (await link.login(other, own=True)).ok:
                return
            # A 1001 comes before the reply to what is asked after it, or that reply says that the token is dead.
            await control.request(505, {})
            link.facts.forces_out = control.session.state in (State.FORCED_OUT, State.REFUSED)
            await other.logout(link.profile["admin_user"])
    if link.facts.forces_out:
        link.facts.notes.append("another login of an account ends its earlier session (R12)")
