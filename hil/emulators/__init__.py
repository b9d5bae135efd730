"""Emulated instruments of the bench: exact frames, physics in virtual time, faults that can be switched on."""

from __future__ import annotations

from hil.emulators.boards import LcusEmulator, NumatoEmulator
from hil.emulators.emulator import BlackbodyEmulator, Emulator
from hil.emulators.faults import Faults
from hil.emulators.fluke418x import Fluke418xEmulator
from hil.emulators.hart import Hart913xEmulator
from hil.emulators.modbus import ModbusBlackbodyEmulator, ModbusBoardEmulator, ModbusSlave
from hil.emulators.modem_lines import EmulatedModemLines
from hil.emulators.physics import BlackbodyPhysics, Clock, Thermal, VirtualClock
from hil.emulators.servers import PtyServer, Server, TcpServer
from hil.emulators.sr800 import Sr800NEmulator, Sr800REmulator

__all__ = [
    "BlackbodyEmulator",
    "BlackbodyPhysics",
    "Clock",
    "EmulatedModemLines",
    "Emulator",
    "Faults",
    "Fluke418xEmulator",
    "Hart913xEmulator",
    "LcusEmulator",
    "ModbusBlackbodyEmulator",
    "ModbusBoardEmulator",
    "ModbusSlave",
    "NumatoEmulator",
    "PtyServer",
    "Server",
    "Sr800NEmulator",
    "Sr800REmulator",
    "TcpServer",
    "Thermal",
    "VirtualClock",
]
