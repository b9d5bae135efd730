"""The bench twin: a whole bench without hardware, in view of the simulated camera. `--bench sim` is this bench.

Its bench file is sim.yaml. `low` is a Fluke 4180 (-15..120 degC) around pixel 136, 192; `high` is a Fluke 4181 (35..500
degC) around pixel 376, 192; both are 1 m away and calibrated radiometrically at an emissivity of 0.95. `board` is a
Modbus board: relay 1 closes the camera's alarm input, input 1 sees its alarm relay, relay 2 is looped to input 2.
`pins` is a Numato module with relay 0 looped to pin 0. `edges` are modem lines; cts sees the alarm relay.

The instruments are emulators on real sockets, and the drivers that speak to them are those of a real bench. Only the
time is not real: `bench.clock.sleep` lets it pass for instruments and camera together. Between two sleeps no target
changes its temperature.

A test breaks something with `twin.at(600, twin.servers["low"].pull)`: at that bench time the cable is pulled. Errors of
camera, references and surroundings that are true and not in the bench file are a `Truth`; `--truth N` draws one by its
seed. hil/suites has the cases: a case that names the stimulus `bench` is one of the bench, and is not applicable
without one.
"""

from __future__ import annotations

from hil.twin.truth import CameraError, SourceError, Surroundings, Truth
from hil.twin.twin import SIM, CoupledCamera, Step, Surface, Twin

__all__ = [
    "SIM",
    "CameraError",
    "CoupledCamera",
    "SourceError",
    "Step",
    "Surface",
    "Surroundings",
    "Truth",
    "Twin",
]
