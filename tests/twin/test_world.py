"""Instruments and camera share one world: what the ones do the other sees."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from conformance.dut.stimulus import Stimulus, StimulusError
from fixtures.run.simulated_bench import StimulatedCamera
from hil.bench import load_bench
from hil.twin import SIM, CameraError, SourceError, Surroundings, Truth

from .conftest import Assemble

pytestmark = pytest.mark.asyncio(loop_scope="session")

LOW, HIGH = (136, 192), (376, 192)
NOISE_K = 0.1
"""Of the mean of eight frames of one pixel, generously: 0.05 K of noise each, and the fixed pattern."""


@pytest.mark.parametrize(("name", "place", "degc"), [("low", LOW, 60.0), ("low", LOW, 0.0), ("high", HIGH, 180.0)])
async def test_the_camera_reads_what_the_certificate_says_of_a_settled_reference(
    world: Assemble, name: str, place: tuple[int, int], degc: float
) -> None:
    bench_world = await world()
    settled = await bench_world.bench.reference(name).settle(degc)
    seen = await bench_world.reads(*place)
    assert abs(settled.degc_true - bench_world.twin.true_degc(name)) < 0.05
    assert abs(seen - settled.degc_true) < NOISE_K + 0.05


async def test_a_reference_on_its_way_is_seen_on_its_way(world: Assemble) -> None:
    bench_world = await world()
    await bench_world.bench.reference("low").go(100.0)
    await bench_world.twin.sleep(60)
    seen = await bench_world.reads(*LOW)
    assert 30 < seen < 90
    assert abs(seen - bench_world.twin.true_degc("low")) < 4


async def test_a_target_that_is_moved_is_seen_where_it_is(world: Assemble) -> None:
    bench_world = await world()
    await bench_world.bench.reference("high").settle(200.0)
    await bench_world.twin.place("high", 250, 100)
    assert abs(await bench_world.reads(250, 100) - 200) < 1
    assert await bench_world.reads(440, 250) < 60


async def test_time_passes_for_instruments_and_camera_alike(world: Assemble) -> None:
    bench_world = await world()
    before = (await bench_world.stimulus.do("state"))["uptime"]
    began = bench_world.twin.monotonic()
    for seconds in (0.2, 7.0, 0.05, 1000.0):
        await bench_world.bench.clock.sleep(seconds)
    passed = (await bench_world.stimulus.do("state"))["uptime"] - before
    assert bench_world.twin.monotonic() - began == pytest.approx(1007.25, abs=1e-6)
    assert passed >= 1007.25 - 1e-3


async def test_what_the_camera_is_told_to_do_wrong_is_what_it_does_wrong(world: Assemble) -> None:
    error = CameraError(offset=1.5, gain=0.02, drift=0.6, noise=0.05)
    bench_world = await world(truth=Truth(camera=error))
    settled = await bench_world.bench.reference("low").settle(100.0)
    hours = bench_world.twin.monotonic() / 3600
    seen = await bench_world.reads(*LOW)
    assert abs(seen - settled.degc_true - error.at(settled.degc_true, hours)) < 2 * NOISE_K


async def test_what_is_wrong_with_a_reference_no_reading_of_it_tells(world: Assemble) -> None:
    bench_world = await world(truth=Truth(references={"low": SourceError(offset_k=0.4, share=1.0)}))
    settled = await bench_world.bench.reference("low").settle(50.0)
    # 0.4 K, and one standard uncertainty of the certificate: 0.44 K / 2.
    assert bench_world.twin.true_degc("low") - settled.degc_true == pytest.approx(0.62, abs=0.05)
    assert abs(await bench_world.reads(*LOW) - settled.degc_true - 0.62) < NOISE_K + 0.05


async def test_relay_and_alarm_input_are_one_contact(world: Assemble) -> None:
    bench_world = await world()
    await bench_world.client.request(47, {"flag": 1, "type": 0})
    mark = bench_world.client.pushes.mark()
    wiring = bench_world.bench.file.wiring
    assert wiring.alarm_in is not None
    await bench_world.bench.drive(wiring.alarm_in, True)
    await bench_world.bench.clock.sleep(1)
    assert await bench_world.client.pushes.wait(1010, since=mark, timeout=10)
    await bench_world.bench.drive(wiring.alarm_in, False)


async def test_the_cameras_relay_is_seen_by_board_and_modem_line(world: Assemble) -> None:
    bench_world = await world()
    wiring = bench_world.bench.file.wiring
    assert wiring.alarm_out is not None
    edges = bench_world.bench.edge_input()
    await edges.arm()
    assert await bench_world.bench.sense(wiring.alarm_out) is False
    linkage = {"flag": 1, "type": 0, "output_flag": 1, "output_hold": 10}
    assert (await bench_world.client.request(47, linkage)).ok
    await bench_world.stimulus.do("alarm-input", closed=True)
    await bench_world.bench.clock.sleep(1)
    assert await bench_world.bench.sense(wiring.alarm_out) is True
    edge = await edges.wait_edge("cts", True, 10)
    assert edge is not None
    await bench_world.stimulus.do("alarm-input", closed=False)
    await bench_world.bench.clock.sleep(30)
    assert await bench_world.bench.sense(wiring.alarm_out) is False
    await bench_world.client.request(47, {"flag": 0, "output_flag": 0, "output_hold": 10})


async def test_every_loopback_of_the_file_leads_where_it_says(world: Assemble) -> None:
    bench_world = await world()
    loopbacks = bench_world.bench.file.wiring.loopbacks
    assert loopbacks
    for loop in loopbacks:
        for closed in (True, False):
            await bench_world.bench.drive(loop.relay, closed)
            assert await bench_world.bench.sense(loop.input) is closed


class PlainChannel:
    """A stimulus channel that knows `heat`, `cool`, `advance`, `alarm-input` and `state` alone."""

    def __init__(self, stimulus: Stimulus) -> None:
        self.stimulus, self.host, self.port = stimulus, stimulus.host, stimulus.port

    async def do(self, what: str, **facts: Any) -> dict[str, Any]:
        if what not in ("heat", "cool", "advance", "alarm-input", "state"):
            raise StimulusError(f"stimulus {what}: there is no stimulus {what!r}")
        return await self.stimulus.do(what, **facts)


async def test_a_camera_that_knows_only_heat_and_advance_is_led_step_by_step(world: Assemble) -> None:
    bench_world = await world(camera=lambda stimulus: StimulatedCamera(PlainChannel(stimulus)))  # type: ignore[arg-type]
    settled = await bench_world.bench.reference("low").settle(40.0)
    assert abs(await bench_world.reads(*LOW) - settled.degc_true) < NOISE_K + 0.05


async def test_a_truth_that_such_a_camera_cannot_be_told_is_refused(world: Assemble) -> None:
    with pytest.raises(StimulusError):
        await world(
            truth=Truth(camera=CameraError(offset=1.0)),
            camera=lambda stimulus: StimulatedCamera(PlainChannel(stimulus)),  # type: ignore[arg-type]
        )


def _numbers(truth: Truth) -> Sequence[float]:
    references = [number for each in truth.references.values() for number in (each.offset_k, each.share)]
    return [truth.camera.offset, truth.camera.gain, truth.camera.drift, truth.camera.noise, *references]


async def test_a_truth_is_the_same_by_its_seed_and_another_by_another() -> None:
    file = load_bench(SIM)
    assert Truth.draw(5, file) == Truth.draw(5, file)
    assert all(
        one != other for one, other in zip(_numbers(Truth.draw(5, file)), _numbers(Truth.draw(6, file)), strict=True)
    )
    assert Truth().surroundings_of(file) == Surroundings()
