"""Sessions: tokens and what opens nothing, rights, heartbeats and the life of a token, how many may be online."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from conformance import checks
from conformance.catalogue import Command, Group, Safety, load, values
from conformance.client import OMIT, ControlClient, LinkError, RemoteError, Reply, ReplyTimeout
from conformance.dut.device import Device
from conformance.rules.case import Case, case, cases
from conformance.rules.verdict import CaseInconclusive, Finding
from conformance.steps.accounts import OPERATOR, operator

_CATALOGUE = load()
_SAFE = Safety.REVERSIBLE
_LINK = (9, 11)  # what touches the link, even if it is set to what it is
_TOKENS: dict[str, Any] = {"missing": OMIT, "empty": "", "garbage": "0123456789abcdef0123456789abcdef"}


def _wide(command: Command) -> tuple[str, ...]:
    return (command.capability,) if command.capability else ()


def _writes(command: Command) -> tuple[str, ...]:
    return (f"pair:{command.cmdtype}",) if command.group is Group.SET else ()


def _needing_a_token() -> Iterator[Case[Any]]:
    for command in _CATALOGUE.commands.values():
        if not command.token or command.cmdtype == 9999:
            continue
        for label in _TOKENS:
            yield Case(
                f"{command.clause}/token/{label}",
                f"{command.title}: refused with the token {label}",
                command.safety,
                requirement=f"{command.clause}/token",
                capabilities=_wide(command),
                writes=_writes(command),
                quick=label == "missing" and command.cmdtype in (2, 500, 600),
                command=command,
                data=label,
            )


@cases(_needing_a_token())
async def test_without_a_valid_token_every_command_is_refused(case: Case[Any], dut: Device) -> None:
    command = case.subject
    request = values.request(command, dut.sizes)
    extra = {key: content for key, content in request.items() if key != "message"}
    client = await dut.open()
    # A device may look at the message first (R150), so it has to be right: 1 is a mode however it counts them (R53).
    message = {"mode": 1} if command.cmdtype == 39 else request["message"]
    # legal=False: leaving out the token is the stimulus.
    reply = await dut.ask(command.cmdtype, message, client=client, token=_TOKENS[case.data], extra=extra, legal=False)
    dut.check(checks.refused(dut.catalogue, reply, "R25"))


_ALTERED = {
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
        f"A token that is nearly right ({label}) is refused",
        requirement="II/token",
        clause="II.5",
        data=change,
    )
    for label, change in _ALTERED.items()
)
async def test_a_token_that_is_nearly_right_is_refused(case: Case[Any], dut: Device) -> None:
    token = case.data(dut.control.token or "x")
    if token == dut.control.token:
        raise CaseInconclusive("this token has no letter")
    reply = await dut.ask(505, {}, client=await dut.open(), token=token)
    dut.check(checks.refused(dut.catalogue, reply, "R25"))


@cases(
    Case(
        f"II/token/logged-in-{label}",
        f"A request with the token {label} is refused on a connection that has logged in",
        _SAFE,
        requirement="II/token",
        clause="II.5",
        data=token,
    )
    for label, token in _TOKENS.items()
)
async def test_a_login_on_the_connection_is_no_token(case: Case[Any], dut: Device) -> None:
    reply = await dut.ask(505, {}, client=await dut.logged_in(), token=case.data, legal=False)
    dut.check(checks.refused(dut.catalogue, reply, "R25"))


@case(
    "II/token/logged-out",
    "A token that has logged out opens no command",
    _SAFE,
    requirement="II/token",
    clause="II.5",
    quick=True,
)
async def test_a_logged_out_token_opens_nothing(case: Case, dut: Device) -> None:
    client = await dut.logged_in()
    token = client.token or ""
    await dut.succeeds(502, {"username": client.user}, client=client)
    await _opens_nothing(dut, client, token)


@case(
    "II/token/lives",
    "A token lives for the two minutes of the keep-alive",
    _SAFE,
    requirement="II/keep-alive",
    clause="II.5",
    waits_s=120,
    beside_group="session",
    sessions=2,
)
async def test_a_token_lives_for_its_time(case: Case, dut: Device) -> None:
    client = await dut.logged_in()
    await dut.clock.sleep(dut.profile["keep_alive_s"] - 1.5)
    dut.check(_lives(await dut.ask(505, {}, client=client), "until just before the keep-alive time is over"))


@case(
    "II/token/expired",
    "A token that has expired opens no command",
    _SAFE,
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
    await _opens_nothing(dut, client if not client.closed else await dut.open(), token)


async def _opens_nothing(dut: Device, client: ControlClient, token: str) -> None:
    """Everything that changes nothing is asked with `token`."""
    for command in dut.catalogue.commands.values():
        harmless = command.safety is Safety.READ_ONLY and command.token and command.cmdtype != 9999
        if harmless and all(dut.profile.has(name) for name in _wide(command)):
            message = values.request(command, dut.sizes)["message"]
            reply = await dut.ask(command.cmdtype, message, client=client, token=token, legal=False)
            dut.check(checks.refused(dut.catalogue, reply, "R25"))


# Heartbeats (R08, R11)


@cases(
    Case(
        f"IV.9999/{action}",
        f"A heartbeat sent as {action} is accepted",
        requirement="IV.9999/heartbeat",
        data=action,
        quick=True,
    )
    for action in ("notify", "request")
)
async def test_a_heartbeat_is_accepted(case: Case[Any], dut: Device) -> None:
    client = await dut.logged_in()
    answer = await _beat(dut, client, case.data)
    if answer is not None:
        dut.check(checks.success(answer))
    await dut.succeeds(505, {}, client=client)


async def _beat(dut: Device, client: ControlClient, action: str) -> Reply | None:
    """R08 leaves open whether it is answered; that it does no harm shows in what follows on the same connection."""
    answer = None
    with contextlib.suppress(ReplyTimeout):
        answer = await client.heartbeat(as_request=action == "request")
    if action == "request":
        dut.judgement.observe("R08", "answered" if answer is not None else "not answered")
    return answer


@case("IV.9999/wrong-token", "A heartbeat with a wrong token keeps nothing alive")
async def test_a_heartbeat_with_a_wrong_token_is_no_success(case: Case, dut: Device) -> None:
    client = await dut.open()
    with contextlib.suppress(ReplyTimeout):
        reply = await client.request(9999, {}, token=_TOKENS["garbage"], legal=False)
        dut.check(checks.refused(dut.catalogue, reply, "R25"))
    await dut.succeeds(500, {}, client=client)


@case(
    "IV.9999/lease",
    "A token lives for the keep-alive time, longer by heartbeats, and dies without them",
    _SAFE,
    waits_s=125,
    beside_group="session",
    sessions=6,
)
async def test_a_token_lives_by_heartbeats(case: Case, dut: Device) -> None:
    life = dut.profile["keep_alive_s"]
    start = dut.clock.now()
    silent, by_notify, by_request, young, busy = await _several(dut, 5)
    await _until(dut, start, life * 0.6)
    if by_notify is not None:
        await dut.beat(by_notify)
    if by_request is not None:
        await _beat(dut, by_request, "request")
    if busy is not None:
        await dut.succeeds(505, {}, client=busy)
    await _until(dut, start, life - 1.5)
    if young is not None:
        dut.check(_lives(await dut.ask(505, {}, client=young), f"{life - 1:g} s after its login"))
    await _until(dut, start, life + 5)
    if by_notify is not None:
        dut.check(_lives(await dut.ask(505, {}, client=by_notify), "by a heartbeat sent as notify"))
    if by_request is not None:
        dut.check(_lives(await dut.ask(505, {}, client=by_request), "by a heartbeat sent as request"))
    if busy is not None:
        alive = await _is_answered(dut, busy)
        dut.judgement.observe("R11", "other traffic keeps a token alive" if alive else "heartbeats alone keep it alive")
    assert silent is not None
    dead = silent.token
    if silent.closed:
        dut.judgement.observe("R11", "the websocket of a dead token is closed")
        silent = await dut.open("after")
    reply = await dut.ask(505, {}, client=silent, token=dead, legal=False)
    dut.check(checks.refused(dut.catalogue, reply, "R25"))


async def _is_answered(dut: Device, client: ControlClient) -> bool:
    """Whether the token lives; a device may close the websocket of one that does not."""
    if client.closed:
        return False
    try:
        return (await dut.ask(505, {}, client=client)).ok
    except LinkError:
        return False


def _lives(reply: Reply, why: str) -> checks.Result:
    result = checks.Result(f"the token lives {why}", checks.describe(reply))
    if not reply.ok:
        result.findings.append(Finding(result.expected, result.observed, check="lease"))
    return result


async def _until(dut: Device, start: datetime, seconds: float) -> None:
    """Wait until `seconds` after `start`, whatever the steps between have taken."""
    left = seconds - (dut.clock.now() - start).total_seconds()
    if left > 0:
        await dut.clock.sleep(left)


async def _several(dut: Device, count: int) -> list[ControlClient | None]:
    """That many sessions at once; where a second login of an account ends the first (R12), one of each account."""
    if not dut.facts.forces_out:
        return [await dut.logged_in(f"session-{number}") for number in range(count)]
    found: list[ControlClient | None] = [await dut.logged_in("second")]
    if all(dut.profile[name] for name in OPERATOR):
        found.append(await operator(dut))
    return (found + [None] * count)[:count]


# How many may be online (R32, R156)


@cases(
    Case(
        name,
        "No more sessions than max_connectios allows are online",
        Safety.DISRUPTIVE,
        requirement=requirement,
        clause=clause,
        writes=("pair:11",),
        quick=clause == "IV.501",
    )
    for name, requirement, clause in (
        ("IV.501/online", "IV.501/online", "IV.501"),
        ("III.11/set/max_connectios/obeyed", "III.11/online", "III.11"),
    )
)
async def test_no_more_sessions_than_allowed_are_online(case: Case, dut: Device) -> None:
    most = 3
    shown = await dut.must(12)
    name = "max_connections" if "max_connections" in shown else "max_connectios"
    await dut.must(11, {name: most}, legal=False)
    opened, refused = [dut.control], 0
    for number in range(most + 3):
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
    usable = [await _usable(dut, client) for client in opened].count(True)
    dut.judgement.observe("R156", f"with {name} {most}: {usable} sessions online, {refused} logins refused")
    dut.demand(usable <= most + 1, f"at most {most + 1} sessions online (R156)", f"{usable} sessions")
    dut.demand(usable >= 1, "the first session stays usable", f"{usable} sessions")


async def _login_as_anyone(dut: Device, client: ControlClient, number: int) -> Reply:
    """Different accounts as far as the profile knows some: one account's logins may end each other (R12)."""
    known = [
        who for who in ("admin", "second", "operator") if dut.profile[f"{who}_user"] and dut.profile[f"{who}_password"]
    ]
    if dut.facts.forces_out and len(known) > 1:
        known.remove("admin")
    if not known:
        return await dut.link.login(client)
    who = known[number % len(known)]
    return await client.login(dut.profile[f"{who}_user"], dut.profile[f"{who}_password"], dut.link.cipher)


async def _usable(dut: Device, client: ControlClient) -> bool:
    try:
        return (await client.request(505, {})).ok
    except RemoteError:
        return False
