"""Puts an emulated instrument on a wire: a pseudo terminal, or a TCP port of this host."""

from __future__ import annotations

import os
import select
import socket
import threading
from abc import ABC, abstractmethod
from types import TracebackType
from typing import Self

from hil.emulators.emulator import Emulator

__all__ = ["PtyServer", "Server", "TcpServer"]

_UNASKED_S = 0.01


class Server(ABC):
    """A thread that carries bytes between a wire and an emulator; `url` is where a driver finds it."""

    def __init__(self, emulator: Emulator) -> None:
        self.emulator = emulator
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"emulator at {self.url}", daemon=True)
        self._thread.start()

    @property
    @abstractmethod
    def url(self) -> str:
        """A pyserial url."""

    @abstractmethod
    def pull(self) -> None:
        """Pulls the cable: the other end loses its port."""

    def close(self) -> None:
        """Ends the thread and frees the wire."""
        self._stop.set()
        self._thread.join()
        self.pull()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self._serve()
            except (OSError, ValueError):
                # The peer has gone, or the cable was pulled; wait for the next peer.
                if self._stop.wait(_UNASKED_S):
                    return

    @abstractmethod
    def _serve(self) -> None:
        """Carries bytes until the peer goes or `_stop` is set."""

    def _answer(self, data: bytes) -> bytes:
        reply = self.emulator.receive(data)
        late = self.emulator.faults.slow_reply_s
        if reply and late:
            self._stop.wait(late)
        return reply


class PtyServer(Server):
    """A pseudo terminal, only on POSIX and without modem lines."""

    def __init__(self, emulator: Emulator) -> None:
        try:
            import pty
            import tty
        except ImportError as error:
            raise OSError("this system has no pseudo terminals; serve the emulator over TCP") from error
        # The far side stays open at this end too, so that a driver may come and go.
        self._near, self._far = pty.openpty()
        tty.setraw(self._far)
        self._name = os.ttyname(self._far)
        self._pulled = threading.Lock()
        self._open = True
        super().__init__(emulator)

    @property
    def url(self) -> str:
        """The path of the pseudo terminal."""
        return self._name

    def pull(self) -> None:
        with self._pulled:
            if self._open:
                self._open = False
                os.close(self._far)
                os.close(self._near)

    def _serve(self) -> None:
        while not self._stop.is_set():
            select.select([self._near], [], [], _UNASKED_S)
            with self._pulled:
                if not self._open:
                    self._stop.set()
                    return
                # Check again under the lock: meanwhile the descriptor may have been closed and reused.
                ready, _, _ = select.select([self._near], [], [], 0)
                data = os.read(self._near, 4096) if ready else b""
            out = self._answer(data) if data else b""
            out += self.emulator.unsolicited()
            with self._pulled:
                if out and self._open:
                    os.write(self._near, out)


class TcpServer(Server):
    """A TCP port that takes one peer at a time, as a serial server does."""

    def __init__(self, emulator: Emulator, host: str = "127.0.0.1", port: int = 0) -> None:
        self._listener = socket.create_server((host, port))
        self._listener.settimeout(_UNASKED_S)
        self._peer: socket.socket | None = None
        super().__init__(emulator)

    @property
    def url(self) -> str:
        """`socket://host:port`."""
        host, port = self.address
        return f"socket://{host}:{port}"

    @property
    def address(self) -> tuple[str, int]:
        """Host and port."""
        host, port = self._listener.getsockname()[:2]
        return str(host), int(port)

    def pull(self) -> None:
        self._listener.close()
        peer = self._peer
        if peer is not None:
            try:
                peer.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def _serve(self) -> None:
        try:
            peer, _ = self._listener.accept()
        except TimeoutError:
            return
        with peer:
            peer.settimeout(_UNASKED_S)
            peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._peer = peer
            try:
                self._carry(peer)
            finally:
                self._peer = None

    def _carry(self, peer: socket.socket) -> None:
        while not self._stop.is_set():
            try:
                data = peer.recv(4096)
            except TimeoutError:
                out = b""
            else:
                if not data:
                    return
                out = self._answer(data)
            out += self.emulator.unsolicited()
            if out:
                peer.sendall(out)
