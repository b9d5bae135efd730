"""Heartbeats and the life of a token (IV.9999, R08, R11): how one is sent, and whether a token lives."""

from __future__ import annotations

import contextlib
from datetime import datetime

from conformance import checks
from conformance.client import ControlClient, HttpClient, LinkError, RemoteError, Reply, ReplyTimeout
from conformance.dut.device import Device
from conformance.rules.verdict import CaseInconclusive, Finding

__all__ = [
    "heartbeat",
    "http_heartbeat",
    "http_token_lives_by_heartbeats",
    "is_answered",
    "token_lives",
    "wait_until",
]


async def heartbeat(dut: Device, client: ControlClient, action: str) -> Reply | None:
    """Send a heartbeat as `notify` or as `request`; its reply, or None where none comes.

    R08 leaves open whether it is answered; whatever follows on the same connection shows that it does no harm.
    """
    answer = None
    with contextlib.suppress(ReplyTimeout):
        answer = await client.heartbeat(as_request=action == "request")
    if action == "request":
        dut.judgement.observe("R08", "answered" if answer is not None else "not answered")
    return answer


async def http_heartbeat(dut: Device, client: HttpClient) -> bool:
    """Send a heartbeat over HTTP; whether it was answered with success."""
    try:
        reply = await client.request(9999, {})
    except RemoteError as error:
        dut.judgement.observe("R08", f"over HTTP: {type(error).__name__}")
        return False
    dut.judgement.observe("R08", f"over HTTP: {reply.retcode}")
    return reply.ok


async def http_token_lives_by_heartbeats(dut: Device) -> None:
    """Judge that a token of HTTP dies after the keep-alive time, and lives on by a heartbeat that was accepted.

    A heartbeat that HTTP refuses promises nothing (R08): then it is only observed.
    """
    life, start = dut.profile["keep_alive_s"], dut.clock.now()
    silent, beating = dut.plain_http(), dut.plain_http()
    for client in (silent, beating):
        if not (await dut.link.login(client)).ok:
            raise CaseInconclusive("preamble: the login over HTTP is refused")
    await dut.clock.sleep(life * 0.6)
    accepted = await http_heartbeat(dut, beating)
    await dut.clock.sleep(life + 5 - (dut.clock.now() - start).total_seconds())
    if accepted:
        reply = await dut.ask(505, {}, client=beating)
        dut.demand(
            reply.ok, "a token that lives on by a heartbeat that was answered with success", checks.describe(reply)
        )
    token, silent.token = silent.token, None
    dut.check(checks.refused(dut.catalogue, await dut.ask(505, {}, client=silent, token=token), "R25"))


def token_lives(reply: Reply, why: str) -> checks.Result:
    """The check that a token lives, by the reply to a command that needs one; `why` completes the sentence."""
    result = checks.Result(f"the token lives {why}", checks.describe(reply))
    if not reply.ok:
        result.findings.append(Finding(result.expected, result.observed, check="lease"))
    return result


async def is_answered(dut: Device, client: ControlClient) -> bool:
    """Whether the token of `client` lives; a device may close the websocket of one that does not."""
    if client.closed:
        return False
    try:
        return (await dut.ask(505, {}, client=client)).ok
    except LinkError:
        return False


async def wait_until(dut: Device, start: datetime, seconds: float) -> None:
    """Wait until `seconds` after `start`, however long the steps between have lasted."""
    left = seconds - (dut.clock.now() - start).total_seconds()
    if left > 0:
        await dut.clock.sleep(left)
