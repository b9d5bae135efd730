"""The bench twin: a whole bench without hardware, in view of the simulated camera. `--bench sim` is this one.

What is there (sim.yaml, a bench file like any other): `low`, a Fluke 4180 (-15..120 degC) around pixel 136, 192;
`high`, a Fluke 4181 (35..500 degC) around pixel 376, 192; both 1 m away, calibrated radiometrically at an emissivity
of 0.95; `board`, a Modbus board (relay 1 closes the camera's alarm input, input 1 sees its alarm relay, relay 2 is
looped to input 2); `pins`, a Numato module (relay 0 looped to pin 0); `edges`, modem lines (cts sees the alarm relay).

They are emulators on real sockets, and the drivers that speak to them are the ones of a real bench. Time is the one
thing that is not real: `bench.clock.sleep` lets it pass for instruments and camera together. Between two sleeps no
target changes its temperature.

A case for the bench, in hil/suites:

    @case("HIL.sample/low/50", "HIL.sample", "...", "HIL.sample", stimuli=("bench",), writes=("pair:1",))
    async def test_sample(case: Case, dut: Device, bench: Bench) -> None:
        settled = await bench.reference("low").settle(50.0)
        ...
        dut.measured(Measurement(...))

`stimuli=("bench",)` is what makes a case one of the bench: the bench is opened before the first of them, at that case's
expense; without a bench they are not applicable. BenchBroken ends the case as an error, and with it every later
case of the bench, each with the same cause; NotStable makes it inconclusive; the measurement's decision is the verdict.
`bench` is hil.bench.Bench.

A test breaks something with `twin.at(600, twin.servers["low"].pull)`: at that bench time the cable is out. What is true
and stands in no bench file (errors of camera, references, surroundings) is a Truth; `--truth N` draws one by its seed.
"""

from __future__ import annotations

from hil.twin.truth import CameraError, SourceError, Surroundings, Truth
from hil.twin.twin import SIM, SimulatedCamera, Step, Surface, Twin

__all__ = [
    "SIM",
    "CameraError",
    "SimulatedCamera",
    "SourceError",
    "Step",
    "Surface",
    "Surroundings",
    "Truth",
    "Twin",
]
