"""Appendix II, refusals: after a wrong, late or missing header no byte of video comes, and the connection ends."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from conformance.catalogue import Safety
from conformance.client import LinkError, VideoStream
from conformance.dut.device import Device
from conformance.rules.case import Case, case, cases
from conformance.steps.tokens import GARBAGE_TOKEN
from conformance.steps.viewers import MAGIC, header_of, next_unit, open_port, received


@dataclass(frozen=True, slots=True)
class _Header:
    """A header that is right where nothing else is said; its token may be made from the right one."""

    streamtype: int = 1
    subtype: int = 1
    magic: bytes = MAGIC
    kind: int = 1
    token: str | Callable[[str], str] | None = None


_WRONG: Mapping[str, tuple[str, _Header]] = {
    "magic": ("a wrong magic", _Header(magic=b"\x71\x85\x73\x69")),
    "magic-reversed": ("the magic in reverse", _Header(magic=MAGIC[::-1])),
    "magic-zero": ("zeros in place of the magic", _Header(magic=b"\0\0\0\0")),
    "type": ("a wrong type", _Header(kind=2)),
    "type-zero": ("the type 0", _Header(kind=0)),
    "streamtype": ("a stream type that does not exist", _Header(streamtype=9)),
    "streamtype-zero": ("the stream type 0", _Header(streamtype=0)),
    "streamtype-3": ("the stream type 3", _Header(streamtype=3)),
    "subtype-zero": ("the subtype 0", _Header(subtype=0)),
    "subtype-3": ("the subtype 3", _Header(subtype=3)),
    "token": ("a wrong token", _Header(token=GARBAGE_TOKEN)),
    "token-blank": ("a blank token", _Header(token=" " * 32)),
    "token-zero": ("zeros in place of the token", _Header(token="\0" * 32)),
    "token-first-changed": ("a token whose first character is wrong", _Header(token=lambda token: _other(token, 0))),
    "token-middle-changed": ("a token whose middle is wrong", _Header(token=lambda token: _other(token, 16))),
    "token-last-changed": ("a token whose last character is wrong", _Header(token=lambda token: _other(token, 31))),
}


def _other(token: str, place: int) -> str:
    return token[:place] + ("1" if token[place] != "1" else "2") + token[place + 1 :]


@cases(
    Case(
        f"A2/refused/{label}",
        f"A header with {title} must bring no video",
        Safety.READ_ONLY,
        requirement="A2/refused",
        capabilities=("video.ir-main",),
        data=header,
        quick=label == "token",
    )
    for label, (title, header) in _WRONG.items()
)
async def test_a_wrong_header_earns_nothing(case: Case[_Header], dut: Device) -> None:
    header, right = case.data, dut.control.token
    token = header.token or right
    if callable(token):
        header_of(1, 1, right)  # inconclusive, if a right header is not possible
        token = token(right or "")
    stream = await open_port(dut, 1)
    try:
        await stream.send(header_of(header.streamtype, header.subtype, token, magic=header.magic, kind=header.kind))
        await _brings_no_video(dut, stream)
    finally:
        await stream.close()


@cases(
    Case(
        f"A2/refused/{label}",
        f"{title} must bring no video",
        requirement="A2/refused",
        capabilities=("video.ir-main",),
        data=length,
    )
    for label, title, length in (
        ("short", "A header without its last byte", 38),
        ("without-token", "A header that ends before the token", 7),
        ("magic-alone", "The magic alone", 4),
    )
)
async def test_a_short_header_earns_nothing(case: Case[int], dut: Device) -> None:
    stream = await open_port(dut, 1)
    try:
        await stream.send(header_of(1, 1, dut.control.token)[: case.data])
        await dut.clock.sleep(1.5)
        await _brings_no_video(dut, stream)
    finally:
        await stream.close()


@case(
    "A2/refused/logged-out",
    "A header with a token that has logged out must bring no video",
    Safety.REVERSIBLE,
    requirement="A2/refused",
    capabilities=("video.ir-main",),
)
async def test_a_logged_out_token_earns_nothing(case: Case, dut: Device) -> None:
    client = await dut.logged_in()
    token = client.token
    await dut.must(502, {"username": client.user}, client=client)
    stream = await open_port(dut, 1)
    try:
        await stream.send(header_of(1, 1, token))
        await _brings_no_video(dut, stream)
    finally:
        await stream.close()


@cases(
    Case(
        f"A2/refused/silence{'' if name == 'ir' else '-vl'}",
        f"Silence for more than a second at the {image} port must bring no byte and end the connection",
        requirement="A2/silence",
        capabilities=(f"video.{name}-main",),
        waits_s=1.5,
        data=streamtype,
    )
    for name, image, streamtype in (("ir", "infrared", 1), ("vl", "visible", 2))
)
async def test_silence_ends_the_connection(case: Case[int], dut: Device) -> None:
    stream = await open_port(dut, case.data)
    try:
        await dut.clock.sleep(1.5)
        await _brings_no_video(dut, stream)
    finally:
        await stream.close()


@case(
    "A2/refused/early",
    "No byte may come before the header, and a header within a second must bring video",
    requirement="A2/refused",
    capabilities=("video.ir-main",),
)
async def test_nothing_comes_before_the_header(case: Case, dut: Device) -> None:
    stream = await open_port(dut, 1)
    try:
        early = await received(stream, 0.4)
        dut.demand(not early, "no byte before the header (R106)", f"{len(early)} bytes")
        await stream.send(header_of(1, 1, dut.control.token))
        await next_unit(dut, stream)
    finally:
        await stream.close()


async def _brings_no_video(dut: Device, stream: VideoStream) -> None:
    got = await received(stream, 3.0)
    ended = not got and await stream.wait_closed(0.1)
    dut.demand(not got, "no byte of video", f"{len(got)} bytes")
    dut.demand(ended, "the connection is closed (R106)", "closed" if ended else "still open after 3 s")


# What the document leaves open


@case(
    "A2/pieces",
    "A header in pieces must bring video, or the connection must end without a byte",
    capabilities=("video.ir-main",),
)
async def test_a_header_in_pieces(case: Case, dut: Device) -> None:
    """TCP does not keep the bounds of what is sent; of a websocket the first message is the header (R105)."""
    header = header_of(1, 1, dut.control.token)
    stream = await open_port(dut, 1)
    got = b""
    try:
        with contextlib.suppress(LinkError):
            for piece in (header[:5], header[5:20], header[20:]):
                await stream.send(piece)
                await asyncio.sleep(0.05)
            got = await received(stream, 3.0)
        dut.judgement.observe("R105", f"header in pieces over {stream.name}: {'accepted' if got else 'refused'}")
        if stream.name.endswith("tcp"):
            dut.demand(bool(got), "a stream: the header came within a second", "a stream" if got else "nothing")
        else:
            ended = bool(got) or await stream.wait_closed(1.0)
            dut.demand(ended, "a stream, or the connection closed (R106)", "a stream" if got else "nothing")
    finally:
        await stream.close()


@case(
    "A2/longer",
    "A header with bytes after it must bring video, or the connection must end without a byte",
    requirement="A2/pieces",
    capabilities=("video.ir-main",),
)
async def test_a_header_with_more_behind_it(case: Case, dut: Device) -> None:
    stream = await open_port(dut, 1)
    try:
        await stream.send(header_of(1, 1, dut.control.token) + b"and more")
        got = await received(stream, 3.0)
        dut.judgement.observe("R173", f"bytes after the header: {'accepted' if got else 'refused'}")
        ended = bool(got) or await stream.wait_closed(1.0)
        dut.demand(ended, "a stream, or the connection closed (R173)", "a stream" if got else "nothing")
    finally:
        await stream.close()
