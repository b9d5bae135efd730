"""Instruments as others build or emulate them from the same manuals: dialects that drivers have to bear."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from hil.emulators import Emulator, TcpServer
from hil.instruments import InstrumentFault, NoReply, connect
from hil.instruments.codecs import modbus, sr800n


class Scripted(Emulator):
    """Answers requests that end with CR (or are frames) by a function of the request."""

    def __init__(self, reply: Callable[[bytes], bytes], whole: re.Pattern[bytes] = re.compile(rb"[^\r\n]*\r")) -> None:
        super().__init__()
        self.reply, self.whole = reply, whole

    def split(self, pending: bytes) -> tuple[bytes, bytes]:
        match = self.whole.match(pending)
        return (match[0], pending[match.end() :]) if match else (b"", pending)

    def answer(self, request: bytes) -> bytes:
        return self.reply(request)


Join = Callable[..., Any]


@pytest.fixture
def join() -> Iterator[Join]:
    with ExitStack() as stack:

        def joined(driver: str, emulator: Emulator, **options: Any) -> Any:
            server = stack.enter_context(TcpServer(emulator))
            instrument = connect(driver, server.url, **{"timeout_s": 1.0, **options})
            stack.callback(instrument.close)
            return instrument

        yield joined


def fluke(**answers: bytes) -> Scripted:
    said = {
        "IDN": b"FLUKE,4181,B3C002,1.10 \r",
        "ERR": b'0,"No error" \r',
        "UNIT": b"C \r",
        "TRIP": b"0 \r",
        "SPO": b"50.00 \r",
        "DATA": b"4.9987E+01 \r",
        "STAT": b"1 \r",
        **answers,
    }

    def reply(request: bytes) -> bytes:
        words = request.decode("ascii").strip()
        asked = [answer for key, answer in said.items() if f"{key}?" in words or words == f"*{key}?"]
        if "UNIT:TEMP?" in words:
            return said["UNIT"]
        return asked[0] if asked else b""

    return Scripted(reply)


@pytest.mark.parametrize(
    "answers",
    [
        {},
        {"IDN": b"FLUKE,4181,B3C002\r\n", "ERR": b"0\r\n", "UNIT": b"CEL\r\n", "STAT": b"ON\r\n"},
        {
            "IDN": b'"FLUKE","4181","B3C002","1.10","x"\r',
            "ERR": b"+0,No Error\r",
            "UNIT": b"c\r",
            "DATA": b"+49.987 C\r",
        },
        {"ERR": b"NO ERROR\r", "SPO": b"5.000000E+01\r", "STAT": b"+1\r"},
    ],
)
def test_a_fluke_is_understood_however_it_prints(join: Join, answers: dict[str, bytes]) -> None:
    blackbody = join("fluke-418x", fluke(**answers))
    assert blackbody.identify().model == "4181"
    blackbody.set_point(50.0)
    blackbody.set_output(True)
    assert blackbody.read() == pytest.approx(49.987)
    assert blackbody.output() is True


def test_a_relative_of_the_fluke_without_a_trip_to_ask_for_says_so_and_is_used(join: Join) -> None:
    queue: list[bytes] = []
    plain = fluke(IDN=b"FLUKE,9171,A1,1.2\r")

    def reply(request: bytes) -> bytes:
        if b"TRIP" in request:
            queue.append(b'-113,"Undefined header"\r')
            return b""
        if b"ERR?" in request and queue:
            return queue.pop()
        return plain.reply(request)

    blackbody = join("fluke-418x", Scripted(reply), low=-30, high=155)
    assert blackbody.read() == pytest.approx(49.987)
    queue.append(b'-222,"Data out of range"\r')
    with pytest.raises(InstrumentFault, match="-222 Data out of range"):
        blackbody.set_point(50.0)


def sr(parameters: dict[int, bytes], *, service: int = 6, confirms: bool = False) -> Scripted:
    frame = re.compile(rb"\xaa\x01\x00(.)", re.DOTALL)

    class Framed(Scripted):
        def split(self, pending: bytes) -> tuple[bytes, bytes]:
            match = frame.match(pending)
            size = 4 + match[1][0] if match else 0
            return (pending[:size], pending[size:]) if match and len(pending) >= size else (b"", pending)

    def reply(request: bytes) -> bytes:
        asked, values = sr800n.parameters(request)
        if asked == 6:
            parameters.update({0x07F3: values[0x07F1]} if 0x07F1 in values else {})
            return request if confirms else b""
        known = [(code, parameters[code]) for code in values if code in parameters]
        return sr800n.build(service, known) if known else b""

    return Framed(reply)


@pytest.mark.parametrize("service", [6, 8])
@pytest.mark.parametrize("confirms", [False, True])
@pytest.mark.parametrize("stable", [b"\x01", b"\x00\x01", b"\x00\x00\x00\x01", b"\x3f\x80\x00\x00"])
def test_an_sr_800n_that_knows_only_what_the_manual_prints_is_used(
    join: Join, service: int, confirms: bool, stable: bytes
) -> None:
    emulator = sr({0x07D7: b"\x42\xc8\x00\x00", 0x07D5: stable}, service=service, confirms=confirms)
    blackbody = join("sr-800n", emulator, low=-40, high=150, timeout_s=0.2)
    assert "SR-800N" in str(blackbody.identify())
    blackbody.set_point(100.0)
    assert blackbody.read() == 100.0
    assert blackbody.stable() is True


def test_an_sr_800n_that_is_silent_is_not_there(join: Join) -> None:
    with pytest.raises(NoReply):
        join("sr-800n", sr({}), low=-40, high=150, timeout_s=0.1)


@pytest.mark.parametrize("confirmation", [b"", b"OK\r\n", b"ok\r\n", b"*OK*\r\n"])
def test_an_sr_800r_that_confirms_a_set_is_used_as_one_that_does_not(join: Join, confirmation: bytes) -> None:
    def reply(request: bytes) -> bytes:
        return b"35.000\r\n" if request.startswith(b"GET") else confirmation

    blackbody = join("sr-800r", Scripted(reply), low=-40, high=150, gap_s=0)
    blackbody.set_point(35.0)
    assert blackbody.read() == 35.0


@pytest.mark.parametrize(
    ("point", "reading", "unit", "version"),
    [
        (b"set: 150.00 C\r\n", b"t: 149.98 C\r\n", b"u: c\r\n", b"ver.9132,2.00\r\n"),
        (b"set:150.00C\r", b"t:149.98C\r", b"u:C\r", b""),
        (b"s: 150.00\r", b"t: 149.98\r", b"units: C\r", b"?\r"),
        (b"setpoint: 150.00 C\r", b"temperature: 149.98 C\r", b"u = c\r", b"Error\r"),
        (b"150.00 C\r", b"149.98 C\r", b"C\r", b""),
        (b"SET: 150.00 C\r", b"T: 149.98 C\r", b"", b""),
    ],
)
def test_a_hart_is_understood_however_it_prints(
    join: Join, point: bytes, reading: bytes, unit: bytes, version: bytes
) -> None:
    said = {b"s": point, b"t": reading, b"u": unit, b"*ver": version}
    blackbody = join("hart-913x", Scripted(lambda request: said.get(request.strip(), b"")), model="9132", timeout_s=0.3)
    assert "9132" in str(blackbody.identify())
    blackbody.set_point(150.0)
    assert blackbody.read() == 149.98


def test_a_numato_that_knows_no_mask_and_no_identifier_is_used(join: Join) -> None:
    states: dict[str, bool] = {}

    def reply(request: bytes) -> bytes:
        words = request.decode("ascii").strip()
        answer = ""
        match words.split():
            case ["relay", ("on" | "off") as state, relay]:
                states[relay] = state == "on"
            case ["relay", "read", relay]:
                answer = "ON" if states.get(relay) else "OFF"
            case ["gpio", "iodir", _]:
                pass
            case ["ver"]:
                answer = "00000008"
            case ["id", "get"]:
                pass
            case _:
                answer = "Invalid Command"
        return f"{words}\r\n{answer}\r\n>".encode("ascii")

    board = join("numato", Scripted(reply), relays=12, gpios=4)
    board.set(11, True)
    assert board.read_back(11) is True
    board.safe()
    assert not any(board.read_back(channel) for channel in board.channels)


def test_a_modbus_board_that_switches_relays_only_one_by_one_is_made_safe(join: Join) -> None:
    coils = [True] * 4

    def reply(request: bytes) -> bytes:
        function, address = request[1], int.from_bytes(request[2:4], "big")
        if function == 1:
            return modbus.append_crc(bytes([1, 1, 1, sum(on << place for place, on in enumerate(coils))]))
        if function == 5 and address < 4:
            coils[address] = request[4] == 0xFF
            return request
        return modbus.append_crc(bytes([1, function | 0x80, 1]))

    class Framed(Scripted):
        def split(self, pending: bytes) -> tuple[bytes, bytes]:
            size = 9 + pending[6] if len(pending) > 6 and pending[1] == 15 else 8
            return (pending[:size], pending[size:]) if len(pending) >= size else (b"", pending)

    board = join("modbus-board", Framed(reply), relays=4, inputs=4)
    board.safe()
    assert coils == [False] * 4
    assert board.inputs_drive_relays is None


@pytest.mark.parametrize("ending", [b"\r\n", b"\n", b"\r", b" \r\n"])
def test_an_lcus_is_understood_whatever_ends_its_lines(join: Join, ending: bytes) -> None:
    frame = re.compile(rb"\xff|\xa0...", re.DOTALL)
    states = b"ch1:off" + ending + b"CH2:ON" + ending
    board = join("lcus", Scripted(lambda request: states if request == b"\xff" else b"", frame), relays=2)
    assert [board.read_back(1), board.read_back(2)] == [False, True]
