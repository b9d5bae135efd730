"""How many sessions may be online at once (R32, R156)."""

from __future__ import annotations

from conformance import checks
from conformance.client import ControlClient, RemoteError, Reply
from conformance.dut.device import Device

__all__ = ["no_more_are_online_than_allowed"]

_ALLOWED = 3


async def no_more_are_online_than_allowed(dut: Device) -> None:
    """Set max_connectios, log in more often than it allows, and judge how many sessions are usable."""
    shown = await dut.must(12)
    name = "max_connections" if "max_connections" in shown else "max_connectios"
    await dut.must(11, {name: _ALLOWED}, legal=False)
    opened, refused = [dut.control], 0
    for number in range(_ALLOWED + 3):
        try:
            client = await dut.open(f"online-{number}")
            reply = await _login_as_anyone(dut, client, number)
        except RemoteError as error:
            refused += 1
            dut.judgement.observe("R32", f"refused at the handshake: {type(error).__name__}")
            continue
        if reply.ok:
            opened.append(client)
        else:
            refused += 1
            dut.check(checks.refused(dut.catalogue, reply, "R32"))
    usable = [await _is_usable(client) for client in opened].count(True)
    dut.judgement.observe("R156", f"with {name} {_ALLOWED}: {usable} sessions online, {refused} logins refused")
    dut.demand(usable <= _ALLOWED + 1, f"at most {_ALLOWED + 1} sessions online (R156)", f"{usable} sessions")
    dut.demand(usable >= 1, "the first session stays usable", f"{usable} sessions")


async def _login_as_anyone(dut: Device, client: ControlClient, number: int) -> Reply:
    """Different accounts as far as the profile has some: one account's logins may end each other (R12)."""
    known = [
        who for who in ("admin", "second", "operator") if dut.profile[f"{who}_user"] and dut.profile[f"{who}_password"]
    ]
    if dut.facts.forces_out and len(known) > 1:
        known.remove("admin")
    if not known:
        return await dut.link.login(client)
    who = known[number % len(known)]
    return await client.login(dut.profile[f"{who}_user"], dut.profile[f"{who}_password"], dut.link.cipher)


async def _is_usable(client: ControlClient) -> bool:
    try:
        return (await client.request(505, {})).ok
    except RemoteError:
        return False
