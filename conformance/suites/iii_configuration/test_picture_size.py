"""III.23, stream settings: a picture size that is set is the size of the stream."""

from __future__ import annotations

from conformance.catalogue import Safety, values
from conformance.dut.device import Device
from conformance.restoration import writable
from conformance.rules.case import Case, case
from conformance.rules.verdict import CaseInconclusive
from conformance.steps.viewers import size_of, stated_by_24, viewer_of


@case(
    "III.23/stream/ratio",
    "A picture size that is set must be the size of the stream",
    Safety.REVERSIBLE,
    requirement="III.23/stream",
    capabilities=("video.vl-main",),
    writes=("pair:23",),
)
async def test_a_new_size_is_the_size_of_the_stream(case: Case, dut: Device) -> None:
    command = dut.catalogue.commands[23]
    present = writable(command, {"params": [await stated_by_24(dut, "vl-main")]})["params"][0]
    ratio = command.request_field("message.params[].ratio")
    for value in values.legals_in(command, ratio, dut.sizes):
        entry = values.request_with(command, ratio.path, value.payload, dut.sizes)["message"]["params"][0]
        if entry["type"] != present["type"] or value.payload == present.get("ratio"):
            continue
        reply = await dut.ask(23, {"params": [{**present, "ratio": value.payload}]}, legal=False)
        if reply.ok:
            stream = await viewer_of(dut, "vl-main")
            try:
                size = await size_of(dut, stream)
            finally:
                await stream.close()
            dut.demand(size == value.payload, f"pictures of {value.payload}", f"pictures of {size}")
            return
    raise CaseInconclusive("the device accepts no other size for its visible stream")
