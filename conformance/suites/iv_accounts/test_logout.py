"""Command 502: a logout ends its own token, over both transports, and nothing else."""

from __future__ import annotations

from conformance import checks
from conformance.catalogue import Safety
from conformance.client import ControlClient, LinkError
from conformance.dut.device import Device
from conformance.rules.case import Case, case
from conformance.steps.accounts import as_user, spare

_SAFE = Safety.REVERSIBLE


@case("IV.502/logout", "A token must be dead after its logout", _SAFE, requirement="IV.502/token-dies", quick=True)
async def test_logout_ends_the_token(case: Case, dut: Device) -> None:
    client = await dut.logged_in()
    token = client.token
    await dut.succeeds(502, {"username": client.user}, client=client)
    for number in (2, 505, 502):
        message = {"username": client.user} if number == 502 else {}
        reply = await dut.ask(number, message, client=client, token=token, legal=False)
        dut.check(checks.refused(dut.catalogue, reply, "R25"))


@case("IV.502/without-username", "A logout without a user name must end the token", _SAFE)
async def test_logout_without_a_user_name(case: Case, dut: Device) -> None:
    client = await dut.logged_in()
    token = client.token
    await dut.succeeds(502, {}, client=client)
    reply = await dut.ask(505, {}, client=client, token=token)
    dut.check(checks.refused(dut.catalogue, reply, "R25"))


@case("IV.502/again", "A connection must log in again after a logout", _SAFE)
async def test_a_login_after_a_logout(case: Case, dut: Device) -> None:
    client = await dut.logged_in()
    await client.logout(client.user)
    dut.check(checks.success(await dut.link.login(client)))
    await dut.succeeds(505, {}, client=client)


@case("IV.502/others", "A logout must not end another session", _SAFE)
async def test_a_logout_ends_no_other_session(case: Case, dut: Device) -> None:
    """On a device whose login ends earlier sessions of its account (R12), another account logs in and out."""
    client = await _another(dut)
    await dut.succeeds(502, {"username": client.user}, client=client)
    try:
        await dut.succeeds(505)
    except LinkError as error:
        dut.demand(False, "the connection of the other session stays open", str(error))


async def _another(dut: Device) -> ControlClient:
    """A session whose login does not end the run's own."""
    if not dut.facts.forces_out or (dut.profile["second_user"] and dut.profile["second_password"]):
        return await dut.logged_in()
    return await as_user(dut, *spare(dut))


@case(
    "IV.502/both-transports",
    "A token must be dead over both transports after its logout over either",
    _SAFE,
    requirement="IV.502/token-dies",
    capabilities=("http.login",),
)
async def test_logout_ends_the_token_everywhere(case: Case, dut: Device) -> None:
    for client in (await dut.open("leaves"), dut.plain_http()):
        dut.check(checks.success(await dut.link.login(client)))
        token = client.token
        await dut.succeeds(502, {"username": client.user}, client=client)
        for other in (await dut.open("other"), dut.plain_http()):
            for number in (10, 505):
                reply = await dut.ask(number, {}, client=other, token=token)
                dut.check(checks.refused(dut.catalogue, reply, "R25"))
