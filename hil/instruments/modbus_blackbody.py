"""Any blackbody whose controller speaks Modbus RTU, described by a register map."""

from __future__ import annotations

from hil.instruments.base import BlackbodyDriver
from hil.instruments.codecs.register_map import Register, RegisterMap
from hil.instruments.roles import Identity, SetPointLimits
from hil.instruments.transport import Link
from hil.instruments.values import plausible

__all__ = ["ModbusBlackbody"]


class ModbusBlackbody(BlackbodyDriver):
    """A blackbody at Modbus unit `unit` with the registers of `registers`."""

    def __init__(self, link: Link, registers: RegisterMap, *, unit: int = 1) -> None:
        super().__init__(link, SetPointLimits(registers.low, registers.high))
        self._registers = registers
        self._unit = unit
        self.resolution_degc = abs(registers.set_point.scale)
        self.has_output_switch = registers.output is not None
        self.has_stable_flag = registers.stable is not None

    def start(self) -> None:
        """Reads the temperature, and verifies the model where the map says what it must be."""
        self.identify()
        self.check()

    def identify(self) -> Identity:
        wanted = self._registers.model_value
        if self._registers.model is None:
            self.read()
            return Identity(self._registers.name)
        model = self._ask(self._registers.model)
        if wanted is not None and model != wanted:
            raise self._fault(f"its model register reads {model:g}, but a {self._registers.name} has {wanted:g}")
        return Identity(self._registers.name, f"{model:g}")

    def read_set_point(self) -> float:
        return self._ask(self._registers.set_point)

    def read(self) -> float:
        return plausible(self._ask(self._registers.temperature))

    def stable(self) -> bool | None:
        """The controller's verdict; None where the map has no register for it."""
        register = self._registers.stable
        return None if register is None else self._ask(register) == self._registers.stable_value

    def set_output(self, on: bool) -> None:
        register = self._registers.output
        if register is None:
            super().set_output(on)
            return
        value = self._registers.output_on if on else self._registers.output_off
        self._do(register.to(self._unit, value))

    def output(self) -> bool | None:
        """Whether the output register says on; None where the map has no such register."""
        register = self._registers.output
        return None if register is None else self._ask(register) == self._registers.output_on

    def check(self) -> None:
        if self._registers.fault is None:
            return
        fault = self._ask(self._registers.fault)
        if fault:
            raise self._fault(f"its error register reads {fault:g}")

    def _send_set_point(self, degc: float) -> None:
        self._do(self._registers.set_point.to(self._unit, degc))

    def _ask(self, register: Register) -> float:
        return self._do(register.ask(self._unit))
