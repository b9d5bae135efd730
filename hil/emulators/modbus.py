"""Emulated Modbus RTU devices: a slave with tables, a blackbody's controller, a relay and input board."""

from __future__ import annotations

import struct
from typing import Final, TypeVar

from hil.emulators.emulator import BlackbodyEmulator, Emulator
from hil.emulators.physics import Clock, Thermal
from hil.instruments.codecs.modbus import append_crc
from hil.instruments.codecs.register_map import Register, RegisterMap

__all__ = ["ModbusBlackbodyEmulator", "ModbusBoardEmulator", "ModbusSlave"]

T = TypeVar("T")

_ILLEGAL_FUNCTION: Final = 1
_ILLEGAL_ADDRESS: Final = 2
_ILLEGAL_VALUE: Final = 3
_LONG_WRITES: Final = (15, 16)


class _Exception(Exception):
    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class ModbusSlave(Emulator):
    """A slave at `unit`: it answers with an exception for an unknown address, and not at all for another unit."""

    checksum = 2
    coils: dict[int, bool]
    discrete: dict[int, bool]
    holding: dict[int, int]
    input_registers: dict[int, int]

    def __init__(self, clock: Clock | None = None, *, unit: int = 1) -> None:
        Emulator.__init__(self, clock)
        self._hold_nothing(unit)

    def _hold_nothing(self, unit: int) -> None:
        self.unit = unit
        self.coils = {}
        self.discrete = {}
        self.holding = {}
        self.input_registers = {}

    def split(self, pending: bytes) -> tuple[bytes, bytes]:
        # A shorter request is not complete yet; one whose checksum is wrong is ignored.
        for start in range(max(0, len(pending) - 7)):
            rest = pending[start:]
            size = (9 + rest[6] if len(rest) > 6 else 9) if rest[1] in _LONG_WRITES else 8
            if len(rest) >= size and append_crc(rest[: size - 2]) == rest[:size]:
                return rest[:size], rest[size:]
        return b"", pending

    def answer(self, request: bytes) -> bytes:
        if request[0] != self.unit:
            return b""
        function = request[1]
        address, value = struct.unpack(">HH", request[2:6])
        try:
            data = self._do(function, address, value, request[7:-2])
        except _Exception as refused:
            return append_crc(bytes([self.unit, function | 0x80, refused.code]))
        return append_crc(bytes([self.unit, function]) + data)

    def before_read(self) -> None:
        """Brings the tables up to date."""

    def after_write(self) -> None:
        """Acts on the values that were written."""

    def _do(self, function: int, address: int, value: int, data: bytes) -> bytes:
        self.before_read()
        if function in (1, 2):
            bits = self._span(self.coils if function == 1 else self.discrete, address, value)
            packed = sum(1 << place for place, on in enumerate(bits) if on)
            size = (value + 7) // 8
            return bytes([size]) + packed.to_bytes(size, "little")
        if function in (3, 4):
            words = self._span(self.holding if function == 3 else self.input_registers, address, value)
            return bytes([2 * value]) + b"".join(struct.pack(">H", word & 0xFFFF) for word in words)
        return self._write(function, address, value, data)

    def _write(self, function: int, address: int, value: int, data: bytes) -> bytes:
        if function == 5:
            self._span(self.coils, address, 1)
            if value not in (0, 0xFF00):
                raise _Exception(_ILLEGAL_VALUE)
            self.coils[address] = value != 0
        elif function == 6:
            self._span(self.holding, address, 1)
            self.holding[address] = value
        elif function == 15:
            self._span(self.coils, address, value)
            for place in range(value):
                self.coils[address + place] = bool(data[place // 8] >> place % 8 & 1)
        elif function == 16:
            self._span(self.holding, address, value)
            for place in range(value):
                self.holding[address + place] = int.from_bytes(data[2 * place : 2 * place + 2], "big")
        else:
            raise _Exception(_ILLEGAL_FUNCTION)
        self.after_write()
        return struct.pack(">HH", address, value)

    @staticmethod
    def _span(table: dict[int, T], address: int, count: int) -> list[T]:
        if not 1 <= count <= 2000:
            raise _Exception(_ILLEGAL_VALUE)
        try:
            return [table[place] for place in range(address, address + count)]
        except KeyError:
            raise _Exception(_ILLEGAL_ADDRESS) from None


class ModbusBlackbodyEmulator(ModbusSlave, BlackbodyEmulator):
    """A controller with the registers of a map; without an output register it heats and cools at all times."""

    def __init__(
        self,
        registers: RegisterMap,
        clock: Clock | None = None,
        *,
        unit: int = 1,
        thermal: Thermal | None = None,
        seed: int = 0,
    ) -> None:
        BlackbodyEmulator.__init__(self, clock, thermal=thermal, seed=seed)
        self._hold_nothing(unit)
        self.registers = registers
        self._store(registers.set_point, self.physics.set_point)
        if registers.output is None:
            self.physics.switch(True)
        else:
            self._store(registers.output, registers.output_off)
        if registers.model is not None:
            self._store(registers.model, registers.model_value or 0)
        self.before_read()

    def before_read(self) -> None:
        registers, physics = self.registers, self.physics
        shown = physics.indicated()
        self._store(registers.temperature, shown * 1.8 + 32 if self.faults.wrong_unit else shown)
        if registers.stable is not None:
            stable = physics.stable(0.1)
            self._store(registers.stable, registers.stable_value if stable else 1 - registers.stable_value)
        if registers.fault is not None:
            self._store(registers.fault, float(physics.tripped))

    def after_write(self) -> None:
        registers = self.registers
        wanted = self._load(registers.set_point)
        if not registers.low <= wanted <= registers.high:
            self._store(registers.set_point, self.physics.set_point)
        elif wanted != self.physics.set_point:
            self.physics.command(wanted)
        if registers.output is not None:
            self.physics.switch(self._load(registers.output) == registers.output_on)

    def _store(self, register: Register, value: float) -> None:
        if register.space in ("coil", "discrete"):
            (self.coils if register.space == "coil" else self.discrete)[register.address] = bool(value)
            return
        table = self.holding if register.space == "holding" else self.input_registers
        data = register.pack(value)
        for place in range(register.words):
            table[register.address + place] = int.from_bytes(data[2 * place : 2 * place + 2], "big")

    def _load(self, register: Register) -> float:
        if register.space == "coil":
            return float(self.coils[register.address])
        words = (self.holding[register.address + place] for place in range(register.words))
        return register.unpack(b"".join(word.to_bytes(2, "big") for word in words))


_MODES: Final = 0x1000
_PULSE: Final = 0x0200


class ModbusBoardEmulator(ModbusSlave):
    """A board with relays and inputs; these start in linkage mode, where they drive their relays."""

    def __init__(
        self, clock: Clock | None = None, *, unit: int = 1, relays: int = 8, inputs: int = 8, modes: bool = True
    ) -> None:
        super().__init__(clock, unit=unit)
        self.coils = dict.fromkeys(range(relays), False)
        self.discrete = dict.fromkeys(range(inputs), False)
        self.holding = dict.fromkeys(range(_MODES, _MODES + inputs), 1) if modes else {}

    def drive(self, channel: int, active: bool) -> None:
        """Applies a level to input 1.. from outside."""
        with self.lock:
            changed = self.discrete[channel - 1] != active
            self.discrete[channel - 1] = active
            mode = self.holding.get(_MODES + channel - 1, 0)
            if mode == 1 and channel - 1 in self.coils:
                self.coils[channel - 1] = active
            elif mode == 2 and active and changed and channel - 1 in self.coils:
                self.coils[channel - 1] = not self.coils[channel - 1]

    def closed(self, channel: int) -> bool:
        """Whether the contact of relay 1.. is closed."""
        with self.lock:
            return self.coils[channel - 1]

    def _write(self, function: int, address: int, value: int, data: bytes) -> bytes:
        if function == 5 and _PULSE <= address < _PULSE + len(self.coils):
            # A pulse of tenths of a second: the emulated relay has closed and opened again before anyone can look.
            return struct.pack(">HH", address, value)
        return super()._write(function, address, value, data)
