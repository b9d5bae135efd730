"""Edges on modem lines: stamped, counted, and refused where there are none."""

from __future__ import annotations

import struct
from types import SimpleNamespace
from typing import Any

import pytest

from hil.emulators import EmulatedModemLines
from hil.instruments import EdgeInput, LinkLost, Refused, Relay, connect
from hil.instruments.modem_lines import KernelLines, ModemLines, PolledLines
from hil.instruments.transport import LineSettings, open_port


@pytest.fixture
def port() -> EmulatedModemLines:
    return EmulatedModemLines({"dtr": "cts"})


@pytest.fixture
def edges(port: EmulatedModemLines) -> ModemLines:
    lines = ModemLines(port, port, "edges")
    lines.arm()
    return lines


def test_an_edge_has_its_line_its_level_and_a_stamp(port: EmulatedModemLines, edges: ModemLines) -> None:
    port.drive("cd", True)
    first = edges.wait_edge("cd", None, 5)
    port.drive("cd", False)
    second = edges.wait_edge("cd", None, 5)
    assert first is not None
    assert second is not None
    assert (first.line, first.active, first.missed) == ("cd", True, 0)
    assert second.active is False
    assert second.t_ns >= first.t_ns


def test_one_waits_for_one_line_and_direction_and_loses_nothing_else(
    port: EmulatedModemLines, edges: ModemLines
) -> None:
    port.drive("dsr", True)
    port.drive("cd", True)
    port.drive("cd", False)
    falling = edges.wait_edge("cd", False, 5)
    assert falling is not None
    assert not falling.active
    assert edges.wait_edge("dsr", True, 5) is not None
    assert edges.wait_edge("cd", True, 5) is not None
    assert edges.wait_edge("cd", None, 0) is None


def test_a_pulse_that_no_one_saw_is_counted(port: EmulatedModemLines, edges: ModemLines) -> None:
    port.pulse("cd")
    rising, falling = edges.wait_edge("cd", True, 5), edges.wait_edge("cd", False, 5)
    assert rising is not None
    assert falling is not None
    assert (rising.missed, falling.missed) == (1, 1)
    assert rising.t_ns == falling.t_ns


def test_a_burst_ends_at_the_level_that_is_there(port: EmulatedModemLines, edges: ModemLines) -> None:
    with edges._looking:
        for active in (True, False, True, False, True):
            port.drive("ri", active)
    burst = [edges.wait_edge("ri", None, 5) for _ in range(3)]
    assert [edge.active for edge in burst if edge is not None] == [True, False, True]
    assert [edge.missed for edge in burst if edge is not None] == [4, 4, 4]


def test_arming_forgets_what_was_before(port: EmulatedModemLines, edges: ModemLines) -> None:
    port.drive("cd", True)
    assert edges.wait_edge("cd", True, 5) is not None
    port.drive("ri", True)
    assert edges.wait_edge("ri", None, 5) is not None
    edges.arm()
    assert edges.wait_edge("cd", None, 0) is None


def test_a_loop_back_from_an_output_is_an_edge(port: EmulatedModemLines, edges: ModemLines) -> None:
    assert isinstance(edges, EdgeInput)
    assert isinstance(edges, Relay)
    edges.set(1, True)
    assert edges.read_back(1) is True
    assert edges.wait_edge("cts", True, 5) is not None
    assert edges.level("cts")
    edges.safe()
    assert edges.wait_edge("cts", False, 5) is not None
    assert edges.read_back(1) is False


def test_a_port_that_goes_away_is_a_lost_link(port: EmulatedModemLines, edges: ModemLines) -> None:
    port.pull()
    with pytest.raises(LinkLost, match="edges: the port is gone"):
        edges.wait_edge("cd", None, 5)


def test_what_it_does_not_have_is_refused(port: EmulatedModemLines) -> None:
    lines = ModemLines(port, port, "edges")
    with pytest.raises(Refused, match="not armed"):
        lines.wait_edge("cd", None, 1)
    lines.arm()
    with pytest.raises(Refused, match="its lines are cts, dsr, ri, cd, not dcd"):
        lines.wait_edge("dcd", None, 1)
    for action in (lambda: lines.set(3, True), lambda: lines.read_back(0)):
        with pytest.raises(Refused, match=r"1 \(DTR\) and 2 \(RTS\)"):
            action()
    lines.close()


def test_polled_lines_state_their_resolution() -> None:
    port = open_port("loop://", LineSettings())
    lines = ModemLines(port, PolledLines(port, 0.0005), "polled")
    assert "polled every 0.5 ms" in str(lines.identify())
    lines.set(2, False)
    lines.arm()
    lines.set(2, True)  # on a pyserial loop RTS is wired to CTS
    edge = lines.wait_edge("cts", True, 5)
    assert edge is not None
    assert lines.resolution_ns == 500_000
    assert edge.resolution_ns > 0
    assert lines.level("cts")
    lines.close()


def test_polling_is_a_driver_of_its_own_method() -> None:
    lines: Any = connect("modem-lines", "loop://", method="poll", period_s=0.001)
    assert lines.resolution_ns == 1_000_000
    lines.close()
    with pytest.raises(Refused, match=r"must lie in 0\.\.1 s"):
        connect("modem-lines", "loop://", method="poll", period_s=5)


def test_a_port_without_modem_lines_is_refused_with_the_method_to_choose(serve: Any) -> None:
    from hil.emulators import NumatoEmulator

    url = serve(NumatoEmulator()).url
    with pytest.raises(Refused, match="choose the method 'poll'"):
        connect("modem-lines", url)
    if "://" not in url:
        with pytest.raises(LinkLost, match="no modem lines"):
            connect("modem-lines", url, method="poll")


def test_a_loop_cannot_be_waited_for() -> None:
    with pytest.raises(Refused, match="choose the method 'poll'"):
        connect("modem-lines", "loop://")


def test_the_kernels_counters_are_read_in_its_order(monkeypatch: pytest.MonkeyPatch) -> None:
    fcntl = pytest.importorskip("fcntl", reason="this system has no ioctl")
    termios = pytest.importorskip("termios")
    if not hasattr(termios, "TIOCGICOUNT"):
        pytest.skip("this system counts no modem lines")
    asked: list[int] = []

    def ioctl(descriptor: int, request: int, argument: Any) -> bytes:
        asked.append(request)
        return struct.pack("20i", 1, 2, 3, 4, *range(16))

    monkeypatch.setattr(fcntl, "ioctl", ioctl)
    port = SimpleNamespace(fileno=lambda: 9, cts=True, dsr=False, ri=False, cd=True)
    lines = KernelLines(port)
    assert lines.counts() == {"cts": 1, "dsr": 2, "ri": 3, "cd": 4}
    assert lines.levels() == {"cts": True, "dsr": False, "ri": False, "cd": True}
    lines.wait_change()
    assert asked[-1] == termios.TIOCMIWAIT
