"""Modem lines on a real wire: an RFC 2217 server, as a serial server with a DE-9 socket has them."""

from __future__ import annotations

import socket
import threading
from collections.abc import Mapping
from typing import Any, Final, cast

__all__ = ["LineServer"]

_CHUNK_BYTES: Final = 1024
_LINES: Final = ("cts", "dsr", "ri", "cd")


class LineServer:
    """Serves the inputs CTS, DSR, RI and CD to one peer at a time, at `url`; `drive` applies a level from outside.

    `wiring` connects an output (dtr, rts) to an input, as a loop-back does. The peer is notified of every change, even
    when two come together.
    """

    def __init__(self, wiring: Mapping[str, str] | None = None, host: str = "127.0.0.1") -> None:
        self._wiring = dict(wiring or {})
        self._port = _Port(self)
        self._levels = dict.fromkeys(_LINES, False)
        self._lock = threading.RLock()
        self._manager: Any = None
        self._peer: socket.socket | None = None
        self._stop = threading.Event()
        self._listener = socket.create_server((host, 0))
        self._listener.settimeout(0.05)
        self._address = self._listener.getsockname()[:2]
        self._thread = threading.Thread(target=self._run, name=f"modem lines at {self.url}", daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        """A pyserial url."""
        host, port = self._address
        return f"rfc2217://{host}:{port}"

    def drive(self, line: str, active: bool) -> None:
        """Applies a level to an input and notifies the peer."""
        with self._lock:
            if self._levels[line] == active:
                return
            self._levels[line] = active
            if self._manager is not None:
                self._manager.check_modem_lines()

    def level(self, line: str) -> bool:
        """The level of an input."""
        return self._levels[line]

    def pull(self) -> None:
        """Pulls the cable: the other end loses its port."""
        self._listener.close()
        peer = self._peer
        if peer is not None:
            try:
                peer.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def close(self) -> None:
        """Ends the server."""
        self._stop.set()
        self.pull()
        self._thread.join()

    def write(self, data: bytes) -> None:
        """Sends bytes of the telnet layer, which has a lock of its own."""
        peer = self._peer
        if peer is not None:
            try:
                peer.sendall(data)
            except OSError:
                pass  # the peer has gone, which the reading side notices

    def put(self, output: str, active: bool) -> None:
        """Carries the change of an output to the input that it is wired to."""
        if output in self._wiring:
            self.drive(self._wiring[output], active)

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                peer, _ = self._listener.accept()
            except TimeoutError:
                continue
            except OSError:
                return
            with peer:
                peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._peer = peer
                try:
                    self._carry(peer)
                except OSError:
                    pass  # the peer has gone, or the cable was pulled
                finally:
                    with self._lock:
                        self._peer, self._manager = None, None

    def _carry(self, peer: socket.socket) -> None:
        from serial import rfc2217

        # The manager expects two serial ports and uses only what these two objects have.
        port, connection = cast("Any", self._port), cast("Any", self)
        with self._lock:
            self._manager = rfc2217.PortManager(port, connection)
        while not self._stop.is_set():
            data = peer.recv(_CHUNK_BYTES)
            if not data:
                return
            with self._lock:
                # Bytes that remain after the telnet layer are data for a port to which nothing is wired.
                for _ in self._manager.filter(data):
                    pass


class _Port:
    """The serial port as the telnet layer sees it."""

    def __init__(self, server: LineServer) -> None:
        self._server = server
        self.baudrate, self.bytesize, self.parity, self.stopbits = 9600, 8, "N", 1
        self.xonxoff = self.rtscts = self.dsrdtr = self.break_condition = False
        self._outputs = {"dtr": False, "rts": False}

    def __getattr__(self, name: str) -> bool:
        if name in _LINES:
            return self._server.level(name)
        raise AttributeError(name)

    @property
    def dtr(self) -> bool:
        return self._outputs["dtr"]

    @dtr.setter
    def dtr(self, active: bool) -> None:
        self._outputs["dtr"] = active
        self._server.put("dtr", active)

    @property
    def rts(self) -> bool:
        return self._outputs["rts"]

    @rts.setter
    def rts(self, active: bool) -> None:
        self._outputs["rts"] = active
        self._server.put("rts", active)

    def reset_input_buffer(self) -> None:
        """Does nothing: there is no buffer."""

    def reset_output_buffer(self) -> None:
        """Does nothing: there is no buffer."""
