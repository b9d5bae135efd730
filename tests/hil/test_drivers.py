"""Every driver against its emulated instrument, over a pseudo terminal and over a socket, in virtual time."""

from __future__ import annotations

from typing import Any

import pytest

from hil.emulators import Fluke418xEmulator, LcusEmulator, ModbusBoardEmulator, Sr800NEmulator, Thermal
from hil.instruments import (
    Blackbody,
    DigitalInput,
    EdgeInput,
    InstrumentFault,
    LinkLost,
    Refused,
    Relay,
    SetPointLimits,
    connect,
    drivers,
)
from hil.instruments.codecs import fluke418x
from hil.instruments.manual import ManualBlackbody

ROLES = {"Blackbody": Blackbody, "Relay": Relay, "DigitalInput": DigitalInput, "EdgeInput": EdgeInput}
WIRED = ["fluke-418x", "sr-800n", "sr-800r", "hart-913x", "modbus-blackbody", "modbus-board", "numato", "lcus"]


@pytest.mark.parametrize("name", WIRED)
def test_a_driver_keeps_the_promises_of_its_roles(name: str, assemble: Any, setups: Any, exercise_all: Any) -> None:
    bench = assemble(name)
    exercise_all(bench, setups[name])
    assert len(bench.instrument.transcript) > 4


@pytest.mark.parametrize("name", WIRED)
def test_a_driver_fulfils_the_roles_it_names(name: str, assemble: Any, setups: Any) -> None:
    instrument = assemble(name).instrument
    fulfilled = {role for role, protocol in ROLES.items() if isinstance(instrument, protocol)}
    assert fulfilled == drivers()[name].roles


@pytest.mark.parametrize("name", ["fluke-418x", "sr-800n", "sr-800r", "hart-913x", "modbus-blackbody"])
def test_a_set_point_out_of_range_is_refused_and_nothing_is_sent(name: str, assemble: Any) -> None:
    bench = assemble(name)
    before = len(bench.emulator.requests)
    for degc in (bench.instrument.limits.high + 0.5, bench.instrument.limits.low - 0.5, float("nan")):
        with pytest.raises(Refused, match="outside"):
            bench.instrument.set_point(degc)
    assert len(bench.emulator.requests) == before


@pytest.mark.parametrize("name", ["fluke-418x", "sr-800n", "sr-800r", "hart-913x", "modbus-blackbody"])
def test_a_set_point_that_the_instrument_does_not_take_is_a_fault(name: str, assemble: Any) -> None:
    # We are told more than the instrument can do.
    bench = assemble(name, low=-200.0, high=900.0)
    with pytest.raises(InstrumentFault, match=r"reports 23 °C|-222|InvalidOperand"):
        bench.instrument.set_point(600.0)


def test_a_fluke_is_told_to_print_points_and_degrees_celsius(assemble: Any) -> None:
    def prepare(emulator: Fluke418xEmulator) -> None:
        emulator.decimal_comma = True
        emulator.unit = "F"
        emulator.line_feed = True
        emulator.errors.append('-100,"left over"')

    bench = assemble("fluke-418x", prepare=prepare)
    assert bench.instrument.read() == pytest.approx(23.0)
    assert not bench.emulator.decimal_comma


def test_a_relative_of_the_fluke_that_knows_points_alone_is_used_all_the_same(assemble: Any) -> None:
    def prepare(emulator: Fluke418xEmulator) -> None:
        by_the_book = emulator._command
        emulator._command = lambda header, argument: by_the_book(header.replace("SYST:DEC:FORM", "SYST:NONE"), argument)  # type: ignore[method-assign]

    assert assemble("fluke-418x", prepare=prepare).instrument.read() == pytest.approx(23.0)


def test_everything_a_fluke_can_tell_is_read(assemble: Any) -> None:
    link = assemble("fluke-418x", emissivity=0.93).instrument._link
    assert link.perform(fluke418x.APPARENT_EMISSIVITY.ask()) == 0.93
    assert link.perform(fluke418x.CALIBRATION_EMISSIVITY.ask()) == 0.95
    assert link.perform(fluke418x.CALIBRATION_DATE.ask()) == (2007, 1, 18)
    link.perform(fluke418x.STABILITY_LIMIT.to(0.25))
    assert link.perform(fluke418x.STABILITY_LIMIT.ask()) == 0.25
    link.perform(fluke418x.SCAN_RATE.to(12.5))
    assert link.perform(fluke418x.SCAN_RATE.ask()) == 12.5
    link.perform(fluke418x.STABILITY_BEEP.to(False))
    assert link.perform(fluke418x.HEATER_OUTPUT.ask()) == 0.0
    assert link.perform(fluke418x.STABILITY.ask()) >= 0
    assert link.perform(fluke418x.BLOCK_TEMPERATURE.ask()) == pytest.approx(23.46)


def test_a_fluke_of_another_model_needs_limits(serve: Any) -> None:
    emulator = Fluke418xEmulator()
    emulator.model = "9144"
    url = serve(emulator).url
    with pytest.raises(Refused, match="neither a 4180 nor a 4181"):
        connect("fluke-418x", url, timeout_s=5.0)


def test_a_command_that_a_fluke_refuses_surfaces_from_its_error_queue(assemble: Any) -> None:
    bench = assemble("fluke-418x", low=0.0, high=900.0)
    with pytest.raises(InstrumentFault, match="-222 Data out of range"):
        bench.instrument.set_point(600.0)


def test_a_question_that_a_fluke_refuses_surfaces_from_its_error_queue(assemble: Any, impatient: Any) -> None:
    bench = assemble("fluke-418x")
    del bench.emulator._queries["SOUR:SENS:DATA?"]
    with impatient(bench, 0.3), pytest.raises(InstrumentFault, match="-113 Undefined header"):
        bench.instrument.read()


def test_a_trip_in_the_middle_of_a_run_is_a_fault_and_safe_still_works(assemble: Any) -> None:
    bench = assemble("fluke-418x")
    bench.instrument.set_output(True)
    bench.instrument.set_point(200.0)
    bench.clock.advance(60)
    bench.emulator.trip()
    for action in (bench.instrument.read, bench.instrument.stable, bench.instrument.check):
        with pytest.raises(InstrumentFault, match="cut-out has tripped"):
            action()
    bench.instrument.safe()
    assert not bench.emulator.physics.output
    assert bench.emulator.physics.set_point == 35.0
    bench.instrument.clear_trip()
    bench.instrument.check()


def test_an_sr800n_in_its_differential_mode_is_a_fault(assemble: Any) -> None:
    bench = assemble("sr-800n")
    bench.emulator.mode = 2
    for action in (bench.instrument.stable, bench.instrument.check):
        with pytest.raises(InstrumentFault, match="differential"):
            action()


def test_an_sr800n_states_its_limits_and_one_that_does_not_is_told_them(assemble: Any) -> None:
    assert assemble("sr-800n").instrument.limits == SetPointLimits(-40.0, 150.0)

    def forget(emulator: Any) -> None:
        emulator.unknown |= {0x0834, 0x0835, 0x07F8}

    with pytest.raises(Refused, match=r"give low and high .*does not know the absolute set point minimum"):
        assemble("sr-800n", prepare=forget)
    told = assemble("sr-800n", prepare=forget, low=0.0, high=100.0).instrument
    assert told.limits == SetPointLimits(0.0, 100.0)
    assert told.identify().model == "SR-800N"


def test_an_sr800n_that_is_silent_about_what_it_does_not_know_is_used_all_the_same(serve: Any) -> None:
    emulator = Sr800NEmulator()
    by_the_book = emulator.answer
    emulator.answer = (
        lambda request: (  # type: ignore[method-assign]
            by_the_book(request) if request[5:7] in (b"\x07\xd7", b"\x07\xf0", b"\x07\xf1", b"\x07\xf3") else b""
        )
    )
    url = serve(emulator).url
    with pytest.raises(Refused, match="give low and high"):
        connect("sr-800n", url, timeout_s=0.5)
    blackbody: Any = connect("sr-800n", url, timeout_s=0.5, low=0, high=100)
    assert blackbody.identify().model == "SR-800N"
    blackbody.set_point(35.0)
    blackbody.close()


def test_an_sr800r_that_refuses_a_command_is_a_fault(assemble: Any) -> None:
    bench = assemble("sr-800r", low=-100.0, high=900.0)
    with pytest.raises(InstrumentFault, match="InvalidOperand"):
        bench.instrument.set_point(600.0)


def test_readings_that_a_hart_sends_unasked_are_never_taken_for_answers(assemble: Any) -> None:
    def stream(emulator: Any) -> None:
        emulator.ignores |= {"sa", "du"}

    bench = assemble("hart-913x", prepare=stream)
    bench.instrument.set_point(150.0)
    for _ in range(20):
        bench.clock.advance(1)
        assert bench.instrument.read_set_point() == 150.0
    bench.clock.advance(1800)
    assert bench.instrument.read() == pytest.approx(150.0, abs=0.02)
    assert bench.instrument.identify().firmware == "2.00"


def test_a_hart_that_does_not_know_its_version_is_identified_by_its_reading(assemble: Any, impatient: Any) -> None:
    bench = assemble("hart-913x")
    bench.emulator.ignores.add("*ver")
    with impatient(bench, 0.3):
        assert str(bench.instrument.identify()) == "Hart 9132"


def test_a_hart_needs_its_model_or_limits() -> None:
    with pytest.raises(Refused, match="9132 or 9133"):
        connect("hart-913x", "loop://", timeout_s=0.1)


def test_a_modbus_controller_that_is_another_model_is_a_fault(assemble: Any, registers: Any) -> None:
    registers |= {"model": {"address": 2, "scale": 0.1}, "model_value": 77}
    with pytest.raises(InstrumentFault, match="its model register reads 23"):
        assemble("modbus-blackbody", registers=registers)


def test_a_known_register_map_is_chosen_by_its_name() -> None:
    with pytest.raises(Refused, match="there is no register map ir-9999; there are ir-2101"):
        connect("modbus-blackbody", "loop://", registers="ir-9999")
    with pytest.raises(Refused, match="'low' and 'high'"):
        connect("modbus-blackbody", "loop://", registers="ir-2101")


def test_inputs_of_a_board_are_set_to_their_normal_mode(assemble: Any) -> None:
    bench = assemble("modbus-board")
    assert bench.instrument.inputs_drive_relays is False
    bench.emulator.drive(3, True)
    assert bench.instrument.read_input(3)
    assert not bench.instrument.read_back(3)


def test_a_board_without_input_modes_is_used_as_it_is(serve: Any) -> None:
    server = serve(ModbusBoardEmulator(modes=False, relays=4, inputs=0))
    with connect("modbus-board", server.url, relays=4, inputs=0, timeout_s=5.0) as board:  # type: ignore[attr-defined]
        assert board.inputs_drive_relays is None
    server = serve(ModbusBoardEmulator(modes=False))
    with connect("modbus-board", server.url, timeout_s=5.0) as board:  # type: ignore[attr-defined]
        assert board.inputs_drive_relays is None


@pytest.mark.parametrize(("firmware", "told"), [("text", True), ("bytes", True), ("mute", None)])
def test_an_lcus_board_tells_its_states_where_its_firmware_does(serve: Any, firmware: Any, told: bool | None) -> None:
    emulator = LcusEmulator(relays=4, firmware=firmware)
    board: Any = connect("lcus", serve(emulator).url, relays=4, timeout_s=0.3 if firmware == "mute" else 5.0)
    board.set(2, True)
    assert board.read_back(2) is told
    board.identify()  # an answer, or none, after which the command has certainly been carried out
    if told is not None:
        assert emulator.closed(2)
    board.close()


@pytest.mark.parametrize("name", ["modbus-board", "numato", "lcus"])
def test_a_channel_that_a_board_does_not_have_is_refused(name: str, assemble: Any) -> None:
    board = assemble(name).instrument
    for action in (lambda: board.set(40, True), lambda: board.read_back(40)):
        with pytest.raises(Refused, match="no relay 40"):
            action()
    if isinstance(board, DigitalInput):
        with pytest.raises(Refused, match="no input 40"):
            board.read_input(40)


def test_edges_that_a_numato_tells_unasked_do_not_disturb_its_answers(assemble: Any) -> None:
    bench = assemble("numato")
    bench.emulator.notifies = True
    for pin in range(8):
        bench.emulator.drive(pin, True)
        assert bench.instrument.read_input(pin)


@pytest.mark.parametrize("name", ["sr-800n", "sr-800r", "hart-913x"])
def test_an_instrument_without_an_output_switch_says_so(name: str, assemble: Any) -> None:
    instrument = assemble(name).instrument
    assert instrument.output() is None
    instrument.set_output(True)
    with pytest.raises(Refused, match="cannot be switched off"):
        instrument.set_output(False)


def test_a_whole_accuracy_run_costs_no_real_time(assemble: Any) -> None:
    bench = assemble("fluke-418x", prepare=lambda emulator: None)
    bench.emulator.physics.thermal = Thermal(sensor_offset=0.4, noise=0.01)
    bench.instrument.set_output(True)
    for degc in (50.0, 100.0, 200.0, 350.0, 500.0, 350.0, 200.0, 100.0, 50.0):
        bench.instrument.set_point(degc)
        polls = 0
        while not bench.instrument.stable():
            bench.clock.advance(15)
            polls += 1
            assert polls < 200
        assert bench.instrument.read() == pytest.approx(degc, abs=0.5)
        assert bench.emulator.true_degc() == pytest.approx(degc - 0.4, abs=0.5)


class TestManual:
    def test_the_operator_sets_it_and_types_what_it_shows(self) -> None:
        asked: list[str] = []

        def ask(sentence: str) -> str:
            asked.append(sentence)
            return "49.9"

        blackbody = connect("manual", ask=ask, low=20, high=120, model="ACME BB")
        assert isinstance(blackbody, Blackbody)
        blackbody.set_point(50.0)
        assert blackbody.read_set_point() == 50.0
        assert blackbody.read() == 49.9
        assert blackbody.stable() is None
        assert blackbody.output() is None
        blackbody.check()
        blackbody.set_output(False)
        blackbody.safe()
        assert str(blackbody.identify()) == "ACME BB"
        blackbody.close()
        assert asked[0] == "Set the blackbody to 50 °C, then confirm"
        assert asked[-1] == "Set the blackbody to 23 °C or switch it off, then confirm"

    def test_a_reading_that_is_no_number_is_asked_for_again_with_the_reason(self) -> None:
        answers = ["49,9", "about 50", "49.9"]
        asked: list[str] = []

        def ask(sentence: str) -> str:
            asked.append(sentence)
            return answers[len(asked) - 1]

        assert ManualBlackbody(ask, limits=SetPointLimits(0, 100)).read() == 49.9
        assert "decimal comma" in asked[1]
        assert "'about 50' is not a number" in asked[2]

    def test_three_wrong_readings_are_an_error_and_so_is_no_operator(self) -> None:
        from hil.instruments import BadReply, NoReply

        with pytest.raises(BadReply, match="not a number"):
            ManualBlackbody(lambda _: "?", limits=SetPointLimits(0, 100)).read()

        def nobody(_: str) -> str:
            raise EOFError

        with pytest.raises(NoReply, match="no operator"):
            ManualBlackbody(nobody, limits=SetPointLimits(0, 100)).read()

    def test_what_it_cannot_do_is_refused(self) -> None:
        with pytest.raises(Refused, match="needs an operator"):
            connect("manual", low=0, high=100)
        with pytest.raises(Refused, match="needs high and low"):
            connect("manual", ask=lambda _: "")
        blackbody = ManualBlackbody(lambda _: "", limits=SetPointLimits(0, 100))
        with pytest.raises(Refused, match="outside"):
            blackbody.set_point(500)
        with pytest.raises(Refused, match="no set point"):
            blackbody.read_set_point()


@pytest.mark.parametrize(
    ("driver", "url", "options", "words"),
    [
        ("fluke", "loop://", {}, "there is no driver fluke; there are fluke-418x"),
        ("fluke-418x", "loop://", {"speed": 9600}, "no option speed; it has low, high, emissivity, baudrate"),
        ("fluke-418x", "loop://", {"low": 5}, "both low and high"),
        ("fluke-418x", "loop://", {"low": 5, "high": 4}, "the lower limit of a set point"),
        ("sr-800r", "loop://", {}, "needs high and low"),
        ("fluke-418x", "gopher://host", {}, "gopher://host is not a port"),
        ("lcus", "loop://", {"relays": 9}, "1..8 relays"),
    ],
)
def test_a_mistake_in_a_bench_file_is_refused_with_its_name(driver: str, url: str, options: Any, words: str) -> None:
    with pytest.raises(Refused) as caught:
        connect(driver, url, name="the oven", **options)
    assert words in str(caught.value)
    assert str(caught.value).startswith("the oven: ")


@pytest.mark.parametrize("url", ["/dev/no-such-port", "socket://127.0.0.1:1", "rfc2217://127.0.0.1:1"])
def test_a_port_that_cannot_be_opened_is_a_lost_link(url: str) -> None:
    with pytest.raises(LinkLost, match="cannot open"):
        connect("fluke-418x", url, timeout_s=0.2)
