"""Drivers joined to emulated instruments over real wires: pseudo terminals and sockets."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from hil.emulators import (
    Emulator,
    Fluke418xEmulator,
    Hart913xEmulator,
    LcusEmulator,
    ModbusBlackbodyEmulator,
    ModbusBoardEmulator,
    NumatoEmulator,
    PtyServer,
    Server,
    Sr800NEmulator,
    Sr800REmulator,
    TcpServer,
    VirtualClock,
)
from hil.instruments import Blackbody, DigitalInput, Relay, connect
from hil.instruments.codecs.register_map import RegisterMap

REGISTERS: dict[str, Any] = {
    "name": "controller",
    "temperature": {"address": 1, "scale": 0.1},
    "set_point": {"address": 2, "scale": 0.1},
    "output": {"address": 0, "space": "coil"},
    "stable": {"address": 3, "space": "discrete"},
    "fault": {"address": 4, "space": "input", "kind": "uint16"},
    "low": -20,
    "high": 400,
}


@dataclass(frozen=True)
class Setup:
    """An emulated instrument, and what its driver is told."""

    driver: str
    emulator: Callable[[VirtualClock], Emulator]
    options: dict[str, Any] = field(default_factory=dict)
    blackbody: bool = True
    set_points: tuple[float, float] = (50.0, 80.0)


SETUPS: dict[str, Setup] = {
    "fluke-418x": Setup("fluke-418x", lambda clock: Fluke418xEmulator(clock)),
    "sr-800n": Setup("sr-800n", lambda clock: Sr800NEmulator(clock)),
    "sr-800r": Setup("sr-800r", lambda clock: Sr800REmulator(clock), {"low": -40, "high": 150, "gap_s": 0.0}),
    "hart-913x": Setup("hart-913x", lambda clock: Hart913xEmulator(clock), {"model": "9132"}),
    "modbus-blackbody": Setup(
        "modbus-blackbody",
        lambda clock: ModbusBlackbodyEmulator(RegisterMap.from_data(REGISTERS), clock),
        {"registers": REGISTERS},
    ),
    "modbus-board": Setup("modbus-board", lambda clock: ModbusBoardEmulator(clock), blackbody=False),
    "numato": Setup("numato", lambda clock: NumatoEmulator(clock), blackbody=False),
    "lcus": Setup("lcus", lambda clock: LcusEmulator(clock, relays=2), {"relays": 2, "gap_s": 0.0}, blackbody=False),
}


@dataclass
class Bench:
    """One emulated instrument in virtual time, on a wire, with its driver."""

    emulator: Any
    clock: VirtualClock
    server: Server
    instrument: Any


Serve = Callable[[Emulator], Server]
Assemble = Callable[..., Bench]


@pytest.fixture(params=["pty", "tcp"])
def serve(request: pytest.FixtureRequest) -> Iterator[Serve]:
    """Puts an emulator on a pseudo terminal or on a socket."""
    kind = PtyServer if request.param == "pty" else TcpServer
    if request.param == "pty":
        pytest.importorskip("pty", reason="this system has no pseudo terminals")
    with ExitStack() as stack:

        def on_a_wire(emulator: Emulator) -> Server:
            return stack.enter_context(kind(emulator))

        yield on_a_wire


@pytest.fixture
def assemble(serve: Serve) -> Iterator[Assemble]:
    """Builds a bench of the kind named; its driver is patient, since the machine may be busy."""
    with ExitStack() as stack:

        def build(
            name: str, *, timeout_s: float = 5.0, prepare: Callable[[Any], None] | None = None, **options: Any
        ) -> Bench:
            setup = SETUPS[name]
            clock = VirtualClock()
            emulator = setup.emulator(clock)
            if prepare is not None:
                prepare(emulator)
            server = serve(emulator)
            wanted = {**setup.options, "timeout_s": timeout_s, **options}
            instrument: Any = connect(setup.driver, server.url, name="it", **wanted)
            stack.callback(instrument.close)
            return Bench(emulator, clock, server, instrument)

        yield build


def exercise(bench: Bench, setup: Setup) -> None:
    """Everything that a role promises, once."""
    instrument = bench.instrument
    assert str(instrument.identify())
    if setup.blackbody:
        exercise_blackbody(bench, setup)
    else:
        exercise_board(bench)


def exercise_blackbody(bench: Bench, setup: Setup) -> None:
    blackbody: Blackbody = bench.instrument
    blackbody.set_output(True)
    for degc in setup.set_points:
        blackbody.set_point(degc)
        assert blackbody.read_set_point() == pytest.approx(degc)
        assert blackbody.stable() in (False, None)
        bench.clock.advance(1800)
        assert blackbody.read() == pytest.approx(degc, abs=0.06)
        assert blackbody.stable() is (True if blackbody.has_stable_flag else None)
    blackbody.check()
    if blackbody.has_output_switch:
        assert blackbody.output() is True
    blackbody.safe(23.0)
    assert blackbody.read_set_point() == pytest.approx(blackbody.limits.nearest(23.0))
    if blackbody.has_output_switch:
        assert blackbody.output() is False


def exercise_board(bench: Bench) -> None:
    relay: Relay = bench.instrument
    for channel in relay.channels:
        for closed in (True, False, True):
            relay.set(channel, closed)
            assert relay.read_back(channel) is closed
            assert bench.emulator.closed(channel) is closed
    relay.safe()
    assert not any(relay.read_back(channel) for channel in relay.channels)
    if isinstance(relay, DigitalInput):
        for channel in relay.inputs:
            bench.emulator.drive(channel, True)
            assert [relay.read_input(other) for other in relay.inputs] == [other == channel for other in relay.inputs]
            bench.emulator.drive(channel, False)
        assert not any(relay.read_back(channel) for channel in relay.channels)


@contextmanager
def _impatient(bench: Bench, timeout_s: float = 0.1) -> Iterator[None]:
    link = bench.instrument._link
    patient = link.line
    link.line = replace(patient, timeout_s=timeout_s)
    try:
        yield
    finally:
        if link._dirty and link._lost is None:
            link._settle()
        link.line = patient


@pytest.fixture
def impatient() -> Callable[..., AbstractContextManager[None]]:
    """For as long as no reply is expected: a short timeout, and a line that has fallen silent at the end."""
    return _impatient


@pytest.fixture
def setups() -> dict[str, Setup]:
    return SETUPS


@pytest.fixture
def exercise_all() -> Callable[[Bench, Setup], None]:
    return exercise


@pytest.fixture
def bench_of() -> type[Bench]:
    return Bench


@pytest.fixture
def registers() -> dict[str, Any]:
    return dict(REGISTERS)
