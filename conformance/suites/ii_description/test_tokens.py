"""II.5, tokens: one that is nearly right, that is missing, that has logged out or that has expired opens no command."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Final

from conformance import checks
from conformance.catalogue import Safety
from conformance.client import LinkError, ReplyTimeout
from conformance.dut.device import Device
from conformance.rules.case import Case, case, cases
from conformance.rules.verdict import CaseInconclusive
from conformance.steps.heartbeats import token_lives
from conformance.steps.tokens import INVALID_TOKENS, TOKEN_TITLES, every_read_is_refused

_ALTERED: Final[dict[str, Callable[[str], str]]] = {
    "shortened": lambda token: token[:-1],
    "lengthened": lambda token: token + "0",
    "last-changed": lambda token: token[:-1] + ("1" if token[-1] != "1" else "2"),
    "first-changed": lambda token: ("1" if token[0] != "1" else "2") + token[1:],
    "doubled": lambda token: token * 2,
    "blank": lambda token: " " * len(token),
    "user-name": lambda _: "admin",
    "case": lambda token: token.swapcase(),
}


@cases(
    Case(
        f"II/token/{label}",
        f"A token that is nearly right ({label}) must be refused",
        requirement="II/token",
        clause="II.5",
        data=change,
    )
    for label, change in _ALTERED.items()
)
async def test_a_token_that_is_nearly_right_is_refused(case: Case[Callable[[str], str]], dut: Device) -> None:
    token = case.data(dut.control.token or "x")
    if token == dut.control.token:
        raise CaseInconclusive("the token of this device has no letter, so that its case cannot be changed")
    reply = await dut.ask(505, {}, client=await dut.open(), token=token)
    dut.check(checks.refused(dut.catalogue, reply, "R25"))


@cases(
    Case(
        f"II/token/logged-in-{label}",
        f"A request {words} must be refused on a connection that has logged in",
        Safety.REVERSIBLE,
        requirement="II/token",
        clause="II.5",
        data=label,
    )
    for label, words in TOKEN_TITLES.items()
)
async def test_a_login_on_the_connection_is_no_token(case: Case[str], dut: Device) -> None:
    reply = await dut.ask(505, {}, client=await dut.logged_in(), token=INVALID_TOKENS[case.data], legal=False)
    dut.check(checks.refused(dut.catalogue, reply, "R25"))


@case(
    "II/token/logged-out",
    "A token must open no command after its logout",
    Safety.REVERSIBLE,
    requirement="II/token",
    clause="II.5",
    quick=True,
)
async def test_a_logged_out_token_opens_nothing(case: Case, dut: Device) -> None:
    client = await dut.logged_in()
    token = client.token or ""
    await dut.succeeds(502, {"username": client.user}, client=client)
    await every_read_is_refused(dut, client, token)


@case(
    "II/token/lives",
    "A token must live for the keep-alive time of two minutes",
    Safety.REVERSIBLE,
    requirement="II/keep-alive",
    clause="II.5",
    waits_s=120,
    beside_group="session",
    sessions=2,
)
async def test_a_token_lives_for_its_time(case: Case, dut: Device) -> None:
    client = await dut.logged_in()
    await dut.clock.sleep(dut.profile["keep_alive_s"] - 1.5)
    dut.check(token_lives(await dut.ask(505, {}, client=client), "until just before the keep-alive time is over"))


@case(
    "II/token/expired",
    "A token that has expired must open no command",
    Safety.REVERSIBLE,
    requirement="II/token",
    clause="II.5",
    waits_s=125,
    beside_group="session",
    sessions=2,
)
async def test_an_expired_token_opens_nothing(case: Case, dut: Device) -> None:
    client = await dut.logged_in()
    token = client.token or ""
    await dut.clock.sleep(dut.profile["keep_alive_s"] + 5)
    with contextlib.suppress(ReplyTimeout, LinkError):
        await client.heartbeat()  # Too late: a dead token stays dead.
    await every_read_is_refused(dut, client if not client.closed else await dut.open(), token)
