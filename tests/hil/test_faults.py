"""What goes wrong on a bench, each as the right error with one sentence that says what it is."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

from hil.instruments import BadChecksum, BadReply, InstrumentError, InstrumentFault, LinkLost, NoReply

BLACKBODIES = ["fluke-418x", "sr-800n", "sr-800r", "hart-913x", "modbus-blackbody"]
BOARDS = ["modbus-board", "numato", "lcus"]
TEXT = ["fluke-418x", "sr-800r", "hart-913x"]


def reading(instrument: Any) -> Callable[[], object]:
    return instrument.read if hasattr(instrument, "read") else lambda: instrument.read_back(instrument.channels[0])


def fails(bench: Any, kind: type[InstrumentError], words: str) -> InstrumentError:
    with pytest.raises(InstrumentError, match=words) as caught:
        reading(bench.instrument)()
    assert type(caught.value) is kind
    sentence = str(caught.value)
    assert sentence.startswith("it: ")
    assert "\n" not in sentence
    return caught.value


@pytest.mark.parametrize("name", BLACKBODIES + BOARDS)
def test_silence_is_no_reply_and_says_what_to_look_at(name: str, assemble: Any, impatient: Any) -> None:
    bench = assemble(name)
    before = reading(bench.instrument)()
    bench.emulator.faults.no_reply = True
    with impatient(bench):
        error = fails(bench, NoReply, "no reply to .* within 0.1 s; is it switched on, wired, and set to")
    assert error.request
    bench.emulator.faults.no_reply = False
    assert reading(bench.instrument)() == before


@pytest.mark.parametrize(
    "name", ["fluke-418x", "sr-800n", "sr-800r", "hart-913x", "modbus-blackbody", "modbus-board", "lcus"]
)
def test_garbage_is_a_bad_reply_that_shows_it(name: str, assemble: Any) -> None:
    bench = assemble(name)
    bench.emulator.faults.garbage = True
    error = fails(bench, BadReply, r"15 7E|~#\?!")
    assert error.reply.startswith(b"\x15")


def test_garbage_without_a_prompt_is_no_whole_reply_of_a_numato(assemble: Any, impatient: Any) -> None:
    bench = assemble("numato")
    bench.emulator.faults.garbage = True
    with impatient(bench):
        fails(bench, NoReply, "no whole reply .* only 15 7E")


@pytest.mark.parametrize("name", BLACKBODIES + BOARDS)
def test_half_a_reply_is_no_reply_that_shows_the_half(name: str, assemble: Any, impatient: Any) -> None:
    bench = assemble(name)
    bench.emulator.faults.truncated = True
    with impatient(bench, 0.3):
        error = fails(bench, NoReply, "no whole reply to .* only")
    assert error.reply


@pytest.mark.parametrize("name", ["sr-800n", "modbus-blackbody", "modbus-board"])
def test_a_damaged_frame_is_a_bad_checksum(name: str, assemble: Any) -> None:
    bench = assemble(name)
    bench.emulator.faults.bad_checksum = True
    fails(bench, BadChecksum, "check ?sum of .* is wrong")


@pytest.mark.parametrize("name", TEXT)
@pytest.mark.parametrize("line_end", [b"\r", b"\n", b"\r\n"])
def test_every_end_of_line_is_understood(name: str, line_end: bytes, assemble: Any) -> None:
    def prepare(emulator: Any) -> None:
        emulator.faults.line_end = line_end

    bench = assemble(name, prepare=prepare)
    for _ in range(3):
        assert bench.instrument.read() == pytest.approx(23.0)


@pytest.mark.parametrize("name", [*TEXT, "numato"])
def test_an_echo_of_text_commands_is_passed_over(name: str, assemble: Any, setups: Any, exercise_all: Any) -> None:
    def prepare(emulator: Any) -> None:
        emulator.faults.echo = True

    exercise_all(assemble(name, prepare=prepare), setups[name])


@pytest.mark.parametrize("name", ["sr-800n", "modbus-blackbody", "modbus-board"])
def test_an_echo_of_binary_commands_is_refused_with_what_to_do(name: str, assemble: Any) -> None:
    def prepare(emulator: Any) -> None:
        emulator.faults.echo = True

    with pytest.raises(BadReply, match="echoes every request; switch off the echo"):
        assemble(name, prepare=prepare)


@pytest.mark.parametrize("name", ["fluke-418x", "hart-913x"])
def test_an_instrument_that_stays_in_fahrenheit_is_refused(name: str, assemble: Any) -> None:
    bench = assemble(name)
    bench.emulator.faults.wrong_unit = True
    fails(bench, BadReply, "in °F(, but °C was expected)?; set (its|the instrument's) unit to °C")

    def prepare(emulator: Any) -> None:
        emulator.faults.wrong_unit = True

    with pytest.raises(BadReply, match="°F"):
        assemble(name, prepare=prepare)


def test_an_instrument_that_tells_no_unit_is_found_out_by_its_set_point(assemble: Any) -> None:
    for name in ("sr-800n", "sr-800r"):
        bench = assemble(name)
        bench.emulator.faults.wrong_unit = True
        with pytest.raises(InstrumentFault, match="set point 50 °C was sent, but the instrument reports 122 °C"):
            bench.instrument.set_point(50.0)


@pytest.mark.parametrize("name", TEXT)
def test_a_decimal_comma_is_refused_with_what_to_do(name: str, assemble: Any) -> None:
    bench = assemble(name)
    bench.emulator.faults.decimal_comma = True
    fails(bench, BadReply, r"'?.*,\d+.* has a decimal comma; set the instrument's decimal format to a point")


@pytest.mark.parametrize("name", ["fluke-418x", "sr-800n", "modbus-blackbody"])
def test_one_that_never_settles_never_calls_itself_stable(name: str, assemble: Any) -> None:
    bench = assemble(name)
    bench.emulator.physics.never_stable = True
    bench.instrument.set_output(True)
    bench.instrument.set_point(100.0)
    for _ in range(50):
        bench.clock.advance(120)
        assert bench.instrument.stable() is False


@pytest.mark.parametrize("name", ["fluke-418x", "modbus-blackbody"])
def test_a_trip_is_a_fault(name: str, assemble: Any) -> None:
    bench = assemble(name)
    bench.emulator.trip()
    with pytest.raises(InstrumentFault, match=r"cut-out has tripped|error register reads 1"):
        bench.instrument.check()


@pytest.mark.parametrize("name", BLACKBODIES)
def test_a_reply_that_comes_too_late_is_never_taken_for_the_next_one(name: str, assemble: Any) -> None:
    bench = assemble(name, timeout_s=0.5)
    bench.emulator.physics.switch(True)
    bench.instrument.set_point(80.0)
    bench.emulator.faults.slow_reply_s = 0.75
    fails(bench, NoReply, "no reply|no whole reply")
    bench.emulator.faults.slow_reply_s = 0.0
    assert bench.instrument.read_set_point() == 80.0
    assert bench.instrument.read() == pytest.approx(23.0, abs=0.1)


@pytest.mark.parametrize("name", BLACKBODIES + BOARDS)
def test_a_pulled_cable_is_a_lost_link_now_and_ever_after(name: str, assemble: Any) -> None:
    bench = assemble(name)
    bench.server.pull()
    first = fails(bench, LinkLost, "the connection is gone")
    second = fails(bench, LinkLost, "the connection is gone")
    assert second.sentence == first.sentence
    bench.instrument.close()
    bench.instrument.close()


@pytest.mark.parametrize("name", BLACKBODIES)
def test_safe_tries_everything_and_then_says_what_failed(name: str, assemble: Any, impatient: Any) -> None:
    bench = assemble(name)
    bench.instrument.set_output(True)
    bench.instrument.set_point(100.0)
    bench.emulator.faults.no_reply = True
    with impatient(bench), suppress(NoReply):
        bench.instrument.safe()
    bench.emulator.faults.no_reply = False
    assert bench.instrument.read_set_point() == bench.instrument.limits.nearest(23.0)
    if bench.instrument.has_output_switch:
        assert bench.instrument.output() is False


def test_an_instrument_that_floods_the_line_is_a_bad_reply(assemble: Any) -> None:
    bench = assemble("fluke-418x")
    bench.emulator.answer = lambda request: b"7" * 6000
    with pytest.raises(BadReply, match="bytes came, but no whole reply"):
        bench.instrument.identify()
