"""IV.500, general information: each video port that it names serves its stream (R60)."""

from __future__ import annotations

from conformance.dut.device import Device
from conformance.rules.case import Case, cases
from conformance.steps.viewers import FIRST_FRAME_S, received, viewer_of


@cases(
    Case(
        f"IV.500/video-port/{image}",
        f"The port that general information names for the {title} image serves it",
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
