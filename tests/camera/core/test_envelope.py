"""The envelope of a message: malformed frames, echoed numbers, required tokens."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from conformance.catalogue import load

UNKNOWN = (0, -1, 37, 38, 519, 526, 801, 1000, 10_000, 2**40)
OPEN = (500, 501)

pytestmark = pytest.mark.asyncio


async def test_every_command_of_the_catalogue_is_answered_by_one_part(bench: Any) -> None:
    answered = {cmdtype for part in bench.camera.subsystems for cmdtype in part.handlers()}

    assert answered == set(load().commands)


@pytest.mark.parametrize(
    "frame",
    ["", "hello", "{", "[]", "3", "null", '"x"', "{}", '{"cmdtype": 2}', '{"action": "request", "sequence": 1}'],
)
async def test_a_frame_that_is_no_request_is_refused_and_the_connection_stays(bench: Any, frame: str) -> None:
    client = await bench.anonymous()

    reply = await client.raw(frame)

    assert (reply["retcode"], reply["action"], reply["message"]) == (10002, "response", None)
    assert await client.code(500) == 0


async def test_a_broken_frame_is_echoed_as_far_as_it_can_be_read(bench: Any) -> None:
    client = await bench.anonymous()

    reply = await client.raw('{"action": "request", "cmdtype": 500, "sequence": 18446744073709551615, "message": {')

    assert (reply["cmdtype"], reply["sequence"]) == (500, 2**64 - 1)


async def test_a_doubled_key_is_refused_with_the_numbers_echoed(bench: Any) -> None:
    client = await bench.anonymous()

    reply = await client.raw('{"action":"request","action":"request","cmdtype":500,"sequence":7,"message":{}}')

    assert (reply["retcode"], reply["cmdtype"], reply["sequence"]) == (10002, 500, 7)


async def test_a_binary_frame_is_refused(bench: Any) -> None:
    client = await bench.anonymous()

    reply = await client.raw(json.dumps({"action": "request", "cmdtype": 500, "sequence": 3, "message": {}}).encode())

    assert (reply["retcode"], reply["cmdtype"], reply["sequence"]) == (10002, 500, 3)


@pytest.mark.parametrize("cmdtype", UNKNOWN)
async def test_a_number_without_a_command_is_refused(steady: Any, cmdtype: int) -> None:
    reply = await steady.ask(cmdtype)

    assert (reply["retcode"], reply["cmdtype"]) == (10002, cmdtype)


@pytest.mark.parametrize("cmdtype", ["500", 500.0, True, None, [500]])
async def test_a_command_number_of_another_type_is_refused(steady: Any, cmdtype: Any) -> None:
    reply = await steady.ask(500, cmdtype=cmdtype, sequence=8)

    assert (reply["retcode"], reply["cmdtype"], reply["sequence"]) == (10002, 0, 8)


@pytest.mark.parametrize("sequence", [0, 1, 2**31, 2**53 + 1, 2**63, 2**64 - 1])
async def test_a_sequence_comes_back_exactly(steady: Any, sequence: int) -> None:
    assert (await steady.ask(500, sequence=sequence))["sequence"] == sequence


@pytest.mark.parametrize("sequence", [-1, 2**64, 1.0, "1", None, True])
async def test_a_sequence_that_is_no_uint64_is_refused(steady: Any, sequence: Any) -> None:
    assert (await steady.ask(500, sequence=sequence))["retcode"] == 10002


@pytest.mark.parametrize("action", ["response", "", "Request", 1, None])
async def test_an_action_that_is_no_request_is_refused(steady: Any, action: Any) -> None:
    assert await steady.code(500, action=action) == 10002


async def test_addresses_come_back_unchanged_and_only_if_they_were_sent(bench: Any) -> None:
    client = await bench.anonymous()

    with_both = await client.ask(500, **{"from": "client ä", "to": "device"})
    without = await client.ask(500)

    assert (with_both["from"], with_both["to"]) == ("client ä", "device")
    assert not {"from", "to"} & set(without)


async def test_replies_come_in_the_order_of_the_requests(admin: Any) -> None:
    numbers = [2, 500, 99, 16, 20, 617, 24, 2]
    for sequence, cmdtype in enumerate(numbers, 100):
        request = {"action": "request", "cmdtype": cmdtype, "sequence": sequence, "token": admin.token, "message": {}}
        await admin.websocket.send(json.dumps(request))

    replies = [await admin.reply() for _ in numbers]

    assert [reply["sequence"] for reply in replies] == list(range(100, 100 + len(numbers)))
    assert [reply["cmdtype"] for reply in replies] == numbers


async def test_every_reply_has_the_same_keys(admin: Any) -> None:
    for reply in (await admin.ask(2), await admin.ask(1, {"flag": 1}), await admin.ask(1, {"flag": 7})):
        assert set(reply) == {"action", "cmdtype", "message", "retcode", "retmsg", "sequence"}
        assert reply["retmsg"]


async def test_a_notify_gets_no_reply_and_does_nothing_but_keep_alive(admin: Any) -> None:
    for cmdtype, message in ((9999, {}), (1, {"flag": 0}), (777, {}), (2, None)):
        frame = {"action": "notify", "cmdtype": cmdtype, "sequence": 1, "token": admin.token, "message": message}
        await admin.websocket.send(json.dumps(frame))

    reply = await admin.ask(2, sequence=4711)

    assert reply["sequence"] == 4711
    assert reply["message"]["flag"] == 1


@pytest.mark.parametrize("token", [None, "", "0" * 32, 5, "x" * 1000, {}])
async def test_no_command_but_two_is_answered_without_a_token(bench: Any, token: Any) -> None:
    client = await bench.anonymous()
    envelope = {} if token is None else {"token": token}

    codes = {number: await client.code(number, {}, **envelope) for number in load().commands if number not in OPEN}

    assert {number: code for number, code in codes.items() if code != 10005} == {}


@pytest.mark.parametrize("token", ["", "nonsense", 5])
async def test_general_information_needs_no_token_and_minds_none(steady: Any, token: Any) -> None:
    assert await steady.code(500, token=token) == 0


async def test_there_is_nothing_at_another_path(bench: Any) -> None:
    with pytest.raises(InvalidStatus) as refusal:
        await connect(f"ws://127.0.0.1:{bench.camera.control.port}/api/v1/other")

    assert refusal.value.response.status_code == 404


async def test_a_message_of_more_than_eight_mebibytes_ends_the_connection_and_nobody_elses(bench: Any) -> None:
    one, other = await bench.anonymous(), await bench.anonymous()

    with pytest.raises(ConnectionClosed):
        await one.raw(" " * (8 * 1024 * 1024 + 1))

    assert await other.code(500) == 0


async def test_nesting_without_end_is_refused(bench: Any) -> None:
    client = await bench.anonymous()

    reply = await client.raw('{"action":"request","cmdtype":500,"sequence":1,"message":' + '{"a":' * 5000)

    assert reply["retcode"] == 10002


async def test_many_clients_are_served_at_once(bench: Any) -> None:
    clients = await asyncio.gather(*(bench.anonymous() for _ in range(30)))

    replies = await asyncio.gather(*(client.code(500) for client in clients for _ in range(1)))

    assert replies == [0] * 30
