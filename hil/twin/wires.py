"""The wires between the boards of a simulated bench, its camera and each other: contacts, inputs, modem lines."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

from hil.bench.model import BenchFile, Contact
from hil.emulators import Emulator, LcusEmulator, ModbusBoardEmulator, NumatoEmulator, TcpServer
from hil.twin.emulated import contact_closed, drive_input
from hil.twin.lines import LineServer

__all__ = ["CameraContacts", "WiredServer", "Wires"]

_TOLD_BESIDES = "cts"
"""The modem line that sees the camera's alarm relay even where the bench file does not say so."""
_OUTPUTS = {1: "dtr", 2: "rts"}


class CameraContacts(Protocol):
    """The camera's alarm contacts. Both methods may be called from any thread and may block for a moment."""

    def set_alarm_input(self, closed: bool) -> None:
        """Closes or opens the contact at the camera's alarm input."""

    def output(self) -> bool:
        """Whether the camera's alarm relay is on."""


class WiredServer(TcpServer):
    """An emulated board with wires: it calls `look` before each exchange and `act` after it."""

    def __init__(self, emulator: Emulator, look: Callable[[], None], act: Callable[[], None]) -> None:
        self._look, self._act = look, act
        super().__init__(emulator)

    def _answer(self, data: bytes) -> bytes:
        self._look()
        # The board confirms a command after its contact has moved.
        reply = self.emulator.receive(data)
        self._act()
        late = self.emulator.faults.slow_reply_s
        if reply and late:
            self._stop.wait(late)
        return reply


class Wires:
    """The wiring of a bench file between emulated boards, modem lines and the camera."""

    def __init__(self, file: BenchFile, camera: CameraContacts) -> None:
        self._wiring = file.wiring
        self._camera = camera
        self._boards: dict[str, Emulator] = {}
        self._lines: dict[str, LineServer] = {}
        self._input_closed = False

    def add_board(self, name: str, board: Emulator) -> WiredServer:
        """Connects the contacts of a board, and serves the board."""
        self._boards[name] = board
        return WiredServer(board, self.look, self.act)

    def add_lines(self, name: str) -> LineServer:
        """Modem lines, with the loop-backs from one of their outputs to one of their inputs."""
        own: Mapping[str, str] = {
            _OUTPUTS[loop.relay.channel]: loop.input.channel
            for loop in self._wiring.loopbacks
            if loop.relay.station == name == loop.input.station
            and isinstance(loop.relay.channel, int)
            and isinstance(loop.input.channel, str)
        }
        server = self._lines[name] = LineServer(own)
        return server

    def look(self) -> None:
        """Sets the inputs that see the camera's alarm relay."""
        try:
            self.show(self._camera.output())
        except OSError:
            pass  # without its camera the relay stays as it was; the next command to the camera shows the loss

    def show(self, output: bool) -> None:
        """Applies the state of the camera's alarm relay to the inputs that see it."""
        seen_by = self._wiring.alarm_out
        if seen_by is not None:
            self._drive(seen_by, output)
        for name, lines in self._lines.items():
            if seen_by is None or seen_by.station != name:
                lines.drive(_TOLD_BESIDES, output)

    def act(self) -> None:
        """Applies the contacts of the boards to the inputs at the other end of their wires."""
        for loop in self._wiring.loopbacks:
            if loop.relay.station in self._boards:
                self._drive(loop.input, self._closed(loop.relay))
        contact = self._wiring.alarm_in
        if contact is not None and contact.station in self._boards:
            closed = self._closed(contact)
            if closed != self._input_closed:
                try:
                    self._camera.set_alarm_input(closed)
                    self._input_closed = closed
                except OSError:
                    pass  # as above

    def _closed(self, contact: Contact) -> bool:
        board = self._boards[contact.station]
        assert isinstance(board, ModbusBoardEmulator | NumatoEmulator | LcusEmulator)
        assert isinstance(contact.channel, int)
        return contact_closed(board, contact.channel) != contact.inverted

    def _drive(self, contact: Contact, active: bool) -> None:
        level = active != contact.inverted
        if isinstance(contact.channel, str):
            if contact.station in self._lines:
                self._lines[contact.station].drive(contact.channel, level)
        elif contact.station in self._boards:
            drive_input(self._boards[contact.station], contact.channel, level)
