"""The twin: emulated instruments in view of a simulated camera, all in one time."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final, Protocol

from hil.bench.file import load_bench
from hil.bench.model import BenchFile, Station
from hil.emulators import BlackbodyEmulator, Emulator, Server, TcpServer, VirtualClock
from hil.twin.emulated import emulator_of
from hil.twin.lines import LineServer
from hil.twin.truth import CameraError, SourceError, Surroundings, Truth
from hil.twin.wires import CameraContacts, Wires

__all__ = ["SIM", "CoupledCamera", "Step", "Surface", "Twin"]

SIM: Final = Path(__file__).with_name("sim.yaml")
"""The bench file of the simulated bench."""

_SHORTEST_S: Final = 0.5
_LONGEST_S: Final = 10.0
_TELLING_K: Final = 0.002
"""The camera is sent a change of temperature from this size on: a twentieth of its noise."""
_NO_TIME_S: Final = 1e-9
_AT_ONCE: Final = 2_000
_LOOK_S: Final = 0.1
_COLDEST_C, _HOTTEST_C = -100.0, 2600.0


@dataclass(frozen=True, slots=True)
class Surface:
    """A target in view: `side` x `side` pixels around `x`, `y` (from 1) of the infrared picture, degC, emissivity."""

    name: str
    x: float
    y: float
    side: int
    degc: float
    emissivity: float


@dataclass(frozen=True, slots=True)
class Step:
    """Targets take `temperatures` (degC, by name), then `seconds` pass."""

    seconds: float
    temperatures: Mapping[str, float] = field(default_factory=dict)


class CoupledCamera(CameraContacts, Protocol):
    """The camera as the twin needs it. Raises OSError, or an error of its own, where the camera is gone."""

    async def surround(self, surroundings: Surroundings, distance_m: float) -> None:
        """Sets the true air and the true way to the targets."""

    async def misread(self, error: CameraError) -> None:
        """Makes the camera wrong by `error` from now on."""

    async def show(self, surface: Surface) -> None:
        """Puts a target in view, in place of an earlier one with that name."""

    async def hide(self, name: str) -> None:
        """Takes a target out of view."""

    async def steps(self, steps: Sequence[Step]) -> list[tuple[float, bool]]:
        """Carries out the steps; returns each change of the alarm relay: after how many s, and whether it is on."""


class Twin:
    """A simulated bench around a simulated camera, from `start` to `stop`.

    `file` has the urls of the running instruments, so that a Bench can be made from it. The twin is also the clock of
    that bench: its `sleep` lets time pass for instruments and camera together. `truth` are the errors that the bench
    file does not state.
    """

    def __init__(
        self, camera: CoupledCamera, file: BenchFile | None = None, *, truth: Truth | None = None, seed: int = 0
    ) -> None:
        self.file = file if file is not None else load_bench(SIM)
        self.truth = truth if truth is not None else Truth()
        self.emulators: dict[str, Emulator] = {}
        self.servers: dict[str, Server | LineServer] = {}
        self._camera = camera
        self._seed = seed
        self._clock = VirtualClock()
        self._wires = Wires(self.file, camera)
        self._told: dict[str, float] = {}
        self._shown: dict[str, tuple[float, float, float]] = {}
        self._places = {name: (g.x, g.y) for name, s in self.file.stations.items() if (g := s.geometry) is not None}
        self._events: list[tuple[float, Callable[[], None]]] = []
        self._stopped = threading.Event()
        self._watcher = threading.Thread(target=self._watch, name="alarm relay of the camera", daemon=True)

    async def start(self) -> None:
        """Serves every instrument and puts every target in view. Raises BenchFileError and OSError."""
        try:
            urls = {name: self._serve(number, station) for number, (name, station) in self._numbered()}
            self.file = replace(
                self.file,
                stations={name: replace(station, url=urls[name]) for name, station in self.file.stations.items()},
            )
            await self._camera.surround(self.truth.surroundings_of(self.file), self._distance_m())
            await self._camera.misread(self.truth.camera)
            await self._show()
        except BaseException:
            self._end_servers()
            raise
        if any(isinstance(server, LineServer) for server in self.servers.values()):
            self._watcher.start()

    async def stop(self) -> None:
        """Takes the targets out of view and ends the servers of the instruments."""
        self._stopped.set()
        self._end_servers()
        for name in self._shown:
            await self._camera.hide(name)
        await self._camera.misread(CameraError())

    def at(self, seconds: float, action: Callable[[], None]) -> None:
        """Calls `action` at that bench time: a fault, a trip, a pulled cable."""
        self._events.append((seconds, action))
        self._events.sort(key=lambda event: event[0])

    async def place(self, name: str, x: float, y: float) -> None:
        """Moves the target of a reference so that its centre is at `x`, `y` of the infrared picture (from 1)."""
        self._places[name] = (x, y)
        await self._show()

    def true_degc(self, name: str) -> float:
        """The true temperature in degC as which the target of a reference radiates now; no suite may know it."""
        emulator, station = self._blackbodies()[name]
        degc = emulator.true_degc()
        if station.calibration is not None:
            calibration = station.calibration
            inside = min(max(degc, calibration.low), calibration.high)
            error = self.truth.references.get(name, SourceError())
            degc += calibration.at(inside)[0] + error.at(calibration, inside)
        return min(max(degc, _COLDEST_C), _HOTTEST_C)

    def monotonic(self) -> float:
        """Seconds of bench time."""
        return self._clock()

    async def sleep(self, seconds: float) -> None:
        """Lets `seconds` pass for instruments and camera, in finer steps while a target changes its temperature."""
        await self._show()
        left = seconds
        while left > _NO_TIME_S:
            steps, passed = self._planned(left)
            for _, output in await self._camera.steps(steps):
                self._wires.show(output)
            left -= passed

    def _distance_m(self) -> float:
        distances = [s.geometry.distance_m for s in self.file.stations.values() if s.geometry is not None]
        return distances[0] if distances else 1.0

    def _planned(self, seconds: float) -> tuple[list[Step], float]:
        """The next steps of at most `seconds`, and the time that they take; the instruments have then passed it."""
        steps: list[Step] = []
        began, step, waited = self._clock(), _SHORTEST_S, 0.0
        begin = dict[str, float]()
        before = self._temperatures()
        while len(steps) < _AT_ONCE and (left := seconds - (self._clock() - began)) > _NO_TIME_S:
            step = min(step, left)
            self._pass(step)
            waited += step
            now = self._temperatures()
            moved = max((abs(now[name] - before[name]) for name in now), default=0.0)
            news = {name: degc for name, degc in now.items() if abs(degc - self._told[name]) > _TELLING_K}
            if news:
                steps.append(Step(waited, begin))
                begin, waited = news, 0.0
                self._told |= news
            step = min(_LONGEST_S, 2 * step) if moved < _TELLING_K / 4 else max(_SHORTEST_S, step / 4)
            before = now
        steps.append(Step(waited, begin))
        return steps, self._clock() - began

    def _pass(self, seconds: float) -> None:
        end = self._clock() + seconds
        while self._events and self._events[0][0] <= end:
            when, action = self._events.pop(0)
            self._clock.advance(max(0.0, when - self._clock()))
            action()
        self._clock.advance(max(0.0, end - self._clock()))

    def _temperatures(self) -> dict[str, float]:
        return {name: self.true_degc(name) for name in self._shown}

    async def _show(self) -> None:
        for name, (emulator, station) in self._blackbodies().items():
            if station.geometry is None:
                continue
            looks = (*self._places[name], self._emissivity(name, emulator, station))
            if self._shown.get(name) != looks:
                degc = self._told[name] = self.true_degc(name)
                x, y, emissivity = looks
                side = 2 * round(station.geometry.radius_px) + 1
                await self._camera.show(Surface(name, x, y, side, degc, emissivity))
                self._shown[name] = looks

    def _emissivity(self, name: str, emulator: BlackbodyEmulator, station: Station) -> float:
        """At its temperature, a radiometric source looks like a surface with the emissivity that is set on it."""
        calibration = station.calibration
        if calibration is None or calibration.radiometric:
            return float(getattr(emulator, "emissivity", calibration.emissivity if calibration is not None else 1.0))
        error = self.truth.references.get(name, SourceError()).emissivity
        return min(1.0, max(0.01, calibration.emissivity + error))

    def _blackbodies(self) -> dict[str, tuple[BlackbodyEmulator, Station]]:
        return {
            name: (emulator, self.file.stations[name])
            for name, emulator in self.emulators.items()
            if isinstance(emulator, BlackbodyEmulator)
        }

    def _numbered(self) -> list[tuple[int, tuple[str, Station]]]:
        return list(enumerate(self.file.stations.items()))

    def _serve(self, number: int, station: Station) -> str:
        if station.driver == "modem-lines":
            lines = self.servers[station.name] = self._wires.add_lines(station.name)
            return lines.url
        seed = 1000 * self._seed + number
        emulator = emulator_of(station, self._clock, ambient=self.file.ambient.degc, seed=seed)
        self.emulators[station.name] = emulator
        is_blackbody = isinstance(emulator, BlackbodyEmulator)
        server = TcpServer(emulator) if is_blackbody else self._wires.add_board(station.name, emulator)
        self.servers[station.name] = server
        return server.url

    def _end_servers(self) -> None:
        for server in self.servers.values():
            server.close()

    def _watch(self) -> None:
        # The camera also acts in real time, and nobody polls modem lines: they must follow its relay at all times.
        while not self._stopped.wait(_LOOK_S):
            self._wires.look()
