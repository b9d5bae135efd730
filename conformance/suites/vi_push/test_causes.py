"""Pushes 1002 to 1006, 1008 and 1010: each is provoked by its cause and well-formed."""

from __future__ import annotations

import contextlib
import ipaddress
import socket
from collections.abc import Callable, Iterator
from typing import NamedTuple

from conformance import checks
from conformance.catalogue import Safety
from conformance.catalogue.json_types import Json
from conformance.catalogue.model import Keyword
from conformance.client import LinkError, PushMessage, video_header
from conformance.dut.device import Device
from conformance.rules.case import Case, case, cases
from conformance.rules.verdict import CaseInconclusive
from conformance.steps import stored_files as stored
from conformance.steps.alarms import judge_no_push, wait_for_pushes
from conformance.steps.causes import CAUSES, Cause, handle_exceptions, provoke
from conformance.steps.push_content import content, judge_files, judge_time
from conformance.steps.viewers import connect, transports

_SAFE = Safety.REVERSIBLE


# Failures, locked accounts, inputs: once per occurrence, and with the right content


def _causes(*numbers: int) -> Iterator[Cause]:
    return (cause for cause in CAUSES if cause.number in numbers)


@cases(
    Case(
        f"VI.{cause.number}/{cause.label}",
        f"Push {cause.number} ({cause.label}) must be sent once for each occurrence of its cause",
        _SAFE,
        requirement=f"VI.{cause.number}/cause",
        **cause.facts(waits_s=30),
        quick=cause.label not in ("type-2", "type-3"),
        data=cause,
    )
    for cause in _causes(1002, 1003, 1004, 1008, 1010)
)
async def test_an_occurrence_is_pushed_once(case: Case[Cause], dut: Device) -> None:
    cause = case.data
    await cause.ready(dut)
    try:
        for _ in range(2):
            await dut.clock.sleep(12)  # an input may shake for 10 s before it counts (R163)
            mark = dut.control.pushes.mark()
            await cause.begin(dut)
            await dut.clock.sleep(12)
            push = await dut.push(cause.number, since=mark)
            assert push is not None
            for name, value in cause.content:
                found = content(push).get(name)
                tolerated = value if name != "type" or found != 0 or cause.number != 1008 else 0
                dut.demand(found == tolerated, f"{name} {value}", f"{name} {found!r}")
            await _judge_content(dut, push)
            again = dut.control.pushes.mark()
            await judge_no_push(dut, cause.number, again, "the cause only lasts", seconds=5)
            await cause.end(dut)
            await judge_no_push(dut, cause.number, again, "the cause is over", seconds=5)
    finally:
        await cause.end(dut)


async def _judge_content(dut: Device, push: PushMessage) -> None:
    """Judge the content of a push that the field table does not judge."""
    body = content(push)
    if push.cmdtype == 1002:
        free, limit, total = (body.get(name) for name in ("free", "limit", "total"))
        if all(isinstance(each, int) for each in (free, limit, total)):
            dut.demand(free < limit <= total, "free < limit <= total", f"free {free}, limit {limit}, total {total}")  # type: ignore[operator]
    elif push.cmdtype == 1008 and body.get("type") == 2:
        gateway = (await dut.must(10)).get("gateway")
        dut.demand(body.get("ip") == gateway, f"ip {gateway!r}, the gateway", f"ip {body.get('ip')!r}")
    elif push.cmdtype == 1010:
        await judge_time(dut, push, waited_s=12)
        await judge_files(dut, push)


@case(
    "VI.1008/other-gateway",
    "A push 1008 about a gateway that does not answer must have the address of the gateway",
    Safety.DISRUPTIVE,
    requirement="VI.1008/cause",
    writes=("pair:9", "pair:27"),
    waits_s=8,
)
async def test_a_silent_gateway_is_reported_by_its_address(case: Case, dut: Device) -> None:
    """No push has to come: it is open when a new gateway takes effect (R164), and not said how soon it is asked."""
    await handle_exceptions(dut, 27)
    shown = await dut.must(10)
    try:
        network = ipaddress.IPv4Network(f"{shown.get('ipaddr')}/{shown.get('netmask')}", strict=False)
    except ValueError:
        raise CaseInconclusive(f"10 shows no network: {shown}") from None
    if network.num_addresses < 8:
        raise CaseInconclusive(f"the network {network} has no room for another gateway")
    in_use = {shown.get("ipaddr"), shown.get("gateway")}
    other = next(address for last in (2, 3, 4) if (address := str(network[-last])) not in in_use)
    mark = dut.control.pushes.mark()
    await dut.must(9, {"ipaddr": shown["ipaddr"], "netmask": shown["netmask"], "gateway": other})
    await wait_for_pushes(dut, 8)
    for push in dut.control.pushes.since(mark):
        if push.cmdtype == 1008 and content(push).get("type") == 2:
            dut.check(checks.pushed(dut.catalogue, push, dut.sizes))
            found = content(push).get("ip")
            dut.demand(found in (other, shown.get("gateway")), f"ip {other!r}, the gateway", f"ip {found!r}")
    came = [push for push in dut.control.pushes.since(mark) if push.cmdtype == 1008]
    dut.judgement.observe("R164", f"a gateway that does not answer: {len(came)} pushes 1008 within 8 s")


@case(
    "VI.1005/lock",
    "The lock of an account must send 1005 with the user, the address and the time",
    _SAFE,
    requirement="VI.1005/cause",
    **next(_causes(1005)).facts(),
    quick=True,
    data=next(_causes(1005)),
)
async def test_illegal_access_is_pushed(case: Case[Cause], dut: Device) -> None:
    async with provoke(dut, case.data) as mark:
        push = await dut.push(1005, since=mark)
        assert push is not None
        user, found = dut.profile["operator_user"], content(push).get("user")
        dut.demand(found == user, f"user {user!r}", f"user {found!r}")
        address = content(push).get("ip")
        dut.demand(_is_address(address), "ip: the address from which the login came", f"ip {address!r}")
        own = (await dut.must(10)).get("ipaddr")
        if own != _address_of_this_host(dut):
            dut.demand(address != own, "ip: the address of this host, not the device's own", f"ip {address!r}")
        await judge_time(dut, push)
        more = [each for each in dut.control.pushes.since(mark) if each.cmdtype == 1005]
        dut.judgement.observe("R158", f"{len(more)} times until the account locks")


@case(
    "VI.1004/verification",
    "A video connection that fails its verification must send 1004, type 1",
    _SAFE,
    requirement="VI.1004/cause",
    capabilities=("video.ir-main",),
    waits_s=4,
)
async def test_a_failed_verification_is_of_type_1(case: Case, dut: Device) -> None:
    """The header of a stream is verified (appendix II). It is not said to which session the connection belongs."""
    port = (await dut.must(500)).get("ir_video_port")
    if not isinstance(port, int):
        raise CaseInconclusive("500 names no ir_video_port")
    mark = dut.control.pushes.mark()
    for transport in transports(dut.profile["video_transport"]):
        with contextlib.suppress(LinkError):
            stream = await connect(dut, port, transport)
            try:
                await stream.send(video_header(1, 1, "0" * 32))
                await wait_for_pushes(dut, 1)
            finally:
                await stream.close()
            break
    push = await dut.push(1004, since=mark, keyword=Keyword.SHOULD)
    if push is None:
        return
    kind = content(push).get("type")
    dut.demand(kind == 1, "type 1 (opening or verification failed)", f"type {kind!r}")


def _address_of_this_host(dut: Device) -> str:
    """The address from which this host reaches the device; nothing is sent to find it out."""
    target = dut.link.target
    family = socket.AF_INET6 if ":" in target.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        probe.connect((target.host, target.control_port))
        return str(probe.getsockname()[0])


def _is_address(text: Json) -> bool:
    """Whether a connection can have come from this address."""
    try:
        address = ipaddress.ip_address(text) if isinstance(text, str) else None
    except ValueError:
        return False
    return address is not None and not (address.is_unspecified or address.is_multicast)


# Recording


class _Recording(NamedTuple):
    """A stream, its name in ids and in words, the field of 1006 that shows its recording, and its value meanwhile."""

    stream: int
    label: str
    words: str
    field: str
    running: int


_RECORDINGS = (
    _Recording(1, "visible", "the visible stream", "status", 1),
    _Recording(2, "infrared", "the infrared stream", "status", 2),
    _Recording(3, "both", "both streams", "allrecord", 1),
)


@cases(
    Case(
        f"VI.1006/{recording.label}",
        f"A recording of {recording.words} that starts and stops must send 1006, with the state that 509 shows",
        _SAFE,
        requirement="VI.1006/cause",
        capabilities=("recording",),
        writes=("recording",),
        waits_s=4,
        quick=recording.stream == 1,
        data=recording,
    )
    for recording in _RECORDINGS
)
async def test_a_recording_is_pushed(case: Case[_Recording], dut: Device) -> None:
    recording = case.data
    for subtype, wanted in ((stored.NOW, recording.running), (stored.STOP, 0)):
        mark = dut.control.pushes.mark()
        await dut.must(509, {"record_stream": recording.stream}, extra={"subtype": subtype})
        await dut.clock.sleep(1)
        push = await dut.push(1006, since=mark, match=_has(recording.field, wanted))
        assert push is not None
        await _judge_state(dut, push)


def _has(field: str, value: int) -> Callable[[PushMessage], bool]:
    return lambda push: content(push).get(field, 0) == value


async def _judge_state(dut: Device, push: PushMessage) -> None:
    """Judge that the push has the state that 509 shows, in the fields that both have (R67)."""
    state = stored.state_of(dut, await dut.succeeds(509, {"record_stream": 0}, extra={"subtype": stored.ASK}))
    body = content(push)
    both = [name for name in stored.RUNNING if name in body and name in state]
    left, right = ({name: source[name] for name in both} for source in (state, body))
    dut.demand(left == right, f"{checks.short(left)}, as 509 shows", checks.short(right))


@case(
    "VI.1006/series",
    "A series of pictures must send 1006 when it begins and when it ends",
    _SAFE,
    requirement="VI.1006/cause",
    capabilities=("recording", "storage"),
    writes=("pair:15", "recording"),
    waits_s=12,
)
async def test_a_series_of_pictures_is_pushed(case: Case, dut: Device) -> None:
    await dut.must(15, {"capture_interval": 3, "capture_count": 2})
    mark = dut.control.pushes.mark()
    await dut.must(509, {"record_stream": 1}, extra={"subtype": stored.CAPTURE})
    try:
        await dut.push(1006, since=mark, match=_has("capture_status", 1))
        mark = dut.control.pushes.mark()
        await dut.clock.sleep(9)
        push = await dut.push(1006, since=mark, match=_has("capture_status", 0))
        assert push is not None
        await _judge_state(dut, push)
    finally:
        await dut.ask(509, {"record_stream": 1}, extra={"subtype": stored.STOP_CAPTURE})


@case(
    "VI.1006/delayed",
    "A delayed recording must send 1006 when it begins and when it ends",
    _SAFE,
    requirement="VI.1006/cause",
    capabilities=("recording",),
    writes=("pair:15", "recording"),
    waits_s=6,
)
async def test_a_delayed_recording_is_pushed(case: Case, dut: Device) -> None:
    await dut.must(15, {"record_interval": 3, "record_time": 60})
    mark = dut.control.pushes.mark()
    await dut.must(509, {"record_stream": 1}, extra={"subtype": stored.LATER})
    try:
        # The document names "about to start" as a state of 1006, but only a recording that runs must be pushed.
        for wanted, keyword in ((3, Keyword.SHOULD), (1, Keyword.MUST)):
            match = _has("delay_status", wanted)
            await dut.push(1006, since=mark, match=match, keyword=keyword)
            await dut.clock.sleep(4)
    finally:
        mark = dut.control.pushes.mark()
        await dut.must(509, {"record_stream": 1}, extra={"subtype": stored.STOP_LATER})
    push = await dut.push(1006, since=mark, match=_has("delay_status", 0))
    assert push is not None
    await _judge_state(dut, push)
