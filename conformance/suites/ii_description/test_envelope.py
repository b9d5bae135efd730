"""II, the envelope of requests and replies; malformed frames, messages of the wrong type, undefined commands."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from conformance import checks
from conformance.catalogue import Safety, load
from conformance.catalogue.json_types import Json, JsonObject
from conformance.client import ControlClient, LinkError, RemoteError, RemoteProtocolError, Reply, ReplyTimeout
from conformance.dut.device import Device
from conformance.rules.case import Case, case, cases
from conformance.rules.verdict import Severity
from conformance.steps.frames import MALFORMED, Frame, request

_CATALOGUE = load()
_SEQUENCES = {"0": 0, "1": 1, "2-53-plus-1": 2**53 + 1, "2-63": 2**63, "2-64-minus-1": 2**64 - 1}
_TEXT = "Tür 5 热像仪"


@cases(
    Case(
        f"II/sequence/{label}",
        f"A reply must echo sequence {number} exactly",
        requirement="II/sequence",
        clause="II.2",
        data=number,
        quick=True,
    )
    for label, number in _SEQUENCES.items()
)
async def test_the_sequence_is_echoed_exactly(case: Case[int], dut: Device) -> None:
    reply = await dut.ask(500, {}, sequence=case.data)
    dut.demand(reply.sequence == case.data, f"sequence {case.data}", f"sequence {reply.sequence!r}")


@cases(
    Case(
        f"II/sequence/refused-{label}",
        f"A refusal must echo sequence {number} exactly",
        requirement="II/sequence",
        clause="II.2",
        data=number,
    )
    for label, number in _SEQUENCES.items()
    if number != 0
)
async def test_a_refusal_echoes_the_sequence(case: Case[int], dut: Device) -> None:
    reply = await dut.ask(38, {}, sequence=case.data, legal=False)
    dut.demand(reply.sequence == case.data, f"sequence {case.data}", f"sequence {reply.sequence!r}")


@case(
    "II/sequence/repeated",
    "A request with a sequence that was used before must be answered",
    requirement="II/sequence",
    clause="II.2",
)
async def test_a_repeated_sequence_is_answered_again(case: Case, dut: Device) -> None:
    for number in (500, 505, 505):
        reply = await dut.ask(number, {}, sequence=4711)
        dut.check(checks.success(reply))


@case(
    "II/sequence/pipelined",
    "Several requests at once must each be answered under their sequence",
    requirement="II/sequence",
    clause="II.2",
    quick=True,
)
async def test_pipelined_requests_are_answered_each(case: Case, dut: Device) -> None:
    numbers = (500, 505, 30, 500, 16, 505, 24, 38, 500)
    pending = [await dut.control.start(number, {}, legal=number != 38) for number in numbers]
    replies = await asyncio.gather(*pending, return_exceptions=True)
    for wanted, reply in zip(numbers, replies, strict=True):
        if isinstance(reply, LinkError):
            raise reply
        seen = f"cmdtype {reply.cmdtype!r}" if isinstance(reply, Reply) else f"no reply: {reply}"
        right = isinstance(reply, Reply) and reply.cmdtype == wanted
        dut.demand(right, f"the reply to {wanted} under its sequence", seen)


_ADDRESSES: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "from-to": ("with from and to", {"from": "thermoproof", "to": "camera"}),
    "without-from-to": ("without from and to", {}),
    "from-to-utf8": ("with from and to that are not ASCII", {"from": "prüfstand", "to": "热像仪"}),
    "from-alone": ("with from alone", {"from": "thermoproof"}),
    "from-to-empty": ("with empty from and to", {"from": "", "to": ""}),
}


@cases(
    Case(
        f"II/envelope/{label}",
        f"A request must be accepted {title}",
        requirement="II/from-to",
        clause="II.6",
        quick=label == "from-to",
        data=extra,
    )
    for label, (title, extra) in _ADDRESSES.items()
)
async def test_from_and_to_are_accepted(case: Case[Mapping[str, str]], dut: Device) -> None:
    await dut.succeeds(500, {}, extra=case.data)
    await dut.succeeds(505, {}, extra=case.data)


@cases(
    Case(
        f"II/envelope/refused-{label}",
        f"A refusal of a request {title} must repeat them unchanged or not at all",
        requirement="II/from-to",
        clause="II.6",
        data=extra,
    )
    for label, (title, extra) in _ADDRESSES.items()
    if extra
)
async def test_a_refusal_repeats_from_and_to_rightly(case: Case[Mapping[str, str]], dut: Device) -> None:
    reply = await dut.ask(38, {}, extra=case.data, legal=False)
    _is_documented_refusal(dut, reply)


@case("II/envelope/subtype-unused", "An unknown envelope key must do no harm", requirement="II/from-to", clause="II.6")
async def test_an_unknown_envelope_key_does_no_harm(case: Case, dut: Device) -> None:
    reply = await dut.ask(505, {}, extra={"thermoproof": 1}, legal=False)
    dut.judgement.observe("R152", f"unknown envelope key: {reply.retcode}")
    dut.demand(reply.retcode in dut.catalogue.return_codes, "a documented code (R152)", checks.describe(reply))
    await dut.succeeds(505)


@case(
    "II/utf8/kept",
    "Text that is not ASCII must be kept exactly",
    Safety.REVERSIBLE,
    requirement="II/utf8",
    clause="II.2",
    writes=("pair:15",),
    quick=True,
)
async def test_text_is_kept_exactly(case: Case, dut: Device) -> None:
    await dut.succeeds(15, {"name": _TEXT})
    shown = (await dut.get(16)).get("name")
    dut.demand(shown == _TEXT, f"name {checks.short(_TEXT)}", f"name {checks.short(shown)}")


@case(
    "II/utf8/escaped",
    "Escaped characters must be read as the characters they stand for",
    Safety.REVERSIBLE,
    requirement="II/utf8",
    clause="II.2",
    writes=("pair:15",),
)
async def test_escaped_text_is_the_same_text(case: Case, dut: Device) -> None:
    client = await dut.logged_in()
    frame = {"action": "request", "cmdtype": 15, "sequence": 900_015, "token": client.token, "message": {"name": _TEXT}}
    await client.send_raw(json.dumps(frame, ensure_ascii=True))
    answer = await _answer(dut, client)
    code = answer.get("retcode") if isinstance(answer, dict) else str(answer)
    dut.demand(code == 0, "retcode 0", f"retcode {code!r}")
    # Where a login ends the earlier ones of its account (R12), the run's own session is over.
    shown = (await dut.get(16, client=client)).get("name")
    dut.demand(shown == _TEXT, f"name {checks.short(_TEXT)}", f"name {checks.short(shown)}")


@case("II/utf8/frames", "Replies must be text frames of strict JSON in UTF-8", requirement="II/utf8", clause="II.2")
async def test_replies_are_text_frames(case: Case, dut: Device) -> None:
    for number in (500, 505, 16, 24):
        await dut.get(number)


# A connection


_MANY = 300


@case("II/connection/many", "A connection must serve hundreds of requests", requirement="II/connection", clause="II.2")
async def test_a_connection_serves_many_requests(case: Case, dut: Device) -> None:
    client = await dut.open("busy")
    try:
        for _ in range(_MANY):
            await dut.succeeds(500, {}, client=client)
    except LinkError as error:
        dut.demand(False, f"{_MANY} requests answered on one connection", str(error))


@case(
    "II/connection/long-request", "A request of 40,000 bytes must be served", requirement="II/connection", clause="II.2"
)
async def test_a_long_request_is_served(case: Case, dut: Device) -> None:
    """The rules of command 3 may be as long; here white space fills the request, which JSON allows anywhere."""
    client = await dut.open("long")
    await client.send_raw(request(sequence=4713)[:-1] + " " * 40_000 + "}")
    answer = await _answer(dut, client)
    found = [answer.get("retcode"), answer.get("sequence")] if isinstance(answer, dict) else str(answer)
    dut.demand(found == [0, 4713], "retcode 0 under sequence 4713", checks.short(found))


# Malformed frames


@cases(
    Case(
        f"II/malformed/{label}",
        f"The device must survive {frame.title}",
        requirement="II/malformed",
        clause="II.2",
        data=frame,
        quick=label in ("not-json", "array"),
    )
    for label, frame in MALFORMED.items()
)
async def test_a_malformed_frame_does_no_harm(case: Case[Frame], dut: Device) -> None:
    frame = case.data
    client = await dut.open()
    answer: JsonObject | RemoteError
    try:
        await client.send_raw(frame.payload(), text=frame.text)
        answer = await _answer(dut, client)
    except LinkError as error:
        answer = error  # A device may close as soon as a frame is too large.
    _judge(dut, frame, answer, client)
    # The device lives: it serves the same connection, unless it closed that one, and a fresh one.
    with contextlib.suppress(LinkError):
        if not client.closed:
            dut.check(checks.success(await dut.ask(500, {}, client=client)))
    _judge_close(dut, frame, client)
    dut.check(checks.success(await dut.ask(500, {}, client=await dut.open("fresh"))))
    await dut.succeeds(505)


async def _answer(dut: Device, client: ControlClient) -> JsonObject | RemoteError:
    """The frame that came back, or the error that says why there is none: not JSON, no answer, the end of the link."""
    try:
        answer = await client.next_unexpected(dut.profile["reply_timeout_s"])
        while isinstance(answer, dict) and answer.get("action") == "notify":
            answer = await client.next_unexpected(dut.profile["reply_timeout_s"])
    except (ReplyTimeout, LinkError, RemoteProtocolError) as error:
        return error
    return answer


def _judge(dut: Device, frame: Frame, answer: JsonObject | RemoteError, client: ControlClient) -> None:
    if isinstance(answer, ReplyTimeout):
        dut.judgement.observe("R21", f"{frame.title}: no answer")
        dut.demand(frame.must == "any", "an error code (R21)", "no answer")
    elif isinstance(answer, LinkError) or (client.closed and isinstance(answer, RemoteError)):
        dut.judgement.observe("R21", f"{frame.title}: closed")
        dut.demand(frame.must != "refused", "an error code, the connection open (R21)", "the connection was closed")
        dut.demand(
            client.close_code != 1006,
            "closed, if at all, with a close frame (R21)",
            "the connection ended without a close frame",
        )
    elif isinstance(answer, RemoteError):
        dut.demand(False, "an answer in strict JSON (II.2)", str(answer))
    else:
        _judge_code(dut, frame, answer.get("retcode"))


def _is_closed_properly(dut: Device, client: ControlClient) -> None:
    expected = "the connection is closed, if at all, with a close frame (R21)"
    dut.demand(client.close_code != 1006, expected, "it ended without a close frame")


def _judge_close(dut: Device, frame: Frame, client: ControlClient) -> None:
    """Where a device may close the connection, it may do so after an answer too."""
    if client.closed:
        dut.demand(frame.must != "refused", "the connection open (R21)", "the connection was closed")
        dut.demand(
            client.close_code != 1006,
            "closed, if at all, with a close frame (R21)",
            "the connection ended without a close frame",
        )


def _judge_code(dut: Device, frame: Frame, code: Json) -> None:
    allowed = {known for name in ("R21", "R22") for known in _codes(name)}
    documented = code in dut.catalogue.return_codes
    if code != 10002:
        dut.judgement.observe("R21", f"{frame.title}: {code}")
    if frame.must == "any":
        dut.demand(documented, "a documented code", f"retcode {code!r}")
    else:
        severity = Severity.MINOR if documented and code else Severity.MAJOR
        dut.demand(code in allowed, "refused with 10002 (R21)", f"retcode {code!r}", severity=severity)


def _codes(reading: str) -> Iterator[int]:
    codes = _CATALOGUE.readings[reading].codes
    assert codes is not None
    yield from codes.canonical
    yield from codes.tolerated


class _WrongMessage(NamedTuple):
    """A set, and what it is sent in place of a message."""

    number: int
    payload: Json


_WRONG_MESSAGES: Mapping[str, Json] = {
    "string": "text",
    "number": 5,
    "true": True,
    "array": [1],
    "array-of-objects": [{}],
}


@cases(
    Case(
        f"II/message/{label}-to-{number}",
        f"Command {number} must refuse a message of the wrong type ({label})",
        Safety.REVERSIBLE,
        requirement="II/message",
        clause="II.2",
        writes=(f"pair:{number}",),
        data=_WrongMessage(number, payload),
    )
    for number in (15, 29)
    for label, payload in _WRONG_MESSAGES.items()
)
async def test_a_message_of_the_wrong_type_is_refused(case: Case[_WrongMessage], dut: Device) -> None:
    number, payload = case.data
    # Where a login ends the earlier ones of its account (R12), the run's own session is over.
    client = await dut.logged_in()
    before = await dut.get(number + 1, client=client)
    await client.send_raw(request(cmdtype=number, token=client.token, message=payload))
    answer = await _answer(dut, client)
    code = answer.get("retcode") if isinstance(answer, dict) else str(answer)
    allowed = {known for name in ("R20", "R22", "R23") for known in _codes(name)}
    dut.demand(code in allowed, "refused with 10002 (R22)", f"retcode {code!r}")
    after = await dut.get(number + 1, client=client if not client.closed else await dut.logged_in("after"))
    found = checks.differences(dut.catalogue.commands[number + 1].reply, before, after)
    dut.demand(not found, "no configuration changed by a refused set", "; ".join(found) or "no difference")


_UNDEFINED = (0, 37, 38, 59, 60, 100, 499, 519, 526, 532, 599, 618, 699, 2000, 9998, 10000, 2**31 - 1, 2**31)


@cases(
    Case(
        f"II/undefined/{number}",
        f"Command {number}, which the document does not define, must be refused",
        requirement="II/undefined",
        clause="II.2",
        data=number,
        quick=number in (37, 519),
    )
    for number in _UNDEFINED
)
async def test_an_undefined_command_is_refused(case: Case[int], dut: Device) -> None:
    _is_documented_refusal(dut, await dut.ask(case.data, {}, legal=False))


def _is_documented_refusal(dut: Device, reply: Reply) -> None:
    known = {code for code, row in dut.catalogue.return_codes.items() if row.documented and code}
    dut.demand(reply.retcode in known, "a documented non-zero code (R15)", checks.describe(reply))


@cases(
    Case(
        f"II/action/notify-{number}",
        f"Command {number} sent as notify must do no harm",
        requirement="II/action",
        clause="II.2",
        data=number,
    )
    for number in (500, 505, 16)
)
async def test_a_notified_request_does_no_harm(case: Case[int], dut: Device) -> None:
    """The document does not say whether a request with the action notify is answered."""
    client = await dut.logged_in()
    notified = await client.start(case.data, {}, action="notify", legal=False)
    await dut.clock.sleep(2)
    await dut.succeeds(505, {}, client=client)
    answer = str((await notified).retcode) if notified.done else "not answered"
    dut.judgement.observe("R08", f"command {case.data} as notify: {answer}")
