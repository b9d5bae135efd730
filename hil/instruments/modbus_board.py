"""Relay and input boards that speak Modbus RTU: Waveshare's and their clones."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Final

from hil.instruments.base import SerialInstrument, all_of
from hil.instruments.codecs import modbus
from hil.instruments.errors import InstrumentFault
from hil.instruments.roles import Identity
from hil.instruments.transport import Link

__all__ = ["ModbusBoard"]

_INPUT_MODES: Final = 0x1000  # one register for each input: 0 normal, 1 linkage, 2 toggle, 3 jump
_NORMAL: Final = 0
_NO_SUCH_REGISTER: Final = ("illegal function", "illegal data address")


class ModbusBoard(SerialInstrument):
    """A board at Modbus unit `unit` with `relays` relays and `inputs` inputs, both numbered from 1 as printed on it."""

    def __init__(self, link: Link, *, unit: int = 1, relays: int = 8, inputs: int = 8) -> None:
        super().__init__(link)
        self._unit = unit
        self._relays = range(1, relays + 1)
        self._inputs = range(1, inputs + 1)
        self.inputs_drive_relays: bool | None = None
        """False once every input has confirmed its normal mode; None for a board without such modes."""

    def start(self) -> None:
        """Sets every input to its normal mode, because in any other mode it switches relays by itself."""
        self.identify()
        for channel in self._inputs:
            try:
                self._do(modbus.write_register(self._unit, _INPUT_MODES + channel - 1, _NORMAL))
            except InstrumentFault as fault:
                if not any(reason in fault.sentence for reason in _NO_SUCH_REGISTER):
                    raise
                return
        self.inputs_drive_relays = False if self._inputs else None

    def identify(self) -> Identity:
        """The board has no identity; it must at least answer for its relays or its inputs."""
        if self._relays:
            self._do(modbus.read_coils(self._unit, 0, len(self._relays)))
        else:
            self._do(modbus.read_inputs(self._unit, 0, len(self._inputs)))
        return Identity(
            "Modbus RTU board", f"unit {self._unit}, {len(self._relays)} relays, {len(self._inputs)} inputs"
        )

    @property
    def channels(self) -> Sequence[int]:
        """The relays."""
        return self._relays

    @property
    def inputs(self) -> Sequence[int]:
        """The inputs."""
        return self._inputs

    def set(self, channel: int, closed: bool) -> None:
        """Switches a relay; the board repeats the command as its confirmation."""
        self._require(channel, self._relays, "relay")
        self._do(modbus.write_coil(self._unit, channel - 1, closed))

    def read_back(self, channel: int) -> bool:
        """Whether the board drives the relay; its contact is not measured."""
        self._require(channel, self._relays, "relay")
        return self._do(modbus.read_coils(self._unit, 0, len(self._relays)))[channel - 1]

    def read_input(self, channel: int) -> bool:
        """Whether an input is active. Asking takes about 23 ms at 9600 baud."""
        self._require(channel, self._inputs, "input")
        return self._do(modbus.read_inputs(self._unit, 0, len(self._inputs)))[channel - 1]

    def safe(self) -> None:
        """Opens every relay with one command, or one by one where the board does not know that command."""
        if not self._relays:
            return
        try:
            self._do(modbus.write_coils(self._unit, 0, [False] * len(self._relays)))
        except InstrumentFault:
            all_of([partial(self.set, channel, False) for channel in self._relays])

    def _require(self, channel: int, known: Sequence[int], what: str) -> None:
        if channel not in known:
            raise self._refused(f"it has no {what} {channel}")
