"""A bench in use: one cause when it breaks, interlocks, settling, and a safe state at its end."""

from __future__ import annotations

import asyncio
import re
import socket
import struct
from typing import Any

import pytest

from hil.bench import Bench, BenchBroken, BenchFileError, Contact, NotStable
from hil.bench.lock import BenchLock
from hil.emulators import NumatoEmulator, PtyServer
from hil.instruments import Refused, connect

pytestmark = pytest.mark.asyncio

CALIBRATION = {
    "certificate": "2026-117",
    "laboratory": "somebody",
    "date": "2026-01-01",
    "due": "2099-01-01",
    "emissivity": 0.95,
    "radiometric": True,
    "points": [{"degc": 40, "U": 0.4, "k": 2, "correction_k": 0.5}, {"degc": 200, "U": 0.8, "k": 2}],
    "drift_k": 0.1,
    "uniformity_k": 0.2,
}


def bench_of(lab: Any, **options: Any) -> Bench:
    return Bench(lab.file(), lab.time, simulated=True, **options)


async def test_identities_are_those_of_the_instruments(lab: Any) -> None:
    async with bench_of(lab) as bench:
        assert str(bench.identities["hot"]).startswith("FLUKE 4181")
        assert set(bench.identities) == {"hot", "board"}


async def test_a_reference_settles_where_it_is_sent_and_is_corrected_by_its_certificate(lab: Any) -> None:
    lab.document["instruments"]["hot"]["calibration"] = CALIBRATION
    async with bench_of(lab) as bench:
        settled = await bench.reference().settle(120.0)
    assert settled.indicated == pytest.approx(120.0, abs=0.5)
    correction = 0.5 * (200.0 - settled.indicated) / 160.0
    assert settled.degc_true == pytest.approx(settled.indicated + correction)
    parts = {component.name: component for component in settled.components}
    assert set(parts) == {f"hot: {what}" for what in ("calibration", "drift", "uniformity", "stability", "resolution")}
    assert parts["hot: calibration"].u == pytest.approx(0.2 + 0.2 * (settled.indicated - 40) / 160)
    assert parts["hot: drift"].u == pytest.approx(0.1 / 3**0.5)
    assert settled.readings[-1].time_s - settled.readings[0].time_s >= 60
    assert settled.set_point == 120.0


async def test_a_set_point_at_the_very_end_of_a_certificate_is_covered_and_one_beyond_is_refused(lab: Any) -> None:
    lab.document["instruments"]["hot"]["calibration"] = {**CALIBRATION, "margin_k": 0}
    async with bench_of(lab) as bench:
        settled = await bench.reference().settle(200.0)
        assert settled.degc_true == pytest.approx(settled.indicated, abs=0.01)
        with pytest.raises(Refused, match=r"certificate 2026-117 covers 40\.\.200 °C"):
            await bench.reference().settle(201.0)
        assert bench.broken == ""


async def test_a_reference_that_never_settles_says_what_was_missing_and_breaks_nothing(lab: Any) -> None:
    lab.emulators["hot"].physics.never_stable = True
    lab.document["settling"]["timeout_s"] = 600
    async with bench_of(lab) as bench:
        with pytest.raises(NotStable, match=r"hot did not settle at 120 °C within 600 s: .*stable"):
            await bench.reference().settle(120.0)
        assert bench.broken == ""
        await bench.reference().go(50.0)
    assert not lab.emulators["hot"].physics.output


@pytest.mark.parametrize("degc", [39.0, 301.0, 499.0, float("nan")])
async def test_a_set_point_beyond_the_limits_of_the_file_never_reaches_the_instrument(lab: Any, degc: float) -> None:
    async with bench_of(lab) as bench:
        sent = len(lab.emulators["hot"].requests)
        with pytest.raises(Refused, match=r"outside 40\.\.300 °C"):
            await bench.reference().go(degc)
        assert len(lab.emulators["hot"].requests) == sent
        assert bench.broken == ""


async def test_the_limits_of_the_instrument_hold_where_the_file_allows_more(lab: Any) -> None:
    lab.document["instruments"]["hot"]["limits"] = {"low": -100, "high": 900}
    async with bench_of(lab) as bench:
        assert (bench.reference().limits.low, bench.reference().limits.high) == (35.0, 500.0)


async def test_limits_that_leave_no_set_point_are_refused_at_the_start(lab: Any) -> None:
    lab.document["instruments"]["hot"]["limits"] = {"low": -100, "high": 10}
    with pytest.raises(BenchBroken, match="no set point is left"):
        await bench_of(lab).open()


async def test_the_first_failure_is_the_cause_ever_after(lab: Any) -> None:
    bench = bench_of(lab)
    await bench.open()
    board = bench.relay("board")
    lab.emulators["hot"].trip()
    with pytest.raises(BenchBroken, match="hot: its cut-out has tripped") as first:
        await bench.reference().read()
    lab.servers["board"].pull()
    for use in (lambda: bench.relay("board"), lambda: bench.reference("hot")):
        with pytest.raises(BenchBroken, match=re.escape(str(first.value))):
            use()
    with pytest.raises(BenchBroken, match=re.escape(str(first.value))):
        await board.set(1, True)
    assert bench.broken == str(first.value)
    await bench.close()
    assert bench.broken == str(first.value)


async def test_a_bench_that_breaks_is_made_safe_at_once_and_not_at_the_end_of_the_run(lab: Any) -> None:
    lab.document["instruments"]["board"]["options"]["timeout_s"] = 0.2
    bench = bench_of(lab)
    await bench.open()
    await bench.reference().go(100.0)
    lab.emulators["board"].faults.no_reply = True
    with pytest.raises(BenchBroken, match="board: no reply"):
        await bench.relay().set(1, True)
    assert (lab.emulators["hot"].physics.output, lab.emulators["hot"].physics.set_point) == (False, 35.0)
    assert [told.partition(":")[0] for told in await bench.close()] == ["board is not in its safe state"]


async def test_a_trip_while_it_settles_is_told_and_leaves_the_output_off(lab: Any) -> None:
    class Tripping:
        def __init__(self, inner: Any) -> None:
            self.inner, self.count = inner, 0

        async def sleep(self, seconds: float) -> None:
            self.count += 1
            if self.count == 3:
                lab.emulators["hot"].trip()
            await self.inner.sleep(seconds)

        def monotonic(self) -> float:
            return float(self.inner.monotonic())

    async with Bench(lab.file(), Tripping(lab.time), simulated=True) as bench:
        with pytest.raises(BenchBroken, match="its cut-out has tripped"):
            await bench.reference().settle(200.0)
    assert not lab.emulators["hot"].physics.output
    assert lab.emulators["hot"].physics.set_point == 35.0


async def test_one_reply_that_is_lost_is_asked_for_again(lab: Any) -> None:
    lab.document["instruments"]["hot"]["options"]["timeout_s"] = 0.5
    async with bench_of(lab) as bench:
        hot = lab.emulators["hot"]
        answer, lost = hot.answer, []

        def once(request: bytes) -> bytes:
            if b"SENS:DATA" in request.upper() and not lost:
                lost.append(request)
                return b""
            return bytes(answer(request))

        hot.answer = once
        assert (await bench.reference().read()).indicated == pytest.approx(23.0, abs=0.5)
        assert len(bench.retries) == 1
        assert "no reply" in bench.retries[0]
        assert bench.broken == ""


async def test_a_silent_instrument_is_the_one_cause(lab: Any) -> None:
    lab.document["instruments"]["board"]["options"]["timeout_s"] = 0.2
    async with bench_of(lab) as bench:
        lab.emulators["board"].faults.no_reply = True
        with pytest.raises(BenchBroken, match="board: no reply"):
            await bench.digital_input().read_input(1)
        assert "board: no reply" in bench.broken


async def test_a_command_is_never_sent_twice(lab: Any) -> None:
    lab.document["instruments"]["board"]["options"]["timeout_s"] = 0.2
    async with bench_of(lab) as bench:
        board = lab.emulators["board"]
        board.faults.no_reply = True
        with pytest.raises(BenchBroken):
            await bench.relay().set(1, True)
        assert sum(request[1] == 5 and request[4] == 0xFF for request in board.requests) == 1
        board.faults.no_reply = False


async def test_a_pulled_cable_is_the_cause_and_what_is_not_safe_is_told(lab: Any) -> None:
    bench = bench_of(lab)
    await bench.open()
    await bench.reference().go(100.0)
    await bench.relay().set(2, True)
    lab.servers["hot"].pull()
    with pytest.raises(BenchBroken, match="hot: the connection is gone"):
        await bench.reference().read()
    (told,) = await bench.close()
    assert told.startswith("hot is not in its safe state: hot: the connection is gone")
    assert not lab.emulators["board"].closed(2)


async def test_a_connection_that_is_reset_is_the_cause(lab: Any) -> None:
    bench = bench_of(lab)
    await bench.open()
    peer = lab.servers["board"]._peer
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # a close that resets
    lab.servers["board"].pull()
    peer.close()
    with pytest.raises(BenchBroken, match="board: the connection is gone"):
        await bench.digital_input().read_input(1)
    assert [told.partition(":")[0] for told in await bench.close()] == ["board is not in its safe state"]


async def test_a_pseudo_terminal_that_closes_is_a_pulled_cable(lab: Any) -> None:
    pytest.importorskip("pty", reason="this system has no pseudo terminals")
    with PtyServer(NumatoEmulator(lab.clock)) as server:
        lab.document["instruments"]["numato"] = {"driver": "numato", "url": server.url}
        bench = bench_of(lab)
        await bench.open()
        server.pull()
        with pytest.raises(BenchBroken, match="numato: "):
            await bench.relay("numato").set(1, True)
        assert len(await bench.close()) == 1


async def test_a_line_that_was_lost_is_tried_anew_for_the_safe_state(lab: Any) -> None:
    bench = Bench(lab.file(), lab.time, folder=lab.folder)
    await bench.open()
    await bench.reference().go(100.0)
    lab.servers["hot"]._peer.shutdown(2)  # the server drops the peer and takes the next one
    with pytest.raises(BenchBroken):
        await bench.reference().read()
    assert await bench.close() == ()
    assert not lab.emulators["hot"].physics.output
    assert not list(lab.folder.glob("*.json"))


async def test_an_instrument_that_does_not_start_leaves_the_others_safe_and_the_bench_unlocked(lab: Any) -> None:
    lab.document["instruments"]["far"] = {"driver": "lcus", "url": "socket://127.0.0.1:1"}
    bench = Bench(lab.file(), lab.time, folder=lab.folder)
    with pytest.raises(BenchBroken, match="far: cannot open"):
        await bench.open()
    lock = BenchLock(lab.file(), lab.folder)
    lock.acquire()
    lock.release()


@pytest.mark.parametrize("fails", [False, True])
async def test_the_end_of_a_bench_is_its_safe_state(lab: Any, fails: bool) -> None:
    lab.emulators["board"].coils[4] = True  # somebody left a relay closed
    try:
        async with bench_of(lab) as bench:
            assert not lab.emulators["board"].closed(5)
            await bench.reference().go(100.0)
            await bench.relay().set(1, True)
            await bench.relay().set(8, True)
            if fails:
                raise BenchFileError("something else")
    except BenchFileError:
        pass
    hot, board = lab.emulators["hot"].physics, lab.emulators["board"]
    assert (hot.output, hot.set_point) == (False, 35.0)
    assert not any(board.closed(channel) for channel in range(1, 9))


async def test_a_run_that_is_cancelled_still_makes_its_bench_safe(lab: Any) -> None:
    started = asyncio.Event()

    async def work() -> None:
        async with bench_of(lab) as bench:
            await bench.reference().go(100.0)
            started.set()
            await asyncio.Event().wait()

    task = asyncio.ensure_future(work())
    await started.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not lab.emulators["hot"].physics.output


async def test_a_relay_that_does_not_open_is_told_at_the_end(lab: Any) -> None:
    bench = bench_of(lab)
    await bench.open()

    class Welded(dict[int, bool]):
        def __setitem__(self, key: int, value: bool) -> None:
            super().__setitem__(key, True)

    lab.emulators["board"].coils = Welded(dict.fromkeys(range(8), True))
    assert await bench.close() == (
        "board is not in its safe state: board: relay 1, 2, 3, 4, 5, 6, 7, 8 is still driven",
    )


async def test_contacts_are_driven_and_sensed_as_they_are_wired(lab: Any) -> None:
    async with bench_of(lab) as bench:
        await bench.drive(Contact("board", 1), True)
        assert lab.emulators["board"].closed(1)
        assert await bench.sense(Contact("board", 1)) is True
        assert await bench.sense(Contact("board", 1, inverted=True)) is False
        await bench.drive(Contact("board", 1, inverted=True), True)
        assert not lab.emulators["board"].closed(1)


async def test_a_role_is_asked_for_by_name_or_where_there_is_no_choice(lab: Any) -> None:
    async with bench_of(lab) as bench:
        assert bench.reference().name == "hot"
        assert bench.relay().name == bench.digital_input("board").name == "board"
        with pytest.raises(Refused, match="the bench has no reference board; it has hot"):
            bench.reference("board")
        with pytest.raises(Refused, match="not clear which edge input is meant: the bench has none"):
            bench.edge_input()


async def test_a_closed_bench_says_so(lab: Any) -> None:
    async with bench_of(lab) as bench:
        pass
    with pytest.raises(BenchBroken, match="the bench is closed"):
        bench.reference()


async def test_modem_lines_are_an_edge_input_of_the_bench(lab: Any) -> None:
    lab.document["instruments"] = {
        "edges": {"driver": "modem-lines", "url": "loop://", "options": {"method": "poll"}},
    }
    async with bench_of(lab) as bench:
        edges = bench.edge_input()
        await edges.arm()
        await bench.relay().set(2, True)  # RTS, which a loop has on CTS
        edge = await edges.wait_edge("cts", True, 5.0)
        assert edge is not None
        assert await bench.sense(Contact("edges", "cts")) is True


async def test_a_manual_blackbody_is_worked_through_its_operator(lab: Any) -> None:
    asked: list[str] = []

    def ask(sentence: str) -> str:
        asked.append(sentence)
        return "60.0" if "Type" in sentence else ""

    lab.document["instruments"] = {"hand": {"driver": "manual", "options": {"low": 0, "high": 100}}}
    async with bench_of(lab, ask=ask) as bench:
        settled = await bench.reference().settle(60.0)
    assert settled.degc_true == 60.0
    assert asked[0].startswith("Set the blackbody to 60 °C")
    assert asked[-1].startswith("Set the blackbody to 23 °C or switch it off")


async def test_the_bench_takes_instruments_from_whoever_connects_them(lab: Any) -> None:
    made: list[str] = []

    def counting(driver: str, url: str, **options: Any) -> Any:
        made.append(driver)
        return connect(driver, url, **options)

    async with bench_of(lab, connect=counting):
        pass
    assert made == ["fluke-418x", "modbus-board"]
