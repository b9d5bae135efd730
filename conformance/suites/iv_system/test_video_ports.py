"""Command 500, general information: each video port that it names accepts a connection and sends its stream (R60)."""

from __future__ import annotations

from typing import NamedTuple

from conformance.client import ConnectError, LinkError, ReplyTimeout, video_header
from conformance.dut.device import Device
from conformance.rules.case import Case, cases
from conformance.steps.viewers import FIRST_FRAME_S, connect, received, transports, viewer_of


@cases(
    Case(
        f"IV.500/video-port/{image}",
        f"The port that general information names for the {title} image must serve it",
        requirement="IV.500/video-port",
        capabilities=(f"video.{image}-main",),
        data=f"{image}-main",
    )
    for image, title in (("ir", "infrared"), ("vl", "visible"))
)
async def test_the_named_port_serves_its_stream(case: Case[str], dut: Device) -> None:
    stream = await viewer_of(dut, case.data)
    try:
        got = await received(stream, FIRST_FRAME_S)
    finally:
        await stream.close()
    dut.demand(bool(got), "the stream of this type at this port (R60)", "a stream" if got else "no stream")


class _VideoPort(NamedTuple):
    """A field of 500 that names a port, and the stream type that the port has to send."""

    field: str
    streamtype: int


@cases(
    Case(
        f"IV.500/video-port-{image}",
        f"The {name} video port must accept a connection and send {name} pictures",
        requirement="IV.500/ports",
        capabilities=(f"video.{image}-main",),
        data=_VideoPort(f"{image}_video_port", streamtype),
    )
    for image, name, streamtype in (("ir", "infrared", 1), ("vl", "visible", 2))
)
async def test_a_video_port_sends_its_own_pictures(case: Case[_VideoPort], dut: Device) -> None:
    field, streamtype = case.data.field, case.data.streamtype
    port = (await dut.get(500)).get(field)
    for transport in transports(dut.profile["video_transport"]):
        try:
            stream = await connect(dut, port if isinstance(port, int) else 0, transport)
        except ConnectError:
            continue
        try:
            await stream.send(video_header(streamtype, 1, dut.control.token or ""))
            picture = await stream.receive(10.0)
            dut.demand(bool(picture), f"a picture of stream type {streamtype}", f"{len(picture)} bytes")
        except (ReplyTimeout, LinkError) as error:
            dut.demand(False, f"a picture of stream type {streamtype} on {field} {port} (R60)", str(error))
        finally:
            await stream.close()
        return
    dut.demand(False, f"{field} accepts a connection", f"{port!r} does not")
