"""What the registers of a Modbus temperature controller mean, as data from a bench file."""

from __future__ import annotations

import math
import struct
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Final, Literal, get_args

from hil.instruments.codecs import modbus
from hil.instruments.errors import BadReply, Refused
from hil.instruments.exchange import Exchange
from hil.instruments.values import shown

__all__ = ["BUILT_IN", "Register", "RegisterMap"]

Space = Literal["holding", "input", "coil", "discrete"]
Kind = Literal["int16", "uint16", "int32", "uint32", "float32"]
_FORMATS: Final[Mapping[str, str]] = {"int16": ">h", "uint16": ">H", "int32": ">i", "uint32": ">I", "float32": ">f"}


@dataclass(frozen=True, slots=True)
class Register:
    """The place of a value, and how it is packed.

    `address` counts from 0 as on the wire; a value is the number in the register times `scale`, plus `offset`.
    `low_word_first` is for controllers that send the lower half of a 32-bit number first. Coils and discrete inputs
    are 0 or 1.
    """

    address: int
    space: Space = "holding"
    kind: Kind = "int16"
    scale: float = 1.0
    offset: float = 0.0
    low_word_first: bool = False

    def __post_init__(self) -> None:
        if self.space not in get_args(Space) or self.kind not in get_args(Kind):
            raise Refused(
                f"a register is in one of {', '.join(get_args(Space))} and one of {', '.join(get_args(Kind))}, "
                f"not {self.space} and {self.kind}"
            )
        if not isinstance(self.address, int) or not 0 <= self.address <= 0xFFFF:
            raise Refused(f"the address of a register is 0..65535, not {self.address}")
        if not math.isfinite(self.scale) or self.scale == 0 or not math.isfinite(self.offset):
            raise Refused(f"a register cannot be scaled by {self.scale} with offset {self.offset}")

    @property
    def words(self) -> int:
        """How many registers the value takes."""
        return struct.calcsize(_FORMATS[self.kind]) // 2

    def ask(self, unit: int) -> Exchange[float]:
        """Asks `unit` for the value."""
        if self.space in ("coil", "discrete"):
            bits = (modbus.read_coils if self.space == "coil" else modbus.read_inputs)(unit, self.address, 1)
            return Exchange(bits.request, lambda reply: self._value(float(bits.decode(reply)[0])), bits.frame)
        read = modbus.read_holding_registers if self.space == "holding" else modbus.read_input_registers
        words = read(unit, self.address, self.words)
        return Exchange(words.request, lambda reply: self.unpack(words.decode(reply)), words.frame)

    def to(self, unit: int, value: float) -> Exchange[None]:
        """Sets the value; Refused where it does not fit, or where the register can only be read."""
        if self.space == "coil":
            return modbus.write_coil(unit, self.address, self._raw(value) != 0)
        if self.space != "holding":
            raise Refused(f"register {self.address} can only be read")
        data = self.pack(value)
        if self.words == 1:
            return modbus.write_register(unit, self.address, int.from_bytes(data, "big"))
        return modbus.write_registers(unit, self.address, data)

    def pack(self, value: float) -> bytes:
        """The value as its registers carry it."""
        raw = self._raw(value)
        try:
            data = struct.pack(_FORMATS[self.kind], raw if self.kind == "float32" else round(raw))
        except (struct.error, OverflowError, ValueError) as error:
            raise Refused(f"{value:g} does not fit into a {self.kind} scaled by {self.scale:g}") from error
        return data[2:] + data[:2] if self.low_word_first and len(data) == 4 else data

    def unpack(self, data: bytes) -> float:
        """The value that the registers carry."""
        if len(data) == 4 and self.low_word_first:
            data = data[2:] + data[:2]
        (raw,) = struct.unpack(_FORMATS[self.kind], data)
        if not math.isfinite(raw):
            raise BadReply(f"{shown(data)} is not a finite number")
        return self._value(float(raw))

    def _value(self, raw: float) -> float:
        # Written without the noise of 0.1: 500 tenths are 50, and 423 tenths are 42.3.
        return round(raw * self.scale + self.offset, 9)

    def _raw(self, value: float) -> float:
        return (value - self.offset) / self.scale


@dataclass(frozen=True, slots=True)
class RegisterMap:
    """The registers of one blackbody.

    `low` and `high` are its set points in degC. `output` is written `output_on` or `output_off`; `stable` equals
    `stable_value` while the source is stable; `fault` is 0 without a fault. Values of temperature registers are degC
    after scaling.
    """

    temperature: Register
    set_point: Register
    low: float
    high: float
    name: str = "Modbus blackbody"
    output: Register | None = None
    output_on: float = 1.0
    output_off: float = 0.0
    stable: Register | None = None
    stable_value: float = 1.0
    fault: Register | None = None
    model: Register | None = None
    model_value: float | None = None

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> RegisterMap:
        """The map that a bench file describes: a mapping with these names, registers as mappings of their own.

        Raises Refused with a sentence for a name that is unknown or missing and for a value that does not fit.
        """
        built: RegisterMap = _built(cls, data, "the register map")
        return built


_REGISTERS: Final = ("temperature", "set_point", "output", "stable", "fault", "model")


def _built(cls: type[Any], data: Mapping[str, Any], what: str) -> Any:
    known = [field.name for field in fields(cls)]
    unknown = sorted(set(data) - set(known))
    if unknown:
        raise Refused(f"{what} has no {', '.join(unknown)}; it has {', '.join(known)}")
    values: dict[str, Any] = dict(data)
    for name in _REGISTERS if cls is RegisterMap else ():
        if isinstance(values.get(name), Mapping):
            values[name] = _built(Register, values[name], f"the register {name}")
    for name, value in values.items():
        numeric = name not in (*_REGISTERS, "name", "space", "kind", "low_word_first")
        if numeric and (isinstance(value, bool) or not isinstance(value, (int, float))):
            raise Refused(f"{what}: {name} is a number, not {value!r}")
    try:
        return cls(**values)
    except TypeError as error:
        raise Refused(f"{what} is incomplete: {error}") from error


BUILT_IN: Final[Mapping[str, Mapping[str, Any]]] = {
    # Infrared Systems Development IR-2101 and IR-301 with their controller: 19200 baud, unit 1, tenths of a degree.
    "ir-2101": {
        "name": "IR-2101",
        "temperature": {"address": 100, "scale": 0.1},
        "set_point": {"address": 300, "scale": 0.1},
        "fault": {"address": 101, "kind": "uint16"},
        "model": {"address": 0, "kind": "uint16"},
        "model_value": 5280,
    },
}
"""Maps of instruments whose registers are known; the limits are those of the head, and come from the bench file."""
