"""The wire to an instrument: any pyserial url, bounded reads, deadlines, and a transcript of every byte.

A url is a device path or COM port, `socket://host:port`, `rfc2217://host:port` or `loop://`. Nothing here needs POSIX.
"""

from __future__ import annotations

import importlib
import os
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import ModuleType
from typing import Any, Final, Literal, Protocol, TypeVar

from hil.instruments.errors import BadReply, InstrumentError, LinkLost, NoReply, Refused
from hil.instruments.exchange import Exchange
from hil.instruments.values import shown

__all__ = ["LineSettings", "Link", "Port", "Transcript", "WireEntry", "open_link", "open_port"]

T = TypeVar("T")

REPLY_BYTES: Final = 1100
"""How many bytes may arrive without a whole reply: a little more than the longest frame."""

_POLL_S: Final = 0.02


class Port(Protocol):
    """The part of a pyserial port that a link uses."""

    @property
    def in_waiting(self) -> int: ...

    def read(self, size: int = 1, /) -> bytes: ...

    def write(self, data: bytes, /) -> int | None: ...

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class LineSettings:
    """The settings of a serial line.

    `timeout_s` is the longest time of one exchange; `gap_s` the shortest time from its end to the next one.
    """

    baudrate: int = 9600
    bytesize: Literal[7, 8] = 8
    parity: Literal["N", "E", "O"] = "N"
    stopbits: Literal[1, 2] = 1
    timeout_s: float = 2.0
    gap_s: float = 0.0

    def __str__(self) -> str:
        return f"{self.baudrate} baud {self.bytesize}{self.parity}{self.stopbits}"


@dataclass(frozen=True, slots=True)
class WireEntry:
    """Bytes sent (`>`), received (`<`) or discarded unread (`~`) at `t_ns` of the host's monotonic clock."""

    t_ns: int
    direction: Literal[">", "<", "~"]
    data: bytes

    def __str__(self) -> str:
        return f"{self.direction} {shown(self.data)}"


class Transcript:
    """The last `limit` entries of the traffic on a wire, as evidence."""

    def __init__(self, limit: int = 10_000) -> None:
        self._entries: deque[WireEntry] = deque(maxlen=limit)

    def add(self, direction: Literal[">", "<", "~"], data: bytes) -> None:
        """Appends an entry with the time of now; no bytes make no entry."""
        if data:
            self._entries.append(WireEntry(time.monotonic_ns(), direction, bytes(data)))

    def __iter__(self) -> Iterator[WireEntry]:
        return iter(tuple(self._entries))

    def __len__(self) -> int:
        return len(self._entries)


class _NoLocalPort:
    """Stands in for pyserial's ports where the module they need is missing."""

    def __init__(self, *arguments: object, **keywords: object) -> None:
        raise Refused("this Python has no local serial ports; use a socket:// or rfc2217:// url")


def _pyserial() -> ModuleType:
    """pyserial, even where it has no local ports.

    pyserial loads its driver for the platform's ports when it is imported, and fails without it (no termios in a
    reduced Python), although sockets and RFC 2217 do not need that driver.
    """
    try:
        return importlib.import_module("serial")
    except ImportError:
        driver = "serial.serialwin32" if os.name == "nt" else "serial.serialposix"
        if driver in sys.modules:
            raise
        stand_in = ModuleType(driver)
        for name in ("Serial", "PosixPollSerial", "VTIMESerial"):
            setattr(stand_in, name, _NoLocalPort)
        sys.modules[driver] = stand_in
        return importlib.import_module("serial")


def _without_control_answers(url: str) -> str:
    # A server whose port has no DTR and RTS (a pseudo terminal) never confirms them, and no instrument here needs them.
    if "ign_set_control" in url:
        return url
    return f"{url}{'&' if '?' in url else '?'}ign_set_control"


def open_port(url: str, line: LineSettings) -> Any:
    """A pyserial port at `url`. Raises LinkLost when it cannot be opened, Refused for an unknown kind of url."""
    serial = _pyserial()
    # A port of this host is opened exclusively: two programs on one line would take each other's replies.
    extras: dict[str, Any] = {} if "://" in url else {"exclusive": True}
    if url.lower().startswith("rfc2217://"):
        url = _without_control_answers(url)
    else:
        extras["write_timeout"] = line.timeout_s  # pyserial has no write timeout for RFC 2217
    try:
        return serial.serial_for_url(
            url,
            baudrate=line.baudrate,
            bytesize=line.bytesize,
            parity=line.parity,
            stopbits=line.stopbits,
            timeout=_POLL_S,
            **extras,
        )
    except InstrumentError:
        raise
    except (ValueError, NotImplementedError) as error:
        raise Refused(f"{url} is not a port: {error}") from error
    except (OSError, serial.SerialException) as error:
        raise LinkLost(f"cannot open {url}: {error}") from error


class Link:
    """Carries out exchanges over a port, one at a time, from whatever thread they come.

    After a late, incomplete or damaged reply the link waits until the line is silent before it sends the next request,
    so that late bytes are never read as the answer to something else.
    """

    def __init__(self, port: Port, name: str, line: LineSettings, *, transcript: Transcript | None = None) -> None:
        self.name = name
        self.line = line
        self.transcript = transcript if transcript is not None else Transcript()
        self._port = port
        self._lock = threading.RLock()
        self._last = 0.0
        self._dirty = False
        self._lost: LinkLost | None = None

    def perform(self, exchange: Exchange[T]) -> T:
        """Sends the request and returns the decoded reply; an error names the instrument and has the bytes."""
        with self._lock:
            reply = b""
            try:
                self._prepare(exchange.keeps_input)
                self._write(exchange.request)
                if exchange.frame is not None:
                    reply = self._await(exchange)
                return exchange.decode(reply)
            except InstrumentError as error:
                self._dirty = self._dirty or isinstance(error, (NoReply, BadReply))
                error.instrument = error.instrument or self.name
                error.request = error.request or exchange.request
                error.reply = error.reply or reply
                raise
            finally:
                self._last = time.monotonic()

    def close(self) -> None:
        """Closes the port; never raises."""
        with self._lock:
            if self._lost is None:
                self._lost = LinkLost("this program has closed the port", instrument=self.name)
            try:
                self._port.close()
            except Exception:  # noqa: S110 - a lost port may fail to close in any way
                pass

    def _prepare(self, keeps_input: bool) -> None:
        pause = self._last + self.line.gap_s - time.monotonic()
        if pause > 0:
            time.sleep(pause)
        if self._dirty:
            self._settle()
        elif not keeps_input:
            self.transcript.add("~", self._available())

    def _settle(self) -> None:
        # A silence as long as the timeout of a reply: a slow instrument has finished by then.
        end = time.monotonic() + 3 * self.line.timeout_s
        quiet = time.monotonic() + self.line.timeout_s
        while time.monotonic() < min(quiet, end):
            data = self._read()
            if data:
                self.transcript.add("~", data)
                quiet = time.monotonic() + self.line.timeout_s
        self._dirty = False

    def _await(self, exchange: Exchange[T]) -> bytes:
        assert exchange.frame is not None
        deadline = time.monotonic() + self.line.timeout_s
        buffer = b""
        while True:
            found = exchange.frame(buffer) if buffer else None
            if found is not None:
                return buffer[found]
            if len(buffer) > REPLY_BYTES:
                raise BadReply(f"{len(buffer)} bytes came, but no whole reply", reply=buffer)
            if time.monotonic() >= deadline:
                raise self._silence(exchange.request, buffer)
            data = self._read()
            self.transcript.add("<", data)
            buffer += data

    def _silence(self, request: bytes, buffer: bytes) -> NoReply:
        asked = f"to {shown(request)} within {self.line.timeout_s:g} s"
        if buffer:
            return NoReply(f"no whole reply {asked}, only {shown(buffer)}", reply=buffer)
        return NoReply(f"no reply {asked}; is it switched on, wired, and set to {self.line}?")

    def _available(self) -> bytes:
        data = b""
        while len(data) <= REPLY_BYTES and self._guard(lambda: self._port.in_waiting):
            data += self._read()
        return data

    def _read(self) -> bytes:
        data: bytes = self._guard(lambda: self._port.read(1))
        if data:
            waiting = self._guard(lambda: self._port.in_waiting)
            data += self._guard(lambda: self._port.read(waiting)) if waiting else b""
        return data

    def _write(self, data: bytes) -> None:
        self.transcript.add(">", data)
        self._guard(lambda: self._port.write(data))

    def _guard(self, action: Callable[[], Any]) -> Any:
        # pyserial raises an OSError of its own, and sometimes a TypeError or ValueError for a closed descriptor.
        if self._lost is not None:
            raise LinkLost(self._lost.sentence, instrument=self.name) from self._lost.__cause__
        try:
            return action()
        except (OSError, TypeError, ValueError) as error:
            self._lost = LinkLost(f"the connection is gone: {error}", instrument=self.name)
            raise self._lost from error


def open_link(url: str, line: LineSettings, name: str, *, transcript: Transcript | None = None) -> Link:
    """A link to the instrument `name` at `url`. Raises LinkLost when the port cannot be opened."""
    try:
        port: Port = open_port(url, line)
    except InstrumentError as error:
        error.instrument = error.instrument or name
        raise
    return Link(port, name, line, transcript=transcript)
