"""The bytes of every command of every instrument, held against the manuals; no port is needed."""

from __future__ import annotations

import struct
from typing import Any

import pytest

from hil.instruments.codecs import fluke418x, hart, lcus, modbus, numato, sr800n, sr800r
from hil.instruments.codecs.register_map import BUILT_IN, Register, RegisterMap
from hil.instruments.codecs.scpi import QueuedError
from hil.instruments.errors import BadChecksum, BadReply, InstrumentError, InstrumentFault, Refused
from hil.instruments.exchange import Exchange
from hil.instruments.roles import Identity

h = bytes.fromhex
IR2101 = RegisterMap.from_data({**BUILT_IN["ir-2101"], "low": 0, "high": 500})
WIDE = Register(10, kind="float32", low_word_first=True)
TENTHS = Register(1, scale=0.1)

# What is called, what goes out, what comes in (None: nothing does), what it means.
FLUKE = [
    (fluke418x.IDENTITY.ask(), b"*IDN?\r", b"FLUKE,4181,B3C002,1.10\r", Identity("FLUKE", "4181", "B3C002", "1.10")),
    (fluke418x.CLEAR, b"*CLS\r", None, None),
    (fluke418x.ERROR.ask(), b"SYST:ERR?\r", b'0,"No error"\r', None),
    (fluke418x.ERROR.ask(), b"SYST:ERR?\r", b"No Error\r\n", None),
    (fluke418x.ERROR.ask(), b"SYST:ERR?\r", b'-222,"Data out of range"\r', QueuedError(-222, "Data out of range")),
    (fluke418x.ERROR.ask(), b"SYST:ERR?\r", b"Cutout\r", QueuedError(None, "Cutout")),
    (fluke418x.SET_POINT.to(50), b"SOUR:SPO 50.00\r", None, None),
    (fluke418x.SET_POINT.to(-7.5), b"SOUR:SPO -7.50\r", None, None),
    (fluke418x.SET_POINT.ask(), b"SOUR:SPO?\r", b"50.00\r", 50.0),
    (fluke418x.SET_POINT.ask("MAX"), b"SOUR:SPO? MAX\r", b"500.00\r", 500.0),
    (fluke418x.TEMPERATURE.ask(), b"SOUR:SENS:DATA?\r", b"49.98\r", 49.98),
    (fluke418x.TEMPERATURE.ask(), b"SOUR:SENS:DATA?\r", b"\n49.980C\r", 49.98),
    (fluke418x.TEMPERATURE.ask(), b"SOUR:SENS:DATA?\r", b"4.998E+01\r\n", 49.98),
    (fluke418x.TEMPERATURE.ask(), b"SOUR:SENS:DATA?\r", b"SOUR:SENS:DATA?\r-3.20\r", -3.2),
    (fluke418x.BLOCK_TEMPERATURE.ask(), b"SOUR:SENS:BLOC?\r", b"51.2\r", 51.2),
    (fluke418x.OUTPUT.to(True), b"OUTP:STAT 1\r", None, None),
    (fluke418x.OUTPUT.to(False), b"OUTP:STAT 0\r", None, None),
    (fluke418x.OUTPUT.ask(), b"OUTP:STAT?\r", b"1\r", True),
    (fluke418x.HEATER_OUTPUT.ask(), b"OUTP:DATA?\r", b"12.5\r", 12.5),
    (fluke418x.IS_STABLE.ask(), b"SOUR:STAB:TEST?\r", b"0\r", False),
    (fluke418x.STABILITY.ask(), b"SOUR:STAB:DAT?\r", b"0.04\r", 0.04),
    (fluke418x.STABILITY_LIMIT.ask(), b"SOUR:STAB:LIM?\r", b"0.40\r", 0.4),
    (fluke418x.STABILITY_LIMIT.to(0.1), b"SOUR:STAB:LIM 0.10\r", None, None),
    (fluke418x.STABILITY_BEEP.to(False), b"SOUR:STAB:BEEP 0\r", None, None),
    (fluke418x.SCAN_RATE.to(100), b"SOUR:RATE 100.00\r", None, None),
    (fluke418x.SCAN_RATE.ask(), b"SOUR:RATE?\r", b"100.00\r", 100.0),
    (fluke418x.APPARENT_EMISSIVITY.to(0.95), b"SOUR:EMIS 0.950\r", None, None),
    (fluke418x.APPARENT_EMISSIVITY.ask(), b"SOUR:EMIS?\r", b"0.95\r", 0.95),
    (fluke418x.CALIBRATION_EMISSIVITY.ask(), b"SOUR:CAL:EMIS?\r", b"0.928\r", 0.928),
    (fluke418x.CALIBRATION_DATE.ask(), b"SOUR:CAL:DATE?\r", b"2007,1,18\r", (2007, 1, 18)),
    (fluke418x.UNIT.ask(), b"UNIT:TEMP?\r", b"C\r", "C"),
    (fluke418x.UNIT_TO_CELSIUS, b"UNIT:TEMP C\r", None, None),
    (fluke418x.DECIMAL_COMMA.to(False), b"SYST:DEC:FORM 0\r", None, None),
    (fluke418x.DECIMAL_COMMA.ask(), b"SYST:DEC:FORM?\r", b"0\r", False),
    (fluke418x.TRIPPED.ask(), b"SOUR:PROT:TRIP?\r", b"1\r", True),
    (fluke418x.CLEAR_TRIP, b"SOUR:PROT:CLEAR\r", None, None),
]
# Document 6057060: set frames of 3.1; the reply is that of 3.2.2 with the two misprints that its check sum betrays.
SR800N = [
    (sr800n.set_value(sr800n.SET_POINT_ABSOLUTE, 100.0), h("AA01000A0607F1000442C800003F"), None, None),
    (sr800n.set_value(sr800n.MODE, sr800n.MODE_ABSOLUTE), h("AA0100070607F00001014F"), None, None),
    (sr800n.ask(sr800n.TEMPERATURE), h("AA0100060807D7000069"), h("AA01000A0607D7000442C8000059"), 100.0),
    (sr800n.ask(sr800n.SET_POINT_CURRENT), h("AA0100060807F300004D"), h("AA01000A0607F3000442C800003D"), 100.0),
    (sr800n.ask(sr800n.STABLE), h("AA0100060807D500006B"), h("AA0100070607D5000101" + "6A"), True),
    (sr800n.ask(sr800n.STABLE), h("AA0100060807D500006B"), h("AA0100070607D5000100" + "6B"), False),
    (sr800n.ask(sr800n.MODE), h("AA0100060807F0000050"), h("AA0100070607F00001014F"), 1),
    (
        sr800n.ask_all(0x07F0, 0x07D7),
        h("AA01000A0807F0000007D700006E"),
        h("AA01000F0607F000010107D7000442C800005B"),
        {0x07F0: b"\x01", 0x07D7: h("42C80000")},
    ),
]
SR800R = [
    (sr800r.set_absolute_mode(), b"SETMODE 1\r", None, None),
    (sr800r.set_temperature(35.5), b"SETTEMPERATURE 35.5\r", None, None),
    (sr800r.set_temperature(100), b"SETTEMPERATURE 100.0\r", None, None),
    (sr800r.set_temperature(-0.125), b"SETTEMPERATURE -0.125\r", None, None),
    (sr800r.ask_temperature(), b"GETTEMPERATURE\r", b"35.000\r\n", 35.0),
    (sr800r.ask_target_temperature(), b"GETTARGETTEMPERATURE\r", b"35.500\r\n", 35.5),
    (sr800r.took(), b"GETTEMPERATURE\r", b"35.000\r\n", 35.0),
]
HART = [
    (hart.STOP_STREAM, b"sa=0\r", None, None),
    (hart.HALF_DUPLEX, b"du=h\r", None, None),
    (hart.UNIT_TO_CELSIUS, b"u=c\r", None, None),
    (hart.set_point(150), b"s=150.00\r", None, None),
    (hart.ask_set_point(), b"s\r", b"set: 150.00 C\r", 150.0),
    (hart.ask_set_point(), b"s\r", b"t: 149.90 C\r\ns\r\nset: 150.00 C\r\n", 150.0),
    (hart.ask_temperature(), b"t\r", b"t: 125.745 C\r\n", 125.745),
    (hart.ask_temperature(), b"t\r", b"t\r\nt:   55.69 C\r\n", 55.69),
    (hart.ask_unit(), b"u\r", b"u: c\r", "C"),
    (hart.ask_version(), b"*ver\r", b"ver.9103,2.00\r", Identity("Hart", "9103", firmware="2.00")),
]
MODBUS = [
    (
        modbus.read_coils(1, 0, 8),
        h("0101000000083DCC"),
        h("010101019048"),
        (True, False, False, False, False, False, False, False),
    ),
    (
        modbus.read_inputs(1, 0, 8),
        h("01020000000879CC"),
        h("01020120A050"),
        (False, False, False, False, False, True, False, False),
    ),
    (modbus.read_inputs(1, 0, 8), h("01020000000879CC"), h("01020100A188"), (False,) * 8),
    (modbus.write_coil(1, 0, True), h("01050000FF008C3A"), h("01050000FF008C3A"), None),
    (modbus.write_coil(1, 0, False), h("010500000000CDCA"), h("010500000000CDCA"), None),
    (modbus.write_coils(1, 0, [True] * 8), h("010F0000000801FFBED5"), h("010F00000008540D"), None),
    (
        modbus.write_coils(1, 0, [True, False, False, True] + [False] * 6),
        modbus.append_crc(h("010F0000000A020900")),
        modbus.append_crc(h("010F0000000A")),
        None,
    ),
    (modbus.write_register(1, 0x1000, 0), h("0106100000008D0A"), h("0106100000008D0A"), None),
    (modbus.write_register(1, 0x1000, 1), h("0106100000014CCA"), h("0106100000014CCA"), None),
    (modbus.read_holding_registers(1, 100, 1), h("010300640001C5D5"), modbus.append_crc(h("01030201F4")), h("01F4")),
    (IR2101.temperature.ask(1), h("010300640001C5D5"), modbus.append_crc(h("01030201F4")), 50.0),
    (IR2101.set_point.to(1, 50.0), h("0106012C01F449E8"), h("0106012C01F449E8"), None),
    (TENTHS.ask(1), modbus.append_crc(h("010300010001")), modbus.append_crc(h("010302FF38")), -20.0),
    (
        modbus.read_input_registers(1, 8, 1),
        modbus.append_crc(h("010400080001")),
        modbus.append_crc(h("0104020102")),
        h("0102"),
    ),
    (
        WIDE.to(1, 42.5),
        modbus.append_crc(h("0110000A000204") + struct.pack(">f", 42.5)[2:] + struct.pack(">f", 42.5)[:2]),
        modbus.append_crc(h("0110000A0002")),
        None,
    ),
    (
        WIDE.ask(1),
        modbus.append_crc(h("0103000A0002")),
        modbus.append_crc(h("010304") + struct.pack(">f", 42.5)[2:] + struct.pack(">f", 42.5)[:2]),
        42.5,
    ),
    (Register(2, "coil").ask(1), modbus.append_crc(h("010100020001")), modbus.append_crc(h("01010101")), 1.0),
    (Register(3, "discrete").ask(1), modbus.append_crc(h("010200030001")), modbus.append_crc(h("01020100")), 0.0),
    (Register(2, "coil").to(1, 1), modbus.append_crc(h("01050002FF00")), modbus.append_crc(h("01050002FF00")), None),
]
NUMATO = [
    (numato.set_relay(0, True), b"relay on 0\r", b"relay on 0\n\r>", None),
    (numato.set_relay(10, False), b"relay off A\r", b"relay off A\n\r>", None),
    (numato.read_relay(0), b"relay read 0\r", b"relay read 0\n\roff\n\r>", False),
    (numato.read_relay(0), b"relay read 0\r", b"relay read 0\r\non\r\n>", True),
    (numato.read_relay(31), b"relay read V\r", b">relay read V\n\ron\n\r>", True),
    (numato.read_all_relays(8), b"relay readall\r", b"relay readall\n\r05\n\r>", (True, False, True) + (False,) * 5),
    (numato.write_all_relays(0, 8), b"relay writeall 00\r", b"relay writeall 00\n\r>", None),
    (numato.write_all_relays(0, 32), b"relay writeall 00000000\r", b"relay writeall 00000000\n\r>", None),
    (numato.read_gpio(3), b"gpio read 3\r", b"gpio read 3\n\r1\n\r>", True),
    (numato.read_gpio(3), b"gpio read 3\r", b"gpio read 3\n\r# 08 00 ff\n\r0\n\r>", False),
    (numato.set_directions(0xFF, 8), b"gpio iodir ff\r", b"gpio iodir ff\n\r>", None),
    (numato.ask_version(), b"ver\r", b"ver\n\r00000008\n\r>", "00000008"),
    (numato.ask_id(), b"id get\r", b"id get\n\r12345678\n\r>", "12345678"),
]
LCUS = [
    (lcus.set_relay(1, True), h("A00101A2"), None, None),
    (lcus.set_relay(1, False), h("A00100A1"), None, None),
    (lcus.set_relay(2, True), h("A00201A3"), None, None),
    (lcus.set_relay(2, False), h("A00200A2"), None, None),
    (lcus.ask_states(2), h("FF"), b"CH1:OFF \r\nCH2:ON \r\n", (False, True)),
    (lcus.ask_states(2), h("FF"), h("0100"), (True, False)),
]
TABLE = [*FLUKE, *SR800N, *SR800R, *HART, *MODBUS, *NUMATO, *LCUS]


def reply_in(exchange: Exchange[Any], incoming: bytes) -> bytes:
    """The reply that the framer finds when bytes come one by one."""
    assert exchange.frame is not None
    for size in range(1, len(incoming) + 1):
        found = exchange.frame(incoming[:size])
        if found is not None:
            return incoming[:size][found]
    raise AssertionError(f"no whole reply in {incoming!r}")


@pytest.mark.parametrize(("exchange", "outgoing", "incoming", "value"), TABLE, ids=[f"{row[1]!r}" for row in TABLE])
def test_a_command_is_the_bytes_of_the_manual_and_its_reply_is_read(
    exchange: Exchange[Any], outgoing: bytes, incoming: bytes | None, value: Any
) -> None:
    assert exchange.request == outgoing
    assert (exchange.frame is None) == (incoming is None)
    assert exchange.decode(b"" if incoming is None else reply_in(exchange, incoming)) == value


ANSWERED = [row for row in TABLE if row[2] is not None]


@pytest.mark.parametrize(
    ("exchange", "outgoing", "incoming", "value"), ANSWERED, ids=[f"{row[1]!r}" for row in ANSWERED]
)
def test_a_reply_that_is_cut_is_waited_for_and_never_read(
    exchange: Exchange[Any], outgoing: bytes, incoming: bytes, value: Any
) -> None:
    assert exchange.frame is not None
    whole = reply_in(exchange, incoming)
    for size in range(1, incoming.index(whole) + len(whole)):
        assert exchange.frame(incoming[:size]) is None


WRONG = [
    (fluke418x.TEMPERATURE.ask(), b"23,50\r", BadReply, "decimal comma"),
    (fluke418x.TEMPERATURE.ask(), b"OVER\r", BadReply, "not a number"),
    (fluke418x.TEMPERATURE.ask(), b"nan\r", BadReply, "not a number"),
    (fluke418x.TEMPERATURE.ask(), b"1e4000\r", BadReply, "not a number"),
    (fluke418x.TEMPERATURE.ask(), b"1e399\r", BadReply, "not a finite number"),
    (fluke418x.TEMPERATURE.ask(), b"9.91E37\r", BadReply, "not a possible temperature"),
    (fluke418x.TEMPERATURE.ask(), b"-300\r", BadReply, "not a possible temperature"),
    (fluke418x.TEMPERATURE.ask(), b"122.00 F\r", BadReply, "in °F"),
    (fluke418x.TEMPERATURE.ask(), b"\xff\xfe\r", BadReply, "FF FE 0D is not text"),
    (fluke418x.TEMPERATURE.ask(), b"12.3 4.5\r", BadReply, "not a number"),
    (fluke418x.IS_STABLE.ask(), b"2\r", BadReply, "neither 0 nor 1"),
    (fluke418x.UNIT.ask(), b"K\r", BadReply, "not a unit of temperature"),
    (fluke418x.IDENTITY.ask(), b"4181\r", BadReply, "not an identity"),
    (fluke418x.CALIBRATION_DATE.ask(), b"18.1.2007\r", BadReply, "not a date"),
    (sr800n.ask(sr800n.TEMPERATURE), h("AA01000A0607D7000442C8000058"), BadChecksum, "check sum"),
    (sr800n.ask(sr800n.TEMPERATURE), sr800n.build(6, [(0x07D7, h("7FC00000"))]), BadReply, "finite"),
    (sr800n.ask(sr800n.TEMPERATURE), sr800n.build(6, [(0x07D7, b"\x01")]), BadReply, "4 bytes"),
    (sr800n.ask(sr800n.TEMPERATURE), sr800n.build(6, [(0x07D7, b"")]), InstrumentFault, "does not know"),
    (
        sr800n.ask(sr800n.TEMPERATURE),
        sr800n.build(6, [(0x07F3, h("42C80000"))]),
        BadReply,
        "lacks the current temperature",
    ),
    (sr800n.ask(sr800n.TEMPERATURE), h("AA0100060807D7000069"), BadReply, "echoes"),
    (sr800n.ask(sr800n.TEMPERATURE), b"35.000\r\n", BadReply, "begins with AA"),
    (sr800n.ask(sr800n.TEMPERATURE), h("AA01FFFF"), BadReply, "cannot have 65535 bytes"),
    (sr800n.ask(sr800n.STABLE), sr800n.build(6, [(0x07D5, b"\x07")]), BadReply, "neither stable"),
    (sr800n.ask(sr800n.MODE), sr800n.build(6, [(0x07F0, b"\x03")]), BadReply, "mode"),
    (sr800r.ask_temperature(), b"35,000\r\n", BadReply, "decimal comma"),
    (sr800r.took(), b"*InvalidOperand*\r\n35.000\r\n", InstrumentFault, "InvalidOperand"),
    (hart.ask_temperature(), b"t: 149,98 C\r\n", BadReply, "decimal comma"),
    (hart.ask_temperature(), b"t: 301.96 F\r\n", BadReply, "in °F"),
    (hart.ask_temperature(), b"Err 7\r\n", BadReply, "does not begin with t:"),
    (hart.ask_unit(), b"u: k\r\n", BadReply, "not a unit of temperature"),
    (modbus.read_coils(1, 0, 8), h("010101019049"), BadChecksum, "checksum"),
    (modbus.read_coils(1, 0, 8), modbus.append_crc(h("018102")), InstrumentFault, "illegal data address"),
    (modbus.read_coils(1, 0, 8), modbus.append_crc(h("0101020101")), BadReply, "2 bytes where 1"),
    (modbus.read_coils(1, 0, 8), h("020101019048"), BadReply, "no reply of unit 1"),
    (modbus.read_holding_registers(1, 0, 3), modbus.append_crc(h("010300000003")), BadReply, "echoes"),
    (modbus.write_coil(1, 0, True), modbus.append_crc(h("010500010000")), BadReply, "does not repeat"),
    (modbus.write_coils(1, 0, [True]), modbus.append_crc(h("010F00000009")), BadReply, "does not confirm"),
    (WIDE.ask(1), modbus.append_crc(h("01030400007FC0")), BadReply, "finite"),
    (numato.read_relay(0), b"relay read 0\n\rmaybe\n\r>", BadReply, "neither off nor on"),
    (numato.read_relay(0), b"relay read 0\n\rInvalid command\n\r>", InstrumentFault, "refuses"),
    (numato.set_relay(0, True), b"relay on 0\n\r7\n\r>", BadReply, "has no answer"),
    (numato.read_all_relays(4), b"relay readall\n\r1f\n\r>", BadReply, "more than 4 relays"),
    (lcus.ask_states(2), b"CH1:OFF \r\nCH3:ON \r\n", BadReply, "does not list"),
    (lcus.ask_states(2), h("0107"), BadReply, "not relay states"),
    (lcus.ask_states(2), b"?\r\n", BadReply, "not a list of relay states"),
]


@pytest.mark.parametrize(("exchange", "incoming", "kind", "words"), WRONG, ids=[f"{row[1]!r}" for row in WRONG])
def test_a_wrong_reply_is_an_error_that_says_what_is_wrong(
    exchange: Exchange[Any], incoming: bytes, kind: type[InstrumentError], words: str
) -> None:
    with pytest.raises(InstrumentError, match=words) as caught:
        exchange.decode(reply_in(exchange, incoming))
    assert type(caught.value) is kind
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: fluke418x.STABILITY_LIMIT.to(7), r"outside 0.01\.\.5"),
        (lambda: fluke418x.APPARENT_EMISSIVITY.to(0.5), r"outside 0.9\.\.1"),
        (lambda: fluke418x.SET_POINT.to(float("nan")), "outside"),
        (lambda: fluke418x.SET_POINT.to(float("inf")), "outside"),
        (lambda: modbus.read_coils(0, 0, 8), "unit is 1..247"),
        (lambda: modbus.read_coils(1, 70_000, 8), "address"),
        (lambda: TENTHS.to(1, 5000), "does not fit"),
        (lambda: TENTHS.to(1, float("nan")), "does not fit"),
        (lambda: Register(1, "input").to(1, 5), "only be read"),
        (lambda: numato.set_relay(36, True), "no relay"),
        (lambda: lcus.set_relay(9, True), r"numbered 1\.\.8"),
    ],
)
def test_what_cannot_be_sent_is_refused_before_anything_is_sent(make: Any, words: str) -> None:
    with pytest.raises(Refused, match=words):
        make()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"temprature": {"address": 1}}, "has no temprature"),
        ({"temperature": {"adress": 1}}, "register temperature has no adress"),
        ({"temperature": {"address": 1, "scale": "0,1"}}, "scale is a number"),
        ({"temperature": {"address": 70_000}}, "0..65535"),
        ({"temperature": {"address": 1, "kind": "int24"}}, "int16"),
        ({"temperature": {"address": 1, "scale": 0}}, "cannot be scaled"),
        ({"low": "cold"}, "low is a number"),
        ({"low": None}, "low is a number"),
    ],
)
def test_a_register_map_with_a_mistake_is_refused_with_its_name(
    registers: dict[str, Any], change: dict[str, Any], words: str
) -> None:
    with pytest.raises(Refused, match=words):
        RegisterMap.from_data({**registers, **change})


def test_a_register_map_without_a_set_point_is_incomplete(registers: dict[str, Any]) -> None:
    del registers["set_point"]
    with pytest.raises(Refused, match="set_point"):
        RegisterMap.from_data(registers)


@pytest.mark.parametrize("kind", ["int16", "uint16", "int32", "uint32", "float32"])
@pytest.mark.parametrize("low_word_first", [False, True])
def test_a_register_unpacks_what_it_packs(kind: Any, low_word_first: bool) -> None:
    register = Register(0, kind=kind, scale=0.5, offset=-10, low_word_first=low_word_first)
    assert register.unpack(register.pack(42.5)) == 42.5


def test_the_crc_is_that_of_the_standard() -> None:
    assert modbus.crc16(b"123456789") == 0x4B37
