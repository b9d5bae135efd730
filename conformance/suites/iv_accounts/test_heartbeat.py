"""Command 9999: every heartbeat prolongs its token, none revives a dead one, none is answered with an error."""

from __future__ import annotations

from conformance import checks
from conformance.catalogue import Safety
from conformance.client import ControlClient
from conformance.dut.device import Device
from conformance.rules.case import Case, case


@case(
    "IV.9999/every-one",
    "Every heartbeat must prolong the life of its token, and none may bring a dead one back",
    Safety.REVERSIBLE,
    waits_s=180,
    beside_group="session",
    sessions=3,
)
async def test_every_heartbeat_counts_and_none_revives(case: Case, dut: Device) -> None:
    life = dut.profile["keep_alive_s"]
    silent = await dut.logged_in("silent") if not dut.facts.forces_out else None
    beating = await dut.logged_in("beating", second=bool(dut.profile["second_user"]))
    for _ in range(3):
        await dut.clock.sleep(life * 0.42)
        await dut.beat(beating)
    await dut.clock.sleep(life * 0.24)
    # After one and a half lives, a token that only the first heartbeat had prolonged would be dead.
    alive = await dut.ask(505, {}, client=beating)
    dut.demand(alive.ok, "the token lives on with every heartbeat (R11)", checks.describe(alive))
    if silent is not None:
        await _stays_dead(dut, silent)


async def _stays_dead(dut: Device, client: ControlClient) -> None:
    token = client.token
    if client.closed:
        dut.judgement.observe("R11", "the websocket of a dead token is closed")
        client.token = ""
        client = await dut.open("after")
        client.token = token
    await client.heartbeat()
    reply = await dut.ask(505, {}, client=client, token=token)
    client.token = ""
    dut.check(checks.refused(dut.catalogue, reply, "R25"))


@case(
    "IV.9999/no-error",
    "A heartbeat sent as notify must be answered with success or not at all",
    Safety.REVERSIBLE,
)
async def test_a_notified_heartbeat_is_not_answered_by_an_error(case: Case, dut: Device) -> None:
    client = await dut.logged_in()
    for _ in range(2):
        await client.heartbeat()
    # An answer to a heartbeat comes before the reply to this later request.
    await dut.succeeds(505, {}, client=client)
    answers = [each.frame for each in client.unexpected if each.frame.get("cmdtype") == 9999]
    dut.judgement.observe("R08", "notify answered" if answers else "notify not answered")
    wrong = [frame for frame in answers if frame.get("retcode") != 0]
    dut.demand(not wrong, "no answer, or retcode 0 (R08)", checks.short(wrong) if wrong else "as expected")
